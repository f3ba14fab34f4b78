"""Posing by hand: a dragged joint comes nearer and stays a joint; left and right are exchanged without a trace."""

from copy import deepcopy
from itertools import combinations
from math import dist, hypot
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exercises import figures
from exercises.figures import posing, words
from exercises.figures.basics import BASICS, basic
from exercises.figures.body import HEAD, JOINTS, LIMBS, SIDES, Part
from exercises.figures.camera import SCALE
from exercises.figures.linear import Vector, between
from exercises.figures.places import BEARERS, POINTS, ZONES
from exercises.figures.pose import SUPPORTS, read
from exercises.figures.skeleton import Skeleton, stand
from tests.exercises.test_figures import SHIPPED, poses

names = st.sampled_from(sorted(posing.HANDLES))
ways = st.tuples(st.floats(-400, 400), st.floats(-400, 400))


def at(figure: dict[str, Any], handle: str, pose: str = "held") -> tuple[float, float]:
    return next((h.x, h.y) for h in posing.handles(read(figure), pose) if h.name == handle)


def gap(figure: dict[str, Any], handle: str, to: tuple[float, float]) -> float:
    x, y = at(figure, handle)
    return hypot(to[0] - x, to[1] - y)


def skeleton_of(figure: dict[str, Any]) -> Skeleton:
    now = read(figure)
    return stand(now, now.poses["held"])[0]


def depth_of(skeleton: Skeleton, one: Part, other: Part) -> float:
    """How far (cm) one part of the body reaches into another."""

    def balls(part: Part) -> list[tuple[Vector, float]]:
        found = []
        for hull in part.hulls:
            for (bone, a, r), (end, b, s) in combinations(hull, 2):
                first, last = skeleton.place(bone, a), skeleton.place(end, b)
                found += [(between(first, last, n / 6), r + (s - r) * n / 6) for n in range(7)]
        return found

    return max(r + s - dist(a, b) for a, r in balls(one) for b, s in balls(other))


def refusals(figure: dict[str, Any], held: dict[str, Any]) -> list[str]:
    now = read(figure | {"held": held})
    return [str(problem) for problem in stand(now, now.poses["held"])[1]]


def place(figure: dict[str, Any], name: str) -> tuple[float, float, float]:
    now = read(figure)
    return stand(now, now.poses["held"])[0].place(*posing.HANDLES[name])


class TestABasicPosition:
    @pytest.mark.parametrize("name", BASICS)
    def test_is_possible_as_it_is(self, name: str) -> None:
        figures.validate(basic(name))

    @pytest.mark.parametrize("name", BASICS)
    @pytest.mark.parametrize("side", ["left", "right"])
    def test_is_as_light_as_any_figure(self, name: str, side: str) -> None:
        svg = figures.render(basic(name), pose="held", side=side, title=name, description="")
        assert len(svg) <= 12 * 1024

    @pytest.mark.parametrize("name", BASICS)
    def test_has_no_leg_in_another_and_no_head_in_an_arm(self, name: str) -> None:
        skeleton = skeleton_of(basic(name))
        parts = {part.name: part for part in (*LIMBS, HEAD[0])}
        legs = [
            (a, b)
            for a in ("left_thigh", "left_shin", "left_foot")
            for b in ("right_thigh", "right_shin", "right_foot")
        ]
        arms = [("face", f"{side}_{part}") for side in SIDES for part in ("upper_arm", "forearm")]
        # Thighs touch where they begin, and feet may lie against each other.
        for one, other in [*legs[1:], *arms]:
            assert depth_of(skeleton, parts[one], parts[other]) < 2.0, (one, other)

    def test_is_left_for_another_one_that_the_body_can_reach_from_it(self) -> None:
        """A sphinx: from lying on the front onto the forearms, without an arm through the floor."""
        figures.validate(basic("prone") | {"held": basic("prone_on_forearms")["held"]})

    def test_is_the_caller_s_own(self) -> None:
        mine = basic("kneeling")
        mine["held"]["bears"].clear()
        assert mine["start"]["bears"]
        assert basic("kneeling")["held"]["bears"]


class TestADraggedJoint:
    @settings(max_examples=60, deadline=None)
    @given(st.sampled_from(BASICS), names, ways)
    def test_of_a_basic_position_is_never_farther_away(
        self, name: str, handle: str, way: tuple[float, float]
    ) -> None:
        figure = basic(name)
        x, y = at(figure, handle)
        to = x + way[0], y + way[1]
        after = posing.dragged(figure, "held", handle, to)
        assert (
            gap(after, handle, to) <= gap(figure, handle, to) + 0.2
        )  # places are told to a tenth of a pixel
        read(after)

    @settings(max_examples=60, deadline=None)
    @given(poses(), names, ways)
    def test_of_any_pose_keeps_every_joint_in_its_range(
        self, pose: dict[str, Any], handle: str, way: tuple[float, float]
    ) -> None:
        figure = {"start": {}, "held": pose}
        before = deepcopy(figure)
        after = posing.dragged(figure, "held", handle, way)
        read(after)
        assert figure == before
        assert gap(after, handle, way) <= gap(figure, handle, way) + 0.2
        assert after["start"] == {}

    @pytest.mark.parametrize(
        ("name", "handle", "way"),
        [
            ("standing", "left_foot", (-60, -60)),
            ("standing", "left_hand", (-40, -120)),
            ("standing", "head", (-60, 10)),
            ("all_fours", "pelvis", (60, 15)),
            ("all_fours", "left_knee", (40, 0)),
            ("kneeling", "chest", (-60, 10)),
            ("supine", "left_knee", (-40, -150)),
            ("side_lying", "pelvis", (40, 10)),
            ("standing", "left_elbow", (-40, -40)),
            ("long_sitting", "chest", (-100, 70)),
            ("long_sitting", "right_knee", (10, -60)),
            ("prone", "left_foot", (-60, -120)),
            ("prone_on_forearms", "head", (20, -30)),
        ],
    )
    def test_comes_close(self, name: str, handle: str, way: tuple[float, float]) -> None:
        figure = basic(name)
        x, y = at(figure, handle)
        to = x + way[0], y + way[1]
        assert gap(posing.dragged(figure, "held", handle, to), handle, to) < 0.6 * hypot(*way)

    def test_is_written_in_halves(self) -> None:
        after = posing.dragged(basic("supine"), "held", "left_knee", (-100, -200))
        angles = [a for joint in after["held"]["joints"].values() for a in joint.values()]
        assert all(angle * 2 == int(angle * 2) for angle in angles)

    def test_that_is_a_hand_holds_a_point_of_the_room_from_then_on(self) -> None:
        figure = basic("standing")
        x, y = at(figure, "left_hand")
        hold = posing.dragged(figure, "held", "left_hand", (x - 50, y - 150))["held"]["hands"]["left"]
        assert len(hold["to"]) == 3

    def test_that_is_a_hand_slides_on_the_floor_instead_of_going_through_it(self) -> None:
        figure = basic("all_fours")
        x, y = at(figure, "left_hand")
        after = posing.dragged(figure, "held", "left_hand", (x + 10 * SCALE, y + 2.4 * SCALE))
        figures.validate(after)

    def test_that_carries_the_anchor_takes_the_body_along(self) -> None:
        figure = basic("all_fours")
        x, y = at(figure, "left_knee")
        after = posing.dragged(figure, "held", "left_knee", (x + 80, y))
        assert after["held"]["joints"] == figure["held"]["joints"]
        assert after["held"]["at"] != figure["held"]["at"]

    def test_that_is_the_chest_stays_in_the_plane_that_is_seen(self) -> None:
        """From the side, a trunk is bent forwards and never aside, where nobody would see it."""
        figure = basic("kneeling") | {"camera": {"turn": 90, "height": 0}}
        x, y = at(figure, "chest")
        after = posing.dragged(figure, "held", "chest", (x - 120, y + 120))
        bent = after["held"]["joints"]
        assert bent["spine"]["flexion"] > figure["held"].get("joints", {}).get("spine", {}).get("flexion", 0)
        assert "side" not in bent["spine"]
        assert "side" not in bent.get("chest", {})

    @pytest.mark.parametrize("name", ["long_sitting", "cross_legged", "soles_together"])
    def test_that_is_the_chest_of_somebody_who_sits_on_the_floor_tips_the_pelvis_over_legs_that_stay(
        self, name: str
    ) -> None:
        figure = basic(name)
        x, y = at(figure, "chest")
        after = posing.dragged(figure, "held", "chest", (x - 60, y + 50))
        figures.validate(figure | {"held": after["held"]})
        assert after["held"]["root"]["pitch"] > figure["held"]["root"]["pitch"] + 5
        assert place(after, "left_foot") == pytest.approx(place(figure, "left_foot"), abs=1.5)
        assert place(after, "right_knee") == pytest.approx(place(figure, "right_knee"), abs=1.5)

    @pytest.mark.parametrize("name", ["long_sitting", "cross_legged", "soles_together"])
    def test_that_is_pulled_as_far_down_as_it_goes_leaves_somebody_sitting(self, name: str) -> None:
        figure = basic(name)
        x, y = at(figure, "chest")
        after = posing.dragged(figure, "held", "chest", (x - 300, y + 250))
        assert not [line for line in refusals(figure, after["held"]) if "buttock" in line]

    def test_that_is_the_chest_bends_no_hip_of_somebody_who_stands_or_lies(self) -> None:
        for name in ("standing", "supine", "prone", "seated"):
            figure = basic(name)
            x, y = at(figure, "chest")
            after = posing.dragged(figure, "held", "chest", (x - 60, y - 50))
            assert after["held"].get("root") == figure["held"].get("root")

    def test_is_one_of_the_known(self) -> None:
        with pytest.raises(KeyError):
            posing.dragged(basic("standing"), "held", "tail", (0, 0))


class TestAMirroredPose:
    @pytest.mark.parametrize("slug", SHIPPED)
    def test_mirrored_again_is_the_same(self, slug: str) -> None:
        pose = SHIPPED[slug]["held"]
        assert posing.mirrored(posing.mirrored(pose)) == pose

    @settings(max_examples=40, deadline=None)
    @given(poses())
    def test_has_every_place_across_the_middle(self, pose: dict[str, Any]) -> None:
        figure = {"start": {}, "held": pose}
        other = {"start": {}, "held": posing.mirrored(pose)}
        for name in posing.HANDLES:
            x, y, z = place(figure, name)
            swapped = name.replace("left", "x").replace("right", "left").replace("x", "right")
            assert place(other, swapped) == pytest.approx((-x, y, z), abs=1e-6)


class TestAHandLetGo:
    @pytest.mark.parametrize("side", SIDES)
    @pytest.mark.parametrize("name", ["kneeling", "half_kneeling", "all_fours"])
    def test_leaves_the_arm_where_it_was(self, name: str, side: str) -> None:
        figure = basic(name)
        after = posing.let_go(figure, "held", side)
        assert side not in after["held"]["hands"]
        read(after)
        assert place(after, f"{side}_hand") == pytest.approx(place(figure, f"{side}_hand"), abs=4)

    @settings(max_examples=40, deadline=None)
    @given(poses())
    def test_can_be_read_whatever_it_held(self, pose: dict[str, Any]) -> None:
        read(posing.let_go({"start": {}, "held": pose}, "held", "left"))


class TestWords:
    def test_everything_that_can_be_named_has_a_name(self) -> None:
        for name in (*JOINTS, *POINTS, *BEARERS, *ZONES, *posing.HANDLES, *SUPPORTS):
            assert words.named(name) != name or "_" not in name
        assert set(BASICS) == set(words.BASIC_WORDS)
        assert {m for ranges in JOINTS.values() for m in ranges} <= set(words.MOVEMENTS)

    @pytest.mark.parametrize(
        ("figure", "where", "text"),
        [
            (
                {"held": {"joints": {"left_knee": {"flexion": 170}}}},
                ("held", "joints", "left_knee", "flexion"),
                "Held, left knee flexion: 170 is outside 0 to 155.",
            ),
            (
                {"start": {"root": {"pitch": "90"}}},
                ("start", "root", "pitch"),
                "Start, whole body tilt forward: not a number.",
            ),
            (
                {"held": {"bears": ["head"]}},
                ("held", "bears", "head"),
                "Held, back of the head: 150.3 cm above what should carry it; at most 3 are allowed.",
            ),
            (
                {"held": {"hands": {"right": {"to": "left_heel"}}}},
                ("held", "hands", "right"),
                "Held, right hand: left heel is 74.4 cm out of reach; at most 3 are allowed.",
            ),
            (
                {"held": {"hands": {"left": {"to": [200, 0, 0]}}}},
                ("held", "hands", "left"),
                "Held, left hand: the point of the room is 164.6 cm out of reach; at most 3 are allowed.",
            ),
            (
                {"way": [{"joints": {"neck": {"twist": 90}}}]},
                ("way", "1", "joints", "neck", "twist"),
                "Way 1, neck turn left: 90 is outside -80 to 80.",
            ),
            ({"camera": {"turn": "far"}}, ("camera", "turn"), "Camera, turn: not a number."),
            (
                {"support": [{"kind": "step", "size": -1}]},
                ("support", "step", "size"),
                "Support, step size: -1 is outside 0 to 400.",
            ),
            ({"tail": 1}, (), "“tail” is not known."),
        ],
    )
    def test_of_a_problem_name_the_joint_and_lead_to_it(
        self, figure: dict[str, Any], where: tuple[str, ...], text: str
    ) -> None:
        with pytest.raises(figures.PoseError) as refused:
            figures.validate({"start": {}, "held": {}} | figure)
        found = refused.value.problems[0]
        assert (found.where, found.words) == (where, text)


class TestAPlaceOfTheRoom:
    @pytest.mark.parametrize("name", BASICS)
    @pytest.mark.parametrize("side", SIDES)
    def test_is_where_the_palm_is_so_that_holding_it_moves_nothing(self, name: str, side: str) -> None:
        figure = basic(name)
        figure["held"].setdefault("hands", {})[side] = figure["held"].get("hands", {}).get(side, {}) | {
            "to": posing.palms(read(figure), "held")[side]
        }
        before, after = place(basic(name), f"{side}_hand"), place(figure, f"{side}_hand")
        assert after == pytest.approx(before, abs=1.0)
