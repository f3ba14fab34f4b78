"""Things in a row, with the comma of the language that is spoken: Arabic has one of its own."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import pgettext


def comma() -> str:
    return pgettext("between the parts of a list", ", ")


def listed(parts: Iterable[Any]) -> str:
    return comma().join(str(part) for part in parts)
