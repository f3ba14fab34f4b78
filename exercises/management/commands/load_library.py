from typing import Any

from django.core.management.base import BaseCommand

from exercises import shipping


class Command(BaseCommand):
    help = "Load the stretches and routines that Holdwell ships. Local edits stay as they are."

    def handle(self, *args: Any, **options: Any) -> None:
        summary = shipping.load()
        self.stdout.write(
            f"Library: {summary.loaded} new, {summary.upgraded} upgraded, {summary.unchanged} unchanged, "
            f"{len(summary.kept)} left alone"
        )
        for line in summary.kept:
            self.stdout.write(f"  {line}")
