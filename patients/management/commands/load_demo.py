"""The demo's clinics, people and history; done once, and never in an installation that is not a demo."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from patients import demo


class Command(BaseCommand):
    help = "Make the demo's two clinics, unless they are there already. Needs HOLDWELL_DEMO and the shipped library."

    def handle(self, *_: Any, **__: Any) -> None:
        if not settings.DEMO:
            raise CommandError(
                "The demo's accounts have a password that everybody knows. Set HOLDWELL_DEMO=1 to have them."
            )
        made = demo.load(timezone.now())
        self.stdout.write("The demo is made." if made else "The demo is there already; nothing was changed.")
