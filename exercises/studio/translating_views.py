"""The translation of an exercise or a routine: its texts on the left, those of another language on the right."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language_info
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic import access
from clinic.access import Right, requires
from clinic.errors import Conflict
from exercises import languages, publishing
from exercises.models import CuratedRevision, Revision, RevisionState, RoutineRevision
from exercises.studio.translating_forms import TranslationForm

# Of each kind of revision: the page of its translations, and the one that leads there.
PAGES: dict[type[CuratedRevision], str] = {
    Revision: "exercises:translate",
    RoutineRevision: "exercises:translate_routine",
}
BACK: dict[type[CuratedRevision], str] = {
    Revision: "exercises:revision",
    RoutineRevision: "exercises:routine_revision",
}


@dataclass(frozen=True, slots=True)
class Tongue:
    """A language that a revision may be read in: how many of its texts hold there, and how many are outdated."""

    code: str
    name: str
    done: int
    outdated: int
    of: int
    url: str


@require_http_methods(["GET", "POST"])
@requires(Right.WRITE_LIBRARY)
def exercise(request: HttpRequest, pk: UUID, language: str) -> HttpResponse:
    """The newest revision of a stretch in a language; saving writes the draft, or begins one."""
    shown = access.get(request, Revision.objects.select_related("exercise"), pk=pk)
    return _translate(request, shown, language)


@require_http_methods(["GET", "POST"])
@requires(Right.WRITE_LIBRARY)
def routine(request: HttpRequest, pk: UUID, language: str) -> HttpResponse:
    """The newest revision of a routine in a language."""
    shown = access.get(request, RoutineRevision.objects.select_related("routine"), pk=pk)
    return _translate(request, shown, language)


def _translate(request: HttpRequest, shown: Any, language: str) -> HttpResponse:
    newest = shown.thing.latest
    if language not in _offered(newest):
        raise Http404
    if newest.pk != shown.pk and request.method == "GET":
        messages.info(request, _("Revision %(number)d is the newest one.") % {"number": newest.number})
        return redirect(PAGES[type(newest)], newest.pk, language)
    if request.method == "POST":
        return _save(request, newest, language)
    form = TranslationForm(newest, language, initial={"based_on": publishing.mark(newest)})
    return _show(request, newest, form)


def _save(request: HttpRequest, newest: Any, language: str) -> HttpResponse:
    form = TranslationForm(newest, language, request.POST)
    if not form.is_valid():
        return _show(request, newest, form, status=422)
    # Pressed on purpose, after having been told that somebody saved meanwhile.
    expected = request.POST.get("over") or form.cleaned_data["based_on"]
    content = {"translations": newest.translations | {language: form.translation()}}
    try:
        saved = publishing.save_draft(access.person(request), newest.thing, content, expected=expected)
    except Conflict as conflict:
        return _show(request, newest, form, meanwhile=str(conflict), status=409)
    except ValidationError as refused:
        for text in refused.messages:
            form.add_error(None, text)
        return _show(request, newest, form, status=422)
    messages.success(
        request, _("The translation is saved in revision %(number)d.") % {"number": saved.number}
    )
    return redirect(PAGES[type(saved)], saved.pk, language)


def _show(
    request: HttpRequest, newest: Any, form: TranslationForm, *, meanwhile: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "revision": newest,
        "form": form,
        "rows": form.rows(),
        "tongues": tongues(newest),
        "own": get_language_info(newest.language)["name_translated"],
        "language": form.language,
        "named": get_language_info(form.language)["name_translated"],
        "back_url": reverse(BACK[type(newest)], args=[newest.pk]),
        "begins_draft": newest.state == RevisionState.PUBLISHED,
        "takes_back": newest.state == RevisionState.IN_REVIEW,
        "meanwhile": meanwhile,
        "over": publishing.mark(newest),
    }
    return render(request, "library/translating/page.html", context, status=status)


def _offered(revision: CuratedRevision) -> list[str]:
    """The languages of the screens, and those in which there is something already; not the revision's own."""
    codes = [code for code, _name in settings.LANGUAGES]
    return [code for code in dict.fromkeys([*codes, *revision.translations]) if code != revision.language]


def tongues(revision: CuratedRevision) -> list[Tongue]:
    """How a revision stands in each language that it may be translated into."""
    found = []
    for code in _offered(revision):
        texts = languages.standing(revision, code)
        outdated = sum(text.translation is not None and not text.holds for text in texts)
        done = sum(text.holds for text in texts)
        url = reverse(PAGES[type(revision)], args=[revision.pk, code])
        name = get_language_info(code)["name_translated"]
        found.append(Tongue(code, name, done, outdated, len(texts), url))
    return found
