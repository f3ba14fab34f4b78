"""`manage.py messages`: gather what the sources say into the catalogs of translations."""

from typing import Any

from django.core.management.base import BaseCommand

from clinic import catalogs, gathering


class Command(BaseCommand):
    help = "Gathers the texts of Python and templates into locale/<language>/LC_MESSAGES/django.po."

    def handle(self, *args: Any, **options: Any) -> None:
        for language in catalogs.languages():
            new, gone = gathering.merge(language)
            lacking = gathering.lacking(language)
            self.stdout.write(f"{language}: {new} new, {gone} gone, {len(lacking)} to translate or to mend\n")
            for line in lacking if options["verbosity"] > 1 else lacking[:10]:
                self.stdout.write(f"  {line}\n")
