"""Deny by default, and say through which door a request came."""

import secrets
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import translation

from clinic import access, audit, logs
from clinic.access import Right
from clinic.models import User

# Views of libraries cannot declare a right themselves; their namespaces and names do it here.
# Sign-in, codes, passwords and passkeys are allauth's; what happens before a sign-in is over is public.
LIBRARY_VIEWS = {
    "admin": Right.OPERATE,
    "account_": Right.PUBLIC,
    "mfa_login_webauthn": Right.PUBLIC,
    "mfa_authenticate": Right.PUBLIC,
    "mfa_": Right.SIGNED_IN,
}


def right_of(view: Callable[..., Any], app_name: str, url_name: str) -> Right | None:
    """The right a view has declared, or that its library's entry gives it."""
    declared: Right | None = getattr(view, "right", None)
    if declared is not None:
        return declared
    for prefix, right in LIBRARY_VIEWS.items():
        if app_name == prefix or (not app_name and url_name.startswith(prefix)):
            return right
    return None


class OwnLanguageMiddleware:
    """A page in the language that the signed-in person has chosen; the browser's is for whoever is not signed in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if isinstance(user, User) and user.language in dict(settings.LANGUAGES):
            translation.activate(user.language)
            request.LANGUAGE_CODE = translation.get_language()
            request.reads_own_language = True  # type: ignore[attr-defined]
        return self.get_response(request)


class RequestContextMiddleware:
    """Gives each request a short reference, which its log lines and its error page share."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "%00" in request.META.get("QUERY_STRING", ""):
            raise SuspiciousOperation("PostgreSQL keeps no NUL, and nobody types one.")
        request.reference = secrets.token_hex(4)  # type: ignore[attr-defined]
        referred = logs.reference.set(request.reference)  # type: ignore[attr-defined]
        entered = audit.via.set("api" if request.path.startswith("/api/") else "page")
        try:
            response = self.get_response(request)
        finally:
            audit.via.reset(entered)
            logs.reference.reset(referred)
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "private, no-store")
        match = request.resolver_match
        if match and match.url_name == "account_logout" and request.method == "POST":
            # Whatever the pages kept on this device is the leaving person's.
            response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response


class DeclaredRightMiddleware:
    """A view without a declared right does not answer; one that needs a person asks for the sign-in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        match = request.resolver_match
        if match is None:
            return None
        if hasattr(getattr(view, "cls", None), "rights"):
            return None  # an API view: `clinic.api.DeclaredRight` asks it action by action
        right = right_of(view, match.app_name, match.url_name or "")
        if right is None:
            raise PermissionDenied("This page declares no right.")
        if right is not Right.PUBLIC and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if right is Right.OPERATE and not access.has(request.user, right):
            raise PermissionDenied
        return None
