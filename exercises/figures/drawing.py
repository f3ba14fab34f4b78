"""From places to a picture: seen by a camera far away, painted back to front as SVG.

Only classes, no style and no ids, so that any number of figures can stand on a page under a strict content policy;
`static/css/figures.css` colours them, for light, dark and print.
"""

from collections.abc import Iterable

from exercises.figures import scenery, supports
from exercises.figures.arrows import track_of
from exercises.figures.body import HEAD, LIMBS, TRUNK
from exercises.figures.camera import Camera, camera_of
from exercises.figures.layers import Layer, Person
from exercises.figures.motion import course
from exercises.figures.outline import Circle
from exercises.figures.pose import Figure
from exercises.figures.scene import Path, Scene
from exercises.figures.skeleton import Skeleton

MARGIN = 16.0  # pixels around the figure
GAP = 120  # pixels between the two pictures of a plate

_BALLS = tuple(
    dict.fromkeys(ball for part in (*TRUNK, *HEAD, *LIMBS) for hull in part.hulls for ball in hull)
)


def scene(figure: Figure, camera: Camera, skeleton: Skeleton, stretched: Iterable[str]) -> Scene:
    """The whole picture of a skeleton: what carries it, its shadow, and the person with `stretched` zones lit."""
    grounds, standing = scenery.furniture(figure, camera, skeleton)
    standing += Person(camera, skeleton).layers(stretched)
    return Scene(
        ground=_paths(grounds),
        shadows=scenery.shadows(figure, camera, skeleton),
        floor=scenery.floor(figure, camera),
        standing=_paths(sorted(standing, key=lambda layer: layer.depth)),
    )


def _paths(layers: Iterable[Layer]) -> list[Path]:
    return [path for layer in layers for path in layer.paths()]


def frame(
    figure: Figure, camera: Camera, skeletons: Iterable[Skeleton], more: Iterable[Circle] = ()
) -> tuple[int, int, int, int]:
    """The view box (left, top, width, height in pixels) that holds all skeletons, the furniture and `more`."""
    circles = [*more]
    for skeleton in skeletons:
        circles += Person(camera, skeleton).circles(_BALLS)
    for piece in supports.pieces(figure):
        circles += [camera.circle(place, r) for h in piece.body for place, r in h]
    left = round(min(x - r for x, _y, r in circles) - MARGIN)
    top = round(min(y - r for _x, y, r in circles) - MARGIN)
    right = round(max(x + r for x, _y, r in circles) + MARGIN)
    bottom = round(max(y + r for _x, y, r in circles) + MARGIN)
    return left, top, right - left, bottom - top


def draw(figure: Figure, *, pose: str, side: str) -> tuple[str, str]:
    """The view box and the inside of one pose's SVG; the start also has the figure's arrow.

    Both poses of a figure get the same frame, so that nothing jumps between them.
    """
    views = _Views(figure, side)
    return " ".join(str(n) for n in views.box), views.inside(pose)


def plate(figure: Figure, *, side: str) -> tuple[str, str]:
    """The view box and the inside of both poses side by side, as for a print."""
    views = _Views(figure, side)
    left, top, width, height = views.box
    middle = top + height // 2
    arrow = f"M{left + width + GAP // 4} {middle}h{GAP // 2}m-14-14l14 14l-14 14"
    held = f'<g transform="translate({width + GAP})">{views.inside("held")}</g>'
    inside = f'{views.inside("start")}{held}<path class="fig-then" d="{arrow}"/>'
    return f"{left} {top} {2 * width + GAP} {height}", inside


class _Views:
    """What both poses of a figure share: the camera, and the frame that holds either of them."""

    def __init__(self, figure: Figure, side: str) -> None:
        self.figure = figure
        self.camera = camera_of(figure, side)
        self.stances = course(figure)
        self.track = track_of(figure, self.camera, self.stances)
        seen = self.track.circles() if self.track else []
        ends = (self.stances[0].skeleton, self.stances[-1].skeleton)
        self.box = frame(figure, self.camera, ends, seen)

    def inside(self, pose: str) -> str:
        stance = self.stances[0 if pose == "start" else -1]
        drawn = scene(self.figure, self.camera, stance.skeleton, stance.pose.stretched).svg()
        if pose == "start" and self.track:
            drawn += f'<path class="fig-arrow" d="{self.track.path()}"/>'
        return drawn
