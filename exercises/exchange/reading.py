"""An opened file as entries, whatever kind of file it is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from exercises.exchange import archive as ours
from exercises.exchange import facts, free_exercise_db, opening, schema
from exercises.exchange.entries import EXERCISE, ROUTINE, Entry
from exercises.exchange.opening import Archive
from exercises.exchange.shelf import Shelf

ARCHIVE = "holdwell"
FOLDERS = {EXERCISE: ours.EXERCISES, ROUTINE: ours.ROUTINES}


@dataclass(frozen=True, slots=True)
class Read:
    """A file and what is in it; `entries` reads them anew each time, one after the other."""

    format: str
    total: int
    named: frozenset[str]
    entries: Callable[[], Iterator[Entry]]


def of_archive(archive: Archive) -> Read:
    slugs = {kind: archive.slugs(folder) for kind, folder in FOLDERS.items()}
    total = sum(len(found) for found in slugs.values())
    return Read(ARCHIVE, total, frozenset(slugs[EXERCISE]), lambda: _entries(archive))


def of_list(file: IO[bytes], shelf: Shelf, category: str) -> Read:
    """A free-exercise-db file. Raises ValidationError when it is none."""
    raw = file.read(free_exercise_db.FILE_MAX + 1)
    if len(raw) > free_exercise_db.FILE_MAX:
        raise ValidationError(_("The file is too large to be this collection."))
    told = free_exercise_db.asked(opening.parsed(raw), category)
    return Read(free_exercise_db.NAME, len(told), frozenset(), lambda: free_exercise_db.entries(told, shelf))


def _entries(archive: Archive) -> Iterator[Entry]:
    for kind, folder in FOLDERS.items():
        for slug in archive.slugs(folder):
            yield _entry(archive, kind, slug, f"{folder}{slug}.json")


def _entry(archive: Archive, kind: str, slug: str, name: str) -> Entry:
    try:
        told = archive.json(name)
    except ValidationError as error:
        return Entry(kind, slug, problems=tuple(error.messages))
    if problems := schema.problems(kind, told) or _problems(slug, told):
        return Entry(kind, slug, problems=tuple(problems))
    return Entry(kind, slug, told)


def _problems(slug: str, told: dict[str, Any]) -> list[str]:
    """What a schema cannot say."""
    found = []
    if told["slug"] != slug:
        found.append(_("slug: it is not the name of the file."))
    revisions = [told[name] for name in ("published", "draft") if told[name]]
    instants = [told["created_at"], told["retired_at"]]
    instants += [said[name] for said in revisions for name in ("edited_at", "published_at")]
    try:
        facts.day(told["review_by"])
        for instant in instants:
            facts.at(instant)
    except ValueError:
        found.append(_("A date is none."))
    if len(revisions) == 2 and revisions[1]["number"] <= revisions[0]["number"]:
        found.append(_("draft.number: a draft comes after what is published."))
    return found
