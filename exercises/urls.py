"""The library's pages, under library/."""

from django.urls import path

from exercises import posing_views, retiring_views, review_views, translating_views, views

app_name = "exercises"

urlpatterns = [
    path("", views.exercises, name="list"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("<uuid:pk>/compare/", views.compare, name="compare"),
    path("<uuid:pk>/retire/", retiring_views.retire, name="retire"),
    path("<uuid:pk>/bring-back/", retiring_views.bring_back, name="bring_back"),
    path("<uuid:pk>/review-date/", retiring_views.schedule_review, name="schedule_review"),
    path("revisions/<uuid:pk>/", review_views.revision, name="revision"),
    path("revisions/<uuid:pk>/figure/", posing_views.figure, name="figure"),
    path("figures/preview/", posing_views.preview, name="preview"),
    path("revisions/<uuid:pk>/translate/<slug:language>/", translating_views.exercise, name="translate"),
    path("revisions/<uuid:pk>/submit/", review_views.submit, name="submit"),
    path("revisions/<uuid:pk>/take-back/", review_views.take_back, name="take_back"),
    path("revisions/<uuid:pk>/publish/", review_views.publish, name="publish"),
    path("revisions/<uuid:pk>/comment/", review_views.comment, name="comment"),
    path("revisions/<uuid:pk>/comments/<uuid:comment>/settle/", review_views.settle, name="settle"),
]
