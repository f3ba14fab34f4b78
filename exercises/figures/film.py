"""A figure in motion, as data: where every circle is at a few moments, and what is painted then, in which order.

The browser draws it between the moments (`static/js/figures/film.js`). The camera is far away, so a ball stays a circle
of the same size, and a film is little more than a table of places. (The roads not taken: a 3-D library in the browser,
fifty times the bytes; SMIL, which needs paths of one shape; drawn frames, five times the bytes and jerky.)
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from exercises.figures.camera import camera_of
from exercises.figures.drawing import frame, scene
from exercises.figures.motion import at, course
from exercises.figures.pose import Figure
from exercises.figures.scene import LIGHT, Path, Scene

# Moments in one leg of the way; between them circles move in straight lines, which nobody sees.
MOMENTS = 6
# A way of several legs has shorter ones.
MOMENTS_OF_SEVERAL = 4
# The stretched region lights up when this much of the way is done.
FELT = 0.7

# A piece is the same as long as its circles are: their sizes never change.
Key = tuple[str, str, tuple[tuple[float, ...], ...]]


@dataclass(slots=True)
class _Reel:
    """Collects scenes; what is the same piece in several of them is one path with a column a circle."""

    moments: int
    paths: dict[Key, tuple[int, Path]] = field(default_factory=dict)
    # For each circle of each path: its radius, and its place at each moment where the path is painted.
    places: dict[tuple[int, int, int], tuple[float, dict[int, tuple[int, int]]]] = field(default_factory=dict)
    shown: list[list[int]] = field(default_factory=list)

    def take(self, moment: int, picture: Scene) -> None:
        parts: tuple[Iterable[Path], ...] = (picture.ground, picture.shadows, picture.standing)
        self.shown.append([self._add(moment, path) for part in parts for path in part])

    def _add(self, moment: int, path: Path) -> int:
        key = path.name, path.paint, tuple(tuple(round(r, 1) for _x, _y, r in h) for h in path.hulls)
        number, _path = self.paths.setdefault(key, (len(self.paths), path))
        for h, circles in enumerate(path.hulls):
            for c, (x, y, r) in enumerate(circles):
                self.places.setdefault((number, h, c), (r, {}))[1][moment] = round(x), round(y)
        return number

    def columns(self) -> tuple[list[float], list[list[int]], dict[tuple[int, int, int], int]]:
        """Radii, places by moment, and which column a circle has; circles that always coincide share one."""
        known: dict[tuple[float, tuple[tuple[int, int], ...]], int] = {}
        column: dict[tuple[int, int, int], int] = {}
        for circle, (radius, places) in self.places.items():
            # Before it is first painted a circle is where it will be; after that, where it last was.
            seen = [places.get(moment) for moment in range(self.moments)]
            last = next(place for place in seen if place)
            track = tuple(last := place or last for place in seen)
            column[circle] = known.setdefault((round(radius, 1), track), len(known))
        radii = [radius for radius, _track in known]
        by_moment = [[n for _r, track in known for n in track[moment]] for moment in range(self.moments)]
        return radii, by_moment, column


def film(figure: Figure) -> dict[str, Any]:
    """What `film.js` plays, for the left side; the right one is its mirror image.

    {"box": [left, top, width, height], "floor": SVG transform of shadows, "light": [dx, dy, part],
    "radii": [number], "paths": [{"paint": classes, "hulls": [[column, ...], ...], "lit": bool,
    "flat": bool}],
    "places": by moment [x, y of each column], each after the first as the step from the one before,
    "shown": by moment [index of a path, back to front]}. Pixels of the view box.
    """
    camera = camera_of(figure, "left")
    stances = course(figure)
    legs = len(stances) - 1
    moments = (MOMENTS if legs == 1 else MOMENTS_OF_SEVERAL * legs) + 1
    parts = [moment / (moments - 1) for moment in range(moments)]
    skeletons = [at(figure, stances, part) for part in parts]
    reel = _Reel(moments)
    floor = ""
    for moment, (part, skeleton) in enumerate(zip(parts, skeletons, strict=True)):
        stretched = figure.poses["held" if part >= FELT else "start"].stretched
        picture = scene(figure, camera, skeleton, stretched)
        reel.take(moment, picture)
        floor = picture.floor
    radii, places, column = reel.columns()
    return {
        "box": list(frame(figure, camera, skeletons)),
        "floor": floor,
        "light": list(LIGHT),
        "radii": radii,
        "paths": [
            {
                "paint": path.classes,
                "hulls": [
                    [column[number, h, c] for c in range(len(hull))] for h, hull in enumerate(path.hulls)
                ],
                "lit": path.lit,
                "flat": path.paint == "shadow",
            }
            for number, path in reel.paths.values()
        ],
        "places": [places[0], *(_steps(a, b) for a, b in pairwise(places))],
        "shown": reel.shown,
    }


def _steps(before: list[int], after: list[int]) -> list[int]:
    return [b - a for a, b in zip(before, after, strict=True)]
