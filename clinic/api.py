"""The ground of the API: who asks, what they may, how lists are paged, and one form of error (RFC 9457)."""

import logging
from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.core import exceptions as django_exceptions
from django.core import signals
from django.core.cache import caches
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions, mixins, parsers
from rest_framework.authentication import BaseAuthentication, SessionAuthentication, get_authorization_header
from rest_framework.pagination import PageNumberPagination
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.throttling import UserRateThrottle

from clinic import access, tokens
from clinic.access import Right
from clinic.errors import PROBLEM, Conflict, problem
from clinic.models import ApiToken, User

if TYPE_CHECKING:
    from rest_framework.generics import GenericAPIView
    from rest_framework.views import APIView  # which itself imports what the settings name here

logger = logging.getLogger(__name__)

TOO_MUCH = (
    django_exceptions.RequestDataTooBig,
    django_exceptions.TooManyFieldsSent,
    django_exceptions.TooManyFilesSent,
)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer hw_…`, with a key of `manage.py create_token`."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _space, secret = get_authorization_header(request).partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        token = tokens.authenticate(secret.strip().decode("latin-1"))
        if token is None:
            raise exceptions.AuthenticationFailed(_("This key is not known, or has been revoked."))
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class PageAuthentication(SessionAuthentication):
    """The sign-in of the page that asks.

    A page that sends what waits on the device says whose it is (`X-Holdwell-User`): it may lie open still when somebody
    else has signed in in another tab, and nothing of the one may become the other's.
    """

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        found = super().authenticate(request)
        drawn_for = request.headers.get("X-Holdwell-User")
        if found and drawn_for and drawn_for != str(found[0].pk):
            raise exceptions.AuthenticationFailed(_("Somebody else is signed in here now."))
        return found


class DeclaredRight(BasePermission):
    """A view names a right for each action in `rights`; what it does not name, it does not do.

    `rights` maps an action of a viewset, or a method of a plain view in lower case, to a `Right`. The right is
    put on the request, where `access.get` and `access.visible` read it.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        method = str(request.method).lower()
        action = getattr(view, "action", method)
        if action is None:
            return True  # no such method here: the view itself answers 405, and nothing else
        right: Right | None = getattr(view, "rights", {}).get(action)
        if right is None:
            return False
        request._request.right = right  # type: ignore[attr-defined]
        if right in (Right.PUBLIC, Right.SIGNED_IN, Right.OPERATE):
            return access.has(request.user, right)
        # The other rights hold in one clinic or for one's own: the door asks them with the object.
        return bool(request.user and request.user.is_authenticated)


class JSONParser(parsers.JSONParser):
    """JSON that is nested beyond reason is a mistake of the sender's."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().parse(*args, **kwargs)
        except RecursionError as error:
            raise exceptions.ParseError(_("This JSON is nested too deeply.")) from error


class Pagination(PageNumberPagination):
    """`count`, `next`, `previous`, `results`; `?page=` and `?page_size=`."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"


def told(serializer: type[BaseSerializer[Any]], instance: Any) -> Any:
    """What a serializer says of one instance.

    Its fields are made once in a process: to make them anew for each request takes longer than to read them. So a
    serializer whose answer depends on the request is none for this.
    """
    return _kept(serializer).to_representation(instance)  # type: ignore[arg-type]  # classes have a hash


@cache
def _kept(serializer: type[BaseSerializer[Any]]) -> BaseSerializer[Any]:
    return serializer()


class ListMixin(mixins.ListModelMixin):
    """A list, a page at a time, told by the view's serializer."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        view: GenericAPIView[Any] = self  # type: ignore[assignment]
        page = view.paginate_queryset(view.filter_queryset(view.get_queryset()))
        assert page is not None  # every list of the API is paged
        serializer = view.get_serializer_class()
        return view.get_paginated_response([told(serializer, row) for row in page])


class UserThrottle(UserRateThrottle):
    """Counted in each process: it keeps a runaway client off, and costs no query."""

    cache = caches["throttle"]


def exception_handler(error: Exception, context: Mapping[str, Any]) -> Response:
    """Answer any error as a problem; one that nobody expected with a reference and without a trace."""
    request = context["request"]
    if isinstance(error, django_exceptions.ValidationError):
        return _problem(request, HTTPStatus.BAD_REQUEST, _not_valid(), errors=list(_of_django(error)))
    if isinstance(error, exceptions.ValidationError):
        return _problem(request, HTTPStatus.BAD_REQUEST, _not_valid(), errors=list(_of_detail(error.detail)))
    if isinstance(error, Conflict):
        return _problem(request, HTTPStatus.CONFLICT, str(error))
    if isinstance(error, TOO_MUCH):
        return _problem(request, HTTPStatus.REQUEST_ENTITY_TOO_LARGE, _("That is too much for one request."))
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    if isinstance(error, django_exceptions.PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, exceptions.APIException):
        headers = {}
        if header := getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = header
        if wait := getattr(error, "wait", None):
            headers["Retry-After"] = str(int(wait) + 1)
        return _problem(request, HTTPStatus(error.status_code), str(error.detail), headers=headers)
    signals.got_request_exception.send(sender=type(context["view"]), request=request._request)
    logger.error("Unexpected error in %s %s", request.method, request.path, exc_info=error)
    return _problem(
        request,
        HTTPStatus.INTERNAL_SERVER_ERROR,
        _("Something went wrong on our side. Nothing was changed; try again later."),
        reference=getattr(request, "reference", ""),
    )


def _not_valid() -> str:
    return _("Something in it is not right. Each entry in “errors” says what.")


def _problem(
    request: Request, status: HTTPStatus, detail: str, *, headers: dict[str, str] | None = None, **more: Any
) -> Response:
    body = problem(request.path, status, detail, **more)
    return Response(body, status=status.value, headers=headers, content_type=PROBLEM)


def _of_django(error: django_exceptions.ValidationError) -> Iterator[dict[str, Any]]:
    """The errors of a verb or a model: by field, or about the whole."""
    by_field = error.error_dict if hasattr(error, "error_dict") else {None: error.error_list}
    for field, failures in by_field.items():
        for failure in failures:
            name = None if field == django_exceptions.NON_FIELD_ERRORS else field
            for message in failure.messages:
                yield {"field": name, "code": failure.code or "invalid", "message": message}


def _of_detail(detail: Any, path: str = "") -> Iterator[dict[str, Any]]:
    """The errors of a serializer, however deep: {"items": [{}, {"hold": [...]}]} has the field items.1.hold."""
    if isinstance(detail, Mapping):
        for key, value in detail.items():
            inner = path if key == "non_field_errors" else f"{path}.{key}".lstrip(".")
            yield from _of_detail(value, inner)
    elif isinstance(detail, list | tuple):
        for index, value in enumerate(detail):
            leaf = isinstance(value, exceptions.ErrorDetail)
            yield from _of_detail(value, path if leaf else f"{path}.{index}".lstrip("."))
    else:
        yield {"field": path or None, "code": getattr(detail, "code", "invalid"), "message": str(detail)}
