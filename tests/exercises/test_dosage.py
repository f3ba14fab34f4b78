"""Dosage (docs/rules.md 1): what a session asks for, and how long it will take."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exercises.dosage import (
    CHANGE_SIDES,
    GET_READY,
    HOLD_MAX,
    RELEASE,
    REPETITIONS_MAX,
    REST_MAX,
    SETS_MAX,
    Dosage,
    session_seconds,
)

FORWARD_BEND = Dosage(sets=1, repetitions=1, hold=60, rest=15, sides="none")
KNEE_TO_CHEST = Dosage(sets=1, repetitions=1, hold=30, rest=15, sides="both")
TWO_SETS_OF_THREE = Dosage(sets=2, repetitions=3, hold=20, rest=10, sides="both")

quick = settings(max_examples=100, deadline=None, derandomize=True)
dosages = st.builds(
    Dosage,
    sets=st.integers(1, SETS_MAX),
    repetitions=st.integers(1, REPETITIONS_MAX),
    hold=st.integers(1, HOLD_MAX),
    rest=st.integers(0, REST_MAX),
    sides=st.sampled_from(["none", "both", "left", "right"]),
)


@pytest.mark.parametrize(
    ("sides", "names"),
    [("none", ("none",)), ("both", ("left", "right")), ("left", ("left",)), ("right", ("right",))],
)
def test_sides_are_done_left_first_and_one_side_alone_when_only_one_is_asked(
    sides: str, names: tuple[str, ...]
) -> None:
    assert dataclasses.replace(KNEE_TO_CHEST, sides=sides).side_names == names


@pytest.mark.parametrize(
    ("dosage", "total_sets", "set_hold", "hold_time"),
    [
        (FORWARD_BEND, 1, 60, 60),
        (KNEE_TO_CHEST, 2, 30, 60),
        (dataclasses.replace(KNEE_TO_CHEST, sides="right"), 1, 30, 30),
        (TWO_SETS_OF_THREE, 4, 60, 240),
    ],
)
def test_sets_count_on_each_side_and_a_set_holds_every_repetition(
    dosage: Dosage, total_sets: int, set_hold: int, hold_time: int
) -> None:
    assert (dosage.total_sets, dosage.set_hold, dosage.hold_time) == (total_sets, set_hold, hold_time)


def test_one_hold_lasts_from_getting_ready_to_its_release() -> None:
    assert FORWARD_BEND.duration == GET_READY + 60 + RELEASE == 68


def test_both_sides_add_one_change_of_sides() -> None:
    assert KNEE_TO_CHEST.duration == 2 * (GET_READY + 30 + RELEASE) + CHANGE_SIDES == 81


def test_repetitions_are_released_one_by_one_and_sets_have_a_rest_between_them() -> None:
    one_set = GET_READY + 3 * (20 + RELEASE)
    assert TWO_SETS_OF_THREE.duration == 4 * one_set + 2 * CHANGE_SIDES + 10 == 316


def test_a_session_rests_between_exercises_but_not_after_the_last() -> None:
    assert session_seconds([FORWARD_BEND, KNEE_TO_CHEST]) == 68 + 15 + 81
    assert session_seconds([KNEE_TO_CHEST]) == 81
    assert session_seconds([]) == 0


def test_the_six_stretches_hold_for_340_seconds_and_take_less_than_ten_minutes() -> None:
    both = [Dosage(1, 1, hold, 15, "both") for hold in (30, 20, 30, 30, 30)]
    six = [FORWARD_BEND, *both]
    assert sum(dosage.hold_time for dosage in six) == 340
    assert 340 < session_seconds(six) < 600


@quick
@given(dosages)
def test_an_exercise_never_takes_less_than_its_holds(dosage: Dosage) -> None:
    assert dosage.hold_time == dosage.sets * dosage.repetitions * dosage.hold * len(dosage.side_names)
    assert dosage.duration >= dosage.hold_time + GET_READY + RELEASE


@quick
@given(dosages, st.sampled_from(["sets", "repetitions", "hold"]))
def test_more_of_anything_takes_longer(dosage: Dosage, what: str) -> None:
    more = dataclasses.replace(dosage, **{what: getattr(dosage, what) + 1})
    assert more.duration > dosage.duration


@quick
@given(dosages)
def test_left_and_right_alone_take_the_same_and_both_share_the_rests(dosage: Dosage) -> None:
    left, right, both = (dataclasses.replace(dosage, sides=sides) for sides in ("left", "right", "both"))
    assert left.duration == right.duration
    assert both.duration == 2 * left.duration + CHANGE_SIDES * dosage.sets - dosage.rest * (dosage.sets - 1)
