"""The library's pages: look through it, read a stretch, and hold two of its revisions against each other."""

from typing import Any
from uuid import UUID

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_language, get_language_info
from django.views.decorators.http import require_GET

from clinic import access, reading
from clinic.access import Right, requires
from clinic.ui.forms import number_of
from exercises import comparing, languages, library, routine_library, searching, usage, variants
from exercises.models import Exercise, Revision, RevisionState, Routine
from exercises.studio import reviewing, waiting
from exercises.studio.retiring_views import ReviewDateForm

EXERCISES_A_PAGE = 24


@require_GET
@requires(Right.VIEW_LIBRARY)
def exercises(request: HttpRequest) -> HttpResponse:
    library.admit(request)
    writes = library.writes(request)
    query = searching.Query.of(request.GET, writes=writes)
    found = searching.find(request, query, writes=writes)
    page = Paginator(found.keys, EXERCISES_A_PAGE).get_page(query.page)
    # While somebody types or ticks, only what was found comes anew; going back needs the whole page.
    part = bool(request.htmx) and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    # As it opens, it begins with what waits for whoever works here.
    opens = writes and not part and query == searching.Query()
    context = {
        "query": query,
        "found": found,
        "page": page,
        "shown": searching.on_page(list(page.object_list)),
        "part": part,
        "piles": waiting.piles(request) if opens else (),
        "overdue": found.overdue if opens else 0,
        "holding": routine_library.holders(request) if opens else (),
        "writes": writes,
    }
    response = render(request, "library/parts/found.html" if part else "library/list.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_GET
@requires(Right.VIEW_LIBRARY)
def detail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """A stretch as it is published, or as it was: `revision` names an earlier one by its number."""
    exercise = access.get(request, _read(request), pk=pk)
    assert exercise.published is not None  # what can be read is published
    shown = _published_one(exercise, request.GET.get("revision", ""))
    writes = access.has(request.user, Right.WRITE_LIBRARY, exercise.clinic_id)
    publishes = access.has(request.user, Right.PUBLISH_LIBRARY, exercise.clinic_id)
    context = {
        "exercise": exercise,
        "revision": shown,
        "is_former": shown.pk != exercise.published_id,
        "named_by": variants.naming(exercise, library.published(library.shelf(request))),
        "usage": usage.of(request, exercise),
        "routines": usage.routines(request, exercise),
        "history": reviewing.history(exercise, published_alone=not writes),
        "writes": writes,
        "publishes": publishes,
        "to": reviewing.addresses(shown),
        **_spoken(request, shown),
    }
    if writes:
        context["open_draft"] = next(
            (r for r in context["history"] if r.state != RevisionState.PUBLISHED), None
        )
        context["pose"] = context["open_draft"] or exercise.published
        context["review_form"] = ReviewDateForm(initial={"day": exercise.review_by})
    return render(request, "library/detail.html", context)


@require_GET
@requires(Right.VIEW_LIBRARY)
def compare(request: HttpRequest, pk: UUID, of: type[Exercise] | type[Routine] = Exercise) -> HttpResponse:
    """Any two revisions: `from` and `to` are their numbers. Those that are not published are for who may write."""
    readable: Any = routine_library.readable(request) if of is Routine else library.readable(request)
    thing = access.get(request, readable, pk=pk)
    writes = access.has(request.user, Right.WRITE_LIBRARY, thing.clinic_id)
    numbers = [number_of(request.GET.get(name, "")) for name in ("from", "to")]
    before, after = reviewing.pair(thing, *numbers, writes=writes)
    context = {
        "exercise": thing,
        "revision": after,
        "before": before,
        "parts": comparing.changes(before, after),
        "writes": writes,
        "remarks": None,
        "history": reviewing.history(thing, published_alone=not writes),
        "to": reviewing.addresses(after),
    }
    return render(request, "library/compare.html", context)


def _read(request: HttpRequest) -> Any:
    return library.readable(request).select_related(
        "published__exercise",
        "published__easier__published",
        "published__harder__published",
        "published__edited_by",
        "replaced_by__published",
        "based_on__exercise__published",
        "clinic",
    )


def _published_one(exercise: Exercise, number: str) -> Revision:
    if not number:
        assert exercise.published is not None
        return exercise.published
    rows = exercise.revisions.select_related("exercise", "easier__published", "harder__published")
    former = rows.filter(state=RevisionState.PUBLISHED, number=number_of(number)).first()
    if former is None:
        raise Http404
    return former


def _spoken(request: HttpRequest, shown: Revision) -> dict[str, Any]:
    """The texts in the language that was asked for, else in the reader's own; and what there is to choose from."""
    asked = request.GET.get("language", "")
    offered = languages.read_in(shown)
    language = asked if asked in offered else get_language() or shown.language
    spoken = languages.closest(language, {shown.language, *shown.translations}) or shown.language
    return {
        "said": languages.texts(shown, language),
        "spoken": spoken,
        "rtl": get_language_info(spoken)["bidi"],
        "offered": [(code, reading.name_of(code)) for code in offered] if len(offered) > 1 else (),
    }
