"""Holdwell's own template tags and filters; built in, so no page has to load them."""

import datetime as dt
import math
from collections.abc import Mapping
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from django import template
from django.conf import settings
from django.forms import BaseForm, BoundField
from django.http import HttpRequest
from django.template import defaultfilters
from django.template.context import Context
from django.utils import timezone
from django.utils.formats import get_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from clinic import access, reading
from clinic.demo import DEMO_ACCOUNTS
from clinic.models import Clinic
from clinic.ui import dates, lists, nav
from clinic.ui.charts import STATE_WORDS, sign
from clinic.ui.icons import ICONS, SHAPES, WAYS

register = template.Library()


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """One of `clinic.ui.icons.ICONS`; hidden from screen readers unless it has a label."""
    drawing = mark_safe(ICONS[name])  # noqa: S308  (our own constant)
    kind = "hw-icon hw-icon-way" if name in WAYS else "hw-icon"
    if label:
        return format_html(
            '<svg class="{}" viewBox="0 0 24 24" role="img" aria-label="{}">{}</svg>', kind, label, drawing
        )
    return format_html(
        '<svg class="{}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{}</svg>', kind, drawing
    )


@register.simple_tag
def shape(name: str) -> SafeString:
    """A mark that tells a state by its shape; the word stands beside it."""
    drawing = mark_safe(SHAPES[name])  # noqa: S308  (our own constant)
    return format_html(
        '<svg class="hw-shape" viewBox="0 0 12 12" aria-hidden="true" focusable="false">{}</svg>', drawing
    )


@register.simple_tag
def field(
    bound: BoundField,
    label: str = "",
    help: str = "",  # noqa: A002
    **attributes: str,
) -> SafeString:
    """One form field with its label, help and errors.

    The words can be replaced where a library chose them; further attributes go to the control.
    """
    if label:
        bound.label = label
        bound.field.widget.attrs.pop("placeholder", None)
    if help:
        bound.help_text = help
    bound.field.widget.attrs.update(attributes)
    return SafeString(as_crispy_field(bound))


@register.simple_tag
def fields(form: BaseForm) -> SafeString:
    """All fields of a form, in order, without its general errors (`parts/form_errors.html` shows these)."""
    return mark_safe("".join(as_crispy_field(bound) for bound in form))  # noqa: S308  (rendered templates)


@register.filter
def percent(share: Fraction | float | None) -> str:
    """A share 0..1 as whole per cent, rounded half up; a dash where nothing was due (null, never 0 %)."""
    if share is None:
        return "–"
    return _("%(number)d %%") % {"number": math.floor(share * 100 + Fraction(1, 2))}


@register.filter
def amount(number: Fraction | float) -> str:
    """A count or a credit, with at most one decimal: 9, 4.5."""
    whole, tenth = divmod(math.floor(number * 10 + Fraction(1, 2)), 10)
    return f"{whole}{get_format('DECIMAL_SEPARATOR')}{tenth}" if tenth else str(whole)


@register.simple_tag
def counts(done: Fraction | float, due: int) -> str:
    """The counts that stand beside every percentage: "9 of 12"."""
    return _("%(done)s of %(due)s") % {"done": amount(done), "due": due}


@register.inclusion_tag("parts/share.html")
def share(done: Fraction | float, due: int) -> dict[str, str | None]:
    """ "75 %  9 of 12", or "nothing due"."""
    value = percent(Fraction(done) / due) if due else None
    return {"percent": value, "counts": counts(done, due)}


@register.filter
def duration(seconds: int) -> str:
    """Seconds as people say them: 45 s, 1 min 30 s, 12 min."""
    minutes, rest = divmod(int(seconds), 60)
    if not minutes:
        return _("%(seconds)d s") % {"seconds": rest}
    if not rest:
        return _("%(minutes)d min") % {"minutes": minutes}
    return _("%(minutes)d min %(seconds)d s") % {"minutes": minutes, "seconds": rest}


@register.filter
def age(seconds: float) -> str:
    """How long something has been so, in its largest unit: 12 s, 5 min, 3 h, 2 days."""
    for size, words in (
        (86_400, _("%(number)d days")),
        (3_600, _("%(number)d h")),
        (60, _("%(number)d min")),
    ):
        if seconds >= (2 * size if size > 60 else size):
            return words % {"number": seconds // size}
    return _("%(number)d s") % {"number": seconds}


@register.filter
def about_minutes(seconds: int) -> str:
    """An estimate in whole minutes, rounded up: "about 7 min"."""
    return _("about %(minutes)d min") % {"minutes": math.ceil(seconds / 60)}


@register.simple_tag
def local_now(zone: ZoneInfo | str) -> dt.datetime:
    """The wall time it is now where somebody lives; naive, so that no template turns it back to its own zone."""
    return timezone.now().astimezone(ZoneInfo(str(zone))).replace(tzinfo=None)


@register.inclusion_tag("parts/legend.html")
def strip_legend() -> Mapping[str, Any]:
    """What the marks of `charts.strip` mean."""
    return {"marks": [{"drawing": sign(state), "word": word} for state, word in STATE_WORDS.items()]}


@register.inclusion_tag("parts/demo_sign_in.html")
def demo_sign_in() -> Mapping[str, Any]:
    """The demo's accounts, each a button; pages ask for it only where `demo` is true."""
    return {"accounts": DEMO_ACCOUNTS}


@register.inclusion_tag("parts/desk_bar.html", takes_context=True)
def desk_bar(context: Context) -> Mapping[str, Any]:
    """The desk's top bar; the page's `clinic` or `patient` tells which clinic it is about."""
    request: HttpRequest = context["request"]
    shown = context.get("clinic")
    patient = context.get("patient")
    clinic = nav.clinic_of_page(
        request, shown if isinstance(shown, Clinic) else None, getattr(patient, "clinic_id", None)
    )
    return {
        "clinic": clinic,
        "clinics": [membership.clinic for membership in access.memberships(request.user)],
        "entries": nav.desk_entries(request, clinic),
        "person": nav.person(request),
    }


@register.inclusion_tag("parts/languages.html", takes_context=True)
def language_choice(context: Context) -> Mapping[str, Any]:
    """The languages to choose from, for whoever is not signed in; an account has its own."""
    user = context.get("user")
    return {
        "languages": settings.LANGUAGES,
        "shown": not (context.get("reads_own") or getattr(user, "pk", None)),
    }


@register.filter
def apart(words: object) -> str:
    """A name or address inside a sentence that runs from the right: kept together, whatever stands beside it."""
    return f"\u2068{words}\u2069" if get_language_bidi() else str(words)


@register.simple_tag
def side(which: str) -> str:
    """`start` or `end` of a line as left or right, for mail programs, which know no other sides."""
    return "left" if (which == "start") != get_language_bidi() else "right"


@register.simple_tag
def around(top: str, end: str, bottom: str, start: str) -> str:
    """Four distances as CSS writes them, for mails: the second stands where a line ends."""
    return " ".join((top, start, bottom, end) if get_language_bidi() else (top, end, bottom, start))


register.filter("listed", lists.listed)
register.simple_tag(lists.comma, name="comma")


@register.filter
def own_name(code: str) -> SafeString:
    """A language by its own name, to be spoken as such."""
    return format_html('<bdi lang="{}">{}</bdi>', code, reading.name_of(code))


@register.filter("date", expects_localtime=True, is_safe=False)
def date(value: dt.date | dt.datetime | str | None, form: str = "DATE_FORMAT") -> str:
    """Django's filter of this name, in the order of the reader's language."""
    return str(defaultfilters.date(value, dates.written(form, get_language())))


@register.filter
def weekday(day: dt.date) -> str:
    """A weekday's name at the head of a column."""
    return dates.short_weekday(day)


@register.inclusion_tag("parts/portal_nav.html", takes_context=True)
def portal_nav(context: Context) -> Mapping[str, Any]:
    return {"entries": nav.portal_entries(context["request"])}
