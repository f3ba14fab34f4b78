"""The arrow that follows a point of the body on its way, for the picture of the start."""

from dataclasses import dataclass
from math import hypot

from exercises.figures.camera import SCALE, Camera
from exercises.figures.linear import Vector
from exercises.figures.motion import Stance, at
from exercises.figures.outline import Circle
from exercises.figures.places import MARKS
from exercises.figures.pose import Arrow, Figure

Place = tuple[float, float]

# A shorter way (cm, in the picture) needs no arrow.
SHORTEST = 8.0
# From here to there of the way, so that the arrow clears what it starts from (parts of 1).
SPAN = (0.12, 0.94)
HEAD = 6.0  # cm, the length of either barb


@dataclass(frozen=True, slots=True)
class Track:
    """A parabola between two ends, bent towards `control`; pixels."""

    start: Place
    control: Place
    end: Place

    @classmethod
    def through(cls, start: Place, middle: Place, end: Place) -> "Track":
        x, y = (2 * m - (a + b) / 2 for a, m, b in zip(start, middle, end, strict=True))
        return cls(start, (x, y), end)

    def at(self, part: float) -> Place:
        rest = 1 - part
        x, y = (
            rest * rest * a + 2 * rest * part * c + part * part * b
            for a, c, b in zip(self.start, self.control, self.end, strict=True)
        )
        return x, y

    def piece(self, first: float, last: float) -> "Track":
        return Track.through(self.at(first), self.at((first + last) / 2), self.at(last))

    def circles(self) -> list[Circle]:
        """What the picture has to have room for."""
        return [(*self.at(part / 4), HEAD * SCALE / 2) for part in range(5)]

    def path(self) -> str:
        """Path data, with two barbs at the end."""
        x, y = self.end
        dx, dy = x - self.control[0], y - self.control[1]
        size = HEAD * SCALE / max(hypot(dx, dy), 1e-6)
        dx, dy = dx * size, dy * size
        barbs = [(x - 0.77 * dx + s * 0.64 * dy, y - 0.77 * dy - s * 0.64 * dx) for s in (1, -1)]
        points = (self.start, self.control, self.end, barbs[0], self.end, barbs[1])
        return "M{} {}Q{} {} {} {}M{} {}L{} {} {} {}".format(*(round(n) for p in points for n in p))


def track_of(figure: Figure, camera: Camera, stances: list[Stance]) -> Track | None:
    """The track of the figure's arrow, if it has one that is long enough to see."""
    arrow = figure.arrow
    if arrow is None:
        return None
    moments = (stances[0].skeleton, at(figure, stances, 0.5), stances[-1].skeleton)
    start, middle, end = (_seen(camera, arrow, moment.place(*MARKS[arrow.point])) for moment in moments)
    if hypot(end[0] - start[0], end[1] - start[1]) < SHORTEST * SCALE:
        return None
    return Track.through(start, middle, end).piece(*SPAN)


def _seen(camera: Camera, arrow: Arrow, place: Vector) -> Place:
    x, y, _near = camera.see(place)
    right, up = arrow.shift
    return x + right * SCALE * camera.mirror, y - up * SCALE
