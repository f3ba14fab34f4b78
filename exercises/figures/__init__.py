"""Drawn figures: a pose in, a picture or a film out (`pose` describes what a pose is)."""

import json
from functools import lru_cache
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from exercises.figures import film as films
from exercises.figures import paper
from exercises.figures.drawing import draw, plate
from exercises.figures.motion import checked
from exercises.figures.pose import POSES, Figure, PoseError, read

__all__ = ["PLATE", "POSES", "VIEWS", "PoseError", "film", "picture", "png", "render", "sketch", "validate"]

# Both positions side by side, with an arrow from one to the other.
PLATE = "plate"
VIEWS = (*POSES, PLATE)


def validate(figure: Any) -> None:
    """Raise PoseError, naming each joint and the allowed range, when the figure cannot be drawn."""
    checked(read(figure))


def render(figure: dict[str, Any], *, pose: str, side: str, title: str, description: str) -> SafeString:
    """A view ("start", "held" or "plate") as SVG for a page. `side` "left" or "none" as posed, "right" mirrored.

    `title` and `description` say in words what is seen. Raises PoseError for a figure that cannot be read.
    """
    box, inside = _drawn(_content(figure), pose, side == "right")
    return _svg(box, inside, title, description)


def sketch(figure: Figure, *, pose: str, title: str) -> SafeString:
    """One pose of a figure that is being made: drawn for this once, its left side."""
    box, inside = draw(figure, pose=pose, side="left")
    return _svg(box, mark_safe(inside), title, "")  # noqa: S308  numbers and classes of our own


def _svg(box: str, inside: SafeString, title: str, description: str) -> SafeString:
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="fig" role="img" viewBox="{}">'
        "<title>{}</title><desc>{}</desc>{}</svg>",
        box,
        title,
        description,
        inside,
    )


def picture(
    figure: dict[str, Any], *, pose: str, side: str, title: str, description: str, theme: str = "light"
) -> str:
    """The same view as an SVG that stands by itself: a file, a print, a mail. `theme` is one of `paper.THEMES`."""
    return paper.coloured(render(figure, pose=pose, side=side, title=title, description=description), theme)


def png(figure: dict[str, Any], *, pose: str, side: str, width: int, theme: str = "light") -> bytes:
    """The same view as a PNG `width` pixels wide, on a transparent ground."""
    return paper.rastered(picture(figure, pose=pose, side=side, title="", description="", theme=theme), width)


def film(figure: dict[str, Any]) -> dict[str, Any]:
    """The way from start to held as data for `static/js/figures/film.js` (`exercises.figures.film`)."""
    told: dict[str, Any] = json.loads(_filmed(_content(figure)))
    return told


# Kept by content, some kilobytes each: a session shows the same few figures over and over.


@lru_cache(maxsize=512)
def _drawn(figure: str, view: str, mirrored: bool) -> tuple[str, SafeString]:
    known, side = read(json.loads(figure)), "right" if mirrored else "left"
    box, inside = plate(known, side=side) if view == PLATE else draw(known, pose=view, side=side)
    return box, mark_safe(inside)  # noqa: S308  numbers and classes of our own


@lru_cache(maxsize=128)
def _filmed(figure: str) -> str:
    return json.dumps(films.film(read(json.loads(figure))))


def _content(figure: dict[str, Any]) -> str:
    return json.dumps(figure, sort_keys=True)
