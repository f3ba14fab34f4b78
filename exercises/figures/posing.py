"""Posing by hand: where a figure can be taken hold of in its picture, and what becomes of it when it is dragged.

Figures are JSON in the shape that `pose` describes; what comes back is a new one. Places are those of the picture's
view box: pixels to the right and down, `SCALE` of them a centimetre. Whole and half degrees and centimetres alone
are written, so that a figure stays readable.
"""

from copy import deepcopy
from dataclasses import dataclass
from math import hypot
from typing import Any

from exercises.figures import supports
from exercises.figures.body import FOREARM, JOINTS, PALM, SIDES, THIGH, UPPER_ARM
from exercises.figures.camera import SCALE, camera_of
from exercises.figures.linear import Vector, add, length, minus, scaled, times, transposed
from exercises.figures.places import PALMS, POINTS
from exercises.figures.pose import REACH, Figure, Pose, read
from exercises.figures.skeleton import BALLS, Skeleton, elbow_angle, shoulder_angles, stand

Spot = tuple[float, float]
# One number of a pose and how much of a change it takes: ("joints", "neck", "flexion"), ("root", "pitch"), ("at", 0)
Path = tuple[str | int, ...]
# A way in which the body gives: numbers that change together, each by its share.
Give = tuple[tuple[Path, float], ...]

_LIMBS: dict[str, tuple[str, Vector]] = {
    "elbow": ("upper_arm", (0, -UPPER_ARM, 0)),
    "knee": ("thigh", (0, -THIGH, 0)),
    "foot": ("foot", (0, -4.5, 4.0)),
}
# What can be taken hold of: a bone, and a place in its frame.
HANDLES: dict[str, tuple[str, Vector]] = {
    "head": ("head", (0, 11.0, 0)),
    "chest": ("chest", (0, 9.0, 0)),
    "pelvis": ("pelvis", (0, 0, 0)),
    **{f"{side}_{name}": (f"{side}_{bone}", at) for side in SIDES for name, (bone, at) in _LIMBS.items()},
    **PALMS,
}

ROUNDS = 8
STEP = 25.0  # degrees (or cm) that one round may change a number by
DAMPING = 1.2  # pixels a degree; below it a movement hardly helps, and is left alone
SEEN = 0.5  # of a movement through the room, that has to lie in the picture
ARM = UPPER_ARM + FOREARM + PALM
SLIDE = 60.0  # cm; a hand on the floor goes no farther at once
UPRIGHT = 40.0  # degrees; a pelvis that is tilted farther rolls off the buttocks
NEAR = 1.0  # pixels; nearer than this nobody can point


@dataclass(frozen=True, slots=True)
class Handle:
    """A place in the picture that can be dragged; `depth` (cm) grows towards the viewer."""

    name: str
    x: float
    y: float
    depth: float


def handles(figure: Figure, pose: str) -> list[Handle]:
    """Where each of `HANDLES` is in the picture of a pose."""
    seen = _Seen(figure, pose)
    return [Handle(name, *(round(value, 1) for value in seen.place(name))) for name in HANDLES]


def palms(figure: Figure, pose: str) -> dict[str, list[float]]:
    """Where each palm is in the room (x, y, z), for a hand that is to stay there."""
    skeleton = _Seen(figure, pose).skeleton
    return {side: [_half(value) for value in skeleton.place(*HANDLES[f"{side}_hand"])] for side in SIDES}


def dragged(figure: dict[str, Any], pose: str, handle: str, to: Spot) -> dict[str, Any]:
    """The figure with a handle of a pose as near to a spot of the picture as body and ground allow.

    It is never farther away than before. A hand that is dragged holds a point of the room from then on. Raises
    KeyError for an unknown handle and PoseError for a figure that cannot be read.
    """
    if handle.endswith("_hand"):
        return _hand_to(figure, pose, handle, to)
    gives = _gives(read(figure), pose, handle)
    start = _distance(figure, pose, handle, to)
    best, distance = figure, start
    for _round in range(ROUNDS):
        if distance <= NEAR:
            break
        nearer = _round_of(best, pose, handle, to, gives, distance)
        if nearer is None:
            break
        best, distance = nearer
    tidy = _tidy(best, figure, pose, gives)
    return tidy if _distance(tidy, pose, handle, to) <= start else figure


def mirrored(pose: dict[str, Any]) -> dict[str, Any]:
    """A pose (the JSON of one that can be read) with left and right exchanged."""
    found = deepcopy(pose)
    _negate(found.get("root", {}), ("turn", "roll"))
    for joint, angles in found.get("joints", {}).items():
        if not joint.startswith(SIDES):
            _negate(angles, ("side", "twist"))
    for hold in found.get("hands", {}).values():
        hold["to"] = _swapped(hold["to"])
    for key in ("joints", "hands"):
        if key in found:
            found[key] = {_swapped(name): value for name, value in found[key].items()}
    for key in ("bears", "stretched"):
        if key in found:
            found[key] = [_swapped(name) for name in found[key]]
    for key in ("anchor", "at"):
        if key in found:
            found[key] = _swapped(found[key])
    return found


def _negate(numbers: dict[str, float], keys: tuple[str, ...]) -> None:
    for key in keys:
        if key in numbers:
            numbers[key] = -numbers[key]


def _swapped(what: Any) -> Any:
    """The other side's name, or the place (x first) across the middle."""
    if isinstance(what, list):
        return [-what[0], *what[1:]]
    for side, other in (SIDES, SIDES[::-1]):
        if side in what:
            return what.replace(side, other)
    return what


def let_go(figure: dict[str, Any], pose: str, side: str) -> dict[str, Any]:
    """The figure with a hand that holds nothing: its arm stays as nearly where it is as the joints allow."""
    frames = _Seen(read(figure), pose).skeleton.frames
    chest, upper, lower = (frames[bone][1] for bone in ("chest", f"{side}_upper_arm", f"{side}_forearm"))
    angles = shoulder_angles(times(transposed(chest), upper), side)
    found = figure | {pose: deepcopy(figure[pose])}
    found[pose].get("hands", {}).pop(side, None)
    for movement, angle in angles.items():
        _set(found[pose], ("joints", f"{side}_shoulder", movement), angle)
    _set(found[pose], ("joints", f"{side}_elbow", "flexion"), elbow_angle(upper, lower))
    return found


# --- Seeing


class _Seen:
    """A pose as its viewer sees it."""

    def __init__(self, figure: Figure, pose: str) -> None:
        self.camera = camera_of(figure, "left")
        self.skeleton: Skeleton = stand(figure, figure.poses[pose])[0]

    def place(self, handle: str) -> Vector:
        return self.camera.see(self.skeleton.place(*HANDLES[handle]))

    def distance(self, handle: str, to: Spot) -> float:
        x, y, _depth = self.place(handle)
        return hypot(to[0] - x, to[1] - y)

    def towards(self, handle: str, to: Spot) -> Vector:
        """The way from a handle to a spot, through the room and in the plane of the view (cm)."""
        x, y, _depth = self.place(handle)
        right, up, _near = self.camera.view
        return add(scaled(right, (to[0] - x) / SCALE), scaled(up, (y - to[1]) / SCALE))

    def above(self, floor: float, place: Vector) -> Vector:
        """A place that is not under the floor: nearer to the viewer, where it looks the same, or else higher."""
        nearer = self.camera.view[2]
        deep = floor - place[1]
        if deep > 0 and nearer[1] > 0.1:
            place = add(place, scaled(nearer, min(SLIDE, deep / nearer[1])))
        return place[0], max(floor, place[1]), place[2]

    def clearance(self, side: str) -> float:
        """How high the palm has to be so that no finger is under the floor, the hand held as it is."""
        bone = f"{side}_hand"
        low = min(self.skeleton.place(b, local)[1] - radius for b, local, radius in BALLS if b == bone)
        return self.skeleton.place(*HANDLES[bone])[1] - low

    def in_reach(self, side: str, place: Vector) -> Vector:
        """A place, or the last one on the way there that the arm reaches."""
        shoulder = self.skeleton.frames[f"{side}_upper_arm"][0]
        way = minus(place, shoulder)
        return add(shoulder, scaled(way, min(1.0, ARM / max(length(way), 1.0))))


def _distance(figure: dict[str, Any], pose: str, handle: str, to: Spot) -> float:
    return _Seen(read(figure), pose).distance(handle, to)


# --- Giving


def _gives(figure: Figure, pose: str, handle: str) -> list[Give]:
    """The ways in which the body gives when a handle is dragged."""
    now = figure.poses[pose]
    anchored = POINTS[now.anchor][0]
    if handle == "head":
        return [_bend(joint, m, share) for joint, share in (("neck", 1.0), ("chest", 0.4)) for m in _LEANING]
    if handle == "chest":
        back = [_bend(joint, m, share) for joint, share in (("spine", 1.0), ("chest", 0.5)) for m in _LEANING]
        return [_hinge(), *back] if _sits(now) else back
    if handle == "pelvis" and anchored.endswith(("thigh", "shin", "foot")):
        return [_thighs()] if anchored.endswith("thigh") else [_thighs(), _shins(SIDES)]
    if anchored == HANDLES[handle][0]:
        return _WHOLE  # what stays in its place takes the whole body along
    side, limb = handle.split("_")
    if limb == "elbow":
        return [_swing(side)] if side in now.hands else [_bend(f"{side}_shoulder", m) for m in _LIFTING]
    if limb == "knee" and anchored.startswith(side):
        return [_shins((side,))]
    knee = _bend(f"{side}_knee", "flexion")
    if limb == "foot" and anchored == f"{side}_thigh":
        return [knee]
    hip = [_bend(f"{side}_hip", m) for m in _LIFTING]
    return hip if limb == "knee" else [*hip, _bend(f"{side}_hip", "rotation", 0.5), knee]


_LEANING = ("flexion", "side")
_LIFTING = ("flexion", "abduction")
_WHOLE: list[Give] = [((("at", 0), 1.0),), ((("at", 1), 1.0),)]


def _bend(joint: str, movement: str, share: float = 1.0) -> Give:
    return ((("joints", joint, movement), share),)


def _swing(side: str) -> Give:
    return ((("hands", side, "swing"), 3.0),)


def _sits(pose: Pose) -> bool:
    """On both buttocks, facing where the room's axes point: elsewhere the pelvis would not tip in the hips' own way."""
    turn, pitch, roll = pose.root
    buttocks = {f"{side}_buttock" for side in SIDES}
    return buttocks <= set(pose.bears) and turn == roll == 0 and abs(pitch) <= UPRIGHT


def _hinge() -> Give:
    """Pelvis over the thighs: it tips, and the legs keep their place, until its or the hips' range ends.

    A bend from the floor begins here before the back rounds (lumbopelvic rhythm).
    """
    return (("root", "pitch"), 1.0), *((("joints", f"{side}_hip", "flexion"), 1.0) for side in SIDES)


def _thighs() -> Give:
    """Hips over the knees: the thighs tip, trunk and shins keep their direction in the room."""
    return tuple(
        (("joints", f"{side}_{joint}", "flexion"), 1.0) for side in SIDES for joint in ("hip", "knee")
    )


def _shins(sides: tuple[str, ...]) -> Give:
    """Knees over the feet: the shins tip, thighs and feet keep their direction in the room."""
    return tuple(
        (("joints", f"{side}_{joint}", "flexion"), 1.0) for side in sides for joint in ("knee", "ankle")
    )


def _round_of(
    figure: dict[str, Any], pose: str, handle: str, to: Spot, gives: list[Give], distance: float
) -> tuple[dict[str, Any], float] | None:
    """One round of damped least squares: a figure that is nearer, and how near; None when nothing helps."""
    x, y, _depth = _Seen(read(figure), pose).place(handle)
    error = to[0] - x, to[1] - y
    columns = [_column(figure, pose, handle, give) for give in gives]
    # (J Jᵀ + damping²)⁻¹ error, then Jᵀ of it: two by two, so no library is needed.
    a = sum(u * u for u, _v in columns) + DAMPING**2
    b = sum(u * v for u, v in columns)
    d = sum(v * v for _u, v in columns) + DAMPING**2
    det = a * d - b * b
    p, q = (d * error[0] - b * error[1]) / det, (a * error[1] - b * error[0]) / det
    step = [u * p + v * q for u, v in columns]
    most = max(map(abs, step), default=0.0)
    part = min(1.0, STEP / most) if most > 1e-6 else 0.0
    while part > 0.05:
        tried = _moved(figure, pose, gives, [part * s for s in step])
        found = _distance(tried, pose, handle, to)
        if found < distance - 0.01:
            return tried, found
        part /= 2
    return None


def _column(figure: dict[str, Any], pose: str, handle: str, give: Give) -> Spot:
    """How far the handle goes for one degree of a give: forwards, or backwards where that is all it can.

    What moves it mostly towards the viewer or away is left alone: the bend would not be seen.
    """
    before = _Seen(read(figure), pose)
    (x, y, _depth), here = before.place(handle), before.skeleton.place(*HANDLES[handle])
    for way in (1.0, -1.0):
        tried = _moved(figure, pose, [give], [way])
        if tried != figure:
            after = _Seen(read(tried), pose)
            to_x, to_y, _depth = after.place(handle)
            through_the_room = length(minus(after.skeleton.place(*HANDLES[handle]), here))
            if hypot(to_x - x, to_y - y) < SEEN * through_the_room * SCALE:
                break
            return (to_x - x) * way, (to_y - y) * way
    return 0.0, 0.0


def _moved(figure: dict[str, Any], pose: str, gives: list[Give], steps: list[float]) -> dict[str, Any]:
    """The figure with every give changed by its step, each number kept inside its range."""
    found = figure | {pose: deepcopy(figure[pose])}
    for give, step in zip(gives, steps, strict=True):
        # What moves together stops together, at the first end of a range.
        for path, share in give:
            low, high = _range(path)
            value = _get(found[pose], path)
            step = max(low - value, min(high - value, step * share)) / share
        for path, share in give:
            _put(found[pose], path, _get(found[pose], path) + step * share)
    return found


def _hand_to(figure: dict[str, Any], pose: str, handle: str, to: Spot) -> dict[str, Any]:
    """A hand reaches for a point of the room, moved in the plane of the view; on the floor it slides."""
    side = handle.split("_")[0]
    now = read(figure)
    seen = _Seen(now, pose)
    hold = now.poses[pose].hands.get(side)
    target = hold.to if hold and not isinstance(hold.to, str) else seen.skeleton.place(*HANDLES[handle])
    best, distance = figure, _distance(figure, pose, handle, to)
    for _round in range(3):
        palm = seen.skeleton.place(*HANDLES[handle])
        wanted = seen.above(supports.ground(now) + seen.clearance(side), add(palm, seen.towards(handle, to)))
        target = seen.in_reach(side, add(target, minus(wanted, palm)))
        tried = figure | {pose: deepcopy(figure[pose])}
        written = [_half(max(-REACH, min(REACH, value))) for value in target]
        tried[pose].setdefault("hands", {}).setdefault(side, {})["to"] = written
        seen = _Seen(read(tried), pose)
        found = seen.distance(handle, to)
        if found < distance:
            best, distance = tried, found
    return best


# --- Numbers of a pose


def _range(path: Path) -> tuple[float, float]:
    if path[0] == "joints":
        return JOINTS[str(path[1])][str(path[2])]
    if path[0] == "root":
        return -UPRIGHT, UPRIGHT
    return (-REACH, REACH) if path[0] == "at" else (-360.0, 360.0)


def _get(pose: dict[str, Any], path: Path) -> float:
    found: Any = pose
    for key in path:
        if isinstance(key, int):
            return float(found[key]) if found else 0.0
        found = found.get(key, 0.0 if key == path[-1] else {})
    return float(found)


def _set(pose: dict[str, Any], path: Path, value: float) -> None:
    """Write a number where it belongs, kept in its range and rounded; an angle of 0 need not be written."""
    low, high = _range(path)
    _put(pose, path, _half(max(low, min(high, value))))
    if path[0] == "joints" and _get(pose, path) == 0:
        del pose["joints"][path[1]][path[2]]
        if not pose["joints"][path[1]]:
            del pose["joints"][path[1]]


def _put(pose: dict[str, Any], path: Path, value: float) -> None:
    *way, last = path
    found: Any = pose
    for key in way:
        found = found.setdefault(key, [0, 0] if key == "at" else {})
    found[last] = value


def _tidy(figure: dict[str, Any], before: dict[str, Any], pose: str, gives: list[Give]) -> dict[str, Any]:
    """The figure as it was before, with every number that was changed, rounded."""
    found = before | {pose: deepcopy(before[pose])}
    for path in {path for give in gives for path, _share in give}:
        value = _get(figure[pose], path)
        if value != _get(before[pose], path):
            _set(found[pose], path, value)
    return found


def _half(value: float) -> float:
    """To the next half; a whole number is written as one."""
    rounded = round(value * 2) / 2
    return int(rounded) if rounded == int(rounded) else rounded
