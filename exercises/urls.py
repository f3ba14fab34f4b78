"""The library's pages, under library/."""

from django.urls import path

from exercises import views

app_name = "exercises"

urlpatterns = [
    path("", views.exercises, name="list"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("revisions/<uuid:pk>/", views.revision, name="revision"),
    path("revisions/<uuid:pk>/submit/", views.submit, name="submit"),
    path("revisions/<uuid:pk>/publish/", views.publish, name="publish"),
]
