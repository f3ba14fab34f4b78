"""Where many patients stand, as the roster shows it: docs/rules.md 4 over real rows."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patients import prescribing, standings
from patients.adherence import Band
from patients.models import Patient
from tests.world import World, make_patient, make_prescription, make_session

NOW = dt.datetime(2026, 11, 19, 3, 30, tzinfo=dt.UTC)  # Thursday, 09:15 in Kathmandu
TODAY = dt.date(2026, 11, 19)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def days_ago(*days: int) -> list[dt.date]:
    return [TODAY - dt.timedelta(days=n) for n in days]


def queries(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def test_a_patient_without_a_prescription_has_nothing_due_and_no_percentage(world: World) -> None:
    standing = standings.of_patients([world.quinn])[world.quinn.pk]
    assert (standing.adherence.due, standing.adherence.adherence, standing.band) == (0, None, Band.NEW)
    assert len(standing.strip) == 14


def test_the_standing_of_one_and_of_many_patients_takes_the_same_number_of_queries(world: World) -> None:
    def standing_of(patients: list[Patient]) -> Callable[[], object]:
        return lambda: standings.of_patients(patients)

    one = queries(standing_of([world.pat]))
    crowd = [make_patient(world.clinic, f"p{n}", world.clinician) for n in range(5)]
    for patient in crowd:
        prescription = make_prescription(
            patient, world.clinician, [world.knee_to_chest], starts_on=TODAY - dt.timedelta(days=20)
        )
        make_session(prescription, TODAY - dt.timedelta(days=1))
    assert queries(standing_of([world.pat, *crowd])) == one == 3


def test_the_last_session_is_known_however_long_ago_it_was(world: World) -> None:
    long_ago = TODAY - dt.timedelta(days=90)
    world.prescription.starts_on = long_ago
    make_session(world.prescription, long_ago)
    assert standings.of_patients([world.pat])[world.pat.pk].last_session == long_ago


def test_the_pain_trend_compares_the_later_half_with_the_earlier(world: World) -> None:
    for day, pain in zip(days_ago(5, 4, 3, 2), (7, 6, 3, 2), strict=True):
        session = make_session(world.prescription, day)
        session.pain_after = pain
        session.save()
    assert standings.of_patients([world.pat])[world.pat.pk].pain_trend == -4


def test_what_is_due_next_is_today_until_it_is_done(world: World) -> None:
    def next_due() -> dt.date | None:
        return standings.of_patients([world.pat])[world.pat.pk].next_due

    assert next_due() == TODAY
    make_session(world.prescription, TODAY, done=0)
    assert next_due() == TODAY  # nothing of it was done
    make_session(world.prescription, TODAY, at=dt.time(8))
    assert next_due() == TODAY + dt.timedelta(days=1)
    prescribing.pause(
        world.clinician,
        world.prescription,
        first_day=TODAY + dt.timedelta(days=1),
        last_day=TODAY + dt.timedelta(days=4),
        reason="Away",
    )
    assert next_due() == TODAY + dt.timedelta(days=5)
    world.prescription.held_at = NOW
    world.prescription.save()
    assert next_due() is None


def test_a_flexible_plan_that_begins_later_is_due_on_its_first_day(world: World) -> None:
    begins = TODAY + dt.timedelta(days=1)
    make_prescription(
        world.quinn, world.clinician, [world.hamstring], starts_on=begins, mode="flexible", per_week=3
    )
    assert standings.of_patients([world.quinn])[world.quinn.pk].next_due == begins
