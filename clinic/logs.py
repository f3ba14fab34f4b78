"""What a log line carries, and what it must not."""

import logging
import re
from contextvars import ContextVar
from typing import Any

# The same short code stands on the page that a person sees when something went wrong.
reference: ContextVar[str] = ContextVar("reference", default="-")

_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\w-])"
# Invitations, unsubscribe and password links carry their secret in the address; ids may stay. Codes on paper are
# shorter than the others.
_SECRET = re.compile(rf"(?<=[/=])(?!{_UUID})[\w-]{{30,}}|(?<=/invitation/)[\w-]+")


# What a database tells of a refused row, and whom a mail server refuses.
_DETAIL = re.compile(r"^DETAIL:.*$", re.MULTILINE)
_ADDRESS = re.compile(r"[\w.+%-]+@[\w-]+(\.[\w-]+)*")


class Line(logging.Formatter):
    """Takes people's data out of the texts of errors, which quote what they stumbled over."""

    def formatException(self, ei: Any) -> str:  # noqa: N802
        text = _DETAIL.sub("DETAIL: …", super().formatException(ei))
        return _ADDRESS.sub("…@…", _SECRET.sub("…", text))


class Discreet(logging.Filter):
    """Adds the reference of the request, and takes secrets out of addresses."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.reference = reference.get()
        record.msg, record.args = _SECRET.sub("…", record.getMessage()), ()
        return True


class Unexpected(logging.Filter):
    """Leaves out the 503 of /readyz: it is an answer, not an accident."""

    def filter(self, record: logging.LogRecord) -> bool:
        return getattr(record, "status_code", None) != 503
