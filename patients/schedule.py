"""What a prescription asks for on which local date, and which instant a local time is.

Sources of the rules: docs/rules.md 1 (schedule, pause, occasion), 3 (start, end, revisions), 4 (the revision
in force) and 7 (local time to instant). Pure: no ORM, no clock, no framework. A `day` is a local date of the
patient.
"""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from exercises.dosage import PER_WEEK_MAX, TIMES_PER_DAY_MAX

# Ten years, leap days included. Nobody reads more at once, and a mistyped year must not cost minutes.
WINDOW_DAYS_MAX = 3653
# The weeks around a window have to lie in the calendar as well.
EARLIEST_DAY, LATEST_DAY = dt.date(1900, 1, 1), dt.date(2199, 12, 31)

_DAY = dt.timedelta(days=1)
_SECOND = dt.timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Fixed:
    """So many sessions on each of these weekdays (Monday 0 .. Sunday 6). Raises ValueError out of range."""

    weekdays: frozenset[int]
    times_per_day: int

    def __post_init__(self) -> None:
        if not self.weekdays or not self.weekdays <= set(range(7)):
            raise ValueError("A fixed schedule has at least one weekday, from 0 (Monday) to 6 (Sunday).")
        if not 1 <= self.times_per_day <= TIMES_PER_DAY_MAX:
            raise ValueError(f"A fixed schedule asks for 1 to {TIMES_PER_DAY_MAX} sessions a day.")

    def due_on(self, day: dt.date) -> int:
        return self.times_per_day if day.weekday() in self.weekdays else 0


@dataclass(frozen=True, slots=True)
class Flexible:
    """So many sessions a week, on any days. Raises ValueError out of range."""

    per_week: int

    def __post_init__(self) -> None:
        if not 1 <= self.per_week <= PER_WEEK_MAX:
            raise ValueError(f"A flexible schedule asks for 1 to {PER_WEEK_MAX} sessions a week.")


Schedule = Fixed | Flexible


@dataclass(frozen=True, slots=True)
class DateRange:
    """Local dates from `first` to `last`, both inclusive. Raises ValueError when they are reversed."""

    first: dt.date
    last: dt.date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise ValueError(f"The last day ({self.last}) is before the first day ({self.first}).")

    def __contains__(self, day: dt.date) -> bool:
        return self.first <= day <= self.last

    def __iter__(self) -> Iterator[dt.date]:
        return map(dt.date.fromordinal, range(self.first.toordinal(), self.last.toordinal() + 1))

    def __len__(self) -> int:
        return self.last.toordinal() - self.first.toordinal() + 1


@dataclass(frozen=True, slots=True)
class Revision:
    """One revision of a prescription, as far as it says when: its schedule from `counts_from` on."""

    number: int
    counts_from: dt.date
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Span:
    """Local dates, both inclusive, on each of which one schedule holds."""

    first: dt.date
    last: dt.date
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Plan:
    """The dated facts of one prescription. `last_day`: its end or the day before its stop, the earlier one.

    A last day before the first one is no mistake: such is a prescription that was stopped before it began.
    Raises ValueError when a revision counts from before the start, or two revisions have the same number.
    """

    starts_on: dt.date
    last_day: dt.date | None
    revisions: tuple[Revision, ...]
    pauses: tuple[DateRange, ...]
    # Both ascending and parallel to their `_from`, so that a look-up does not grow with a long history.
    _in_force: tuple[Revision, ...] = field(init=False, repr=False, compare=False)
    _in_force_from: tuple[dt.date, ...] = field(init=False, repr=False, compare=False)
    _paused: tuple[DateRange, ...] = field(init=False, repr=False, compare=False)
    _paused_from: tuple[dt.date, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if any(revision.counts_from < self.starts_on for revision in self.revisions):
            raise ValueError("A revision cannot count from before the first day of its prescription.")
        if len({revision.number for revision in self.revisions}) < len(self.revisions):
            raise ValueError("Two revisions of a prescription cannot have the same number.")
        in_force, paused = _succession(self.revisions), merged(self.pauses)
        object.__setattr__(self, "_in_force", in_force)
        object.__setattr__(self, "_in_force_from", tuple(revision.counts_from for revision in in_force))
        object.__setattr__(self, "_paused", paused)
        object.__setattr__(self, "_paused_from", tuple(pause.first for pause in paused))

    def in_force(self, day: dt.date) -> Revision | None:
        """The latest revision whose date is on or before `day` (docs/rules.md 4); None before the first."""
        before = bisect_right(self._in_force_from, day)
        return self._in_force[before - 1] if before else None

    def runs_on(self, day: dt.date) -> bool:
        """Whether `day` lies between start and end, both inclusive."""
        return self.starts_on <= day and (self.last_day is None or day <= self.last_day)

    def paused_on(self, day: dt.date) -> bool:
        before = bisect_right(self._paused_from, day)
        return before > 0 and day <= self._paused[before - 1].last

    def expects(self, day: dt.date) -> bool:
        """Whether `day` lies between start and end and is not paused."""
        return self.runs_on(day) and not self.paused_on(day)

    def asks(self, day: dt.date) -> Schedule | None:
        """The schedule that holds on `day`; None before the start, after the end and in a pause."""
        revision = self.in_force(day) if self.expects(day) else None
        return revision.schedule if revision else None

    def spans(self, days: DateRange) -> tuple[Span, ...]:
        """What `asks` answers for all of `days` at once, by date; no span where nothing is asked.

        Plans that ask for the same have equal spans, whatever lies outside of `days`.
        """
        first = max(self.starts_on, days.first)
        last = days.last if self.last_day is None else min(self.last_day, days.last)
        spans: list[Span] = []
        for place, revision in enumerate(self._in_force):
            begin, end = max(revision.counts_from, first), last
            if place + 1 < len(self._in_force):
                end = min(end, self._in_force_from[place + 1] - _DAY)
            for pause in self._paused:
                if begin <= pause.last and pause.first <= end:
                    if begin < pause.first:
                        spans.append(Span(begin, pause.first - _DAY, revision.schedule))
                    if pause.last >= end:
                        break
                    begin = pause.last + _DAY
            else:
                if begin <= end:
                    spans.append(Span(begin, end, revision.schedule))
        return tuple(spans)

    def due_on(self, day: dt.date) -> int:
        """Sessions that a fixed schedule expects on `day`; 0 under a flexible one, which has no due days."""
        schedule = self.asks(day)
        return schedule.due_on(day) if isinstance(schedule, Fixed) else 0


def _succession(revisions: Iterable[Revision]) -> tuple[Revision, ...]:
    """The revisions that are ever in force, by date.

    The latest amendment is the clinician's last word from its date on: an earlier one that was to count from
    that date or later never does.
    """
    in_force: list[Revision] = []
    for revision in sorted(revisions, key=lambda r: r.number, reverse=True):
        if not in_force or revision.counts_from < in_force[-1].counts_from:
            in_force.append(revision)
    return tuple(reversed(in_force))


def merged(ranges: Iterable[DateRange]) -> tuple[DateRange, ...]:
    """The same dates as disjoint ranges, by date."""
    disjoint: list[DateRange] = []
    for dates in sorted(ranges, key=lambda r: r.first):
        if disjoint and dates.first <= disjoint[-1].last:
            disjoint[-1] = DateRange(disjoint[-1].first, max(disjoint[-1].last, dates.last))
        else:
            disjoint.append(dates)
    return tuple(disjoint)


def window(first: dt.date, last: dt.date) -> DateRange:
    """The asked local dates, both inclusive. Raises ValueError when reversed or longer than ten years."""
    asked = DateRange(first, last)
    if len(asked) > WINDOW_DAYS_MAX:
        raise ValueError(f"From {first} to {last} is more than ten years; ask for a shorter time.")
    return asked


def week_of(day: dt.date) -> DateRange:
    """The ISO week that holds `day`: Monday to Sunday."""
    monday = day - day.weekday() * _DAY
    # The calendar of Python ends on a Friday; what is asked of its last week must not break.
    return DateRange(monday, min(monday, dt.date.max - 6 * _DAY) + 6 * _DAY)


@dataclass(frozen=True, slots=True)
class Occasion:
    """One session that a fixed schedule expects on a local date; `slot` runs from 1 to the times per day."""

    date: dt.date
    slot: int


def occasions(plan: Plan, first: dt.date, last: dt.date) -> list[Occasion]:
    """Every occasion from `first` to `last`, in order. Raises ValueError for a window that is none."""
    return [Occasion(day, slot) for day in window(first, last) for slot in range(1, plan.due_on(day) + 1)]


def instant_of(day: dt.date, at: dt.time, zone: ZoneInfo) -> dt.datetime:
    """The instant (UTC) at which clocks in `zone` show the wall time `at` on `day` (docs/rules.md 7).

    A time that a clock change skips is the first instant after the gap; one that occurs twice is its first
    occurrence. RFC 5545 would move a skipped 02:30 on to 03:30: not taken, a reminder should not come late.
    """
    wall = dt.datetime.combine(day, at.replace(fold=0), tzinfo=zone)
    # fold=0 reads the wall time with the offset before a change: right in an overlap, past the gap in a gap.
    after = wall.astimezone(dt.UTC)
    if after.astimezone(zone).replace(tzinfo=None) == wall.replace(tzinfo=None):
        return after
    before = wall.replace(fold=1).astimezone(dt.UTC).replace(microsecond=0)
    offset_after = after.astimezone(zone).utcoffset()
    # Clocks change on whole seconds; the change lies between the two readings.
    change = bisect_left(
        range(int((after - before) / _SECOND) + 1),
        True,
        key=lambda seconds: (before + seconds * _SECOND).astimezone(zone).utcoffset() == offset_after,
    )
    return before + change * _SECOND
