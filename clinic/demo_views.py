"""The demo's own pages: sign in as a role, read the mail, see every component. 404 in any other installation."""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic import demo, frames, mailbox
from clinic.access import Right, requires
from clinic.signin import sign_in as sign_in_as
from clinic.ui import samples

View = Callable[..., HttpResponseBase]


def demo_only(view: View) -> View:
    """A page that does not exist unless this is the demo, asked at every request."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@requires(Right.PUBLIC)
@demo_only
@require_POST
def sign_in(request: HttpRequest) -> HttpResponse:
    """Sign in as one of the demo's accounts, and no other."""
    user = demo.account_user(request.POST.get("email", ""))
    if user is None:
        messages.error(request, _("The demo does not have this account. Start it anew with: make run"))
        return redirect(settings.LOGIN_URL)
    sign_in_as(request, user)
    return redirect(settings.LOGIN_REDIRECT_URL)


@requires(Right.PUBLIC)
@demo_only
def letters(request: HttpRequest) -> HttpResponse:
    """All mail that this installation has written; one recipient's with `?to=`."""
    found = mailbox.letters(*_folders())
    to = request.GET.get("to", "")
    page = {
        "letters": [letter for letter in found if not to or to.lower() in letter.to],
        "recipients": mailbox.recipients(found),
        "to": to,
        "still": "still" in request.GET,
    }
    # The list asks for itself every few seconds, unless the reader has stopped it.
    wanted = request.headers.get("HX-Request") == "true"
    return render(request, "demo/letters_list.html" if wanted else "demo/letters.html", page)


# Frames the HTML part of a letter, which is shown as its writer made it.
@requires(Right.PUBLIC)
@demo_only
@frames.around_a_letter
def letter(request: HttpRequest, letter_id: str) -> HttpResponse:
    return render(request, "demo/letter.html", {"letter": _letter(letter_id)})


@requires(Right.PUBLIC)
@demo_only
@frames.of_a_letter
def letter_html(request: HttpRequest, letter_id: str) -> HttpResponse:
    html = _letter(letter_id).html
    if not html:
        raise Http404
    return frames.framed(html)


@requires(Right.PUBLIC)
@demo_only
def components(request: HttpRequest) -> HttpResponse:
    """Every component of the design system, with content as it is met in use."""
    return render(request, "demo/components.html", samples.page(request))


def _folders() -> list[Path]:
    """Mails, and text messages, which are written like mails."""
    return [Path(cast("str", settings.EMAIL_FILE_PATH)), Path(settings.SMS_FILE_PATH)]


def _letter(letter_id: str) -> mailbox.Letter:
    found = mailbox.letter(letter_id, *_folders())
    if found is None:
        raise Http404
    return found
