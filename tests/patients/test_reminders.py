"""docs/rules.md 7 as sentences. Pat lives in Kathmandu (UTC+5:45) and chose 09:00; it is Wednesday, 18 November."""

import datetime as dt
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.conf import settings
from django.core import management
from django.db import connection
from django.test import Client

from clinic.mail import deliver_due
from clinic.models import OutgoingMail
from patients import alerts, messaging, people, prescribing, reminders, sessions
from patients.lines import lines_of_routine
from patients.models import Patient, Prescription, Reminder, Session
from patients.models.alerts import SafetyQuestion
from patients.models.people import PatientState
from patients.models.reminders import Kind, Reason, ReminderState
from patients.models.sessions import Source
from patients.reminding.wishes import slot_time
from patients.schedule import Fixed, Flexible
from tests.patients.caring import log_session, make_patients
from tests.world import ZONE, World, make_prescription

TODAY = dt.date(2026, 11, 18)
DAY = dt.timedelta(days=1)
EVERY_DAY = frozenset(range(7))


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """The cast is older than a week when Wednesday begins, so that nothing about it is news."""
    with time_machine.travel(dt.datetime(2026, 11, 8, 3, tzinfo=dt.UTC), tick=False) as clock:
        yield clock


@pytest.fixture
def pat(world: World, clock: time_machine.Traveller) -> Patient:
    """Pat at six in the morning, with the summary of last week switched off."""
    people.change_preferences(None, world.pat, off=[Kind.NUDGE, Kind.WEEKLY_SUMMARY])
    clock.move_to(local("06:00"))
    return world.pat


def local(time: str, day: dt.date = TODAY, zone: str = ZONE) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(time), tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)


def sweep(now: dt.datetime) -> None:
    reminders.plan(now)
    reminders.dispatch(now)


def row(patient: Patient, kind: str = Kind.SESSION_DUE, day: dt.date = TODAY, slot: int = 1) -> Reminder:
    return Reminder.objects.get(patient=patient, kind=kind, local_date=day, slot=slot)


def ends(patient: Patient, kind: str = Kind.SESSION_DUE, day: dt.date = TODAY) -> list[tuple[str, str]]:
    """State and reason of each slot's reminder."""
    rows = Reminder.objects.filter(patient=patient, kind=kind, local_date=day).order_by("slot")
    return [(r.state, r.reason) for r in rows]


def subjects() -> list[str]:
    return list(OutgoingMail.objects.order_by("created_at").values_list("subject", flat=True))


SENT = (ReminderState.SENT, Reason.NONE)
PLANNED = (ReminderState.PLANNED, Reason.NONE)


def dropped(reason: Reason) -> tuple[str, str]:
    return (ReminderState.DROPPED, reason)


def prescribe(
    world: World, schedule: Fixed | Flexible, patient: Patient | None = None, **dates: dt.date
) -> Prescription:
    return prescribing.prescribe(
        world.clinician,
        patient or world.pat,
        name="Evening stretches",
        lines=lines_of_routine(world.routine),
        schedule=schedule,
        **{"starts_on": TODAY, **dates},
    )


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


# --- Before sending, look again


def test_what_is_due_is_sent_once_however_often_it_is_swept(pat: Patient) -> None:
    for _ in range(3):
        sweep(local("09:00"))
    assert ends(pat) == [SENT]
    assert subjects() == ["Your session for today"]
    mail = OutgoingMail.objects.get()
    assert row(pat).mail == mail
    assert mail.key
    assert mail.key.startswith(f"reminder:{row(pat).pk}:")
    assert mail.to == "pat@example.org"


def test_two_schedulers_plan_and_send_what_one_would(pat: Patient) -> None:
    for now in (local("08:59"), local("08:59"), local("09:00"), local("09:00"), local("09:01")):
        reminders.plan(now)
        reminders.plan(now)
        reminders.dispatch(now)
        reminders.dispatch(now)
    assert OutgoingMail.objects.count() == 1


def test_a_session_done_in_time_is_not_asked_for(
    world: World, pat: Patient, clock: time_machine.Traveller
) -> None:
    reminders.plan(local("06:00"))
    clock.move_to(local("08:30"))
    log_session(world.prescription)
    reminders.dispatch(local("09:00"))
    assert ends(pat) == [dropped(Reason.DONE)]
    assert not OutgoingMail.objects.exists()


def test_one_session_of_two_leaves_the_other_to_be_asked_for(
    world: World, pat: Patient, clock: time_machine.Traveller
) -> None:
    Prescription.objects.all().update(ends_on=TODAY - DAY)
    twice = prescribe(world, Fixed(EVERY_DAY, 2))
    reminders.plan(local("06:00"))
    clock.move_to(local("08:30"))
    log_session(twice)
    sweep(local("09:00"))
    sweep(local("18:00"))
    assert ends(pat) == [dropped(Reason.DONE), SENT]


def test_a_session_that_was_taken_out_is_due_again(
    world: World, pat: Patient, clock: time_machine.Traveller
) -> None:
    clock.move_to(local("06:30"))
    session = log_session(world.prescription)
    sweep(local("07:00"))
    assert ends(pat) == []
    sessions.void(world.clinician, session, reason="The wrong patient")
    sweep(local("09:00"))
    assert ends(pat) == [SENT]


def test_a_paused_day_is_not_asked_for_and_a_pause_that_ends_early_gives_it_back(
    world: World, pat: Patient
) -> None:
    reminders.plan(local("06:00"))
    pause = prescribing.pause(world.clinician, world.prescription, first_day=TODAY, last_day=TODAY)
    sweep(local("08:00"))
    assert ends(pat) == [dropped(Reason.PAUSED)]
    prescribing.end_pause(world.clinician, pause, last_day=TODAY - DAY)
    sweep(local("08:30"))
    assert ends(pat) == [PLANNED]
    sweep(local("09:00"))
    assert ends(pat) == [SENT]


def test_a_stopped_prescription_asks_for_nothing(world: World, pat: Patient) -> None:
    reminders.plan(local("06:00"))
    prescribing.stop(world.clinician, world.prescription, reason="Goal reached")
    reminders.dispatch(local("09:00"))
    assert ends(pat) == [dropped(Reason.STOPPED)]


def test_a_held_prescription_asks_for_nothing_until_it_is_released(world: World, pat: Patient) -> None:
    reminders.plan(local("06:00"))
    answers = dict.fromkeys(SafetyQuestion.values, False) | {SafetyQuestion.RECENT_FALL: True}
    alerts.answer_safety(world.patient, pat, answers)
    sweep(local("08:00"))
    assert ends(pat) == [dropped(Reason.HELD)]
    world.prescription.refresh_from_db()
    prescribing.release(world.clinician, world.prescription, note="Seen, all well")
    sweep(local("09:00"))
    assert ends(pat) == [SENT]


def test_one_that_is_paused_does_not_silence_another(world: World, pat: Patient) -> None:
    prescribe(world, Fixed(EVERY_DAY, 1))
    prescribing.pause(world.clinician, world.prescription, first_day=TODAY, last_day=TODAY)
    sweep(local("09:00"))
    assert ends(pat) == [SENT]


def test_a_kind_that_is_switched_off_is_not_sent(pat: Patient) -> None:
    reminders.plan(local("06:00"))
    people.change_preferences(None, pat, off=[*pat.reminder_preference.off, Kind.SESSION_DUE])
    reminders.dispatch(local("09:00"))
    assert ends(pat) == [dropped(Reason.UNWANTED)]


@pytest.mark.parametrize(
    ("chosen", "reason"),
    [({"quiet_all_day": True}, Reason.ALL_DAY), ({"channels_off": ["email"]}, Reason.UNWANTED)],
)
def test_whoever_wants_silence_at_all_hours_is_sent_nothing_of_any_kind(
    world: World, pat: Patient, chosen: dict[str, Any], reason: Reason
) -> None:
    sweep(local("06:00"))
    people.change_preferences(pat.user, pat, **chosen)
    messaging.write(world.clinician, pat, text="Please call us.", id=uuid4())
    for time in ("07:00", "09:00", "12:00"):
        sweep(local(time))
    assert subjects() == []
    assert ends(pat) == [dropped(reason)]


def test_a_patient_who_left_is_not_written_to(pat: Patient) -> None:
    reminders.plan(local("06:00"))
    Patient.objects.filter(pk=pat.pk).update(state=PatientState.DISCHARGED)
    sweep(local("09:00"))
    assert ends(pat) == [dropped(Reason.INACTIVE)]
    assert not OutgoingMail.objects.exists()


def test_an_account_that_is_closed_is_not_written_to(world: World, pat: Patient) -> None:
    world.patient.is_active = False
    world.patient.save()
    sweep(local("09:00"))
    assert ends(pat) == []


def test_after_two_hours_a_reminder_has_expired(pat: Patient) -> None:
    reminders.plan(local("06:00"))
    reminders.dispatch(local("11:01"))
    assert ends(pat) == [dropped(Reason.EXPIRED)]


def test_up_to_two_hours_late_it_is_still_sent(pat: Patient) -> None:
    reminders.plan(local("06:00"))
    reminders.dispatch(local("11:00"))
    assert ends(pat) == [SENT]


def test_a_session_is_not_asked_for_on_the_day_after(pat: Patient) -> None:
    people.change_preferences(None, pat, times=["23:30"], quiet_from=dt.time(1), quiet_until=dt.time(5))
    reminders.plan(local("20:00"))
    reminders.dispatch(local("00:10", TODAY + DAY))
    assert ends(pat) == [dropped(Reason.EXPIRED)]


# --- Quiet hours


def test_a_reminder_in_quiet_hours_waits_for_their_end_on_the_same_day(pat: Patient) -> None:
    people.change_preferences(None, pat, times=["07:00"])
    sweep(local("07:00"))
    assert (ends(pat), row(pat).due_at) == ([PLANNED], local("08:00"))
    sweep(local("08:00"))
    assert ends(pat) == [SENT]


def test_one_in_the_evenings_quiet_hours_is_dropped(pat: Patient) -> None:
    people.change_preferences(None, pat, times=["21:00"])
    sweep(local("21:00"))
    assert ends(pat) == [dropped(Reason.QUIET)]


def test_a_late_one_does_not_fall_into_quiet_hours(pat: Patient) -> None:
    people.change_preferences(None, pat, times=["20:30"])
    reminders.plan(local("20:00"))
    reminders.dispatch(local("21:10"))
    assert ends(pat) == [dropped(Reason.QUIET)]


def test_quiet_hours_within_a_day_move_what_falls_into_them(pat: Patient) -> None:
    people.change_preferences(None, pat, quiet_from=dt.time(8), quiet_until=dt.time(10))
    sweep(local("09:00"))
    assert row(pat).due_at == local("10:00")


def test_equal_times_mean_no_quiet_hours(pat: Patient) -> None:
    people.change_preferences(None, pat, times=["03:00"], quiet_from=dt.time(0), quiet_until=dt.time(0))
    sweep(local("03:00", TODAY + DAY))
    assert ends(pat, day=TODAY + DAY) == [SENT]


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


# --- The days on which the clocks change


@pytest.mark.parametrize(
    ("zone", "day", "time", "instant"),
    [
        # A time that the change skips: the first instant after the gap.
        ("Europe/Berlin", dt.date(2026, 3, 29), "02:30", "2026-03-29T01:00Z"),
        ("America/New_York", dt.date(2026, 3, 8), "02:30", "2026-03-08T07:00Z"),
        ("America/St_Johns", dt.date(2026, 3, 8), "02:15", "2026-03-08T05:30Z"),
        ("Australia/Lord_Howe", dt.date(2026, 10, 4), "02:15", "2026-10-03T15:30Z"),
        # One that comes twice: the first.
        ("Europe/Berlin", dt.date(2026, 10, 25), "02:30", "2026-10-25T00:30Z"),
        ("America/New_York", dt.date(2026, 11, 1), "01:30", "2026-11-01T05:30Z"),
        ("Australia/Lord_Howe", dt.date(2026, 4, 5), "01:45", "2026-04-04T14:45Z"),
        # The wall time stays, whatever the offset does.
        ("Europe/Berlin", dt.date(2026, 3, 29), "09:00", "2026-03-29T07:00Z"),
        ("Europe/Berlin", dt.date(2026, 10, 25), "09:00", "2026-10-25T08:00Z"),
    ],
)
def test_a_clock_change_skips_no_reminder_and_doubles_none(
    world: World, zone: str, day: dt.date, time: str, instant: str, clock: time_machine.Traveller
) -> None:
    clock.move_to(dt.datetime.combine(day - 2 * DAY, dt.time(), tzinfo=dt.UTC))
    Prescription.objects.update(starts_on=day - 5 * DAY)
    world.prescription.revisions.update(
        counts_from=day - 5 * DAY, created_at=dt.datetime.combine(day - 5 * DAY, dt.time(), tzinfo=dt.UTC)
    )
    people.change_preferences(
        None,
        world.pat,
        time_zone=ZoneInfo(zone),
        times=[time],
        quiet_from=dt.time(0),
        quiet_until=dt.time(0),
        off=[Kind.NUDGE, Kind.WEEKLY_SUMMARY, Kind.PRESCRIPTION_CHANGED],
    )
    due = dt.datetime.fromisoformat(instant)
    now = due - dt.timedelta(hours=5)
    while now < due + dt.timedelta(hours=5):
        sweep(now)
        now += dt.timedelta(minutes=30)
    sent = Reminder.objects.get(local_date=day, state=ReminderState.SENT)
    assert (sent.due_at, sent.handled_at) == (due, due)
    assert OutgoingMail.objects.filter(key__startswith=f"reminder:{sent.pk}:").count() == 1


# --- What falls together is one message


def test_what_falls_together_is_one_message(world: World, pat: Patient) -> None:
    Prescription.objects.update(ends_on=TODAY + 3 * DAY)
    sweep(local("09:00"))
    assert ends(pat) == [SENT]
    assert ends(pat, Kind.PRESCRIPTION_ENDS) == [dropped(Reason.MERGED)]
    mail = OutgoingMail.objects.get()
    assert "Your prescription ends on Saturday, 21 November." in mail.text
    assert row(pat, Kind.PRESCRIPTION_ENDS).mail == mail


def test_two_sessions_within_the_hour_are_told_in_one_message(world: World, pat: Patient) -> None:
    Prescription.objects.all().update(ends_on=TODAY - DAY)
    prescribe(world, Fixed(EVERY_DAY, 2))
    people.change_preferences(
        None, pat, times=["09:00", "09:45"], off=[Kind.NUDGE, Kind.WEEKLY_SUMMARY, Kind.PRESCRIPTION_CHANGED]
    )
    for time in ("09:00", "09:45", "10:30"):
        sweep(local(time))
    assert ends(pat) == [SENT, dropped(Reason.MERGED)]
    assert "2 sessions are waiting for you today." in OutgoingMail.objects.get().text


def test_news_right_after_a_message_waits_until_the_hour_is_over(
    world: World, pat: Patient, clock: time_machine.Traveller
) -> None:
    sweep(local("09:00"))
    clock.move_to(local("09:20"))
    prescribe(world, Fixed(EVERY_DAY, 1))
    sweep(local("09:20"))
    assert ends(pat, Kind.PRESCRIPTION_CHANGED) == [PLANNED]
    sweep(local("10:00"))
    assert ends(pat, Kind.PRESCRIPTION_CHANGED) == [SENT]


def test_patients_are_told_apart(world: World, pat: Patient) -> None:
    make_prescription(world.quinn, world.clinician, [world.hamstring], starts_on=TODAY - DAY)
    sweep(local("09:00"))
    assert sorted(OutgoingMail.objects.values_list("to", flat=True)) == [
        "pat@example.org",
        "quinn@example.org",
    ]


# --- The other kinds


def test_a_nudge_is_for_those_who_asked_for_it(pat: Patient) -> None:
    people.change_preferences(None, pat, off=[], nudge_after=4)
    sweep(local("09:00"))
    sweep(local("13:00"))
    assert ends(pat, Kind.NUDGE) == [SENT]


def test_whoever_logged_a_session_is_not_nudged(
    world: World, pat: Patient, clock: time_machine.Traveller
) -> None:
    people.change_preferences(None, pat, off=[], nudge_after=4)
    sweep(local("09:00"))
    clock.move_to(local("10:00"))
    log_session(world.prescription)
    sweep(local("13:00"))
    assert ends(pat, Kind.NUDGE) == [dropped(Reason.DONE)]


def test_a_nudge_never_comes_on_the_day_after(pat: Patient) -> None:
    people.change_preferences(None, pat, off=[], times=["19:00"], nudge_after=6)
    sweep(local("06:00"))
    assert ends(pat, Kind.NUDGE) == []


def test_the_end_is_told_three_days_ahead(world: World, pat: Patient) -> None:
    Prescription.objects.update(ends_on=TODAY + 4 * DAY)
    reminders.plan(local("06:00"))
    assert ends(pat, Kind.PRESCRIPTION_ENDS) == []
    assert ends(pat, Kind.PRESCRIPTION_ENDS, TODAY + DAY) == [PLANNED]
    prescribing.extend(world.clinician, world.prescription, ends_on=None)
    reminders.plan(local("06:30"))
    assert ends(pat, Kind.PRESCRIPTION_ENDS, TODAY + DAY) == [dropped(Reason.NOT_DUE)]


def test_a_change_is_told_soon_or_when_quiet_hours_end(
    world: World, pat: Patient, clock: time_machine.Traveller
) -> None:
    clock.move_to(local("22:00"))
    prescribe(world, Fixed(EVERY_DAY, 1))
    sweep(local("22:00"))
    assert row(pat, Kind.PRESCRIPTION_CHANGED, TODAY + DAY).due_at == local("08:00", TODAY + DAY)
    clock.move_to(local("14:00", TODAY + DAY))
    make_prescription(world.quinn, world.clinician, [world.hamstring], starts_on=TODAY + DAY)
    sweep(local("14:10", TODAY + DAY))
    assert ends(world.quinn, Kind.PRESCRIPTION_CHANGED, TODAY + DAY) == [SENT]


def act(world: World, what: str) -> None:
    """One of the acts that the patient is told of."""
    clinician, prescription = world.clinician, world.prescription
    if what == "pause":
        prescribing.pause(clinician, prescription, first_day=TODAY, last_day=TODAY + DAY)
    elif what == "end_pause":
        prescribing.end_pause(clinician, prescription.pauses.get(), last_day=TODAY - DAY)
    elif what == "extend":
        prescribing.extend(clinician, prescription, ends_on=TODAY + 40 * DAY)
    elif what == "stop":
        prescribing.stop(clinician, prescription, reason="Osteoporosis of the hip")
    else:
        prescribing.resume(clinician, prescription, reason="Osteoporosis ruled out")


@pytest.mark.parametrize(("before", "what"), [
    ("", "pause"), ("pause", "end_pause"), ("", "extend"), ("", "stop"), ("stop", "resume"),
])  # fmt: skip
def test_every_act_is_told_in_neutral_words(
    world: World, pat: Patient, clock: time_machine.Traveller, before: str, what: str
) -> None:
    if before:
        act(world, before)
        sweep(local("08:30"))
    clock.move_to(local("14:00"))
    act(world, what)
    sweep(local("14:05"))
    mails = OutgoingMail.objects.filter(kind=Kind.PRESCRIPTION_CHANGED)
    told = mails.count()
    sweep(local("14:10"))
    assert mails.count() == told + 1
    mail = mails.latest("created_at")
    assert mail.subject == "Something new from your clinic"
    assert "Osteoporosis" not in mail.text + mail.html
    assert "has changed your prescription" in mail.text


def test_acts_in_quick_succession_are_one_message(
    world: World, pat: Patient, clock: time_machine.Traveller
) -> None:
    for minute, what in enumerate(["pause", "end_pause", "extend", "stop", "resume"]):
        clock.move_to(local(f"14:{5 * minute:02}"))
        act(world, what)
        sweep(local(f"14:{5 * minute:02}"))
    assert ends(pat, Kind.PRESCRIPTION_CHANGED) == [PLANNED]
    sweep(local("14:30"))
    assert ends(pat, Kind.PRESCRIPTION_CHANGED) == [SENT]
    clock.move_to(local("17:00"))
    act(world, "extend")
    sweep(local("17:10"))
    assert ends(pat, Kind.PRESCRIPTION_CHANGED) == [SENT, SENT]


def test_what_is_done_in_the_night_is_told_once_in_the_morning(
    world: World, pat: Patient, clock: time_machine.Traveller
) -> None:
    people.change_preferences(None, pat, off=[Kind.NUDGE, Kind.SESSION_DUE])
    for time, what in {"20:55": "extend", "23:00": "pause"}.items():
        clock.move_to(local(time))
        act(world, what)
        sweep(local(time))
    clock.move_to(local("07:00", TODAY + DAY))
    act(world, "stop")
    sweep(local("08:00", TODAY + DAY))
    assert ends(pat, Kind.PRESCRIPTION_CHANGED) == []
    assert ends(pat, Kind.PRESCRIPTION_CHANGED, TODAY + DAY) == [SENT]


def test_an_imported_history_is_no_news(world: World, pat: Patient) -> None:
    Prescription.objects.update(origin="import")
    world.prescription.revisions.update(created_at=local("06:00"))
    sweep(local("08:00"))
    assert ends(pat, Kind.PRESCRIPTION_CHANGED) == []


def test_the_weeks_summary_comes_on_monday_if_anything_was_due(world: World, pat: Patient) -> None:
    people.change_preferences(None, pat, off=[Kind.NUDGE, Kind.SESSION_DUE])
    monday = dt.date(2026, 11, 16)
    log_past_session(world, dt.date(2026, 11, 11))
    sweep(local("09:00", monday))
    assert ends(pat, Kind.WEEKLY_SUMMARY, monday) == [SENT]
    mail = OutgoingMail.objects.get()
    assert mail.subject == "Your week"
    assert "you logged 1 of the 7 sessions" in mail.text


def log_past_session(world: World, day: dt.date) -> Session:
    return log_session(world.prescription, local("10:00", day), source=Source.STAFF)


# --- One click switches it off


def test_every_reminder_carries_a_one_click_way_out(pat: Patient) -> None:
    sweep(local("09:00"))
    mail = OutgoingMail.objects.get()
    link = f"/unsubscribe/{pat.reminder_preference.unsubscribe_key}/session_due/"
    assert mail.headers["List-Unsubscribe"].startswith("<http")
    assert mail.headers["List-Unsubscribe"].endswith(f"{link}>")
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in mail.text
    assert link in mail.html


def test_one_click_drops_what_is_not_sent_and_opening_the_link_does_not(pat: Patient, client: Client) -> None:
    sweep(local("09:00"))
    link = OutgoingMail.objects.get().headers["List-Unsubscribe"].strip("<>").removeprefix(settings.SITE_URL)
    client.get(link)
    reminders.plan(local("10:00"))
    assert ends(pat, day=TODAY + DAY) == [PLANNED]
    client.post(link, {"List-Unsubscribe": "One-Click"})
    reminders.plan(local("10:01"))
    assert ends(pat, day=TODAY + DAY) == [dropped(Reason.UNWANTED)]


# --- Nothing is lost, nothing is doubled


def test_a_worker_that_dies_leaves_nothing_behind(pat: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    reminders.plan(local("06:00"))
    with monkeypatch.context() as dying:
        dying.setattr(reminders, "_settle", _killed)
        with pytest.raises(KeyboardInterrupt):
            reminders.dispatch(local("09:00"))
    assert row(pat).state == ReminderState.CLAIMED
    assert reminders.dispatch(local("09:04"))["claimed"] == 0
    assert reminders.dispatch(local("09:05"))["sent"] == 1
    assert OutgoingMail.objects.count() == 1


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_worker_whose_lease_ran_out_does_not_send_what_another_has_sent(
    pat: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    reminders.plan(local("06:00"))
    settle = reminders._settle

    def slow(*args: object) -> object:
        monkeypatch.undo()
        assert reminders.dispatch(local("09:06"))["sent"] == 1
        return settle(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(reminders, "_settle", slow)
    assert reminders.dispatch(local("09:00"))["sent"] == 0
    assert OutgoingMail.objects.count() == 1


def test_one_patients_trouble_does_not_keep_the_others_waiting(
    world: World, pat: Patient, caplog: pytest.LogCaptureFixture
) -> None:
    make_prescription(world.quinn, world.clinician, [world.hamstring], starts_on=TODAY - DAY)
    reminders.plan(local("06:00"))
    pat.reminder_preference.times = ["no time"]
    pat.reminder_preference.save()
    sweep(local("09:00"))
    assert ends(world.quinn) == [SENT]
    assert ends(pat) == [(ReminderState.CLAIMED, Reason.NONE)]
    assert str(pat.pk) in caplog.text


def test_a_reminder_reaches_the_mailbox(
    pat: Patient, mailoutbox: list[object], clock: time_machine.Traveller
) -> None:
    clock.move_to(local("09:00"))
    sweep(local("09:00"))
    assert deliver_due()["sent"] == 1
    assert len(mailoutbox) == 1


def test_a_sessions_mail_goes_stale_with_its_reminder(pat: Patient) -> None:
    sweep(local("09:00"))
    assert OutgoingMail.objects.get().expires_at == local("11:00")


@pytest.mark.django_db(transaction=True)
def test_workers_that_race_for_the_same_reminders_send_each_once(
    world: World, clock: time_machine.Traveller
) -> None:
    patients = make_patients(world, 20)
    clock.move_to(local("09:00"))
    start = threading.Barrier(4)

    def work() -> int:
        start.wait()
        try:
            reminders.plan(local("09:00"))
            return sum(reminders.dispatch(local("09:00"), limit=7)["sent"] for _ in range(5))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        sent = sum(done.result() for done in [workers.submit(work) for _ in range(4)])
    assert sent == OutgoingMail.objects.count() == len(patients) + 1
    assert Reminder.objects.filter(state=ReminderState.SENT).count() == sent


# --- Many patients, few queries


@pytest.mark.parametrize("count", [3, 12])
def test_the_number_of_queries_does_not_grow_with_the_patients(
    world: World, pat: Patient, count: int, django_assert_max_num_queries: object
) -> None:
    make_patients(world, count)
    with django_assert_max_num_queries(11):  # type: ignore[operator]
        reminders.plan(local("06:00"))
    with django_assert_max_num_queries(10):  # type: ignore[operator]
        reminders.plan(local("06:30"))
    Patient.objects.update(state=PatientState.DISCHARGED)
    with django_assert_max_num_queries(14):  # type: ignore[operator]
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


def test_an_instant_that_is_none_is_refused(db: None) -> None:
    for wrong in ("yesterday", "2026-11-18T09:00"):
        with pytest.raises(management.CommandError, match="--at"):
            management.call_command("reminders", "--at", wrong)
