"""`manage.py bounces [MAILBOX]`: takes in the mails that came back; prints how many of which kind as JSON."""

import json
import mailbox
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clinic import bounces

# What a mail server understands as "not now": it keeps the letter and brings it again (sysexits.h).
TRY_AGAIN = 75


class Command(BaseCommand):
    help = (
        "Read reports of mails that came back: one letter from the standard input, as a mail server pipes it, or all"
        " of a Maildir or mbox, which stays as it is. Prints JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("mailbox", nargs="?", type=Path, help="a Maildir (folder) or an mbox (file)")

    def handle(self, *_: Any, mailbox: Path | None, **__: Any) -> None:
        counts = dict.fromkeys(bounces.OUTCOMES, 0)
        for letter in _letters(mailbox) if mailbox else [sys.stdin.buffer.read()]:
            report = bounces.read(letter)
            counts[bounces.take(report) if report else bounces.IGNORED] += 1
        self.stdout.write(json.dumps(counts))
        if counts[bounces.EARLY] and not mailbox:
            sys.exit(TRY_AGAIN)


def _letters(path: Path) -> Iterator[bytes]:
    if not path.exists():
        raise CommandError(f"There is no mailbox at {path}.")
    if path.is_dir() and not (path / "new").is_dir():
        raise CommandError(f"{path} is no Maildir: it has no folder new.")
    kind = mailbox.Maildir if path.is_dir() else mailbox.mbox
    with closing(kind(path, create=False)) as found:
        for key in found.iterkeys():
            # Another program may take one away meanwhile.
            with suppress(KeyError, FileNotFoundError):
                yield found.get_bytes(key)
