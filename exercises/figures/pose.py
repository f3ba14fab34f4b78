"""What a figure is made from: joint angles, what carries the body, and where the viewer stands.

A figure is JSON of this shape; all but `start` and `held` may be left out:

    {"camera": {"turn": 90, "height": 15},
     "support": [{"kind": "mat"}, {"kind": "chair", "at": [0, 60], "turn": 0},
                 {"kind": "step", "at": [0, 60], "size": 20}, {"kind": "towel", "around": "left_sole"}],
     "start": pose, "way": [pose, ...], "held": pose,
     "arrow": {"point": "left_knee", "shift": [0, 6]}}

There is at most one piece of support of a kind. `way` names positions that the body passes between the two. In the
picture of the start an arrow follows a point of `places.MARKS` on its way; `shift` moves it (right, up) out of the
body.

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

from exercises.figures import words
from exercises.figures.body import JOINTS, SIDES
from exercises.figures.linear import Vector
from exercises.figures.places import BEARERS, MARKS, POINTS, ZONES

POSES = ("start", "held")
SUPPORTS = ("mat", "chair", "step", "towel")
ROOT = ("turn", "pitch", "roll")
REACH = 400.0  # cm; nothing stands farther away than this
MOST_WAY = 3  # positions between start and held


# Where in a figure's JSON something is: ("held", "joints", "left_knee", "flexion")
Where = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong at one place of a figure; `text` says it in words, without the place."""

    where: Where
    text: str

    def __str__(self) -> str:
        """For files and programs: the place by its keys."""
        place = " ".join(key for key in self.where if key != "joints")
        return f"{place}: {self.text}" if place else self.text

    @property
    def words(self) -> str:
        """For people."""
        return f"{words.place(self.where)}: {self.text}" if self.where else self.text

    def under(self, *where: str) -> "Problem":
        """The same, seen from farther out."""
        return Problem((*where, *self.where), self.text)


class PoseError(Exception):
    """A figure that cannot be drawn. `problems` name each joint and what is allowed."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(map(str, problems)))
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
    arrow: Arrow | None = None

    @property
    def course(self) -> tuple[Pose, ...]:
        """The poses in the order in which the body takes them."""
        return (self.poses["start"], *self.way, self.poses["held"])


@dataclass(slots=True)
class _Reader:
    """Reads values and collects every problem, so that an author sees all of them at once."""

    problems: list[Problem] = field(default_factory=list)

    def refuse(self, where: Where, text: str) -> None:
        self.problems.append(Problem(where, text))

    def number(self, value: Any, where: Where, low: float = -360, high: float = 360) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
            self.refuse(where, _("not a number."))
        elif not low <= value <= high:
            # Python's own numbers may be longer than any page; what is beyond a million is as wrong as it.
            told = float(max(-1e6, min(1e6, value)))
            text = _("%(value)g is outside %(low)g to %(high)g.")
            self.refuse(where, text % {"value": told, "low": low, "high": high})
        else:
            return float(value)
        return 0.0

    def mapping(self, value: Any, where: Where, keys: tuple[str, ...] | None = None) -> Mapping[str, Any]:
        if not isinstance(value, dict):
            self.refuse(where, _("an object is expected here."))
            return {}
        if keys is not None:
            for key in value:
                self.name(key, where, keys)
        return value

    def names(self, value: Any, where: Where, known: Any) -> tuple[str, ...]:
        if not isinstance(value, list):
            self.refuse(where, _("a list is expected here."))
            return ()
        found = [name for name in value if self.name(name, where, known)]
        for name in {name for name in found if found.count(name) > 1}:
            self.refuse((*where, name), _("it is named twice."))
        return tuple(found)

    def name(self, value: Any, where: Where, known: Any) -> bool:
        if isinstance(value, str) and value in known:
            return True
        self.refuse(where, _("“%(key)s” is not known.") % {"key": _shown(value)})
        return False

    def point(self, value: Any, where: Where, size: int) -> tuple[float, ...]:
        if not isinstance(value, list) or len(value) != size:
            self.refuse(where, _("%(size)d numbers are expected here.") % {"size": size})
            return (0.0,) * size
        return tuple(self.number(v, where, -REACH, REACH) for v in value)

    # --- The parts of a figure

    def joints(self, value: Any, where: Where) -> dict[str, dict[str, float]]:
        found: dict[str, dict[str, float]] = {}
        for joint, movements in self.mapping(value, where).items():
            if not self.name(joint, where, JOINTS):
                continue
            ranges = JOINTS[joint]
            here = (*where, joint)
            found[joint] = {
                movement: self.number(angle, (*here, movement), *ranges[movement])
                for movement, angle in self.mapping(movements, here, tuple(ranges)).items()
                if movement in ranges
            }
        return found

    def hold(self, value: Any, where: Where, points: set[str]) -> Hold | None:
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
            self.refuse((*where, "grip"), _("true or false is expected here."))
        return Hold(target, self.number(given.get("swing", 0), (*where, "swing")), grip is True)

    def pose(self, value: Any, where: Where, points: set[str]) -> Pose:
        keys = ("root", "joints", "hands", "anchor", "at", "bears", "stretched")
        given = self.mapping(value, where, keys)
        root = self.mapping(given.get("root", {}), (*where, "root"), ROOT)
        turn, pitch, roll = (self.number(root.get(k, 0), (*where, "root", k)) for k in ROOT)
        anchor = given.get("anchor", "pelvis")
        x, z = self.point(given.get("at", [0, 0]), (*where, "at"), 2)
        hands = self.mapping(given.get("hands", {}), (*where, "hands"), SIDES)
        holds = {
            side: self.hold(h, (*where, "hands", side), points) for side, h in hands.items() if side in SIDES
        }
        return Pose(
            root=(turn, pitch, roll),
            joints=self.joints(given.get("joints", {}), (*where, "joints")),
            hands={side: hold for side, hold in holds.items() if hold},
            anchor=anchor if self.name(anchor, (*where, "anchor"), POINTS) else "pelvis",
            at=(x, z),
            bears=self.names(given.get("bears", []), (*where, "bears"), BEARERS),
            stretched=self.names(given.get("stretched", []), (*where, "stretched"), ZONES),
        )

    def arrow(self, value: Any) -> Arrow | None:
        given = self.mapping(value, ("arrow",), ("point", "shift"))
        if not self.name(given.get("point"), ("arrow", "point"), MARKS):
            return None
        right, up = self.point(given.get("shift", [0, 0]), ("arrow", "shift"), 2)
        return Arrow(given["point"], (right, up))

    def items(self, value: Any, where: str, most: int) -> list[tuple[Where, Any]]:
        """The entries of a list, each with its place."""
        if not isinstance(value, list) or len(value) > most:
            self.refuse((where,), _("a list of at most %(most)d entries is expected here.") % {"most": most})
            return []
        return [((where, str(number)), entry) for number, entry in enumerate(value, start=1)]

    def supports(self, value: Any) -> tuple[Support, ...]:
        pieces = self.items(value, "support", len(SUPPORTS))
        found = [piece for where, entry in pieces if (piece := self.support(entry, where))]
        kinds = [piece.kind for piece in found]
        for kind in {kind for kind in kinds if kinds.count(kind) > 1}:
            self.refuse(("support", kind), _("there is one piece of a kind at most."))
        return tuple(found)

    def support(self, value: Any, where: Where) -> Support | None:
        given = self.mapping(value, where, ("kind", "at", "turn", "around", "size"))
        if not self.name(given.get("kind"), where, SUPPORTS):
            return None
        here = ("support", given["kind"])
        x, z = self.point(given.get("at", [0, 0]), (*here, "at"), 2)
        around = given.get("around", "left_sole")
        return Support(
            kind=given["kind"],
            at=(x, z),
            turn=self.number(given.get("turn", 0), (*here, "turn")),
            around=around if self.name(around, (*here, "around"), POINTS) else "left_sole",
            size=self.number(given.get("size", 0), (*here, "size"), 0, REACH),
        )


def _shown(value: Any) -> str:
    """Somebody's own text, short enough to be told and fit for any page."""
    return str(value)[:40].encode("utf-8", "replace").decode()


# What a hand can hold besides the body itself.
SUPPORT_POINTS = {"chair": {"chair_left", "chair_right"}}


def read(figure: Any) -> Figure:
    """The figure that a JSON value describes. Raises PoseError with every problem found."""
    reader = _Reader()
    given = reader.mapping(figure, (), ("camera", "support", "way", "arrow", *POSES))
    camera = reader.mapping(given.get("camera", {}), ("camera",), ("turn", "height"))
    support = reader.supports(given.get("support", []))
    points = set(POINTS).union(*(SUPPORT_POINTS.get(s.kind, set()) for s in support))
    for pose in POSES:
        if pose not in given:
            reader.refuse((pose,), _("this pose is missing."))
    way = reader.items(given.get("way", []), "way", MOST_WAY)
    found = Figure(
        turn=reader.number(camera.get("turn", 30), ("camera", "turn")),
        height=reader.number(camera.get("height", 12), ("camera", "height"), 0, 89),
        support=support,
        poses={pose: reader.pose(given[pose], (pose,), points) for pose in POSES if pose in given},
        way=tuple(reader.pose(entry, where, points) for where, entry in way),
        arrow=reader.arrow(given["arrow"]) if "arrow" in given else None,
    )
    if reader.problems:
        raise PoseError(reader.problems)
    return found
