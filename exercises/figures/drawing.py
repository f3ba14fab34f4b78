"""From places to a picture: seen by a camera far away, drawn back to front as SVG.

Only classes, no style and no ids, so that any number of figures can stand on a page under a strict content policy;
`static/css/figures.css` colours them, for light, dark and print.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from math import radians, sin

from exercises.figures import supports
from exercises.figures.body import HEAD, LIMBS, SEAMS, TRUNK, Ball, Part
from exercises.figures.linear import Matrix, Vector, about_x, about_y, dot, times, turned
from exercises.figures.outline import Circle, hull
from exercises.figures.places import POINTS, ZONES
from exercises.figures.pose import Figure, Pose
from exercises.figures.skeleton import Skeleton, stand

SCALE = 5.0  # pixels a centimetre: whole pixels are then exact enough
MARGIN = 20.0  # pixels around the figure
# The light comes from above, a little from the left: it reaches this part of every ball.
LIGHT = (-0.10, -0.17, 0.80)
# A limb this far (cm) behind the trunk is drawn in the paler tone.
FAR = 5.0


@dataclass(slots=True)
class Camera:
    """A viewer far away: parallel rays, `mirror` for the other side of the body."""

    view: Matrix
    mirror: float
    tilt: float
    left: float = 0.0
    top: float = 0.0

    def see(self, place: Vector) -> Vector:
        """Pixels to the right and down, and nearness in centimetres."""
        x, y, z = turned(self.view, place)
        return x * SCALE * self.mirror - self.left, -y * SCALE - self.top, z

    def circle(self, place: Vector, radius: float) -> Circle:
        x, y, _z = self.see(place)
        return x, y, radius * SCALE


def camera_of(figure: Figure, side: str) -> Camera:
    view = times(about_x(figure.height), about_y(-figure.turn))
    return Camera(view, -1.0 if side == "right" else 1.0, sin(radians(figure.height)))


@dataclass(slots=True)
class Layer:
    """Something to draw at one depth: SVG made later, once the order is known."""

    depth: float
    paint: str
    body: list[list[Circle]]
    light: list[list[Circle]]
    after: list["Layer"] = field(default_factory=list)
    name: str = ""


def _lit(circles: Iterable[Circle]) -> list[Circle]:
    """The part of each ball that the light reaches."""
    dx, dy, part = LIGHT
    return [(x + dx * r, y + dy * r, r * part) for x, y, r in circles]


def _chain(circles: list[Circle]) -> list[list[Circle]]:
    """Each circle joined to the next, so that a row of them may bend."""
    return [[a, b] for a, b in pairwise(circles)]


@dataclass(slots=True)
class Drawing:
    camera: Camera
    skeleton: Skeleton
    pose: Pose

    def circles(self, balls: Iterable[Ball]) -> list[Circle]:
        place, see = self.skeleton.place, self.camera.circle
        return [see(place(bone, local), radius) for bone, local, radius in balls]

    def stretch(self, a: Ball, b: Ball, way: float) -> list[Circle]:
        """From one ball so much of the way to another."""
        (x, y, r), (p, q, s) = self.circles((a, b))
        return [(x, y, r), (x + (p - x) * way, y + (q - y) * way, r + (s - r) * way)]

    def depth(self, balls: Iterable[Ball]) -> float:
        places = [self.camera.see(self.skeleton.place(bone, local))[2] for bone, local, _radius in balls]
        return sum(places) / len(places)

    def layer(self, part: Part, depth: float | None = None, tone: str = "") -> Layer:
        body = [self.circles(h) for h in part.hulls]
        if depth is None:
            depth = self.depth({ball for h in part.hulls for ball in h}) + part.forward
        return Layer(depth, part.paint + tone, body, [_lit(h) for h in body], name=part.name)

    def layers(self) -> list[Layer]:
        """The whole person, back to front."""
        torso = TRUNK[-1]
        middle = self.depth(torso.hulls[2])
        trunk = [self.layer(part, middle + i * 0.01) for i, part in enumerate(TRUNK)]
        face, hair, *ears = HEAD
        head = max(self.depth(face.hulls[0]), middle - 4.0) + 2.0
        layers = [*trunk, self.layer(face, head)]
        behind = self.depth(hair.hulls[0]) < self.depth(face.hulls[0]) - 2.5
        layers.append(self.layer(hair, head + (-0.5 if behind else 0.5)))
        layers += [self.layer(ear, head + 0.6) for ear in ears if self.turned_here(ear)]
        layers += self.limbs(middle)
        by_name = {layer.name: layer for layer in layers}
        for seam in SEAMS:
            limb, other = (by_name[name] for name in seam.parts)
            if other.name in ("torso", "pelvis") and limb.depth < other.depth:
                continue  # a limb behind the trunk is rightly cut off by it
            later, earlier = (limb, other) if limb.depth > other.depth else (other, limb)
            ends = [_lit(self.stretch(*h)) for h in seam.hulls]
            later.after.append(Layer(0, earlier.paint, [], ends))
        for zone in self.pose.stretched:
            part, balls = ZONES[zone]
            if part in by_name:
                inner = self.circles(balls)
                outer = [(x, y, r * 1.35) for x, y, r in inner]
                by_name[part].after.append(Layer(0, "lit", _chain(outer), _chain(inner)))
        return sorted(layers, key=lambda layer: layer.depth)

    def turned_here(self, ear: Part) -> bool:
        """Whether the side of the head with this ear is turned to the viewer; from the front it is only a rim."""
        outwards = self.skeleton.frames["head"][1]
        sideways = turned(self.camera.view, turned(outwards, (1, 0, 0)))[2]
        return (sideways if ear.name.startswith("left") else -sideways) > 0.85

    def limbs(self, middle: float) -> Iterator[Layer]:
        for side in ("left", "right"):
            unused = f"{side}_hand" if side in self.skeleton.fists else f"{side}_fist"
            parts = [p for p in LIMBS if p.name.startswith(side) and p.name != unused]
            for limb in (parts[:4], parts[4:]):
                tone = " fig-far" if self.depth(limb[0].hulls[0][:1]) < middle - FAR else ""
                for part in limb:
                    layer = self.layer(part, self.beside(part, limb[0], middle), tone)
                    if part.name.endswith("fist"):
                        layer.name = f"{side}_hand"
                    yield layer

    def beside(self, part: Part, first: Part, middle: float) -> float | None:
        """The depth of a part that clothes arrange: a sleeve over its arm, a shirt over a leg that is not drawn up."""
        if part.name.endswith("sleeve"):
            return self.depth(first.hulls[0]) + 0.5
        if part.name.endswith("thigh") and self.depth(part.hulls[0]) > middle:
            pelvis, thigh = (self.skeleton.frames[bone][1] for bone in ("pelvis", part.name))
            if dot(turned(pelvis, (0, 1, 0)), turned(thigh, (0, 1, 0))) > 0.6:
                return middle + 0.015
        return None


def _furniture(figure: Figure, drawing: Drawing) -> tuple[list[Layer], list[Layer]]:
    """What lies on the ground, to be drawn first; and what stands among the limbs."""
    see = drawing.camera.circle
    grounds: list[Layer] = []
    standing: list[Layer] = []
    for piece in supports.pieces(figure):
        body = [[see(place, r) for place, r in h] for h in piece.body]
        light = [[see(place, r) for place, r in h] for h in piece.light]
        places = {place for h in piece.body for place, _r in h}
        depth = sum(drawing.camera.see(place)[2] for place in places) / len(places)
        (grounds if piece.ground else standing).append(Layer(depth, piece.paint, body, light))
    for support in figure.support:
        if support.kind == "towel":
            standing += _towel(support.around, drawing)
    return grounds, standing


def _towel(around: str, drawing: Drawing) -> Iterator[Layer]:
    """Across the sole that it is laid around, and from either edge of it to the hand of that side."""
    foot = POINTS[around][0]
    edges = {}
    for side, across in (("left", 3.4), ("right", -3.4)):
        edges[side] = drawing.skeleton.place(foot, (across, -6.2, 10.5))
        hand = drawing.skeleton.place(f"{side}_hand", (0, -6, 0))
        yield _strip(drawing, edges[side], hand, 2.0)
    yield _strip(drawing, edges["left"], edges["right"], 0.0)


def _strip(drawing: Drawing, a: Vector, b: Vector, forward: float) -> Layer:
    ends = [drawing.camera.circle(place, 1.7) for place in (a, b)]
    depth = (drawing.camera.see(a)[2] + drawing.camera.see(b)[2]) / 2 + forward
    return Layer(depth, "towel", [ends], [_lit(ends)])


def _shadow(figure: Figure, drawing: Drawing) -> str:
    """Where the body and the furniture are near the ground, it is darker."""
    low = supports.ground(figure)
    camera, patches = drawing.camera, []
    flat = max(camera.tilt, 0.12)
    foot = camera.see((0, low, 0))[1]

    def patch(balls: list[tuple[Vector, float]]) -> None:
        near = [(place, r) for place, r in balls if place[1] - r - low < 7.0]
        if near:
            circles = []
            for (x, _y, z), r in near:
                sx, sy, _d = camera.see((x, low, z))
                circles.append(
                    (sx, foot + (sy - foot) / flat if camera.tilt > 0.12 else foot, (r + 1.5) * SCALE)
                )
            patches.append(hull(circles))

    for part in (*TRUNK, HEAD[0], *(p for p in LIMBS if not p.name.endswith(("fist", "sleeve")))):
        balls = {ball for h in part.hulls for ball in h}
        patch([(drawing.skeleton.place(bone, local), r) for bone, local, r in balls])
    for piece in supports.pieces(figure):
        if not piece.ground:
            patch([ball for h in piece.body for ball in h])
    if not patches:
        return ""
    matrix = f"matrix(1 0 0 {flat:.3f} 0 {round(foot * (1 - flat))})"
    return f'<path class="fig-shadow" transform="{matrix}" d="{"".join(patches)}"/>'


def _svg(layer: Layer) -> str:
    """One layer and what is laid over it: first what is in shade, then what the light reaches."""
    light = {layer.paint: list(layer.light)}
    lit = []
    for over in layer.after:
        if over.paint == "lit":
            lit.append(
                f'<g class="stretched">{_path("lit fig-shade", over.body)}{_path("lit", over.light)}</g>'
            )
        else:
            light.setdefault(over.paint, []).extend(over.light)
    tones = (_path(paint, hulls) for paint, hulls in light.items())
    shade = layer.paint.removesuffix(" fig-far")  # what the light does not reach is alike, near and far
    return "".join((_path(f"{shade} fig-shade", layer.body), *tones, *lit))


def _path(paint: str, hulls: list[list[Circle]]) -> str:
    return f'<path class="fig-{paint}" d="{"".join(hull(h) for h in hulls)}"/>' if hulls else ""


def _bounds(layers: Iterable[Layer]) -> tuple[float, float, float, float]:
    circles = [c for layer in layers for h in layer.body for c in h]
    return (
        min(x - r for x, _y, r in circles),
        min(y - r for _x, y, r in circles),
        max(x + r for x, _y, r in circles),
        max(y + r for _x, y, r in circles),
    )


def draw(figure: Figure, *, pose: str, side: str) -> tuple[str, str]:
    """The view box and the inside of one pose's SVG.

    Both poses of a figure get the same frame, so that nothing jumps between them.
    """
    camera = camera_of(figure, side)
    drawn: dict[str, tuple[Drawing, list[Layer], list[Layer]]] = {}
    for name, one in figure.poses.items():
        drawing = Drawing(camera, stand(figure, one)[0], one)
        grounds, standing = _furniture(figure, drawing)
        drawn[name] = drawing, grounds, sorted(standing + drawing.layers(), key=lambda layer: layer.depth)
    left, top, right, bottom = _bounds(layer for _d, g, s in drawn.values() for layer in (*g, *s))
    width, height = right - left + 2 * MARGIN, bottom - top + 2 * MARGIN
    drawing, grounds, standing = drawn[pose]
    body = "".join(_svg(layer) for layer in grounds) + _shadow(figure, drawing)
    body += "".join(_svg(layer) for layer in standing)
    box = f"{round(left - MARGIN)} {round(top - MARGIN)} {round(width)} {round(height)}"
    return box, body
