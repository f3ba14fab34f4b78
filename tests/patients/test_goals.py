"""The weekly goal: counted as adherence will count it, lowered by a pause, never missed in one (docs/rules.md 4)."""

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.adherence import DayState, Done, together
from patients.goals import Goal, of_week
from patients.schedule import DateRange, Fixed, Flexible, Plan, Revision, Schedule

MONDAY = dt.date(2026, 11, 16)
THURSDAY = dt.date(2026, 11, 19)
DAY = dt.timedelta(days=1)
DAILY = Fixed(frozenset(range(7)), 1)


def plan(schedule: Schedule, *pauses: tuple[int, int], starts_on: dt.date = dt.date(2026, 10, 1)) -> Plan:
    """Pauses as weekdays of the week, Monday 0."""
    ranges = tuple(DateRange(MONDAY + first * DAY, MONDAY + last * DAY) for first, last in pauses)
    return Plan(starts_on, None, (Revision(1, starts_on, schedule),), ranges)


def done(*weekdays: int) -> list[Done]:
    return [Done(MONDAY + day * DAY, Fraction(1)) for day in weekdays]


def goal(schedule: Schedule, *pauses: tuple[int, int], kept: tuple[int, ...] = ()) -> Goal:
    return of_week([(plan(schedule, *pauses), done(*kept))], THURSDAY, THURSDAY)


def test_a_running_week_tells_what_is_done_and_what_can_still_be_done() -> None:
    found = goal(DAILY, kept=(0, 2))
    assert (found.asked, found.kept, found.still) == (7, 2, 4)  # Tuesday is over


def test_what_is_done_today_is_not_still_to_come() -> None:
    assert goal(DAILY, kept=(0, 1, 2, 3)).still == 3


def test_a_week_with_paused_days_asks_for_less() -> None:
    found = goal(DAILY, (4, 6))
    assert (found.asked, found.whole, found.lowered) == (4, 7, True)


def test_a_week_that_is_all_pause_is_paused_and_nothing_is_missed() -> None:
    found = goal(DAILY, (0, 6), kept=(2,))
    assert found.paused
    assert (found.asked, found.kept, found.still) == (0, 0, 0)
    assert {day.state for day in found.days} == {DayState.PAUSED}


def test_a_flexible_week_asks_for_its_share_of_the_days_that_are_left() -> None:
    found = goal(Flexible(3), (0, 2), kept=(3,))
    assert (found.asked, found.whole, found.kept, found.still) == (2, 3, 1, 1)


def test_nothing_prescribed_is_neither_paused_nor_missed() -> None:
    found = of_week([], THURSDAY, THURSDAY)
    assert found.empty
    assert not found.paused


def test_before_the_first_day_nothing_is_asked() -> None:
    begins = plan(DAILY, starts_on=THURSDAY)
    assert of_week([(begins, [])], THURSDAY, THURSDAY).asked == 4
    assert of_week([(begins, [])], MONDAY - DAY, THURSDAY).empty


@pytest.mark.parametrize("schedule", [DAILY, Fixed(frozenset({0, 2, 4}), 2), Flexible(4)])
@given(
    weekdays=st.lists(st.integers(0, 6), max_size=12),
    pause=st.none() | st.tuples(st.integers(0, 6), st.integers(0, 6)),
)
def test_the_goal_is_what_adherence_counts_once_the_week_is_over(
    schedule: Schedule, weekdays: list[int], pause: tuple[int, int] | None
) -> None:
    pauses = [(min(pause), max(pause))] if pause else []
    parts = [(plan(schedule, *pauses), done(*weekdays))]
    counted = together(parts, MONDAY, MONDAY + 6 * DAY, MONDAY + 7 * DAY)
    found = of_week(parts, THURSDAY, THURSDAY)
    assert (found.asked, found.kept) == (counted.due, counted.kept)
    assert 0 <= found.still <= found.asked - found.kept
    later = of_week(parts, THURSDAY, MONDAY + 30 * DAY)
    assert (later.asked, later.kept, later.still) == (found.asked, found.kept, 0)
