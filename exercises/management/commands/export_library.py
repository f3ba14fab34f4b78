from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from exercises.exchange import archive
from exercises.management.libraries import add_clinic, library


class Command(BaseCommand):
    help = "Write a library into one ZIP, as it is published; the same library makes the same file."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--drafts", action="store_true", help="what is in work as well")
        add_clinic(parser)

    def handle(self, *args: Any, file: Path, drafts: bool, clinic: str, **options: Any) -> None:
        # Beside its place and then moved there: a file of this name is always whole.
        part = file.with_name(file.name + ".part")
        try:
            with part.open("wb") as opened:
                manifest = archive.write(opened, library(clinic), drafts=drafts)
            part.replace(file)
        except OSError as error:
            raise CommandError(f"The file cannot be written: {error.strerror}") from error
        except ValidationError as error:
            raise CommandError("\n".join(error.messages)) from error
        finally:
            part.unlink(missing_ok=True)
        self.stdout.write(
            f"{manifest['exercises']} exercises, {manifest['routines']} routines and {manifest['media']} photos and"
            f" films in {file}"
        )
