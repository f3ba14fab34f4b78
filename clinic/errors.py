"""What can go wrong without anybody having done wrong, and the one form in which the API says what went wrong."""

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

PROBLEM = "application/problem+json"


class Conflict(Exception):  # noqa: N818 - the word of the API's answer
    """Somebody else was first, or the same id came with other content. Answered with 409; nothing was changed.

    The text is shown to the person and says what to do now.
    """


def problem(
    path: str, status: HTTPStatus, detail: str, *, errors: Sequence[dict[str, Any]] = (), reference: str = ""
) -> dict[str, Any]:
    """The body of an answer that is not a success (RFC 9457).

    `errors` are {field, code, message}, field by field; `reference` is what the log has beside the trace.
    """
    body = {
        "type": "about:blank",
        "title": status.phrase,
        "status": status.value,
        "detail": detail,
        "instance": path,
        "errors": list(errors),
    }
    return body | {"reference": reference} if reference else body
