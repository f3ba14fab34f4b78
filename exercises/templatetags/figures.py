"""`{% figure revision pose="held" side="left" %}`: the drawn figure of a stretch, or its words."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from exercises import figures
from exercises.models import Revision

register = template.Library()


@register.simple_tag
def figure(revision: Revision, pose: str = "held", side: str = "none") -> SafeString:
    """The SVG with its title and description; without a drawable figure, what it would show in words."""
    words = revision.alt_start if pose == "start" else revision.alt_held
    try:
        return figures.render(
            revision.figure, pose=pose, side=side, title=_title(revision, pose, side), description=words
        )
    except figures.PoseError:
        return format_html('<p class="fig-words">{}</p>', words or _("There is no picture yet."))


def _title(revision: Revision, pose: str, side: str) -> str:
    held = pose == "held"
    name = {"name": revision.name}
    if side == "left":
        return (_("%(name)s, left side, held") if held else _("%(name)s, left side, start")) % name
    if side == "right":
        return (_("%(name)s, right side, held") if held else _("%(name)s, right side, start")) % name
    return (_("%(name)s, held") if held else _("%(name)s, start")) % name
