"""From angles to places: forward kinematics, arms that reach for what they hold, and the body on its ground."""

from dataclasses import dataclass
from math import acos, degrees, radians

from django.utils.translation import gettext as _

from exercises.figures import supports
from exercises.figures.body import (
    FOREARM,
    LIMBS,
    ORIGINS,
    PALM,
    SIDES,
    TRUNK,
    UPPER_ARM,
    Ball,
)
from exercises.figures.linear import (
    Matrix,
    Vector,
    about,
    about_x,
    about_y,
    about_z,
    add,
    columns,
    cross,
    dot,
    length,
    minus,
    scaled,
    times,
    transposed,
    turned,
    unit,
)
from exercises.figures.places import BEARERS, POINTS
from exercises.figures.pose import Figure, Hold, Pose

# How far a bearing point may hover, and a ball sink, before it shows (cm).
TOUCH = 3.0
SINK = 2.0
# How much farther than an arm is long a hold may be; a shoulder girdle gives that much.
STRETCH = 3.0

Frame = tuple[Vector, Matrix]


@dataclass(frozen=True, slots=True)
class Skeleton:
    """Every bone's place and direction in the room, and which hands are closed."""

    frames: dict[str, Frame]
    fists: frozenset[str]

    def place(self, bone: str, local: Vector) -> Vector:
        origin, rotation = self.frames[bone]
        return add(origin, turned(rotation, local))

    def point(self, name: str) -> Vector:
        bone, local = POINTS[name]
        return self.place(bone, local)


def _bend(pose: Pose, joint: str, share: float = 1.0) -> Matrix:
    """A joint of the trunk: forward about x, sideways (to the left) about z, twist (to the left) about y."""
    return times(
        about_x(pose.angle(joint, "flexion") * share),
        times(
            about_z(-pose.angle(joint, "side") * share),
            about_y(pose.angle(joint, "twist") * share),
        ),
    )


def _ball_joint(pose: Pose, joint: str, sign: float) -> Matrix:
    """A hip or shoulder: forward, then away from the body, then outwards about its own length."""
    return times(
        about_x(-pose.angle(joint, "flexion")),
        times(
            about_z(sign * pose.angle(joint, "abduction")),
            about_y(sign * pose.angle(joint, "rotation")),
        ),
    )


def _attach(frames: dict[str, Frame], bone: str, rotation: Matrix, shift: Vector = (0, 0, 0)) -> None:
    parent, local = ORIGINS[bone]
    origin, frame = frames[parent]
    frames[bone] = add(origin, turned(frame, add(local, shift))), times(frame, rotation)


def _girdle(direction: Vector, sign: float) -> Vector:
    """How far the shoulder itself moves when the arm is raised; `direction` of the arm in the chest's frame."""
    raised = degrees(acos(max(-1.0, min(1.0, -direction[1]))))
    part = max(0.0, (raised - 60) / 120)
    return -2.5 * part * sign, 5.0 * part, 1.5 * part


def _arm_by_angles(frames: dict[str, Frame], pose: Pose, side: str) -> None:
    sign = 1.0 if side == "left" else -1.0
    rotation = _ball_joint(pose, f"{side}_shoulder", sign)
    _attach(frames, f"{side}_upper_arm", rotation, _girdle(turned(rotation, (0, -1, 0)), sign))
    elbow = about_x(-pose.angle(f"{side}_elbow", "flexion"))
    turn = about_y(-sign * pose.angle(f"{side}_elbow", "rotation"))
    _attach(frames, f"{side}_forearm", times(elbow, turn))
    _attach(frames, f"{side}_hand", about_z(-sign * pose.angle(f"{side}_wrist", "flexion")))


def reach(
    frames: dict[str, Frame], side: str, target: Vector, *, swing: float, turn: float, wrist: float
) -> float:
    """Lay the arm so that its palm is at the target; returns how many centimetres it falls short.

    Degrees: `swing` of the elbow about the line from shoulder to hand, `turn` of the forearm, flexion of the `wrist`.
    """
    sign = 1.0 if side == "left" else -1.0
    chest_origin, chest = frames["chest"]
    local = ORIGINS[f"{side}_upper_arm"][1]
    rest = add(chest_origin, turned(chest, local))
    direction = unit(turned(transposed(chest), minus(target, rest)))
    shoulder = add(rest, turned(chest, _girdle(direction, sign)))
    lower = FOREARM + PALM
    line = minus(target, shoulder)
    gap = max(0.0, length(line) - (UPPER_ARM + lower))
    distance = max(abs(UPPER_ARM - lower) + 1.0, min(length(line), UPPER_ARM + lower - 0.3))
    along = unit(line)
    # The elbow hangs down, a little out and back, unless the pose swings it elsewhere.
    hang = turned(chest, (0.55 * sign, -1.0, -0.35))
    aside = unit(minus(hang, scaled(along, dot(hang, along))))
    if swing:
        aside = turned(about(along, radians(sign * swing)), aside)
    cosine = (UPPER_ARM**2 + distance**2 - lower**2) / (2 * UPPER_ARM * distance)
    cosine = max(-1.0, min(1.0, cosine))
    sine = (1 - cosine * cosine) ** 0.5
    upper = add(scaled(along, cosine), scaled(aside, sine))
    elbow = add(shoulder, scaled(upper, UPPER_ARM))
    fore = unit(minus(add(shoulder, scaled(along, distance)), elbow))
    forward = minus(fore, scaled(upper, dot(fore, upper)))
    z = unit(forward) if length(forward) > 1e-3 else scaled(aside, -1.0)
    y = scaled(upper, -1.0)
    frames[f"{side}_upper_arm"] = shoulder, columns(cross(y, z), y, z)
    bend = degrees(acos(max(-1.0, min(1.0, dot(upper, fore)))))
    _attach(frames, f"{side}_forearm", times(about_x(-bend), about_y(-sign * turn)))
    _attach(frames, f"{side}_hand", about_z(-sign * wrist))
    return gap


def _trunk_and_legs(pose: Pose) -> dict[str, Frame]:
    turn, pitch, roll = pose.root
    frames: dict[str, Frame] = {
        "pelvis": ((0.0, 0.0, 0.0), times(about_y(turn), times(about_x(pitch), about_y(roll))))
    }
    _attach(frames, "waist", _bend(pose, "spine", 0.5))
    _attach(frames, "ribs", _bend(pose, "spine", 0.5))
    _attach(frames, "chest", _bend(pose, "chest"))
    _attach(frames, "neck", _bend(pose, "neck", 0.5))
    _attach(frames, "head", _bend(pose, "neck", 0.5))
    for side in SIDES:
        sign = 1.0 if side == "left" else -1.0
        _attach(frames, f"{side}_thigh", _ball_joint(pose, f"{side}_hip", sign))
        _attach(frames, f"{side}_shin", about_x(pose.angle(f"{side}_knee", "flexion")))
        _attach(frames, f"{side}_foot", about_x(-pose.angle(f"{side}_ankle", "flexion")))
    return frames


def _balls() -> list[Ball]:
    """The balls that can rest on the ground: each once."""
    seen: dict[Ball, None] = {}
    for part in (*TRUNK, *LIMBS):
        for hull in part.hulls:
            seen.update(dict.fromkeys(hull))
    return [*seen, ("head", (0, 12.0, -1.8), 8.6)]


BALLS = _balls()


def _lowest(frames: dict[str, Frame]) -> float:
    lowest = 1e9
    for bone, (x, y, z), radius in BALLS:
        if bone in frames:
            origin, (_a, (p, q, r), _c) = frames[bone]
            lowest = min(lowest, origin[1] + p * x + q * y + r * z - radius)
    return lowest


def settled(figure: Figure, frames: dict[str, Frame], x: float, z: float) -> dict[str, Frame]:
    """The frames moved so that the lowest ball touches the ground, and by x and z across it."""
    shift = (x, supports.ground(figure) - _lowest(frames), z)
    return {name: (add(place, shift), rotation) for name, (place, rotation) in frames.items()}


def anchored(frames: dict[str, Frame], pose: Pose) -> tuple[float, float]:
    """How far the frames have to move across the ground for the pose's anchor to be where the pose says."""
    bone, local = POINTS[pose.anchor]
    origin, rotation = frames[bone]
    x, _y, z = add(origin, turned(rotation, local))
    return pose.at[0] - x, pose.at[1] - z


def stand(figure: Figure, pose: Pose) -> tuple[Skeleton, list[str]]:
    """The skeleton of a pose on its ground, and every way in which the pose is impossible (in sentences)."""
    frames = _trunk_and_legs(pose)
    for side in SIDES:
        if side not in pose.hands:
            _arm_by_angles(frames, pose, side)
    frames = settled(figure, frames, *anchored(frames, pose))
    problems: list[str] = []
    skeleton = Skeleton(frames, frozenset(side for side, hold in pose.hands.items() if hold.grip))
    for side, hold in pose.hands.items():
        gap = reach(
            frames,
            side,
            held_place(figure, skeleton, hold.to),
            swing=hold.swing,
            turn=pose.angle(f"{side}_elbow", "rotation"),
            wrist=pose.angle(f"{side}_wrist", "flexion"),
        )
        if gap > STRETCH:
            problems.append(out_of_reach(side, hold, gap))
    problems += _misplaced(figure, pose, skeleton)
    return skeleton, problems


def out_of_reach(side: str, hold: Hold, gap: float) -> str:
    return _("%(side)s hand: %(hold)s is %(gap).1f cm out of reach; at most %(most)g are allowed.") % {
        "side": side,
        "hold": hold.to,
        "gap": gap,
        "most": STRETCH,
    }


def held_place(figure: Figure, skeleton: Skeleton, to: str | Vector) -> Vector:
    """Where in the room the thing is that a hand holds."""
    if not isinstance(to, str):
        return to
    return supports.points(figure).get(to) or skeleton.point(to)


def _misplaced(figure: Figure, pose: Pose, skeleton: Skeleton) -> list[str]:
    """Bearing points that do not touch what carries them, and what has sunk into the ground."""
    problems = []
    for name in pose.bears:
        bone, local, radius = BEARERS[name]
        place = skeleton.place(bone, local)
        gap = place[1] - radius - supports.height_at(figure, place)
        if not -SINK <= gap <= TOUCH:
            problems.append(
                _("%(point)s: %(gap).1f cm above what should carry it; -%(sink)g to %(touch)g are allowed.")
                % {"point": name, "gap": gap, "sink": SINK, "touch": TOUCH}
            )
    return problems + sunken(figure, skeleton)


def sunken(figure: Figure, skeleton: Skeleton) -> list[str]:
    """A problem when the body is in the ground: an arm that reaches below it (the rest always stands on it)."""
    depth = supports.ground(figure) - _lowest(skeleton.frames)
    if depth <= SINK:
        return []
    text = _("The body sinks %(gap).1f cm into the ground; at most %(sink)g are allowed.")
    return [text % {"gap": depth, "sink": SINK}]
