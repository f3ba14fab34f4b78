"""What a plan asks for on which date (docs/rules.md 1, 3, 4), and which instant a local time is (7)."""

import dataclasses
import datetime as dt
from itertools import pairwise
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patients.schedule import (
    DateRange,
    Fixed,
    Flexible,
    Occasion,
    Plan,
    Revision,
    instant_of,
    occasions,
    week_of,
)
from tests.patients import slow_adherence
from tests.patients.plans import (
    DAILY,
    MON_WED_FRI,
    TWICE_DAILY,
    dates,
    nov,
    plan,
    plans,
    quick,
    windows,
)

MON, TUE, WED, THU, FRI, SAT, SUN = (nov(day) for day in range(2, 9))


# --- What is a schedule, and what is none


@pytest.mark.parametrize("weekdays", [set(), {7}, {-1}, {0, 9}])
def test_a_fixed_schedule_needs_weekdays_from_monday_to_sunday(weekdays: set[int]) -> None:
    with pytest.raises(ValueError, match="weekday"):
        Fixed(frozenset(weekdays), 1)


@pytest.mark.parametrize("times", [0, 7, -1])
def test_a_fixed_schedule_asks_for_one_to_six_sessions_a_day(times: int) -> None:
    with pytest.raises(ValueError, match="1 to 6 sessions a day"):
        Fixed(frozenset({0}), times)


@pytest.mark.parametrize("per_week", [0, 15, -1])
def test_a_flexible_schedule_asks_for_one_to_fourteen_sessions_a_week(per_week: int) -> None:
    with pytest.raises(ValueError, match="1 to 14 sessions a week"):
        Flexible(per_week)


def test_the_limits_themselves_are_fine() -> None:
    assert Fixed(frozenset(range(7)), 6).due_on(SUN) == 6
    assert Fixed(frozenset({6}), 1).due_on(SAT) == 0
    assert (Flexible(1).per_week, Flexible(14).per_week) == (1, 14)


def test_a_range_of_dates_holds_both_its_ends_and_is_never_reversed() -> None:
    days = DateRange(MON, WED)
    assert list(days) == [MON, TUE, WED]
    assert len(days) == 3
    assert MON in days
    assert WED in days
    assert THU not in days
    with pytest.raises(ValueError, match=r"2026-11-02\) is before .* \(2026-11-03"):
        DateRange(TUE, MON)


def test_a_week_runs_from_monday_to_sunday_even_where_the_calendar_ends() -> None:
    assert {week_of(day) for day in (MON, WED, SUN)} == {DateRange(MON, SUN)}
    assert week_of(nov(9)) == DateRange(nov(9), nov(15))
    assert week_of(dt.date.max) == DateRange(dt.date(9999, 12, 27), dt.date.max)


@quick
@given(st.dates())
def test_every_date_lies_in_its_week(day: dt.date) -> None:
    week = week_of(day)
    assert day in week
    assert {other.isocalendar()[:2] for other in week} == {day.isocalendar()[:2]}


# --- Plans


def test_a_revision_cannot_count_from_before_the_start() -> None:
    with pytest.raises(ValueError, match="before the first day"):
        Plan(TUE, None, (Revision(1, MON, DAILY),), ())


def test_two_revisions_cannot_have_one_number() -> None:
    with pytest.raises(ValueError, match="same number"):
        Plan(MON, None, (Revision(1, MON, DAILY), Revision(1, TUE, DAILY)), ())


def test_start_and_end_are_inclusive_and_the_end_may_be_open() -> None:
    closed, open_ended = plan(DAILY, TUE, THU), plan(DAILY, TUE)
    assert [day for day in week_of(MON) if closed.expects(day)] == [TUE, WED, THU]
    assert open_ended.expects(dt.date(2036, 1, 1))
    assert not open_ended.expects(MON)


def test_nothing_is_expected_of_a_plan_that_was_stopped_before_it_began() -> None:
    stopped = plan(DAILY, WED, TUE)
    assert not any(stopped.expects(day) for day in week_of(MON))
    assert occasions(stopped, MON, SUN) == []


def test_nothing_is_expected_in_a_pause_and_pauses_may_overlap() -> None:
    paused = plan(DAILY, MON, pauses=((3, 6), (4, 5), (6, 7)))
    assert [day for day in week_of(MON) if paused.expects(day)] == [MON, SUN]
    assert [day for day in week_of(MON) if paused.paused_on(day)] == [TUE, WED, THU, FRI, SAT]


def test_the_revision_in_force_is_the_latest_whose_date_is_on_or_before_the_day() -> None:
    amended = plan(DAILY, MON, then=((4, TWICE_DAILY), (6, Flexible(3))))
    numbers = [revision.number if (revision := amended.in_force(day)) else None for day in week_of(MON)]
    assert numbers == [1, 1, 2, 2, 3, 3, 3]
    assert amended.in_force(nov(1)) is None


def test_of_two_amendments_for_the_same_day_the_later_one_is_in_force() -> None:
    amended = plan(DAILY, MON, then=((4, TWICE_DAILY), (4, Flexible(3))))
    assert amended.asks(TUE) == DAILY
    assert amended.asks(WED) == Flexible(3)


def test_an_amendment_from_an_earlier_day_replaces_one_that_was_still_to_come() -> None:
    amended = plan(DAILY, MON, then=((6, TWICE_DAILY), (4, MON_WED_FRI)))
    assert [amended.asks(day) for day in (TUE, WED, FRI, SUN)] == [DAILY, *3 * [MON_WED_FRI]]


def test_nothing_is_asked_before_the_first_revision() -> None:
    late = Plan(MON, None, (Revision(1, WED, DAILY),), ())
    assert late.expects(TUE)
    assert late.asks(TUE) is None
    assert (late.due_on(TUE), late.due_on(WED)) == (0, 1)


def test_only_a_fixed_schedule_has_due_days() -> None:
    assert [plan(MON_WED_FRI, MON).due_on(day) for day in week_of(MON)] == [1, 0, 1, 0, 1, 0, 0]
    assert plan(TWICE_DAILY, MON, pauses=((3, 3),)).due_on(TUE) == 0
    assert plan(Flexible(7), MON).due_on(TUE) == 0


@quick
@given(plans(), dates)
def test_a_plan_asks_what_reading_all_its_facts_says(any_plan: Plan, day: dt.date) -> None:
    assert any_plan.asks(day) == slow_adherence.asked(any_plan, day)


@quick
@given(plans(), st.randoms(use_true_random=False))
def test_the_order_in_which_a_plan_is_read_is_irrelevant(any_plan: Plan, random: Random) -> None:
    revisions = random.sample(any_plan.revisions, len(any_plan.revisions))
    pauses = random.sample(any_plan.pauses, len(any_plan.pauses))
    shuffled = dataclasses.replace(any_plan, revisions=tuple(revisions), pauses=tuple(pauses))
    assert [shuffled.asks(nov(day)) for day in range(-10, 70)] == [
        any_plan.asks(nov(day)) for day in range(-10, 70)
    ]


# --- Occasions


def test_an_occasion_is_a_date_and_a_slot() -> None:
    amended = plan(TWICE_DAILY, MON, FRI, pauses=((3, 3),), then=((5, MON_WED_FRI),))
    assert occasions(amended, nov(-5), nov(30)) == [
        Occasion(MON, 1),
        Occasion(MON, 2),
        Occasion(WED, 1),
        Occasion(WED, 2),
        Occasion(FRI, 1),
    ]


def test_a_flexible_schedule_has_no_occasions() -> None:
    assert occasions(plan(Flexible(14), MON), MON, SUN) == []


@quick
@given(plans(), windows())
def test_occasions_are_those_found_day_by_day(any_plan: Plan, asked: DateRange) -> None:
    found = [(occasion.date, occasion.slot) for occasion in occasions(any_plan, asked.first, asked.last)]
    assert found == slow_adherence.occasions(any_plan, asked.first, asked.last)


def test_a_window_is_not_reversed_and_not_longer_than_ten_years() -> None:
    daily = plan(DAILY, MON)
    with pytest.raises(ValueError, match="is before"):
        occasions(daily, TUE, MON)
    with pytest.raises(ValueError, match="more than ten years"):
        occasions(daily, dt.date(2020, 1, 1), dt.date(2030, 1, 1))
    assert occasions(daily, dt.date(2020, 1, 1), dt.date(2029, 12, 31))[0] == Occasion(MON, 1)


# --- Local time to instant

# Zone, (date, skipped time, UTC instant of the change), (date, time that occurs twice, UTC of the first occurrence).
CLOCK_CHANGES_2026 = [
    ("Europe/London", ("03-29", "01:30", "03-29 01:00"), ("10-25", "01:30", "10-25 00:30")),
    ("Europe/Lisbon", ("03-29", "01:00", "03-29 01:00"), ("10-25", "01:59", "10-25 00:59")),
    ("Europe/Berlin", ("03-29", "02:30", "03-29 01:00"), ("10-25", "02:30", "10-25 00:30")),
    ("Europe/Athens", ("03-29", "03:59", "03-29 01:00"), ("10-25", "03:00", "10-25 00:00")),
    ("Atlantic/Azores", ("03-29", "00:30", "03-29 01:00"), ("10-25", "00:30", "10-25 00:30")),
    ("Asia/Jerusalem", ("03-27", "02:15", "03-27 00:00"), ("10-25", "01:15", "10-24 22:15")),
    ("America/New_York", ("03-08", "02:30", "03-08 07:00"), ("11-01", "01:30", "11-01 05:30")),
    ("America/Chicago", ("03-08", "02:01", "03-08 08:00"), ("11-01", "01:01", "11-01 06:01")),
    ("America/Denver", ("03-08", "02:30", "03-08 09:00"), ("11-01", "01:30", "11-01 07:30")),
    ("America/Los_Angeles", ("03-08", "02:30", "03-08 10:00"), ("11-01", "01:30", "11-01 08:30")),
    ("America/St_Johns", ("03-08", "02:30", "03-08 05:30"), ("11-01", "01:30", "11-01 04:00")),
    ("America/Santiago", ("09-06", "00:30", "09-06 04:00"), ("04-04", "23:30", "04-05 02:30")),
    ("Australia/Sydney", ("10-04", "02:30", "10-03 16:00"), ("04-05", "02:30", "04-04 15:30")),
    ("Australia/Adelaide", ("10-04", "02:30", "10-03 16:30"), ("04-05", "02:30", "04-04 16:00")),
    ("Australia/Lord_Howe", ("10-04", "02:15", "10-03 15:30"), ("04-05", "01:45", "04-04 14:45")),
    ("Pacific/Auckland", ("09-27", "02:30", "09-26 14:00"), ("04-05", "02:30", "04-04 13:30")),
    ("Pacific/Chatham", ("09-27", "03:00", "09-26 14:00"), ("04-05", "03:00", "04-04 13:15")),
]


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2026-{text}+00:00")


@pytest.mark.parametrize(("zone", "skipped", "twice"), CLOCK_CHANGES_2026, ids=lambda value: str(value))
def test_a_skipped_time_is_the_end_of_the_gap_and_one_that_occurs_twice_its_first(
    zone: str, skipped: tuple[str, str, str], twice: tuple[str, str, str]
) -> None:
    for date, time, expected in (skipped, twice):
        day, at = dt.date.fromisoformat(f"2026-{date}"), dt.time.fromisoformat(time)
        assert instant_of(day, at, ZoneInfo(zone)) == utc(expected)


@pytest.mark.parametrize("zone", [row[0] for row in CLOCK_CHANGES_2026])
def test_on_a_clock_change_day_it_is_the_first_minute_whose_wall_time_has_come(zone: str) -> None:
    """One sentence that means both rules, checked against a clock that is watched minute by minute."""
    (row,) = (row for row in CLOCK_CHANGES_2026 if row[0] == zone)
    for change in row[1:]:
        day = dt.date.fromisoformat(f"2026-{change[0]}")
        minutes = [
            dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC) + dt.timedelta(minutes=minute)
            for minute in range(-15 * 60, 39 * 60)
        ]
        walls = [minute.astimezone(ZoneInfo(zone)).replace(tzinfo=None) for minute in minutes]
        for quarter in range(24 * 4):
            at = dt.time(quarter // 4, quarter % 4 * 15)
            wall = dt.datetime.combine(day, at)
            watched = next(minute for minute, shown in zip(minutes, walls, strict=True) if shown >= wall)
            assert instant_of(day, at, ZoneInfo(zone)) == watched


def test_a_whole_skipped_day_is_the_first_instant_of_the_next() -> None:
    """Samoa went from Thursday 29 to Saturday 31 December 2011."""
    instant = instant_of(dt.date(2011, 12, 30), dt.time(9), ZoneInfo("Pacific/Apia"))
    assert instant == dt.datetime(2011, 12, 30, 10, tzinfo=dt.UTC)
    assert instant.astimezone(ZoneInfo("Pacific/Apia")).date() == dt.date(2011, 12, 31)


def test_seconds_and_their_parts_are_kept_except_in_a_gap() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    at = dt.time(2, 30, 15, 250000)
    assert instant_of(dt.date(2026, 3, 28), at, berlin) == utc("03-28 01:30:15.250000")
    assert instant_of(dt.date(2026, 3, 29), at, berlin) == utc("03-29 01:00")


def test_the_later_of_two_is_never_meant() -> None:
    at = dt.time(2, 30, fold=1)
    assert instant_of(dt.date(2026, 10, 25), at, ZoneInfo("Europe/Berlin")) == utc("10-25 00:30")


@quick
@given(
    st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31)),
    st.lists(st.times(), min_size=2, max_size=6).map(sorted),
    st.timezone_keys(allow_prefix=False),
)
def test_later_times_of_a_day_never_come_earlier(day: dt.date, times: list[dt.time], key: str) -> None:
    instants = [instant_of(day, at, ZoneInfo(key)) for at in times]
    assert all(one <= other for one, other in pairwise(instants))
    assert all(instant.tzinfo is dt.UTC for instant in instants)
