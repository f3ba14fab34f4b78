"""A routine's desk: begin one, edit it in a draft.

Every press but saving only changes what stands on the page. `look` answers the same to a script, which puts it in the
page's place.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import MultipleChoiceField
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clinic import access
from clinic.access import Right, requires
from clinic.errors import Conflict
from clinic.ui.forms import UNPROCESSABLE, show_errors
from exercises import publishing, routine_library
from exercises.models import Region, Routine, RoutineRevision
from exercises.rows import Press, in_words
from exercises.studio import routine_editing
from exercises.studio.beginning import BeginForm, libraries
from exercises.studio.routine_editing import Bench
from exercises.studio.routine_editing_forms import RoutineForm

FOUND_AT_ONCE = 12
NO_SCHEDULE_YET = {"mode": "fixed", "weekdays": list(range(7)), "times_per_day": 1, "per_week": 3}


@require_http_methods(["GET", "POST"])
@requires(Right.WRITE_LIBRARY)
def create(request: HttpRequest) -> HttpResponse:
    """Whose it is, what it is called, and in which language; then its desk."""
    form = BeginForm(request.POST or None, libraries=libraries(request))
    if form.is_valid():
        clinic = form.cleaned_data["library"]
        said = {name: form.cleaned_data[name] for name in ("name", "language")}
        try:
            routine = publishing.create_routine(access.person(request), clinic=clinic, content=said)
        except ValidationError as problem:
            show_errors(form, problem)
        else:
            return redirect("exercises:routine_edit", routine.revisions.get().pk)
    status = UNPROCESSABLE if form.errors else 200
    return render(request, "library/routines/create.html", {"form": form}, status=status)


@require_http_methods(["GET", "POST"])
@requires(Right.WRITE_LIBRARY)
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The desk on the newest revision of a routine; saving writes the draft, or begins one."""
    shown = _revision(request, pk)
    newest = routine_library.newest(shown.routine)
    if request.method == "POST":
        return _press(request, newest)
    if newest.pk != shown.pk:
        messages.info(request, _("Revision %(number)d is the newest one.") % {"number": newest.number})
        return redirect("exercises:routine_edit", newest.pk)
    said = {name: getattr(newest, name) for name in ("name", "summary", "notes")}
    marked = {"based_on": publishing.mark(newest)}
    form = RoutineForm(initial=NO_SCHEDULE_YET | newest.schedule | said | marked)
    rows = routine_editing.rows_of(newest)
    return _show(request, newest, form, Bench(rows, routine_editing.stock(request, newest.routine, rows)))


@require_POST
@requires(Right.WRITE_LIBRARY)
def look(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The exercises and the estimate alone, for the form as it stands or after a press that saves nothing."""
    routine = _revision(request, pk).routine
    context = {"bench": _pressed(request, routine), **_search(request, routine)}
    return render(request, "library/routines/live.html", context)


def _revision(request: HttpRequest, pk: UUID) -> RoutineRevision:
    rows = RoutineRevision.objects.select_related("routine__published", "routine__clinic", "edited_by")
    return access.get(request, rows, pk=pk)


def _press(request: HttpRequest, newest: RoutineRevision) -> HttpResponse:
    if Press.of(request.POST).name != "save":
        form = RoutineForm(initial=_as_typed(request.POST))
        return _show(request, newest, form, _pressed(request, newest.routine))
    rows = routine_editing.rows_of_post(request.POST)
    known = routine_editing.stock(request, newest.routine, rows)
    form, bench = RoutineForm(request.POST), Bench(rows, known, checked=True)
    if not (form.is_valid() and bench.is_valid()):
        return _show(request, newest, form, bench, status=UNPROCESSABLE)
    try:
        saved = publishing.save_draft(
            access.person(request),
            newest.routine,
            form.content | {"items": bench.lines},
            expected=form.cleaned_data["based_on"],
        )
    except Conflict as conflict:
        # What was typed stays; saving once more, after having been told, writes over it.
        theirs = routine_library.newest(newest.routine)
        again = RoutineForm(initial=_as_typed(request.POST) | {"based_on": publishing.mark(theirs)})
        return _show(request, theirs, again, Bench(rows, known), status=409, meanwhile=str(conflict))
    except ValidationError as problem:
        show_errors(form, problem)
        return _show(request, newest, form, bench, status=UNPROCESSABLE)
    messages.success(request, _("Saved in revision %(number)d.") % {"number": saved.number})
    return redirect("exercises:routine_revision", saved.pk)


def _pressed(request: HttpRequest, routine: Routine) -> Bench:
    """The rows after a press that saves nothing."""
    press, before = Press.of(request.POST), routine_editing.rows_of_post(request.POST)
    known = routine_editing.stock(request, routine, before, press.argument)
    rows, focus = routine_editing.pressed(before, press, known)

    def name(row: routine_editing.Row) -> str:
        return routine_editing.name_of(known.get(str(row["exercise"])))

    return Bench(rows, known, focus=focus, said=in_words(press, before, rows, name))


def _as_typed(data: QueryDict) -> dict[str, Any]:
    """The form's values exactly as they were typed, right or wrong."""
    return {
        name: data.getlist(name) if isinstance(field, MultipleChoiceField) else data.get(name, "")
        for name, field in RoutineForm.base_fields.items()
    }


def _show(
    request: HttpRequest,
    newest: RoutineRevision,
    form: RoutineForm,
    bench: Bench,
    *,
    status: int = 200,
    meanwhile: str = "",
) -> HttpResponse:
    context = {
        "revision": newest,
        "routine": newest.routine,
        "form": form,
        "bench": bench,
        "meanwhile": meanwhile,
        **_search(request, newest.routine),
    }
    return render(request, "library/routines/edit.html", context, status=status)


def _search(request: HttpRequest, routine: Routine) -> dict[str, Any]:
    """Exercises to add: those that match what was typed in the search field, or the first of all."""
    text, region = request.POST.get("find", ""), request.POST.get("find_region", "")
    found = routine_editing.matching(request, routine, text, region)
    return {
        "find": text,
        "find_region": region,
        "regions": Region.choices,
        "found": found[:FOUND_AT_ONCE],
        "found_in_all": found.count(),
    }
