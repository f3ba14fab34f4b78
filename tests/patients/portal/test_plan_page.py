"""The plan: what, when, until when, how it goes, and what was changed."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from patients import alerts, people, prescribing
from patients.lines import lines_of
from patients.models import Patient, PrescriptionRevision
from patients.schedule import Fixed
from tests.patients.portal.conftest import TODAY
from tests.patients.portal.phone import NO_TO_ALL
from tests.world import World, make_patient, make_prescription

SignIn = Callable[[Any], Client]
DAY = dt.timedelta(days=1)


def words(client: Client, **query: str) -> str:
    response = client.get(reverse("portal:plan"), query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def days(text: str) -> list[tuple[str, str]]:
    return re.findall(r'plan-day">([^<]+)</span> <span class="hw-quiet">([^<]+)</span>', text)


def test_the_coming_two_weeks_stand_with_their_times(world: World, signed_in: SignIn) -> None:
    world.prescription.revisions.update(weekdays=[0, 3], times_per_day=2)
    people.change_preferences(world.patient, world.pat, times=["07:30", "18:00"])
    found = days(words(signed_in(world.patient)))
    assert len(found) == 14
    assert found[0] == ("Thu 19 Nov", "2 times due, 07:30, 18:00")
    assert found[1] == ("Fri 20 Nov", "nothing due")
    assert found[-1][0] == "Wed 2 Dec"


def test_whoever_wants_no_reminders_reads_no_times(world: World, signed_in: SignIn) -> None:
    people.change_preferences(world.patient, world.pat, off=["session_due"])
    assert days(words(signed_in(world.patient)))[0] == ("Thu 19 Nov", "due")


def test_pauses_and_the_end_are_told(world: World, signed_in: SignIn) -> None:
    prescribing.pause(world.clinician, world.prescription, first_day=TODAY + DAY, last_day=TODAY + 2 * DAY)
    world.prescription.ends_on = TODAY + 4 * DAY
    world.prescription.save()
    text = words(signed_in(world.patient))
    assert "Monday, 23 November 2026" in text
    assert "Fri 20 Nov – Sat 21 Nov" in text
    assert [said for _day, said in days(text)] == [
        "due, 09:00",
        "paused",
        "paused",
        "due, 09:00",
        "due, 09:00",
    ]


def test_a_flexible_plan_tells_each_weeks_number(world: World, signed_in: SignIn) -> None:
    world.prescription.revisions.update(mode="flexible", weekdays=[], times_per_day=None, per_week=3)
    text = words(signed_in(world.patient))
    assert "In the week of 23 November: 3 sessions." in text
    assert days(text)[0] == ("Thu 19 Nov", "any day")


def test_each_stretch_stands_with_figure_dosage_and_steps(world: World, signed_in: SignIn) -> None:
    text = words(signed_in(world.patient))
    for part in ("Knee to chest", "30 s, each side", "Draw one knee in.", "Hold behind the thigh.", "<svg"):
        assert part in text
    assert reverse("portal:handout", args=[world.prescription.pk]) in text


def test_the_last_amendment_is_told_in_sentences(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.patient)
    assert "Changed on" not in words(client)
    latest = PrescriptionRevision.objects.get(prescription=world.prescription)
    prescribing.amend(
        world.clinician,
        world.prescription,
        lines=lines_of(latest)[:1],
        schedule=Fixed(frozenset({0, 2, 4}), 1),
        reason="A colleague's reason",
        expected=1,
    )
    text = words(client)
    assert "Changed on Thursday, 19 November" in text
    assert "Lying hamstring stretch was removed." in text
    assert "Schedule: every day, once a day → Mon, Wed, Fri, once a day." in text
    assert "colleague" not in text
    assert "note to the patient" not in text


def test_a_held_plan_shows_no_stretch(world: World, signed_in: SignIn) -> None:
    alerts.answer_safety(world.patient, world.pat, NO_TO_ALL | {"fever_unwell": True})
    text = words(signed_in(world.patient))
    assert "Your plan waits for your clinic" in text
    assert "Knee to chest" not in text


def test_one_that_is_to_come_says_when_it_begins(world: World, signed_in: SignIn) -> None:
    make_prescription(world.quinn, world.clinician, [world.hamstring], starts_on=TODAY + 4 * DAY)
    text = words(signed_in(world.quinn.user))
    assert "The first two weeks" in text
    assert days(text)[0] == ("Mon 23 Nov", "due, 09:00")


def test_without_a_plan_the_page_says_why(world: World, signed_in: SignIn) -> None:
    assert "Nothing is prescribed yet" in words(signed_in(world.quinn.user))


def test_a_patient_of_two_clinics_has_a_plan_in_each(world: World, signed_in: SignIn) -> None:
    other = make_patient(world.far_clinic, "pat2", world.stranger_clinician, zone="America/St_Johns")
    Patient.objects.filter(pk=other.pk).update(user=world.patient)
    client = signed_in(world.patient)
    assert 'aria-current="page">Far Clinic' in words(client)
    assert "Six stretches" in words(client, patient=str(world.pat.pk))
    assert client.get(reverse("portal:plan"), {"patient": str(world.quinn.pk)}).status_code == 404


@pytest.mark.parametrize("plans", [1, 4])
def test_the_number_of_queries_does_not_grow_with_the_plans(
    world: World, signed_in: SignIn, plans: int, django_assert_num_queries: Any
) -> None:
    for _ in range(plans - 1):
        make_prescription(world.pat, world.clinician, [world.knee_to_chest, world.hamstring], starts_on=TODAY)
    client = signed_in(world.patient)
    with django_assert_num_queries(18):
        words(client)
