"""What differs between two texts, word by word, and between two lists, row by row; pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

# A word with the space behind it; what differs is told in whole words.
WORD = re.compile(r"\s*\S+\s*|\s+")
# Rows that have so much in common are one row that was changed.
ALIKE = 0.5

Op = Literal["same", "added", "removed"]


@dataclass(frozen=True, slots=True)
class Piece:
    op: Op
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row as it is compared. Rows of one `key`, where they have any, are the same row, whatever they say."""

    label: str
    text: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """A row before or after, or both; places count from 1. `op` "moved": says the same at another place."""

    op: Literal["same", "added", "removed", "moved", "changed"]
    was: int | None
    now: int | None
    label: Sequence[Piece]
    text: Sequence[Piece]


def words(before: str, after: str) -> list[Piece]:
    """Both texts as one: what stayed, what went, what came."""
    old, new = WORD.findall(before), WORD.findall(after)
    pieces: list[Piece] = []
    for op, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == "equal":
            pieces.append(Piece("same", "".join(old[a:b])))
        else:
            gone, come = "".join(old[a:b]), "".join(new[c:d])
            pieces += [Piece("removed", gone)] * bool(gone) + [Piece("added", come)] * bool(come)
    return pieces


def values(before: Sequence[str], after: Sequence[str]) -> list[Piece]:
    """Short entries whose order says nothing: each as a whole."""
    kept = [Piece("same" if value in before else "added", value) for value in after]
    return [*kept, *(Piece("removed", value) for value in before if value not in after)]


def rows(before: Sequence[Line], after: Sequence[Line]) -> list[Row]:
    """The rows after in their order; those that are gone stand where they were."""
    blocks = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    gone = [i for op, a, b, _c, _d in blocks if op != "equal" for i in range(a, b)]
    come = [j for op, _a, _b, c, d in blocks if op != "equal" for j in range(c, d)]
    origin = dict(_pairs(before, after, gone, come))
    found: list[Row] = []
    for op, a, b, c, d in blocks:
        if op == "equal":
            found += [_row("same", before[a + n], after[c + n], a + n, c + n) for n in range(b - a)]
            continue
        found += [_row("removed", before[i], None, i, None) for i in range(a, b) if i not in origin.values()]
        for j in range(c, d):
            i = origin.get(j)
            if i is None:
                found.append(_row("added", None, after[j], None, j))
            else:
                found.append(_row("moved" if before[i] == after[j] else "changed", before[i], after[j], i, j))
    return found


def _pairs(
    before: Sequence[Line], after: Sequence[Line], gone: list[int], come: list[int]
) -> Iterator[tuple[int, int]]:
    """(place after, place before) of rows that are one and the same: equal ones first, then those most alike."""
    alike = [(_likeness(before[i], after[j]), i, j) for i in gone for j in come]
    left_i, left_j = set(gone), set(come)
    for likeness, i, j in sorted(alike, key=lambda found: (-found[0], abs(found[1] - found[2]))):
        if likeness >= ALIKE and i in left_i and j in left_j:
            left_i.discard(i)
            left_j.discard(j)
            yield j, i


def _likeness(old: Line, new: Line) -> float:
    if old == new:
        return 2
    if old.key or new.key:
        return float(old.key == new.key)
    if not old.text or not new.text:
        return 0
    return SequenceMatcher(None, old.text.split(), new.text.split(), autojunk=False).ratio()


def _row(
    op: Literal["same", "added", "removed", "moved", "changed"],
    old: Line | None,
    new: Line | None,
    i: int | None,
    j: int | None,
) -> Row:
    was, now = old or Line("", ""), new or Line("", "")
    label = values([was.label] if was.label else [], [now.label] if now.label else [])
    return Row(
        op, None if i is None else i + 1, None if j is None else j + 1, label, words(was.text, now.text)
    )
