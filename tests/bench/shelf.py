"""The library's list with 100 and with 5,000 exercises, in process: what a page costs, and how many times as much.

Wanted: at most 10 queries, and of 5,000 at most 3 times what it takes of 100. What is made for it is taken back.
"""

from functools import partial
from itertools import cycle, islice

from django.db import connection, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from clinic.models import LibraryRole, User
from exercises import facets, languages
from exercises.models import Condition, Exercise, Position, Region, Revision, RevisionState
from tests.bench.alone import processor_ms

FEW, MANY = 100, 5000
EQUIPMENT = 40  # different things
TURNS = 15


def shelf_costs() -> dict[str, float]:
    """Milliseconds of this process's own time, queries, and the ratio, for a curator: who sees the most."""
    costs: dict[str, float] = {}
    with transaction.atomic(), override_settings(ALLOWED_HOSTS=["testserver"]):
        client = Client()
        client.force_login(User.objects.create_user("bench-curator", library_role=LibraryRole.CURATOR))
        ask = partial(client.get, reverse("exercises:list"))
        for number in (FEW, MANY):
            _fill(number - Exercise.objects.filter(published__isnull=False, retired_at=None).count())
            ask()
            with CaptureQueriesContext(connection) as captured:
                ask()
            costs[f"library of {number}, queries"] = len(captured)
            costs[f"library of {number}, ms"] = processor_ms(ask, turns=TURNS)
        transaction.set_rollback(True)
    times = costs[f"library of {MANY}, ms"] / costs[f"library of {FEW}, ms"]
    return costs | {"library, times as dear (3)": round(times, 2)}


def _fill(number: int) -> None:
    """Published exercises that look like the shipped ones, each with tokens of its own."""
    shipped = list(Revision.objects.filter(state=RevisionState.PUBLISHED).exclude(figure={})[:10])
    since = Exercise.objects.count()
    made = [_one(since + place, of) for place, of in enumerate(islice(cycle(shipped), number))]
    Exercise.objects.bulk_create((revision.exercise for revision in made), batch_size=500)
    Revision.objects.bulk_create(made, batch_size=200)
    for revision in made:
        revision.exercise.published = revision
    Exercise.objects.bulk_update([r.exercise for r in made], ["published"], batch_size=300)


def _one(place: int, of: Revision) -> Revision:
    tags = [tag for bit, tag in enumerate(Condition.values) if place >> bit & 1]
    revision = Revision(
        exercise=Exercise(slug=f"bench-{place}"),
        number=1,
        state=RevisionState.PUBLISHED,
        published_at=timezone.now(),
        name=f"Stretch {place}",
        regions=[Region.values[place % len(Region.values)]],
        position=Position.values[place % (len(Position.values) - 1)],
        equipment=[f"Thing {place % EQUIPMENT}"],
        cautions=[{"tag": tag, "level": "ask", "note": ""} for tag in tags],
        steps=of.steps,
        safety=of.safety,
        figure=of.figure,
        hold=30,
    )
    revision.words, revision.facets = languages.words(revision), facets.of(revision)
    return revision
