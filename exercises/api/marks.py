"""Who writes says what they have read: ETags and `If-Match` (RFC 9110, 8.8.3 and 13.1.1).

An ETag has two halves. The first is that of the mark, by which the verbs know whether something stands as it was read;
the second is that of the whole answer, in which more may change (a photo of the draft is described, say).
"""

import json
from collections.abc import Callable, Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import Any, TypeVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.encoders import JSONEncoder

from clinic.errors import Conflict

T = TypeVar("T")

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of what you have read, or * to write over whatever is there.",
)


class Changed(APIException):
    """What is to be written was read as another one (RFC 9110, 13.1.1)."""

    status_code = HTTPStatus.PRECONDITION_FAILED

    def __init__(self) -> None:
        super().__init__(
            _("Somebody changed this in the meantime. Read it again, and send what you want then.")
        )


class MarkWanted(APIException):
    """A write that does not say what it was made from (RFC 6585, 3)."""

    status_code = HTTPStatus.PRECONDITION_REQUIRED

    def __init__(self) -> None:
        super().__init__(_("Name the ETag of what you have read in the header If-Match."))


def marked(body: Mapping[str, Any], mark: str, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """An answer with its ETag, for the next write."""
    whole = json.dumps(body, cls=JSONEncoder, sort_keys=True)
    headers = {"ETag": f'"{_half(mark)}.{_half(whole)}"', "Cache-Control": "private, no-cache"}
    return Response(body, status=status, headers=headers)


def read(request: Request, mark: str) -> str | None:
    """The mark that the sender has read; None for whoever writes over whatever is there ("*").

    Raises Changed for another one. A tag is as good when it is weak: those of packed answers are.
    """
    header = request.headers.get("If-Match")
    if header is None:
        raise MarkWanted
    if header.strip() == "*":
        return None
    tags = (tag.strip().removeprefix("W/").strip('"') for tag in header.split(","))
    if _half(mark) not in {tag.partition(".")[0] for tag in tags}:
        raise Changed
    return mark


def unchanged(act: Callable[[], T]) -> T:
    """What a verb answers. Raises Changed where somebody was first after all."""
    try:
        return act()
    except Conflict as conflict:
        raise Changed from conflict


def _half(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:20]
