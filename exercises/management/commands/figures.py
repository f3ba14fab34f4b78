from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from exercises.figures.sheet import contact_sheet
from exercises.models import Exercise


class Command(BaseCommand):
    help = "Write all drawn figures of the published shared library on one HTML page, to look at."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--sheet", metavar="FILE", type=Path, required=True, help="the page to write")

    def handle(self, *args: Any, sheet: Path, **options: Any) -> None:
        exercises = Exercise.objects.filter(published__isnull=False, clinic=None).select_related("published")
        revisions = [e.published for e in exercises.order_by("published__name") if e.published]
        published = [r for r in revisions if r.figure]
        if not published:
            raise CommandError("There are no figures yet; run load_library first.")
        sheet.write_text(contact_sheet((r.name, r.figure) for r in published), encoding="utf-8")
        self.stdout.write(f"{len(published)} figures in {sheet}")
