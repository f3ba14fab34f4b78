"""The way from start to held: the body keeps its joints, its ground and its hold on things."""

from itertools import pairwise
from math import acos, degrees, dist
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exercises.figures.basics import BASICS, basic
from exercises.figures.linear import Matrix, about_x, about_y, about_z, midway, times, transposed
from exercises.figures.motion import at, course
from exercises.figures.pose import Figure, read
from exercises.figures.skeleton import Skeleton, misplaced
from exercises.figures.supports import ground
from tests.exercises.test_figures import SHIPPED, problems

PARTS = [n / 10 for n in range(11)]


def on_the_way(figure: Figure, part: float) -> Skeleton:
    return at(figure, course(figure), part)


def knee(skeleton: Skeleton, side: str) -> Matrix:
    thigh, shin = (skeleton.frames[f"{side}_{bone}"][1] for bone in ("thigh", "shin"))
    return times(transposed(thigh), shin)


@pytest.mark.parametrize("slug", SHIPPED)
def test_it_begins_and_ends_with_the_poses(slug: str) -> None:
    figure = read(SHIPPED[slug])
    stances = course(figure)
    assert on_the_way(figure, 0) == stances[0].skeleton
    assert on_the_way(figure, 1) == stances[-1].skeleton


@pytest.mark.parametrize("slug", SHIPPED)
def test_no_knee_bends_forwards_and_nothing_sinks_or_flies(slug: str) -> None:
    figure = read(SHIPPED[slug])
    for part in PARTS:
        skeleton = on_the_way(figure, part)
        for side in ("left", "right"):
            (_a, (_b, cosine, sine), _c) = knee(skeleton, side)
            assert cosine > -0.95  # bent by less than 162 degrees
            assert -sine >= -1e-6  # and backwards
        heights = [place[1] for place, _rotation in skeleton.frames.values()]
        assert ground(figure) - 2 < min(heights) < ground(figure) + 20


@pytest.mark.parametrize("slug", [slug for slug, figure in SHIPPED.items() if "way" not in figure])
def test_what_carries_the_body_in_both_poses_stays_on_its_ground(slug: str) -> None:
    """(Where the body takes a step, a foot leaves it.)"""
    figure = read(SHIPPED[slug])
    both = set(figure.poses["start"].bears) & set(figure.poses["held"].bears)
    for part in PARTS:
        assert misplaced(figure, on_the_way(figure, part), both) == []


@pytest.mark.parametrize("slug", SHIPPED)
def test_it_has_no_jump(slug: str) -> None:
    figure = read(SHIPPED[slug])
    stances = course(figure)
    steps = [at(figure, stances, n / 100) for n in range(101)]
    for before, after in pairwise(steps):
        for bone in before.frames:
            assert dist(before.frames[bone][0], after.frames[bone][0]) < 6


def test_a_hand_that_holds_the_same_thing_keeps_hold_of_it() -> None:
    figure = read(SHIPPED["chair-supported-forward-bend"])
    for part in PARTS:
        skeleton = on_the_way(figure, part)
        palms = [skeleton.place(f"{side}_hand", (0, -8, 0)) for side in ("left", "right")]
        assert palms[0] == pytest.approx(on_the_way(figure, 0).place("left_hand", (0, -8, 0)), abs=1.5)
        assert dist(*palms) > 20


def test_it_passes_the_poses_on_its_way() -> None:
    bent: dict[str, Any] = {"joints": {"left_hip": {"flexion": 90}, "left_knee": {"flexion": 90}}}
    figure = read({"start": {}, "way": [bent], "held": {}})
    assert on_the_way(figure, 0.5) == course(figure)[1].skeleton
    assert on_the_way(figure, 0.25).frames["left_shin"] != on_the_way(figure, 0).frames["left_shin"]


@pytest.mark.parametrize("name", BASICS)
def test_a_body_that_stays_as_it_is_does_not_move(name: str) -> None:
    """What hands carry is not lifted on the way: the body stands on its ground as in the poses."""
    figure = read(basic(name))
    still = on_the_way(figure, 0)
    for part in PARTS:
        for bone, (place, _rotation) in on_the_way(figure, part).frames.items():
            assert dist(place, still.frames[bone][0]) < 0.05, bone


def test_a_hand_that_loses_its_hold_on_the_way_is_refused_once_a_leg() -> None:
    """The body turns over, away from what the hand holds in both poses."""
    hold = {"left": {"to": [-22, 46, -5]}}
    over = {
        "start": {"root": {"pitch": -90, "turn": 90}, "hands": hold},
        "held": {"root": {"pitch": 80, "turn": 90}, "hands": hold},
    }
    [found] = problems(over)
    assert found.startswith("held hands left: between start and held, the point of the room is")


def test_a_hand_that_would_go_through_the_floor_on_the_way_is_refused() -> None:
    hold = {"left": {"to": [-3, 7, 15]}}
    over = {
        "start": {"root": {"pitch": -90}, "hands": hold},
        "held": {"root": {"pitch": 80, "turn": 170}, "hands": hold, "at": [-20, 20]},
    }
    assert any(line.startswith("held: between start and held, the body sinks") for line in problems(over))


def test_a_pose_on_the_way_is_refused_by_its_number() -> None:
    knee = {"joints": {"left_knee": {"flexion": -5}}}
    assert problems({"start": {}, "way": [{}, knee], "held": {}}) == [
        "way 2 left_knee flexion: -5 is outside 0 to 155."
    ]


def turn_of(a: Matrix, b: Matrix) -> float:
    """The angle between two rotations, in degrees."""
    step = times(transposed(a), b)
    return degrees(acos(max(-1.0, min(1.0, (step[0][0] + step[1][1] + step[2][2] - 1) / 2))))


@settings(max_examples=100, deadline=None)
@given(*[st.floats(-180, 180) for _ in range(6)], st.floats(0, 1))
def test_a_part_of_the_way_turns_as_large_a_part_of_the_angle(
    a: float, b: float, c: float, d: float, e: float, f: float, part: float
) -> None:
    one = times(about_x(a), times(about_y(b), about_z(c)))
    other = times(about_x(d), times(about_y(e), about_z(f)))
    between = midway(one, other, part)
    whole = turn_of(one, other)
    assert turn_of(one, between) == pytest.approx(part * whole, abs=0.1)
    assert turn_of(between, other) == pytest.approx((1 - part) * whole, abs=0.1)
    upright = times(between, transposed(between))
    assert all(upright[i][j] == pytest.approx(float(i == j), abs=1e-6) for i in range(3) for j in range(3))
