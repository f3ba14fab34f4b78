"""The drawn figures of a stretch, on a page: still, as a plate, or in motion; without one, its words."""

from django import template
from django.utils.html import format_html, json_script
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from exercises import figures, picturing
from exercises.models import Revision

register = template.Library()


@register.simple_tag
def figure(revision: Revision, pose: str = "held", side: str = "none") -> SafeString:
    """The SVG with its title and description; without a drawable figure, what it would show in words."""
    title, description = picturing.words(revision, pose, side)
    try:
        return figures.render(revision.figure, pose=pose, side=side, title=title, description=description)
    except figures.PoseError:
        return format_html('<p class="fig-words">{}</p>', description or _("There is no picture yet."))


@register.simple_tag
def plate(revision: Revision, side: str = "none") -> SafeString:
    """Start and held side by side."""
    return figure(revision, pose=figures.PLATE, side=side)


@register.simple_tag
def film(revision: Revision, name: str) -> SafeString:
    """The way from start to held as data under the id `name`, for `static/js/figures`; nothing without a figure."""
    try:
        return json_script(figures.film(revision.figure), name)
    except figures.PoseError:
        return SafeString()


@register.simple_tag
def film_words(revision: Revision, side: str = "none") -> SafeString:
    """The attributes with which a film says what it shows."""
    title, description = picturing.words(revision, figures.PLATE, side)
    return format_html('data-side="{}" data-title="{}" data-description="{}"', side, title, description)
