"""What a figure is made from: joint angles, what carries the body, and where the viewer stands.

A figure is JSON of this shape; all but `start` and `held` may be left out:

    {"camera": {"turn": 90, "height": 15},
     "support": [{"kind": "mat"}, {"kind": "chair", "at": [0, 60], "turn": 0},
                 {"kind": "step", "at": [0, 60], "size": 20}, {"kind": "towel", "around": "left_sole"}],
     "start": pose, "way": [pose, ...], "held": pose,
     "arrows": [{"point": "left_knee", "shift": [0, 6]}]}

`way` names positions that the body passes between the two. In the picture of the start an arrow follows a point of
`places.MARKS` on its way; `shift` moves it (right, up) out of the body.

`camera.turn` 0 looks the figure in the face when it stands untilted; 90 shows its left side. `camera.height` is how
far the viewer looks down. A pose:

    {"root": {"turn": 0, "pitch": -90, "roll": 0},      the pelvis in the room: pitch -90 lies on the back, and roll
                                                        then turns the body like a log, 90 onto its left side
     "joints": {"left_hip": {"flexion": 100}, ...},     `body.JOINTS` names them and their ranges; 0 is standing at ease
     "hands": {"left": {"to": "left_knee", "swing": 0, "grip": true}},   a hand that holds a point of `places.POINTS`,
                                                        of a support, or [x, y, z]; it overrides that arm's angles
     "anchor": "right_sole", "at": [0, 0],              the point that stays where it is, and where that is (x, z)
     "bears": ["right_sole"],                           points that must touch the ground, the mat or the step
     "stretched": ["left_hamstrings"]}                  `places.ZONES` that are lit

Degrees and centimetres. A stretch with sides is posed for the left side; the right one is its mirror image.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from exercises.figures.body import JOINTS, SIDES
from exercises.figures.linear import Vector
from exercises.figures.places import BEARERS, MARKS, POINTS, ZONES

POSES = ("start", "held")
SUPPORTS = ("mat", "chair", "step", "towel")
ROOT = ("turn", "pitch", "roll")
REACH = 400.0  # cm; nothing stands farther away than this
MOST_SUPPORTS, MOST_WAY, MOST_ARROWS = 6, 3, 3


class PoseError(Exception):
    """A figure that cannot be drawn. `problems` are sentences, each naming the joint and what is allowed."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Hold:
    """What a hand holds."""

    to: str | Vector
    swing: float = 0.0  # the elbow, about the line from shoulder to hand
    grip: bool = False


@dataclass(frozen=True, slots=True)
class Pose:
    root: tuple[float, float, float]
    joints: dict[str, dict[str, float]]
    hands: dict[str, Hold]
    anchor: str
    at: tuple[float, float]
    bears: tuple[str, ...]
    stretched: tuple[str, ...]

    def angle(self, joint: str, movement: str) -> float:
        return self.joints.get(joint, {}).get(movement, 0.0)


@dataclass(frozen=True, slots=True)
class Support:
    kind: str
    at: tuple[float, float]
    turn: float
    around: str
    size: float  # the height of a step, the length of a mat


@dataclass(frozen=True, slots=True)
class Arrow:
    """It follows a point of the body; moved by `shift` (cm right and up in the picture)."""

    point: str
    shift: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Figure:
    turn: float
    height: float
    support: tuple[Support, ...]
    poses: dict[str, Pose]
    way: tuple[Pose, ...] = ()
    arrows: tuple[Arrow, ...] = ()

    @property
    def course(self) -> tuple[Pose, ...]:
        """The poses in the order in which the body takes them."""
        return (self.poses["start"], *self.way, self.poses["held"])


@dataclass(slots=True)
class _Reader:
    """Reads values and collects every problem, so that an author sees all of them at once."""

    problems: list[str] = field(default_factory=list)

    def number(self, value: Any, where: str, low: float = -360, high: float = 360) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            self.problems.append(_("%(where)s: not a number.") % {"where": where})
            return 0.0
        if not low <= value <= high:
            self.problems.append(
                _("%(where)s: %(value)g is outside %(low)g to %(high)g.")
                % {"where": where, "value": value, "low": low, "high": high}
            )
            return 0.0
        return float(value)

    def mapping(self, value: Any, where: str, keys: tuple[str, ...] | None = None) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            self.problems.append(_("%(where)s: an object is expected here.") % {"where": where})
            return {}
        for key in value if keys is not None else ():
            if key not in (keys or ()):
                self.problems.append(_("%(where)s: “%(key)s” is not known.") % {"where": where, "key": key})
        return value

    def names(self, value: Any, where: str, known: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            self.problems.append(_("%(where)s: a list is expected here.") % {"where": where})
            return ()
        return tuple(name for name in value if self.name(name, where, known))

    def name(self, value: Any, where: str, known: Any) -> bool:
        if isinstance(value, str) and value in known:
            return True
        self.problems.append(_("%(where)s: “%(key)s” is not known.") % {"where": where, "key": value})
        return False

    def point(self, value: Any, where: str, size: int) -> tuple[float, ...]:
        if not isinstance(value, list) or len(value) != size:
            self.problems.append(
                _("%(where)s: %(size)d numbers are expected here.") % {"where": where, "size": size}
            )
            return (0.0,) * size
        return tuple(self.number(v, where, -REACH, REACH) for v in value)

    # --- The parts of a figure

    def joints(self, value: Any, where: str) -> dict[str, dict[str, float]]:
        found: dict[str, dict[str, float]] = {}
        for joint, movements in self.mapping(value, where).items():
            if not self.name(joint, where, JOINTS):
                continue
            here = f"{where} {joint}"
            ranges = JOINTS[joint]
            found[joint] = {
                movement: self.number(angle, f"{here} {movement}", *ranges[movement])
                for movement, angle in self.mapping(movements, here, tuple(ranges)).items()
                if movement in ranges
            }
        return found

    def hold(self, value: Any, where: str, points: set[str]) -> Hold | None:
        given = self.mapping(value, where, ("to", "swing", "grip"))
        to = given.get("to")
        target: str | Vector
        if isinstance(to, list):
            x, y, z = self.point(to, where, 3)
            target = (x, y, z)
        elif self.name(to, where, points):
            target = str(to)
        else:
            return None
        grip = given.get("grip", False)
        if not isinstance(grip, bool):
            self.problems.append(_("%(where)s grip: true or false is expected here.") % {"where": where})
        return Hold(target, self.number(given.get("swing", 0), f"{where} swing"), grip is True)

    def pose(self, value: Any, where: str, points: set[str]) -> Pose:
        keys = ("root", "joints", "hands", "anchor", "at", "bears", "stretched")
        given = self.mapping(value, where, keys)
        root = self.mapping(given.get("root", {}), f"{where} root", ROOT)
        turn, pitch, roll = (self.number(root.get(k, 0), f"{where} root {k}") for k in ROOT)
        anchor = given.get("anchor", "pelvis")
        x, z = self.point(given.get("at", [0, 0]), f"{where} at", 2)
        hands = self.mapping(given.get("hands", {}), f"{where} hands", SIDES)
        holds = {
            side: self.hold(h, f"{where} hand {side}", points) for side, h in hands.items() if side in SIDES
        }
        return Pose(
            root=(turn, pitch, roll),
            joints=self.joints(given.get("joints", {}), where),
            hands={side: hold for side, hold in holds.items() if hold},
            anchor=anchor if self.name(anchor, f"{where} anchor", POINTS) else "pelvis",
            at=(x, z),
            bears=self.names(given.get("bears", []), f"{where} bears", BEARERS),
            stretched=self.names(given.get("stretched", []), f"{where} stretched", ZONES),
        )

    def arrow(self, value: Any, where: str) -> Arrow | None:
        given = self.mapping(value, where, ("point", "shift"))
        if not self.name(given.get("point"), where, MARKS):
            return None
        right, up = self.point(given.get("shift", [0, 0]), f"{where} shift", 2)
        return Arrow(given["point"], (right, up))

    def items(self, value: Any, where: str, most: int) -> list[tuple[str, Any]]:
        """The entries of a list, each with its name."""
        if not isinstance(value, list) or len(value) > most:
            self.problems.append(
                _("%(where)s: a list of at most %(most)d entries is expected here.")
                % {"where": where, "most": most}
            )
            return []
        return [(f"{where} {number}", entry) for number, entry in enumerate(value, start=1)]

    def support(self, value: Any, where: str) -> Support | None:
        given = self.mapping(value, where, ("kind", "at", "turn", "around", "size"))
        if not self.name(given.get("kind"), where, SUPPORTS):
            return None
        x, z = self.point(given.get("at", [0, 0]), f"{where} at", 2)
        around = given.get("around", "left_sole")
        return Support(
            kind=given["kind"],
            at=(x, z),
            turn=self.number(given.get("turn", 0), f"{where} turn"),
            around=around if self.name(around, f"{where} around", POINTS) else "left_sole",
            size=self.number(given.get("size", 0), f"{where} size", 0, REACH),
        )


# What a hand can hold besides the body itself.
SUPPORT_POINTS = {"chair": {"chair_left", "chair_right"}}


def read(figure: Any) -> Figure:
    """The figure that a JSON value describes. Raises PoseError with every problem found."""
    reader = _Reader()
    given = reader.mapping(figure, _("figure"), ("camera", "support", "way", "arrows", *POSES))
    camera = reader.mapping(given.get("camera", {}), "camera", ("turn", "height"))
    pieces = reader.items(given.get("support", []), "support", MOST_SUPPORTS)
    support = tuple(s for where, piece in pieces if (s := reader.support(piece, where)))
    points = set(POINTS).union(*(SUPPORT_POINTS.get(s.kind, set()) for s in support))
    for pose in POSES:
        if pose not in given:
            reader.problems.append(_("The %(pose)s pose is missing.") % {"pose": pose})
    found = Figure(
        turn=reader.number(camera.get("turn", 30), "camera turn"),
        height=reader.number(camera.get("height", 12), "camera height", 0, 89),
        support=support,
        poses={pose: reader.pose(given[pose], pose, points) for pose in POSES if pose in given},
        way=tuple(
            reader.pose(p, where, points) for where, p in reader.items(given.get("way", []), "way", MOST_WAY)
        ),
        arrows=tuple(
            arrow
            for where, a in reader.items(given.get("arrows", []), "arrow", MOST_ARROWS)
            if (arrow := reader.arrow(a, where))
        ),
    )
    if reader.problems:
        raise PoseError(reader.problems)
    return found
