"""A clinic copies from the shared library, and is told when the original changes."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from clinic.errors import Conflict
from clinic.models import AuditEvent
from exercises import content, copying, publishing, routine_content
from exercises.models import Exercise, RevisionState, Routine
from tests.exercises.making import WHOLE
from tests.world import World


def published(world: World, **fields: Any) -> Exercise:
    exercise = publishing.create_exercise(
        world.curator, clinic=None, slug="sphinx", content=WHOLE | {"review_notes": ["Check it."]} | fields
    )
    publishing.publish(None, exercise.revisions.get())
    exercise.refresh_from_db()
    return exercise


def publish_anew(exercise: Exercise | Routine, **fields: Any) -> None:
    publishing.publish(None, publishing.save_draft(None, exercise, fields))
    exercise.refresh_from_db()


@pytest.fixture
def original(world: World) -> Exercise:
    return published(world, translations={"de": {"texts": {"name": "Sphinx"}, "of": {"name": "0"}}})


@pytest.fixture
def own(world: World, original: Exercise) -> Exercise:
    return copying.copy(world.clinician, original, world.clinic)


def told(own: Exercise | Routine) -> copying.News | None:
    return copying.news(type(own)._default_manager.get(pk=own.pk))  # type: ignore[arg-type]


def changes(own: Exercise) -> dict[str, bool]:
    """The parts in which the original has changed, and whether the copy has as well."""
    fresh = Exercise.objects.get(pk=own.pk)
    news = copying.news(fresh)
    assert news is not None
    return {change.value: change.conflict for change in copying.changes(fresh, news)}


class TestACopy:
    def test_is_a_draft_of_the_clinic_s_own_with_all_that_the_original_says(
        self, world: World, original: Exercise, own: Exercise
    ) -> None:
        draft = own.revisions.get()
        assert (own.clinic, own.slug, own.based_on) == (world.clinic, "sphinx", original.published)
        assert (draft.state, draft.edited_by) == (RevisionState.DRAFT, world.clinician)
        said = content.of(draft)
        assert said == content.of(original.published) | {"review_notes": []}  # type: ignore[arg-type]
        assert "exercise.copied" in AuditEvent.objects.filter(clinic=world.clinic).values_list(
            "verb", flat=True
        )

    def test_finds_a_short_name_that_is_free_in_the_clinic(
        self, world: World, original: Exercise, own: Exercise
    ) -> None:
        assert copying.copy(world.clinician, original, world.clinic).slug == "sphinx-2"
        assert copying.copy(world.stranger_clinician, original, world.far_clinic).slug == "sphinx"

    def test_is_made_of_what_is_published_and_shared(self, world: World, own: Exercise) -> None:
        for thing in (own, publishing.retire(None, world.knee_to_chest)):
            with pytest.raises(ValidationError, match="shared library"):
                copying.copy(world.clinician, thing, world.clinic)

    def test_of_a_routine_keeps_its_exercises(self, world: World) -> None:
        own = copying.copy(world.clinician, world.routine, world.clinic)
        assert own.based_on == world.routine.published
        assert routine_content.of(own.revisions.get()) == routine_content.of(world.routine.published)  # type: ignore[arg-type]

    def test_leaves_the_original_alone(self, world: World, original: Exercise, own: Exercise) -> None:
        publishing.save_draft(world.clinician, own, {"hold": 45})
        original.refresh_from_db()
        assert original.published is not None
        assert original.published.hold == 30
        assert original.revisions.count() == 1


class TestNews:
    def test_are_none_until_the_original_is_published_anew(self, original: Exercise, own: Exercise) -> None:
        assert told(own) is None
        publishing.save_draft(None, original, {"hold": 40})
        assert told(own) is None

    def test_say_what_changed_and_what_the_clinic_changed_too(
        self, world: World, original: Exercise, own: Exercise
    ) -> None:
        publishing.save_draft(world.clinician, own, {"hold": 45})
        publish_anew(original, hold=40, safety="Stop when it hurts.")
        news = told(own)
        assert news is not None
        assert (news.changed, news.retired) == (True, False)
        assert changes(own) == {"hold": True, "safety": False}

    def test_do_not_call_the_same_change_a_conflict(
        self, world: World, original: Exercise, own: Exercise
    ) -> None:
        publishing.save_draft(world.clinician, own, {"hold": 40})
        publish_anew(original, hold=40)
        assert changes(own) == {"hold": False}

    def test_say_that_the_original_was_retired(self, original: Exercise, own: Exercise) -> None:
        publishing.retire(None, original)
        news = told(own)
        assert news is not None
        assert (news.changed, news.retired) == (False, True)


class TestTakingOver:
    def test_writes_the_chosen_fields_into_a_draft(
        self, world: World, original: Exercise, own: Exercise
    ) -> None:
        publishing.save_draft(world.clinician, own, {"hold": 45})
        publish_anew(original, hold=40, safety="Stop when it hurts.")
        copying.take_over(world.clinician, own, ["safety"])
        draft = own.revisions.get()
        assert (draft.safety, draft.hold) == ("Stop when it hurts.", 45)
        assert told(own) is None
        last = AuditEvent.objects.filter(clinic=world.clinic).first()
        assert last is not None
        assert (last.verb, last.details) == ("exercise.took_over", {"fields": ["safety"]})

    def test_begins_the_next_revision_of_what_is_published(
        self, world: World, original: Exercise, own: Exercise
    ) -> None:
        publishing.publish(None, own.revisions.get())
        publish_anew(original, hold=40)
        copying.take_over(world.clinician, own, ["hold"])
        assert [(r.number, r.hold) for r in own.revisions.all()] == [(2, 40), (1, 30)]

    def test_takes_a_routine_s_items(self, world: World) -> None:
        own = copying.copy(world.clinician, world.routine, world.clinic)
        items = routine_content.of(world.routine.published)["items"][:1]  # type: ignore[arg-type]
        publish_anew(world.routine, items=items)
        copying.take_over(world.clinician, own, ["items"])
        assert [item.exercise for item in own.revisions.get().items.all()] == [world.knee_to_chest]

    def test_of_nothing_or_of_what_is_unknown_is_refused(
        self, world: World, original: Exercise, own: Exercise
    ) -> None:
        with pytest.raises(ValidationError, match="not changed"):
            copying.take_over(world.clinician, own, ["hold"])
        publish_anew(original, hold=40)
        for fields in ([], ["slug"]):
            with pytest.raises(ValidationError):
                copying.take_over(world.clinician, own, fields)

    def test_does_not_write_over_what_somebody_saved_meanwhile(
        self, world: World, original: Exercise, own: Exercise
    ) -> None:
        seen = publishing.mark(own.revisions.get())
        publishing.save_draft(world.owner, own, {"hold": 45})
        publish_anew(original, hold=40)
        with pytest.raises(Conflict):
            copying.take_over(world.clinician, own, ["hold"], expected=seen)
        assert told(own) is not None

    def test_can_be_left(self, world: World, original: Exercise, own: Exercise) -> None:
        publish_anew(original, hold=40)
        copying.leave(world.clinician, own)
        assert told(own) is None
        assert own.revisions.get().hold == 30
        publish_anew(original, hold=50)
        assert changes(own) == {"hold": True}, "what was left differs from the original ever since"
