"""Plans and sessions for the tests of the rules: short ways to write one down, and hypothesis strategies for any.

Today is Thursday 2026-11-19, as in the examples of docs/rules.md 4. The strategies stay within ten weeks around
it, so that revisions, pauses, sessions and windows meet each other often.
"""

import datetime as dt
from fractions import Fraction

from hypothesis import settings
from hypothesis import strategies as st

from patients.adherence import Done
from patients.schedule import DateRange, Fixed, Flexible, Plan, Revision, Schedule

TODAY = dt.date(2026, 11, 19)
HALF = Fraction(1, 2)
DAILY = Fixed(frozenset(range(7)), 1)
TWICE_DAILY = Fixed(frozenset(range(7)), 2)
MON_WED_FRI = Fixed(frozenset({0, 2, 4}), 1)

quick = settings(max_examples=150, deadline=None, derandomize=True)


def nov(day: int) -> dt.date:
    """A date by its day in November 2026; 0 and below reach back into October."""
    return dt.date(2026, 11, 1) + dt.timedelta(days=day - 1)


def plan(
    schedule: Schedule,
    starts_on: dt.date,
    last_day: dt.date | None = None,
    *,
    pauses: tuple[tuple[int, int], ...] = (),
    then: tuple[tuple[int, Schedule], ...] = (),
) -> Plan:
    """A plan of one revision, then of others from the given days of November on."""
    later = (Revision(number, nov(day), other) for number, (day, other) in enumerate(then, start=2))
    return Plan(
        starts_on,
        last_day,
        (Revision(1, starts_on, schedule), *later),
        tuple(DateRange(nov(first), nov(last)) for first, last in pauses),
    )


def done(*days: int, completion: Fraction | int = 1) -> list[Done]:
    """One session on each of these days of November, full unless said otherwise."""
    return [Done(nov(day), Fraction(completion)) for day in days]


dates = st.integers(-10, 60).map(nov)
fixed = st.builds(Fixed, st.frozensets(st.integers(0, 6), min_size=1), st.integers(1, 6))
flexible = st.builds(Flexible, st.integers(1, 14))
schedules = st.one_of(fixed, flexible)
completions = st.sampled_from([Fraction(part, 12) for part in (0, 1, 4, 6, 11, 12, 12, 12)])
sessions = st.lists(st.builds(Done, dates, completions), max_size=40)


@st.composite
def windows(draw: st.DrawFn) -> DateRange:
    first = draw(dates)
    return DateRange(first, first + dt.timedelta(days=draw(st.integers(0, 50))))


@st.composite
def plans(draw: st.DrawFn, schedules: st.SearchStrategy[Schedule] = schedules) -> Plan:
    """Any plan: amended at any time and in any order, paused over and over, stopped, even before it began."""
    starts_on = draw(st.integers(-10, 25).map(nov))
    amended = draw(st.lists(st.tuples(st.integers(0, 30), schedules), max_size=4))
    paused = draw(st.lists(st.tuples(dates, st.integers(0, 9)), max_size=3))
    return Plan(
        starts_on,
        draw(st.none() | st.integers(-2, 45).map(lambda days: starts_on + dt.timedelta(days=days))),
        (
            Revision(1, starts_on, draw(schedules)),
            *(
                Revision(number, starts_on + dt.timedelta(days=days), schedule)
                for number, (days, schedule) in enumerate(amended, start=2)
            ),
        ),
        tuple(DateRange(first, first + dt.timedelta(days=days)) for first, days in paused),
    )
