"""The outline of a few circles held together by a rubber band, as an SVG path.

Every part of the body and of the furniture is the convex hull of a few balls. Seen from afar a ball is a
circle, so the part is the hull of circles, exactly, from any side. (The road not taken: meshes; they need a
hidden-surface pass and ten times the bytes.)
"""

from math import atan2, cos, hypot, pi, sin

# x and y of the centre in pixels, y down; radius in pixels
Circle = tuple[float, float, float]
Point = tuple[int, int]

# Radians; shorter pieces of a circle are written as parabolas.
SHORT = 1.2

DIRECTIONS = tuple((cos(2 * pi * k / 32), sin(2 * pi * k / 32)) for k in range(32))


def _in_order(circles: list[Circle]) -> list[Circle]:
    """The circles that the rubber band touches, in turn."""
    if len(circles) == 1:
        return circles
    if len(circles) == 2:
        a, b = circles
        distance = hypot(b[0] - a[0], b[1] - a[1])
        if distance <= abs(a[2] - b[2]) + 1e-6:
            return [max(circles, key=lambda c: c[2])]
        return circles
    touched: list[Circle] = []
    for dx, dy in DIRECTIONS:
        reach = [x * dx + y * dy + r for x, y, r in circles]
        best = circles[reach.index(max(reach))]
        if not touched or touched[-1] is not best:
            touched.append(best)
    if len(touched) > 1 and touched[0] is touched[-1]:
        touched.pop()
    return touched


def _tangent(a: Circle, b: Circle) -> tuple[float, float]:
    """The direction in which the band lies outside both circles on its way from a to b."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    distance = max(hypot(dx, dy), 1e-6)
    sine = max(-1.0, min(1.0, (a[2] - b[2]) / distance))
    cosine = (1 - sine * sine) ** 0.5
    ux, uy = dx / distance, dy / distance
    # The normal to the right of the walk, leaning back or forth as the radii ask for it.
    return ux * sine + uy * cosine, uy * sine - ux * cosine


def _arc(sweep: float, radius: float, dx: int, dy: int) -> str:
    """A piece of a circle over `sweep` radians, from where the pen is to (dx, dy) from there.

    Its radius is taken from the rounded chord: near half a circle, the place of the centre hangs on the last digit.
    """
    half = sin(sweep / 2)
    if half > 0.9:
        radius = hypot(dx, dy) / 2 / half
    size = f"{radius:.1f}".removesuffix(".0") if half > 0.9 else str(round(radius))
    return f"a{size} {size} 0 {int(sweep > pi)} 1 {dx} {dy}"


def _bend(circle: Circle, a: tuple[float, float], b: tuple[float, float], at: Point, dx: int, dy: int) -> str:
    """A short piece of a circle, between the normals a and b, as the parabola with the same tangents.

    Half the bytes of an arc; over `SHORT` it strays by less than a fiftieth of the radius.
    """
    x, y, r = circle
    far = r / (1 + a[0] * b[0] + a[1] * b[1])
    cx, cy = round(x + (a[0] + b[0]) * far) - at[0], round(y + (a[1] + b[1]) * far) - at[1]
    return f"q{cx} {cy} {dx} {dy}"


def hull(circles: list[Circle]) -> str:
    """Path data around the circles, in whole pixels and relative steps: the shortest that is exact enough."""
    band = _in_order(circles)
    if len(band) == 1:
        left, middle, size = (round(v) for v in (band[0][0] - band[0][2], *band[0][1:]))
        return f"M{left} {middle}a{size} {size} 0 1 1 {2 * size} 0a{size} {size} 0 1 1 {-2 * size} 0z"
    normals = [_tangent(a, b) for a, b in zip(band, band[1:] + band[:1], strict=True)]
    pieces: list[str] = []
    at_x = at_y = 0
    for index, (x, y, r) in enumerate(band):
        (ax, ay), (bx, by) = normals[index - 1], normals[index]
        for step, (nx, ny) in enumerate(((ax, ay), (bx, by))):
            to_x, to_y = round(x + nx * r), round(y + ny * r)
            dx, dy = to_x - at_x, to_y - at_y
            if not pieces:
                pieces.append(f"M{to_x} {to_y}")
            elif step == 0:
                pieces.append(f"l{dx} {dy}")
            elif dx or dy:
                sweep = (atan2(by, bx) - atan2(ay, ax)) % (2 * pi)
                if sweep > 2 * pi - 0.01:
                    sweep = 0.0
                if sweep < SHORT:
                    pieces.append(_bend(band[index], (ax, ay), (bx, by), (at_x, at_y), dx, dy))
                else:
                    pieces.append(_arc(sweep, r, dx, dy))
            at_x, at_y = to_x, to_y
    return "".join(pieces).replace(" -", "-") + "z"
