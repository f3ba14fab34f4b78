"""A file that comes as a form: refused by what is announced of it, before a byte of it is read."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from rest_framework.exceptions import APIException
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.viewsets import GenericViewSet


class TooLarge(APIException):
    """More than the largest file, and what is around it in a form."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class Uploads(GenericViewSet[Any]):
    """A viewset whose `create` takes a form with a file; all its other bodies are JSON.

    `body_max` is in bytes, with what is around the file in a form; `too_large` is said to whoever announces more.
    """

    body_max: int
    too_large: Callable[[], str]

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """How much it is, is looked at before a byte of the body is read; and who asks, before a key's upload is."""
        announced = request.META.get("CONTENT_LENGTH") or "0"
        if self.action == "create" and not (
            announced.isdecimal() and len(announced) < 20 and int(announced) <= self.body_max
        ):
            raise TooLarge(self.too_large())
        super().initial(request, *args, **kwargs)

    def get_parsers(self) -> list[Any]:
        brings = self.request is not None and self.request.method == "POST" and "pk" not in self.kwargs
        return [MultiPartParser()] if brings else super().get_parsers()
