"""Pages of the ground: what to say when something goes wrong, and in which language.

The error pages are drawn without the request: no session, no database, nothing that could fail a second time.
"""

import logging
import secrets
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.http.request import RawPostDataException, UnreadablePostError
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.i18n import set_language

from clinic import reading
from clinic.access import Right, requires
from clinic.errors import PROBLEM, problem
from clinic.models import User

logger = logging.getLogger(__name__)

# Never shown again, whatever the form: parts of field names.
SECRETS = ("password", "token", "code", "secret", "key")
SHOWN_FIELDS = 60
# For programs, which are shown no page.
DETAILS = {
    HTTPStatus.BAD_REQUEST: _("This could not be read."),
    HTTPStatus.FORBIDDEN: _("This is not yours to open."),
    HTTPStatus.NOT_FOUND: _("Nothing is here."),
    HTTPStatus.INTERNAL_SERVER_ERROR: _(
        "Something went wrong on our side. Nothing was changed; try again later."
    ),
}


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, HTTPStatus.BAD_REQUEST, "400.html")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, HTTPStatus.FORBIDDEN, "403.html")


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, HTTPStatus.NOT_FOUND, "404.html")


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form was too old: nothing was changed; what was typed is shown, so that it is not lost."""
    logger.warning("Form refused: %s (%s %s)", reason, request.method, request.path)
    return _page(request, HTTPStatus.FORBIDDEN, "csrf.html", typed=typed(request))


def server_error(request: HttpRequest) -> HttpResponse:
    """An unexpected failure: a plain page with the reference that the log has beside the trace."""
    reference = getattr(request, "reference", None)
    if reference is None:  # it failed before the request was given one
        reference = secrets.token_hex(4)
        logger.exception("Reference %s: %s %s", reference, request.method, request.path)
    return _page(
        request, HTTPStatus.INTERNAL_SERVER_ERROR, "500.html", reference=reference, typed=typed(request)
    )


def typed(request: HttpRequest) -> list[tuple[str, str]]:
    """What somebody had typed into the form that was sent, by field; no secrets. Nothing, if it cannot be read."""
    try:
        fields = [(name, value) for name, values in request.POST.lists() for value in values]
    except (RawPostDataException, UnreadablePostError):
        return []
    return [
        (name.replace("_", " "), value)
        for name, value in fields
        if value.strip() and not any(secret in name.lower() for secret in SECRETS)
    ][:SHOWN_FIELDS]


def _page(request: HttpRequest, status: HTTPStatus, template: str, **context: Any) -> HttpResponse:
    if request.path.startswith("/api/"):
        # What fails before the API's own views are reached or after they are left.
        body = problem(request.path, status, str(DETAILS[status]), reference=context.get("reference", ""))
        return JsonResponse(body, status=status, content_type=PROBLEM)
    # The token comes out of a cookie, nothing is asked for it.
    context |= {"csrf_token": get_token(request), "reads_own": getattr(request, "reads_own_language", False)}
    return HttpResponse(render_to_string(f"errors/{template}", context), status=status)


@require_POST
@requires(Right.PUBLIC)
def choose_language(request: HttpRequest) -> HttpResponseBase:
    """The language of this browser, and of the account of whoever is signed in; back to the page that asked."""
    if isinstance(request.user, User) and (language := request.POST.get("language")) in dict(
        settings.LANGUAGES
    ):
        reading.change(request.user, language=language)
    return set_language(request)
