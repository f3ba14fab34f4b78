"""The figure's body: its bones, what its joints can do, and the balls that its parts are made of.

A calm, faceless adult, 170 cm tall. Lengths in centimetres, angles in degrees. Everything is written once, for
the left side, and mirrored.
"""

from dataclasses import dataclass

from exercises.figures.linear import Vector

THIGH = 43.0
SHIN = 42.0
UPPER_ARM = 29.0
FOREARM = 25.0
PALM = 8.0  # from the wrist to the middle of the palm
HIP = 8.6  # from the middle to either hip

# What a pose may ask of a joint. Ranges are those of a supple, healthy adult; beyond them a picture is a mistake.
Range = tuple[float, float]
_SPINE: dict[str, Range] = {"flexion": (-35, 60), "side": (-35, 35), "twist": (-50, 50)}
_LIMBS: dict[str, dict[str, Range]] = {
    "shoulder": {"flexion": (-60, 185), "abduction": (-45, 180), "rotation": (-90, 90)},
    "elbow": {"flexion": (0, 150), "rotation": (-90, 90)},
    "wrist": {"flexion": (-75, 80)},
    "hip": {"flexion": (-30, 135), "abduction": (-35, 60), "rotation": (-45, 75)},
    "knee": {"flexion": (0, 155)},
    "ankle": {"flexion": (-65, 35)},
}
SIDES = ("left", "right")
JOINTS: dict[str, dict[str, Range]] = {
    "spine": _SPINE,
    "chest": {"flexion": (-25, 40), "side": (-25, 25), "twist": (-35, 35)},
    "neck": {"flexion": (-50, 60), "side": (-45, 45), "twist": (-80, 80)},
    **{f"{side}_{name}": ranges for side in SIDES for name, ranges in _LIMBS.items()},
}

# Where each bone begins in the frame of the bone before it.
ORIGINS: dict[str, tuple[str, Vector]] = {
    "waist": ("pelvis", (0, 10, -1)),
    "ribs": ("waist", (0, 9, 0)),
    "chest": ("ribs", (0, 9, 0)),
    "neck": ("chest", (0, 19.5, -2)),
    "head": ("neck", (0, 7, 1.2)),
    "left_upper_arm": ("chest", (17.2, 13.5, -1)),
    "right_upper_arm": ("chest", (-17.2, 13.5, -1)),
    "left_forearm": ("left_upper_arm", (0, -UPPER_ARM, 0)),
    "right_forearm": ("right_upper_arm", (0, -UPPER_ARM, 0)),
    "left_hand": ("left_forearm", (0, -FOREARM, 0)),
    "right_hand": ("right_forearm", (0, -FOREARM, 0)),
    "left_thigh": ("pelvis", (HIP, 0, 0)),
    "right_thigh": ("pelvis", (-HIP, 0, 0)),
    "left_shin": ("left_thigh", (0, -THIGH, 0)),
    "right_shin": ("right_thigh", (0, -THIGH, 0)),
    "left_foot": ("left_shin", (0, -SHIN, 0)),
    "right_foot": ("right_shin", (0, -SHIN, 0)),
}

# A ball: the bone it belongs to, its centre in that bone's frame, its radius
Ball = tuple[str, Vector, float]


@dataclass(frozen=True, slots=True)
class Part:
    """One painted piece; its hulls are drawn as one surface."""

    name: str
    paint: str
    hulls: tuple[tuple[Ball, ...], ...]
    # Drawn later (earlier) than its depth alone would say, in centimetres towards (from) the viewer.
    forward: float = 0.0


@dataclass(frozen=True, slots=True)
class Seam:
    """What covers the outline between two parts of one limb, so that it does not look like a doll's."""

    parts: tuple[str, str]
    # From a ball, so much of the way (0..1) to another: a piece of what both parts are made of.
    hulls: tuple[tuple[Ball, Ball, float], ...]


def other_side(name: str) -> str:
    return name.replace("left_", "right_")


def mirrored(ball: Ball) -> Ball:
    bone, (x, y, z), radius = ball
    return other_side(bone), (-x, y, z), radius


def _pair(ball: Ball) -> tuple[Ball, Ball]:
    return ball, mirrored(ball)


# --- Balls with a name: several parts share them
ILIAC_BALL: Ball = ("pelvis", (7.3, 6.5, 0.6), 8.3)
GLUTE_BALL: Ball = ("pelvis", (6.6, -1.5, -2.4), 8.3)
WAIST_BALL: Ball = ("waist", (5.0, 3, 1.0), 8.2)
RIBS_BALL: Ball = ("ribs", (5.8, 4, 0.9), 8.9)
BREAST_BALL: Ball = ("chest", (6.8, 6, 0.4), 9.3)
COLLAR_BALL: Ball = ("chest", (6.0, 13.0, -2.0), 6.8)
SHOULDER_BALL: Ball = ("left_upper_arm", (0, 0, 0), 5.6)
ELBOW_BALL: Ball = ("left_upper_arm", (0, -UPPER_ARM, 0), 3.7)
BICEPS_BALL: Ball = ("left_upper_arm", (0, -9, 0), 4.6)
FOREARM_BALL: Ball = ("left_forearm", (0.2, -7, 0.4), 4.0)
WRIST_BALL: Ball = ("left_forearm", (0, -FOREARM, 0), 2.5)
KNUCKLES_BALL: Ball = ("left_hand", (0, -7.4, 0), 2.9)
HIP_BALL: Ball = ("left_thigh", (0, -1, -0.6), 8.7)
THIGH_BALL: Ball = ("left_thigh", (0, -16, 0.6), 8.0)
KNEE_BALL: Ball = ("left_thigh", (0, -THIGH, 0.3), 5.5)
CALF_BALL: Ball = ("left_shin", (0, -12, -1.5), 5.7)
ANKLE_BALL: Ball = ("left_shin", (0, -SHIN + 2, 0), 3.3)

TRUNK: tuple[Part, ...] = (
    Part(
        "neck",
        "skin",
        (
            (
                ("chest", (0, 16, -2.4), 6.2),
                ("neck", (0, 2, 0), 5.6),
                ("head", (0, 3.5, -1.5), 5.3),
            ),
        ),
    ),
    Part(
        "pelvis",
        "legs",
        (
            (*_pair(ILIAC_BALL), *_pair(GLUTE_BALL)),
            (*_pair(GLUTE_BALL), *_pair(HIP_BALL), ("pelvis", (0, -2, 2), 8.0)),
            (*_pair(ILIAC_BALL), *_pair(HIP_BALL)),
        ),
    ),
    Part(
        "torso",
        "cloth",
        (
            (*_pair(ILIAC_BALL), *_pair(("pelvis", (6.4, 1.5, -2.0), 8.5))),
            (*_pair(ILIAC_BALL), *_pair(WAIST_BALL)),
            (*_pair(WAIST_BALL), *_pair(RIBS_BALL)),
            (*_pair(RIBS_BALL), *_pair(BREAST_BALL)),
            (*_pair(BREAST_BALL), *_pair(COLLAR_BALL)),
            (BREAST_BALL, COLLAR_BALL, SHOULDER_BALL),
            tuple(mirrored(b) for b in (BREAST_BALL, COLLAR_BALL, SHOULDER_BALL)),
            (*_pair(COLLAR_BALL), ("chest", (0, 16.2, -2.4), 6.0)),
        ),
    ),
)

HEAD: tuple[Part, ...] = (
    Part(
        "face",
        "skin",
        (
            (
                ("head", (0, 11.5, -0.6), 8.2),
                ("head", (0, 10.5, 1.8), 7.2),
                ("head", (2.6, 4.2, 2.4), 4.6),
                ("head", (-2.6, 4.2, 2.4), 4.6),
                ("head", (0, 1.6, 5.4), 2.7),
            ),
            (("head", (0, 8.6, 8.2), 0.9), ("head", (0, 5.6, 9.5), 0.8), ("head", (0, 4.6, 7.6), 1.2)),
        ),
    ),
    Part(
        "hair",
        "hair",
        (
            (
                ("head", (0, 12.0, -1.8), 8.6),
                ("head", (0, 14.0, 1.6), 6.6),
                ("head", (3.4, 6.0, -5.0), 4.0),
                ("head", (-3.4, 6.0, -5.0), 4.0),
            ),
        ),
    ),
    Part("left_ear", "skin", ((("head", (7.4, 7.6, -1.0), 1.9), ("head", (7.2, 5.4, -0.6), 1.2)),)),
    Part("right_ear", "skin", ((("head", (-7.4, 7.6, -1.0), 1.9), ("head", (-7.2, 5.4, -0.6), 1.2)),)),
)


def _limbs() -> tuple[Part, ...]:
    """The left arm and leg, and their mirror images."""
    hand = "left_hand"
    left = (
        Part(
            "left_upper_arm",
            "skin",
            ((BICEPS_BALL, ELBOW_BALL),),
        ),
        Part(
            "left_sleeve",
            "cloth",
            ((SHOULDER_BALL, ("left_upper_arm", (0.3, -7, 0), 5.3), ("left_upper_arm", (0, -14.5, 0), 5.2)),),
            forward=1.0,
        ),
        Part(
            "left_forearm",
            "skin",
            ((ELBOW_BALL, FOREARM_BALL), (FOREARM_BALL, WRIST_BALL)),
            forward=0.5,
        ),
        Part(
            "left_hand",
            "skin",
            (
                (
                    (hand, (0, 0, 0), 2.4),
                    (hand, (0, -8.4, 2.7), 1.8),
                    (hand, (0, -8.0, -2.5), 1.7),
                ),
                (
                    (hand, (0, -8.4, 2.7), 1.8),
                    (hand, (0, -8.0, -2.5), 1.7),
                    (hand, (-1.6, -15.6, 1.6), 1.2),
                    (hand, (-1.6, -14.8, -1.9), 1.2),
                ),
                ((hand, (-0.4, -2.6, 2.2), 1.6), (hand, (-1.6, -8.8, 5.2), 1.2)),
            ),
            forward=1.0,
        ),
        Part(
            "left_fist",
            "skin",
            (
                (
                    (hand, (0, 0, 0), 2.4),
                    (hand, (0, -7.4, 2.8), 2.1),
                    (hand, (0, -7.2, -2.6), 2.0),
                    (hand, (-2.8, -7.0, 2.4), 1.9),
                    (hand, (-2.8, -6.8, -2.2), 1.8),
                ),
                ((hand, (-0.8, -2.6, 2.4), 1.6), (hand, (-3.2, -6.2, 3.4), 1.3)),
            ),
            forward=1.0,
        ),
        Part(
            "left_thigh",
            "legs",
            ((HIP_BALL, THIGH_BALL), (THIGH_BALL, KNEE_BALL)),
        ),
        Part(
            "left_shin",
            "legs",
            ((KNEE_BALL, CALF_BALL), (CALF_BALL, ANKLE_BALL)),
            forward=-0.5,
        ),
        Part(
            "left_foot",
            "skin",
            (
                (
                    ("left_foot", (0, 1.5, 0), 3.0),
                    ("left_foot", (0, -4.2, -3.6), 3.2),
                    ("left_foot", (0, -3.0, 5.5), 3.1),
                ),
                (
                    ("left_foot", (0, -4.2, -3.6), 3.2),
                    ("left_foot", (0, -3.0, 5.5), 3.1),
                    ("left_foot", (2.2, -5.4, 11.0), 2.0),
                    ("left_foot", (-2.4, -5.1, 11.5), 2.2),
                ),
                (
                    ("left_foot", (2.2, -5.4, 11.0), 2.0),
                    ("left_foot", (-2.4, -5.1, 11.5), 2.2),
                    ("left_foot", (1.6, -5.9, 14.4), 1.5),
                    ("left_foot", (-1.9, -5.7, 16.2), 1.6),
                ),
            ),
            forward=-1.0,
        ),
    )
    right = tuple(
        Part(
            other_side(part.name),
            part.paint,
            tuple(tuple(mirrored(b) for b in h) for h in part.hulls),
            part.forward,
        )
        for part in left
    )
    return left + right


LIMBS = _limbs()

_LEFT_SEAMS = (
    Seam(("left_sleeve", "torso"), ((SHOULDER_BALL, COLLAR_BALL, 0.7), (SHOULDER_BALL, BREAST_BALL, 0.35))),
    Seam(
        ("left_upper_arm", "left_forearm"), ((ELBOW_BALL, BICEPS_BALL, 0.3), (ELBOW_BALL, FOREARM_BALL, 0.7))
    ),
    Seam(("left_forearm", "left_hand"), ((WRIST_BALL, FOREARM_BALL, 0.25), (WRIST_BALL, KNUCKLES_BALL, 0.4))),
    Seam(("left_thigh", "pelvis"), ((HIP_BALL, GLUTE_BALL, 0.6), (HIP_BALL, ILIAC_BALL, 0.35))),
    Seam(("left_thigh", "left_shin"), ((KNEE_BALL, THIGH_BALL, 0.3), (KNEE_BALL, CALF_BALL, 0.6))),
)
SEAMS: tuple[Seam, ...] = (
    *_LEFT_SEAMS,
    *(
        Seam(
            (other_side(seam.parts[0]), other_side(seam.parts[1])),
            tuple((mirrored(a), mirrored(b), way) for a, b, way in seam.hulls),
        )
        for seam in _LEFT_SEAMS
    ),
)
