"""A published revision is the same byte for byte for ever, whatever happens around it."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from django.core import serializers
from django.core.management import call_command
from django.utils import timezone

from exercises import copying, offering, publishing, routine_content
from exercises.media import keeping
from exercises.models import Exercise, Medium, MediumUse, Revision, Routine, RoutineItem, RoutineRevision
from exercises.routine_content import RoutineLine
from tests.exercises.exchange.making import changed, packed, taken
from tests.exercises.making import WHOLE
from tests.exercises.media.making import photo
from tests.world import World

GERMAN = {"de": {"texts": {"name": "Sphinx auf Deutsch"}, "of": {"name": "0"}}}
WEEKLY = {"mode": "flexible", "per_week": 3}


@dataclass(frozen=True)
class Kept:
    """A stretch of the shared library with a photo, a copy of it and a routine with it: each published."""

    world: World
    exercise: Exercise
    own: Exercise
    routine: Routine
    medium: Medium


@pytest.fixture
def kept(world: World) -> Iterator[Kept]:
    medium = photo(world.curator)
    shown = WHOLE | {"media": [{"medium": str(medium.pk), "alt": "A knee is drawn to the chest."}]}
    exercise = publishing.create_exercise(world.curator, clinic=None, slug="sphinx", content=shown)
    publishing.publish(None, exercise.revisions.get())
    exercise.refresh_from_db()
    own = copying.copy(world.clinician, exercise, world.clinic)
    publishing.publish(None, own.revisions.get())
    lines = [RoutineLine(exercise, exercise.published.dosage, "Slowly.")]  # type: ignore[union-attr]
    said = {"name": "Mornings", "items": lines, "schedule": WEEKLY}
    routine = publishing.create_routine(world.curator, clinic=None, slug="mornings", content=said)
    publishing.publish(None, routine.revisions.get())
    for thing in (own, routine):
        thing.refresh_from_db()
    yield Kept(world, exercise, own, routine, medium)
    keeping.wipe(medium)


def edit(kept: Kept) -> None:
    world, exercise = kept.world, kept.exercise
    again = publishing.save_draft(world.curator, exercise, {"name": "Other", "easier": world.hamstring})
    publishing.comment(world.reviewer, again, "Nice.")
    publishing.publish(world.reviewer, publishing.submit(world.curator, again))
    publishing.save_draft(world.curator, world.hamstring, {"name": "Renamed"})
    lines = routine_content.of(kept.routine.published)["items"] * 2  # type: ignore[arg-type]
    publishing.publish(None, publishing.save_draft(world.curator, kept.routine, {"items": lines}))


def translate(kept: Kept) -> None:
    for thing in (kept.exercise, kept.routine):
        draft = publishing.save_draft(kept.world.curator, thing, {"translations": GERMAN})
        publishing.publish(None, draft)


def comment_and_plan(kept: Kept) -> None:
    for thing in (kept.exercise, kept.routine):
        said = publishing.comment(kept.world.reviewer, thing.published, "Is it still so?")  # type: ignore[arg-type]
        publishing.settle(kept.world.curator, said)
        publishing.schedule_review(kept.world.curator, thing, dt.date(2027, 11, 30))


def retire_and_bring_back(kept: Kept) -> None:
    publishing.retire(kept.world.curator, kept.exercise, replaced_by=kept.world.knee_to_chest)
    publishing.bring_back(kept.world.curator, kept.exercise)
    publishing.retire(kept.world.curator, kept.routine)


def copy_and_take_over(kept: Kept) -> None:
    copying.copy(kept.world.clinician, kept.routine, kept.world.clinic)
    publishing.publish(None, publishing.save_draft(None, kept.exercise, {"safety": "Stop when it hurts."}))
    copying.take_over(kept.world.clinician, kept.own, ["safety"])


def offer_and_decline(kept: Kept) -> None:
    offering.offer(kept.world.clinician, kept.own)
    offering.withdraw(kept.world.clinician, kept.own)
    shared = offering.offer(kept.world.clinician, kept.own)
    publishing.discard(kept.world.curator, shared.revisions.get())


def withdraw_the_photo(kept: Kept) -> None:
    keeping.withdraw(kept.world.curator, kept.medium)
    keeping.tidy(timezone.now() + dt.timedelta(days=400))


def import_over_it(kept: Kept) -> None:
    publishing.publish(None, publishing.save_draft(None, kept.exercise, {"media": []}))
    taken(changed(packed(), "exercises/sphinx.json", content__safety="Stop when it hurts."))
    assert kept.exercise.revisions.count() == 3


def load_what_is_shipped(kept: Kept) -> None:
    call_command("load_library", verbosity=0)


AROUND: list[Callable[[Kept], None]] = [
    edit,
    translate,
    comment_and_plan,
    retire_and_bring_back,
    copy_and_take_over,
    offer_and_decline,
    withdraw_the_photo,
    import_over_it,
    load_what_is_shipped,
]


@pytest.mark.parametrize("happens", AROUND, ids=lambda act: act.__name__)
def test_what_is_published_stays_the_same_byte_for_byte(kept: Kept, happens: Callable[[Kept], None]) -> None:
    exercises, routine = [kept.exercise.published_id, kept.own.published_id], kept.routine.published_id

    def said() -> str:
        rows = [
            *Revision.objects.filter(pk__in=exercises).order_by("pk"),
            *MediumUse.objects.filter(revision__in=exercises).order_by("pk"),
            *RoutineRevision.objects.filter(pk=routine),
            *RoutineItem.objects.filter(revision=routine),
        ]
        return serializers.serialize("json", rows)

    before = said()
    happens(kept)
    assert said() == before
