"""Drawn figures: a pose in, an SVG out (`pose` describes what a pose is)."""

from typing import Any

from django.utils.safestring import SafeString, mark_safe

from exercises.figures.drawing import draw
from exercises.figures.pose import POSES, PoseError, read
from exercises.figures.skeleton import checked

__all__ = ["POSES", "PoseError", "render", "validate"]


def validate(figure: Any) -> None:
    """Raise PoseError, naming each joint and the allowed range, when the figure cannot be drawn."""
    checked(read(figure))


def render(figure: dict[str, Any], *, pose: str, side: str, title: str, description: str) -> SafeString:
    """One pose ("start" or "held") as SVG. `side` "left" or "none" as posed, "right" mirrored.

    `title` and `description` say in words what is seen. Raises PoseError for a figure that cannot be read.
    """
    svg = draw(read(figure), pose=pose, side=side, title=title, description=description)
    return mark_safe(svg)  # noqa: S308  numbers and classes of our own; the two texts are escaped
