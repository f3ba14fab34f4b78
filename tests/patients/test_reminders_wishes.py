"""Which message is wanted when: quiet hours, clock changes, the kinds (docs/rules.md 7)."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
import time_machine

from clinic.models import OutgoingMail
from patients import people, prescribing, reminders
from patients.models import Patient, Prescription, Reminder, Session
from patients.models.reminders import Kind, Reason, ReminderState
from patients.models.sessions import Source
from patients.schedule import Fixed
from tests.patients.caring import log_session
from tests.patients.reminding import (
    DAY,
    EVERY_DAY,
    PLANNED,
    SENT,
    TODAY,
    clock,
    dropped,
    ends,
    leave,
    local,
    pat,
    prescribe,
    row,
    sweep,
)
from tests.world import World, make_prescription

__all__ = ["clock", "pat"]


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


# --- The other kinds


def test_a_nudge_is_for_those_who_asked_for_it(pat: Patient) -> None:
    people.change_preferences(None, pat, off=[], nudge_after=4)
    sweep(local("09:00"))
    leave(local("09:00"))
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
        leave(local("08:30"))
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
    leave(local("14:30"))
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
