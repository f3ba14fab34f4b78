"""The person as painted layers, back to front."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from exercises.figures.body import HEAD, LIMBS, SEAMS, TRUNK, Ball, Part
from exercises.figures.camera import Camera
from exercises.figures.linear import dot, turned
from exercises.figures.places import ZONES
from exercises.figures.scene import Hull, Path, chain
from exercises.figures.skeleton import Skeleton

# A limb this far (cm) behind the trunk is painted in the paler tone.
FAR = 5.0
# The rim of a lit region is so much wider than its heart.
RIM = 1.35


@dataclass(slots=True)
class Layer:
    """Something to paint at one depth (cm towards the viewer): all of it in shade, then what the light reaches."""

    depth: float
    paint: str
    body: list[Hull]
    light: list[Hull]
    name: str = ""
    # What is laid over it: seams that hide the outline between two parts, then lit regions.
    seams: list[tuple[str, list[Hull]]] = field(default_factory=list)
    lit: list[tuple[str, Hull]] = field(default_factory=list)

    def paths(self) -> Iterator[Path]:
        shade = self.paint.removesuffix(" far")  # what the light does not reach is alike, near and far
        yield Path(self.name, f"{shade} shade", self.body)
        tones: dict[str, list[Hull]] = {self.paint: list(self.light)}
        for paint, hulls in self.seams:
            tones.setdefault(paint, []).extend(hulls)
        yield from (Path(self.name, paint, hulls, lit=True) for paint, hulls in tones.items() if hulls)
        for zone, circles in self.lit:
            yield Path(zone, "lit shade", chain([(x, y, r * RIM) for x, y, r in circles]))
            yield Path(zone, "lit", chain(circles))


@dataclass(frozen=True, slots=True)
class Person:
    """A skeleton before a camera."""

    camera: Camera
    skeleton: Skeleton

    def circles(self, balls: Iterable[Ball]) -> Hull:
        place, see = self.skeleton.place, self.camera.circle
        return [see(place(bone, local), radius) for bone, local, radius in balls]

    def stretch(self, a: Ball, b: Ball, way: float) -> Hull:
        """From one ball so much of the way to another."""
        (x, y, r), (p, q, s) = self.circles((a, b))
        return [(x, y, r), (x + (p - x) * way, y + (q - y) * way, r + (s - r) * way)]

    def depth(self, balls: Iterable[Ball]) -> float:
        nearness = [self.camera.see(self.skeleton.place(bone, local))[2] for bone, local, _radius in balls]
        return sum(nearness) / len(nearness)

    def layer(self, part: Part, depth: float | None = None, tone: str = "") -> Layer:
        body = [self.circles(h) for h in part.hulls]
        if depth is None:
            depth = self.depth({ball for h in part.hulls for ball in h}) + part.forward
        return Layer(depth, part.paint + tone, body, body, name=part.name)

    def layers(self, stretched: Iterable[str]) -> list[Layer]:
        """The whole person, in no order yet; `stretched` zones are lit."""
        torso = TRUNK[-1]
        middle = self.depth(torso.hulls[2])
        trunk = [self.layer(part, middle + i * 0.01) for i, part in enumerate(TRUNK)]
        face, hair, *ears = HEAD
        head = max(self.depth(face.hulls[0]), middle - 4.0) + 2.0
        trunk[0].depth = min(
            trunk[0].depth, head - 0.01
        )  # the chin is before the neck, from wherever one looks
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
            later.seams.append((earlier.paint, [self.stretch(*h) for h in seam.hulls]))
        for zone in stretched:
            part_name, balls = ZONES[zone]
            if part_name in by_name:
                by_name[part_name].lit.append((zone, self.circles(balls)))
        return layers

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
                tone = " far" if self.depth(limb[0].hulls[0][:1]) < middle - FAR else ""
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
