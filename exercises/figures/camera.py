"""Where the viewer stands: far away, so that all rays are parallel and every ball is a circle."""

from dataclasses import dataclass
from math import radians, sin

from exercises.figures.linear import Matrix, Vector, about_x, about_y, times, turned
from exercises.figures.outline import Circle
from exercises.figures.pose import Figure

SCALE = 4.0  # pixels a centimetre: whole pixels are then exact enough


@dataclass(frozen=True, slots=True)
class Camera:
    """`mirror` is -1 for the other side of the body, `tilt` the sine of the angle at which one looks down."""

    view: Matrix
    mirror: float
    tilt: float

    def see(self, place: Vector) -> Vector:
        """Pixels to the right and down, and nearness in centimetres."""
        x, y, z = turned(self.view, place)
        return x * SCALE * self.mirror, -y * SCALE, z

    def circle(self, place: Vector, radius: float) -> Circle:
        x, y, _z = self.see(place)
        return x, y, radius * SCALE


def camera_of(figure: Figure, side: str) -> Camera:
    """The figure's own camera; `side` "right" sees its mirror image."""
    view = times(about_x(figure.height), about_y(-figure.turn))
    return Camera(view, -1.0 if side == "right" else 1.0, sin(radians(figure.height)))
