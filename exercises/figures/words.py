"""The figure in words: every joint, movement, point and region as people read it, and problems that name them."""

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Words = str | Promise

POSE_WORDS: dict[str, Words] = {"start": gettext_lazy("Start"), "held": gettext_lazy("Held")}
# What only holds others together needs no word beside them.
_CONTAINERS = ("joints", "bears", "stretched")

BASIC_WORDS: dict[str, Words] = {
    "standing": gettext_lazy("standing"),
    "supine": gettext_lazy("lying on the back"),
    "side_lying": gettext_lazy("lying on the side"),
    "all_fours": gettext_lazy("on all fours"),
    "kneeling": gettext_lazy("kneeling, sitting on the heels"),
    "half_kneeling": gettext_lazy("half-kneeling"),
    "seated": gettext_lazy("sitting on a chair"),
    "long_sitting": gettext_lazy("sitting on the floor, legs forward"),
    "cross_legged": gettext_lazy("sitting on the floor, legs crossed"),
    "soles_together": gettext_lazy("sitting on the floor, soles together"),
    "prone": gettext_lazy("lying on the front"),
    "prone_on_forearms": gettext_lazy("lying on the front, on the forearms"),
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
    "abdomen": gettext_lazy("belly"),
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
    "left_adductors": gettext_lazy("left inner thigh"),
    "right_adductors": gettext_lazy("right inner thigh"),
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
    "arrow": gettext_lazy("arrow"),
    "point": gettext_lazy("point"),
    "shift": gettext_lazy("shift"),
    "hands": gettext_lazy("hands"),
    "joints": gettext_lazy("joints"),
    "around": gettext_lazy("what it is laid around"),
    "grip": gettext_lazy("grip"),
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


def named(name: str) -> str:
    """A name of the figure in words; an unknown one as it is."""
    return str(POSE_WORDS.get(name) or NAMES.get(name) or MOVEMENTS.get(name) or name)


def handle(name: str) -> str:
    return str(_HANDLES.get(name) or named(name)).capitalize()


def movement(joint: str, of: str) -> str:
    """ "left hip flexion" """
    return _("%(joint)s %(movement)s") % {"joint": named(joint), "movement": MOVEMENTS[of]}


def place(where: Sequence[str]) -> str:
    """A place in a figure's JSON in words: "Held, left knee flexion"; empty for the whole of it."""
    first, *way = where or ("",)
    if first == "way":
        first, way = _("way %(number)s") % {"number": way[0]}, way[1:]
    if way[:1] == ["hands"] and len(way) > 1:
        way = [f"{way[1]}_hand", *way[2:]]
    words = " ".join(named(name) for name in way if name not in _CONTAINERS or way[-1] == name)
    told = named(first)
    told = _("%(pose)s, %(part)s") % {"pose": told, "part": words} if words else told
    return told[:1].upper() + told[1:]
