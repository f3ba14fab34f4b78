"""Drawn figures: a pose in, an SVG out (`pose` describes what a pose is)."""

import json
from functools import lru_cache
from typing import Any

from django.utils.html import format_html
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
    box, inside = _drawn(json.dumps(figure, sort_keys=True), pose, side == "right")
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="fig" role="img" viewBox="{}">'
        "<title>{}</title><desc>{}</desc>{}</svg>",
        box,
        title,
        description,
        inside,
    )


@lru_cache(maxsize=512)
def _drawn(figure: str, pose: str, mirrored: bool) -> tuple[str, SafeString]:
    """Kept by content, a few kilobytes each: a session shows the same few figures over and over."""
    box, inside = draw(read(json.loads(figure)), pose=pose, side="right" if mirrored else "left")
    return box, mark_safe(inside)  # noqa: S308  numbers and classes of our own
