"""Adherence: what was done of what was due (docs/rules.md 4). One function is behind every figure.

Pure: no ORM, no clock, no framework. Counts are whole sessions, completions and credits exact fractions, and
every date a local date of the patient. What is counted together is a *unit*: a day of a fixed schedule, or
those days of an ISO week on which a flexible schedule holds. Adjacent windows add up because each unit stands
on one date: the day, or the week's last such day.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from math import floor, lcm
from typing import NamedTuple

from patients.schedule import DateRange, Fixed, Flexible, Plan, Schedule, Span, week_of, window

BAND_DAYS = 14
NEW_BELOW = 3  # due
QUIET_AFTER = 3  # due occasions missed in a row
ON_TRACK = Fraction(80, 100)
SLIPPING = Fraction(50, 100)

_DAY = dt.timedelta(days=1)
_ZERO = Fraction(0)


@lru_cache(maxsize=4096)
def completion(performed_sets: int, prescribed_sets: int) -> Fraction:
    """Performed sets / prescribed sets of one session, over all items and sides, 0..1."""
    return Fraction(performed_sets, prescribed_sets)


@dataclass(frozen=True, slots=True)
class Done:
    """One session that was not voided, as corrected. `completion` is performed / prescribed sets, 0..1.

    Raises ValueError for a completion out of range.
    """

    local_date: dt.date
    completion: Fraction

    def __post_init__(self) -> None:
        if not 0 <= self.completion.numerator <= self.completion.denominator:
            raise ValueError(f"A completion lies between 0 and 1, not {self.completion}.")


class DayState(Enum):
    """How one day is shown. A day without a session is never missed in a flexible week."""

    DONE = "done"
    PARTLY = "partly"
    MISSED = "missed"
    PAUSED = "paused"
    NOT_DUE = "not_due"
    OPEN = "open"  # today, later, or a flexible week that is not over: not counted yet


@dataclass(frozen=True, slots=True)
class Day:
    """One date of a window. A flexible week's counts stand on its last such day, so days sum to the totals.

    `revision` is the number of the revision in force; None outside the prescription and for a combination.
    """

    date: dt.date
    due: int
    kept: int
    credit: Fraction
    extra: int
    state: DayState
    revision: int | None


@dataclass(frozen=True, slots=True)
class Totals:
    """The figures of a window, both dates inclusive, as they stand on `as_of`: today, which never counts."""

    first: dt.date
    last: dt.date
    as_of: dt.date
    due: int
    kept: int
    credit: Fraction
    extra: int

    @property
    def frequency(self) -> Fraction | None:
        """Sessions kept of those due; None when nothing was due."""
        return Fraction(self.kept, self.due) if self.due else None

    @property
    def adherence(self) -> Fraction | None:
        """Completions of what was due; None when nothing was due."""
        return self.credit / self.due if self.due else None


@dataclass(frozen=True, slots=True)
class Adherence(Totals):
    """The figures of a window with each of its days."""

    days: tuple[Day, ...]


class Unit(NamedTuple):
    """What is counted together, on the date where it stands: a day, or a flexible week on its last such day."""

    date: dt.date
    flexible: bool
    due: int
    kept: int
    credit: Fraction
    extra: int


class Band(Enum):
    """Where a patient stands over the 14 days before today; the first that fits."""

    NEW = "new"
    QUIET = "quiet"
    ON_TRACK = "on_track"
    SLIPPING = "slipping"
    OFF_TRACK = "off_track"


def adherence(
    plan: Plan, sessions: Iterable[Done], first: dt.date, last: dt.date, today: dt.date
) -> Adherence:
    """The figures of one prescription from `first` to `last`, both inclusive, as they stand on `today`.

    `sessions` are those of the prescription, in any order; none from before the week of `first` matters.
    Raises ValueError when the window is reversed or longer than ten years.
    """
    days_asked = window(first, last)
    asked, done = _asked(plan.spans(_whole_weeks(days_asked)), days_asked, today), _by_date(sessions)
    units = {unit.date: unit for unit in _units(asked, done)}
    days = tuple(_day(plan, asked, done, date, units.get(date)) for date in DateRange(first, last))
    return Adherence(first, last, today, *_summed(list(units.values())), days)


def combine(parts: Sequence[Adherence]) -> Adherence:
    """The figures of several prescriptions over the same window, as one; `as_of` is the earliest of theirs.

    Raises ValueError when there is no part, or the windows differ (their sums would say nothing).
    """
    if not parts or len({(part.first, part.last) for part in parts}) > 1:
        raise ValueError("Only figures of one and the same window can be combined.")
    if len(parts) == 1:
        return parts[0]
    return Adherence(
        parts[0].first,
        parts[0].last,
        min(part.as_of for part in parts),
        due=sum(part.due for part in parts),
        kept=sum(part.kept for part in parts),
        credit=_sum([part.credit for part in parts]),
        extra=sum(part.extra for part in parts),
        days=tuple(_merged(days) for days in zip(*(part.days for part in parts), strict=True)),
    )


def together(
    parts: Iterable[tuple[Plan, Iterable[Done]]], first: dt.date, last: dt.date, today: dt.date
) -> Adherence:
    """The figures of one patient from all their prescriptions with their sessions; nothing due where there is none.

    Raises as `adherence` does.
    """
    figures = [adherence(plan, sessions, first, last, today) for plan, sessions in parts]
    return combine(figures or [adherence(Plan(first, None, (), ()), (), first, last, today)])


def totals(
    parts: Iterable[tuple[Plan, Iterable[Done]]], first: dt.date, last: dt.date, today: dt.date
) -> Totals:
    """What `together` says of a window, without its days: for many patients, of whom nobody reads every day.

    Raises as `adherence` does.
    """
    days = window(first, last)
    whole_weeks = _whole_weeks(days)
    units = [
        unit
        for plan, sessions in parts
        for unit in _units(_asked_often(plan.spans(whole_weeks), days, today), _by_date(sessions))
    ]
    return Totals(first, last, today, *_summed(units))


def _summed(units: Sequence[Unit]) -> tuple[int, int, Fraction, int]:
    """Due, kept, credit and extra of all units."""
    return (
        sum(unit.due for unit in units),
        sum(unit.kept for unit in units),
        _sum([unit.credit for unit in units]),
        sum(unit.extra for unit in units),
    )


@dataclass(frozen=True, slots=True)
class Lately:
    """One patient's figures over the 14 days before a day, without the single days."""

    band: Band
    due: int
    kept: int
    credit: Fraction

    @property
    def adherence(self) -> Fraction | None:
        """Completions of what was due; None when nothing was due."""
        return self.credit / self.due if self.due else None


def lately(parts: Iterable[tuple[Plan, Iterable[Done]]], today: dt.date) -> Lately:
    """Band and figures of one patient over the 14 days before `today`, from all their prescriptions and sessions.

    Counted as `adherence` counts, in a tenth of its time: what plans ask for is worked out once for all patients
    who are asked the same.
    """
    days, whole_weeks = _fortnight(today)
    units = [
        unit
        for plan, sessions in parts
        for unit in _units(_asked_lately(plan.spans(whole_weeks), days, today), _by_date(sessions))
        if unit.due
    ]
    due = sum(unit.due for unit in units)
    credit = _sum([unit.credit for unit in units])
    return Lately(_band(units, due, credit), due, sum(unit.kept for unit in units), credit)


def units_before(parts: Iterable[tuple[Plan, Iterable[Done]]], first: dt.date, today: dt.date) -> list[Unit]:
    """What was due from `first` to the day before `today`, of all prescriptions, by date, as far as it is over.

    Raises ValueError as `adherence` does.
    """
    if first >= today:
        return []
    days = window(first, today - _DAY)
    weeks = _whole_weeks(days)
    units = (
        unit
        for plan, sessions in parts
        for unit in _units(_asked_often(plan.spans(weeks), days, today), _by_date(sessions))
        if unit.due
    )
    return sorted(units, key=lambda unit: (unit.date, unit.flexible))


def _band(units: Sequence[Unit], due: int, credit: Fraction) -> Band:
    if due < NEW_BELOW:
        return Band.NEW
    if _quiet(units):
        return Band.QUIET
    share = credit / due
    if share >= ON_TRACK:
        return Band.ON_TRACK
    return Band.SLIPPING if share >= SLIPPING else Band.OFF_TRACK


def band(parts: Iterable[tuple[Plan, Iterable[Done]]], today: dt.date) -> Band:
    """The band of one patient over the 14 days before `today`, from all their prescriptions and sessions."""
    return lately(parts, today).band


@dataclass(frozen=True, slots=True)
class FlexibleWeek:
    """The days of an ISO week that count together, and how many sessions they are due; empty without such days."""

    days: tuple[dt.date, ...]
    due: int


def flexible_week(plan: Plan, day: dt.date) -> FlexibleWeek:
    """The week of `day` as it will be counted, by what is known of the plan now."""
    asked = {date: plan.asks(date) for date in week_of(day)}
    days = tuple(date for date, schedule in asked.items() if isinstance(schedule, Flexible))
    return FlexibleWeek(days, _due_in_week(asked.values()))


# --- What is counted


class _Due(NamedTuple):
    """What a plan asks of one unit: so many sessions, of these days."""

    date: dt.date
    flexible: bool
    due: int
    days: Sequence[dt.date]
    missed: Unit  # what it comes to where nothing was done


def _due(date: dt.date, due: int, days: Sequence[dt.date], *, flexible: bool) -> _Due:
    return _Due(date, flexible, due, days, Unit(date, flexible, due, 0, _ZERO, 0))


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a plan asks for in a window and the ISO weeks that it touches. Knows nothing of what was done."""

    today: dt.date
    schedules: Mapping[dt.date, Schedule]  # no entry: nothing is asked on that date
    weeks: Mapping[dt.date, Sequence[dt.date]]  # the days under a flexible revision, by their Monday
    units: Sequence[_Due]  # that stand in the window and are over


_Completions = Mapping[dt.date, Sequence[Fraction]]


def _whole_weeks(asked: DateRange) -> DateRange:
    """The ISO weeks that a window touches: a flexible week is counted whole."""
    return DateRange(week_of(asked.first).first, week_of(asked.last).last)


@lru_cache(maxsize=8)
def _fortnight(today: dt.date) -> tuple[DateRange, DateRange]:
    """The days of the band, and their whole weeks."""
    days = DateRange(today - BAND_DAYS * _DAY, today - _DAY)
    return days, _whole_weeks(days)


def _asked(spans: tuple[Span, ...], asked: DateRange, today: dt.date) -> _Asked:
    schedules: dict[dt.date, Schedule] = {}
    weeks: dict[dt.date, list[dt.date]] = defaultdict(list)
    for span in spans:
        for date in DateRange(span.first, span.last):
            schedules[date] = span.schedule
            if isinstance(span.schedule, Flexible):
                weeks[_monday(date)].append(date)
    units = []
    for date in asked:
        schedule = schedules.get(date)
        if date < today and not isinstance(schedule, Flexible):
            due = schedule.due_on(date) if schedule else 0
            units.append(_due(date, due, (date,), flexible=False))
    units += [
        _due(dates[-1], _due_in_week(map(schedules.get, dates)), dates, flexible=True)
        for dates in weeks.values()
        if dates[-1] in asked and dates[-1] < today
    ]
    return _Asked(today, schedules, weeks, units)


# Many are asked the same. Of a fortnight much can be kept; of longer windows as much as a clinic has at once.
_asked_lately = lru_cache(maxsize=4096)(_asked)
_asked_often = lru_cache(maxsize=512)(_asked)


def _by_date(sessions: Iterable[Done]) -> _Completions:
    done: dict[dt.date, list[Fraction]] = {}
    for session in sessions:
        done.setdefault(session.local_date, []).append(session.completion)
    return done


def _monday(date: dt.date) -> dt.date:
    return date - date.weekday() * _DAY


def _units(asked: _Asked, done: _Completions) -> Iterator[Unit]:
    """The units that stand in the window and are over, as far as something was due or done."""
    for date, flexible, due, days, missed in asked.units:
        sessions = done.get(date, ()) if not flexible else [c for day in days for c in done.get(day, ())]
        if sessions:
            yield _take(due, sessions, date, flexible=flexible)
        elif due:
            yield missed


def _due_in_week(asked: Iterable[Schedule | None]) -> int:
    """The sum of N/7 over a week's days under a flexible revision, rounded half up."""
    sevenths = sum(schedule.per_week for schedule in asked if isinstance(schedule, Flexible))
    return floor(Fraction(sevenths, 7) + Fraction(1, 2))


def _take(due: int, done: Sequence[Fraction], date: dt.date, *, flexible: bool) -> Unit:
    """Of the sessions take as many as were due, the most complete ones; the others are extra."""
    if len(done) <= min(due, 1):  # as it is on nearly every day
        only = done[0] if done else _ZERO
        return Unit(date, flexible, due, int(bool(only)), only, 0)
    taken = sorted(done, reverse=True)[:due] if len(done) > due else done
    kept = [completion for completion in taken if completion]
    return Unit(date, flexible, due, len(kept), _sum(kept), extra=len(done) - len(taken))


def _sum(parts: Sequence[Fraction]) -> Fraction:
    """The exact sum, over one common denominator: adding pair by pair took half the time of a figure."""
    if len(parts) < 2:
        return parts[0] if parts else _ZERO
    denominator = lcm(*(part.denominator for part in parts))
    return Fraction(sum(part.numerator * (denominator // part.denominator) for part in parts), denominator)


# --- How a day is shown


def _day(plan: Plan, asked: _Asked, done: _Completions, date: dt.date, unit: Unit | None) -> Day:
    revision = plan.in_force(date) if plan.runs_on(date) else None
    return Day(
        date,
        unit.due if unit else 0,
        unit.kept if unit else 0,
        unit.credit if unit else _ZERO,
        unit.extra if unit else 0,
        _state(plan, asked, done.get(date, ()), date, unit),
        revision.number if revision else None,
    )


def _state(plan: Plan, asked: _Asked, done: Sequence[Fraction], date: dt.date, unit: Unit | None) -> DayState:
    schedule = asked.schedules.get(date)
    if isinstance(schedule, Fixed):
        due = schedule.due_on(date)
        return _state_of_fixed_day(unit or _take(due, done, date, flexible=False), asked.today)
    if isinstance(schedule, Flexible):
        best = max(done, default=_ZERO)
        if best:
            return DayState.DONE if best == 1 else DayState.PARTLY
        over = asked.weeks[_monday(date)][-1] < asked.today
        return DayState.NOT_DUE if over else DayState.OPEN
    return DayState.PAUSED if plan.runs_on(date) and plan.paused_on(date) else DayState.NOT_DUE


def _state_of_fixed_day(day: Unit, today: dt.date) -> DayState:
    if day.due == 0:
        return DayState.NOT_DUE
    if day.kept:
        return DayState.DONE if day.credit == day.due else DayState.PARTLY
    return DayState.MISSED if day.date < today else DayState.OPEN


def _merged(days: Sequence[Day]) -> Day:
    """The same date of several prescriptions, as one mark."""
    return Day(
        days[0].date,
        sum(day.due for day in days),
        sum(day.kept for day in days),
        _sum([day.credit for day in days]),
        sum(day.extra for day in days),
        _merged_state({day.state for day in days}),
        revision=None,
    )


def _merged_state(states: set[DayState]) -> DayState:
    """What was asked that day decides; all of it done is done, some of it is partly done."""
    asked = states - {DayState.NOT_DUE, DayState.PAUSED}
    if asked == {DayState.DONE}:
        return DayState.DONE
    if asked & {DayState.DONE, DayState.PARTLY}:
        return DayState.PARTLY
    for state in (DayState.MISSED, DayState.OPEN, DayState.PAUSED):
        if state in states:
            return state
    return DayState.NOT_DUE


# --- Quiet


def _quiet(units: Sequence[Unit]) -> bool:
    """Whether nothing came lately. The newest unit says by which rule; both, if both kinds end then."""
    newest = max(unit.date for unit in units)
    rules = {unit.flexible for unit in units if unit.date == newest}
    return all(_week_empty(units, newest) if flexible else _last_missed(units) for flexible in rules)


def _last_missed(units: Sequence[Unit]) -> bool:
    """Whether the last 3 due occasions were all missed. Sessions fill a day's slots from the first."""
    due: dict[dt.date, int] = defaultdict(int)
    kept: dict[dt.date, int] = defaultdict(int)
    for unit in units:
        if not unit.flexible:
            due[unit.date] += unit.due
            kept[unit.date] += unit.kept
    slots = [slot <= kept[date] for date in sorted(due) for slot in range(1, due[date] + 1)]
    return len(slots) >= QUIET_AFTER and not any(slots[-QUIET_AFTER:])


def _week_empty(units: Sequence[Unit], newest: dt.date) -> bool:
    """Whether nothing was kept in the last finished week of the flexible schedules."""
    week = week_of(newest)
    return not any(unit.kept for unit in units if unit.flexible and unit.date in week)
