"""The figure in words: every joint, movement, point and region as people read it, and problems that name them."""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exercises.figures.places import BEARERS
from exercises.figures.pose import POSES

Words = str | Promise

POSE_WORDS: dict[str, Words] = {"start": gettext_lazy("Start"), "held": gettext_lazy("Held")}

BASIC_WORDS: dict[str, Words] = {
    "standing": gettext_lazy("standing"),
    "supine": gettext_lazy("lying on the back"),
    "side_lying": gettext_lazy("lying on the side"),
    "all_fours": gettext_lazy("on all fours"),
    "kneeling": gettext_lazy("kneeling, sitting on the heels"),
    "half_kneeling": gettext_lazy("half-kneeling"),
    "seated": gettext_lazy("sitting on a chair"),
}

# Joints, points, what bears weight, regions and supports; a name means the same wherever it is used.
NAMES: dict[str, Words] = {
    "spine": gettext_lazy("lower back"),
    "chest": gettext_lazy("upper back"),
    "neck": gettext_lazy("neck"),
    "head": gettext_lazy("back of the head"),
    "forehead": gettext_lazy("forehead"),
    "pelvis": gettext_lazy("pelvis"),
    "upper_back": gettext_lazy("upper back"),
    "lower_back": gettext_lazy("lower back"),
    "root": gettext_lazy("whole body"),
    "left_shoulder": gettext_lazy("left shoulder"),
    "right_shoulder": gettext_lazy("right shoulder"),
    "left_elbow": gettext_lazy("left elbow"),
    "right_elbow": gettext_lazy("right elbow"),
    "left_wrist": gettext_lazy("left wrist"),
    "right_wrist": gettext_lazy("right wrist"),
    "left_hand": gettext_lazy("left hand"),
    "right_hand": gettext_lazy("right hand"),
    "left_hip": gettext_lazy("left hip"),
    "right_hip": gettext_lazy("right hip"),
    "left_buttock": gettext_lazy("left buttock"),
    "right_buttock": gettext_lazy("right buttock"),
    "left_thigh_back": gettext_lazy("left thigh, back"),
    "right_thigh_back": gettext_lazy("right thigh, back"),
    "left_thigh_front": gettext_lazy("left thigh, front"),
    "right_thigh_front": gettext_lazy("right thigh, front"),
    "left_knee": gettext_lazy("left knee"),
    "right_knee": gettext_lazy("right knee"),
    "left_shin_front": gettext_lazy("left shin, below the knee"),
    "right_shin_front": gettext_lazy("right shin, below the knee"),
    "left_shin_low": gettext_lazy("left shin, above the ankle"),
    "right_shin_low": gettext_lazy("right shin, above the ankle"),
    "left_ankle": gettext_lazy("left ankle"),
    "right_ankle": gettext_lazy("right ankle"),
    "left_foot": gettext_lazy("left foot"),
    "right_foot": gettext_lazy("right foot"),
    "left_heel": gettext_lazy("left heel"),
    "right_heel": gettext_lazy("right heel"),
    "left_toes": gettext_lazy("left toes"),
    "right_toes": gettext_lazy("right toes"),
    "left_sole": gettext_lazy("left sole"),
    "right_sole": gettext_lazy("right sole"),
    "left_hamstrings": gettext_lazy("left hamstrings"),
    "right_hamstrings": gettext_lazy("right hamstrings"),
    "left_quadriceps": gettext_lazy("left front of the thigh"),
    "right_quadriceps": gettext_lazy("right front of the thigh"),
    "left_hip_flexor": gettext_lazy("left hip flexor"),
    "right_hip_flexor": gettext_lazy("right hip flexor"),
    "left_gluteal": gettext_lazy("left gluteal"),
    "right_gluteal": gettext_lazy("right gluteal"),
    "left_calf": gettext_lazy("left calf"),
    "right_calf": gettext_lazy("right calf"),
    "left_flank": gettext_lazy("left flank"),
    "right_flank": gettext_lazy("right flank"),
    "chair_left": gettext_lazy("chair back, left"),
    "chair_right": gettext_lazy("chair back, right"),
    "mat": gettext_lazy("mat"),
    "chair": gettext_lazy("chair"),
    "step": gettext_lazy("step"),
    "towel": gettext_lazy("towel"),
    "camera": gettext_lazy("camera"),
    "anchor": gettext_lazy("what stays in place"),
    "bears": gettext_lazy("what carries the body"),
    "stretched": gettext_lazy("stretched regions"),
    "support": gettext_lazy("support"),
    "at": gettext_lazy("place"),
}

MOVEMENTS: dict[str, Words] = {
    "flexion": gettext_lazy("flexion"),
    "abduction": gettext_lazy("abduction"),
    "rotation": gettext_lazy("rotation"),
    "side": gettext_lazy("lean left"),
    "twist": gettext_lazy("turn left"),
    "turn": gettext_lazy("turn"),
    "pitch": gettext_lazy("tilt forward"),
    "roll": gettext_lazy("roll left"),
    "height": gettext_lazy("height"),
    "swing": gettext_lazy("elbow swing"),
    "size": gettext_lazy("size"),
}
# Where a name of its own says more.
_HANDLES: dict[str, Words] = {"head": gettext_lazy("head"), "chest": gettext_lazy("chest")}

_IDENTIFIER = re.compile(r"\b(?:left|right|chair|upper|lower)_\w+\b")
_PLACE = re.compile(r"\((?:-?[\d.]+, ){2}-?[\d.]+\)")


def named(name: str) -> str:
    """A name of the figure in words; an unknown one as it is."""
    return str(NAMES.get(name) or MOVEMENTS.get(name) or name)


def handle(name: str) -> str:
    return str(_HANDLES.get(name) or named(name)).capitalize()


def movement(joint: str, of: str) -> str:
    """ "left hip flexion" """
    return _("%(joint)s %(movement)s") % {"joint": named(joint), "movement": MOVEMENTS[of]}


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a figure. `part` is the path of what it is about, as far as it is known:
    "joints.left_knee.flexion", "hands.left", "bears.left_heel", "camera.turn"; `pose` is empty for both."""

    pose: str
    part: str
    text: str


def problem(sentence: str) -> Problem:
    """A sentence of PoseError ("held left_knee flexion: 170 is outside 0 to 155.") for people."""
    where, _colon, what = sentence.partition(": ")
    if not what:
        return Problem("", "", sentence)
    first, *way = where.split()
    if first not in POSES:
        return Problem("", ".".join([first, *way]), _told(named(first), way, what))
    if (
        not way and ": " in what
    ):  # of the body on its ground: "held: left_heel: 9 cm above what should carry it"
        where, _colon, what = what.partition(": ")
        way = ["bears", where] if where in BEARERS else ["hand", *where.split()[:1]]
    return Problem(first, ".".join(_path(way)), _told(str(POSE_WORDS[first]), _spoken_way(way), what))


def _path(way: list[str]) -> list[str]:
    """Where in a pose's JSON it is."""
    if not way or way[0] in ("root", "anchor", "at", "bears", "stretched", "hands"):
        return way
    return ["hands", *way[1:]] if way[0] == "hand" else ["joints", *way]


def _spoken_way(way: list[str]) -> list[str]:
    if way[:1] == ["hand"] and len(way) > 1:
        return [f"{way[1]}_hand", *way[2:]]
    return way[1:] if way[:1] == ["bears"] and len(way) > 1 else way


def _told(first: str, way: list[str], what: str) -> str:
    words = " ".join(named(name) for name in way)
    where = _("%(pose)s, %(part)s") % {"pose": first, "part": words} if words else first
    return f"{where[:1].upper()}{where[1:]}: {_spoken(what)}"


def _spoken(text: str) -> str:
    text = _PLACE.sub(str(_("the point of the room")), text)
    return _IDENTIFIER.sub(lambda found: named(found[0]), text)
