"""docs/rules.md 6: when something is an alert, as pure rules."""

import datetime as dt
import statistics
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients import safety
from patients.adherence import Done, units_before
from patients.safety import Run, Thresholds, Told
from patients.schedule import DateRange, Fixed, Flexible, Plan, Revision, Schedule
from tests.patients import plans
from tests.patients.plans import TODAY, quick

USUAL = Thresholds()
DAY = dt.timedelta(days=1)
DAILY = Fixed(frozenset(range(7)), 1)
# A Monday, three weeks before another one.
FIRST, NOW = dt.date(2026, 11, 2), dt.date(2026, 11, 23)


def plan(
    schedule: Schedule, *pauses: DateRange, starts_on: dt.date = FIRST, last_day: dt.date | None = None
) -> Plan:
    return Plan(starts_on, last_day, (Revision(1, starts_on, schedule),), pauses)


def november(*days: int) -> list[Done]:
    return [Done(dt.date(2026, 11, day), Fraction(1)) for day in days]


def missed(
    schedule: Schedule, *done: int, pauses: tuple[DateRange, ...] = (), today: dt.date = NOW
) -> Run | None:
    return safety.missed_in_a_row(units_before([(plan(schedule, *pauses), november(*done))], FIRST, today))


# --- Pain


@pytest.mark.parametrize(("pains", "worst"), [([7], 7), ([6, None], None), ([None, 2, 9], 9), ([None], None)])
def test_nprs_of_7_or_more_after_a_session_or_in_it(pains: list[int | None], worst: int | None) -> None:
    assert safety.pain_high(pains, USUAL) == worst


def test_a_clinic_may_want_to_know_of_less() -> None:
    assert safety.pain_high([5], Thresholds(pain_high=5)) == 5
    assert safety.RANGES["pain_high"][1] == safety.SEVERE, "never later than the player tells the patient"


@pytest.mark.parametrize(
    ("after", "before", "median"),
    [
        (5, [3, 3, 3], 3),
        (4, [3, 3, 3], None),
        (5, [9, 3, 2], 3),  # one bad day among the three does not hide it
        (9, [2, 2], None),  # too few to compare with
        (5, [3, 3, 5, 5, 5], 3),  # only the last three are asked
        (2, [0, 0, 0], 0),  # no pain is a rating
        (None, [0, 0, 0], None),
    ],
)
def test_nprs_up_2_against_the_median_of_the_3_sessions_before(
    after: int | None, before: list[int], median: int | None
) -> None:
    assert safety.pain_risen(after, before, USUAL) == median


@quick
@given(st.integers(0, 10), st.lists(st.integers(0, 10), max_size=6), st.integers(1, 5))
def test_pain_has_risen_exactly_when_it_is_so_much_above_the_median(
    after: int, before: list[int], by: int
) -> None:
    found = safety.pain_risen(after, before, Thresholds(pain_rise=by))
    if len(before) < 3:
        assert found is None
    else:
        median = statistics.median(before[:3])
        assert found == (median if after >= median + by else None)


# --- Missed in a row


def test_three_due_occasions_missed_in_a_row() -> None:
    run = missed(DAILY, *range(2, 20))
    assert run == Run(dt.date(2026, 11, 20), dt.date(2026, 11, 22), 3, whole=True)


def test_a_kept_one_ends_the_run() -> None:
    assert missed(DAILY, *range(2, 20), 21) == Run(
        dt.date(2026, 11, 22), dt.date(2026, 11, 22), 1, whole=True
    )
    assert missed(DAILY, 22) is None


def test_days_without_anything_due_neither_add_to_a_run_nor_end_it() -> None:
    mon_wed_fri = Fixed(frozenset({0, 2, 4}), 1)
    run = missed(mon_wed_fri, 2, 4, 6, 9, 11, 13, 14, 15)
    assert run
    assert (run.count, run.first_day) == (3, dt.date(2026, 11, 16))


def test_paused_days_do_not_count() -> None:
    pause = DateRange(dt.date(2026, 11, 14), dt.date(2026, 11, 21))
    run = missed(DAILY, *range(2, 13), pauses=(pause,))
    assert run
    assert (run.count, run.first_day, run.last_day) == (
        2,
        dt.date(2026, 11, 13),
        dt.date(2026, 11, 22),
    )


def test_of_a_day_with_two_the_second_is_the_missed_one() -> None:
    twice = Fixed(frozenset(range(7)), 2)
    run = missed(twice, *[day for day in range(2, 21) for _ in range(2)], 21)
    assert run
    assert (run.count, run.first_day) == (3, dt.date(2026, 11, 21))


def test_a_flexible_week_is_missed_as_a_whole_when_nothing_of_it_was_kept() -> None:
    three = Flexible(3)
    assert missed(three, 3, 10, 12, 13) == Run(dt.date(2026, 11, 16), dt.date(2026, 11, 22), 3, whole=True)
    assert missed(three, 3, 10, 17) is None, "one of three was kept: nobody knows which ones were missed"
    assert missed(three, 3, 10, today=NOW - DAY) is None, "the week is not over"


def test_today_is_never_missed() -> None:
    assert missed(DAILY, *range(2, 23)) is None


def test_a_run_that_reaches_the_edge_of_what_was_read_is_not_whole() -> None:
    assert missed(DAILY) == Run(FIRST, dt.date(2026, 11, 22), 21, whole=False)


@quick
@given(plans.plans(), plans.sessions)
def test_a_run_of_fixed_days_is_as_long_as_counting_back_says(one: Plan, done: list[Done]) -> None:
    fixed = Plan(
        one.starts_on,
        one.last_day,
        tuple(r for r in one.revisions if isinstance(r.schedule, Fixed)),
        one.pauses,
    )
    first = TODAY - 30 * DAY
    run = safety.missed_in_a_row(units_before([(fixed, done)], first, TODAY))
    count, day = 0, TODAY - DAY
    while day >= first:
        kept = min(fixed.due_on(day), sum(d.local_date == day and d.completion > 0 for d in done))
        count += fixed.due_on(day) - kept
        if kept:
            break
        day -= DAY
    assert (run.count if run else 0) == count


# --- Silence


def silent(today: dt.date, *done: int, **of_plan: dt.date) -> dt.date | None:
    one = plan(DAILY, **of_plan)
    sessions = november(*done)
    units = units_before([(one, sessions)], today - safety.LOOK_BACK, today)
    last = max((session.local_date for session in sessions), default=None)
    return safety.silent_since([one], units, last, today, USUAL.silent_days)


def test_no_session_for_14_days_while_some_were_due() -> None:
    assert silent(dt.date(2026, 11, 17), 2, 3) is None, "the fourteenth day is not over"
    assert silent(dt.date(2026, 11, 18), 2, 3) == dt.date(2026, 11, 4)


def test_somebody_who_has_just_begun_is_not_silent() -> None:
    assert silent(FIRST + 13 * DAY) is None
    assert silent(FIRST + 14 * DAY) == FIRST


def test_paused_days_do_not_make_a_silence() -> None:
    one = plan(DAILY, DateRange(dt.date(2026, 11, 5), dt.date(2026, 11, 18)))
    units = units_before([(one, november(4))], FIRST, NOW)
    assert safety.silent_since([one], units, dt.date(2026, 11, 4), NOW, 14) is None
    assert safety.silent_since([one], units, dt.date(2026, 11, 4), NOW, 4) == dt.date(2026, 11, 5)


def test_a_prescription_that_is_over_asks_for_nothing() -> None:
    assert silent(dt.date(2026, 12, 4), 3, last_day=dt.date(2026, 11, 20)) is None


# --- Low adherence, and what is told once


@pytest.mark.parametrize(
    ("share", "due", "low"),
    [
        (Fraction(49, 100), 3, True),
        (Fraction(1, 2), 3, False),
        (Fraction(0), 2, False),
        (None, 0, False),
    ],
)
def test_adherence_under_50_percent_with_3_due(share: Fraction | None, due: int, low: bool) -> None:
    assert safety.adherence_low(share, due, USUAL) is low


def test_the_same_run_tells_nothing_again_a_later_one_does() -> None:
    told = [Told(FIRST, FIRST + 2 * DAY, None)]
    assert not safety.is_news(FIRST, told), "it goes on"
    assert not safety.is_news(FIRST + 2 * DAY, told), "a fortnight that shares a day"
    assert safety.is_news(FIRST + 3 * DAY, told)


def test_what_was_known_when_it_was_resolved_tells_nothing_again() -> None:
    told = [Told(FIRST, FIRST + 2 * DAY, FIRST + 6 * DAY)]
    assert not safety.is_news(FIRST + 5 * DAY, told)
    assert safety.is_news(FIRST + 6 * DAY, told)
