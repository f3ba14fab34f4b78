"""Rows of a form that are put in order before anything is saved: what the buttons beside them do."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.http import QueryDict
from django.utils.translation import gettext as _

from clinic.ui.forms import number_of

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Press:
    """The button that sent the form: "add:<id>", "up:2", "move:<from>:<to>", or a bare word."""

    name: str
    argument: str = ""

    @classmethod
    def of(cls, data: QueryDict) -> "Press":
        name, _colon, argument = data.get("do", "").partition(":")
        return cls(name, argument)

    @property
    def index(self) -> int:
        """The row it is about; -1 for none."""
        return number_of(self.argument.partition(":")[0])

    @property
    def to(self) -> int:
        """The place that the row goes to; -1 for none."""
        return {"up": self.index - 1, "down": self.index + 1}.get(
            self.name, number_of(self.argument.partition(":")[2])
        )


def in_words(press: Press, before: Sequence[Row], after: Sequence[Row], name: Callable[[Row], str]) -> str:
    """What a press has done, for those who do not see the rows move; empty where nothing happened."""
    match press.name:
        case "add" if len(after) > len(before):
            return _("%(name)s was added as number %(number)d.") % {
                "name": name(after[-1]),
                "number": len(after),
            }
        case "remove" if len(after) < len(before):
            return _("%(name)s was removed.") % {"name": name(before[press.index])}
        case "up" | "down" | "move" if before != after:
            return _("%(name)s is now number %(number)d of %(all)d.") % {
                "name": name(after[press.to]),
                "number": press.to + 1,
                "all": len(after),
            }
    return ""


def ordered(rows: Sequence[Row], press: Press) -> tuple[list[Row], int | None]:
    """The rows after *remove*, *up*, *down* or *move*, and the row that the eye should be on.

    What makes no sense changes nothing.
    """
    rows, at = list(rows), press.index
    there = 0 <= at < len(rows)
    match press.name:
        case "remove" if there:
            del rows[at]
            return rows, min(at, len(rows) - 1) if rows else None
        case "up" | "down" | "move" if there and 0 <= press.to < len(rows):
            rows.insert(press.to, rows.pop(at))
            return rows, press.to
    return rows, at if there else None
