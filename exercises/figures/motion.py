"""The way from the start to the held position: the body between two poses, and whether it can go there."""

from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext as _

from exercises.figures.body import ORIGINS, SIDES
from exercises.figures.linear import Vector, between, midway, minus, times, transposed, turned
from exercises.figures.linear import add as added
from exercises.figures.pose import POSES, Figure, Hold, Pose, PoseError
from exercises.figures.skeleton import (
    STRETCH,
    Frame,
    Skeleton,
    anchored,
    held_place,
    out_of_reach,
    reach,
    settled,
    stand,
    sunken,
)

# Where on the way from one pose to the next the body is looked at.
LOOKS = (0.25, 0.5, 0.75)


@dataclass(frozen=True, slots=True)
class Stance:
    """A pose and the skeleton that takes it."""

    pose: Pose
    skeleton: Skeleton


def course(figure: Figure) -> list[Stance]:
    """The stances that the body takes from start to held."""
    return [Stance(pose, stand(figure, pose)[0]) for pose in figure.course]


def at(figure: Figure, stances: list[Stance], part: float) -> Skeleton:
    """The skeleton so much of the way (0..1) from the first stance to the last; each leg of the way takes as long."""
    legs = len(stances) - 1
    leg = min(int(part * legs), legs - 1)
    return _between(figure, stances[leg], stances[leg + 1], part * legs - leg)[0]


def _between(figure: Figure, a: Stance, b: Stance, part: float) -> tuple[Skeleton, list[str]]:
    """The skeleton between two stances, and what is impossible about it.

    Every bone turns the shortest way in its joint; a hand that holds the same thing in both keeps hold of it.
    """
    if part in (0, 1):
        return (b if part else a).skeleton, []
    turn, other = (s.skeleton.frames["pelvis"][1] for s in (a, b))
    frames: dict[str, Frame] = {"pelvis": ((0.0, 0.0, 0.0), midway(turn, other, part))}
    for bone, (parent, _local) in ORIGINS.items():
        (place, turn), (other_place, other_turn) = (_local_frame(s.skeleton, bone, parent) for s in (a, b))
        origin, rotation = frames[parent]
        frames[bone] = (
            added(origin, turned(rotation, between(place, other_place, part))),
            times(rotation, midway(turn, other_turn, part)),
        )
    (x, z), (other_x, other_z) = (anchored(frames, s.pose) for s in (a, b))
    frames = settled(figure, frames, x + (other_x - x) * part, z + (other_z - z) * part)
    nearer = a if part < 0.5 else b
    skeleton = Skeleton(frames, nearer.skeleton.fists)
    problems = []
    for side in SIDES:
        hold = _kept(a.pose.hands.get(side), b.pose.hands.get(side), part)
        if hold:
            gap = reach(
                frames,
                side,
                held_place(figure, skeleton, hold.to),
                swing=hold.swing,
                turn=_mixed(a.pose, b.pose, part, f"{side}_elbow", "rotation"),
                wrist=_mixed(a.pose, b.pose, part, f"{side}_wrist", "flexion"),
            )
            if gap > STRETCH:
                problems.append(out_of_reach(side, hold, gap))
    return skeleton, problems + sunken(figure, skeleton)


def _local_frame(skeleton: Skeleton, bone: str, parent: str) -> Frame:
    """A bone's frame as the bone before it sees it."""
    origin, rotation = skeleton.frames[parent]
    back = transposed(rotation)
    place, turn = skeleton.frames[bone]
    return turned(back, minus(place, origin)), times(back, turn)


def _kept(a: Hold | None, b: Hold | None, part: float) -> Hold | None:
    """What a hand goes on holding between two poses: the same thing, or a place of the room that shifts."""
    if a is None or b is None:
        return None
    swing = a.swing + (b.swing - a.swing) * part
    if isinstance(a.to, str) or isinstance(b.to, str):
        return Hold(a.to, swing) if a.to == b.to else None
    to: Vector = between(a.to, b.to, part)
    return Hold(to, swing)


def _mixed(a: Pose, b: Pose, part: float, joint: str, movement: str) -> float:
    start, end = a.angle(joint, movement), b.angle(joint, movement)
    return start + (end - start) * part


def checked(figure: Figure) -> None:
    """Raise PoseError when a pose of the figure, or the way from one to the next, is impossible."""
    names = [POSES[0], *(f"way {n}" for n, _pose in enumerate(figure.way, start=1)), POSES[1]]
    problems = [
        f"{name}: {problem}"
        for name, pose in zip(names, figure.course, strict=True)
        for problem in stand(figure, pose)[1]
    ]
    if not problems:
        for (name, a), (other, b) in pairwise(zip(names, course(figure), strict=True)):
            where = _("on the way from %(start)s to %(end)s") % {"start": name, "end": other}
            found = (p for part in LOOKS for p in _between(figure, a, b, part)[1])
            problems += [f"{where}: {problem}" for problem in dict.fromkeys(found)]
    if problems:
        raise PoseError(problems)
