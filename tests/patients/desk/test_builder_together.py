"""docs/rules.md 3 and 9: rows changed together and moved, what the patient would see, and what is kept as a routine."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import User
from exercises.models import Exercise, Revision, Routine
from patients.models import Prescription
from tests.patients.desk.filling_in import form, row, rows_of
from tests.world import World, make_exercise

SignIn = Callable[[User], Client]


@pytest.fixture
def clinician(world: World, signed_in: SignIn) -> Client:
    return signed_in(world.clinician)


@pytest.fixture
def send(world: World, clinician: Client) -> Callable[..., Any]:
    def post(data: dict[str, object], name: str = "prescribe") -> Any:
        return clinician.post(reverse(f"desk:{name}", args=[world.quinn.pk]), data)

    return post


def values(response: Any, field: str) -> list[object]:
    return [shown.form[field].value() for shown in response.context["bench"].rows]


# --- Changing several at once


def test_all_change_where_none_is_ticked_and_what_is_empty_stays(
    world: World, send: Callable[..., Any]
) -> None:
    rows = (row(world.hamstring, rest=5), row(world.knee_to_chest, hold="fast", rest=7))
    changed = send(form(*rows, do="bulk", **{"bulk-hold": "45", "bulk-sets": "2"}))
    assert values(changed, "hold") == [45, 45]
    assert values(changed, "sets") == [2, 2]
    assert values(changed, "rest") == ["5", "7"]
    assert "2 rows were changed." in changed.content.decode()
    assert not world.quinn.prescriptions.exists()


def test_only_the_ticked_ones_change_where_some_are(world: World, send: Callable[..., Any]) -> None:
    rows = (row(world.hamstring), row(world.knee_to_chest, picked="on"))
    changed = send(form(*rows, do="bulk", **{"bulk-sides": "left"}))
    assert values(changed, "sides") == ["both", "left"]


def test_an_exercise_without_sides_keeps_none(world: World, send: Callable[..., Any]) -> None:
    bend = make_exercise("Forward bend", sides="none")
    changed = send(form(row(bend, sides="none"), row(world.hamstring), do="bulk", **{"bulk-sides": "right"}))
    assert values(changed, "sides") == ["none", "right"]


def test_what_cannot_be_is_said_and_changes_nothing(world: World, send: Callable[..., Any]) -> None:
    page = send(form(row(world.hamstring), do="bulk", **{"bulk-hold": "900", "bulk-sets": "2"}))
    assert values(page, "sets") == ["1"]
    assert "A whole number from 1 to 600." in page.content.decode()


# --- Moving


def test_a_row_is_moved_to_any_place_and_that_is_said(world: World, send: Callable[..., Any]) -> None:
    calf = make_exercise("Calf stretch")
    rows = (row(world.hamstring), row(world.knee_to_chest), row(calf))
    first_last = send(form(*rows, do="move:0:2"))
    assert rows_of(first_last) == ["Knee to chest", "Calf stretch", "Lying hamstring stretch"]
    assert "Lying hamstring stretch is now number 3 of 3." in first_last.content.decode()
    for nonsense in ("move:0:3", "move:9:0", "move:x", "move:0"):
        page = send(form(*rows, do=nonsense))
        assert rows_of(page) == ["Lying hamstring stretch", "Knee to chest", "Calf stretch"]
        assert "is now number" not in page.content.decode()


# --- Searching and figures


def test_a_search_may_be_narrowed_to_a_region(world: World, send: Callable[..., Any]) -> None:
    Revision.objects.filter(name="Knee to chest").update(regions=["hip_gluteal"])
    found = send(form(do="look", find_region="hip_gluteal")).context["found"]
    assert [revision.name for revision in found] == ["Knee to chest"]


def test_each_stretch_says_how_long_it_is_held(world: World, send: Callable[..., Any]) -> None:
    page = send(form(row(world.hamstring, hold=40, sets=2), do="look")).content.decode()
    assert "2 min 40 s held" in page


# --- As the patient sees it


def test_the_plan_is_shown_as_its_patient_would_see_it(world: World, send: Callable[..., Any]) -> None:
    data = form(row(world.hamstring, hold=45, note="Towel"), row(world.knee_to_chest, hold="x"))
    page = send(data | {"note": "Slowly"}, "as_patient").content.decode()
    for words in (
        "For the evening",
        "Mon, Wed, Fri, once a day",
        "45 s, each side",
        "Towel",
        "From Holdwell Practice:",
        "Draw one knee in.",
        "<svg",
    ):
        assert words in page
    assert not Prescription.objects.filter(patient=world.quinn).exists()


# --- Keeping a routine


def test_what_is_built_is_kept_as_a_routine_of_the_clinic(world: World, send: Callable[..., Any]) -> None:
    data = form(row(world.hamstring, hold=45, note="Towel"), do="routine", **{"routine-name": "Mornings"})
    page = send(data)
    assert page.status_code == 200
    assert "Kept as a routine of the clinic: Mornings." in page.content.decode()
    routine = Routine.objects.get(published__name="Mornings")
    assert (routine.clinic, routine.published.edited_by) == (world.clinic, world.clinician)
    assert routine.published.schedule == {"mode": "fixed", "weekdays": [0, 2, 4], "times_per_day": 1}
    assert [(i.exercise, i.hold, i.note) for i in routine.published.items.all()] == [
        (world.hamstring, 45, "Towel")
    ]
    assert rows_of(page) == ["Lying hamstring stretch"]
    assert not world.quinn.prescriptions.exists()
    assert send(data).status_code == 422  # the name is taken
    assert Routine.objects.filter(clinic=world.clinic).count() == 1


def test_a_routine_without_a_name_or_with_mistakes_is_not_kept(
    world: World, send: Callable[..., Any]
) -> None:
    assert "Give the routine a name." in send(form(row(world.hamstring), do="routine")).content.decode()
    wrong = form(row(world.hamstring, hold=0), do="routine", **{"routine-name": "Mornings"})
    assert send(wrong).status_code == 422
    Exercise.objects.filter(pk=world.hamstring.pk).update(published=None)
    assert not Routine.objects.filter(clinic=world.clinic).exists()


# --- What an amendment changes


def test_an_amendment_says_what_it_changes_before_it_is_made(world: World, clinician: Client) -> None:
    address = reverse("desk:amend", args=[world.prescription.pk])
    data = form(row(world.hamstring, hold=45), do="check", expected="1", reason="Shorter", weekdays=["0"])
    page = clinician.post(address, data)
    shown = page.content.decode()
    assert page.status_code == 200
    assert "Knee to chest was removed." in shown
    assert "Schedule: every day, once a day → Mon, once a day." in shown
    assert "Due no longer on" in shown
    assert 'value="Shorter"' in shown
    assert world.prescription.revisions.count() == 1
    assert clinician.post(address, data | {"expected": "0"}).status_code == 409
