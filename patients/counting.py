"""What is due and what is done of it, unit by unit (docs/rules.md 4). Figures are sums of these (`patients.adherence`).

Pure: no ORM, no clock, no framework. A *unit* is what is counted together: a day of a fixed schedule, or those days
of an ISO week on which a flexible schedule holds. What a plan asks for is worked out apart from what was done, so
that it is worked out once for all patients who are asked the same.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import floor, lcm
from typing import NamedTuple

from patients.schedule import DateRange, Flexible, Schedule, Span, week_of

ZERO = Fraction(0)
# What was done on each date: completions, 0..1. No entry: nothing.
Completions = Mapping[dt.date, Sequence[Fraction]]

_DAY = dt.timedelta(days=1)


class Unit(NamedTuple):
    """What is counted together, on the date where it stands: a day, or a flexible week on its last such day."""

    date: dt.date
    flexible: bool
    due: int
    kept: int
    credit: Fraction
    extra: int


class _Due(NamedTuple):
    """What a plan asks of one unit: so many sessions, of these days."""

    date: dt.date
    flexible: bool
    due: int
    days: Sequence[dt.date]
    missed: Unit  # what it comes to where nothing was done


def _due(date: dt.date, due: int, days: Sequence[dt.date], *, flexible: bool) -> _Due:
    return _Due(date, flexible, due, days, Unit(date, flexible, due, 0, ZERO, 0))


@dataclass(frozen=True, slots=True)
class Asked:
    """What a plan asks for in a window and the ISO weeks that it touches. Knows nothing of what was done."""

    today: dt.date
    schedules: Mapping[dt.date, Schedule]  # no entry: nothing is asked on that date
    weeks: Mapping[dt.date, Sequence[dt.date]]  # the days under a flexible revision, by their Monday
    units: Sequence[_Due]  # that stand in the window and are over


def whole_weeks(asked: DateRange) -> DateRange:
    """The ISO weeks that a window touches: a flexible week is counted whole."""
    return DateRange(week_of(asked.first).first, week_of(asked.last).last)


def asked_in(spans: tuple[Span, ...], asked: DateRange, today: dt.date) -> Asked:
    """What stands in the `asked` window, of a plan's spans over its whole weeks."""
    schedules: dict[dt.date, Schedule] = {}
    weeks: dict[dt.date, list[dt.date]] = defaultdict(list)
    for span in spans:
        for date in DateRange(span.first, span.last):
            schedules[date] = span.schedule
            if isinstance(span.schedule, Flexible):
                weeks[monday_of(date)].append(date)
    units = []
    for date in asked:
        schedule = schedules.get(date)
        if date < today and not isinstance(schedule, Flexible):
            due = schedule.due_on(date) if schedule else 0
            units.append(_due(date, due, (date,), flexible=False))
    units += [
        _due(dates[-1], due_in_week(map(schedules.get, dates)), dates, flexible=True)
        for dates in weeks.values()
        if dates[-1] in asked and dates[-1] < today
    ]
    return Asked(today, schedules, weeks, units)


# Many are asked the same. Of a fortnight much can be kept; of longer windows as much as a clinic has at once.
asked_lately = lru_cache(maxsize=4096)(asked_in)
asked_often = lru_cache(maxsize=512)(asked_in)


def monday_of(date: dt.date) -> dt.date:
    # Without the range that `week_of` makes: asked for every day of every plan.
    return date - date.weekday() * _DAY


def counted(asked: Asked, done: Completions) -> Iterator[Unit]:
    """The units that stand in the window and are over, as far as something was due or done."""
    for date, flexible, due, days, missed in asked.units:
        sessions = done.get(date, ()) if not flexible else [c for day in days for c in done.get(day, ())]
        if sessions:
            yield take(due, sessions, date, flexible=flexible)
        elif due:
            yield missed


def due_in_week(asked: Iterable[Schedule | None]) -> int:
    """The sum of N/7 over a week's days under a flexible revision, rounded half up."""
    sevenths = sum(schedule.per_week for schedule in asked if isinstance(schedule, Flexible))
    return floor(Fraction(sevenths, 7) + Fraction(1, 2))


def take(due: int, done: Sequence[Fraction], date: dt.date, *, flexible: bool) -> Unit:
    """Of the sessions take as many as were due, the most complete ones; the others are extra."""
    if len(done) <= min(due, 1):  # as it is on nearly every day
        only = done[0] if done else ZERO
        return Unit(date, flexible, due, int(bool(only)), only, 0)
    taken = sorted(done, reverse=True)[:due] if len(done) > due else done
    kept = [completion for completion in taken if completion]
    return Unit(date, flexible, due, len(kept), added(kept), extra=len(done) - len(taken))


def added(parts: Sequence[Fraction]) -> Fraction:
    """The exact sum, over one common denominator: adding pair by pair took half the time of a figure."""
    if len(parts) < 2:
        return parts[0] if parts else ZERO
    denominator = lcm(*(part.denominator for part in parts))
    return Fraction(sum(part.numerator * (denominator // part.denominator) for part in parts), denominator)
