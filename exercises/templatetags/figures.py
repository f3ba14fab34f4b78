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
def printed(revision: Revision, side: str = "none") -> SafeString:
    """Start and held as they are printed, in the colours of paper; nothing without a figure."""
    title, description = picturing.words(revision, figures.PLATE, side)
    try:
        svg = figures.picture(
            revision.figure,
            pose=figures.PLATE,
            side=side,
            title=title,
            description=description,
            theme="print",
        )
    except figures.PoseError:
        return SafeString()
    return SafeString(svg)


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


@register.simple_tag
def film_place(revision: Revision, side: str, name: str) -> SafeString:
    """Where `static/js/player` shows the film `name`, hidden until its turn; without a figure its words stand there.

    The browser lays wide figures out otherwise than tall ones, so `data-shape` tells them apart.
    """
    _title, description = picturing.words(revision, figures.PLATE, side)
    try:
        _left, _top, width, height = figures.film(revision.figure)["box"]
    except figures.PoseError:
        shape, inside = "", format_html('<p class="fig-words">{}</p>', description)
    else:
        shape, inside = "wide" if width > 1.2 * height else "tall", SafeString()
    place = '<div data-item="{}" {} data-shape="{}" hidden>{}</div>'
    return format_html(place, name, film_words(revision, side), shape, inside)
