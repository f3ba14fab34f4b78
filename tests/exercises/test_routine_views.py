"""Routines are curated as exercises are: looked through, edited, reviewed, translated, retired."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import User
from exercises import publishing, routine_content
from exercises.dosage import Dosage
from exercises.models import RevisionState, Routine, RoutineRevision
from exercises.routine_content import RoutineLine
from exercises.routines import save_routine
from tests.world import World, make_exercise

In = Callable[[User], Client]
Queries = Any


@pytest.fixture
def as_person() -> In:
    def sign_in(person: User) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return sign_in


def page(client: Client, name: str, /, *of: Any, status: int = 200, **asked: Any) -> str:
    answer = client.get(reverse(f"exercises:{name}", args=of), asked)
    assert answer.status_code == status
    return answer.content.decode()


def press(client: Client, name: str, /, *of: Any, **typed: Any) -> Any:
    return client.post(reverse(f"exercises:{name}", args=of), typed)


def form(revision: RoutineRevision, *exercises: Any, **more: Any) -> dict[str, Any]:
    """The desk's form, with these exercises, as a browser sends it."""
    typed: dict[str, Any] = {
        "name": revision.name,
        "summary": "",
        "notes": "",
        "mode": "flexible",
        "per_week": 3,
        "based_on": publishing.mark(revision),
        "items-TOTAL_FORMS": len(exercises),
        "items-INITIAL_FORMS": 0,
        "do": "save",
    }
    for index, exercise in enumerate(exercises):
        dosage = {"sets": 1, "repetitions": 2, "hold": 30, "rest": 10, "sides": "both", "note": ""}
        typed |= {f"items-{index}-{name}": value for name, value in dosage.items()}
        typed[f"items-{index}-exercise"] = str(exercise.pk)
    return typed | more


def published(world: World) -> RoutineRevision:
    assert world.routine.published is not None
    return world.routine.published


def kept(world: World, name: str = "Evening") -> Routine:
    lines = [RoutineLine(world.knee_to_chest, Dosage(1, 2, 30, 10, "both"))]
    schedule = {"mode": "flexible", "per_week": 3}
    return save_routine(world.clinician, world.clinic, name=name, lines=lines, schedule=schedule)


class TestReading:
    def test_a_routine_says_what_is_done_when_and_how_long(self, world: World, as_person: In) -> None:
        text = page(as_person(world.viewer), "routine", world.routine.pk)
        for said in (
            "Knee to chest",
            "Lying hamstring stretch",
            "30 s, each side",
            "Mon, Wed, Fri",
            "min",
        ):
            assert said in text
        assert "Edit" not in text

    def test_the_list_narrows_by_name_state_and_library(self, world: World, as_person: In) -> None:
        own = kept(world)
        clinician = as_person(world.clinician)
        everything = page(clinician, "routines")
        assert "Two stretches" in everything
        assert "Evening" in everything
        assert "Evening" not in page(clinician, "routines", library="shared")
        assert "Two stretches" not in page(clinician, "routines", library=str(world.clinic.pk))
        assert "Evening" not in page(clinician, "routines", text="two")
        publishing.save_draft(world.clinician, own, {"name": "Night"})
        assert "Night" in page(clinician, "routines", state="draft")
        assert "Nothing here" in page(clinician, "routines", library="nonsense")

    @pytest.mark.parametrize("number", [1, 6])
    def test_the_list_asks_the_same_of_the_database_however_long(
        self, world: World, as_person: In, number: int, django_assert_max_num_queries: Queries
    ) -> None:
        for one in range(number):
            kept(world, f"Evening {one}")
        clinician = as_person(world.clinician)
        with django_assert_max_num_queries(10):
            page(clinician, "routines")

    def test_an_earlier_revision_can_be_read(self, world: World, as_person: In) -> None:
        publishing.publish(None, publishing.save_draft(None, world.routine, {"name": "Three stretches"}))
        viewer = as_person(world.viewer)
        assert "Three stretches" in page(viewer, "routine", world.routine.pk)
        assert "This is revision 1" in page(viewer, "routine", world.routine.pk, revision="1")
        page(viewer, "routine", world.routine.pk, revision="9", status=404)


class TestTheDesk:
    def test_begins_a_routine_and_saves_its_draft(self, world: World, as_person: In) -> None:
        curator = as_person(world.curator)
        answer = press(curator, "routine_create", name="Mornings", language="es")
        draft = RoutineRevision.objects.get(name="Mornings")
        assert (draft.routine.clinic, draft.routine.slug, draft.language) == (None, "mornings", "es")
        assert answer["Location"] == reverse("exercises:routine_edit", args=[draft.pk])
        press(curator, "routine_edit", draft.pk, **form(draft, world.hamstring, world.knee_to_chest))
        draft.refresh_from_db()
        assert [item.exercise for item in draft.items.all()] == [world.hamstring, world.knee_to_chest]
        assert draft.schedule == {"mode": "flexible", "per_week": 3}

    def test_saves_what_is_published_as_the_next_draft(self, world: World, as_person: In) -> None:
        shown = published(world)
        press(as_person(world.curator), "routine_edit", shown.pk, **form(shown, world.hamstring))
        draft = world.routine.revisions.get(number=2)
        assert (draft.state, draft.edited_by) == (RevisionState.DRAFT, world.curator)
        assert shown.items.count() == 2

    def test_a_press_changes_the_rows_and_saves_nothing(self, world: World, as_person: In) -> None:
        shown, curator = published(world), as_person(world.curator)
        both = (world.knee_to_chest, world.hamstring)
        names = {
            "remove:0": ["Lying hamstring stretch"],
            "down:0": ["Lying hamstring stretch", "Knee to chest"],
            "move:1:0": ["Lying hamstring stretch", "Knee to chest"],
            f"add:{world.hamstring.pk}": ["Knee to chest", *["Lying hamstring stretch"] * 2],
            "add:nonsense": ["Knee to chest", "Lying hamstring stretch"],
            "up:0": ["Knee to chest", "Lying hamstring stretch"],
        }
        for do, expected in names.items():
            for address in ("routine_look", "routine_edit"):
                answer = press(curator, address, shown.pk, **form(shown, *both, do=do))
                assert [row.name for row in answer.context["bench"].rows] == expected
        assert world.routine.revisions.count() == 1

    def test_says_what_is_wrong_and_keeps_what_was_typed(self, world: World, as_person: In) -> None:
        shown, curator = published(world), as_person(world.curator)
        wrong = form(shown, world.hamstring, **{"items-0-hold": "long", "name": ""})
        answer = press(curator, "routine_edit", shown.pk, **wrong)
        assert answer.status_code == 422
        assert 'value="long"' in answer.content.decode()
        theirs = make_exercise("Theirs", clinic=world.far_clinic)
        answer = press(curator, "routine_edit", shown.pk, **form(shown, theirs))
        assert answer.status_code == 422
        assert "Theirs" not in answer.content.decode()

    def test_does_not_write_over_what_somebody_saved_meanwhile_unasked(
        self, world: World, as_person: In
    ) -> None:
        draft = publishing.save_draft(world.curator, world.routine, {"summary": "First."})
        typed = form(draft, world.hamstring)
        publishing.save_draft(world.reviewer, world.routine, {"summary": "Second."})
        curator = as_person(world.curator)
        answer = press(curator, "routine_edit", draft.pk, **typed)
        assert answer.status_code == 409
        again = typed | {"based_on": answer.context["form"]["based_on"].value()}
        assert press(curator, "routine_edit", draft.pk, **again).status_code == 302

    def test_throws_a_draft_away(self, world: World, as_person: In) -> None:
        draft = publishing.save_draft(world.curator, world.routine, {"summary": "First."})
        curator = as_person(world.curator)
        assert "stays published" in page(curator, "routine_discard", draft.pk)
        press(curator, "routine_discard", draft.pk)
        assert world.routine.revisions.count() == 1


class TestTheReview:
    def test_compares_items_schedule_and_notes(self, world: World, as_person: In) -> None:
        knee, hamstring = routine_content.of(published(world))["items"]
        third = make_exercise("Sphinx")
        changed = {
            "items": [
                hamstring,
                RoutineLine(knee.exercise, Dosage(2, 1, 20, 10, "both")),
                RoutineLine(third, third.published.dosage),  # type: ignore[union-attr]
            ],
            "schedule": {"mode": "flexible", "per_week": 3},
            "notes": "For the evening.",
        }
        draft = publishing.save_draft(world.curator, world.routine, changed)
        text = page(as_person(world.curator), "routine_revision", draft.pk)
        for said in ("new", "3 times a week, on any days", "Mon, Wed, Fri, once a day", "For the evening."):
            assert said in text

    def test_is_commented_given_back_and_published_by_somebody_else(
        self, world: World, as_person: In
    ) -> None:
        draft = publishing.save_draft(world.curator, world.routine, {"name": "Evening"})
        curator, reviewer = as_person(world.curator), as_person(world.reviewer)
        press(curator, "routine_submit", draft.pk)
        assert "Evening" in page(reviewer, "list"), "it waits for a reviewer"
        press(reviewer, "routine_take_back", draft.pk, text="Longer.")
        text = page(curator, "routine_revision", draft.pk)
        assert "Longer." in text
        said = draft.comments.get()
        press(curator, "routine_settle", draft.pk, said.pk)
        press(curator, "routine_submit", draft.pk)
        answer = press(reviewer, "routine_publish", draft.pk)
        assert answer["Location"] == reverse("exercises:routine", args=[world.routine.pk])
        world.routine.refresh_from_db()
        assert world.routine.published == draft

    def test_of_a_routine_that_a_clinic_keeps_needs_nobody_else(self, world: World, as_person: In) -> None:
        own = kept(world)
        clinician = as_person(world.clinician)
        draft = publishing.save_draft(world.clinician, own, {"name": "Night"})
        assert "Publish" in page(clinician, "routine_revision", draft.pk)
        press(clinician, "routine_publish", draft.pk)
        own.refresh_from_db()
        assert own.published == draft

    def test_is_translated(self, world: World, as_person: In) -> None:
        curator, shown = as_person(world.curator), published(world)
        typed = {"based_on": publishing.mark(shown), "name": "Zwei Dehnungen"}
        press(curator, "translate_routine", shown.pk, "de", **typed)
        draft = world.routine.revisions.get(number=2)
        assert draft.translations["de"]["texts"] == {"name": "Zwei Dehnungen"}


class TestRetiring:
    def test_names_what_to_use_instead(self, world: World, as_person: In) -> None:
        other = publishing.create_routine(
            None,
            clinic=None,
            slug="other",
            content={"name": "Other", "schedule": {"mode": "flexible", "per_week": 2}}
            | {"items": routine_content.of(published(world))["items"]},
        )
        publishing.publish(None, other.revisions.get())
        reviewer = as_person(world.reviewer)
        assert "Other" in page(reviewer, "routine_retire", world.routine.pk)
        press(reviewer, "routine_retire", world.routine.pk, instead=str(other.pk))
        assert "In its place: Other" in page(reviewer, "routine", world.routine.pk)
        press(reviewer, "routine_bring_back", world.routine.pk)
        world.routine.refresh_from_db()
        assert world.routine.retired_at is None

    def test_of_a_stretch_is_said_of_the_routines_that_hold_it(self, world: World, as_person: In) -> None:
        publishing.retire(None, world.knee_to_chest, replaced_by=world.hamstring)
        curator = as_person(world.curator)
        assert "Routines with a retired stretch" in page(curator, "list")
        listed = page(curator, "routines")
        assert "which is retired; in its place there is “Lying hamstring stretch”" in listed
        assert "In its place: Lying hamstring stretch" in page(curator, "routine", world.routine.pk)
        shown = published(world)
        answer = press(curator, "routine_look", shown.pk, **form(shown, world.knee_to_chest, do="instead:0"))
        assert [row.name for row in answer.context["bench"].rows] == ["Lying hamstring stretch"]
