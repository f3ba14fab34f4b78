"""Both nights of a year in which the clocks of a zone change, swept tick by tick, to the mail itself (docs/rules.md 7).

Pat is reminded in the very middle of what the change skips or repeats. The instants are worked out here from the
offsets before and after the change, by another way than the product's (`patients.schedule.instant_of`).
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from clinic.mail import deliver_due
from clinic.models import OutgoingMail
from patients import people, reminders
from patients.models import Prescription, Reminder
from patients.models.reminders import Kind, ReminderState
from tests.patients.reminding import DAY, clock
from tests.world import World

__all__ = ["clock"]

QUARTER = dt.timedelta(minutes=15)
LONGEST_CHANGE = dt.timedelta(hours=2)
# By zone, the year whose changes are meant: some countries have none any more.
ZONES = {
    "Africa/Cairo": 2026,  # at midnight, into the day before
    "Africa/Casablanca": 2026,  # back for Ramadan
    "Africa/El_Aaiun": 2026,
    "America/Havana": 2026,  # at midnight, on the same day
    "America/New_York": 2026,
    "America/Santiago": 2026,  # south
    "America/St_Johns": 2026,  # half an hour off
    "Antarctica/Troll": 2026,  # two hours
    "Asia/Beirut": 2026,
    "Asia/Tehran": 2022,  # its last
    "Australia/Lord_Howe": 2026,  # by half an hour
    "Europe/Berlin": 2026,
    "Europe/Dublin": 2026,  # winter is the exception there
    "Pacific/Apia": 2020,  # its last spring
    "Pacific/Chatham": 2026,  # a quarter of an hour off
}
QUICK = ("Africa/Cairo", "America/Santiago", "Australia/Lord_Howe", "Europe/Berlin")
WITHOUT = {"Asia/Tehran": 2026, "Pacific/Apia": 2026}


@dataclass(frozen=True)
class Change:
    """`at`: the first instant of the new offset."""

    at: dt.datetime
    before: dt.timedelta
    after: dt.timedelta

    @property
    def middle(self) -> dt.datetime:
        """The wall time in the middle of what is skipped or comes twice."""
        return self.at.replace(tzinfo=None) + (self.before + self.after) / 2

    @property
    def instant(self) -> dt.datetime:
        """Skipped: the first instant after the gap. Twice: the first of the two."""
        if self.after > self.before:
            return self.at
        return (self.middle - self.before).replace(tzinfo=dt.UTC)


def changes(zone: str, year: int) -> list[Change]:
    found, clocks = [], ZoneInfo(zone)
    at, before = dt.datetime(year, 1, 1, tzinfo=dt.UTC), dt.timedelta()
    first = at

    def offset(instant: dt.datetime) -> dt.timedelta:
        return instant.astimezone(clocks).utcoffset() or dt.timedelta()

    while at.year == year:
        if offset(at) != before and at > first:
            while offset(at - QUARTER) != before:
                at -= QUARTER
            found.append(Change(at, before, offset(at)))
        before = offset(at)
        at += DAY
    return found


def ticks(around: dt.datetime) -> Iterator[dt.datetime]:
    at = around - 3 * QUARTER
    while at <= around + LONGEST_CHANGE + 2 * QUARTER:
        yield at
        at += QUARTER


def _each(zone: str) -> Any:
    """The quick suite has one of each sort."""
    return zone if zone in QUICK else pytest.param(zone, marks=pytest.mark.services)


@pytest.mark.parametrize("zone", [_each(zone) for zone in ZONES])
def test_each_reminder_of_such_a_night_leaves_once_at_its_instant(
    world: World, zone: str, clock: time_machine.Traveller, mailoutbox: list[object]
) -> None:
    found = changes(zone, ZONES[zone])
    assert len(found) >= 2 or zone == "Pacific/Apia"
    since = dt.datetime(ZONES[zone] - 1, 12, 1, tzinfo=dt.UTC)
    Prescription.objects.update(starts_on=since.date())
    world.prescription.revisions.update(counts_from=since.date(), created_at=since)
    for change in found:
        mailoutbox.clear()
        clock.move_to(change.instant - DAY)
        people.change_preferences(
            None,
            world.pat,
            time_zone=ZoneInfo(zone),
            times=[f"{change.middle:%H:%M}"],
            quiet_from=dt.time(0),
            quiet_until=dt.time(0),
            off=[kind for kind in Kind.values if kind != Kind.SESSION_DUE],
        )
        left_at = []
        for now in ticks(change.instant):
            clock.move_to(now)
            reminders.plan(now)
            reminders.dispatch(now)
            left_at += [now] * deliver_due()["sent"]
        assert left_at == [change.instant]
        assert len(mailoutbox) == 1
        row = Reminder.objects.get(local_date=change.middle.date(), state=ReminderState.SENT)
        assert (row.due_at, row.handled_at) == (change.instant, change.instant)
    assert OutgoingMail.objects.count() == len(found)


@pytest.mark.parametrize("zone", WITHOUT)
def test_a_zone_that_has_given_up_its_changes_has_none(zone: str) -> None:
    assert changes(zone, WITHOUT[zone]) == []
