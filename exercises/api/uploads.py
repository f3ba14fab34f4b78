"""A file that comes as a form: refused by what is announced of it, before a byte of it is read."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.utils.functional import Promise
from rest_framework.exceptions import APIException
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.serializers import Serializer
from rest_framework.viewsets import GenericViewSet

from clinic.models import Clinic
from exercises import library
from exercises.api.curation import library_of


class TooLarge(APIException):
    """More than the largest file, and what is around it in a form."""

    status_code = HTTPStatus.REQUEST_ENTITY_TOO_LARGE


class Uploads(GenericViewSet[Any]):
    """A viewset whose `create` takes a form with a file; all its other bodies are JSON.

    `body_max` is in bytes, with what is around the file in a form; `too_large` is said to whoever announces more,
    `one_at_a_time` to whoever sends several.
    """

    body_max: int
    too_large: Callable[[], str]
    one_at_a_time: str | Promise

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

    def brought(self, request: Request, form: type[Serializer[Any]]) -> tuple[dict[str, Any], Clinic | None]:
        """What a form with a `file` says, and the clinic whose library it is for (None: the shared one).

        Raises PermissionDenied for whoever writes in no library, and ValidationError.
        """
        if not library.writes(request):
            raise PermissionDenied
        given = form(data=request.data)
        given.is_valid(raise_exception=True)
        if len(request.FILES.getlist("file")) > 1:
            raise ValidationError({"file": [self.one_at_a_time]})
        said = given.validated_data
        return said, library_of(request, said.get("clinic"))
