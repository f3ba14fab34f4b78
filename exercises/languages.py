"""The texts of the library in several languages (docs/rules.md 9); pure.

A revision has one language of its own; its translations are part of it, published and frozen with it. Each is kept
beside a digest of the text that it was made from: one whose original has changed since is shown in the original's
language, until somebody has looked at it again.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from types import SimpleNamespace
from typing import Any, ClassVar, Protocol

from django.conf.locale import LANG_INFO
from django.utils.translation import gettext as _

Text = str | list[str]

# Lists of objects, and the key under which each has its text.
TEXT_OF = {"steps": "text", "cautions": "note", "media": "alt"}
# Lists that read one for one like the original; synonyms are each language's own.
ONE_FOR_ONE = {"muscles", "equipment", "item_notes", *TEXT_OF}
LISTS = {"synonyms", *ONE_FOR_ONE}
# Characters, as the columns of the originals hold them.
LONGEST = {
    "name": 120,
    "summary": 300,
    "easier_text": 400,
    "harder_text": 400,
    "alt_start": 300,
    "alt_held": 300,
    "safety": 10_000,
    "evidence": 10_000,
    "notes": 10_000,
}
ENTRY_MAX = 600  # characters of one entry of a list
_NO_SIGN = re.compile("[\0\ud800-\udfff]")
# By which of its texts a thing is found.
SEARCHED = ("name", "synonyms", "muscles")


class Speaks(Protocol):
    """What has texts in a language of its own and translations of them: a revision. `TEXTS` names their attributes."""

    TEXTS: ClassVar[tuple[str, ...]]
    language: str
    translations: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Standing:
    """How one text stands in a language: its original, its translation if any, and whether that still holds."""

    field: str
    original: Text
    translation: Text | None
    holds: bool


def original(revision: Speaks, field: str) -> Text:
    """A text in the revision's own language; of a list of objects the list of their texts."""
    value = getattr(revision, field)
    key = TEXT_OF.get(field)
    return [row[key] for row in value] if key else value


def digest(text: Text) -> str:
    return sha256(repr(text).encode()).hexdigest()[:16]


def made(revision: Speaks, texts: Mapping[str, Text]) -> dict[str, Any]:
    """A translation of the revision as it stands now, as it is kept under its language; empty texts are left out."""
    told = {field: text for field, text in texts.items() if _says_something(text)}
    return {"texts": told, "of": {field: digest(original(revision, field)) for field in told}}


def standing(revision: Speaks, language: str) -> list[Standing]:
    """Every text of a revision that says something, as it stands in a language."""
    kept = revision.translations.get(language, {"texts": {}, "of": {}})
    found = []
    for field in revision.TEXTS:
        source = original(revision, field)
        if _says_something(source):
            text = kept["texts"].get(field)
            holds = (
                text is not None and kept["of"].get(field) == digest(source) and _fits(field, source, text)
            )
            found.append(Standing(field, source, text, holds))
    return found


def is_whole(revision: Speaks, language: str) -> bool:
    """Whether everything that the revision says can be read in a language."""
    return language == revision.language or all(text.holds for text in standing(revision, language))


def read_in(revision: Speaks) -> list[str]:
    """The languages in which the whole revision can be read, its own first."""
    return [revision.language, *(code for code in sorted(revision.translations) if is_whole(revision, code))]


def texts(revision: Speaks, language: str) -> Any:
    """The revision's texts as a reader of a language sees them.

    An object with an attribute for each of `TEXTS`, shaped as on the revision: `steps` are still {"kind", "text"}. What
    has no translation that holds is in the revision's own language.
    """
    wanted = closest(language, {revision.language, *revision.translations})
    if wanted is None or wanted == revision.language:
        return revision
    told = SimpleNamespace(**{field: getattr(revision, field) for field in revision.TEXTS})
    for text in standing(revision, wanted):
        if text.holds and text.translation is not None:
            setattr(told, text.field, _shaped(getattr(told, text.field), text.field, text.translation))
    return told


def closest(language: str, known: Iterable[str]) -> str | None:
    """The language itself, or the one that it is a variety of ("es-mx": "es")."""
    return next((code for code in (language, language.split("-")[0]) if code in known), None)


def words(revision: Speaks) -> str:
    """All that the revision is found by, in every language, folded (`folded`)."""
    found: list[str] = []
    translated = [kept["texts"] for kept in revision.translations.values()]
    for field in (field for field in SEARCHED if field in revision.TEXTS):
        for text in [original(revision, field), *(told[field] for told in translated if field in told)]:
            found += [text] if isinstance(text, str) else text
    return "\n".join(folded(text) for text in found)


def folded(text: str) -> str:
    """Without accents and case, so that "Estocádas" finds "estocadas"."""
    if text.isascii():
        return text.lower()
    letters = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _shaped(own: Any, field: str, text: Text) -> Any:
    key = TEXT_OF.get(field)
    return [row | {key: said} for row, said in zip(own, text, strict=True)] if key else text


def _fits(field: str, source: Text, text: Text) -> bool:
    """A list that is read one for one says something wherever its original does."""
    if field not in ONE_FOR_ONE:
        return True
    pairs = zip(source, text, strict=False)
    return len(source) == len(text) and all(bool(said.strip()) or not own.strip() for own, said in pairs)


def _says_something(text: Text) -> bool:
    return bool(text.strip()) if isinstance(text, str) else any(entry.strip() for entry in text)


# --- The shape that is kept


def is_seen(text: str) -> bool:
    """Whether a text shows its reader anything: spaces and signs without a shape, as U+200B, are nothing."""
    return any(unicodedata.category(sign)[0] not in "CZ" for sign in text)


def unkept(content: Mapping[str, Any]) -> dict[str, list[str]]:
    """Errors for fields in which a text has a sign that is none and no database keeps: NUL, or half of a pair."""
    said = [_("There is a sign in it that cannot be kept.")]
    return {name: said for name, value in content.items() if any(map(_NO_SIGN.search, _texts_in(value)))}


def _texts_in(value: Any) -> Iterator[str]:
    """Every text in a value of JSON, keys too, however deep."""
    left = [value]
    while left:
        match left.pop():
            case str(text):
                yield text
            case dict() as fields:
                left += [*fields, *fields.values()]
            case list() as entries:
                left += entries


def own_problems(language: Any) -> list[str]:
    """What is wrong with the language of a revision's own texts; empty when nothing."""
    if isinstance(language, str) and language in LANG_INFO:
        return []
    return [_("“%(code)s” is not a language that is known here.") % {"code": language}]


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
    return all(isinstance(of[field], str) and _is_text(field, text) for field, text in told.items())


def _is_text(field: str, text: Any) -> bool:
    if field in LONGEST:
        return isinstance(text, str) and len(text) <= LONGEST[field]
    entries = text if field in LISTS and isinstance(text, list) else [None]
    return all(isinstance(entry, str) and len(entry) <= ENTRY_MAX for entry in entries)
