"""Photos and films on a page."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from clinic import reading
from exercises import languages
from exercises.media import decoder, showing
from exercises.media.showing import Shown
from exercises.models import Medium, Revision

register = template.Library()

SIZES = "(min-width: 60rem) 40rem, 100vw"


@register.simple_tag
def media_of(things: Iterable[Any]) -> Mapping[UUID, list[Shown]]:
    """The media of revisions, or of what is pinned to one (`exercise_revision`), for `shown_of`; one query."""
    return showing.shown(getattr(thing, "exercise_revision", thing) for thing in things)


@register.simple_tag
def media_of_one(revision: Revision) -> list[Shown]:
    return showing.shown([revision]).get(revision.pk, [])


@register.filter
def shown_of(media: Mapping[UUID, list[Shown]], revision: Revision) -> list[Shown]:
    return media.get(revision.pk, [])


@register.filter
def films(media: list[Shown]) -> list[Shown]:
    return [one for one in media if one.medium.is_film]


@register.filter
def photos(media: list[Shown]) -> list[Shown]:
    return [one for one in media if not one.medium.is_film]


@register.filter
def length_words(medium: Medium) -> str:
    """ "1:05" """
    minutes, seconds = divmod(round(medium.duration or 0), 60)
    return f"{minutes}:{seconds:02}"


def address(medium: Medium | str, part: str) -> str:
    return reverse("exercises:medium", args=[medium if isinstance(medium, str) else medium.pk, part])


@register.simple_tag
def photo(one: Shown, sizes: str = SIZES) -> SafeString:
    """A photo, or the still of a film, in the sizes that there are."""
    medium = one.medium
    there = {medium.files[str(width)]["width"]: width for width in reversed(decoder.WIDTHS)}
    sources = ", ".join(f"{address(medium, str(part))} {width}w" for width, part in sorted(there.items()))
    return format_html(
        '<img class="hw-photo" src="{}" srcset="{}" sizes="{}" width="{}" height="{}" alt="{}" loading="lazy"'
        ' decoding="async">',
        address(medium, "960"),
        sources,
        sizes,
        medium.width,
        medium.height,
        one.alt,
    )


@register.simple_tag
def film_player(one: Shown) -> SafeString:
    """A film that waits to be started, without its sound, with its captions shown; nothing is fetched before."""
    medium = one.medium
    wanted = languages.closest(get_language() or "en", medium.captions) or next(iter(medium.captions), None)
    tracks = format_html_join(
        "",
        '<track kind="captions" src="{}" srclang="{}" label="{}"{}>',
        (
            (
                address(medium, f"captions-{code}"),
                code,
                reading.name_of(code),
                SafeString(" default") if code == wanted else "",
            )
            for code in medium.captions
        ),
    )
    return format_html(
        '<video class="hw-film" controls muted playsinline preload="none" poster="{}" width="{}" height="{}"'
        ' aria-label="{}"><source src="{}" type="{}">{}</video>',
        address(medium, "960"),
        medium.width,
        medium.height,
        one.alt,
        address(medium, "film"),
        medium.film["type"],
        tracks,
    )


@register.simple_tag
def first_photo(revision: Revision) -> SafeString:
    """The first photo or still of a revision, without asking the database: for lists, beside the name."""
    for row in revision.said.media[:1]:
        return format_html(
            '<img class="hw-photo" src="{}" alt="{}" loading="lazy">',
            address(row["medium"], "480"),
            row["alt"],
        )
    return SafeString()
