"""Draft → in review → published → retired, by two people; what is published never changes."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from clinic.models import AuditEvent
from exercises import content, copying, publishing
from exercises.models import Exercise, Revision, RevisionState
from tests.exercises.making import WHOLE
from tests.world import World, make_exercise


@pytest.fixture
def draft(world: World) -> Revision:
    exercise = publishing.create_exercise(world.curator, clinic=None, slug="sphinx", content=WHOLE)
    return exercise.revisions.get()


def verbs() -> list[str]:
    return list(AuditEvent.objects.order_by("pk").values_list("verb", flat=True))


def refused(act: Any, *args: Any, **named: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as error:
        act(*args, **named)
    found = error.value
    return found.message_dict if hasattr(found, "error_dict") else {"": found.messages}


def test_a_draft_goes_through_review_and_is_published_by_somebody_else(world: World, draft: Revision) -> None:
    assert publishing.submit(world.curator, draft).state == RevisionState.IN_REVIEW
    published = publishing.publish(world.reviewer, draft)

    assert (published.state, published.published_by) == (RevisionState.PUBLISHED, world.reviewer)
    assert Exercise.objects.get(slug="sphinx").published == published
    assert verbs()[-4:] == [
        "exercise.created",
        "exercise.drafted",
        "exercise.submitted",
        "exercise.published",
    ]


def test_nobody_publishes_their_own_last_edit(world: World, draft: Revision) -> None:
    publishing.save_draft(world.reviewer, draft.exercise, {"summary": "Mine."})
    publishing.submit(world.reviewer, draft)
    assert "somebody else" in refused(publishing.publish, world.reviewer, draft)[""][0]
    draft.refresh_from_db()
    assert draft.state == RevisionState.IN_REVIEW


def test_a_draft_is_not_published_without_review(world: World, draft: Revision) -> None:
    refused(publishing.publish, world.reviewer, draft)


def test_the_system_publishes_what_it_ships(draft: Revision) -> None:
    assert publishing.publish(None, draft).published_by is None


def test_an_edit_during_the_review_takes_it_back(world: World, draft: Revision) -> None:
    publishing.submit(world.curator, draft)
    edited = publishing.save_draft(world.curator, draft.exercise, {"summary": "Better."})
    assert (edited.pk, edited.state) == (draft.pk, RevisionState.DRAFT)
    refused(publishing.publish, world.reviewer, edited)


def test_an_edit_of_what_is_published_begins_the_next_revision(world: World, draft: Revision) -> None:
    publishing.publish(None, draft)
    second = publishing.save_draft(world.curator, draft.exercise, {"summary": "Better."})
    assert (second.number, second.state, second.name) == (2, RevisionState.DRAFT, "Sphinx")
    draft.refresh_from_db()
    assert draft.summary == ""
    assert draft.exercise.published == draft


def test_what_is_handed_in_or_published_twice_is_refused(world: World, draft: Revision) -> None:
    publishing.submit(world.curator, draft)
    refused(publishing.submit, world.curator, draft)
    publishing.publish(world.reviewer, draft)
    refused(publishing.publish, world.reviewer, draft)
    refused(publishing.submit, world.curator, draft)


@pytest.mark.parametrize(
    "field", ["steps", "safety", "regions", "position", "figure", "alt_start", "alt_held"]
)
def test_what_publishing_needs_is_named_by_field(world: World, field: str) -> None:
    content = {name: value for name, value in WHOLE.items() if name != field}
    exercise = publishing.create_exercise(world.curator, clinic=None, slug="sphinx", content=content)
    draft = exercise.revisions.get()
    assert list(refused(publishing.submit, world.curator, draft)) == [field]
    assert list(refused(publishing.publish, None, draft)) == [field]


class TestAPublishedRevision:
    def test_cannot_be_saved(self, draft: Revision) -> None:
        publishing.publish(None, draft)
        draft.name = "Other"
        refused(draft.save)
        stale = Revision.objects.get(pk=draft.pk)
        stale.state = RevisionState.DRAFT
        refused(stale.save)

    def test_cannot_be_deleted(self, draft: Revision) -> None:
        publishing.publish(None, draft)
        refused(draft.delete)
        assert Revision.objects.filter(pk=draft.pk).exists()

    def test_while_a_draft_can(self, draft: Revision) -> None:
        draft.delete()
        assert not Revision.objects.filter(pk=draft.pk).exists()


class TestRetiring:
    def test_hides_the_exercise_and_keeps_its_revision(self, world: World) -> None:
        retired = publishing.retire(world.reviewer, world.knee_to_chest)
        assert retired.retired_at is not None
        assert retired.published == world.knee_to_chest.published
        assert verbs()[-1] == "exercise.retired"

    def test_happens_once(self, world: World) -> None:
        publishing.retire(world.reviewer, world.knee_to_chest)
        refused(publishing.retire, world.reviewer, world.knee_to_chest)


class TestNames:
    def test_are_unique_in_one_library(self, world: World, draft: Revision) -> None:
        again = {"clinic": None, "slug": "sphinx", "content": WHOLE}
        with pytest.raises(ValidationError, match="taken already"):
            publishing.create_exercise(world.curator, **again)
        publishing.create_exercise(world.curator, **again | {"clinic": world.clinic})

    @pytest.fixture
    def rival(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        """Somebody takes the short name between the look and the write."""
        cleaned = content.cleaned

        def slowly(*said: Any, **more: Any) -> Any:
            monkeypatch.undo()
            make_exercise("Sphinx")
            Exercise.objects.filter(slug="sphinx").update(origin="elsewhere:1")
            return cleaned(*said, **more)

        monkeypatch.setattr(content, "cleaned", slowly)

    def test_that_somebody_takes_in_this_moment_are_refused_in_words(self, world: World, rival: None) -> None:
        again: dict[str, Any] = {"clinic": None, "slug": "sphinx", "content": WHOLE}
        assert refused(publishing.create_exercise, world.curator, **again) == {
            "slug": ["This short name is taken already."]
        }

    def test_that_nobody_chose_make_way(self, world: World, rival: None) -> None:
        made = publishing.create_exercise(world.curator, clinic=None, content=WHOLE | {"name": "Sphinx"})
        assert made.slug == "sphinx-2"

    def test_an_origin_that_comes_in_this_moment_is_refused_in_words(self, world: World, rival: None) -> None:
        again: dict[str, Any] = {"clinic": None, "slug": "other", "content": WHOLE, "origin": "elsewhere:1"}
        assert list(refused(publishing.create_exercise, world.curator, **again)) == ["origin"]

    def test_are_plain(self, world: World) -> None:
        with pytest.raises(ValidationError):
            publishing.create_exercise(world.curator, clinic=None, slug="two words", content=WHOLE)
        assert not Exercise.objects.filter(slug="two words").exists()

    def test_an_origin_is_taken_once(self, world: World) -> None:
        for slug in ("one", "two"):
            act = {"clinic": None, "slug": slug, "content": WHOLE, "origin": "elsewhere:1"}
            if slug == "one":
                publishing.create_exercise(world.curator, **act)
            else:
                with pytest.raises(ValidationError, match="before"):
                    publishing.create_exercise(world.curator, **act)


class TestVariants:
    def test_are_of_the_same_library_or_the_shared_one(self, world: World, draft: Revision) -> None:
        theirs = make_exercise("Theirs", clinic=world.far_clinic)
        assert "easier" in refused(publishing.save_draft, world.curator, draft.exercise, {"easier": theirs})
        edited = publishing.save_draft(world.curator, draft.exercise, {"easier": world.knee_to_chest})
        assert edited.easier == world.knee_to_chest

    def test_are_another_exercise(self, world: World, draft: Revision) -> None:
        assert "harder" in refused(
            publishing.save_draft, world.curator, draft.exercise, {"harder": draft.exercise}
        )


class TestARoutine:
    def test_of_the_shared_library_is_reviewed_by_somebody_else(self, world: World) -> None:
        draft = publishing.save_draft(world.reviewer, world.routine, {"notes": "In the evening."})
        assert "handed in for review" in refused(publishing.publish, world.reviewer, draft)[""][0]
        publishing.submit(world.reviewer, draft)
        assert "somebody else" in refused(publishing.publish, world.reviewer, draft)[""][0]

    def test_of_a_clinic_is_published_by_whoever_wrote_it(self, world: World) -> None:
        own = copying.copy(world.clinician, world.routine, world.clinic)
        assert publishing.publish(world.clinician, own.revisions.get()).published_by == world.clinician

    def test_with_a_retired_stretch_is_not_published_anew(self, world: World) -> None:
        own = copying.copy(world.clinician, world.routine, world.clinic)
        publishing.retire(None, world.hamstring)
        found = refused(publishing.publish, world.clinician, own.revisions.get())
        assert "Lying hamstring stretch" in found["items"][0]
