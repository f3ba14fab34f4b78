"""Which message is wanted when, and why not (docs/rules.md 7).

Plan and dispatch ask the same question of the same facts: so what is planned is what is sent, and a change of zone,
schedule, pause or preference reaches everything not yet sent. Nothing here reads or writes the database.
"""

import datetime as dt
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from patients.adherence import Adherence, flexible_week, together
from patients.models import ReminderPreference
from patients.models.people import PatientState
from patients.models.reminders import Kind, Reason
from patients.reaching import channels
from patients.reminding.facts import Course, News, Person, Told, Waiting
from patients.schedule import Fixed, instant_of, week_of

ENDS_AHEAD = dt.timedelta(days=3)
DAY = dt.timedelta(days=1)
# A clinician who amends, looks again and amends once more is done after this time.
SETTLED = dt.timedelta(minutes=10)
MONDAY = 0
# Slot times for which neither the patient nor the clinic has named one are spread over this part of the day.
SPREAD_FROM, SPREAD_UNTIL = 9, 19
# These speak of one day's session; when the day or the hour is gone, so is their sense.
OF_A_SESSION = frozenset({Kind.SESSION_DUE, Kind.NUDGE})
# True until it is read: it is told however late, and after the quiet hours of a night as well.
LASTING = frozenset({Kind.MESSAGE})
# Why a session is not asked for, the most telling reason first.
TELLING = (Reason.DONE, Reason.PAUSED, Reason.HELD, Reason.STOPPED, Reason.NOT_DUE)


class Key(NamedTuple):
    """What makes a message one and the same, beside its patient."""

    kind: str
    local_date: dt.date
    slot: int
    channel: str


@dataclass(frozen=True, slots=True)
class Wish:
    """The instant (UTC) at which a message is wanted; or None, and the reason why it is not.

    `known_since`: it cannot be asked for from before somebody wrote down what it speaks of. `moved_from`: when it would
    be wanted but for the quiet hours that end at `at`.
    """

    at: dt.datetime | None
    reason: Reason = Reason.NONE
    known_since: dt.datetime | None = None
    moved_from: dt.datetime | None = None


def wish(person: Person, key: Key) -> Wish:
    """What is wanted of one message as things stand."""
    patient = person.patient
    if patient.state != PatientState.ACTIVE or patient.user is None or not patient.user.is_active:
        return Wish(None, Reason.INACTIVE)
    preference = patient.reminder_preference
    if key.kind in preference.off:
        return Wish(None, Reason.UNWANTED)
    if nothing_gets_out(preference):
        return Wish(None, Reason.ALL_DAY)
    wanted = RULES[Kind(key.kind)](person, key.local_date, key.slot)
    if wanted.at is None:
        return wanted
    # In quiet hours that last into the next day there is no better time; the look before sending drops it.
    at = after_quiet(wanted.at, preference, patient.zone) or wanted.at
    if reason := channels.why_not(person, key.channel, at):
        return Wish(None, reason)
    moved_from = wanted.moved_from or wanted.at
    return Wish(
        at,
        known_since=_latest(wanted.known_since, _accepted_at(person)),
        moved_from=moved_from if moved_from != at else None,
    )


def keys(person: Person, day: dt.date) -> Iterator[Key]:
    """The messages that may be wanted on a local date, by each channel that may be asked."""
    for channel in channels.asked(person):
        for kind, slot in _kinds(person, day):
            yield Key(kind, day, slot, channel)


def _kinds(person: Person, day: dt.date) -> Iterator[tuple[Kind, int]]:
    """Kind and slot of the messages of a local date."""
    for slot in range(1, slots_on(person, day) + 1):
        yield Kind.SESSION_DUE, slot
        yield Kind.NUDGE, slot
    if any(_why_no_end(course, day) == Reason.NONE for course in person.courses):
        yield Kind.PRESCRIPTION_ENDS, 1
    for notice in notices(person, day):
        yield Kind.PRESCRIPTION_CHANGED, notice.slot
    if day.weekday() == MONDAY and person.courses:
        yield Kind.WEEKLY_SUMMARY, 1
    if person.waiting and _announced(person, person.waiting).local_date == day:
        yield Kind.MESSAGE, person.waiting.number


# --- Slots and their times


def slots_on(person: Person, day: dt.date) -> int:
    """How many sessions a day may ask for; prescriptions share the slots of a day."""
    return max((_slots_of(course, day) for course in person.courses), default=0)


def _slots_of(course: Course, day: dt.date) -> int:
    schedule = course.plan.asks(day)
    if schedule is None:
        return 0
    return schedule.due_on(day) if isinstance(schedule, Fixed) else 1


def slot_time(person: Person, slot: int, slots: int) -> dt.time:
    """The local time of a slot (1..slots): the patient's own, else the clinic's, else a sensible spread.

    Times are given to slots in their order over the day, each once, so that slot 1 is the first to be done.
    """
    choices = (
        person.patient.reminder_preference.times,
        person.patient.clinic.reminder_times,
        [time.strftime("%H:%M") for time in _spread(slots)],
    )
    taken: list[str] = []
    for index in range(slots):
        own = [times[index] for times in choices if index < len(times)]
        taken.append(next((time for time in own if time not in taken), own[-1]))
    return dt.time.fromisoformat(sorted(taken)[slot - 1])


def _spread(slots: int) -> list[dt.time]:
    if slots == 1:
        return [dt.time(SPREAD_FROM)]
    step = (SPREAD_UNTIL - SPREAD_FROM) * 60 // (slots - 1)
    minutes = (SPREAD_FROM * 60 + step * index for index in range(slots))
    return [dt.time(minute // 60, minute % 60) for minute in minutes]


def slot_instant(person: Person, day: dt.date, slot: int) -> dt.datetime:
    """The instant (UTC) of a slot (1..) of a local date."""
    at = slot_time(person, slot, max(slot, slots_on(person, day)))
    return instant_of(day, at, person.patient.zone)


# --- Quiet hours


def after_quiet(at: dt.datetime, preference: ReminderPreference, zone: ZoneInfo) -> dt.datetime | None:
    """`at`, or the end of the quiet hours it lies in; None when they end on another local day.

    The hours are wall time in the patient's zone, from inclusive, until exclusive; equal times mean none.
    """
    start, end = preference.quiet_from, preference.quiet_until
    local = at.astimezone(zone)
    time = local.time()
    if start <= end:
        quiet = start <= time < end
    else:
        if time >= start:
            return None
        quiet = time < end
    # In an hour that occurs twice they have ended at its first occurrence.
    return max(at, instant_of(local.date(), end, zone)) if quiet else at


def nothing_gets_out(preference: ReminderPreference) -> bool:
    """Whether the quiet hours leave no hour of the day, in which a patient could expect a message.

    Minutes that are left count as none: nobody who is quiet until 23:59 wants the day's messages then.
    """
    if preference.quiet_all_day:
        return True
    start, end = (time.hour * 60 + time.minute for time in (preference.quiet_from, preference.quiet_until))
    return (end - start) % (24 * 60) > 23 * 60


def next_free(at: dt.datetime, preference: ReminderPreference, zone: ZoneInfo) -> dt.datetime:
    """`at`, or the end of the quiet hours it lies in, on whichever day they end."""
    tomorrow = at.astimezone(zone).date() + DAY
    return after_quiet(at, preference, zone) or instant_of(tomorrow, preference.quiet_until, zone)


def next_quiet(at: dt.datetime, preference: ReminderPreference, zone: ZoneInfo) -> dt.datetime | None:
    """When the next quiet hours begin after an instant; None when there are none."""
    if preference.quiet_from == preference.quiet_until:
        return None
    today = at.astimezone(zone).date()
    starts = (instant_of(day, preference.quiet_from, zone) for day in (today, today + DAY))
    return next(start for start in starts if start > at)


# --- The rule of each kind


def _session_due(person: Person, day: dt.date, slot: int) -> Wish:
    """One message a slot while any prescription still expects a session of it."""
    reasons = {course.prescription.pk: why_not(course, day, slot) for course in person.courses}
    asking = [course for course in person.courses if reasons[course.prescription.pk] == Reason.NONE]
    if not asking:
        return _not_wanted(reasons.values())
    known_since = min(course.known_since(day) for course in asking)
    return Wish(slot_instant(person, day, slot), known_since=known_since)


def why_not(course: Course, day: dt.date, slot: int) -> Reason:
    """Why a prescription does not ask for this slot's session; NONE when it does."""
    plan = course.plan
    if course.prescription.held_at:
        return Reason.HELD
    if plan.last_day is not None and day > plan.last_day:
        return Reason.STOPPED
    if plan.runs_on(day) and plan.paused_on(day):
        return Reason.PAUSED
    schedule = plan.asks(day)
    if schedule is None or slot > _slots_of(course, day):
        return Reason.NOT_DUE
    if isinstance(schedule, Fixed):
        done = course.logged[day] >= slot
    else:
        week = flexible_week(plan, day)
        done = course.logged[day] > 0 or sum(course.logged[date] for date in week.days) >= week.due
    return Reason.DONE if done else Reason.NONE


def _nudge(person: Person, day: dt.date, slot: int) -> Wish:
    """Some hours after the session's own time, if nothing is logged by then and the day is not over."""
    due = _session_due(person, day, slot)
    if due.at is None:
        return due
    preference, zone = person.patient.reminder_preference, person.patient.zone
    asked_at = after_quiet(due.at, preference, zone) or due.at
    at = asked_at + dt.timedelta(hours=preference.nudge_after)
    if at.astimezone(zone).date() != day:
        return Wish(None, Reason.NOT_DUE)
    return Wish(at, known_since=due.known_since)


def _prescription_ends(person: Person, day: dt.date, _slot: int) -> Wish:
    reasons = [_why_no_end(course, day) for course in person.courses]
    return Wish(slot_instant(person, day, 1)) if Reason.NONE in reasons else _not_wanted(reasons)


def _why_no_end(course: Course, day: dt.date) -> Reason:
    """NONE when it comes to its own end in three days. One that was stopped has told its patient already."""
    ends_on = course.prescription.ends_on
    if ends_on is None or course.plan.last_day != ends_on:
        return Reason.STOPPED if course.prescription.stopped_from else Reason.NOT_DUE
    if day != ends_on - ENDS_AHEAD:
        return Reason.NOT_DUE
    if course.prescription.held_at:
        return Reason.HELD
    return Reason.PAUSED if course.plan.paused_on(day) else Reason.NONE


def _prescription_changed(person: Person, day: dt.date, slot: int) -> Wish:
    notice = next((notice for notice in notices(person, day) if notice.slot == slot), None)
    if notice is None:
        return Wish(None, Reason.NOT_DUE)
    return Wish(notice.at, known_since=notice.news[0].at, moved_from=notice.ready)


@dataclass(frozen=True, slots=True)
class Notice:
    """One message about what was done with the patient's prescriptions: `news`, oldest first, told together.

    It is `ready` when nothing more has been done for a while, and out when no quiet hours keep it back. `slot`: its
    number on its local date.
    """

    slot: int
    ready: dt.datetime
    at: dt.datetime
    news: tuple[News, ...]


def notices(person: Person, day: dt.date) -> list[Notice]:
    """The notices of a local date, in their order.

    A notice waits until nothing more has been done for a while (`SETTLED`), and whatever is done before it is out is
    told with it: acts in quick succession are one message. Once told, it keeps its day and number, wherever another
    zone or other quiet hours would put it now: so nothing is told twice, and nothing new is taken for it.
    """
    news = sorted((n for course in person.courses for n in course.news), key=lambda n: n.at)
    found: list[tuple[dt.date, Notice]] = []
    for told in person.told.get(Kind.PRESCRIPTION_CHANGED, ()):
        said = tuple(n for n in news if n.at <= told.at)
        if said:
            found.append((told.local_date, Notice(told.slot, said[-1].at + SETTLED, told.at, said)))
            news = news[len(said) :]
    while news:
        at = news[0].at
        count = 0
        while count < len(news) and (not count or news[count].at <= at):
            ready = news[count].at + SETTLED
            at = _told_at(person, ready)
            count += 1
        date = person.patient.local_date(at)
        slot = 1 + max((before.slot for on, before in found if on == date), default=0)
        found.append((date, Notice(slot, ready, at, tuple(news[:count]))))
        news = news[count:]
    return [notice for date, notice in found if date == day]


def _told_at(person: Person, ready: dt.datetime) -> dt.datetime:
    """At once; what is ready in the evening's quiet hours is told when those of the next day end."""
    return next_free(ready, person.patient.reminder_preference, person.patient.zone)


def _weekly_summary(person: Person, day: dt.date, _slot: int) -> Wish:
    if day.weekday() != MONDAY or not last_week(person, day).due:
        return Wish(None, Reason.NOT_DUE)
    return Wish(slot_instant(person, day, 1))


def last_week(person: Person, monday: dt.date) -> Adherence:
    """The patient's figures of the week before a Monday, over all prescriptions."""
    week = week_of(monday - DAY)
    return together([(c.plan, c.done) for c in person.courses], week.first, week.last, monday)


def _message(person: Person, _day: dt.date, slot: int) -> Wish:
    waiting = person.waiting
    if waiting is None or waiting.number != slot:
        return Wish(None, Reason.READ)
    return Wish(_announced(person, waiting).at, known_since=waiting.written_at, moved_from=waiting.written_at)


def _announced(person: Person, waiting: Waiting) -> Told:
    """When the patient was told of a message that waits, or else is to be."""
    told = person.told.get(Kind.MESSAGE, ())
    if before := next((one for one in told if one.slot == waiting.number), None):
        return before
    at = _told_at(person, waiting.written_at)
    return Told(person.patient.local_date(at), waiting.number, at)


RULES: dict[Kind, Callable[[Person, dt.date, int], Wish]] = {
    Kind.SESSION_DUE: _session_due,
    Kind.NUDGE: _nudge,
    Kind.PRESCRIPTION_ENDS: _prescription_ends,
    Kind.PRESCRIPTION_CHANGED: _prescription_changed,
    Kind.WEEKLY_SUMMARY: _weekly_summary,
    Kind.MESSAGE: _message,
}


def _not_wanted(reasons: Collection[Reason]) -> Wish:
    return Wish(None, next((reason for reason in TELLING if reason in reasons), Reason.NOT_DUE))


def _accepted_at(person: Person) -> dt.datetime | None:
    invitation = person.patient.invitation
    return invitation.accepted_at if invitation else None


def _latest(*instants: dt.datetime | None) -> dt.datetime | None:
    return max((instant for instant in instants if instant), default=None)
