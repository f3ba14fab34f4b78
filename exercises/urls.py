"""The library's pages, under library/."""

from django.urls import path

from exercises import posing_views, views
from exercises.exchange import views as exchange

app_name = "exercises"

urlpatterns = [
    path("", views.exercises, name="list"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("revisions/<uuid:pk>/", views.revision, name="revision"),
    path("revisions/<uuid:pk>/figure/", posing_views.figure, name="figure"),
    path("figures/preview/", posing_views.preview, name="preview"),
    path("revisions/<uuid:pk>/submit/", views.submit, name="submit"),
    path("exchange/export/", exchange.export, name="export"),
    path("exchange/import/", exchange.start, name="import"),
    path("exchange/import/<uuid:pk>/", exchange.shown, name="import_shown"),
    path("exchange/import/<uuid:pk>/confirm/", exchange.confirm, name="import_confirm"),
    path("exchange/import/<uuid:pk>/drop/", exchange.drop, name="import_drop"),
    path("exchange/library.schema.json", exchange.described, name="schema"),
    path("revisions/<uuid:pk>/publish/", views.publish, name="publish"),
]
