"""The library's pages, under library/."""

from django.urls import path

from exercises import routine_views, views
from exercises.exchange import views as exchange
from exercises.media import views as media_views
from exercises.models import Routine, RoutineRevision
from exercises.studio import (
    creating,
    editing_views,
    own_views,
    posing_views,
    retiring_views,
    review_views,
    routine_editing_views,
    translating_views,
)

app_name = "exercises"

# The pages that exercises and routines have in common.
OF_ROUTINE = {"of": Routine}
OF_REVISION = {"of": RoutineRevision}

urlpatterns = [
    path("", views.exercises, name="list"),
    path("new/", creating.create, name="create"),
    path("<uuid:pk>/", views.detail, name="detail"),
    path("<uuid:pk>/compare/", views.compare, name="compare"),
    path("<uuid:pk>/retire/", retiring_views.retire, name="retire"),
    path("<uuid:pk>/bring-back/", retiring_views.bring_back, name="bring_back"),
    path("<uuid:pk>/review-date/", retiring_views.schedule_review, name="schedule_review"),
    path("<uuid:pk>/copy/", own_views.copy, name="copy"),
    path("<uuid:pk>/original/", own_views.original, name="original"),
    path("<uuid:pk>/offer/", own_views.offer, name="offer"),
    path("revisions/<uuid:pk>/", review_views.revision, name="revision"),
    path("revisions/<uuid:pk>/edit/", editing_views.edit, name="edit"),
    path("revisions/<uuid:pk>/look/", editing_views.look, name="look"),
    path("revisions/<uuid:pk>/discard/", review_views.discard, name="discard"),
    path("revisions/<uuid:pk>/figure/", posing_views.figure, name="figure"),
    path("figures/preview/", posing_views.preview, name="preview"),
    path("revisions/<uuid:pk>/translate/<slug:language>/", translating_views.exercise, name="translate"),
    path("revisions/<uuid:pk>/submit/", review_views.submit, name="submit"),
    path("revisions/<uuid:pk>/take-back/", review_views.take_back, name="take_back"),
    path("revisions/<uuid:pk>/publish/", review_views.publish, name="publish"),
    path("revisions/<uuid:pk>/comment/", review_views.comment, name="comment"),
    path("revisions/<uuid:pk>/comments/<uuid:comment>/settle/", review_views.settle, name="settle"),
    path("routines/", routine_views.routines, name="routines"),
    path("routines/new/", routine_editing_views.create, name="routine_create"),
    path("routines/<uuid:pk>/", routine_views.routine, name="routine"),
    path("routines/<uuid:pk>/compare/", views.compare, OF_ROUTINE, name="routine_compare"),
    path("routines/<uuid:pk>/retire/", retiring_views.retire, OF_ROUTINE, name="routine_retire"),
    path("routines/<uuid:pk>/bring-back/", retiring_views.bring_back, OF_ROUTINE, name="routine_bring_back"),
    path(
        "routines/<uuid:pk>/review-date/",
        retiring_views.schedule_review,
        OF_ROUTINE,
        name="routine_schedule_review",
    ),
    path("routines/<uuid:pk>/copy/", own_views.copy, OF_ROUTINE, name="routine_copy"),
    path("routines/<uuid:pk>/original/", own_views.original, OF_ROUTINE, name="routine_original"),
    path("routines/<uuid:pk>/offer/", own_views.offer, OF_ROUTINE, name="routine_offer"),
    path("routines/revisions/<uuid:pk>/", routine_views.revision, name="routine_revision"),
    path("routines/revisions/<uuid:pk>/edit/", routine_editing_views.edit, name="routine_edit"),
    path("routines/revisions/<uuid:pk>/look/", routine_editing_views.look, name="routine_look"),
    path("routines/revisions/<uuid:pk>/discard/", review_views.discard, OF_REVISION, name="routine_discard"),
    path(
        "routines/revisions/<uuid:pk>/translate/<slug:language>/",
        translating_views.routine,
        name="translate_routine",
    ),
    path("routines/revisions/<uuid:pk>/submit/", review_views.submit, OF_REVISION, name="routine_submit"),
    path(
        "routines/revisions/<uuid:pk>/take-back/",
        review_views.take_back,
        OF_REVISION,
        name="routine_take_back",
    ),
    path("routines/revisions/<uuid:pk>/publish/", review_views.publish, OF_REVISION, name="routine_publish"),
    path("routines/revisions/<uuid:pk>/comment/", review_views.comment, OF_REVISION, name="routine_comment"),
    path(
        "routines/revisions/<uuid:pk>/comments/<uuid:comment>/settle/",
        review_views.settle,
        OF_REVISION,
        name="routine_settle",
    ),
    path("exchange/export/", exchange.export, name="export"),
    path("exchange/import/", exchange.start, name="import"),
    path("exchange/import/<uuid:pk>/", exchange.shown, name="import_shown"),
    path("exchange/import/<uuid:pk>/confirm/", exchange.confirm, name="import_confirm"),
    path("exchange/import/<uuid:pk>/again/", exchange.again, name="import_again"),
    path("exchange/import/<uuid:pk>/drop/", exchange.drop, name="import_drop"),
    path("exchange/library.schema.json", exchange.described, name="schema"),
    path("revisions/<uuid:pk>/media/", media_views.media, name="media"),
    path("revisions/<uuid:pk>/media/upload/", media_views.upload, name="media_upload"),
    path("media/<uuid:pk>/withdraw/", media_views.withdraw, name="medium_withdraw"),
    path("media/<uuid:pk>/<slug:part>", media_views.medium, name="medium"),
]
