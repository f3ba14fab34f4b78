"""What changed between two revisions of an exercise or a routine, for the person who reviews it.

Each field that reads differently is a `Part`, in the shape that shows it best.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language_info
from django.utils.translation import gettext as _

from clinic import reading
from exercises import languages, schedules, wordwise
from exercises.models import (
    CautionLevel,
    Condition,
    CuratedRevision,
    Exercise,
    Region,
    Revision,
    RoutineItem,
    RoutineRevision,
    StepKind,
)
from exercises.publishing import rules_of
from exercises.wordwise import Line, Piece, Row

DOSAGE = ("sets", "repetitions", "hold", "hold_min", "hold_max", "rest", "sides")
LISTS = ("synonyms", "regions", "muscles", "equipment", "sources", "review_notes")


@dataclass(frozen=True, slots=True)
class Part:
    """A field, or the dosage as a whole, that reads differently now.

    `shape`: "text" (`pieces` in a row), "values" (a piece an entry), "rows", "table" (label, before, after, whether it
    changed), "poses" (drawn by the template), "languages".
    """

    name: str
    label: str
    shape: str
    pieces: Sequence[Piece] = ()
    rows: Sequence[Row] = ()
    table: Sequence[tuple[str, Any, Any, bool]] = ()
    languages: Sequence["Language"] = ()


@dataclass(frozen=True, slots=True)
class Language:
    """A translation: which of its texts changed, word by word, and which no longer fit their original."""

    code: str
    name: str
    rtl: bool
    op: str  # "added", "removed", "changed", "same"
    texts: Sequence[tuple[str, Sequence[Piece]]]
    outdated: Sequence[str]  # labels
    missing: Sequence[str]  # labels


def changes(before: CuratedRevision, after: CuratedRevision) -> list[Part]:
    return list(_changes(before, after))


def fields_of(part: Part) -> Sequence[str]:
    """The fields that a part speaks of; those of the dosage are told together."""
    return DOSAGE if part.shape == "table" else (part.name,)


def labels(revision: CuratedRevision) -> dict[str, str]:
    """What the fields of a revision are called; comments are about one of them, or about the whole."""
    named = {name: str(field.verbose_name) for name, field in rules_of(revision).FIELDS.items()}
    if isinstance(revision, Revision):
        named |= {"easier": _("easier"), "easier_text": _("Easier, in words")}
        named |= {"harder": _("harder"), "harder_text": _("Harder, in words")}
    return named | ({"items": _("exercises")} if isinstance(revision, RoutineRevision) else {})


def _changes(before: Any, after: Any) -> Iterator[Part]:
    # What is translated is read once the original is.
    named = dict(sorted(labels(after).items(), key=lambda field: field[0] == "translations"))
    dosage = [name for name in DOSAGE if name in named]
    for name, label in named.items():
        if name in dosage:
            if name == dosage[0] and any(getattr(before, n) != getattr(after, n) for n in dosage):
                yield Part("hold", _("Dosage"), "table", table=list(_table(before, after, dosage, named)))
        elif name in _ROWS:
            old, new = list(_ROWS[name](before)), list(_ROWS[name](after))
            if old != new:
                yield Part(name, label, "rows", rows=wordwise.rows(old, new))
        elif name == "translations":
            told = list(_translations(before, after, named))
            if told:
                yield Part(name, label, "languages", languages=told)
        elif _raw(before, name) != _raw(after, name):
            yield _part(name, label, before, after)


def _part(name: str, label: str, before: Any, after: Any) -> Part:
    if name == "figure":
        return Part(name, label, "poses")
    if name in LISTS:
        old, new = (_entries(revision, name) for revision in (before, after))
        return Part(name, label, "values", wordwise.values(old, new))
    old_text, new_text = (_shown(revision, name) for revision in (before, after))
    prose = name in {*languages.LONGEST} - {"name"}
    whole = wordwise.words if prose else _as_a_whole
    return Part(name, label, "text", whole(old_text, new_text))


def _as_a_whole(before: str, after: str) -> list[Piece]:
    """Names and choices: the former one, and the one that takes its place."""
    return wordwise.values([before] if before else [], [after] if after else [])


def _raw(revision: Any, name: str) -> Any:
    return rules_of(revision).FIELDS[name].value_from_object(revision)


def _shown(revision: Any, name: str) -> str:
    display = getattr(revision, f"get_{name}_display", None)
    value = display() if display else getattr(revision, name)
    if isinstance(value, Exercise):
        return str(value.published.said.name if value.published else value.slug)
    if name == "language":
        return str(get_language_info(value)["name_translated"])
    if isinstance(value, Mapping):  # a routine's schedule
        return schedules.in_words(value)
    return "" if value is None else str(value)


def _entries(revision: Any, name: str) -> list[str]:
    kept: list[str] = getattr(revision, name)
    return [str(Region(value).label) for value in kept] if name == "regions" else kept


def _table(
    before: Any, after: Any, names: Sequence[str], named: Mapping[str, str]
) -> Iterator[tuple[str, Any, Any, bool]]:
    for name in names:
        old, new = _shown(before, name), _shown(after, name)
        yield named[name], old, new, old != new


# --- Rows


def _steps(revision: Revision) -> Iterator[Line]:
    return (Line(str(StepKind(step["kind"]).label), step["text"]) for step in revision.steps)


def _cautions(revision: Revision) -> Iterator[Line]:
    for caution in revision.cautions:
        told = f"{Condition(caution['tag']).label}: {CautionLevel(caution['level']).label}"
        yield Line(told, caution["note"], key=caution["tag"])


def _media(revision: Revision) -> Iterator[Line]:
    return (Line("", row["alt"], key=row["medium"]) for row in revision.media)


def _items(revision: RoutineRevision) -> Iterator[Line]:
    items = revision.items.select_related("exercise__published").order_by("position")
    return (Line(_shown(item, "exercise"), _asked(item), key=str(item.exercise_id)) for item in items)


def _asked(item: RoutineItem) -> str:
    dosage = _("%(sets)d × %(repetitions)d × %(hold)d s, rest %(rest)d s, %(sides)s") % {
        "sets": item.sets,
        "repetitions": item.repetitions,
        "hold": item.hold,
        "rest": item.rest,
        "sides": item.get_sides_display(),
    }
    return f"{dosage}. {item.note}" if item.note else dosage


_ROWS: dict[str, Callable[[Any], Iterator[Line]]] = {
    "steps": _steps,
    "cautions": _cautions,
    "media": _media,
    "items": _items,
}


# --- Translations


def _translations(before: Any, after: Any, named: Mapping[str, str]) -> Iterator[Language]:
    for code in sorted({*before.translations, *after.translations}):
        old, new = (revision.translations.get(code) for revision in (before, after))
        standing = languages.standing(after, code) if new else []
        outdated = [text.field for text in standing if text.translation is not None and not text.holds]
        if old == new and not outdated:
            continue
        info = get_language_info(code)
        texts = _texts_between(old, new)
        yield Language(
            code,
            reading.name_of(code),
            bool(info["bidi"]),
            "added" if not old else "removed" if not new else "same" if old == new else "changed",
            [(named.get(field, field), pieces) for field, pieces in texts],
            [named.get(field, field) for field in outdated],
            [named.get(text.field, text.field) for text in standing if text.translation is None],
        )


def _texts_between(old: Any, new: Any) -> Iterator[tuple[str, Sequence[Piece]]]:
    """The texts that read differently in a translation."""
    for field in dict.fromkeys(name for kept in (old, new) if kept for name in kept["texts"]):
        was, now = _told(old, field), _told(new, field)
        if was != now:
            yield field, wordwise.words(was, now)


def _told(kept: Mapping[str, Any] | None, field: str) -> str:
    text = kept["texts"].get(field, "") if kept else ""
    return text if isinstance(text, str) else "\n".join(text)
