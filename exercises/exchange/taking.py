"""A file from its opening to the report, and then into the library: what page, job and command have in common."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinic.models import Clinic, User
from exercises.exchange import archive as ours
from exercises.exchange import media, opening, reading, schema, writing
from exercises.exchange.checking import Check
from exercises.exchange.entries import Report
from exercises.exchange.opening import Archive
from exercises.exchange.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Looked:
    """A file that has been looked at, while it is open."""

    format: str
    report: Report
    check: Check
    archive: Archive | None

    def write(self, actor: User | None) -> int:
        """Take it in: every entry that is new or changed. Raises ValidationError when one is refused, and Conflict."""
        if refused := self.report.refused:
            raise ValidationError(refused)
        return writing.write(actor, self.check, self.archive)


def nothing(_done: int, _total: int) -> None:
    """Nobody wants to know how far it is."""


@contextmanager
def looked_at(
    file: IO[bytes],
    clinic: Clinic | None,
    *,
    category: str = "",
    restore: bool = False,
    tick: Callable[[int, int], None] = nothing,
) -> Iterator[Looked]:
    """Look through a file, whatever it is called; nothing is written until `Looked.write`.

    `tick(done, total)` is told how many entries have been looked at. Raises ValidationError when it can only be
    refused as a whole.
    """
    shelf = Shelf(clinic)
    with ExitStack() as stack:
        archive = None
        if opening.is_archive(file):
            archive = stack.enter_context(opening.opened(file))
            read = reading.of_archive(archive)
        else:
            read = reading.of_list(file, shelf, category)
        spool = stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8"))
        tick(0, read.total)
        found = _media(archive, clinic, lambda: tick(0, read.total)) if archive else {}
        check = Check(shelf, spool, named=set(read.named), media=found, restore=restore)
        report = check.run(read.entries(), lambda done: tick(done, read.total))
        yield Looked(read.format, report, check, archive)


def _media(archive: Archive, clinic: Clinic | None, tick: Callable[[], None]) -> dict[str, str]:
    """The photos and films of an archive by their keys: empty, or why one cannot be taken. Those that are here already
    are not looked at again."""
    found, here = {}, media.here(clinic)
    for key in archive.media:
        found[key] = "" if key in here else _why_not(archive, key)
        tick()
    return found


def _why_not(archive: Archive, key: str) -> str:
    try:
        told = archive.json(f"{ours.MEDIA}{key}.json")
    except ValidationError as error:
        return error.messages[0]
    if problems := schema.problems("medium", told):
        return problems[0]
    if told["key"] != key or not all(archive.is_whole(sha256) for sha256 in told["files"].values()):
        return _("a file is missing, or not the one that its name says.")
    return " ".join(media.problems(told, archive.files(told)))
