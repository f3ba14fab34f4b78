"""What the pose editor's page offers: every number, choice and name of a figure, with its words and its range."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exercises.figures.basics import BASICS
from exercises.figures.body import JOINTS, SIDES
from exercises.figures.camera import SCALE
from exercises.figures.places import BEARERS, MARKS, POINTS, ZONES
from exercises.figures.pose import POSES, SUPPORT_POINTS, SUPPORTS
from exercises.figures.posing import HANDLES
from exercises.figures.words import BASIC_WORDS, MOVEMENTS, POSE_WORDS, handle, movement, named

Choice = tuple[str, str]

DEGREES, CENTIMETRES = "°", "cm"
# What the joints of a side are called under the heading of that side.
_SHORT: dict[str, str | Promise] = {
    "shoulder": gettext_lazy("shoulder"),
    "elbow": gettext_lazy("elbow"),
    "wrist": gettext_lazy("wrist"),
    "hip": gettext_lazy("hip"),
    "knee": gettext_lazy("knee"),
    "ankle": gettext_lazy("ankle"),
}


@dataclass(frozen=True, slots=True)
class Slider:
    """One number: `path` is where it stands in the JSON of a pose (of the figure, for camera and support)."""

    path: str
    label: str
    name: str  # in full, also where the label stands under a heading
    low: float
    high: float
    unit: str = DEGREES

    @property
    def id(self) -> str:
        return "posing-" + self.path.replace(".", "-")


@dataclass(frozen=True, slots=True)
class Group:
    """Sliders under one heading; `hand` is the side whose hand may hold something there."""

    name: str
    label: str
    sliders: list[Slider]
    hand: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """One kind of support and the numbers of it."""

    kind: str
    label: str
    sliders: list[Slider]
    around: bool = False


def page() -> dict[str, Any]:
    """Everything that the page's template shows besides the figure itself."""
    return {
        "poses": [(pose, POSE_WORDS[pose]) for pose in POSES],
        "handles": [(name, handle(name)) for name in HANDLES],
        "scale": SCALE,
        "groups": groups(),
        "pieces": pieces(),
        "camera": [
            Slider("camera.turn", _("Camera turn"), _("Camera turn"), -180, 180),
            Slider("camera.height", _("Camera height"), _("Camera height"), 0, 89),
        ],
        "place": [
            Slider("at.0", _("To the left"), _("Place, to the left"), -150, 150, CENTIMETRES),
            Slider("at.1", _("Forward"), _("Place, forward"), -150, 150, CENTIMETRES),
        ],
        "arrow": [
            Slider("arrow.shift.0", _("To the right"), _("Arrow, to the right"), -60, 60, CENTIMETRES),
            Slider("arrow.shift.1", _("Up"), _("Arrow, up"), -60, 60, CENTIMETRES),
        ],
        "marks": _named(MARKS),
        "points": _named(POINTS),
        "chair_points": _named(sorted(SUPPORT_POINTS["chair"])),
        "bearers": _named(BEARERS),
        "zones": _named(ZONES),
        "basics": [(name, BASIC_WORDS[name]) for name in BASICS],
    }


def groups() -> list[Group]:
    """The body from the middle outwards: every movement of `body.JOINTS` once."""
    whole = [
        Slider(f"root.{m}", str(MOVEMENTS[m]).capitalize(), movement("root", m), -180, 180)
        for m in ("turn", "pitch", "roll")
    ]
    found = [
        Group("whole", _("Whole body"), whole),
        Group("trunk", _("Trunk"), [*_sliders("spine"), *_sliders("chest")]),
        Group("head", _("Head and neck"), _sliders("neck")),
    ]
    for limb, joints, label in (
        ("leg", ("hip", "knee", "ankle"), {"left": _("Left leg"), "right": _("Right leg")}),
        ("arm", ("shoulder", "elbow", "wrist"), {"left": _("Left arm"), "right": _("Right arm")}),
    ):
        for side in SIDES:
            sliders = [s for joint in joints for s in _sliders(f"{side}_{joint}", str(_SHORT[joint]))]
            found.append(Group(f"{side}_{limb}", label[side], sliders, side if limb == "arm" else ""))
    return found


def pieces() -> list[Piece]:
    places = (("at.0", _("to the left"), -150, 150), ("at.1", _("forward"), -150, 150))
    sizes = {"mat": (_("length"), 100, 250), "step": (_("height"), 5, 60)}
    found = []
    for kind in SUPPORTS:
        label = named(kind).capitalize()
        if kind == "towel":
            found.append(Piece(kind, label, [], around=True))
            continue
        numbers: list[tuple[str, str, float, float]] = [*places]
        if kind in sizes:
            numbers.append(("size", *sizes[kind]))
        sliders = [
            Slider(f"support.{kind}.{key}", words.capitalize(), f"{label}, {words}", low, high, CENTIMETRES)
            for key, words, low, high in numbers
        ]
        turn = Slider(f"support.{kind}.turn", _("Turn"), f"{label}, {_('turn')}", -180, 180)
        found.append(Piece(kind, label, [*sliders, turn]))
    return found


def _sliders(joint: str, short: str = "") -> list[Slider]:
    """A joint's movements; under the heading of a side its name need not be said in full."""
    found = []
    for name, (low, high) in JOINTS[joint].items():
        full = movement(joint, name)
        label = f"{short} {MOVEMENTS[name]}" if short else full
        found.append(Slider(f"joints.{joint}.{name}", _upper(label), _upper(full), low, high))
    return found


def _named(names: Iterable[str]) -> list[Choice]:
    return [(name, _upper(named(name))) for name in names]


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
