from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from clinic.errors import Conflict
from exercises.exchange import free_exercise_db, taking


class Command(BaseCommand):
    help = "Bring exercises into the shared library as drafts, each once; a file with a bad entry brings in nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=[free_exercise_db.NAME], required=True)
        parser.add_argument(
            "--category", default="", help="only the entries of this category, as in the file"
        )

    def handle(self, *args: Any, file: Path, category: str, **options: Any) -> None:
        try:
            with file.open("rb") as opened, taking.looked_at(opened, None, category=category) as looked:
                looked.write(None)
        except OSError as error:
            raise CommandError(f"The file cannot be read: {error.strerror}") from error
        except ValidationError as error:
            raise CommandError("\n".join(["Nothing was brought in.", *error.messages])) from error
        except Conflict as error:
            raise CommandError(f"Nothing was brought in. {error}") from error
        counts = looked.report.counts
        notes = sum(line.notes for line in looked.report.lines)
        self.stdout.write(
            f"{counts['new']} new drafts with {notes} points to check, {counts['same']} already here"
        )
