"""Points and rotations in space, as plain tuples: centimetres, degrees, right-handed axes.

A person's own axes are x to their left, y up along the body, z forward.
"""

from math import acos, cos, pi, radians, sin, sqrt

Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]

IDENTITY: Matrix = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


def about_x(degrees: float) -> Matrix:
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return (1.0, 0.0, 0.0), (0.0, c, -s), (0.0, s, c)


def about_y(degrees: float) -> Matrix:
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return (c, 0.0, s), (0.0, 1.0, 0.0), (-s, 0.0, c)


def about_z(degrees: float) -> Matrix:
    c, s = cos(radians(degrees)), sin(radians(degrees))
    return (c, -s, 0.0), (s, c, 0.0), (0.0, 0.0, 1.0)


def times(a: Matrix, b: Matrix) -> Matrix:
    (a0, a1, a2), (a3, a4, a5), (a6, a7, a8) = a
    (b0, b1, b2), (b3, b4, b5), (b6, b7, b8) = b
    return (
        (a0 * b0 + a1 * b3 + a2 * b6, a0 * b1 + a1 * b4 + a2 * b7, a0 * b2 + a1 * b5 + a2 * b8),
        (a3 * b0 + a4 * b3 + a5 * b6, a3 * b1 + a4 * b4 + a5 * b7, a3 * b2 + a4 * b5 + a5 * b8),
        (a6 * b0 + a7 * b3 + a8 * b6, a6 * b1 + a7 * b4 + a8 * b7, a6 * b2 + a7 * b5 + a8 * b8),
    )


def turned(m: Matrix, v: Vector) -> Vector:
    x, y, z = v
    a, b, c = m
    return a[0] * x + a[1] * y + a[2] * z, b[0] * x + b[1] * y + b[2] * z, c[0] * x + c[1] * y + c[2] * z


def add(a: Vector, b: Vector) -> Vector:
    return a[0] + b[0], a[1] + b[1], a[2] + b[2]


def minus(a: Vector, b: Vector) -> Vector:
    return a[0] - b[0], a[1] - b[1], a[2] - b[2]


def scaled(v: Vector, factor: float) -> Vector:
    return v[0] * factor, v[1] * factor, v[2] * factor


def dot(a: Vector, b: Vector) -> float:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def cross(a: Vector, b: Vector) -> Vector:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


def length(v: Vector) -> float:
    return sqrt(dot(v, v))


def unit(v: Vector) -> Vector:
    """The direction of `v`; straight up for a vector without one."""
    size = length(v)
    return scaled(v, 1 / size) if size > 1e-9 else (0.0, 1.0, 0.0)


def between(a: Vector, b: Vector, part: float) -> Vector:
    """The point `part` (0..1) of the way from a to b."""
    return a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part, a[2] + (b[2] - a[2]) * part


def columns(x: Vector, y: Vector, z: Vector) -> Matrix:
    """The rotation that takes the axes to x, y and z (each of length 1, at right angles)."""
    return (x[0], y[0], z[0]), (x[1], y[1], z[1]), (x[2], y[2], z[2])


def transposed(m: Matrix) -> Matrix:
    """The inverse of a rotation."""
    (a, b, c), (d, e, f), (g, h, i) = m
    return (a, d, g), (b, e, h), (c, f, i)


def about(axis: Vector, angle: float) -> Matrix:
    """The rotation by `angle` radians about an axis of length 1."""
    x, y, z = axis
    c, s = cos(angle), sin(angle)
    k = 1 - c
    return (
        (c + x * x * k, x * y * k - z * s, x * z * k + y * s),
        (y * x * k + z * s, c + y * y * k, y * z * k - x * s),
        (z * x * k - y * s, z * y * k + x * s, c + z * z * k),
    )


def midway(a: Matrix, b: Matrix, part: float) -> Matrix:
    """The rotation `part` (0..1) of the shortest way from a to b."""
    step = times(transposed(a), b)
    angle = acos(max(-1.0, min(1.0, (step[0][0] + step[1][1] + step[2][2] - 1) / 2)))
    if angle < 1e-6:
        return a
    if angle > pi - 1e-3:  # half a turn: the axis is the longest column of step + 1
        columns_ = ((step[0][i], step[1][i], step[2][i]) for i in range(3))
        axis = max((add(c, e) for c, e in zip(columns_, IDENTITY, strict=True)), key=length)
    else:
        axis = (step[2][1] - step[1][2], step[0][2] - step[2][0], step[1][0] - step[0][1])
    return times(a, about(unit(axis), angle * part))
