"""A file from its opening to the report, and then into the library: what page, job and command have in common."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinic.models import Clinic, User
from exercises.exchange import archive as ours
from exercises.exchange import media, opening, reading, schema, writing
from exercises.exchange.checking import Check
from exercises.exchange.entries import Report
from exercises.exchange.opening import Archive
from exercises.exchange.shelf import Shelf
from exercises.models import Medium

Tick = Callable[[int, int], None]


def nothing(*_numbers: int) -> None:
    """Nobody wants to know how far it is."""


@dataclass(frozen=True, slots=True)
class Looked:
    """A file that has been looked at, while it is open."""

    format: str
    report: Report
    check: Check
    archive: Archive | None

    def write(
        self, actor: User | None, *, tick: Tick = nothing, over: Callable[[int], None] = nothing
    ) -> None:
        """Take it in: every entry that is new or changed. Raises ValidationError when one is refused, and Conflict.

        `tick(done, total)` is told how many photos and films are kept; then `over`, within the one transaction, how
        many entries are written.
        """
        if refused := self.report.refused:
            raise ValidationError(refused)
        writing.write(actor, self.check, self.archive, tick=tick, over=over)


@contextmanager
def looked_at(
    file: IO[bytes],
    clinic: Clinic | None,
    *,
    category: str = "",
    restore: bool = False,
    tick: Tick = nothing,
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
        here = media.here(clinic) if archive else {}
        found, remarks = _media(archive, here, lambda: tick(0, read.total)) if archive else ({}, {})
        check = Check(
            shelf,
            spool,
            named=set(read.named),
            media=found,
            media_here=here.keys(),
            remarks=remarks,
            restore=restore,
        )
        report = check.run(read.entries(), lambda done: tick(done, read.total))
        yield Looked(read.format, report, check, archive)


def _media(
    archive: Archive, here: Mapping[str, Medium], tick: Callable[[], None]
) -> tuple[dict[str, str], dict[str, str]]:
    """The photos and films of an archive by their keys: empty, or why one cannot be taken; and what people should know.

    Those that are here already are not looked at again.
    """
    found: dict[str, str] = {}
    remarks: dict[str, str] = {}
    for key in archive.media:
        told, why = _told(archive, key)
        if key not in here:
            why = why or _why_not(archive, key, told)
        elif told and (remark := media.remark(here[key], told["facts"])):
            remarks[key] = remark
        found[key] = why
        tick()
    return found, remarks


def _told(archive: Archive, key: str) -> tuple[Any, str]:
    """What an archive tells of a photo or film; or nothing, and why that cannot be read."""
    try:
        told = archive.json(f"{ours.MEDIA}{key}.json")
    except ValidationError as error:
        return None, error.messages[0]
    if problems := schema.problems("medium", told):
        return None, problems[0]
    return told, ""


def _why_not(archive: Archive, key: str, told: Mapping[str, Any]) -> str:
    if told["key"] != key or not all(archive.is_whole(sha256) for sha256 in told["files"].values()):
        return _("a file is missing, or not the one that its name says.")
    return " ".join(media.problems(told, archive.files(told)))
