"""The pages of photos and films: on a draft, and the files themselves."""

from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clinic import access
from clinic.access import Right, requires
from clinic.errors import Conflict
from clinic.ui.forms import UNPROCESSABLE, show_errors
from exercises import publishing
from exercises.media import checking, keeping, serving, showing
from exercises.media.forms import ACCEPTED, MediumForm, forms_of
from exercises.models import Medium, Revision, RevisionState

# Around the largest file: the other fields of the form, and what separates them.
BODY_MAX = checking.FILM_MAX + 1_000_000
TOO_LARGE, CONFLICT = 413, 409
STEPS = {"up": -1, "down": 1}


@require_http_methods(["GET", "POST"])
@requires(Right.WRITE_LIBRARY)
def media(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The photos and films of the newest revision, to be described and put in order."""
    shown = access.get(request, Revision.objects.select_related("exercise"), pk=pk)
    newest = shown.exercise.latest
    if newest.pk != shown.pk and request.method == "GET":
        messages.info(request, _("Revision %(number)d is the newest one.") % {"number": newest.number})
        return redirect("exercises:media", newest.pk)
    forms = forms_of(request, newest, sent=request.method == "POST")
    if request.method == "GET":
        return _show(request, newest, forms)
    # Each is asked, so that each says what is wrong with it.
    if len([form for form in forms if form.is_valid()]) < len(forms):
        return _show(request, newest, forms, status=UNPROCESSABLE)
    try:
        saved = _save(request, newest, forms)
    except Conflict as conflict:
        return _show(request, newest, forms, meanwhile=str(conflict), status=CONFLICT)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return _show(request, newest, forms, status=UNPROCESSABLE)
    if saved is None:
        return _show(request, newest, forms, status=UNPROCESSABLE)
    if not request.POST.get("act"):
        messages.success(
            request, _("The photos and films are saved in revision %(number)d.") % {"number": saved.number}
        )
        return redirect("exercises:revision", saved.pk)
    # Back to the entry that was moved, so that it is moved on by the same key.
    moved = request.POST["act"].partition(":")[2]
    return redirect(f"{reverse('exercises:media', args=[saved.pk])}#medium-{moved}")


@transaction.atomic
def _save(request: HttpRequest, newest: Revision, forms: list[MediumForm]) -> Revision | None:
    """Everything that the page says; None, with nothing written, when one of the forms was refused."""
    actor = access.person(request)
    rows = [{"medium": str(form.instance.pk), "alt": form.cleaned_data["alt"]} for form in forms]
    rows = _acted(rows, request.POST.get("act", ""))
    for form in forms:
        try:
            if form.may_describe:
                keeping.describe(actor, form.instance, form.said(), captions_of=form.captions_of())
        except ValidationError as refused:
            show_errors(form, refused)
    if any(form.errors for form in forms):
        transaction.set_rollback(True)
        return None
    if rows == newest.media:
        return newest
    return keeping.arrange(actor, newest.exercise, rows, expected=request.POST.get("based_on", ""))


def _acted(rows: list[dict[str, str]], act: str) -> list[dict[str, str]]:
    """The list after the button that was pressed: one up, one down, one taken out."""
    what, _colon, medium = act.partition(":")
    place = next((place for place, row in enumerate(rows) if row["medium"] == medium), None)
    if place is None:
        return rows
    if what == "out":
        return rows[:place] + rows[place + 1 :]
    to = min(max(0, place + STEPS.get(what, 0)), len(rows) - 1)
    return [*(moved := rows[:place] + rows[place + 1 :])[:to], rows[place], *moved[to:]]


def _show(
    request: HttpRequest, newest: Revision, forms: list[MediumForm], *, meanwhile: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "revision": newest,
        "forms": forms,
        "meanwhile": meanwhile,
        "mark": publishing.mark(newest),
        "accepted": ACCEPTED,
        "most": {"photo": checking.PHOTO_MAX, "film": checking.FILM_MAX},
        "begins_draft": newest.state == RevisionState.PUBLISHED,
        "takes_back": newest.state == RevisionState.IN_REVIEW,
    }
    return render(request, "library/media/page.html", context, status=status)


# --- Upload


@csrf_exempt
@require_POST
@requires(Right.WRITE_LIBRARY)
def upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Files for a draft. Who asks, and how much it is, is looked at before a byte of the body is read.

    That is why the check for forgery, which reads the body, comes second (`_taken`).
    """
    shown = access.get(request, Revision.objects.select_related("exercise__clinic"), pk=pk)
    announced = request.META.get("CONTENT_LENGTH") or "0"
    if not announced.isdecimal() or int(announced) > BODY_MAX:
        return _refused(request, shown, checking.too_large(), TOO_LARGE)
    return _taken(request, shown)


@csrf_protect
def _taken(request: HttpRequest, shown: Revision) -> HttpResponse:
    files = request.FILES.getlist("files")
    if not files:
        return _refused(request, shown, _("Choose a photo or film first."), UNPROCESSABLE)
    exercise = shown.exercise
    before = publishing.mark(exercise.latest)
    added = []
    for file in files:
        try:
            added.append(keeping.add_to(access.person(request), exercise, file))
        except ValidationError as refused:
            text = " ".join(refused.messages)
            if _wants_json(request):
                return _refused(request, shown, text, UNPROCESSABLE)
            messages.error(request, f"{keeping.cleaned_name(file.name or '')}: {text}")
    newest = exercise.latest
    if not _wants_json(request):
        return redirect("exercises:media", newest.pk)
    # Whoever's page was up to date is so again; anybody else is told when they save.
    seen = request.POST.get("based_on", "")
    answer = {
        "html": "".join(_entry(request, newest, medium) for medium in added),
        "mark": publishing.mark(newest) if seen == before else seen,
        "page": reverse("exercises:media", args=[newest.pk]),
    }
    return JsonResponse(answer, status=201)


def _entry(request: HttpRequest, newest: Revision, medium: Medium) -> str:
    """The part of the page that is about one medium, as the page itself would have it."""
    form = MediumForm(
        instance=medium, prefix=str(medium.pk), initial={"captions_in": newest.language}, may_describe=True
    )
    return render_to_string("library/media/entry.html", {"form": form, "revision": newest}, request)


def _wants_json(request: HttpRequest) -> bool:
    return request.headers.get("Accept", "").startswith("application/json")


def _refused(request: HttpRequest, shown: Revision, text: str, status: int) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"problem": text}, status=status)
    messages.error(request, text)
    if status == TOO_LARGE:
        newest = shown.exercise.latest
        return _show(request, newest, forms_of(request, newest, sent=False), status=status)
    return redirect("exercises:media", shown.pk)


# --- Consent taken back


@require_http_methods(["GET", "POST"])
@requires(Right.WRITE_LIBRARY)
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Asks once more, for the files go at once and everywhere."""
    medium = access.get(request, Medium, pk=pk)
    if request.method == "GET":
        # Those of the clinics' own libraries are no business of the shared library's curators.
        uses = access.visible(request, Revision.objects.filter(media_uses__medium=medium))
        return render(request, "library/media/withdraw.html", {"medium": medium, "uses": uses})
    keeping.withdraw(access.person(request), medium)
    messages.success(request, _("The files are deleted. Pages show its words instead."))
    return redirect("exercises:list")


# --- The files


@require_safe
@requires(Right.SIGNED_IN)
def medium(request: HttpRequest, pk: UUID, part: str) -> HttpResponseBase:
    """A picture ("480", "960", "1600"), the film, or its captions ("captions-en")."""
    return answer(request, showing.get(request, pk), part)


def answer(request: HttpRequest, found: Medium, part: str) -> HttpResponseBase:
    """A part of a medium that the asking person may see. Raises Http404 for one that it does not have."""
    kind, _dash, language = part.partition("-")
    if kind == "captions" and language in found.captions:
        return _captions(request, found, language)
    facts: dict[str, Any] | None = found.files.get(part)
    if facts is None:
        raise Http404
    return serving.answer(
        request,
        lambda: _opened(facts["file"]),
        size=facts["bytes"],
        kind=facts["type"],
        digest=facts["sha256"],
        modified=found.uploaded_at,
        name=f"{found.pk}.{facts['type'].partition('/')[2]}",
    )


def _opened(name: str) -> Any:
    try:
        return keeping.storage().open(name)
    except FileNotFoundError as gone:
        raise Http404 from gone


def _captions(request: HttpRequest, found: Medium, language: str) -> HttpResponseBase:
    text = found.captions[language].encode()
    return serving.answer(
        request,
        lambda: BytesIO(text),
        size=len(text),
        kind="text/vtt; charset=utf-8",
        digest=sha256(text).hexdigest(),
        name=f"{found.pk}.vtt",
        cached=serving.ASK_AGAIN,
    )
