"""The drawn figures: whole, light, safe to put on any page, and picky about what a body can do."""

import gzip
import json
import re
from copy import deepcopy
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from exercises import figures, shipping
from exercises.figures.body import JOINTS
from exercises.figures.places import POINTS, ZONES
from exercises.models import Revision
from exercises.templatetags.figures import figure as figure_tag

SVG = "{http://www.w3.org/2000/svg}"
SHIPPED = {
    file.stem: json.loads(file.read_text())["figure"]
    for file in sorted((shipping.DATA / "exercises").glob("*.json"))
}
STANDING: dict[str, Any] = {"start": {}, "held": {}}


def render(figure: dict[str, Any], pose: str = "held", side: str = "left") -> str:
    return str(figures.render(figure, pose=pose, side=side, title="A title", description="In words"))


def problems(figure: Any) -> list[str]:
    with pytest.raises(figures.PoseError) as refused:
        figures.validate(figure)
    return [str(problem) for problem in refused.value.problems]


def held(**pose: Any) -> dict[str, Any]:
    return {"start": {}, "held": pose}


class TestEveryShippedFigure:
    @pytest.mark.parametrize("slug", SHIPPED)
    def test_is_possible_and_each_weight_bearing_point_touches_its_ground(self, slug: str) -> None:
        figures.validate(SHIPPED[slug])
        assert all(SHIPPED[slug][pose]["bears"] for pose in figures.POSES)

    @pytest.mark.parametrize("slug", SHIPPED)
    @pytest.mark.parametrize("side", ["none", "left", "right"])
    @pytest.mark.parametrize("pose", figures.POSES)
    def test_is_small_and_carries_nothing_but_classes(self, slug: str, pose: str, side: str) -> None:
        svg = render(SHIPPED[slug], pose, side)
        assert len(svg) <= 12 * 1024
        root = ElementTree.fromstring(svg)  # noqa: S314  our own text
        assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
        names = {name for element in root.iter() for name in element.attrib}
        assert names <= {"class", "d", "role", "transform", "viewBox"}
        assert {element.tag for element in root.iter()} <= {
            f"{SVG}{t}" for t in ("svg", "title", "desc", "path")
        }
        assert len(gzip.compress(svg.encode())) <= 4 * 1024
        assert not re.search(r"nan|inf|e[+-]\d", " ".join(e.get("d", "") for e in root.iter()))

    @pytest.mark.parametrize("slug", SHIPPED)
    def test_lights_the_stretched_region_in_the_held_pose_only(self, slug: str) -> None:
        assert 'class="fig-lit"' in render(SHIPPED[slug], "held")
        assert 'class="fig-lit"' not in render(SHIPPED[slug], "start")

    @pytest.mark.parametrize("slug", SHIPPED)
    def test_shows_the_movement_by_an_arrow_in_the_start_pose_only(self, slug: str) -> None:
        assert 'class="fig-arrow"' in render(SHIPPED[slug], "start")
        assert 'class="fig-arrow"' not in render(SHIPPED[slug], "held")

    @pytest.mark.parametrize("slug", SHIPPED)
    def test_keeps_one_frame_for_both_poses_and_mirrors_it_for_the_other_side(self, slug: str) -> None:
        def box(pose: str, side: str) -> list[int]:
            return [
                int(n) for n in re.findall(r'viewBox="([^"]*)"', render(SHIPPED[slug], pose, side))[0].split()
            ]

        left, right = box("held", "left"), box("held", "right")
        assert box("start", "left") == left
        assert left[1:] == right[1:]
        assert abs(right[0] + left[0] + left[2]) <= 1

    def test_every_class_has_a_colour(self) -> None:
        css = Path("static/css/figures.css").read_text()
        used = set(
            re.findall(r"fig-\w+", "".join(render(f, p) for f in SHIPPED.values() for p in figures.VIEWS))
        )
        assert {name for name in used if f".{name}" not in css} == set()


class TestTitles:
    def test_are_escaped(self) -> None:
        svg = figures.render(STANDING, pose="held", side="none", title="<b>&", description='"<script>')
        assert "<title>&lt;b&gt;&amp;</title>" in svg
        assert "<script" not in svg

    def test_name_the_stretch_the_side_and_the_pose(self) -> None:
        revision = Revision(
            name="Knee to chest", figure=SHIPPED["knee-to-chest"], alt_held="One knee drawn up."
        )
        svg = figure_tag(revision, pose="held", side="left")
        assert "<title>Knee to chest, left side, held</title><desc>One knee drawn up.</desc>" in svg


class TestWithoutAFigure:
    def test_the_words_stand_in_its_place(self) -> None:
        revision = Revision(name="New", figure={}, alt_start="Lie <down>.")
        assert figure_tag(revision, pose="start") == '<p class="fig-words">Lie &lt;down&gt;.</p>'

    def test_and_without_words_it_says_so(self) -> None:
        assert "There is no picture yet." in figure_tag(Revision(name="New"))


class TestImpossiblePoses:
    def test_are_refused_with_the_joint_and_the_allowed_range(self) -> None:
        assert problems(held(joints={"left_knee": {"flexion": -20}})) == [
            "held left_knee flexion: -20 is outside 0 to 155."
        ]

    def test_are_refused_with_every_problem_at_once(self) -> None:
        found = problems(
            {"held": {"joints": {"left_knee": {"flexion": 170}, "tail": {}, "neck": {"nod": 3}}}, "extra": 1}
        )
        assert len(found) == 5
        assert "start: this pose is missing." in found

    def test_a_hand_that_cannot_reach(self) -> None:
        assert problems(held(hands={"left": {"to": "right_heel"}}))[0].startswith(
            "held hands left: right heel is"
        )

    def test_a_foot_that_should_carry_but_hovers(self) -> None:
        [found] = problems(held(joints={"left_hip": {"flexion": 40}}, bears=["left_heel", "right_heel"]))
        assert found.startswith("held bears left_heel: ")

    def test_an_arm_that_its_hold_would_break(self) -> None:
        """A shoulder does not turn so far, whatever the hand wants to hold."""
        found = problems(held(hands={"left": {"to": [-7, 185, -12]}}))
        assert any("left shoulder" in line and "are allowed" in line for line in found)

    def test_an_arm_through_the_floor(self) -> None:
        [found] = problems(held(root={"pitch": -90}, hands={"left": {"to": [40, -30, -20]}}))
        assert "into the ground" in found

    def test_a_chair_can_be_held_only_where_one_stands(self) -> None:
        pose = {"hands": {"left": {"to": "chair_left"}}}
        assert problems(held(**pose)) == ["held hands left: “chair_left” is not known."]

    @pytest.mark.parametrize(
        "broken",
        [
            None,
            [],
            "lying",
            {"start": 3, "held": []},
            {**STANDING, "camera": 7},
            {**STANDING, "camera": {"height": 90}},
            {**STANDING, "camera": {"turn": float("nan")}},
            {**STANDING, "support": {"kind": "mat"}},
            {**STANDING, "support": [{"kind": "sofa"}, None, {"kind": "step", "at": [0], "size": -1}]},
            held(joints=[]),
            held(joints={"left_knee": 90}),
            held(joints={"left_knee": {"flexion": "90"}}),
            held(joints={"left_knee": {"flexion": True}}),
            held(hands={"left": "left_knee"}),
            held(hands={"middle": {"to": "left_knee"}}),
            held(hands={"left": {"to": [1, 2]}}),
            held(hands={"left": {"to": {"x": 1}}}),
            held(anchor="moon"),
            held(anchor=["pelvis"]),
            held(at=[0, 1e9]),
            held(stretched="back"),
            held(stretched=[["lower_back"]]),
            held(bears=["nose"]),
            held(order={"left_hand": 3}),
            {**STANDING, "way": {}},
            {**STANDING, "way": [{}] * 4},
            {**STANDING, "way": [{"joints": {"left_knee": {"flexion": -5}}}]},
            {**STANDING, "arrow": {"point": "nose"}},
            {**STANDING, "arrow": [{"point": "head"}]},
            {**STANDING, "arrow": {"point": "head", "shift": [1]}},
            {**STANDING, "support": [{"kind": "mat"}, {"kind": "mat"}]},
            held(stretched=["lower_back", "lower_back"]),
            held(at=[10**400, 0]),
            held(joints={"\ud800": {}}),
            held(joints={"x" * 10_000: {}}),
        ],
    )
    def test_and_malformed_ones_are_refused_in_words(self, broken: Any) -> None:
        assert all(line and len(line.encode()) < 200 for line in problems(broken))


def poses() -> st.SearchStrategy[dict[str, Any]]:
    """Any pose that every joint allows by itself."""
    angles = {
        joint: st.fixed_dictionaries({}, optional={m: st.floats(*limits) for m, limits in ranges.items()})
        for joint, ranges in JOINTS.items()
    }
    turn = st.floats(-180, 180)
    return st.fixed_dictionaries(
        {
            "root": st.fixed_dictionaries({"turn": turn, "pitch": turn, "roll": turn}),
            "joints": st.fixed_dictionaries({}, optional=angles),
            "stretched": st.lists(st.sampled_from(sorted(ZONES)), max_size=3, unique=True),
        },
        optional={
            "hands": st.fixed_dictionaries(
                {"left": st.fixed_dictionaries({"to": st.sampled_from(sorted(POINTS))})}
            )
        },
    )


@settings(max_examples=60, deadline=None)
@given(poses(), st.floats(-180, 180), st.floats(0, 89), st.sampled_from(["left", "right", "none"]))
def test_whatever_the_joints_allow_is_drawn_as_a_whole_picture(
    pose: dict[str, Any], turn: float, height: float, side: str
) -> None:
    support = [{"kind": "mat"}, {"kind": "towel"}]
    figure = {
        "camera": {"turn": turn, "height": height},
        "support": support,
        "start": {},
        "held": deepcopy(pose),
    }
    svg = render(figure, "held", side)
    ElementTree.fromstring(svg)  # noqa: S314  our own text
    assert not re.search(r'd="[^"]*(nan|inf)', svg)


class TestContactSheet:
    @pytest.mark.django_db
    def test_shows_every_shipped_figure_in_both_poses_and_sides(self, tmp_path: Path) -> None:
        shipping.load()
        call_command("figures", sheet=tmp_path / "sheet.html", stdout=StringIO())
        page = (tmp_path / "sheet.html").read_text()
        assert page.count("<svg") == 10 * 4
        assert "Supine twist" in page

    @pytest.mark.django_db
    def test_needs_a_library(self, tmp_path: Path) -> None:
        with pytest.raises(CommandError, match="load_library"):
            call_command("figures", sheet=tmp_path / "sheet.html")
