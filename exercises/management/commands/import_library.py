from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from clinic.errors import Conflict
from exercises.exchange import taking
from exercises.exchange.entries import Report, Verdict
from exercises.management.libraries import add_clinic, library


class Command(BaseCommand):
    help = (
        "Take an archive into a library: as drafts, all or nothing. --publish restores one of your own as it was: "
        "what is not here yet comes with its state, its number and its dates."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--dry-run", action="store_true", help="only say what it would do")
        parser.add_argument("--publish", action="store_true", help="restore what was published as published")
        add_clinic(parser)

    def handle(
        self, *args: Any, file: Path, dry_run: bool, publish: bool, clinic: str, **options: Any
    ) -> None:
        place = library(clinic)
        try:
            with file.open("rb") as opened, taking.looked_at(opened, place, restore=publish) as looked:
                self._tell(looked.report)
                if not dry_run:
                    looked.write(None)
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error.strerror}") from error
        except ValidationError as error:
            raise CommandError("\n".join(["Nothing was taken in.", *error.messages])) from error
        except Conflict as error:
            raise CommandError(f"Nothing was taken in. {error}") from error

    def _tell(self, report: Report) -> None:
        counts = report.counts
        self.stdout.write(", ".join(f"{counts[verdict]} {verdict}" for verdict in Verdict))
        for line in report.lines:
            if line.reasons:
                self.stdout.write(f"  {line.kind} {line.called}, {line.verdict}: {' '.join(line.reasons)}")
