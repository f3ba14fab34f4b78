"""What is planned, and what a change does to it (docs/rules.md 7)."""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import management

from clinic.models import OutgoingMail
from patients import people, prescribing, reminders
from patients.lines import lines_of_routine
from patients.models import Patient, Prescription, Reminder
from patients.models.people import PatientState
from patients.models.reminders import Kind, Reason, ReminderState
from patients.reminding.wishes import slot_time
from patients.schedule import Fixed, Flexible
from tests.patients.caring import log_session, make_patients
from tests.patients.reminding import (
    DAY,
    EVERY_DAY,
    PLANNED,
    SENT,
    TODAY,
    clock,
    dropped,
    ends,
    local,
    pat,
    prescribe,
    row,
    subjects,
    sweep,
)
from tests.world import World, make_prescription

__all__ = ["clock", "pat"]


# --- What is planned


def test_a_sweep_plans_today_and_tomorrow_at_the_patients_own_time(pat: Patient) -> None:
    reminders.plan(local("06:00"))
    planned = Reminder.objects.filter(patient=pat).order_by("local_date")
    assert [(r.kind, r.local_date, r.slot, r.due_at) for r in planned] == [
        (Kind.SESSION_DUE, TODAY, 1, local("09:00")),
        (Kind.SESSION_DUE, TODAY + DAY, 1, local("09:00", TODAY + DAY)),
    ]


def test_sweeping_again_plans_nothing_twice(pat: Patient) -> None:
    reminders.plan(local("06:00"))
    again = reminders.plan(local("06:00"))
    assert again.total() == 0
    assert Reminder.objects.filter(patient=pat).count() == 2


def test_a_patient_without_a_prescription_is_left_alone(world: World, pat: Patient) -> None:
    sweep(local("09:00"))
    assert not world.quinn.reminders.exists()


def test_each_slot_of_a_day_has_its_own_time_the_patients_the_clinics_or_a_sensible_one(
    world: World, pat: Patient
) -> None:
    prescribe(world, Fixed(EVERY_DAY, 3))
    reminders.plan(local("06:00"))
    assert [row(pat, slot=slot).due_at for slot in (1, 2, 3)] == [
        local("09:00"),  # Pat's
        local("18:00"),  # the clinic's second
        local("19:00"),  # nobody's
    ]


@pytest.mark.parametrize("slots", range(1, 7))
def test_the_slots_of_a_day_are_in_order_and_never_at_the_same_time(
    world: World, pat: Patient, slots: int
) -> None:
    pat.reminder_preference.times = ["20:00", "09:00"]
    person = reminders.facts.load([pat.pk], local("06:00"))[pat.pk]
    person.patient.reminder_preference.times = ["20:00", "09:00"]
    times = [slot_time(person, slot, slots) for slot in range(1, slots + 1)]
    assert times == sorted(set(times))


def test_only_prescribed_weekdays_are_asked_for(world: World, pat: Patient) -> None:
    Prescription.objects.all().update(ends_on=TODAY - DAY)
    prescribe(world, Fixed(frozenset({3}), 1))  # Thursdays
    reminders.plan(local("06:00"))
    assert list(pat.reminders.filter(kind=Kind.SESSION_DUE).values_list("local_date", flat=True)) == [
        TODAY + DAY
    ]


def test_a_flexible_prescription_asks_once_a_day_until_the_week_is_full(
    world: World, pat: Patient, clock: time_machine.Traveller
) -> None:
    Prescription.objects.all().update(ends_on=TODAY - DAY)
    # From Wednesday on, three a week are 3 x 5/7 = 2.1: two are due in this first week.
    flexible = prescribe(world, Flexible(3))
    sweep(local("09:00"))
    assert ends(pat) == [SENT]
    clock.move_to(local("12:00"))
    log_session(flexible)
    sweep(local("09:00", TODAY + DAY))
    assert ends(pat, day=TODAY + DAY) == [SENT]
    clock.move_to(local("12:00", TODAY + DAY))
    log_session(flexible)
    sweep(local("09:00", TODAY + 2 * DAY))
    assert ends(pat, day=TODAY + 2 * DAY) == [dropped(Reason.DONE)]


def test_nothing_is_asked_for_from_before_it_was_prescribed(
    world: World, pat: Patient, clock: time_machine.Traveller
) -> None:
    clock.move_to(local("10:00"))
    make_prescription(world.quinn, world.clinician, [world.hamstring], starts_on=TODAY)
    sweep(local("10:10"))
    assert ends(world.quinn) == []
    assert ends(world.quinn, Kind.PRESCRIPTION_CHANGED) == [SENT]


# --- A change takes effect on everything not yet sent


def test_a_new_time_moves_what_is_not_sent(pat: Patient) -> None:
    reminders.plan(local("06:00"))
    people.change_preferences(None, pat, times=["12:00"])
    sweep(local("09:00"))
    assert (ends(pat), row(pat).due_at) == ([PLANNED], local("12:00"))
    sweep(local("12:00"))
    assert subjects() == ["Your session for today"]


def test_a_new_time_that_is_over_today_is_for_tomorrow(pat: Patient) -> None:
    people.change_preferences(None, pat, times=["15:00"])
    reminders.plan(local("06:00"))
    people.change_preferences(None, pat, times=["09:00"])
    sweep(local("09:30"))
    assert ends(pat) == [dropped(Reason.MOVED)]
    assert row(pat, day=TODAY + DAY).due_at == local("09:00", TODAY + DAY)


def test_a_journey_moves_what_is_not_sent_to_the_new_zone(pat: Patient) -> None:
    reminders.plan(local("06:00"))
    people.change_preferences(None, pat, time_zone=ZoneInfo("Europe/Berlin"))
    reminders.plan(local("06:30"))
    berlin = local("09:00", zone="Europe/Berlin")
    assert row(pat).due_at == berlin
    reminders.dispatch(local("09:00"))
    assert ends(pat) == [PLANNED]
    reminders.dispatch(berlin)
    assert ends(pat) == [SENT]


def test_a_journey_does_not_send_the_same_day_twice(pat: Patient) -> None:
    sweep(local("09:00"))
    people.change_preferences(None, pat, time_zone=ZoneInfo("Europe/Berlin"))
    sweep(local("09:00", zone="Europe/Berlin"))
    assert OutgoingMail.objects.count() == 1


def test_an_amended_schedule_reaches_what_is_planned(world: World, pat: Patient) -> None:
    reminders.plan(local("06:00"))
    prescribing.amend(
        world.clinician,
        world.prescription,
        lines=lines_of_routine(world.routine),
        schedule=Fixed(frozenset({0}), 1),
        expected=1,
    )
    sweep(local("08:00"))
    assert ends(pat) == [dropped(Reason.NOT_DUE)]


# --- Many patients, few queries


@pytest.mark.parametrize("count", [3, 12])
def test_the_number_of_queries_does_not_grow_with_the_patients(
    world: World, pat: Patient, count: int, django_assert_max_num_queries: object
) -> None:
    make_patients(world, count)
    with django_assert_max_num_queries(14):  # type: ignore[operator]
        reminders.plan(local("06:00"))
    with django_assert_max_num_queries(13):  # type: ignore[operator]
        reminders.plan(local("06:30"))
    Patient.objects.update(state=PatientState.DISCHARGED)
    with django_assert_max_num_queries(17):  # type: ignore[operator]
        reminders.plan(local("07:00"))
    assert not Reminder.objects.filter(state=ReminderState.PLANNED).exists()


def test_a_tick_plans_whom_something_happened_to_and_the_others_in_turn(
    world: World, pat: Patient, monkeypatch: pytest.MonkeyPatch, clock: time_machine.Traveller
) -> None:
    monkeypatch.setattr(reminders, "BATCH", 2)
    patients = make_patients(world, 40)
    now = local("06:00") + dt.timedelta(hours=1)
    clock.move_to(now)
    people.change_preferences(None, pat, times=["12:00"])
    reminders.plan(now, reminders.whose_turn(now))
    assert row(pat).due_at == local("12:00")
    assert Reminder.objects.filter(local_date=TODAY).count() < 20
    for tick in range(1, reminders.TURNS):
        later = now + tick * reminders.TICK
        reminders.plan(later, reminders.whose_turn(later))
    assert set(patients) <= set(Patient.objects.filter(reminders__local_date=TODAY))


def test_in_a_small_practice_every_tick_plans_everybody(world: World, pat: Patient) -> None:
    patients = make_patients(world, 3)
    reminders.plan(local("06:00"), reminders.whose_turn(local("06:00")))
    assert {pat, *patients} == set(Patient.objects.filter(reminders__local_date=TODAY))


# --- For operators


def test_an_operator_sweeps_as_if_it_were_another_time(
    pat: Patient, capsys: pytest.CaptureFixture[str]
) -> None:
    management.call_command("reminders", "--at", "2026-11-18T09:00+05:45", "--dry-run")
    would = json.loads(capsys.readouterr().out)
    assert would["dispatch"]["sent"] == 1
    assert would["dry_run"] is True
    assert not Reminder.objects.exists()
    assert not OutgoingMail.objects.exists()
    management.call_command("reminders", "--at", "2026-11-18T09:00+05:45")
    did = json.loads(capsys.readouterr().out)
    assert did["rows"] == {"planned": 1, "sent": 1}
    assert OutgoingMail.objects.count() == 1


def test_a_sweep_tells_of_claims_that_ran_out_of_failures_and_of_what_may_have_gone_out_twice(
    pat: Patient, capsys: pytest.CaptureFixture[str]
) -> None:
    reminders.plan(local("09:00"))
    Reminder.objects.filter(due_at=local("09:00")).update(
        state=ReminderState.CLAIMED, claimed_until=local("09:01")
    )
    management.call_command("reminders", "--at", "2026-11-18T09:02+05:45")
    did = json.loads(capsys.readouterr().out)
    assert (did["claims_expired"], did["dispatch"]["sent"]) == (1, 1)
    assert did["mails"] == {"queued": 1, "unknown": 0}
    assert did["notes"] == {"unknown": 0}
    OutgoingMail.objects.update(
        state="failed", unknown_at=local("09:03"), error="SMTPRecipientsRefused: {'pat@example.org': 550}"
    )
    management.call_command("reminders", "--at", "2026-11-18T09:04+05:45")
    did = json.loads(capsys.readouterr().out)
    assert did["claims_expired"] == 0
    # The reason without the address.
    assert did["mails"] == {"failed": {"SMTPRecipientsRefused": 1}, "unknown": 1}


@pytest.mark.parametrize(
    "wrong",
    [
        *("yesterday", "", "2026-11-18T09:00", "2026-11-18", "2026-02-30T09:00+01:00", "2026-11-18T25:00Z"),
        *("0001-01-01T00:00+14:00", "1999-12-31T23:59Z", "9999-12-31T23:59Z", "2100-01-01T00:00Z"),
    ],
)
def test_an_instant_that_is_none_is_refused(wrong: str) -> None:
    with pytest.raises(management.CommandError, match="--at wants an instant"):
        management.call_command("reminders", "--at", wrong)


@pytest.mark.parametrize("right", ["2000-01-01T00:00Z", "2026-03-29T02:30+01:00", "2099-12-31T23:59Z"])
def test_any_instant_of_this_century_can_be_tried(
    pat: Patient, right: str, capsys: pytest.CaptureFixture[str]
) -> None:
    management.call_command("reminders", "--at", right, "--dry-run")
    assert json.loads(capsys.readouterr().out)["dry_run"] is True


def test_to_try_changes_no_row_of_any_kind_and_wakes_nobody(
    pat: Patient, django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    """Not even those that it would move, drop or take over from a worker that died."""
    reminders.plan(local("06:00"))
    Reminder.objects.filter(local_date=TODAY).update(
        state=ReminderState.CLAIMED, claimed_until=local("06:05"), due_at=local("08:30")
    )
    people.change_preferences(None, pat, times=["10:00"])
    before = list(Reminder.objects.order_by("pk").values())
    with django_capture_on_commit_callbacks() as waken:
        management.call_command("reminders", "--at", "2026-11-18T10:00+05:45", "--dry-run")
    assert list(Reminder.objects.order_by("pk").values()) == before
    assert not OutgoingMail.objects.exists()
    assert waken == []
