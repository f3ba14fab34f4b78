"""What is expected of a patient, as iCalendar (RFC 5545 and 7986) for calendars that subscribe (docs/rules.md 7).

The titles are neutral, as those of mails are: the feed lands on other people's servers and on shared screens.

Each event says its instant in UTC, worked out by the rule of the reminders: so a calendar shows a session when its
reminder comes, over every change of the clocks. Not taken: local times with TZID, VTIMEZONE and RRULE. Calendars
differ in what they make of a time that a change skips (RFC 5545 contradicts itself there), and a rule that repeats
knows nothing of pauses and amendments.

No alarms: only the reminders know that a session is done already.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil
from uuid import UUID, uuid5

from django.conf import settings
from django.db.models import Max
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from icalendar import Calendar, Event

from exercises.dosage import session_seconds
from patients.adherence import flexible_week
from patients.models import Item, Patient
from patients.models.people import PatientState
from patients.reminding import facts
from patients.reminding.facts import Course, Person
from patients.reminding.wishes import slot_instant
from patients.schedule import DateRange, occasions, week_of

AHEAD = dt.timedelta(weeks=8)
REFRESH = dt.timedelta(hours=4)
STEP = 5  # minutes to which the length of a session is rounded up
DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(weeks=1)
# SEQUENCE is a whole number that only grows: the minutes from here to the last change.
SEQUENCE_FROM = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """One event. `starts` and `ends` are instants (UTC) for an occasion; local dates for a week's goal, `ends` not
    included. `sessions`: how many it asks for. `changed_at`: when something was last done that may have moved it.
    """

    uid: str
    starts: dt.datetime | dt.date
    ends: dt.datetime | dt.date
    sessions: int
    changed_at: dt.datetime


def entries(
    person: Person, minutes: Mapping[UUID, int], days: DateRange, changed_at: dt.datetime
) -> list[Entry]:
    """The occasions of `days`, and the goals of the flexible weeks that they touch, by time.

    `minutes` of a session by the id of its prescription's revision. Nothing of what is paused, held, stopped or over.
    """
    found: list[Entry] = []
    for course in person.courses:
        if course.prescription.held_at is None:
            changed = max(changed_at, *_changes(course))
            found += _occasions(person, course, minutes, days, changed)
            found += _goals(course, days, changed)
    return sorted(found, key=lambda entry: (entry.starts.isoformat(), entry.uid))


def _occasions(
    person: Person, course: Course, minutes: Mapping[UUID, int], days: DateRange, changed_at: dt.datetime
) -> Iterator[Entry]:
    by_number = {revision.number: revision.pk for revision in course.revisions}
    for occasion in occasions(course.plan, days.first, days.last):
        in_force = course.plan.in_force(occasion.date)
        assert in_force is not None  # or nothing would be due
        starts = slot_instant(person, occasion.date, occasion.slot)
        yield Entry(
            uid=str(uuid5(course.prescription.pk, f"{occasion.date}/{occasion.slot}")),
            starts=starts,
            ends=starts + dt.timedelta(minutes=minutes[by_number[in_force.number]]),
            sessions=1,
            changed_at=changed_at,
        )


def _goals(course: Course, days: DateRange, changed_at: dt.datetime) -> Iterator[Entry]:
    """A week's goal stands on the first day of the week on which something may be done."""
    monday = week_of(days.first).first
    while monday <= days.last:
        week = flexible_week(course.plan, monday)
        if week.due:
            yield Entry(
                uid=str(uuid5(course.prescription.pk, f"{monday}/week")),
                starts=week.days[0],
                ends=week.days[0] + DAY,
                sessions=week.due,
                changed_at=changed_at,
            )
        monday += WEEK


def _changes(course: Course) -> Iterator[dt.datetime]:
    """When something was done with a prescription."""
    yield course.prescription.created_at
    for rows in (course.revisions, course.pauses, course.acts):
        yield from (row.created_at for row in rows)


def of_patient(patient: Patient, now: dt.datetime) -> bytes:
    """The calendar as it is sent: from today on, eight weeks ahead, in the patient's language.

    That of a patient who is not active is empty, so that calendars forget what they showed.
    """
    found: list[Entry] = []
    if patient.state == PatientState.ACTIVE and patient.user and patient.user.is_active:
        person = facts.load([patient.pk], now)[patient.pk]
        today = patient.local_date(now)
        days = DateRange(today, today + AHEAD)
        found = entries(person, _minutes(person), days, _chosen_at(person))
    with translation.override(patient.language):
        return written(found)


def _minutes(person: Person) -> dict[UUID, int]:
    """The length of a session by revision, as the pages estimate it, rounded up."""
    dosages: dict[UUID, list[Item]] = {r.pk: [] for course in person.courses for r in course.revisions}
    for item in Item.objects.filter(revision__in=list(dosages)):
        dosages[item.revision_id].append(item)
    return {
        pk: max(STEP, ceil(session_seconds([item.dosage for item in items]) / 60 / STEP) * STEP)
        for pk, items in dosages.items()
    }


def _chosen_at(person: Person) -> dt.datetime:
    """When the patient last chose times or a zone."""
    moved = person.patient.zones.aggregate(at=Max("since"))["at"]
    chosen = person.patient.reminder_preference.changed_at
    return max(chosen, moved) if moved else chosen


def written(found: list[Entry]) -> bytes:
    """Entries as a calendar, in the active language. The same entries are the same bytes."""
    calendar = Calendar()
    calendar.add("prodid", "-//Holdwell//Holdwell//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    for name in ("name", "x-wr-calname"):
        calendar.add(name, "Holdwell")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT4H")
    for entry in found:
        calendar.add_component(_event(entry))
    return bytes(calendar.to_ical())


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("summary", _summary(entry))
    event.add("dtstart", entry.starts)
    event.add("dtend", entry.ends)
    changed_at = entry.changed_at.astimezone(dt.UTC).replace(microsecond=0)
    # In a calendar that is published without a METHOD, DTSTAMP is the last change as well (RFC 5545, 3.8.7.2).
    for name in ("dtstamp", "last-modified"):
        event.add(name, changed_at)
    event.add("sequence", int((changed_at - SEQUENCE_FROM).total_seconds() // 60))
    # Nobody who shares the calendar is to see more than a free day.
    event.add("class", "PRIVATE")
    event.add("transp", "TRANSPARENT")
    today = settings.SITE_URL + reverse("portal:today")
    event.add("description", _("Open Holdwell: %(address)s") % {"address": today})
    event.add("url", today)
    return event


def _summary(entry: Entry) -> str:
    if isinstance(entry.starts, dt.datetime):
        return _("Time for your session")
    return ngettext("This week: one session", "This week: %(number)d sessions", entry.sessions) % {
        "number": entry.sessions
    }
