"""A clinic offers what it has published to the library that all share."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from clinic.models import AuditEvent, OutgoingMail
from exercises import content, offering, publishing
from exercises.dosage import Dosage
from exercises.exchange import facts
from exercises.models import Exercise, Medium, RevisionState, Routine
from exercises.routine_content import RoutineLine
from exercises.routines import save_routine
from tests.exercises.making import WHOLE
from tests.world import World, make_exercise

WEEKLY = {"mode": "flexible", "per_week": 3}


def kept(world: World, *exercises: Exercise) -> Routine:
    lines = [RoutineLine(exercise, Dosage(1, 2, 30, 10, "both")) for exercise in exercises]
    return save_routine(world.clinician, world.clinic, name="Evening", lines=lines, schedule=WEEKLY)


@pytest.fixture
def own(world: World) -> Exercise:
    exercise = publishing.create_exercise(
        world.clinician, clinic=world.clinic, slug="sphinx", content=WHOLE | {"review_notes": ["Ours."]}
    )
    publishing.submit(world.clinician, exercise.revisions.get())
    publishing.publish(world.owner, exercise.revisions.get())
    exercise.refresh_from_db()
    return exercise


def refused(act: Any, *args: Any) -> str:
    with pytest.raises(ValidationError) as error:
        act(*args)
    return " ".join(error.value.messages)


def state(own: Exercise | Routine) -> str:
    found = offering.standing(own)
    return found.state if found else ""


class TestAnOffer:
    def test_is_in_review_in_the_shared_library(self, world: World, own: Exercise) -> None:
        shared = offering.offer(world.clinician, own)
        revision = shared.revisions.get()
        assert (shared.clinic, shared.based_on, revision.state) == (
            None,
            own.published,
            RevisionState.IN_REVIEW,
        )
        assert content.of(revision) == content.of(own.published) | {"review_notes": []}  # type: ignore[arg-type]
        assert state(own) == "in_review"
        assert OutgoingMail.objects.filter(to=world.reviewer.email).count() == 1

    def test_says_the_clinic_s_name_and_nobody_s(self, world: World, own: Exercise) -> None:
        shared = offering.offer(world.clinician, own)
        assert offering.offered_by(shared) == world.clinic
        assert shared.revisions.get().edited_by is None
        trail = AuditEvent.objects.filter(object_id=str(shared.pk))
        assert {(event.clinic, event.actor) for event in trail} == {(None, None)}
        assert {"clinic_name": "Holdwell Practice"} in [event.details for event in trail]
        here = AuditEvent.objects.filter(clinic=world.clinic, verb="exercise.offered").get()
        assert here.actor == world.clinician

    def test_takes_nothing_of_the_clinic_into_an_archive(self, world: World, own: Exercise) -> None:
        shared = offering.offer(world.clinician, own)
        assert facts.thing(shared, shipped=None)["based_on"] is None

    def test_is_made_of_what_the_clinic_has_published(self, world: World) -> None:
        draft = publishing.create_exercise(world.clinician, clinic=world.clinic, slug="sphinx", content=WHOLE)
        assert "Publish it" in refused(offering.offer, world.clinician, draft)
        assert "Publish it" in refused(offering.offer, world.clinician, world.knee_to_chest)

    def test_is_made_once_while_it_is_open_and_not_after_it_was_taken(
        self, world: World, own: Exercise
    ) -> None:
        shared = offering.offer(world.clinician, own)
        assert "already" in refused(offering.offer, world.owner, own)
        publishing.publish(world.reviewer, shared.revisions.get())
        assert "has it already" in refused(offering.offer, world.owner, own)

    def test_lacks_nothing_that_publishing_needs(self, world: World) -> None:
        ours = make_exercise("Ours", clinic=world.clinic)
        assert "picture" in refused(offering.offer, world.clinician, ours)
        assert Exercise.objects.filter(clinic=None, slug="ours").count() == 0

    def test_is_published_by_nobody_who_wrote_it_at_home(self, world: World, own: Exercise) -> None:
        revision = offering.offer(world.clinician, own).revisions.get()
        world.clinician.library_role = "reviewer"
        world.clinician.save()
        assert not publishing.may_publish(world.clinician, revision)
        assert publishing.may_publish(world.reviewer, revision)


class TestWhatTheClinicHears:
    def test_that_curators_work_on_it_and_have_published_it(self, world: World, own: Exercise) -> None:
        shared = offering.offer(world.clinician, own)
        publishing.take_back(world.reviewer, shared.revisions.get(), "Shorter steps.")
        assert state(own) == "in_work"
        publishing.submit(world.curator, shared.revisions.get())
        publishing.publish(world.reviewer, shared.revisions.get())
        assert state(own) == "published"
        last = AuditEvent.objects.filter(clinic=world.clinic).first()
        assert last is not None
        assert (last.verb, last.actor) == ("exercise.offer_published", None)

    def test_that_it_was_declined_and_may_be_offered_again(self, world: World, own: Exercise) -> None:
        shared = offering.offer(world.clinician, own)
        publishing.discard(world.curator, shared.revisions.get())
        assert state(own) == "declined"
        offering.offer(world.clinician, own)
        assert state(own) == "in_review"

    def test_nothing_once_it_was_taken_back(self, world: World, own: Exercise) -> None:
        offering.offer(world.clinician, own)
        offering.withdraw(world.owner, own)
        assert state(own) == ""
        assert Exercise.objects.filter(clinic=None, slug="sphinx").count() == 0
        assert "no open offer" in refused(offering.withdraw, world.owner, own)


class TestWhatItNames:
    def test_photos_of_the_clinic_stay_there(self, world: World, own: Exercise) -> None:
        medium = Medium.objects.create(
            clinic=world.clinic,
            kind="photo",
            name="knee.jpg",
            sha256="0" * 64,
            bytes=1,
            width=1,
            height=1,
            licence="own",
            shows_person=False,
        )
        shown = {"media": [{"medium": str(medium.pk), "alt": "A knee is drawn to the chest."}]}
        publishing.publish(None, publishing.save_draft(world.clinician, own, shown))
        assert "which stay there" in refused(offering.offer, world.clinician, own)

    def test_must_be_of_the_shared_library(self, world: World, own: Exercise) -> None:
        routine = kept(world, world.knee_to_chest, own)
        assert "Sphinx" in refused(offering.offer, world.clinician, routine)

    def test_is_replaced_by_what_the_shared_library_has_taken_over(self, world: World, own: Exercise) -> None:
        taken = offering.offer(world.clinician, own)
        publishing.publish(world.reviewer, taken.revisions.get())
        shared = offering.offer(world.clinician, kept(world, world.knee_to_chest, own))
        items = shared.revisions.get().items.all()
        assert [item.exercise for item in items] == [world.knee_to_chest, taken]
