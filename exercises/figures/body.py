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


def _other_side(name: str) -> str:
    return name.replace("left_", "right_")


def _mirrored(ball: Ball) -> Ball:
    bone, (x, y, z), radius = ball
    return _other_side(bone), (-x, y, z), radius


def _pair(ball: Ball) -> tuple[Ball, Ball]:
    return ball, _mirrored(ball)


# --- Balls with a name: several parts share them
_ILIAC: Ball = ("pelvis", (7.3, 6.5, 0.6), 8.3)
_GLUTE: Ball = ("pelvis", (6.6, -1.5, -2.4), 8.3)
_WAIST: Ball = ("waist", (5.0, 3, 1.0), 8.2)
_RIBS: Ball = ("ribs", (5.8, 4, 0.9), 8.9)
_BREAST: Ball = ("chest", (6.8, 6, 0.4), 9.3)
_COLLAR: Ball = ("chest", (6.0, 13.0, -2.0), 6.8)
_SHOULDER: Ball = ("left_upper_arm", (0, 0, 0), 5.6)
_ELBOW: Ball = ("left_upper_arm", (0, -UPPER_ARM, 0), 3.7)
_BICEPS: Ball = ("left_upper_arm", (0, -9, 0), 4.6)
_FOREARM: Ball = ("left_forearm", (0.2, -7, 0.4), 4.0)
_WRIST: Ball = ("left_forearm", (0, -FOREARM, 0), 2.5)
_KNUCKLES: Ball = ("left_hand", (0, -7.4, 0), 2.9)
_HIP: Ball = ("left_thigh", (0, -1, -0.6), 8.7)
_THIGH: Ball = ("left_thigh", (0, -16, 0.6), 8.0)
_KNEE: Ball = ("left_thigh", (0, -THIGH, 0.3), 5.5)
_CALF: Ball = ("left_shin", (0, -12, -1.5), 5.7)
_ANKLE: Ball = ("left_shin", (0, -SHIN + 2, 0), 3.3)

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
            (*_pair(_ILIAC), *_pair(_GLUTE)),
            (*_pair(_GLUTE), *_pair(_HIP), ("pelvis", (0, -2, 2), 8.0)),
            (*_pair(_ILIAC), *_pair(_HIP)),
        ),
    ),
    Part(
        "torso",
        "cloth",
        (
            (*_pair(_ILIAC), *_pair(("pelvis", (6.4, 1.5, -2.0), 8.5))),
            (*_pair(_ILIAC), *_pair(_WAIST)),
            (*_pair(_WAIST), *_pair(_RIBS)),
            (*_pair(_RIBS), *_pair(_BREAST)),
            (*_pair(_BREAST), *_pair(_COLLAR)),
            (_BREAST, _COLLAR, _SHOULDER),
            tuple(_mirrored(b) for b in (_BREAST, _COLLAR, _SHOULDER)),
            (*_pair(_COLLAR), ("chest", (0, 16.2, -2.4), 6.0)),
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
            ((_BICEPS, _ELBOW),),
        ),
        Part(
            "left_sleeve",
            "cloth",
            ((_SHOULDER, ("left_upper_arm", (0.3, -7, 0), 5.3), ("left_upper_arm", (0, -14.5, 0), 5.2)),),
            forward=1.0,
        ),
        Part(
            "left_forearm",
            "skin",
            ((_ELBOW, _FOREARM), (_FOREARM, _WRIST)),
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
            ((_HIP, _THIGH), (_THIGH, _KNEE)),
        ),
        Part(
            "left_shin",
            "legs",
            ((_KNEE, _CALF), (_CALF, _ANKLE)),
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
            _other_side(part.name),
            part.paint,
            tuple(tuple(_mirrored(b) for b in h) for h in part.hulls),
            part.forward,
        )
        for part in left
    )
    return left + right


LIMBS = _limbs()

_LEFT_SEAMS = (
    Seam(("left_sleeve", "torso"), ((_SHOULDER, _COLLAR, 0.7), (_SHOULDER, _BREAST, 0.35))),
    Seam(("left_upper_arm", "left_forearm"), ((_ELBOW, _BICEPS, 0.3), (_ELBOW, _FOREARM, 0.7))),
    Seam(("left_forearm", "left_hand"), ((_WRIST, _FOREARM, 0.25), (_WRIST, _KNUCKLES, 0.4))),
    Seam(("left_thigh", "pelvis"), ((_HIP, _GLUTE, 0.6), (_HIP, _ILIAC, 0.35))),
    Seam(("left_thigh", "left_shin"), ((_KNEE, _THIGH, 0.3), (_KNEE, _CALF, 0.6))),
)
SEAMS: tuple[Seam, ...] = (
    *_LEFT_SEAMS,
    *(
        Seam(
            (_other_side(seam.parts[0]), _other_side(seam.parts[1])),
            tuple((_mirrored(a), _mirrored(b), way) for a, b, way in seam.hulls),
        )
        for seam in _LEFT_SEAMS
    ),
)

# Regions that can be lit: balls just under the surface, on the part that carries them.
_LEFT_ZONES: dict[str, tuple[str, tuple[Ball, ...]]] = {
    "left_hamstrings": (
        "left_thigh",
        (
            ("left_thigh", (0, -9, -3.6), 3.2),
            ("left_thigh", (0, -20, -2.8), 3.3),
            ("left_thigh", (0, -36, -1.6), 2.2),
        ),
    ),
    "left_quadriceps": (
        "left_thigh",
        (
            ("left_thigh", (0, -7, 3.4), 3.2),
            ("left_thigh", (0, -19, 3.8), 3.2),
            ("left_thigh", (0, -37, 2.2), 2.2),
        ),
    ),
    "left_hip_flexor": (
        "torso",
        (
            ("pelvis", (HIP - 1.5, 5, 4.6), 2.8),
            ("left_thigh", (0, -1, 3.8), 3.2),
            ("left_thigh", (0, -13, 3.8), 2.8),
        ),
    ),
    "left_gluteal": (
        "left_thigh",
        (
            ("pelvis", (7.0, 2.5, -4.6), 3.2),
            ("pelvis", (7.4, -2.5, -4.6), 3.4),
            ("left_thigh", (0.5, -6, -3.6), 3.0),
        ),
    ),
    "left_calf": (
        "left_shin",
        (
            ("left_shin", (0, -7, -2.6), 3.2),
            ("left_shin", (0, -16, -2.6), 3.0),
            ("left_shin", (0, -27, -1.0), 1.8),
        ),
    ),
    "left_flank": (
        "torso",
        (
            ("pelvis", (9.5, 8, -2), 3.2),
            ("waist", (8, 5, -2), 3.0),
            ("ribs", (9.5, 6, -2), 3.2),
        ),
    ),
}
ZONES: dict[str, tuple[str, tuple[Ball, ...]]] = {
    "lower_back": (
        "torso",
        (
            ("pelvis", (0, 7, -3.6), 3.0),
            ("waist", (0, 4, -3.4), 3.0),
            ("ribs", (0, 5, -4.2), 2.8),
        ),
    ),
    "upper_back": (
        "torso",
        (
            ("ribs", (0, 5, -4.2), 2.8),
            ("chest", (0, 3, -4.8), 3.0),
            ("chest", (0, 12, -4.4), 2.8),
        ),
    ),
    **_LEFT_ZONES,
    **{
        _other_side(name): (_other_side(part), tuple(_mirrored(b) for b in balls))
        for name, (part, balls) in _LEFT_ZONES.items()
    },
}

# Points that a hand can hold and a figure can be anchored at: a bone, and a place on its surface.
_LEFT_POINTS: dict[str, tuple[str, Vector]] = {
    "left_knee": ("left_thigh", (0, -THIGH, 5.0)),
    "left_thigh_back": ("left_thigh", (0, -27, -6.2)),
    "left_thigh_front": ("left_thigh", (0, -30, 7.6)),
    "left_shin_front": ("left_shin", (0, -9, 5.0)),
    "left_shin_low": ("left_shin", (0, -30, 4.0)),
    "left_ankle": ("left_shin", (0, -SHIN + 2, 3.2)),
    "left_heel": ("left_foot", (0, -7.4, -3.6)),
    "left_sole": ("left_foot", (0, -7.4, 11.2)),
    "left_hip": ("pelvis", (13.5, 7, 3)),
}
POINTS: dict[str, tuple[str, Vector]] = {
    "pelvis": ("pelvis", (0, 0, 0)),
    **_LEFT_POINTS,
    **{
        _other_side(name): (_other_side(bone), (-x, y, z)) for name, (bone, (x, y, z)) in _LEFT_POINTS.items()
    },
}

# What can bear weight: balls that must then touch the ground.
_LEFT_BEARERS: dict[str, Ball] = {
    "left_knee": _KNEE,
    "left_heel": ("left_foot", (0, -4.2, -3.6), 3.2),
    "left_toes": ("left_foot", (-1.9, -5.7, 16.2), 1.6),
    "left_buttock": _GLUTE,
    "left_hip": _HIP,
    "left_shoulder": _SHOULDER,
    "left_elbow": _ELBOW,
    "left_hand": _KNUCKLES,
}
BEARERS: dict[str, Ball] = {
    "head": ("head", (0, 12.0, -1.8), 8.6),
    "upper_back": ("chest", (0, 10, -1.5), 7.5),
    **_LEFT_BEARERS,
    **{_other_side(name): _mirrored(ball) for name, ball in _LEFT_BEARERS.items()},
}
