"""Comments, giving back, throwing away, retiring with a replacement, the next review; of exercises and routines."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from clinic.models import Membership, Role
from exercises import publishing
from exercises.models import Exercise, Revision, RevisionState, Routine, RoutineRevision
from exercises.routine_content import RoutineLine
from tests.exercises.making import WHOLE
from tests.exercises.test_publishing import refused
from tests.world import World, make_user

WEEKLY = {"mode": "fixed", "weekdays": [0, 2], "times_per_day": 1}


@pytest.fixture
def draft(world: World) -> Revision:
    exercise = publishing.create_exercise(world.curator, clinic=None, slug="sphinx", content=WHOLE)
    return exercise.revisions.get()


@pytest.fixture
def routine(world: World) -> RoutineRevision:
    lines = [RoutineLine(world.knee_to_chest, world.knee_to_chest.published.dosage, "Slowly.")]
    content = {"name": "Mornings", "items": lines, "schedule": WEEKLY}
    made = publishing.create_routine(world.curator, clinic=None, slug="mornings", content=content)
    return made.revisions.get()


class TestARoutine:
    def test_is_reviewed_and_published_as_an_exercise_is(
        self, world: World, routine: RoutineRevision
    ) -> None:
        publishing.submit(world.curator, routine)
        refused(publishing.publish, world.curator, routine)
        published = publishing.publish(world.reviewer, routine)
        assert Routine.objects.get(slug="mornings").published == published

    def test_begins_its_next_draft_from_what_is_published(
        self, world: World, routine: RoutineRevision
    ) -> None:
        publishing.publish(None, routine)
        again = publishing.save_draft(world.curator, routine.routine, {"notes": "Take your time."})
        assert (again.number, again.name, again.state) == (2, "Mornings", RevisionState.DRAFT)
        assert [(i.exercise, i.note) for i in again.items.all()] == [(world.knee_to_chest, "Slowly.")]
        assert routine.items.count() == 1

    @pytest.mark.parametrize("field", ["items", "schedule"])
    def test_needs_what_publishing_asks_for(self, world: World, routine: RoutineRevision, field: str) -> None:
        publishing.save_draft(world.curator, routine.routine, {field: [] if field == "items" else {}})
        assert list(refused(publishing.submit, world.curator, routine)) == [field]

    def test_holds_nothing_of_a_clinics_own_library(self, world: World, routine: RoutineRevision) -> None:
        own = Exercise.objects.create(clinic=world.clinic, slug="own")
        lines = [RoutineLine(own, world.knee_to_chest.published.dosage)]
        wrong = refused(publishing.save_draft, world.curator, routine.routine, {"items": lines})
        assert list(wrong) == ["items.0.exercise"]


def test_a_reviewer_gives_back_with_a_comment(world: World, draft: Revision) -> None:
    publishing.submit(world.curator, draft)
    given = publishing.take_back(world.reviewer, draft, "Say which knee.")
    assert given.state == RevisionState.DRAFT
    (said,) = draft.comments.all()
    assert (said.text, said.author, said.settled_at) == ("Say which knee.", world.reviewer, None)
    assert publishing.settle(world.curator, said).settled_by == world.curator
    assert publishing.settle(world.reviewer, said).settled_by == world.curator


@pytest.mark.parametrize(("text", "about"), [("", ""), ("x" * 2001, ""), ("Fine.", "colour")])
def test_a_comment_says_something_about_something(
    world: World, draft: Revision, text: str, about: str
) -> None:
    with pytest.raises(ValidationError):
        publishing.comment(world.curator, draft, text, about=about)


class TestThrowingADraftAway:
    def test_the_only_one_takes_the_exercise_along(self, world: World, draft: Revision) -> None:
        assert publishing.discard(world.curator, draft)
        assert not Exercise.objects.filter(slug="sphinx").exists()

    def test_a_later_one_leaves_what_is_published(self, world: World, draft: Revision) -> None:
        publishing.publish(None, draft)
        later = publishing.save_draft(world.curator, draft.exercise, {"name": "Other"})
        assert not publishing.discard(world.curator, later)
        assert draft.exercise.revisions.get() == draft
        refused(publishing.discard, world.curator, draft)

    def test_is_refused_for_what_another_one_names(self, world: World, draft: Revision) -> None:
        publishing.save_draft(world.curator, world.hamstring, {"easier": draft.exercise})
        refused(publishing.discard, world.curator, draft)
        assert Revision.objects.filter(pk=draft.pk).exists()


class TestRetiring:
    def test_names_what_to_use_instead_and_can_be_undone(self, world: World) -> None:
        retired = publishing.retire(world.curator, world.hamstring, replaced_by=world.knee_to_chest)
        assert retired.replaced_by == world.knee_to_chest
        back = publishing.bring_back(world.curator, world.hamstring)
        assert (back.retired_at, back.replaced_by) == (None, None)

    def test_never_by_itself_by_a_draft_or_by_a_retired_one(self, world: World, draft: Revision) -> None:
        def retire(instead: Any) -> dict[str, list[str]]:
            return refused(lambda: publishing.retire(world.curator, world.hamstring, replaced_by=instead))

        assert list(retire(world.hamstring)) == list(retire(draft.exercise)) == ["replaced_by"]
        publishing.retire(world.curator, world.knee_to_chest)
        assert list(retire(world.knee_to_chest)) == ["replaced_by"]


class TestAClinicsOwn:
    def test_is_published_by_another_prescriber_where_there_is_one(self, world: World) -> None:
        own = publishing.create_exercise(world.owner, clinic=world.clinic, slug="own", content=WHOLE)
        draft = publishing.submit(world.owner, own.revisions.get())
        refused(publishing.publish, world.owner, draft)
        assert publishing.publish(world.clinician, draft).state == RevisionState.PUBLISHED

    def test_is_published_alone_by_a_clinics_single_prescriber(self, world: World) -> None:
        alone = world.stranger_clinician
        Membership.objects.create(user=make_user("aide"), clinic=world.far_clinic, role=Role.ASSISTANT)
        own = publishing.create_exercise(alone, clinic=world.far_clinic, slug="own", content=WHOLE)
        draft = publishing.submit(alone, own.revisions.get())
        assert publishing.publish(alone, draft).state == RevisionState.PUBLISHED
