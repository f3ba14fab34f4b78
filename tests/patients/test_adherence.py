"""Adherence, exactly (docs/rules.md 4): its table of examples, its sentences one by one, and its laws."""

import dataclasses
import datetime as dt
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.adherence import Adherence, Done, adherence, combine, together
from patients.schedule import DateRange, Flexible, Plan, Revision, Schedule, week_of
from tests.patients import slow_adherence
from tests.patients.plans import (
    DAILY,
    HALF,
    MON_WED_FRI,
    TODAY,
    TWICE_DAILY,
    completions,
    dates,
    done,
    fixed,
    flexible,
    nov,
    plan,
    plans,
    quick,
    schedules,
    sessions,
    windows,
)

Figures = tuple[int, int, Fraction, int]
DAY = dt.timedelta(days=1)


def figures(of: Adherence) -> Figures:
    return of.due, of.kept, of.credit, of.extra


def of_november(plan: Plan, sessions: list[Done], first: int, last: int, today: int = 19) -> Figures:
    return figures(adherence(plan, sessions, nov(first), nov(last), nov(today)))


# --- The table. Today is Thu 2026-11-19, zone Europe/Berlin

FIRST_ROW = [*done(2, 4, 9, 13, 14), *done(6, completion=HALF)]
TABLE = {
    "fixed Mon+Wed+Fri x1 from Mon 2 Nov; full on 2, 4, 9, 13, 14 Nov; half on 6 Nov": (
        plan(MON_WED_FRI, nov(2)),
        FIRST_ROW,
        (8, 5, 4.5, 0.625, 0.5625, 1),
    ),
    "the same with a pause 9-13 Nov": (
        plan(MON_WED_FRI, nov(2), pauses=((9, 13),)),
        FIRST_ROW,
        (5, 3, 2.5, 0.6, 0.5, 3),
    ),
    "fixed daily x2 from 16 Nov; 3 full on 16, none on 17, one full and one half on 18": (
        plan(TWICE_DAILY, nov(16)),
        [*done(16, 16, 16, 18), *done(18, completion=HALF)],
        (6, 4, 3.5, 0.6667, 0.5833, 1),
    ),
    "flexible 3/week from Thu 5 Nov; one full, then four full, then one in the running week": (
        plan(Flexible(3), nov(5)),
        done(6, 9, 10, 12, 14, 17),
        (5, 4, 4, 0.8, 0.8, 1),
    ),
    "fixed daily x1 from today": (plan(DAILY, TODAY), [], (0, 0, 0, None, None, 0)),
}


@pytest.mark.parametrize(("plan", "sessions", "expected"), TABLE.values(), ids=TABLE.keys())
@pytest.mark.parametrize("last", [nov(18), TODAY, nov(30)], ids=["to yesterday", "to today", "to come"])
def test_the_table(plan: Plan, sessions: list[Done], expected: tuple, last: dt.date) -> None:
    due, kept, credit, frequency, share, extra = expected
    found = adherence(plan, sessions, nov(2), last, TODAY)
    assert figures(found) == (due, kept, credit, extra)
    assert (found.first, found.last, found.as_of) == (nov(2), last, TODAY)
    assert found.frequency == (
        None if frequency is None else pytest.approx(Fraction(str(frequency)), abs=5e-5)
    )
    assert found.adherence == (None if share is None else pytest.approx(Fraction(str(share)), abs=5e-5))


# --- Fixed days


def test_figures_are_exact() -> None:
    thirds = adherence(plan(DAILY, nov(2)), done(2, 3, 4, completion=Fraction(1, 3)), nov(2), nov(4), TODAY)
    assert thirds.credit == 1
    assert thirds.adherence == Fraction(1, 3)
    assert thirds.frequency == 1


def test_today_is_never_counted_whatever_was_done() -> None:
    assert of_november(plan(DAILY, nov(18)), done(18, 19, 19, 20), 18, 30) == (1, 1, 1, 0)


def test_the_most_complete_sessions_of_a_day_are_taken() -> None:
    day = [Done(nov(16), Fraction(part, 4)) for part in (1, 4, 2, 3)]
    assert of_november(plan(TWICE_DAILY, nov(16)), day, 16, 16) == (2, 2, Fraction(7, 4), 2)


def test_a_session_without_a_full_set_is_taken_but_not_kept() -> None:
    assert of_november(plan(TWICE_DAILY, nov(16)), done(16, completion=0), 16, 16) == (2, 0, 0, 0)


def test_a_session_never_makes_up_for_another_day() -> None:
    """Tuesday's session is extra; Monday and Wednesday stay as they were."""
    assert of_november(plan(MON_WED_FRI, nov(2)), done(3), 2, 4) == (2, 0, 0, 1)


def test_sessions_before_the_start_and_after_the_end_are_extra() -> None:
    assert of_november(plan(DAILY, nov(3), nov(5)), done(2, 3, 6, 7), 1, 10) == (3, 1, 1, 3)


def test_start_and_end_are_days_that_count() -> None:
    assert of_november(plan(DAILY, nov(3), nov(5)), done(3, 5), 1, 10) == (3, 2, 2, 0)


def test_a_stop_ends_what_is_due_and_keeps_what_was_done() -> None:
    running, stopped = plan(DAILY, nov(2)), plan(DAILY, nov(2), nov(10))
    assert of_november(running, done(2, 3), 2, 18) == (17, 2, 2, 0)
    assert of_november(stopped, done(2, 3), 2, 18) == (9, 2, 2, 0)
    assert of_november(running, done(2, 3), 2, 10) == of_november(stopped, done(2, 3), 2, 10)


def test_an_amendment_counts_from_its_date_on() -> None:
    amended = plan(DAILY, nov(2), then=((4, TWICE_DAILY), (6, MON_WED_FRI)))
    days = adherence(amended, [], nov(2), nov(8), TODAY).days
    assert [day.due for day in days] == [1, 1, 2, 2, 1, 0, 0]
    assert [day.revision for day in days] == [1, 1, 2, 2, 3, 3, 3]


def test_a_completion_lies_between_none_and_all() -> None:
    for wrong in (Fraction(-1, 3), Fraction(4, 3)):
        with pytest.raises(ValueError, match="between 0 and 1"):
            Done(nov(2), wrong)


# --- Flexible weeks


@pytest.mark.parametrize(
    ("per_week", "days", "due"),
    [
        (3, 7, 3),
        (3, 4, 2),  # 1.71
        (3, 1, 0),  # 0.43
        (5, 5, 4),  # 3.57
        (1, 3, 0),  # 0.43
        (1, 4, 1),  # 0.57
        (7, 1, 1),
        (14, 1, 2),
        (14, 6, 12),
    ],
)
def test_a_part_of_a_week_asks_for_its_share_rounded(per_week: int, days: int, due: int) -> None:
    assert of_november(plan(Flexible(per_week), nov(16 - days)), [], 2, 15) == (due, 0, 0, 0)
    assert of_november(plan(Flexible(per_week), nov(9), nov(8 + days)), [], 2, 18) == (due, 0, 0, 0)


def test_a_week_counts_in_the_one_window_that_holds_its_last_day() -> None:
    three, sessions = plan(Flexible(3), nov(2)), done(2, 3, 8, 8)
    assert of_november(three, sessions, 2, 7) == (0, 0, 0, 0)
    assert of_november(three, sessions, 8, 8) == (3, 3, 3, 1)
    assert of_november(three, sessions, 4, 10) == (3, 3, 3, 1)
    assert of_november(three, sessions, 9, 15) == (3, 0, 0, 0)


def test_a_week_counts_once_its_last_day_is_over() -> None:
    three, sessions = plan(Flexible(3), nov(2)), done(2, 3)
    assert of_november(three, sessions, 2, 8, today=8) == (0, 0, 0, 0)
    assert of_november(three, sessions, 2, 8, today=9) == (3, 2, 2, 0)


def test_a_week_that_ends_early_counts_from_the_day_after_its_last() -> None:
    ended, paused = plan(Flexible(7), nov(2), nov(4)), plan(Flexible(7), nov(2), pauses=((5, 8),))
    for early in (ended, paused):
        assert of_november(early, done(2), 2, 4, today=4) == (0, 0, 0, 0)
        assert of_november(early, done(2), 2, 4, today=5) == (3, 1, 1, 0)


def test_paused_days_of_a_week_ask_for_nothing_and_their_sessions_are_extra_on_their_date() -> None:
    paused = plan(Flexible(7), nov(2), pauses=((4, 5),))
    sessions = done(2, 4, 5, 7)
    assert of_november(paused, sessions, 2, 8) == (5, 2, 2, 2)
    assert of_november(paused, sessions, 4, 4) == (0, 0, 0, 1)
    assert of_november(paused, sessions, 8, 8) == (5, 2, 2, 0)


def test_in_an_unfinished_week_only_sessions_outside_its_days_are_extra_already() -> None:
    running = plan(Flexible(7), nov(17), pauses=((18, 18),))
    assert of_november(running, done(16, 17, 18, 19), 16, 22) == (0, 0, 0, 2)


def test_sessions_of_one_day_make_a_week_as_well_as_those_of_several() -> None:
    assert of_november(plan(Flexible(3), nov(2)), done(4, 4, 4), 2, 8) == (3, 3, 3, 0)


def test_a_changed_number_counts_by_its_days() -> None:
    """Two days of 3 and five days of 10 a week: 6/7 + 50/7 = 8."""
    assert of_november(plan(Flexible(3), nov(2), then=((4, Flexible(10)),)), [], 2, 8) == (8, 0, 0, 0)


def test_from_flexible_to_fixed_within_a_week() -> None:
    """Monday to Wednesday ask for 3 of 7, then each day for one; Thursday's second session helps neither."""
    changed = plan(Flexible(7), nov(2), then=((5, DAILY),))
    assert of_november(changed, done(2, 5, 5), 2, 8) == (3 + 4, 1 + 1, 2, 1)
    assert of_november(changed, done(2, 5, 5), 5, 8) == (4, 1, 1, 1)


def test_from_fixed_to_flexible_within_a_week() -> None:
    changed = plan(DAILY, nov(2), then=((5, Flexible(7)),))
    assert of_november(changed, done(2, 2, 8, 8), 2, 8) == (3 + 4, 1 + 2, 3, 1)
    assert of_november(changed, done(2, 2, 8, 8), 2, 7) == (3, 1, 1, 1)


def test_the_flexible_days_of_a_week_are_one_group_even_with_fixed_days_between() -> None:
    changed = plan(Flexible(7), nov(2), then=((4, DAILY), (6, Flexible(7))))
    assert of_november(changed, done(2, 2, 2, 2, 2), 8, 8) == (5, 5, 5, 0)
    assert of_november(changed, done(2, 2, 2, 2, 2), 2, 7) == (2, 0, 0, 0)


# --- Windows and combinations


def test_a_window_is_not_reversed_and_not_longer_than_ten_years() -> None:
    daily = plan(DAILY, nov(2))
    with pytest.raises(ValueError, match="is before the first day"):
        adherence(daily, [], nov(3), nov(2), TODAY)
    with pytest.raises(ValueError, match="more than ten years"):
        adherence(daily, [], nov(3), dt.date.max, TODAY)


def test_a_window_may_reach_the_end_of_the_calendar() -> None:
    far = adherence(plan(Flexible(3), nov(2)), [], dt.date(9999, 12, 1), dt.date.max, TODAY)
    assert (figures(far), len(far.days)) == ((0, 0, 0, 0), 31)


def test_several_prescriptions_add_up() -> None:
    one = adherence(plan(DAILY, nov(2)), done(2, 3, completion=HALF), nov(2), nov(8), TODAY)
    other = adherence(plan(Flexible(3), nov(2)), done(2, 2, 2, 2), nov(2), nov(8), TODAY)
    both = combine([one, other])
    assert figures(both) == (10, 5, 4, 1)
    assert both.adherence == Fraction(2, 5)
    assert [(day.due, day.extra) for day in both.days] == [*6 * [(1, 0)], (4, 1)]
    assert {day.revision for day in both.days} == {None}
    assert combine([one]) == one


def test_figures_of_patients_in_several_zones_stand_as_of_the_earliest_today() -> None:
    one, other = (adherence(plan(DAILY, nov(2)), [], nov(2), nov(8), nov(today)) for today in (8, 9))
    assert combine([other, one]).as_of == nov(8)
    assert combine([other, one]).due == 6 + 7


def test_only_figures_of_the_same_window_can_be_combined() -> None:
    one, other = (adherence(plan(DAILY, nov(2)), [], nov(2), nov(last), TODAY) for last in (7, 8))
    for wrong in ([], [one, other]):
        with pytest.raises(ValueError, match="same window"):
            combine(wrong)


def test_somebody_without_a_prescription_has_nothing_due_and_no_percentage() -> None:
    nobody = together([], nov(2), nov(8), TODAY)
    assert (figures(nobody), nobody.frequency, nobody.adherence) == ((0, 0, 0, 0), None, None)
    assert len(nobody.days) == 7


# --- Laws


@quick
@given(plans(), sessions, windows(), dates)
def test_the_quick_way_agrees_with_the_obvious_one(
    any_plan: Plan, sessions: list[Done], asked: DateRange, today: dt.date
) -> None:
    found = adherence(any_plan, sessions, asked.first, asked.last, today)
    assert figures(found) == slow_adherence.figures(any_plan, sessions, asked.first, asked.last, today)
    for day in found.days:
        assert (day.due, day.kept, day.credit, day.extra) == (
            slow_adherence.of_day(any_plan, sessions, day.date, today) if day.date < today else (0, 0, 0, 0)
        )


@quick
@given(plans(), sessions, windows(), dates, st.integers(1, 49))
def test_adjacent_windows_add_up(
    any_plan: Plan, sessions: list[Done], asked: DateRange, today: dt.date, length: int
) -> None:
    cut = min(asked.last, asked.first + length * DAY)
    if cut == asked.first:
        return
    whole = adherence(any_plan, sessions, asked.first, asked.last, today)
    parts = [
        adherence(any_plan, sessions, asked.first, cut - DAY, today),
        adherence(any_plan, sessions, cut, asked.last, today),
    ]
    assert figures(whole) == tuple(map(sum, zip(*map(figures, parts), strict=True)))
    assert whole.days == parts[0].days + parts[1].days


@quick
@given(plans(), sessions, windows(), dates)
def test_credit_is_at_most_kept_and_kept_at_most_due_and_null_means_nothing_due(
    any_plan: Plan, sessions: list[Done], asked: DateRange, today: dt.date
) -> None:
    found = adherence(any_plan, sessions, asked.first, asked.last, today)
    assert 0 <= found.credit <= found.kept <= found.due
    assert 0 <= found.extra <= len(sessions)
    assert (found.frequency is None) == (found.adherence is None) == (found.due == 0)
    assert [day.date for day in found.days] == list(asked)
    assert all(0 <= day.credit <= day.kept <= day.due for day in found.days)


@quick
@given(plans(), sessions, windows(), dates, st.randoms(use_true_random=False))
def test_the_order_of_sessions_is_irrelevant(
    any_plan: Plan, sessions: list[Done], asked: DateRange, today: dt.date, random: Random
) -> None:
    shuffled = random.sample(sessions, len(sessions))
    assert adherence(any_plan, sessions, asked.first, asked.last, today) == adherence(
        any_plan, iter(shuffled), asked.first, asked.last, today
    )


@quick
@given(plans(), sessions, windows(), dates, dates, completions)
def test_one_session_more_never_lowers_a_figure_nor_changes_what_is_due(
    any_plan: Plan, sessions: list[Done], asked: DateRange, today: dt.date, day: dt.date, completion: Fraction
) -> None:
    before = adherence(any_plan, sessions, asked.first, asked.last, today)
    after = adherence(any_plan, [*sessions, Done(day, completion)], asked.first, asked.last, today)
    assert after.due == before.due
    assert after.kept >= before.kept
    assert after.credit >= before.credit
    if day >= today or day > asked.last or day < week_of(asked.first).first:
        assert figures(after) == figures(before)


def amended(any_plan: Plan, today: dt.date, schedule: Schedule) -> Plan:
    number = max(revision.number for revision in any_plan.revisions) + 1
    newest = Revision(number, max(today, any_plan.starts_on), schedule)
    return dataclasses.replace(any_plan, revisions=(*any_plan.revisions, newest))


@quick
@given(plans(), sessions, windows(), dates, schedules)
def test_an_amendment_from_today_changes_no_week_that_is_over(
    any_plan: Plan, sessions: list[Done], asked: DateRange, today: dt.date, schedule: Schedule
) -> None:
    last_sunday = week_of(today).first - DAY
    if asked.first > last_sunday:
        return
    asked = DateRange(asked.first, min(asked.last, last_sunday))
    changed = amended(any_plan, today, schedule)
    assert adherence(changed, sessions, asked.first, asked.last, today) == adherence(
        any_plan, sessions, asked.first, asked.last, today
    )


@quick
@given(
    st.one_of(st.tuples(plans(fixed), schedules), st.tuples(plans(flexible), flexible)),
    sessions,
    dates,
    dates,
)
def test_yesterdays_figure_does_not_change_by_an_amendment_from_today(
    plan_and_change: tuple[Plan, Schedule], sessions: list[Done], first: dt.date, today: dt.date
) -> None:
    """Up to yesterday, whatever follows fixed days; and as long as a flexible week stays flexible."""
    any_plan, schedule = plan_and_change
    yesterday = today - DAY
    if first > yesterday:
        return
    changed = amended(any_plan, today, schedule)
    assert figures(adherence(changed, sessions, first, yesterday, today)) == figures(
        adherence(any_plan, sessions, first, yesterday, today)
    )


def test_a_flexible_week_cut_short_by_an_amendment_is_over_at_once() -> None:
    """The one figure that an edit of today adds to yesterday: the week has had its last flexible day."""
    before = plan(Flexible(7), nov(16))
    after = plan(Flexible(7), nov(16), then=((19, DAILY),))
    assert of_november(before, done(16), 16, 18) == (0, 0, 0, 0)
    assert of_november(after, done(16), 16, 18) == (3, 1, 1, 0)
