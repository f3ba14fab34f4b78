"""docs/rules.md 6: the daily look for silence, missed sessions and low adherence."""

import datetime as dt
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from patients import alerts, bands, sessions, tasks, watching
from patients.models import Alert, DailyLook, Finding, Patient, Prescription
from patients.models.alerts import AlertState, Level, Rule
from tests.patients.caring import log_session, make_patients, raise_alert
from tests.world import ZONE, World, make_session

DAY = dt.timedelta(days=1)
TODAY = dt.date(2026, 11, 19)  # a Thursday


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Noon in Kathmandu; the prescription of the cast began three weeks before, on 29 October."""
    with time_machine.travel(at("12:00"), tick=False) as clock:
        yield clock


def at(time: str, day: dt.date = TODAY, zone: str = ZONE) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(time), tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)


def done(world: World, *ago: int) -> None:
    """Sessions in full, so many days ago."""
    for days in ago:
        make_session(world.prescription, TODAY - days * DAY)


def found(patient: Patient) -> set[str]:
    return set(alerts.unresolved(patient).values_list("rule", flat=True))


def look(world: World) -> int:
    return watching.look(world.clinic, timezone.now())


# --- The rules


def test_three_due_missed_in_a_row_are_a_low_alert(world: World) -> None:
    done(world, *range(4, 22))
    look(world)
    alert = world.pat.alerts.get()
    assert (alert.rule, alert.level) == (Rule.MISSED, Level.LOW)
    finding = alert.findings.get()
    assert (finding.first_day, finding.last_day) == (TODAY - 3 * DAY, TODAY - DAY)
    assert finding.figures == {"missed": 3}


def test_two_are_none(world: World) -> None:
    done(world, *range(3, 22))
    look(world)
    assert not found(world.pat)


def test_adherence_under_50_percent_over_14_days_is_a_low_alert(world: World) -> None:
    done(world, 1, 4, 7, 10, 13, *range(15, 22))
    look(world)
    assert found(world.pat) == {Rule.LOW_ADHERENCE}
    assert world.pat.alerts.get().findings.get().figures == {"percent": 36, "credit": 5.0, "due": 14}


def test_no_session_for_14_days_is_a_high_alert(world: World) -> None:
    done(world, *range(15, 22))
    look(world)
    silence = world.pat.alerts.get(rule=Rule.SILENCE)
    assert (silence.level, silence.findings.get().first_day) == (Level.HIGH, TODAY - 14 * DAY)


def test_of_a_patient_whose_prescription_is_held_nothing_is_expected(world: World) -> None:
    Prescription.objects.update(held_at=timezone.now())
    assert look(world) == 0


def test_a_pause_is_no_silence_and_nothing_missed(world: World) -> None:
    done(world, *range(15, 22))
    prescription = world.prescription
    prescription.pauses.create(first_day=TODAY - 14 * DAY, last_day=TODAY + DAY, created_by=world.clinician)
    assert look(world) == 0


def test_a_flexible_week_with_nothing_kept_is_missed(world: World) -> None:
    world.prescription.revisions.update(mode="flexible", per_week=3, weekdays=[], times_per_day=None)
    done(world, *[(TODAY - dt.date(2026, 11, day)).days for day in (3, 4, 5)])
    look(world)
    assert found(world.pat) == {Rule.MISSED}


# --- Once


def test_looking_again_and_again_finds_the_same_facts_once(
    world: World, clock: time_machine.Traveller
) -> None:
    done(world, *range(4, 22))
    for _turn in range(3):
        look(world)
    clock.shift(DAY)
    look(world)
    alert = world.pat.alerts.get(rule=Rule.MISSED)
    assert (alert.occurrences, alert.findings.count()) == (1, 1), "the same run, a day longer"


def test_what_somebody_resolved_is_not_opened_by_the_same_run(
    world: World, clock: time_machine.Traveller
) -> None:
    done(world, *range(4, 22))
    look(world)
    alerts.resolve(world.clinician, world.pat.alerts.get(), note="Moving house this week")
    for _day in range(4):
        clock.shift(DAY)
        look(world)
    assert Rule.MISSED not in found(world.pat)


def test_a_new_run_after_that_is_told(world: World, clock: time_machine.Traveller) -> None:
    done(world, *range(4, 22))
    look(world)
    alerts.resolve(world.clinician, world.pat.alerts.get(), note="Moving house this week")
    log_session(world.prescription)
    clock.shift(4 * DAY)
    look(world)
    assert world.pat.alerts.filter(rule=Rule.MISSED).count() == 2


def test_a_new_run_is_added_to_the_alert_that_is_open(world: World, clock: time_machine.Traveller) -> None:
    done(world, *range(4, 22))
    look(world)
    log_session(world.prescription)
    clock.shift(4 * DAY)
    look(world)
    alert = world.pat.alerts.get(rule=Rule.MISSED)
    assert (alert.occurrences, alert.state) == (2, AlertState.OPEN)


def test_low_adherence_is_told_again_only_of_fourteen_other_days(
    world: World, clock: time_machine.Traveller
) -> None:
    done(world, 1, 4, 7, 10, 13, *range(15, 22))
    look(world)
    alerts.resolve(world.clinician, world.pat.alerts.get(), note="Fewer days from now on")
    for day in range(1, 15):
        clock.move_to(at("12:00", TODAY + day * DAY))
        if day % 3 == 0:
            log_session(world.prescription)
        look(world)
        told_again = Rule.LOW_ADHERENCE in found(world.pat)
        assert told_again is (day == 14)


def test_a_silence_that_was_ended_by_mistake_is_found_again(
    world: World, clock: time_machine.Traveller
) -> None:
    done(world, *range(16, 22))
    look(world)
    session = log_session(world.prescription)
    assert Rule.SILENCE not in found(world.pat)
    sessions.void(world.clinician, session, reason="Wrong person")
    look(world)
    assert Rule.SILENCE in found(world.pat)
    assert Finding.objects.filter(rule=Rule.SILENCE).count() == 1


# --- When


def test_each_clinic_is_looked_at_on_its_own_morning_once_a_day(
    world: World, clock: time_machine.Traveller
) -> None:
    watching.look_due(timezone.now())
    days = dict(DailyLook.objects.values_list("clinic", "day"))
    # It is noon in Kathmandu and 02:45 in Newfoundland.
    assert days == {world.clinic.pk: TODAY, world.far_clinic.pk: TODAY - DAY}
    assert watching.look_due(timezone.now()) == 0
    clock.move_to(at("04:59", TODAY, "America/St_Johns"))
    assert watching.look_due(timezone.now()) == 0
    clock.move_to(at("05:00", TODAY, "America/St_Johns"))
    assert watching.look_due(timezone.now()) == 1


@pytest.mark.parametrize("day", [dt.date(2026, 3, 29), dt.date(2026, 10, 25)])
def test_a_day_on_which_the_clocks_change_has_one_morning(world: World, day: dt.date) -> None:
    world.clinic.time_zone = ZoneInfo("Europe/Berlin")
    five = at("05:00", day, "Europe/Berlin")
    hours = [five + dt.timedelta(hours=n) for n in range(-30, 30)]
    assert sum(watching.day_of(world.clinic, hour) == day for hour in hours) == 24


def test_a_clock_that_ran_ahead_does_not_stop_the_look(world: World) -> None:
    watching.look_due(timezone.now() + 400 * DAY)
    assert watching.look_due(timezone.now()) == 2


def test_one_clinic_s_trouble_leaves_the_others_alone(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = watching.look

    def broken(clinic: object, now: dt.datetime) -> int:
        if clinic == world.far_clinic:
            raise RuntimeError("no facts")
        return real(world.clinic, now)

    monkeypatch.setattr(watching, "look", broken)
    assert watching.look_due(timezone.now()) == 1
    assert not DailyLook.objects.filter(clinic=world.far_clinic).exists()
    assert "was not looked at" in caplog.text


def test_the_tick_looks(world: World) -> None:
    done(world, *range(4, 22))
    tasks.look_at_clinics()
    assert found(world.pat) == {Rule.MISSED}


# --- However many


def test_fifty_patients_take_as_many_queries_as_one(world: World) -> None:
    done(world, *range(1, 22))
    with CaptureQueriesContext(connection) as one:
        look(world)
    for patient in make_patients(world, 50):
        for ago in range(1, 8):
            make_session(patient.prescriptions.get(), TODAY - ago * DAY)
    with CaptureQueriesContext(connection) as many:
        look(world)
    assert len(many) <= len(one) <= 7
    assert not Alert.objects.exists()


def test_a_session_that_arrives_during_the_look_is_looked_at(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All facts of a clinic are read at first; what came in since is read again before anybody is told."""
    done(world, *range(15, 22))
    real = bands.facts_of

    def meanwhile(*asked: Any) -> Any:
        facts = real(*asked)
        monkeypatch.undo()
        for ago in range(1, 8):
            make_session(world.prescription, TODAY - ago * DAY)
        return facts

    monkeypatch.setattr(bands, "facts_of", meanwhile)
    assert look(world) == 0
    assert not found(world.pat)


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_find_the_same_facts_once(world: World) -> None:
    patients = [world.pat, *make_patients(world, 3)]
    now = timezone.now()

    start = threading.Barrier(2)

    def worker(_number: int) -> int:
        start.wait()
        try:
            return watching.look(world.clinic, now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as workers:
        raised = sum(workers.map(worker, range(2)))
    assert raised == Alert.objects.count() == Finding.objects.count() > len(patients)
    assert set(Alert.objects.values_list("occurrences", flat=True)) == {1}


@pytest.mark.django_db(transaction=True)
def test_two_sessions_at_once_raise_one_alert(world: World) -> None:
    start = threading.Barrier(2)

    def worker(_number: int) -> None:
        start.wait()
        try:
            raise_alert(world.pat, Rule.PAIN_HIGH, timezone.now())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as workers:
        list(workers.map(worker, range(2)))
    assert Alert.objects.get().occurrences == 2
