from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from exercises import exchange


class Command(BaseCommand):
    help = "Bring exercises into the shared library as drafts, each once; a file with a bad entry brings in nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--format", choices=exchange.FORMATS, required=True)
        parser.add_argument(
            "--category", default="", help="only the entries of this category, as in the file"
        )

    def handle(self, *args: Any, file: Path, category: str, **options: Any) -> None:
        try:
            imported = exchange.import_file(None, file, category=category)
        except ValidationError as error:
            raise CommandError("\n".join(["Nothing was brought in.", *error.messages])) from error
        self.stdout.write(
            f"{imported.new} new drafts with {imported.notes} points to check, {imported.known} already here"
        )
