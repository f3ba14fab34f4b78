"""What is painted, in order: pieces made of circles held together by rubber bands, and their SVG.

A drawing is a list of `Path`s. A picture writes them out once; a film (`film.py`) follows their circles through time.
"""

from dataclasses import dataclass
from itertools import pairwise

from exercises.figures.outline import Circle, hull

Hull = list[Circle]

# The light comes from above, a little from the left: it reaches this part of every ball.
LIGHT = (-0.10, -0.17, 0.80)


@dataclass(slots=True)
class Path:
    """One painted piece. `paint` is its classes without their prefix; `name` is the same in every pose.

    Circles in pixels. `lit`: only the part of each circle that the light reaches is painted.
    """

    name: str
    paint: str
    hulls: list[Hull]
    lit: bool = False

    @property
    def classes(self) -> str:
        return " ".join(f"fig-{tone}" for tone in self.paint.split())

    def outlines(self) -> str:
        return "".join(hull(reached(h) if self.lit else h) for h in self.hulls)

    def svg(self) -> str:
        return f'<path class="{self.classes}" d="{self.outlines()}"/>'


@dataclass(slots=True)
class Scene:
    """One moment: the ground first, the shadows laid flat on it by `floor`, then the rest back to front."""

    ground: list[Path]
    shadows: list[Path]
    floor: str
    standing: list[Path]

    def svg(self) -> str:
        ground = "".join(path.svg() for path in self.ground)
        shade = "".join(path.outlines() for path in self.shadows)
        shadow = f'<path class="fig-shadow" transform="{self.floor}" d="{shade}"/>' if shade else ""
        return ground + shadow + "".join(path.svg() for path in self.standing)


def reached(circles: Hull) -> Hull:
    """The part of each ball that the light reaches."""
    dx, dy, part = LIGHT
    return [(x + dx * r, y + dy * r, r * part) for x, y, r in circles]


def chain(circles: Hull) -> list[Hull]:
    """Each circle joined to the next, so that a row of them may bend."""
    return [[a, b] for a, b in pairwise(circles)]
