"""What the tests of reminders share. Pat lives in Kathmandu (UTC+5:45), chose 09:00; it is Wednesday, 18 November."""

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
import time_machine

from clinic.mail import deliver_due
from clinic.models import OutgoingMail
from patients import people, prescribing, reminders
from patients.lines import lines_of_routine
from patients.models import Patient, Prescription, Reminder
from patients.models.reminders import Kind, Reason, ReminderState
from patients.schedule import Fixed, Flexible
from tests.world import ZONE, World

TODAY = dt.date(2026, 11, 18)
DAY = dt.timedelta(days=1)
EVERY_DAY = frozenset(range(7))


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """The cast is older than a week when Wednesday begins, so that nothing about it is news."""
    with time_machine.travel(dt.datetime(2026, 11, 8, 3, tzinfo=dt.UTC), tick=False) as clock:
        yield clock


@pytest.fixture
def pat(clock: time_machine.Traveller, world: World) -> Patient:
    """Pat at six in the morning, with the summary of last week switched off."""
    people.change_preferences(None, world.pat, off=[Kind.NUDGE, Kind.WEEKLY_SUMMARY])
    clock.move_to(local("06:00"))
    return world.pat


def local(time: str, day: dt.date = TODAY, zone: str = ZONE) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(time), tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)


def sweep(now: dt.datetime) -> None:
    reminders.plan(now)
    reminders.dispatch(now)


def leave(now: dt.datetime) -> None:
    """What was handed over leaves at this instant."""
    with time_machine.travel(now, tick=False):
        deliver_due()


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
