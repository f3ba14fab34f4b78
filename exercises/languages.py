"""The texts of the library in several languages (docs/rules.md 9).

A revision has one language of its own; its translations are part of it, published and frozen with it. Each is kept
beside a digest of the text that it was made from: one whose original has changed since is shown in the original's
language, until somebody has looked at it again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

from django.conf.locale import LANG_INFO
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from exercises.models import CuratedRevision, Revision, RoutineRevision

Text = str | list[str]

OF_AN_EXERCISE = (
    "name",
    "synonyms",
    "summary",
    "muscles",
    "equipment",
    "steps",
    "safety",
    "cautions",
    "easier_text",
    "harder_text",
    "alt_start",
    "alt_held",
    "media",
    "evidence",
)
OF_A_ROUTINE = ("name", "summary", "notes", "items")
# Lists of objects, and the key under which each has its text.
TEXT_OF = {"steps": "text", "cautions": "note", "media": "alt", "items": "note"}
# Lists that read one for one like the original; synonyms are each language's own.
ONE_FOR_ONE = {"muscles", "equipment", *TEXT_OF}


@dataclass(frozen=True, slots=True)
class Standing:
    """How one text stands in a language: its original, its translation if any, and whether that still holds."""

    field: str
    original: Text
    translation: Text | None
    holds: bool


def fields_of(revision: CuratedRevision) -> tuple[str, ...]:
    return OF_A_ROUTINE if isinstance(revision, RoutineRevision) else OF_AN_EXERCISE


def original(revision: CuratedRevision, field: str) -> Text:
    """A text in the revision's own language; of a list of objects the list of their texts."""
    if field == "items":
        return [item.note for item in revision.items.all()]  # type: ignore[attr-defined]
    value = getattr(revision, field)
    key = TEXT_OF.get(field)
    return [row[key] for row in value] if key else value


def digest(text: Text) -> str:
    return sha256(repr(text).encode()).hexdigest()[:16]


def made(revision: CuratedRevision, texts: Mapping[str, Text]) -> dict[str, Any]:
    """A translation of the revision as it stands now, as it is kept under its language; empty texts are left out."""
    told = {field: text for field, text in texts.items() if _says_something(text)}
    return {"texts": told, "of": {field: digest(original(revision, field)) for field in told}}


def standing(revision: CuratedRevision, language: str) -> list[Standing]:
    """Every text of a revision that says something, as it stands in a language."""
    kept = revision.translations.get(language, {"texts": {}, "of": {}})
    found = []
    for field in fields_of(revision):
        source = original(revision, field)
        if _says_something(source):
            text = kept["texts"].get(field)
            holds = (
                text is not None and kept["of"].get(field) == digest(source) and _fits(field, source, text)
            )
            found.append(Standing(field, source, text, holds))
    return found


def is_whole(revision: CuratedRevision, language: str) -> bool:
    """Whether everything that the revision says can be read in a language."""
    return language == revision.language or all(text.holds for text in standing(revision, language))


def read_in(revision: CuratedRevision) -> list[str]:
    """The languages in which the whole revision can be read, its own first."""
    return [revision.language, *(code for code in sorted(revision.translations) if is_whole(revision, code))]


def texts(revision: CuratedRevision, language: str | None = None) -> Any:
    """The revision's texts as a reader of a language (by default the active one) sees them.

    An object with an attribute for each text, shaped as on the revision: `steps` are still {"kind", "text"}. What has
    no translation that holds is in the revision's own language.
    """
    wanted = _closest(language or get_language() or revision.language, revision.translations)
    told = SimpleNamespace(**{field: _own(revision, field) for field in fields_of(revision)})
    if wanted is None or wanted == revision.language:
        return told
    for text in standing(revision, wanted):
        if text.holds and text.translation is not None:
            setattr(told, text.field, _shaped(getattr(told, text.field), text.field, text.translation))
    return told


def _own(revision: CuratedRevision, field: str) -> Any:
    return original(revision, field) if field == "items" else getattr(revision, field)


def _shaped(own: Any, field: str, text: Text) -> Any:
    key = TEXT_OF.get(field)
    if key is None or field == "items":
        return text
    return [row | {key: words} for row, words in zip(own, text, strict=True)]


def _closest(language: str, known: Iterable[str]) -> str | None:
    """The language itself, or the one that it is a variety of ("es-mx": "es")."""
    return next((code for code in (language, language.split("-")[0]) if code in known), None)


def _fits(field: str, source: Text, text: Text) -> bool:
    return field not in ONE_FOR_ONE or len(source) == len(text)


def _says_something(text: Text) -> bool:
    return bool(text.strip()) if isinstance(text, str) else any(entry.strip() for entry in text)


# --- The shape that is kept


def problems(value: Any) -> list[str]:
    """What is wrong with the shape of `translations`; empty when nothing."""
    if not isinstance(value, dict):
        return [_("Translations are kept by their language.")]
    found = []
    for language, kept in value.items():
        if language not in LANG_INFO:
            found.append(_("“%(code)s” is not a language that is known here.") % {"code": language})
        elif not isinstance(kept, dict) or set(kept) != {"texts", "of"} or not _are_texts(kept):
            found.append(_("%(code)s: texts by field are expected.") % {"code": language})
    return found


def _are_texts(kept: Mapping[str, Any]) -> bool:
    told, of = kept["texts"], kept["of"]
    if not isinstance(told, dict) or not isinstance(of, dict) or set(told) != set(of):
        return False
    known = {*OF_AN_EXERCISE, *OF_A_ROUTINE}
    return all(
        field in known and isinstance(of[field], str) and _is_text(field, text)
        for field, text in told.items()
    )


def _is_text(field: str, text: Any) -> bool:
    listed = field in ONE_FOR_ONE or field == "synonyms"
    if not listed:
        return isinstance(text, str) and len(text) <= _longest(field)
    return isinstance(text, list) and all(isinstance(entry, str) and len(entry) <= 600 for entry in text)


def _longest(field: str) -> int:
    model = RoutineRevision if field == "notes" else Revision
    return getattr(model._meta.get_field(field), "max_length", None) or 10_000
