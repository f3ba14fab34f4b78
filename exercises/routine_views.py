"""The routines' pages: look through them, read one, see a draft through its review."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.db.models import prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language_info
from django.views.decorators.http import require_GET

from clinic import access
from clinic.access import Right, requires
from clinic.ui.forms import number_of
from exercises import library, routine_library
from exercises.languages import closest
from exercises.models import RevisionState, RoutineRevision
from exercises.searching import STATES, TEXT_MAX
from exercises.studio import review_views, reviewing
from exercises.studio.retiring_views import ReviewDateForm

ROUTINES_A_PAGE = 24


@require_GET
@requires(Right.VIEW_LIBRARY)
def routines(request: HttpRequest) -> HttpResponse:
    library.admit(request)
    writes = library.writes(request)
    states = STATES if writes else STATES[:1]
    state = request.GET.get("state", "")
    asked = {"text": request.GET.get("text", "").strip()[:TEXT_MAX], "where": request.GET.get("library", "")}
    state = state if state in states else states[0]
    found = routine_library.of_shelf(request, state=state, **asked)
    page = Paginator(found, ROUTINES_A_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "entries": [routine_library.entry(revision) for revision in page],
        "asked": asked,
        "state": state,
        "states": states if writes else (),
        "writes": writes,
        "holding": routine_library.holding_retired(request) if writes and not asked["text"] else (),
    }
    return render(request, "library/routines/list.html", context)


@require_GET
@requires(Right.VIEW_LIBRARY)
def routine(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A routine as it is published, or as it was: `revision` names an earlier one by its number."""
    thing = access.get(request, _read(request), pk=pk)
    rows = routine_library.with_items(thing.revisions.filter(state=RevisionState.PUBLISHED))
    number = request.GET.get("revision", "")
    wanted = {"number": number_of(number)} if number else {"pk": thing.published_id}
    shown = rows.filter(**wanted).first()
    if shown is None:
        raise Http404
    shown.routine = thing
    writes = access.has(request.user, Right.WRITE_LIBRARY, thing.clinic_id)
    history = reviewing.history(thing, published_alone=not writes)
    drafts = [one for one in history if one.state != RevisionState.PUBLISHED] if writes else []
    context = {
        "routine": thing,
        "revision": shown,
        "is_former": shown.pk != thing.published_id,
        "history": history,
        "open_draft": next(iter(drafts), None),
        "writes": writes,
        "publishes": access.has(request.user, Right.PUBLISH_LIBRARY, thing.clinic_id),
        "review_form": ReviewDateForm(initial={"day": thing.review_by}),
        "to": reviewing.addresses(shown),
        **_spoken(request, shown),
    }
    return render(request, "library/routines/detail.html", context)


@require_GET
@requires(Right.WRITE_LIBRARY)
def revision(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One revision of a routine, as curators see it: what is missing, what changed, what was said."""
    shown = review_views.find(request, RoutineRevision, pk)
    context = reviewing.page(request, shown, about=request.GET.get("about", ""))
    prefetch_related_objects([shown], routine_library.items())
    entry = routine_library.entry(shown, shown.language)
    return render(
        request, "library/routines/revision.html", context | {"routine": shown.thing, "entry": entry}
    )


def _read(request: HttpRequest) -> Any:
    return routine_library.readable(request).select_related(
        "published", "clinic", "replaced_by__published", "based_on__routine__published"
    )


def _spoken(request: HttpRequest, shown: RoutineRevision) -> dict[str, Any]:
    """The routine in its reader's language, and which one that is."""
    entry = routine_library.entry(shown)
    own = entry.said is shown
    spoken = shown.language if own else closest(request.LANGUAGE_CODE, shown.translations)
    return {"entry": entry, "spoken": spoken, "rtl": get_language_info(spoken or "en")["bidi"]}
