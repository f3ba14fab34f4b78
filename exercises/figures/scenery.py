"""What stands around the person, as layers: furniture, the towel in the hands, and shadows on the ground."""

from collections.abc import Iterator

from exercises.figures import supports
from exercises.figures.body import HEAD, LIMBS, TRUNK
from exercises.figures.camera import SCALE, Camera
from exercises.figures.layers import Layer
from exercises.figures.linear import Vector
from exercises.figures.places import POINTS
from exercises.figures.pose import Figure
from exercises.figures.scene import Path
from exercises.figures.skeleton import Skeleton

# What is this near to the ground (cm) darkens it; its shadow is so much wider.
NEAR = 7.0
WIDER = 1.5
# Seen from the side alone the ground is a line; shadows keep this much of their depth.
FLATTEST = 0.12

_DARKENING = (*TRUNK, HEAD[0], *(p for p in LIMBS if not p.name.endswith(("fist", "sleeve"))))


def furniture(figure: Figure, camera: Camera, skeleton: Skeleton) -> tuple[list[Layer], list[Layer]]:
    """What lies on the ground, to be painted before all else; and what stands among the limbs."""
    grounds: list[Layer] = []
    standing: list[Layer] = []
    for number, piece in enumerate(supports.pieces(figure)):
        body = [[camera.circle(place, r) for place, r in h] for h in piece.body]
        light = [[camera.circle(place, r) for place, r in h] for h in piece.light]
        places = {place for h in piece.body for place, _r in h}
        depth = sum(camera.see(place)[2] for place in places) / len(places)
        layer = Layer(depth, piece.paint, body, light, name=f"{piece.paint} {number}")
        (grounds if piece.ground else standing).append(layer)
    for support in figure.support:
        if support.kind == "towel":
            standing += _towel(support.around, camera, skeleton)
    return grounds, standing


def _towel(around: str, camera: Camera, skeleton: Skeleton) -> Iterator[Layer]:
    """Across the sole that it is laid around, and from either edge of it to the hand of that side."""
    foot = POINTS[around][0]
    edges = {}
    for side, across in (("left", 3.4), ("right", -3.4)):
        edges[side] = skeleton.place(foot, (across, -6.2, 10.5))
        hand = skeleton.place(f"{side}_hand", (0, -6, 0))
        yield _strip(f"towel {side}", camera, edges[side], hand, 2.0)
    yield _strip("towel", camera, edges["left"], edges["right"], 0.0)


def _strip(name: str, camera: Camera, a: Vector, b: Vector, forward: float) -> Layer:
    ends = [camera.circle(place, 1.7) for place in (a, b)]
    depth = (camera.see(a)[2] + camera.see(b)[2]) / 2 + forward
    return Layer(depth, "towel", [ends], [ends], name=name)


def floor(figure: Figure, camera: Camera) -> str:
    """The SVG transform that lays what is drawn upright flat on the ground."""
    flat = max(camera.tilt, FLATTEST)
    foot = _foot(figure, camera)
    return f"matrix(1 0 0 {flat:.3f} 0 {round(foot * (1 - flat))})"


def shadows(figure: Figure, camera: Camera, skeleton: Skeleton) -> list[Path]:
    """The shadow of every part and piece of furniture that is near the ground, before `floor` lays it flat."""
    low = supports.ground(figure)
    foot = _foot(figure, camera)
    found = []

    def shadow(name: str, balls: list[tuple[Vector, float]]) -> None:
        if not any(place[1] - r - low < NEAR for place, r in balls):
            return
        circles = []
        for (x, _y, z), r in balls:
            sx, sy, _near = camera.see((x, low, z))
            deep = foot + (sy - foot) / camera.tilt if camera.tilt > FLATTEST else foot
            circles.append((sx, deep, (r + WIDER) * SCALE))
        found.append(Path(f"shadow {name}", "shadow", [circles]))

    for part in _DARKENING:
        balls = dict.fromkeys(ball for h in part.hulls for ball in h)
        shadow(part.name, [(skeleton.place(bone, local), r) for bone, local, r in balls])
    for number, piece in enumerate(supports.pieces(figure)):
        if not piece.ground:
            shadow(f"{piece.paint} {number}", [ball for h in piece.body for ball in h])
    return found


def _foot(figure: Figure, camera: Camera) -> float:
    return camera.see((0, supports.ground(figure), 0))[1]
