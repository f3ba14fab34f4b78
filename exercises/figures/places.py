"""Places on the body: regions that can be lit, points that a hand can hold, and what can bear weight."""

from exercises.figures.body import (
    ELBOW_BALL,
    FOREARM,
    GLUTE_BALL,
    HIP,
    HIP_BALL,
    KNEE_BALL,
    KNUCKLES_BALL,
    PALM,
    SHIN,
    SHOULDER_BALL,
    SIDES,
    THIGH,
    Ball,
    mirrored,
    other_side,
)
from exercises.figures.linear import Vector

# Regions that can be lit: balls just under the surface, on the part that carries them.
_LEFT_ZONES: dict[str, tuple[str, tuple[Ball, ...]]] = {
    "left_hamstrings": (
        "left_thigh",
        (
            ("left_thigh", (0, -9, -3.6), 3.2),
            ("left_thigh", (0, -20, -2.8), 3.3),
            ("left_thigh", (0, -27, -2.4), 2.7),
        ),
    ),
    "left_quadriceps": (
        "left_thigh",
        (
            ("left_thigh", (0, -7, 3.4), 3.2),
            ("left_thigh", (0, -19, 3.8), 3.2),
            ("left_thigh", (0, -31, 3.0), 2.6),
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
    "left_adductors": (
        "left_thigh",
        (
            ("left_thigh", (-3.6, -8, 0.4), 3.0),
            ("left_thigh", (-3.4, -18, 0.6), 3.1),
            ("left_thigh", (-2.6, -29, 0.6), 2.5),
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
    "abdomen": (
        "torso",
        (
            ("pelvis", (0, 6, 4.4), 2.8),
            ("waist", (0, 4, 5.4), 3.0),
            ("ribs", (0, 5, 6.0), 2.8),
        ),
    ),
    **_LEFT_ZONES,
    **{
        other_side(name): (other_side(part), tuple(mirrored(b) for b in balls))
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
    **{other_side(name): (other_side(bone), (-x, y, z)) for name, (bone, (x, y, z)) in _LEFT_POINTS.items()},
}

# What can bear weight: balls that must then touch the ground.
_LEFT_BEARERS: dict[str, Ball] = {
    "left_knee": KNEE_BALL,
    "left_heel": ("left_foot", (0, -4.2, -3.6), 3.2),
    "left_toes": ("left_foot", (-1.9, -5.7, 16.2), 1.6),
    "left_buttock": GLUTE_BALL,
    "left_hip": HIP_BALL,
    "left_shoulder": SHOULDER_BALL,
    "left_elbow": ELBOW_BALL,
    "left_hand": KNUCKLES_BALL,
}
BEARERS: dict[str, Ball] = {
    "head": ("head", (0, 12.0, -1.8), 8.6),
    "forehead": ("head", (0, 12.5, 2.2), 7.2),
    "upper_back": ("chest", (0, 10, -1.5), 7.5),
    **_LEFT_BEARERS,
    **{other_side(name): mirrored(ball) for name, ball in _LEFT_BEARERS.items()},
}

# What a hand holds lies here, however the wrist is bent.
PALMS: dict[str, tuple[str, Vector]] = {
    f"{side}_hand": (f"{side}_forearm", (0, -FOREARM - PALM, 0)) for side in SIDES
}

# Points that an arrow can follow: those that can be held, and what holds.
MARKS: dict[str, tuple[str, Vector]] = {
    **POINTS,
    "head": ("head", (0, 20.0, 0)),
    **PALMS,
}
