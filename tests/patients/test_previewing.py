"""docs/rules.md 3 and 7: an act can be tried; what it would change is said, and nothing of it stays."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from clinic.models import AuditEvent
from patients import people, prescribing, previewing, wording
from patients.models import Pause, PrescriptionAct
from patients.models.reminders import Kind
from patients.previewing import Preview
from tests.patients.desk.conftest import NOW, TODAY
from tests.world import World, make_prescription, make_session

DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def tried(world: World) -> Callable[..., Preview]:
    def look(verb: Callable[..., object], **asked: Any) -> Preview:
        return previewing.preview(
            world.prescription, lambda: verb(world.clinician, world.prescription, **asked)
        )

    return look


def test_a_pause_takes_its_days_and_their_reminders(tried: Callable[..., Preview]) -> None:
    found = tried(prescribing.pause, first_day=TODAY + DAY, last_day=TODAY + 5 * DAY)
    assert found.no_longer == [TODAY + ahead * DAY for ahead in range(1, 6)]
    assert (found.newly, found.weeks) == ([], [])
    assert [day.date for day in found.after if day.paused] == found.no_longer
    assert (found.reminders_gone, found.reminders_new) == (5, 0)
    assert found.told_at == NOW + dt.timedelta(minutes=10)
    assert wording.preview(found) == [
        "Due no longer on 5 days: from Fri 20 Nov to Tue 24 Nov.",
        "5 reminders of the next 14 days are not sent.",
    ]


def test_a_stop_goes_as_far_as_one_looks(tried: Callable[..., Preview], world: World) -> None:
    make_session(world.prescription, TODAY, at=dt.time(8))
    found = tried(prescribing.stop, reason="Goal reached")
    assert found.no_longer[0] == TODAY + DAY
    assert wording.preview(found)[0].startswith("Due no longer on 83 days: from Fri 20 Nov on, counted to")


def test_what_is_resumed_or_extended_is_newly_due(tried: Callable[..., Preview], world: World) -> None:
    prescribing.stop(world.clinician, world.prescription, reason="By mistake")
    found = tried(prescribing.resume, reason="By mistake")
    assert found.newly[0] == TODAY
    assert found.reminders_new == 13  # that of today 09:00 is past
    prescribing.resume(world.clinician, world.prescription, reason="By mistake")
    prescribing.extend(world.clinician, world.prescription, ends_on=TODAY + 2 * DAY)
    found = tried(prescribing.extend, ends_on=TODAY + 4 * DAY)
    assert wording.preview(found)[0] == "Newly due on 2 days: Sun 22 Nov, Mon 23 Nov."


def test_under_a_flexible_schedule_the_weeks_are_told(world: World) -> None:
    flexible = make_prescription(
        world.quinn,
        world.clinician,
        [world.hamstring],
        starts_on=TODAY - 10 * DAY,
        mode="flexible",
        per_week=3,
    )
    found = previewing.preview(
        flexible,
        lambda: prescribing.pause(
            world.clinician, flexible, first_day=TODAY + 4 * DAY, last_day=TODAY + 7 * DAY
        ),
    )
    assert found.no_longer == []
    assert wording.preview(found)[0] == "Week of Mon 23 Nov: 3 → 1 sessions."


def test_whoever_switched_the_notice_off_is_not_told(tried: Callable[..., Preview], world: World) -> None:
    people.change_preferences(None, world.pat, off=[Kind.PRESCRIPTION_CHANGED])
    assert tried(prescribing.extend, ends_on=None).told_at is None


def test_nothing_of_a_try_stays(tried: Callable[..., Preview], world: World) -> None:
    entries = AuditEvent.objects.count()
    tried(prescribing.stop, reason="Goal reached")
    with pytest.raises(ValidationError):
        tried(prescribing.stop, reason="")
    assert world.prescription.stopped_from is None
    world.prescription.refresh_from_db()
    assert world.prescription.stopped_from is None
    assert AuditEvent.objects.count() == entries
    assert not PrescriptionAct.objects.exists()


# --- The pages


@pytest.mark.parametrize("name", ["pause", "extend", "stop", "resume", "end_pause"])
def test_each_page_of_an_act_says_what_changes(world: World, client: Client, name: str) -> None:
    subject: Any = world.prescription
    if name == "resume":
        prescribing.stop(world.clinician, world.prescription, reason="By mistake")
    if name == "end_pause":
        subject = prescribing.pause(
            world.clinician, world.prescription, first_day=TODAY, last_day=TODAY + 6 * DAY
        )
    client.force_login(world.clinician)
    page = client.get(reverse(f"desk:{name}", args=[subject.pk])).content.decode()
    words = {"extend": "No day changes.", "pause": "Due no longer on 7 days", "stop": "Due no longer on 84"}
    assert words.get(name, "Newly due on") in page
    assert Pause.objects.count() == (name == "end_pause")


def test_a_script_is_answered_with_the_preview_alone(world: World, client: Client) -> None:
    client.force_login(world.assistant)
    address = reverse("desk:pause", args=[world.prescription.pk])
    typed = {"do": "look", "first_day": TODAY, "last_day": TODAY + DAY, "reason": ""}
    part = client.post(address, typed, headers={"HX-Request": "true"})
    assert "<html" not in part.content.decode()
    assert "Due no longer on 2 days: Thu 19 Nov, Fri 20 Nov." in part.content.decode()
    # Without scripts the whole page comes back, with what was typed.
    page = client.post(address, typed | {"reason": "Holiday"}).content.decode()
    assert "Due no longer on 2 days" in page
    assert 'value="Holiday"' in page
    wrong = client.post(address, typed | {"first_day": TODAY - DAY}, headers={"HX-Request": "true"})
    assert "A pause starts today or later" in wrong.content.decode()
    assert not Pause.objects.exists()


# --- The API


@pytest.mark.parametrize("act", ["pauses", "extend", "stop", "revisions", "resume", "end_pause"])
def test_the_api_tries_every_act(world: World, client: Client, act: str) -> None:
    client.force_login(world.clinician)
    bodies: dict[str, dict[str, Any]] = {
        "pauses": {"first_day": str(TODAY), "last_day": str(TODAY)},
        "extend": {"ends_on": str(TODAY + 9 * DAY)},
        "stop": {"reason": "Goal reached"},
        "resume": {"reason": "By mistake"},
        "end_pause": {"last_day": str(TODAY - DAY)},
        "revisions": {
            "expected": 1,
            "items": [{"exercise": str(world.hamstring.pk)}],
            "schedule": {"mode": "fixed", "weekdays": [0], "times_per_day": 1},
        },
    }
    if act == "resume":
        prescribing.stop(world.clinician, world.prescription, reason="By mistake")
    address = reverse(f"api:prescription-{act}", args=[world.prescription.pk]) if act != "end_pause" else ""
    if act == "end_pause":
        paused = prescribing.pause(world.clinician, world.prescription, first_day=TODAY, last_day=TODAY + DAY)
        address = reverse("api:prescription-end-pause", args=[world.prescription.pk, paused.pk])
    entries = AuditEvent.objects.count()
    tried = client.post(f"{address}?dry_run=true", bodies[act], content_type="application/json")
    assert tried.status_code == 200
    assert tried.json()["sentences"]
    assert len(tried.json()["after"]) == 14
    assert AuditEvent.objects.count() == entries
    done = client.post(address, bodies[act], content_type="application/json")
    assert done.status_code in (200, 201)
    assert AuditEvent.objects.count() == entries + 1


def test_a_pause_of_another_prescription_is_not_there(world: World, client: Client) -> None:
    other = make_prescription(world.quinn, world.clinician, [world.hamstring], starts_on=TODAY)
    paused = prescribing.pause(world.clinician, other, first_day=TODAY, last_day=TODAY)
    client.force_login(world.clinician)
    address = reverse("api:prescription-end-pause", args=[world.prescription.pk, paused.pk])
    body = {"last_day": str(TODAY)}
    assert client.post(address, body, content_type="application/json").status_code == 404
