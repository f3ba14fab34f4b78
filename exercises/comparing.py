"""What changed between two revisions, for the person who reviews it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from exercises.content import FIELDS
from exercises.models import Revision

# Shown by their drawing, or only of use to machines: that they changed is enough.
WITHOUT_WORDS = {"figure"}


@dataclass(frozen=True, slots=True)
class Change:
    """A field that reads differently now; `before` and `after` are empty where words would not help."""

    label: str
    before: str
    after: str


def changes(before: Revision, after: Revision) -> list[Change]:
    return list(_changes(before, after))


def _changes(before: Revision, after: Revision) -> Iterator[Change]:
    for name, field in FIELDS.items():
        old, new = field.value_from_object(before), field.value_from_object(after)
        if old == new:
            continue
        label = str(field.verbose_name)
        if name in WITHOUT_WORDS:
            yield Change(label, "", "")
        else:
            yield Change(label, in_words(_shown(before, name)), in_words(_shown(after, name)))


def _shown(revision: Revision, name: str) -> Any:
    display = getattr(revision, f"get_{name}_display", None)
    return display() if display else getattr(revision, name)


def in_words(value: Any) -> str:
    """A field's value on lines of its own: steps and cautions a line each."""
    if value in (None, "", []):
        return "–"
    if isinstance(value, list):
        return "\n".join(in_words(entry) for entry in value)
    if isinstance(value, dict):
        return ": ".join(str(part) for part in value.values() if part)
    return str(value)
