"""docs/rules.md 4 a second time: day by day, slow and obvious, so that the quick one has something to agree with.

Nothing here calls a rule of `patients.schedule` or `patients.adherence`; only their records are read.
"""

import datetime as dt
from fractions import Fraction

from patients.adherence import Done
from patients.schedule import Fixed, Flexible, Plan, Schedule

Figures = tuple[int, int, Fraction, int]  # due, kept, credit, extra


def figures(plan: Plan, sessions: list[Done], first: dt.date, last: dt.date, today: dt.date) -> Figures:
    due, kept, credit, extra = 0, 0, Fraction(0), 0
    day = first
    while day <= last:
        if day < today:
            more = of_day(plan, sessions, day, today)
            due, kept, credit, extra = due + more[0], kept + more[1], credit + more[2], extra + more[3]
        day += dt.timedelta(days=1)
    return due, kept, credit, extra


def of_day(plan: Plan, sessions: list[Done], day: dt.date, today: dt.date) -> Figures:
    """What is counted on this day: its own sessions, or those of the flexible week of which it is the last day."""
    schedule = asked(plan, day)
    if isinstance(schedule, Flexible):
        days = flexible_days(plan, day)
        if day != days[-1]:
            return 0, 0, Fraction(0), 0
        due = due_in_week(plan, days)
    else:
        days = [day]
        due = schedule.times_per_day if schedule and day.weekday() in schedule.weekdays else 0
    return take(due, [session.completion for session in sessions if session.local_date in days])


def take(due: int, completions: list[Fraction]) -> Figures:
    kept, credit, left = 0, Fraction(0), list(completions)
    for _ in range(due):
        if left:
            best = max(left)
            left.remove(best)
            credit += best
            if best > 0:
                kept += 1
    return due, kept, credit, len(left)


def due_in_week(plan: Plan, days: list[dt.date]) -> int:
    exact = Fraction(0)
    for day in days:
        schedule = asked(plan, day)
        assert isinstance(schedule, Flexible)
        exact += Fraction(schedule.per_week, 7)
    whole = int(exact)
    return whole + 1 if exact - whole >= Fraction(1, 2) else whole


def flexible_days(plan: Plan, day: dt.date) -> list[dt.date]:
    """The days of `day`'s ISO week on which a flexible schedule holds, Monday first."""
    year, week, _ = day.isocalendar()
    days = [dt.date.fromisocalendar(year, week, weekday) for weekday in range(1, 8)]
    return [other for other in days if isinstance(asked(plan, other), Flexible)]


def asked(plan: Plan, day: dt.date) -> Schedule | None:
    if day < plan.starts_on or (plan.last_day is not None and day > plan.last_day):
        return None
    for pause in plan.pauses:
        if pause.first <= day <= pause.last:
            return None
    latest = None
    for revision in plan.revisions:
        if revision.counts_from <= day and (latest is None or revision.number > latest.number):
            latest = revision
    return latest.schedule if latest else None


def occasions(plan: Plan, first: dt.date, last: dt.date) -> list[tuple[dt.date, int]]:
    found = []
    day = first
    while day <= last:
        schedule = asked(plan, day)
        if isinstance(schedule, Fixed) and day.weekday() in schedule.weekdays:
            found += [(day, slot) for slot in range(1, schedule.times_per_day + 1)]
        day += dt.timedelta(days=1)
    return found
