"""The library's pages: look through it, read a stretch, and see a draft through its review."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clinic import access
from clinic.access import Right, requires
from exercises import comparing, content, library, publishing
from exercises.models import Position, Region, Revision, RevisionState

EXERCISES_A_PAGE = 24
STATES = (
    RevisionState.PUBLISHED.value,
    RevisionState.IN_REVIEW.value,
    RevisionState.DRAFT.value,
    library.RETIRED,
)


@require_GET
@requires(Right.VIEW_LIBRARY)
def exercises(request: HttpRequest) -> HttpResponse:
    library.admit(request)
    may_write = access.has(request.user, Right.WRITE_LIBRARY)
    state = request.GET.get("state", "")
    if not may_write or state not in STATES:
        state = STATES[0]
    asked = {name: request.GET.get(name, "").strip() for name in ("text", "region", "position")}
    found = library.matching(library.of_shelf(request, state), **asked)
    context = {
        "page": Paginator(found, EXERCISES_A_PAGE).get_page(request.GET.get("page")),
        "asked": asked,
        "filtered": any(asked.values()),
        "state": state,
        "states": STATES if may_write else (),
        "regions": Region.choices,
        "positions": [choice for choice in Position.choices if choice[0] != Position.UNKNOWN],
    }
    return render(request, "library/list.html", context)


@require_GET
@requires(Right.VIEW_LIBRARY)
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A stretch as it is published."""
    exercise = access.get(request, library.readable(request), pk=pk)
    context = {"revision": exercise.published, "exercise": exercise}
    if access.has(request.user, Right.WRITE_LIBRARY):
        context["open_draft"] = library.in_work(request).filter(exercise=exercise).first()
        context["pose"] = context["open_draft"] or exercise.published
    return render(request, "library/detail.html", context)


@require_GET
@requires(Right.WRITE_LIBRARY)
def revision(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One revision, as curators see it: what is to be checked, what is missing, what changed."""
    shown = _revision(request, pk)
    exercise = shown.exercise
    before = exercise.published if exercise.published_id != shown.pk else None
    publishes = access.has(request.user, Right.PUBLISH_LIBRARY)
    is_last_editor = shown.edited_by_id == access.person(request).pk
    context = {
        "revision": shown,
        "exercise": exercise,
        "curating": True,
        "pose": shown,
        "before": before,
        "changes": comparing.changes(before, shown) if before else (),
        "lacking": [text for texts in content.lacking(shown).values() for text in texts],
        "must_leave_it": publishes and is_last_editor,
        "may_publish": publishes and not is_last_editor,
    }
    return render(request, "library/detail.html", context)


@require_POST
@requires(Right.WRITE_LIBRARY)
def submit(request: HttpRequest, pk: UUID) -> HttpResponse:
    shown = _revision(request, pk)
    try:
        publishing.submit(access.person(request), shown)
        messages.success(request, _("Handed in. Somebody else now reads it and publishes it."))
    except ValidationError as problem:
        _say(request, problem)
    return redirect("exercises:revision", shown.pk)


@require_POST
@requires(Right.PUBLISH_LIBRARY)
def publish(request: HttpRequest, pk: UUID) -> HttpResponse:
    shown = _revision(request, pk)
    try:
        publishing.publish(access.person(request), shown)
    except ValidationError as problem:
        _say(request, problem)
        return redirect("exercises:revision", shown.pk)
    messages.success(request, _("Published. Prescriptions made from now on can use it."))
    return redirect("exercises:detail", shown.exercise_id)


def _revision(request: HttpRequest, pk: UUID) -> Revision:
    rows = Revision.objects.select_related(
        "exercise__published", "edited_by", "published_by", "easier", "harder"
    )
    return access.get(request, rows, pk=pk)


def _say(request: HttpRequest, problem: ValidationError) -> None:
    for text in problem.messages:
        messages.error(request, text)
