"""docs/rules.md 9: a clinic keeps routines of its own."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import AuditEvent
from exercises.dosage import Dosage
from exercises.models import Exercise, Routine
from exercises.routine_content import RoutineLine
from exercises.routines import save_routine
from tests.world import World, make_exercise

WEEKLY = {"mode": "flexible", "per_week": 3}


@pytest.fixture
def save(world: World) -> Callable[..., Routine]:
    def act(**changes: Any) -> Routine:
        asked: dict[str, Any] = {
            "name": "Mornings",
            "lines": [RoutineLine(world.hamstring, Dosage(2, 1, 40, 15, "left"), "Towel")],
            "schedule": WEEKLY,
        }
        return save_routine(world.clinician, world.clinic, **(asked | changes))

    return act


def wrong(act: Callable[[], object]) -> list[str]:
    with pytest.raises(ValidationError) as refused:
        act()
    assert not Routine.objects.filter(published__name="Mornings").exists()
    return list(refused.value.message_dict)


def test_a_routine_is_kept_for_the_clinic_with_its_actor(world: World, save: Callable[..., Routine]) -> None:
    routine = save()
    assert (routine.clinic, routine.slug, routine.published.schedule) == (world.clinic, "mornings", WEEKLY)
    item = routine.published.items.get()
    assert (item.exercise, item.dosage, item.note) == (
        world.hamstring,
        Dosage(2, 1, 40, 15, "left"),
        "Towel",
    )
    assert routine.published.published_at is not None
    entry = AuditEvent.objects.get(verb="routine.saved")
    assert (entry.actor, entry.clinic) == (world.clinician, world.clinic)


def test_a_name_is_taken_once_and_names_in_any_script_get_an_address(save: Callable[..., Routine]) -> None:
    assert save(name="बिहानको").slug == "routine"
    assert save(name="साँझको").slug == "routine-2"
    with pytest.raises(ValidationError) as refused:
        save(name=" बिहानको ")
    assert list(refused.value.message_dict) == ["name"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "M" * 121}, "name"),
        ({"lines": []}, "items"),
        ({"schedule": {}}, "schedule"),
        ({"schedule": {"mode": "fixed", "weekdays": [7], "times_per_day": 1}}, "schedule"),
        ({"schedule": {"mode": "flexible", "per_week": 15}}, "schedule"),
    ],
)
def test_what_is_wrong_is_named(save: Callable[..., Routine], changes: dict[str, Any], field: str) -> None:
    assert wrong(lambda: save(**changes)) == [field]


def test_exercises_of_others_drafts_and_retired_ones_are_refused(
    world: World, save: Callable[..., Routine]
) -> None:
    world.knee_to_chest.retired_at = timezone.now()
    dosage = Dosage(1, 1, 30, 10, "both")
    for exercise in (
        make_exercise("Theirs", clinic=world.far_clinic),
        Exercise.objects.create(slug="draft"),
        world.knee_to_chest,
    ):
        assert wrong(lambda e=exercise: save(lines=[RoutineLine(e, dosage)])) == ["items.0.exercise"]
    too_long = RoutineLine(world.hamstring, Dosage(1, 1, 601, 10, "both"))
    assert wrong(lambda: save(lines=[too_long])) == ["items.0.hold"]


# --- The API


@pytest.mark.parametrize(
    ("who", "status"),
    [("owner", 201), ("clinician", 201), ("assistant", 403), ("viewer", 403), ("stranger_clinician", 400)],
)
def test_those_who_prescribe_keep_routines(world: World, client: Client, who: str, status: int) -> None:
    client.force_login(getattr(world, who))
    body = {
        "clinic": str(world.clinic.pk),
        "name": "Mornings",
        "schedule": WEEKLY,
        "items": [{"exercise": str(world.hamstring.pk), "hold": 45}],
    }
    answer = client.post(reverse("api:routine-list"), body, content_type="application/json")
    assert answer.status_code == status
    assert Routine.objects.filter(clinic=world.clinic, published__name="Mornings").count() == (status == 201)
    if status == 201:
        assert answer.json()["items"][0]["hold"] == 45
        far = Client()
        far.force_login(world.stranger_clinician)
        assert far.get(reverse("api:routine-detail", args=[answer.json()["id"]])).status_code == 404


def test_an_exercise_of_another_clinic_is_unknown(world: World, client: Client) -> None:
    theirs = make_exercise("Theirs", clinic=world.far_clinic)
    client.force_login(world.clinician)
    body = {
        "clinic": str(world.clinic.pk),
        "name": "Mornings",
        "schedule": WEEKLY,
        "items": [{"exercise": str(theirs.pk)}],
    }
    answer = client.post(reverse("api:routine-list"), body, content_type="application/json")
    assert answer.status_code == 400
    assert [e["field"] for e in answer.json()["errors"]] == ["items.0.exercise"]
