"""The writing desk: a page that saves the words of a stretch into a draft, with a living preview beside them.

Every press but saving only changes what stands on the page. `look` answers the same to a script, which puts it in the
page's place.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clinic import access
from clinic.access import Right, requires
from clinic.errors import Conflict
from clinic.ui.forms import UNPROCESSABLE
from exercises import comparing, library, publishing
from exercises import content as contents
from exercises.comparing import Part
from exercises.models import Revision
from exercises.studio import editing
from exercises.studio.editing import Press, Pressed
from exercises.studio.editing_page import Sheet

# The presses that save; "close" leads on to the review.
SAVING = ("save", "close")


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Somebody was quicker: what saving would change of theirs, and what of theirs stays either way."""

    text: str
    theirs: Revision
    mine: Revision
    parts: list[Part]
    stays: list[str]


@require_http_methods(["GET", "POST"])
@requires(Right.WRITE_LIBRARY)
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The desk on the newest revision of a stretch; saving writes the draft, or begins one."""
    shown = _revision(request, pk)
    newest = library.newest(shown.exercise)
    if request.method == "POST":
        return _press(request, newest)
    if newest.pk != shown.pk:
        messages.info(request, _("Revision %(number)d is the newest one.") % {"number": newest.number})
        return redirect("exercises:edit", newest.pk)
    typed = editing.opened(newest, publishing.mark(newest))
    return _show(request, Sheet(request, newest, Pressed(typed)))


@require_POST
@requires(Right.WRITE_LIBRARY)
def look(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The form after a press that saves nothing, without the page around it; of a mere look what follows from it."""
    newest = library.newest(_revision(request, pk).exercise)
    press = Press.of(request.POST)
    sheet = Sheet(request, newest, editing.pressed(request.POST, press))
    parts = "live" if press.name == "look" else "parts"
    return render(request, f"library/editor/{parts}.html", {"sheet": sheet})


def _revision(request: HttpRequest, pk: UUID) -> Revision:
    return access.get(request, Revision.objects.select_related("exercise__published", "edited_by"), pk=pk)


def _press(request: HttpRequest, newest: Revision) -> HttpResponse:
    press, over = Press.of(request.POST), request.POST.get("over", "")
    if press.name not in SAVING and not over:
        return _show(request, Sheet(request, newest, editing.pressed(request.POST, press)))
    sheet = Sheet(request, newest, Pressed(request.POST), checked=True)
    if not sheet.is_valid():
        return _show(request, sheet, status=UNPROCESSABLE)
    content = sheet.content()
    if over:
        # Pressed on purpose, after having been told: what the person did not touch stays as it was saved meanwhile.
        content = {name: content[name] for name in editing.changed(request.POST, content)}
    expected = over or request.POST.get("based_on", "")
    try:
        saved = publishing.save_draft(access.person(request), newest.exercise, content, expected=expected)
    except Conflict as conflict:
        return _show_conflict(request, newest, conflict)
    except ValidationError as problem:
        sheet.show(problem)
        return _show(request, sheet, status=UNPROCESSABLE)
    messages.success(request, _("Saved in revision %(number)d.") % {"number": saved.number})
    return redirect("exercises:revision" if press.name == "close" else "exercises:edit", saved.pk)


def _show_conflict(request: HttpRequest, newest: Revision, conflict: Conflict) -> HttpResponse:
    """Keep what was typed, say what differs, and let the person decide."""
    theirs = library.newest(newest.exercise)
    sheet = Sheet(request, theirs, Pressed(request.POST))
    content = sheet.content()
    mine = editing.changed(request.POST, content)
    over = Revision(exercise=theirs.exercise, number=theirs.number, **contents.of(theirs))
    for name in mine:
        setattr(over, name, content[name])
    changed_by_them = editing.changed(request.POST, contents.of(theirs)) - mine
    meanwhile = Meanwhile(
        text=str(conflict),
        theirs=theirs,
        mine=over,
        parts=comparing.changes(theirs, over),
        stays=[str(field.verbose_name) for name, field in contents.FIELDS.items() if name in changed_by_them],
    )
    return _show(request, sheet, status=409, meanwhile=meanwhile)


def _show(request: HttpRequest, sheet: Sheet, *, status: int = 200, **more: Any) -> HttpResponse:
    context = {"sheet": sheet, "revision": sheet.revision, "exercise": sheet.exercise, **more}
    return render(request, "library/editor/edit.html", context, status=status)
