"""What carries the body: mat, chair and step; and the towel that a hand holds. Centimetres."""

from dataclasses import dataclass

from exercises.figures.linear import Vector, about_y, add, turned
from exercises.figures.pose import Figure, Support

MAT = (190.0, 66.0, 1.5)  # length, width, thickness
STEP = (46.0, 34.0)  # width, depth
SEAT = (42.0, 42.0, 45.0)  # width, depth, height
BACK = 88.0  # the top of a chair's back
GRASP = 13.0  # where hands lie on it, from its middle

Hull = tuple[tuple[Vector, float], ...]


@dataclass(frozen=True, slots=True)
class Piece:
    """A painted piece of furniture: `body` is drawn in shade, `light` over it. `ground`: before all else."""

    paint: str
    body: tuple[Hull, ...]
    light: tuple[Hull, ...]
    ground: bool = False


def ground(figure: Figure) -> float:
    """How high the floor, or the mat on it, lies."""
    return MAT[2] if any(s.kind == "mat" for s in figure.support) else 0.0


def _local(support: Support, place: Vector) -> Vector:
    """A point of the room in the support's own axes."""
    return turned(about_y(-support.turn), (place[0] - support.at[0], place[1], place[2] - support.at[1]))


def _room(support: Support, place: Vector) -> Vector:
    return add(turned(about_y(support.turn), place), (support.at[0], 0.0, support.at[1]))


def height_at(figure: Figure, place: Vector) -> float:
    """How high the ground or the step is under a point of the room."""
    for support in figure.support:
        if support.kind == "step":
            x, _y, z = _local(support, place)
            if abs(x) <= STEP[0] / 2 and abs(z) <= STEP[1] / 2:
                return support.size
    return ground(figure)


def points(figure: Figure) -> dict[str, Vector]:
    """The places of the furniture that hands can hold (`pose.SUPPORT_POINTS`)."""
    for support in figure.support:
        if support.kind == "chair":
            return {
                "chair_left": _room(support, (GRASP, BACK + 2.0, 0)),
                "chair_right": _room(support, (-GRASP, BACK + 2.0, 0)),
            }
    return {}


def _slab(support: Support, width: float, depth: float, low: float, high: float, radius: float) -> list[Hull]:
    """A box with rounded edges and its top face."""
    x, z = width / 2 - radius, depth / 2 - radius
    corners = ((-x, -z), (x, -z), (x, z), (-x, z))
    top = tuple((_room(support, (a, high - radius, b)), radius) for a, b in corners)
    bottom = tuple((_room(support, (a, low + radius, b)), radius) for a, b in corners)
    return [top + bottom, top]


def _bar(support: Support, a: Vector, b: Vector, radius: float) -> Hull:
    return (_room(support, a), radius), (_room(support, b), radius)


def _chair(support: Support) -> list[Piece]:
    """Its back stands at the support's place, its seat behind that (away from who faces the back)."""
    width, depth, high = SEAT
    x = width / 2 - 2
    pieces = []
    for side in (-x, x):
        front = _bar(support, (side, 1.4, 0), (side, BACK - 2, 0), 1.5)
        rear = _bar(support, (side * 0.96, 1.4, depth), (side * 0.96, high - 2, depth - 2), 1.5)
        pieces += [Piece("wood", (front,), ()), Piece("wood", (rear,), ())]
    middle = Support("seat", (0, 0), 0, "", 0)
    body, top = _slab(middle, width + 2, depth + 2, high - 3, high, 1.4)
    seat, face = (
        tuple((_room(support, add(place, (0, 0, depth / 2))), radius) for place, radius in hull)
        for hull in (body, top)
    )
    pieces.append(Piece("support", (seat,), (face,)))
    panel = tuple((_room(support, (a, b, 0)), 1.8) for a in (-x, x) for b in (BACK - 20, BACK - 1.8))
    pieces.append(Piece("support", (panel,), (panel,)))
    return pieces


def pieces(figure: Figure) -> list[Piece]:
    """All furniture of a figure but the towel, which hangs on the body."""
    found: list[Piece] = []
    for support in figure.support:
        if support.kind == "mat":
            long, wide, thick = MAT
            body, top = _slab(support, wide, support.size or long, 0, thick, 0.7)
            found.append(Piece("mat", (body,), (top,), ground=True))
        elif support.kind == "step":
            body, top = _slab(support, *STEP, 0, support.size, 1.2)
            found.append(Piece("support", (body,), (top,)))
        elif support.kind == "chair":
            found += _chair(support)
    return found
