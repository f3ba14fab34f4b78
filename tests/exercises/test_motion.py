"""The way from start to held: the body keeps its joints, its ground and its hold on things."""

from itertools import pairwise
from math import dist
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exercises import figures
from exercises.figures.linear import Matrix, about_x, about_y, about_z, midway, times, transposed
from exercises.figures.motion import at, course
from exercises.figures.pose import Figure, read
from exercises.figures.skeleton import Skeleton
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


def test_a_way_on_which_a_hand_loses_its_hold_is_refused() -> None:
    far = {"anchor": "left_sole", "hands": {"left": {"to": [10, 90, 20]}}}
    away = {"anchor": "left_sole", "at": [0, 150], "hands": {"left": {"to": [10, 90, 170]}}}
    lost = {"anchor": "left_sole", "at": [0, 75], "hands": {"left": {"to": [10, 90, 220]}}}
    figures.validate({"start": far, "held": away})
    assert "way 1: left hand:" in problems({"start": far, "way": [lost], "held": away})[0]


def test_a_hand_that_would_go_through_the_floor_on_its_way_is_refused_with_the_place() -> None:
    lying = {"root": {"pitch": -90}}
    start = lying | {"hands": {"left": {"to": [45, 4, -40]}}}
    held = lying | {"hands": {"left": {"to": [45, 4, 10]}}}
    deep = lying | {"hands": {"left": {"to": [45, -12, -20]}}}
    found = problems({"start": start, "way": [deep], "held": held})
    assert found[0].startswith("way 1: The body sinks")


@settings(max_examples=100, deadline=None)
@given(*[st.floats(-180, 180) for _ in range(6)], st.floats(0, 1))
def test_half_the_way_is_as_far_from_either_end(
    a: float, b: float, c: float, d: float, e: float, f: float, part: float
) -> None:
    """The middle rotation is a rotation, and lies on the shortest way."""
    one = times(about_x(a), times(about_y(b), about_z(c)))
    other = times(about_x(d), times(about_y(e), about_z(f)))
    between = midway(one, other, part)
    whole = times(between, transposed(between))
    for i in range(3):
        for j in range(3):
            assert whole[i][j] == pytest.approx(float(i == j), abs=1e-6)
    end = midway(one, other, 1.0)
    for i in range(3):
        assert end[i] == pytest.approx(other[i], abs=2e-3)
