"""Adherence: what was done of what was due (docs/rules.md 4). One function is behind every figure.

Pure: no ORM, no clock, no framework. Counts are whole sessions, completions and credits exact fractions, and
every date a local date of the patient. Figures are sums of the units of `patients.counting`. Adjacent windows add up
because each unit stands on one date: the day, or the last such day of a flexible week.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from functools import lru_cache
from math import floor

from patients.counting import (
    ZERO,
    Asked,
    Completions,
    Unit,
    added,
    asked_in,
    asked_lately,
    asked_often,
    counted,
    due_in_week,
    monday_of,
    take,
    whole_weeks,
)
from patients.schedule import DateRange, Fixed, Flexible, Plan, week_of, window

BAND_DAYS = 14
NEW_BELOW = 3  # due
QUIET_AFTER = 3  # due occasions missed in a row
ON_TRACK = Fraction(80, 100)
SLIPPING = Fraction(50, 100)

_DAY = dt.timedelta(days=1)


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


class Shares:
    """The figures of whatever has counts: sessions due, kept, and the exact credit of those kept."""

    __slots__ = ()

    due: int
    kept: int
    credit: Fraction

    @property
    def frequency(self) -> Fraction | None:
        """Sessions kept of those due; None when nothing was due."""
        return Fraction(self.kept, self.due) if self.due else None

    @property
    def adherence(self) -> Fraction | None:
        """Completions of what was due; None when nothing was due."""
        return self.credit / self.due if self.due else None

    @property
    def percent(self) -> int | None:
        """Adherence in whole per cent, rounded half up; None when nothing was due."""
        return None if self.adherence is None else floor(self.adherence * 100 + Fraction(1, 2))


@dataclass(frozen=True, slots=True)
class Counts(Shares):
    """What was due and done on some days, or by some patients, added up."""

    due: int = 0
    kept: int = 0
    credit: Fraction = ZERO
    extra: int = 0

    @classmethod
    def of(cls, parts: "_Parts") -> "Counts":
        return cls(*_summed(parts))


@dataclass(frozen=True, slots=True)
class Totals(Shares):
    """The figures of a window, both dates inclusive, as they stand on `as_of`: today, which never counts."""

    first: dt.date
    last: dt.date
    as_of: dt.date
    due: int
    kept: int
    credit: Fraction
    extra: int


@dataclass(frozen=True, slots=True)
class Adherence(Totals):
    """The figures of a window with each of its days."""

    days: tuple[Day, ...]


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
    asked, done = asked_in(plan.spans(whole_weeks(days_asked)), days_asked, today), _by_date(sessions)
    units = {unit.date: unit for unit in counted(asked, done)}
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
        *_summed(parts),
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
    weeks = whole_weeks(days)
    units = [
        unit
        for plan, sessions in parts
        for unit in counted(asked_often(plan.spans(weeks), days, today), _by_date(sessions))
    ]
    return Totals(first, last, today, *_summed(units))


_Parts = Sequence[Unit] | Sequence[Day] | Sequence[Counts] | Sequence[Adherence]


def _by_date(sessions: Iterable[Done]) -> Completions:
    done: dict[dt.date, list[Fraction]] = {}
    for session in sessions:
        done.setdefault(session.local_date, []).append(session.completion)
    return done


def _summed(parts: _Parts) -> tuple[int, int, Fraction, int]:
    """Due, kept, credit and extra of all parts."""
    return (
        sum(part.due for part in parts),
        sum(part.kept for part in parts),
        added([part.credit for part in parts]),
        sum(part.extra for part in parts),
    )


@dataclass(frozen=True, slots=True)
class Lately(Shares):
    """One patient's figures over the 14 days before a day, without the single days."""

    band: Band
    due: int
    kept: int
    credit: Fraction


@lru_cache(maxsize=8)
def _fortnight(today: dt.date) -> tuple[DateRange, DateRange]:
    """The days of the band, and their whole weeks."""
    days = DateRange(today - BAND_DAYS * _DAY, today - _DAY)
    return days, whole_weeks(days)


def lately(parts: Iterable[tuple[Plan, Iterable[Done]]], today: dt.date) -> Lately:
    """Band and figures of one patient over the 14 days before `today`, from all their prescriptions and sessions.

    Counted as `adherence` counts, in a tenth of its time: what plans ask for is worked out once for all patients
    who are asked the same.
    """
    days, weeks = _fortnight(today)
    units = [
        unit
        for plan, sessions in parts
        for unit in counted(asked_lately(plan.spans(weeks), days, today), _by_date(sessions))
        if unit.due
    ]
    counts = Counts.of(units)
    return Lately(_band(units, counts), counts.due, counts.kept, counts.credit)


def units_before(parts: Iterable[tuple[Plan, Iterable[Done]]], first: dt.date, today: dt.date) -> list[Unit]:
    """What was due from `first` to the day before `today`, of all prescriptions, by date, as far as it is over.

    Raises ValueError as `adherence` does.
    """
    if first >= today:
        return []
    days = window(first, today - _DAY)
    weeks = whole_weeks(days)
    units = (
        unit
        for plan, sessions in parts
        for unit in counted(asked_often(plan.spans(weeks), days, today), _by_date(sessions))
        if unit.due
    )
    return sorted(units, key=lambda unit: (unit.date, unit.flexible))


def _band(units: Sequence[Unit], counts: Counts) -> Band:
    share = counts.adherence
    if share is None or counts.due < NEW_BELOW:
        return Band.NEW
    if _quiet(units):
        return Band.QUIET
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
    return FlexibleWeek(days, due_in_week(asked.values()))


# --- How a day is shown


def _day(plan: Plan, asked: Asked, done: Completions, date: dt.date, unit: Unit | None) -> Day:
    revision = plan.in_force(date) if plan.runs_on(date) else None
    return Day(
        date,
        unit.due if unit else 0,
        unit.kept if unit else 0,
        unit.credit if unit else ZERO,
        unit.extra if unit else 0,
        _state(plan, asked, done.get(date, ()), date, unit),
        revision.number if revision else None,
    )


def _state(plan: Plan, asked: Asked, done: Sequence[Fraction], date: dt.date, unit: Unit | None) -> DayState:
    schedule = asked.schedules.get(date)
    if isinstance(schedule, Fixed):
        due = schedule.due_on(date)
        return _state_of_fixed_day(unit or take(due, done, date, flexible=False), asked.today)
    if isinstance(schedule, Flexible):
        best = max(done, default=ZERO)
        if best:
            return DayState.DONE if best == 1 else DayState.PARTLY
        over = asked.weeks[monday_of(date)][-1] < asked.today
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
        *_summed(days),
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
