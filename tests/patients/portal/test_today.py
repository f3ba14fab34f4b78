"""The patient's day: due, done, rest, paused, held, over, nothing prescribed."""

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from patients import alerts, prescribing
from patients.models import Patient, Session
from patients.models.alerts import SafetyQuestion
from patients.models.people import PatientState
from tests.patients.portal.conftest import NOW, TODAY
from tests.world import World, make_patient, make_prescription

SignIn = Callable[[Any], Client]
DAY = dt.timedelta(days=1)
NO_TO_ALL = dict.fromkeys(SafetyQuestion.values, False)


def words(client: Client) -> str:
    response = client.get(reverse("portal:today"))
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def do(world: World, prescription: Any = None, *, at: dt.datetime = NOW, performed: int = 4) -> Session:
    prescription = prescription or world.prescription
    revision = prescription.revisions.get(number=1)
    patient = prescription.patient
    return Session.objects.create(
        patient=patient,
        prescription=prescription,
        revision=revision,
        source="player",
        started_at=at,
        local_date=patient.local_date(at),
        zone=str(patient.time_zone),
        recorded_by=patient.user,
        performed_sets=performed,
        prescribed_sets=4,
        digest="",
    )


def test_what_is_due_has_one_main_act_and_says_how_long_it_takes(world: World, signed_in: SignIn) -> None:
    text = words(signed_in(world.patient))
    assert "Thursday, 19 November" in text
    assert "Due today." in text
    assert "About 3 min." in text
    assert text.count("btn-primary") == 1
    assert reverse("portal:session", args=[world.prescription.pk]) in text
    assert "Knee to chest" in text
    assert "30 s, each side" in text


@pytest.mark.parametrize(
    ("language", "start"), [("en", "Start"), ("de", "Starten"), ("es", "Empezar"), ("ar", "ابدأ")]
)
def test_the_button_that_starts_asks_to_start_and_does_not_name_a_beginning(
    world: World, signed_in: SignIn, language: str, start: str
) -> None:
    client = signed_in(world.patient)
    client.post(reverse("set_language"), {"language": language})
    assert re.search(rf"</svg>\s*{start}\s*</a>", words(client))
    player = client.get(reverse("portal:session", args=[world.prescription.pk])).content.decode()
    assert f'"start": {json.dumps(start)}' in player


def test_a_done_day_says_so_and_when_the_next_one_is(world: World, signed_in: SignIn) -> None:
    session = do(world)
    text = words(signed_in(world.patient))
    assert "Done for today." in text
    assert "Next: tomorrow at 09:00." in text
    assert "Session at 09:15" in text
    assert "4 of 4 sets done" in text
    assert reverse("portal:done", args=[session.pk]) in text
    assert 'class="hw-thumb"' not in text  # nothing is due, so nothing presses
    assert "Do it all the same" in text


def test_a_session_done_in_part_is_called_so(world: World, signed_in: SignIn) -> None:
    do(world, performed=1)
    assert "Done in part for today." in words(signed_in(world.patient))


def test_no_reminder_time_is_named_to_somebody_who_wants_none(world: World, signed_in: SignIn) -> None:
    do(world)
    world.pat.reminder_preference.off = ["session_due"]
    world.pat.reminder_preference.save()
    assert "Next: tomorrow." in words(signed_in(world.patient))


def test_a_day_with_two_sessions_counts_them(world: World, signed_in: SignIn) -> None:
    world.prescription.revisions.update(times_per_day=2)
    do(world)
    text = words(signed_in(world.patient))
    assert "<strong>1 of 2</strong> done today." in text
    assert "Start" in text


def test_a_flexible_week_counts_the_week(world: World, signed_in: SignIn) -> None:
    world.prescription.revisions.update(mode="flexible", weekdays=[], times_per_day=None, per_week=3)
    do(world, at=NOW - dt.timedelta(days=2))
    do(world, at=NOW - dt.timedelta(days=8))  # last week's does not count for this one
    assert "<strong>1 of 3</strong> this week, on any days." in words(signed_in(world.patient))


def test_a_finished_flexible_week_waits_for_monday(world: World, signed_in: SignIn) -> None:
    world.prescription.revisions.update(mode="flexible", weekdays=[], times_per_day=None, per_week=1)
    do(world, at=NOW - dt.timedelta(days=2))
    text = words(signed_in(world.patient))
    assert "Done for this week: 1 of 1." in text
    assert "Next: Monday, 23 November" in text


def test_the_week_is_told_day_by_day_with_what_is_still_to_come(world: World, signed_in: SignIn) -> None:
    for days in (1, 3):
        do(world, at=NOW - dt.timedelta(days=days))
    text = words(signed_in(world.patient))
    # Tuesday was not done, and nothing is said of it but its mark.
    assert "2 of 7 done this week, 4 still to come." in text
    assert "Tuesday: not done" in text
    assert "Wednesday: done" in text
    assert "Friday: open" in text


def test_a_week_with_a_pause_asks_for_less_and_says_so(world: World, signed_in: SignIn) -> None:
    prescribing.pause(
        world.clinician, world.prescription, first_day=TODAY + DAY, last_day=TODAY + dt.timedelta(days=30)
    )
    text = words(signed_in(world.patient))
    assert "0 of 4 done this week, 1 still to come. Because of the pause it is 4 instead of 7." in text
    assert "Saturday: paused" in text


def test_on_a_day_of_rest_nothing_is_due(world: World, signed_in: SignIn) -> None:
    world.prescription.revisions.update(weekdays=[0])
    text = words(signed_in(world.patient))
    assert "Nothing is due today." in text
    assert "Next: Monday, 23 November, at 09:00." in text


def test_a_pause_says_until_when(world: World, signed_in: SignIn) -> None:
    prescribing.pause(
        world.clinician, world.prescription, first_day=TODAY, last_day=TODAY + dt.timedelta(days=3)
    )
    text = words(signed_in(world.patient))
    assert "Paused until Sunday, 22 November: nothing is due." in text
    assert "Next: Monday, 23 November" in text


def test_a_held_plan_says_whom_to_call_and_shows_no_stretch(world: World, signed_in: SignIn) -> None:
    world.clinic.phone = "+49 30 1234"
    world.clinic.save()
    alerts.answer_safety(world.patient, world.pat, NO_TO_ALL | {"fever_unwell": True})
    text = words(signed_in(world.patient))
    assert "Your plan waits for your clinic" in text
    assert 'href="tel:+49301234"' in text
    assert "Knee to chest" not in text
    assert "btn-primary" not in text


def test_before_its_first_day_a_plan_says_when_it_begins(world: World, signed_in: SignIn) -> None:
    make_prescription(world.quinn, world.clinician, [world.hamstring], starts_on=TODAY + dt.timedelta(days=4))
    assert "Your plan begins on Monday, 23 November" in words(signed_in(world.quinn.user))


def test_after_its_last_day_a_plan_says_that_it_ended(world: World, signed_in: SignIn) -> None:
    world.prescription.ends_on = TODAY - dt.timedelta(days=1)
    world.prescription.save()
    assert "Your plan ended on 18 November" in words(signed_in(world.patient))


def test_nothing_prescribed_yet_is_said_kindly(world: World, signed_in: SignIn) -> None:
    assert "Nothing is prescribed yet" in words(signed_in(world.quinn.user))


def test_a_discharged_patient_finds_no_session(world: World, signed_in: SignIn) -> None:
    Patient.objects.filter(pk=world.pat.pk).update(state=PatientState.DISCHARGED)
    text = words(signed_in(world.patient))
    assert "Your care here has ended" in text
    assert reverse("portal:session", args=[world.prescription.pk]) not in text


def test_of_several_plans_what_is_due_comes_first(world: World, signed_in: SignIn) -> None:
    do(world)
    second = make_prescription(world.pat, world.clinician, [world.hamstring], starts_on=TODAY)
    second.name = "Morning stretch"
    second.save()
    text = words(signed_in(world.patient))
    assert text.index("Morning stretch") < text.index("Six stretches")
    assert reverse("portal:session", args=[second.pk]) in text[text.index("hw-thumb") :]


def test_a_patient_of_two_clinics_sees_both(world: World, signed_in: SignIn) -> None:
    other = make_patient(world.far_clinic, "pat2", world.stranger_clinician, zone="Pacific/Honolulu")
    other.user = world.patient
    other.save()
    make_prescription(
        other, world.stranger_clinician, [world.hamstring], starts_on=TODAY - dt.timedelta(days=3)
    )
    text = words(signed_in(world.patient))
    # Each under its clinic's name and with its own date: it is still Wednesday in Honolulu.
    far, near = text.split('<h2 class="portal-clinic">Far Clinic</h2>')[1].split(
        '<h2 class="portal-clinic">Holdwell Practice</h2>'
    )
    assert "Wednesday, 18 November" in far
    assert "Thursday, 19 November" in near
    assert f'href="{reverse("portal:plan")}?patient={other.pk}"' in far
    assert f'href="{reverse("portal:plan")}?patient={world.pat.pk}"' in near


def test_today_is_the_patients_own_date(world: World, signed_in: SignIn) -> None:
    with time_machine.travel(dt.datetime(2026, 11, 19, 18, 30, tzinfo=dt.UTC), tick=False):  # 00:15 there
        assert "Friday, 20 November" in words(signed_in(world.patient))


def test_somebody_who_is_nobodys_patient_is_told_so(world: World, signed_in: SignIn) -> None:
    assert signed_in(world.clinician).get(reverse("portal:today")).status_code == 403


@pytest.mark.parametrize("plans", [1, 4])
def test_the_number_of_queries_does_not_grow_with_the_plans(
    world: World, signed_in: SignIn, plans: int, django_assert_num_queries: Any
) -> None:
    for _ in range(plans - 1):
        make_prescription(world.pat, world.clinician, [world.knee_to_chest, world.hamstring], starts_on=TODAY)
    do(world)
    client = signed_in(world.patient)
    with django_assert_num_queries(7):
        client.get(reverse("portal:today"))
