"""The stretches of the cast with real pictures on them, as the patient sees them."""

from django.core.management import call_command

from exercises.models import Exercise, Revision
from tests.world import World


def with_pictures(world: World) -> None:
    call_command("load_library", verbosity=0)
    drawn = Exercise.objects.exclude(published__figure={}).filter(published__sides="both")[0].published
    assert drawn
    Revision.objects.exclude(pk=drawn.pk).update(
        figure=drawn.figure, alt_start=drawn.alt_start, alt_held=drawn.alt_held, steps=drawn.steps
    )
