"""Every address of Holdwell. Each room lists its own pages; this page says where they hang."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from clinic import health, metrics, operating_views, views
from clinic.schema import SchemaView

handler400 = "clinic.views.bad_request"
handler403 = "clinic.views.forbidden"
handler404 = "clinic.views.not_found"
handler500 = "clinic.views.server_error"

urlpatterns = [
    path("livez", health.livez, name="livez"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", metrics.metrics, name="metrics"),
    path("language/", views.choose_language, name="set_language"),
    path("account/", include("clinic.account_urls")),
    path("operate/now/", operating_views.operations, name="operations"),
    path("operate/now/<slug:name>/<uuid:pk>/again/", operating_views.send_again, name="send-again"),
    path("operate/", admin.site.urls),
    path("api/v1/schema/", SchemaView.as_view(), name="api-schema"),
    path("api/v1/", include("patients.api.urls")),
    path("library/", include("exercises.urls")),
    path("desk/", include("patients.desk.urls")),
    path("", include("clinic.team_urls")),
    path("", include("patients.urls")),
    path("", include("patients.portal.urls")),
]
if settings.DEMO:
    urlpatterns.append(path("demo/", include("clinic.demo_urls")))
