"""A library's rows as the archive tells them, and which of their fields it leaves out.

Nothing in an archive depends on the installation that it was made in: exercises are named by their short names,
media by their content, and people not at all.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from exercises import content as exercise_content
from exercises import routine_content
from exercises.exchange.entries import SHARED
from exercises.models import (
    Curated,
    Exercise,
    Medium,
    MediumUse,
    Revision,
    Routine,
    RoutineItem,
    RoutineRevision,
)
from exercises.routine_content import ITEM_FIELDS
from exercises.variants import DIRECTIONS

YEARS = range(1900, 9000)
PEOPLE = "people belong to an installation"
OWN_ID = "made anew by each installation"
DERIVED = "follows from the rest"
NAMED = "told by the file's name, and by what stands in which"

# By model: the fields that no archive holds, and why. Every other field is in it; a test compares them all.
LEFT_OUT: dict[type, dict[str, str]] = {
    Exercise: {"id": OWN_ID, "clinic": "whoever brings it in says into which library"},
    Routine: {"id": OWN_ID, "clinic": "whoever brings it in says into which library"},
    Revision: {
        "id": OWN_ID,
        "exercise": NAMED,
        "edited_by": PEOPLE,
        "published_by": PEOPLE,
        "given_back_by": PEOPLE,
        "words": DERIVED,
        "facets": DERIVED,
    },
    RoutineRevision: {
        "id": OWN_ID,
        "routine": NAMED,
        "edited_by": PEOPLE,
        "published_by": PEOPLE,
        "given_back_by": PEOPLE,
        "words": DERIVED,
    },
    Medium: {
        "id": OWN_ID,
        "clinic": "whoever brings it in says into which library",
        "uploaded_by": PEOPLE,
        "used_at": "when it was used here",
    },
    MediumUse: {"id": OWN_ID, "revision": DERIVED, "medium": DERIVED},
    RoutineItem: {"id": OWN_ID, "revision": NAMED, "position": "the order that they stand in"},
}


def thing(row: Exercise | Routine, *, shipped: str | None) -> dict[str, Any]:
    """An exercise or a routine without what its revisions say. Its links must be loaded."""
    based_on = row.based_on
    if based_on is not None and based_on.thing.clinic_id is not None:
        based_on = None  # a clinic has offered it: what a clinic's own is called stays there
    return {
        "slug": row.slug,
        "origin": row.origin,
        "created_at": instant(row.created_at),
        "review_by": row.review_by and row.review_by.isoformat(),
        "retired_at": instant(row.retired_at),
        "replaced_by": named(row.replaced_by, row),
        "based_on": based_on and {"thing": named(based_on.thing, row), "number": based_on.number},
        "shipped": shipped,
    }


def revision(row: Revision | RoutineRevision, media: Mapping[str, str]) -> dict[str, Any]:
    """A revision; `media` gives the key of each medium that it shows."""
    told = routine_said(row) if isinstance(row, RoutineRevision) else exercise_said(row, media)
    return {
        "number": row.number,
        "state": row.state,
        "edited_at": instant(row.edited_at),
        "published_at": instant(row.published_at),
        "content": told,
    }


def exercise_said(row: Revision, media: Mapping[str, str]) -> dict[str, Any]:
    said = exercise_content.of(row)
    said |= {name: named(said[name], row.exercise) for name in DIRECTIONS}
    said["media"] = [shown | {"medium": media.get(shown["medium"], "")} for shown in said["media"]]
    return said


def routine_said(row: RoutineRevision) -> dict[str, Any]:
    said = {name: getattr(row, name) for name in routine_content.FIELDS}
    return said | {"items": [item(line, row.routine) for line in row.items.all()]}


def item(row: RoutineItem, routine: Routine) -> dict[str, Any]:
    return {"exercise": named(row.exercise, routine)} | {name: getattr(row, name) for name in ITEM_FIELDS}


def named(other: Curated | None, by: Curated) -> str | None:
    """How an archive names another thing: by its short name in the same library, or in the shared one."""
    if other is None:
        return None
    return other.slug if other.clinic_id == by.clinic_id else SHARED + other.slug


def instant(at: dt.datetime | None) -> str | None:
    if at is None:
        return None
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def at(told: str | None) -> dt.datetime | None:
    """Raises ValueError for what is no instant, or one at an end of the calendar: not every zone has it."""
    found = dt.datetime.fromisoformat(told) if told else None
    if found and found.year not in YEARS:
        raise ValueError(told)
    return found


def day(told: str | None) -> dt.date | None:
    return dt.date.fromisoformat(told) if told else None
