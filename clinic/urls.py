"""Every address of Holdwell. Each room lists its own pages; this page says where they hang."""

from importlib import import_module

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from clinic import health
from clinic.schema import SchemaView

handler400 = "clinic.views.bad_request"
handler403 = "clinic.views.forbidden"
handler404 = "clinic.views.not_found"
handler500 = "clinic.views.server_error"

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("account/", include("allauth.urls")),
    path("operate/", admin.site.urls),
    path("api/v1/schema/", SchemaView.as_view(), name="api-schema"),
]
ROOMS = [
    ("", "clinic.team_urls"),
    ("api/v1/", "patients.api_urls"),
    ("library/", "exercises.urls"),
    ("desk/", "patients.desk.urls"),
    ("", "patients.urls"),
    ("", "patients.portal.urls"),
]
if settings.DEMO:
    ROOMS.append(("demo/", "clinic.demo_urls"))
for prefix, room in ROOMS:
    try:
        import_module(room)
    except Exception:  # noqa: BLE001
        continue  # noqa: S112
    urlpatterns.append(path(prefix, include(room)))
