"""How the days of a window are shown, and in which band a patient stands (docs/rules.md 4)."""

import datetime as dt
from fractions import Fraction

import pytest
from hypothesis import given

from patients.adherence import Adherence, Band, DayState, Done, adherence, band, combine, together
from patients.schedule import Fixed, Flexible, Plan
from tests.patients.plans import (
    DAILY,
    HALF,
    MON_WED_FRI,
    TODAY,
    TWICE_DAILY,
    dates,
    done,
    nov,
    plan,
    plans,
    quick,
    sessions,
)

MARKS = {
    DayState.DONE: "x",
    DayState.PARTLY: "/",
    DayState.MISSED: "-",
    DayState.PAUSED: "=",
    DayState.NOT_DUE: ".",
    DayState.OPEN: "o",
}


def marks(of: Adherence) -> str:
    return "".join(MARKS[day.state] for day in of.days)


def week(plan: Plan, sessions: list[Done], today: int = 19) -> str:
    """The marks of Mon 16 to Sun 22 Nov, as they stand on Thu 19 unless said otherwise."""
    return marks(adherence(plan, sessions, nov(16), nov(22), nov(today)))


# --- Days


@pytest.mark.parametrize(
    ("sessions", "shown"),
    [
        ([], "---oooo"),
        (done(16, 18), "x-xoooo"),
        (done(16, completion=HALF), "/--oooo"),
        (done(16, completion=0), "---oooo"),
        (done(19), "---xooo"),
        (done(19, completion=HALF), "---/ooo"),
        (done(19, completion=0), "---oooo"),
    ],
)
def test_a_fixed_day_is_done_partly_or_missed_and_open_until_it_is_over(
    sessions: list[Done], shown: str
) -> None:
    assert week(plan(DAILY, nov(2)), sessions) == shown


def test_a_day_is_done_when_all_that_was_due_is() -> None:
    twice = plan(TWICE_DAILY, nov(2))
    assert week(twice, [*done(16, 16, 17), *done(18, 18, 18, completion=HALF)]) == "x//oooo"
    assert week(twice, [*done(16, 16), *done(16, completion=HALF)]) == "x--oooo"


def test_a_day_without_anything_due_stays_so_whatever_was_done() -> None:
    days = adherence(plan(MON_WED_FRI, nov(2)), done(17, 19), nov(16), nov(22), TODAY).days
    assert "".join(MARKS[day.state] for day in days) == "-.-.o.."
    assert [day.extra for day in days] == [0, 1, 0, 0, 0, 0, 0]


def test_pauses_start_and_end_are_shown_ahead() -> None:
    assert week(plan(DAILY, nov(17), nov(21), pauses=((18, 18), (20, 20), (22, 25))), done(18)) == ".-=o=o."
    assert week(plan(MON_WED_FRI, nov(2), pauses=((17, 18),)), []) == "-==.o.."


def test_the_revision_of_a_day_is_none_outside_the_prescription() -> None:
    days = adherence(plan(DAILY, nov(17), nov(18), pauses=((18, 18),)), [], nov(16), nov(19), TODAY).days
    assert [day.revision for day in days] == [None, 1, 1, None]


@pytest.mark.parametrize(
    ("today", "shown"),
    [(16, "xo/oooo"), (19, "xo/oooo"), (22, "xo/oooo"), (23, "x./....")],
)
def test_a_flexible_day_is_never_missed_and_open_until_its_week_is_over(today: int, shown: str) -> None:
    sessions = [*done(16), *done(18, completion=HALF)]
    assert week(plan(Flexible(7), nov(2)), sessions, today) == shown


def test_a_flexible_day_is_as_good_as_its_best_session() -> None:
    sessions = [
        *done(16, 17, 18, completion=HALF),
        *done(16),
        *done(18, completion=0),
        *done(17, completion=HALF),
    ]
    assert week(plan(Flexible(2), nov(2)), sessions, 23) == "x//...."


def test_a_flexible_week_that_ended_early_is_over() -> None:
    assert week(plan(Flexible(7), nov(2), nov(18)), done(17)) == ".x....."
    assert week(plan(Flexible(7), nov(2), then=((19, DAILY),)), done(17)) == ".x.oooo"


def test_the_counts_of_a_flexible_week_stand_on_its_last_day_in_the_window_that_holds_it() -> None:
    three, sessions = plan(Flexible(3), nov(2)), done(2, 3, 8, 8)
    days = adherence(three, sessions, nov(2), nov(8), TODAY).days
    assert [(day.due, day.kept, day.credit, day.extra) for day in days] == [*6 * [(0, 0, 0, 0)], (3, 3, 3, 1)]
    assert marks(adherence(three, sessions, nov(2), nov(7), TODAY)) == "xx...."


@pytest.mark.parametrize(
    ("one", "other", "shown"),
    [
        (done(16), done(16), "x"),
        (done(16), [], "/"),
        ([], [], "-"),
        (done(16, completion=HALF), [], "/"),
    ],
)
def test_a_day_of_two_prescriptions_is_done_when_both_are(
    one: list[Done], other: list[Done], shown: str
) -> None:
    assert marks(one_monday((plan(DAILY, nov(2)), one), (plan(DAILY, nov(2)), other))) == shown


def test_a_prescription_that_asks_for_nothing_that_day_does_not_change_its_mark() -> None:
    tuesdays = plan(Fixed(frozenset({1}), 1), nov(2))
    paused, flexible = plan(DAILY, nov(2), pauses=((16, 16),)), plan(Flexible(3), nov(2))
    daily = plan(DAILY, nov(2))
    assert marks(one_monday((daily, done(16)), (tuesdays, []), (paused, []))) == "x"
    assert marks(one_monday((daily, []), (tuesdays, []))) == "-"
    assert marks(one_monday((tuesdays, []), (paused, []))) == "="
    assert marks(one_monday((tuesdays, []), (tuesdays, []))) == "."
    assert marks(one_monday((daily, []), (flexible, []))) == "-"
    assert marks(one_monday((flexible, []), (tuesdays, []))) == "o"


def one_monday(*parts: tuple[Plan, list[Done]]) -> Adherence:
    """Mon 16 Nov as it stands on the 19th."""
    return combine([adherence(plan, sessions, nov(16), nov(16), TODAY) for plan, sessions in parts])


def test_without_a_prescription_no_day_asks_for_anything() -> None:
    assert marks(together([], nov(16), nov(22), TODAY)) == "." * 7


# --- Bands: the 14 days before today are 5-18 Nov


@pytest.mark.parametrize(
    ("plan", "sessions", "expected"),
    [
        (plan(DAILY, nov(17)), [], Band.NEW),
        (plan(DAILY, TODAY), [], Band.NEW),
        (plan(Flexible(2), nov(9)), [], Band.NEW),
        (plan(DAILY, nov(16)), [], Band.QUIET),
        (plan(DAILY, nov(2)), done(*range(2, 16)), Band.QUIET),
        (plan(DAILY, nov(2)), done(*range(2, 17)), Band.ON_TRACK),
        (plan(DAILY, nov(2)), done(*range(2, 15), 18), Band.SLIPPING),
        (plan(DAILY, nov(2)), done(16), Band.OFF_TRACK),
        (plan(DAILY, nov(2)), done(2, 3, 4, 19), Band.QUIET),
        (plan(DAILY, nov(2)), [*done(*range(5, 16)), *done(16, 17, 18, completion=0)], Band.QUIET),
    ],
)
def test_the_first_band_that_fits(plan: Plan, sessions: list[Done], expected: Band) -> None:
    assert band([(plan, sessions)], TODAY) == expected


@pytest.mark.parametrize(
    ("kept", "expected"), [(5, Band.ON_TRACK), (4, Band.ON_TRACK), (3, Band.SLIPPING), (2, Band.OFF_TRACK)]
)
def test_on_track_begins_at_80_percent_and_slipping_at_50(kept: int, expected: Band) -> None:
    assert band([(plan(DAILY, nov(14)), done(*range(19 - kept, 19)))], TODAY) == expected


@pytest.mark.parametrize(
    ("completion", "expected"),
    [
        (Fraction(800, 1000), Band.ON_TRACK),
        (Fraction(799, 1000), Band.SLIPPING),
        (Fraction(500, 1000), Band.SLIPPING),
        (Fraction(499, 1000), Band.OFF_TRACK),
    ],
)
def test_a_band_is_decided_by_the_exact_fraction(completion: Fraction, expected: Band) -> None:
    """79.9 % is shown as 80 %, and is slipping all the same."""
    assert band([(plan(DAILY, nov(14)), done(*range(14, 19), completion=completion))], TODAY) == expected


def test_half_of_what_was_due_is_slipping() -> None:
    assert band([(plan(DAILY, nov(15)), done(17, 18))], TODAY) == Band.SLIPPING
    assert band([(plan(DAILY, nov(15)), done(*range(15, 19), completion=HALF))], TODAY) == Band.SLIPPING


def test_sessions_fill_the_slots_of_a_day_from_the_first() -> None:
    """One of two on the 17th, none on the 18th: the last three occasions are missed."""
    twice = plan(TWICE_DAILY, nov(5))
    assert band([(twice, done(*range(5, 17), *range(5, 18)))], TODAY) == Band.QUIET
    assert band([(twice, done(*range(5, 17), *range(5, 18), 17))], TODAY) == Band.ON_TRACK
    assert band([(twice, done(*range(5, 17), *range(5, 17), 18))], TODAY) == Band.ON_TRACK


def test_a_flexible_schedule_is_quiet_when_nothing_was_kept_in_the_last_finished_week() -> None:
    three = plan(Flexible(3), nov(2))
    assert band([(three, done(2, 3, 4))], TODAY) == Band.QUIET
    assert band([(three, done(2, 3, 4, 16, 17))], TODAY) == Band.QUIET
    assert band([(three, done(2, 3, 4, 9))], TODAY) == Band.SLIPPING
    assert band([(three, done(9, 10, 11))], TODAY) == Band.SLIPPING


def test_the_last_finished_week_is_one_that_asked_for_something() -> None:
    """Of the week of 9 Nov one day is left: 3/7 rounds to none due."""
    paused = plan(Flexible(3), nov(2), pauses=((10, 15),))
    assert band([(paused, done(2, 3, 4))], TODAY) == Band.ON_TRACK
    assert band([(paused, [])], TODAY) == Band.QUIET


def test_after_a_change_of_mode_the_newest_counted_decides_which_rule_is_asked() -> None:
    to_fixed = plan(Flexible(3), nov(2), then=((16, DAILY),))
    assert band([(to_fixed, done(*range(2, 16)))], TODAY) == Band.QUIET
    assert band([(to_fixed, done(2, 16))], TODAY) == Band.OFF_TRACK
    to_flexible = plan(DAILY, nov(2), then=((9, Flexible(3)),))
    assert band([(to_flexible, done(*range(2, 9)))], TODAY) == Band.QUIET
    assert band([(to_flexible, done(9))], TODAY) == Band.OFF_TRACK


def test_fewer_than_three_occasions_are_too_few_to_be_quiet() -> None:
    to_fixed = plan(Flexible(3), nov(2), then=((17, DAILY),))
    assert band([(to_fixed, done(2, 3, 4, 9, 10, 11))], TODAY) == Band.SLIPPING


def test_several_prescriptions_are_merged_by_date() -> None:
    one, other = plan(DAILY, nov(5)), plan(DAILY, nov(5))
    assert band([(one, done(*range(5, 19))), (other, [])], TODAY) == Band.SLIPPING
    assert band([(one, done(*range(5, 18))), (other, done(*range(5, 17)))], TODAY) == Band.QUIET
    assert band([(plan(DAILY, nov(17)), done(17)), (plan(DAILY, nov(18)), done(18))], TODAY) == Band.SLIPPING


def test_a_fixed_day_and_a_flexible_week_that_end_together_are_quiet_only_when_both_are() -> None:
    fixed, three = plan(DAILY, nov(2), nov(15)), plan(Flexible(3), nov(2), nov(15))
    assert band([(fixed, []), (three, [])], TODAY) == Band.QUIET
    assert band([(fixed, []), (three, done(9))], TODAY) == Band.OFF_TRACK
    assert band([(fixed, done(15)), (three, [])], TODAY) == Band.OFF_TRACK


def test_flexible_schedules_of_one_week_are_looked_at_together() -> None:
    to_sunday, to_saturday = plan(Flexible(3), nov(2), nov(15)), plan(Flexible(3), nov(2), nov(14))
    assert band([(to_sunday, []), (to_saturday, done(9))], TODAY) == Band.OFF_TRACK
    assert band([(to_sunday, []), (to_saturday, done(2))], TODAY) == Band.QUIET


def test_somebody_without_a_prescription_is_new() -> None:
    assert band([], TODAY) == Band.NEW


@quick
@given(plans(), sessions, dates)
def test_the_band_agrees_with_the_figures_of_the_14_days(
    any_plan: Plan, sessions: list[Done], today: dt.date
) -> None:
    found = band([(any_plan, sessions)], today)
    days = adherence(any_plan, sessions, today - dt.timedelta(days=14), today - dt.timedelta(days=1), today)
    assert (found == Band.NEW) == (days.due < 3)
    if found == Band.ON_TRACK:
        assert days.adherence >= HALF * 8 / 5
    if found == Band.OFF_TRACK:
        assert days.adherence < HALF
