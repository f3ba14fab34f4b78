"""The way from the start to the held position: the body between two poses, and whether it can go there."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from django.utils.translation import gettext as _

from exercises.figures.body import ORIGINS, SIDES
from exercises.figures.linear import Vector, between, midway, minus, times, transposed, turned
from exercises.figures.linear import add as added
from exercises.figures.pose import POSES, Figure, Hold, Pose, PoseError, Problem, Where
from exercises.figures.skeleton import Frame, Skeleton, anchored, hold_on, settled, stand, sunken
from exercises.figures.words import place

ARM_BONES = ("upper_arm", "forearm", "hand")

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


def _between(figure: Figure, a: Stance, b: Stance, part: float) -> tuple[Skeleton, list[Problem]]:
    """The skeleton between two stances, and what is impossible about it.

    Every bone turns the shortest way in its joint; a hand that holds the same thing in both keeps hold of it.
    """
    if part in (0, 1):
        return (b if part else a).skeleton, []
    holds = {side: _kept(a.pose.hands.get(side), b.pose.hands.get(side), part) for side in SIDES}
    frames = _without_arms_that_hold(a, b, part, [side for side in SIDES if holds[side]])
    (x, z), (other_x, other_z) = (anchored(frames, s.pose) for s in (a, b))
    frames = settled(figure, frames, x + (other_x - x) * part, z + (other_z - z) * part)
    skeleton = Skeleton(frames, (a if part < 0.5 else b).skeleton.fists)
    problems = []
    for side, hold in holds.items():
        if hold:
            turn = _mixed(a.pose, b.pose, part, f"{side}_elbow", "rotation")
            wrist = _mixed(a.pose, b.pose, part, f"{side}_wrist", "flexion")
            problems += hold_on(figure, skeleton, side, hold, turn=turn, wrist=wrist)
    return skeleton, problems + sunken(figure, skeleton)


def _without_arms_that_hold(a: Stance, b: Stance, part: float, holding: list[str]) -> dict[str, Frame]:
    """Every bone but those arms, where the pelvis is the origin. As in a pose, what holds carries no weight."""
    turn, other = (s.skeleton.frames["pelvis"][1] for s in (a, b))
    frames: dict[str, Frame] = {"pelvis": ((0.0, 0.0, 0.0), midway(turn, other, part))}
    for bone, (parent, _local) in ORIGINS.items():
        if bone.endswith(ARM_BONES) and bone.startswith(tuple(holding)):
            continue
        (at_a, turn), (at_b, other) = (_local_frame(s.skeleton, bone, parent) for s in (a, b))
        origin, rotation = frames[parent]
        frames[bone] = (
            added(origin, turned(rotation, between(at_a, at_b, part))),
            times(rotation, midway(turn, other, part)),
        )
    return frames


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
    places = [(POSES[0],), *(("way", str(n)) for n, _pose in enumerate(figure.way, start=1)), (POSES[1],)]
    stood = [stand(figure, pose) for pose in figure.course]
    problems = [p.under(*where) for where, (_s, found) in zip(places, stood, strict=True) for p in found]
    if not problems:
        stances = [Stance(pose, s) for pose, (s, _f) in zip(figure.course, stood, strict=True)]
        legs = pairwise(zip(places, stances, strict=True))
        problems = [p for (start, a), (end, b) in legs for p in _on_the_way(figure, (start, a), (end, b))]
    if problems:
        raise PoseError(problems)


def _on_the_way(figure: Figure, start: tuple[Where, Stance], end: tuple[Where, Stance]) -> Iterator[Problem]:
    """What is impossible between two poses; of each kind what is seen first."""
    (where, a), (other, b) = start, end
    told: set[Where] = set()
    for part in LOOKS:
        for problem in _between(figure, a, b, part)[1]:
            if problem.where not in told:
                told.add(problem.where)
                text = _("between %(start)s and %(end)s, %(what)s")
                names = {"start": place(where).lower(), "end": place(other).lower(), "what": problem.text}
                yield Problem((*other, *problem.where), text % names)
