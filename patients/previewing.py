"""What an act on a prescription would change for its patient: tried, looked at, and rolled back (docs/rules.md 3, 7).

The act itself is run, so a preview knows every rule that the verb knows, and refuses what the verb refuses.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from patients.adherence import flexible_week
from patients.models import Prescription
from patients.models.people import PatientState
from patients.models.reminders import Kind
from patients.progress import plan_of
from patients.reminding import facts
from patients.reminding.wishes import Key, keys, wish
from patients.schedule import Fixed, Plan, week_of

DAY = dt.timedelta(days=1)
STRIP_DAYS = 14  # shown day by day, and looked through for reminders
HORIZON = 12 * 7  # days that are compared


@dataclass(frozen=True, slots=True)
class Ahead:
    """A day to come. `due`: the sessions of a fixed schedule; None on a day of a flexible one."""

    date: dt.date
    due: int | None
    paused: bool


@dataclass(frozen=True, slots=True)
class Week:
    """The sessions due in an ISO week under a flexible schedule, before and after."""

    monday: dt.date
    was: int
    now: int


@dataclass(frozen=True, slots=True)
class Preview:
    """Both lists of days begin today. Dates are the patient's local ones, as far as `until`."""

    before: Sequence[Ahead]
    after: Sequence[Ahead]
    no_longer: Sequence[dt.date]
    newly: Sequence[dt.date]
    weeks: Sequence[Week]
    until: dt.date
    # Session reminders of the next 14 days that are not sent any more, or are sent now.
    reminders_gone: int
    reminders_new: int
    # When the patient is told that something changed; None when they are not.
    told_at: dt.datetime | None

    @property
    def changes(self) -> bool:
        return bool(self.no_longer or self.newly or self.weeks or self.before != self.after)

    @property
    def strip(self) -> list[tuple[Ahead, Ahead]]:
        return list(zip(self.before, self.after, strict=True))


@dataclass(frozen=True, slots=True)
class _Outlook:
    plan: Plan
    sessions: frozenset[Key]
    notices: frozenset[dt.datetime]


def preview(prescription: Prescription, act: Callable[[], object]) -> Preview:
    """What the act would change; nothing of it stays. Raises what the act raises."""
    now = timezone.now()
    before = _outlook(prescription, now)
    try:
        with transaction.atomic():
            act()
            after = _outlook(prescription, now)
            transaction.set_rollback(True)
    finally:
        prescription.refresh_from_db()
    return _compare(before, after, prescription.patient.local_date(now))


def _outlook(prescription: Prescription, now: dt.datetime) -> _Outlook:
    patient = prescription.patient
    fresh = Prescription.objects.prefetch_related("revisions", "pauses").get(pk=prescription.pk)
    plan, wishes = plan_of(fresh), {}
    if patient.state == PatientState.ACTIVE:
        person = facts.load([patient.pk], now)[patient.pk]
        today = patient.local_date(now)
        for day in (today + ahead * DAY for ahead in range(STRIP_DAYS)):
            for key in keys(person, day):
                at = wish(person, key).at
                if at and at >= now:
                    wishes[key] = at
    return _Outlook(
        plan,
        frozenset(key for key in wishes if key.kind == Kind.SESSION_DUE),
        frozenset(at for key, at in wishes.items() if key.kind == Kind.PRESCRIPTION_CHANGED),
    )


def _compare(before: _Outlook, after: _Outlook, today: dt.date) -> Preview:
    days = [today + ahead * DAY for ahead in range(HORIZON)]
    mondays = sorted({week_of(day).first for day in days[:-6]})
    weeks = [
        Week(monday, flexible_week(before.plan, monday).due, flexible_week(after.plan, monday).due)
        for monday in mondays
    ]
    return Preview(
        before=[ahead(before.plan, day) for day in days[:STRIP_DAYS]],
        after=[ahead(after.plan, day) for day in days[:STRIP_DAYS]],
        no_longer=[day for day in days if before.plan.due_on(day) > after.plan.due_on(day)],
        newly=[day for day in days if before.plan.due_on(day) < after.plan.due_on(day)],
        weeks=[week for week in weeks if week.was != week.now],
        until=days[-1],
        reminders_gone=len(before.sessions - after.sessions),
        reminders_new=len(after.sessions - before.sessions),
        # What is not out yet is told along.
        told_at=max(after.notices, default=None),
    )


def ahead(plan: Plan, day: dt.date) -> Ahead:
    """What a plan asks for on a day to come."""
    schedule = plan.asks(day)
    return Ahead(
        day,
        due=schedule.due_on(day) if isinstance(schedule, Fixed) else 0 if schedule is None else None,
        paused=plan.runs_on(day) and plan.paused_on(day),
    )
