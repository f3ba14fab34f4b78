"""Basic positions: whole figures to begin a new one from, in the shape that `pose` describes.

Start and held pose are alike; what is stretched is left to the author.

Those on the floor ask for less than clinicians measure in healthy adults where one can sit and lie otherwise too: the
back leans 40° backwards on the forearms, of which the lower back gives 23° and the upper back 17° (`body.JOINTS`: 35
and 25); hips that sit with long legs are bent to 81.5°, as far as hamstrings commonly let a straight leg be raised
(80° to 90°). Crossed legs and soles that meet need hips turned out by 70°, near the end of what a bent and opened hip
can do (75°): a foot of ours cannot tip inwards, so the whole leg lies on its outer edge.
"""

from copy import deepcopy
from typing import Any

from exercises.figures.body import SIDES
from exercises.figures.pose import POSES

_MAT = {"kind": "mat"}
_KNEES = ["left_knee", "right_knee", "left_toes", "right_toes"]
_FEET = ["left_heel", "right_heel", "left_toes", "right_toes"]
_BUTTOCKS = ["left_buttock", "right_buttock"]
# What of hips and legs carries the body that lies on its front.
_FRONT = ["left_hip", "right_hip", *_KNEES]
# Arms beside the body that lies on its back.
_AT_THE_SIDES: dict[str, dict[str, float]] = {
    "shoulder": {"flexion": -8, "abduction": 18, "rotation": 60},
    "elbow": {"flexion": 8},
}


def _both(**limbs: dict[str, float]) -> dict[str, dict[str, float]]:
    """The same angles on either side."""
    return {f"{side}_{joint}": dict(angles) for side in SIDES for joint, angles in limbs.items()}


def _on_the_thighs(thighs: dict[str, str]) -> dict[str, Any]:
    return {hand: {"to": f"{thigh}_thigh_front"} for hand, thigh in thighs.items()}


# For each: the camera, the support, the pose
_POSITIONS: dict[str, tuple[dict[str, float], list[dict[str, Any]], dict[str, Any]]] = {
    "standing": (
        {"turn": 60, "height": 10},
        [],
        {
            "joints": _both(hip={"abduction": 4}, shoulder={"abduction": 8}, elbow={"flexion": 12}),
            "anchor": "left_heel",
            "bears": _FEET,
        },
    ),
    "supine": (
        {"turn": 78, "height": 20},
        [_MAT],
        {
            "root": {"pitch": -90},
            "joints": _both(**_AT_THE_SIDES, hip={"abduction": 4, "flexion": -3}, ankle={"flexion": -15}),
            "bears": ["left_heel", "right_heel", "head", "upper_back"],
        },
    ),
    "side_lying": (
        {"turn": -90, "height": 52},
        [_MAT],
        {
            "root": {"pitch": -90, "roll": -90},
            "joints": {
                "left_hip": {"flexion": 12, "abduction": -5},
                "right_hip": {"flexion": 18, "abduction": 5},
                "left_knee": {"flexion": 18},
                "right_knee": {"flexion": 25},
                "right_shoulder": {"flexion": 160},
                "right_elbow": {"flexion": 110},
            },
            "hands": {"left": {"to": "left_hip"}},
            "bears": ["right_shoulder", "right_elbow", "right_heel"],
        },
    ),
    "all_fours": (
        {"turn": 78, "height": 14},
        [_MAT | {"at": [0, 20]}],
        {
            "root": {"pitch": 80},
            "joints": _both(
                hip={"flexion": 80, "abduction": 2},
                knee={"flexion": 88},
                ankle={"flexion": -65},
                elbow={"rotation": 90},
                wrist={"flexion": -72},
            )
            | {"spine": {"flexion": 2}, "neck": {"flexion": -12}},
            "hands": {"left": {"to": [17, -3, 49]}, "right": {"to": [-17, -3, 49]}},
            "anchor": "left_knee",
            "at": [9, 0],
            "bears": [*_KNEES, "left_hand", "right_hand"],
        },
    ),
    "kneeling": (
        {"turn": 60, "height": 12},
        [_MAT | {"at": [0, 20]}],
        {
            "root": {"pitch": 6},
            "joints": _both(
                hip={"flexion": 73, "abduction": 4}, knee={"flexion": 155}, ankle={"flexion": -65}
            ),
            "hands": _on_the_thighs({"left": "left", "right": "right"}),
            "anchor": "left_knee",
            "at": [9, 0],
            "bears": _KNEES,
        },
    ),
    "half_kneeling": (
        {"turn": 72, "height": 10},
        [_MAT],
        {
            "joints": {
                "left_knee": {"flexion": 87},
                "left_ankle": {"flexion": -60},
                "right_hip": {"flexion": 91.5, "abduction": 3},
                "right_knee": {"flexion": 91.5},
            },
            "hands": _on_the_thighs({"left": "right", "right": "right"}),
            "anchor": "left_knee",
            "bears": ["left_knee", "left_toes", "right_heel", "right_toes"],
        },
    ),
    "seated": (
        {"turn": 60, "height": 12},
        [{"kind": "chair", "at": [0, -30]}],
        {
            "joints": _both(hip={"flexion": 84, "abduction": 2}, knee={"flexion": 84}),
            "hands": _on_the_thighs({"left": "left", "right": "right"}),
            "anchor": "left_heel",
            "at": [9, 30],
            "bears": _FEET,
        },
    ),
    "long_sitting": (
        {"turn": 66, "height": 14},
        [_MAT | {"at": [0, 35]}],
        {
            "root": {"pitch": -8},
            "joints": _both(hip={"flexion": 81.5, "abduction": 3}, knee={"flexion": 2}, ankle={"flexion": -8})
            | {"spine": {"flexion": 8}, "neck": {"flexion": 2}},
            "hands": _on_the_thighs({"left": "left", "right": "right"}),
            "bears": [*_BUTTOCKS, "left_heel", "right_heel"],
        },
    ),
    "cross_legged": (
        {"turn": 44, "height": 18},
        [_MAT | {"at": [0, 20]}],
        {
            "root": {"pitch": -6},
            "joints": _both(ankle={"flexion": -24})
            | {
                "left_hip": {"flexion": 96, "abduction": 27, "rotation": 70},
                "left_knee": {"flexion": 103},
                "right_hip": {"flexion": 99, "abduction": 27, "rotation": 70},
                "right_knee": {"flexion": 125},
                "spine": {"flexion": 8},
            },
            "hands": {"left": {"to": "left_knee"}, "right": {"to": "right_knee"}},
            "bears": _BUTTOCKS,
        },
    ),
    "soles_together": (
        {"turn": 40, "height": 20},
        [_MAT | {"at": [0, 20]}],
        {
            "root": {"pitch": -6},
            "joints": _both(
                hip={"flexion": 95, "abduction": 60, "rotation": 70},
                knee={"flexion": 128},
                ankle={"flexion": -24},
            )
            | {"spine": {"flexion": 8}},
            "hands": {"left": {"to": "left_ankle", "swing": 20}, "right": {"to": "right_ankle", "swing": 20}},
            "bears": _BUTTOCKS,
        },
    ),
    "prone": (
        {"turn": 72, "height": 26},
        [_MAT | {"at": [0, -10]}],
        {
            "root": {"pitch": 90},
            "joints": _both(
                hip={"flexion": 4, "abduction": 4},
                knee={"flexion": 3.5},
                ankle={"flexion": -62},
                elbow={"rotation": 30},
                wrist={"flexion": -5},
            )
            | {"neck": {"flexion": -5}},
            "hands": {
                "left": {"to": [8, 5, 60], "swing": 60},
                "right": {"to": [-8, 5, 60], "swing": 60},
            },
            "bears": _FRONT,
        },
    ),
    "prone_on_forearms": (
        {"turn": 70, "height": 16},
        [_MAT | {"at": [0, -10]}],
        {
            "root": {"pitch": 81},
            "joints": _both(
                hip={"flexion": -3, "abduction": 4},
                knee={"flexion": 4},
                ankle={"flexion": -62},
                elbow={"rotation": 70},
            )
            | {"spine": {"flexion": -23}, "chest": {"flexion": -17}, "neck": {"flexion": -12}},
            "hands": {
                "left": {"to": [18, 5, 66], "swing": -10},
                "right": {"to": [-18, 5, 66], "swing": -10},
            },
            "bears": [*_FRONT, "left_elbow", "right_elbow", "left_hand", "right_hand"],
        },
    ),
}
BASICS = tuple(_POSITIONS)


def basic(name: str) -> dict[str, Any]:
    """The figure of a basic position, the caller's own to change. Raises KeyError for an unknown name."""
    camera, support, pose = _POSITIONS[name]
    return deepcopy({"camera": camera, "support": support}) | {each: deepcopy(pose) for each in POSES}
