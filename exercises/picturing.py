"""The pictures of a stretch: what they say, in the reader's language, and as files of their own."""

import json

from django.utils.translation import gettext_lazy as _

from exercises import figures
from exercises.figures import PLATE
from exercises.models import Revision, Sides


def sides(revision: Revision) -> list[str]:
    """The sides that are shown: either one of a stretch that has sides."""
    return ["none"] if revision.sides == Sides.NONE else ["left", "right"]


def words(revision: Revision, view: str, side: str) -> tuple[str, str]:
    """Title and description of a view ("start", "held", "plate") of one side ("none", "left", "right")."""
    said = revision.said
    seen = {"start": said.alt_start, "held": said.alt_held}
    seen[PLATE] = " ".join(text for text in seen.values() if text)
    return str(_TITLES[view, side]) % {"name": said.name}, seen[view]


_TITLES = {
    ("start", "none"): _("%(name)s, start"),
    ("start", "left"): _("%(name)s, left side, start"),
    ("start", "right"): _("%(name)s, right side, start"),
    ("held", "none"): _("%(name)s, held"),
    ("held", "left"): _("%(name)s, left side, held"),
    ("held", "right"): _("%(name)s, right side, held"),
    (PLATE, "none"): _("%(name)s: start, then held"),
    (PLATE, "left"): _("%(name)s, left side: start, then held"),
    (PLATE, "right"): _("%(name)s, right side: start, then held"),
}


def file_of(
    revision: Revision, *, view: str, side: str, kind: str, theme: str, width: int
) -> tuple[bytes, str]:
    """A picture's bytes and their media type: "svg", "png" (`width` in pixels) or "film". Raises PoseError."""
    if kind == "film":
        return json.dumps(figures.film(revision.figure)).encode(), "application/json"
    if kind == "png":
        return figures.png(revision.figure, pose=view, side=side, width=width, theme=theme), "image/png"
    title, description = words(revision, view, side)
    svg = figures.picture(
        revision.figure, pose=view, side=side, title=title, description=description, theme=theme
    )
    return svg.encode(), "image/svg+xml"
