"""The writing desk between two requests: the form as typed, and what its buttons do to it.

A press on *add*, *insert*, *remove*, *up*, *down*, *undo* or *link* sends the whole form; it comes back changed, and
everything typed is kept as it was, right or wrong. The same code serves a browser with and without scripts.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import zip_longest
from typing import Any
from uuid import UUID

from django.http import QueryDict
from django.utils.translation import gettext as _

from exercises import content as contents
from exercises.models import Exercise, Revision, StepKind
from exercises.variants import DIRECTIONS

# What stands in rows, each with its columns; a column is sent as `step-kind` once a row.
ROWS: dict[str, tuple[str, ...]] = {"step": ("kind", "text"), "caution": ("tag", "level", "note")}
FIELD_OF = {"step": "steps", "caution": "cautions"}
LISTS = ("synonyms", "regions", "muscles", "equipment", "sources")
TEXTS = (
    "name",
    "language",
    "summary",
    "position",
    "sets",
    "repetitions",
    "hold",
    "hold_min",
    "hold_max",
    "rest",
    "sides",
    "safety",
    "easier_text",
    "harder_text",
    "alt_start",
    "alt_held",
    "evidence",
    "licence",
    "credit",
)
# All that is written here; figure, photos and translations have pages of their own, and stay as they are.
WRITTEN = (*TEXTS, *LISTS, *FIELD_OF.values(), *DIRECTIONS, "review_notes")
ROWS_MAX = 2 * contents.ENTRIES_MAX
DIGITS_MAX = len(str(ROWS_MAX))
REMEMBERED = 20  # rows that were taken out, for undo

Row = dict[str, str]


# --- What stands on the desk


def opened(revision: Revision, mark: str) -> QueryDict:
    """The form of a revision, as a browser would send it; `mark` is how the revision stands."""
    data = QueryDict(mutable=True)
    for name in TEXTS:
        data[name] = str(getattr(revision, name))
    for name in LISTS:
        data.setlist(name, getattr(revision, name))
    for name in DIRECTIONS:
        data[name] = str(getattr(revision, f"{name}_id") or "")
    for kind in ROWS:
        _put_rows(data, kind, getattr(revision, FIELD_OF[kind]))
    data["based_on"] = mark
    data["opened"] = json.dumps(fingerprints(contents.of(revision)))
    return data


def rows(data: QueryDict, kind: str) -> list[Row]:
    """The rows of a kind exactly as they were typed."""
    columns = [data.getlist(f"{kind}-{column}") for column in ROWS[kind]]
    found = [dict(zip(ROWS[kind], texts, strict=True)) for texts in zip_longest(*columns, fillvalue="")]
    return found[:ROWS_MAX]


def says_something(kind: str, row: Row) -> bool:
    """An empty row is no mistake: it is none. The kind of a step and the level of a caution are always chosen."""
    return bool(row["text"].strip()) if kind == "step" else bool(row["tag"] or row["note"].strip())


def unticked(data: QueryDict, notes: list[str]) -> list[str]:
    """What is still to be checked: the notes that nobody has ticked off."""
    done = set(data.getlist("note-done"))
    return [note for note in notes if note not in done]


def _put_rows(data: QueryDict, kind: str, changed: Sequence[Mapping[str, str]]) -> None:
    for column in ROWS[kind]:
        data.setlist(f"{kind}-{column}", [row[column] for row in changed])


# --- What a press does to it


@dataclass(frozen=True, slots=True)
class Press:
    """The button that sent the form: "up:step:2", "move:step:2:5", "link:easier:<exercise>", or a bare word."""

    name: str
    about: str = ""
    arguments: tuple[str, ...] = ()

    @classmethod
    def of(cls, data: QueryDict) -> "Press":
        name, _colon, rest = data.get("do", "").partition(":")
        if name == "say":
            return cls(name, rest)
        about, *arguments = rest.split(":")
        return cls(name, about, tuple(arguments))

    def number(self, place: int) -> int:
        """The argument at a place as a row's index; -1 for none."""
        text = self.arguments[place] if place < len(self.arguments) else ""
        return int(text) if text.isdecimal() and len(text) <= DIGITS_MAX else -1


@dataclass(frozen=True, slots=True)
class Pressed:
    """The form after a press; `focus` is (kind, row), where the eye should be, `said` what was done, in words."""

    data: QueryDict
    focus: tuple[str, int] | None = None
    said: str = ""


def pressed(data: QueryDict, press: Press) -> Pressed:
    """What makes no sense changes nothing."""
    data = data.copy()
    if press.about in ROWS:
        return _rows_pressed(data, press)
    match press.name:
        case "undo":
            return _put_back(data)
        case "link" if press.about in DIRECTIONS and press.arguments and is_pk(press.arguments[0]):
            data[press.about] = press.arguments[0]
            data["find"] = ""
        case "unlink" if press.about in DIRECTIONS:
            data[press.about] = ""
        case "say" if press.about:
            data["safety"] = f"{data.get('safety', '').rstrip()} {press.about}".strip()
    return Pressed(data)


def _rows_pressed(data: QueryDict, press: Press) -> Pressed:
    kind, at = press.about, press.number(0)
    changed = rows(data, kind)
    there = 0 <= at < len(changed)
    focus, said = at if there else None, ""
    match press.name:
        case "add" if len(changed) < ROWS_MAX:
            changed.append(_empty(kind, changed))
            focus = len(changed) - 1
        case "insert" if there and len(changed) < ROWS_MAX:
            focus = at + 1
            changed.insert(focus, _empty(kind, changed[:focus]))
        case "remove" if there:
            _remember(data, kind, at, changed.pop(at))
            focus = min(at, len(changed) - 1) if changed else None
            said = _("Row %(number)d was removed.") % {"number": at + 1}
        case "up" | "down" | "move" if there:
            to = {"up": at - 1, "down": at + 1}.get(press.name, press.number(1))
            if 0 <= to < len(changed) and to != at:
                changed.insert(to, changed.pop(at))
                focus = to
                said = _("Row %(number)d of %(all)d now.") % {"number": to + 1, "all": len(changed)}
    _put_rows(data, kind, changed)
    return Pressed(data, None if focus is None else (kind, focus), said)


def _empty(kind: str, before: Sequence[Row]) -> Row:
    """A new row; a step goes on as the one before."""
    if kind == "step":
        return {"kind": before[-1]["kind"] if before else StepKind.GET_READY.value, "text": ""}
    return {"tag": "", "level": "ask", "note": ""}


# --- Rows that were taken out, newest last: {"kind", "at", "row"} in the form's own field `gone`


def gone(data: QueryDict) -> list[dict[str, Any]]:
    try:
        kept = json.loads(data.get("gone", ""))
    except (ValueError, RecursionError):
        return []
    return [one for one in kept if _was_a_row(one)][-REMEMBERED:] if isinstance(kept, list) else []


def _was_a_row(one: Any) -> bool:
    match one:
        case {"kind": str(kind), "at": int(at), "row": dict(row)} if kind in ROWS and at >= 0:
            return set(row) == set(ROWS[kind]) and all(isinstance(text, str) for text in row.values())
    return False


def _remember(data: QueryDict, kind: str, at: int, row: Row) -> None:
    if says_something(kind, row):
        data["gone"] = json.dumps([*gone(data), {"kind": kind, "at": at, "row": row}][-REMEMBERED:])


def _put_back(data: QueryDict) -> Pressed:
    kept = gone(data)
    if not kept:
        return Pressed(data)
    *others, last = kept
    kind, at = last["kind"], last["at"]
    changed = rows(data, kind)
    at = min(at, len(changed))
    changed.insert(at, last["row"])
    _put_rows(data, kind, changed)
    data["gone"] = json.dumps(others)
    return Pressed(data, (kind, at), _("Row %(number)d is here again.") % {"number": at + 1})


def is_pk(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


# --- Two writers: what each of them changed


def fingerprints(content: Mapping[str, Any]) -> dict[str, str]:
    """A short mark for the value of each field: the same value, the same mark."""
    return {name: sha256(_plain(value).encode()).hexdigest()[:12] for name, value in content.items()}


def _plain(value: Any) -> str:
    return json.dumps(str(value.pk) if isinstance(value, Exercise) else value, sort_keys=True, default=str)


def changed(data: QueryDict, content: Mapping[str, Any]) -> set[str]:
    """The fields of a content that are not as they were when the page was opened; all of them when nobody knows."""
    try:
        before = json.loads(data.get("opened", ""))
    except (ValueError, RecursionError):
        before = None
    if not isinstance(before, dict):
        return set(content)
    return {name for name, mark in fingerprints(content).items() if before.get(name) != mark}
