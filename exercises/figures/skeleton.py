"""From angles to places: forward kinematics, arms that reach for what they hold, and the body on its ground."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import acos, asin, atan2, degrees, radians

from django.utils.translation import gettext as _

from exercises.figures import supports
from exercises.figures.body import (
    FOREARM,
    JOINTS,
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
from exercises.figures.pose import Figure, Hold, Pose, Problem
from exercises.figures.words import named

# How far a bearing point may hover, and a ball sink, before it shows (cm).
TOUCH = 3.0
SINK = 2.0
# How much farther than an arm is long a hold may be; a shoulder girdle gives that much.
STRETCH = 3.0
# How far beyond its range (degrees) an arm may be bent by what its hand holds; the shoulder blade gives that much.
SLACK = 20.0

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


def lowest(frames: dict[str, Frame]) -> float:
    lowest = 1e9
    for bone, (x, y, z), radius in BALLS:
        if bone in frames:
            origin, (_a, (p, q, r), _c) = frames[bone]
            lowest = min(lowest, origin[1] + p * x + q * y + r * z - radius)
    return lowest


def settled(figure: Figure, frames: dict[str, Frame], x: float, z: float) -> dict[str, Frame]:
    """The frames moved so that the lowest ball touches the ground, and by x and z across it."""
    shift = (x, supports.ground(figure) - lowest(frames), z)
    return {name: (add(place, shift), rotation) for name, (place, rotation) in frames.items()}


def anchored(frames: dict[str, Frame], pose: Pose) -> tuple[float, float]:
    """How far the frames have to move across the ground for the pose's anchor to be where the pose says."""
    bone, local = POINTS[pose.anchor]
    origin, rotation = frames[bone]
    x, _y, z = add(origin, turned(rotation, local))
    return pose.at[0] - x, pose.at[1] - z


def stand(figure: Figure, pose: Pose) -> tuple[Skeleton, list[Problem]]:
    """The skeleton of a pose on its ground, and every way in which the pose is impossible."""
    frames = _trunk_and_legs(pose)
    for side in SIDES:
        if side not in pose.hands:
            _arm_by_angles(frames, pose, side)
    frames = settled(figure, frames, *anchored(frames, pose))
    skeleton = Skeleton(frames, frozenset(side for side, hold in pose.hands.items() if hold.grip))
    problems: list[Problem] = []
    for side, hold in pose.hands.items():
        turn, wrist = pose.angle(f"{side}_elbow", "rotation"), pose.angle(f"{side}_wrist", "flexion")
        problems += hold_on(figure, skeleton, side, hold, turn=turn, wrist=wrist)
    return skeleton, problems + misplaced(figure, skeleton, pose.bears) + sunken(figure, skeleton)


def hold_on(
    figure: Figure, skeleton: Skeleton, side: str, hold: Hold, *, turn: float, wrist: float
) -> list[Problem]:
    """Lay an arm so that its hand holds what it should (`reach`); what no arm can do about it."""
    to = hold.to if not isinstance(hold.to, str) else _held_place(figure, skeleton, hold.to)
    gap = reach(skeleton.frames, side, to, swing=hold.swing, turn=turn, wrist=wrist)
    what = named(hold.to) if isinstance(hold.to, str) else _("the point of the room")
    problems = []
    if gap > STRETCH:
        text = _("%(what)s is %(gap).1f cm out of reach; at most %(most)g are allowed.")
        problems.append(Problem(("hands", side), text % {"what": what, "gap": gap, "most": STRETCH}))
    for joint, movement, angle, (low, high) in _arm_angles(skeleton, side):
        if not low - SLACK <= angle <= high + SLACK:
            text = _(
                "to hold %(what)s, the %(joint)s %(movement)s is %(angle).0f; %(low)g to %(high)g are allowed."
            )
            told = {
                "joint": named(joint),
                "movement": named(movement),
                "angle": angle,
                "low": low,
                "high": high,
            }
            problems.append(Problem(("hands", side), text % (told | {"what": what})))
    return problems


def _arm_angles(skeleton: Skeleton, side: str) -> Iterator[tuple[str, str, float, tuple[float, float]]]:
    """Joint, movement, angle and range of everything that carries a hand, but the turn of the arms about themselves."""
    chest, upper, lower = (
        skeleton.frames[bone][1] for bone in ("chest", f"{side}_upper_arm", f"{side}_forearm")
    )
    joint = f"{side}_shoulder"
    for movement, angle in shoulder_angles(times(transposed(chest), upper), side).items():
        if movement != "rotation":
            yield joint, movement, angle, JOINTS[joint][movement]
    yield f"{side}_elbow", "flexion", elbow_angle(upper, lower), JOINTS[f"{side}_elbow"]["flexion"]


def elbow_angle(upper: Matrix, lower: Matrix) -> float:
    """How far an elbow is bent, from the turns of the bones beside it."""
    along, onwards = ((m[0][1], m[1][1], m[2][1]) for m in (upper, lower))
    return degrees(acos(max(-1.0, min(1.0, dot(along, onwards)))))


def shoulder_angles(rotation: Matrix, side: str) -> dict[str, float]:
    """The angles of a shoulder whose upper arm is turned so in the chest's frame: `_ball_joint` backwards.

    Two sets of angles mean the same; the one nearer to what a shoulder can do is taken.
    """
    sign = 1.0 if side == "left" else -1.0
    forward = degrees(atan2(rotation[2][1], rotation[1][1]))
    aside = degrees(asin(max(-1.0, min(1.0, -rotation[0][1]))))
    about_itself = degrees(atan2(rotation[0][2], rotation[0][0]))
    sets = [
        (-forward, sign * aside, sign * about_itself),
        (180 - forward, sign * (180 - aside), sign * (about_itself + 180)),
    ]
    names = ("flexion", "abduction", "rotation")
    ranges = [JOINTS[f"{side}_shoulder"][name] for name in names]

    def excess(angles: tuple[float, ...]) -> float:
        return sum(max(low - a, a - high, 0.0) for a, (low, high) in zip(angles, ranges, strict=True))

    found = min((tuple((a + 180) % 360 - 180 for a in angles) for angles in sets), key=excess)
    return dict(zip(names, found, strict=True))


def _held_place(figure: Figure, skeleton: Skeleton, name: str) -> Vector:
    """Where in the room the thing is that a hand holds."""
    return supports.points(figure).get(name) or skeleton.point(name)


def misplaced(figure: Figure, skeleton: Skeleton, bears: Iterable[str]) -> list[Problem]:
    """Bearing points that do not touch what carries them."""
    problems = []
    for name in bears:
        bone, local, radius = BEARERS[name]
        place = skeleton.place(bone, local)
        gap = place[1] - radius - supports.height_at(figure, place)
        if not -SINK <= gap <= TOUCH:
            text = _("%(gap).1f cm above what should carry it; -%(sink)g to %(touch)g are allowed.")
            problems.append(Problem(("bears", name), text % {"gap": gap, "sink": SINK, "touch": TOUCH}))
    return problems


def sunken(figure: Figure, skeleton: Skeleton) -> list[Problem]:
    """A problem when an arm reaches below the ground (the rest always stands on it)."""
    depth = supports.ground(figure) - lowest(skeleton.frames)
    if depth <= SINK:
        return []
    text = _("the body sinks %(gap).1f cm into the ground; at most %(sink)g are allowed.")
    return [Problem((), text % {"gap": depth, "sink": SINK})]
