"""A new stretch: from nothing, or from a copy of another one; in the shared library or in a clinic's own."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from clinic import access
from clinic.access import Right, requires
from clinic.ui.forms import UNPROCESSABLE, show_errors
from exercises import content as contents
from exercises import library, publishing
from exercises.models import Exercise, Revision
from exercises.studio.beginning import BeginForm, libraries
from exercises.studio.editing_forms import as_typed
from exercises.variants import DIRECTIONS

FOUND_AT_ONCE = 8
SLUG_MAX = 80
# A copy is a stretch of its own: nobody has photographed, translated or questioned it yet.
NOT_COPIED = {"media", "translations", "review_notes"}


class CreateForm(BeginForm):
    """A stretch may be given its short name, too."""

    slug = forms.SlugField(
        label=gettext_lazy("Short name"),
        max_length=SLUG_MAX,
        required=False,
        help_text=gettext_lazy("In addresses and files. Left empty, it is made from the name."),
    )


@require_http_methods(["GET", "POST"])
@requires(Right.WRITE_LIBRARY)
def create(request: HttpRequest) -> HttpResponse:
    """A press on *search* only looks for what to copy; the other one begins the draft and leads to its desk."""
    places = libraries(request)
    typed = request.POST if request.method == "POST" else request.GET
    source = _source(request, typed.get("source", ""))
    if request.method == "GET" or request.POST.get("do") == "look":
        begun = {"language": source.language} if source else {}
        asked = {name: text for name, text in as_typed(CreateForm, typed).items() if text}
        return _show(request, CreateForm(initial=begun | asked, libraries=places), source)
    form = CreateForm(request.POST, libraries=places)
    if form.is_valid():
        clinic, name = form.cleaned_data["library"], form.cleaned_data["name"]
        slug = form.cleaned_data["slug"]
        try:
            exercise = publishing.create_exercise(
                access.person(request), clinic=clinic, slug=slug, content=_content(form, source)
            )
        except ValidationError as problem:
            show_errors(form, problem)
        else:
            messages.success(request, _("“%(name)s” is begun, as a draft.") % {"name": name})
            return redirect("exercises:edit", library.newest(exercise).pk)
    return _show(request, form, source, status=UNPROCESSABLE)


def _source(request: HttpRequest, pk: str) -> Revision | None:
    """What is copied: a published stretch that the person may read. Http404 for anything else."""
    if not pk:
        return None
    exercise: Exercise = access.get(request, library.readable(request), Right.VIEW_LIBRARY, pk=pk)
    return exercise.published


def _content(form: CreateForm, source: Revision | None) -> dict[str, Any]:
    copied = contents.of(source) if source else {}
    kept = {name: value for name, value in copied.items() if name not in NOT_COPIED}
    for name in DIRECTIONS:
        if (
            (variant := kept.get(name))
            and variant.clinic_id
            and variant.clinic != form.cleaned_data["library"]
        ):
            kept[name] = None  # of a library that the copy's readers do not share
    return kept | {name: form.cleaned_data[name] for name in ("name", "language")}


def _show(
    request: HttpRequest, form: CreateForm, source: Revision | None, *, status: int = 200
) -> HttpResponse:
    find = request.POST.get("find", "").replace("\0", "").strip()
    found = library.matching(library.published(library.shelf(request)), text=find) if find else None
    where = form.libraries.get(form["library"].value() or next(iter(form.libraries)))
    context = {
        "form": form,
        "source": source,
        "find": find,
        "found": [] if found is None else found[:FOUND_AT_ONCE],
        "slug": publishing.free_slug(Exercise(), where, name)
        if (name := (form["name"].value() or "").strip())
        else "",
    }
    return render(request, "library/editor/create.html", context, status=status)
