"""The library's pages, under library/."""

from django.urls import path

from exercises import creating, editing_views, posing_views, translating_views, views
from exercises.media import views as media_views

app_name = "exercises"

urlpatterns = [
    path("", views.exercises, name="list"),
    path("new/", creating.create, name="create"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("revisions/<uuid:pk>/", views.revision, name="revision"),
    path("revisions/<uuid:pk>/edit/", editing_views.edit, name="edit"),
    path("revisions/<uuid:pk>/look/", editing_views.look, name="look"),
    path("revisions/<uuid:pk>/discard/", editing_views.discard, name="discard"),
    path("revisions/<uuid:pk>/figure/", posing_views.figure, name="figure"),
    path("figures/preview/", posing_views.preview, name="preview"),
    path("revisions/<uuid:pk>/translate/<slug:language>/", translating_views.exercise, name="translate"),
    path("revisions/<uuid:pk>/submit/", views.submit, name="submit"),
    path("revisions/<uuid:pk>/publish/", views.publish, name="publish"),
    path("revisions/<uuid:pk>/media/", media_views.media, name="media"),
    path("revisions/<uuid:pk>/media/upload/", media_views.upload, name="media_upload"),
    path("media/<uuid:pk>/withdraw/", media_views.withdraw, name="medium_withdraw"),
    path("media/<uuid:pk>/<slug:part>", media_views.medium, name="medium"),
]
