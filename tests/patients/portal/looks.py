"""What every page of the patient is held to: axe finds nothing serious, with real pictures on it."""

from axe_playwright_python.sync_playwright import Axe
from django.core.management import call_command
from playwright.sync_api import Page

from exercises.models import Exercise, Revision
from tests.world import World


def with_pictures(world: World) -> None:
    call_command("load_library", verbosity=0)
    drawn = Exercise.objects.exclude(published__figure={}).filter(published__sides="both")[0].published
    assert drawn
    Revision.objects.exclude(pk=drawn.pk).update(
        figure=drawn.figure, alt_start=drawn.alt_start, alt_held=drawn.alt_held, steps=drawn.steps
    )


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")]
