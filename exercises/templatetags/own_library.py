"""A clinic's own library beside the shared one, on every page that shows either."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django import template
from django.http import HttpRequest
from django.template.context import Context
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic import access
from clinic.access import Right
from exercises import copying, offering
from exercises.models import Exercise, Routine
from exercises.studio import reviewing

register = template.Library()

SHARED = "shared"
NAMED = 6  # copies with news, by name


@dataclass(frozen=True, slots=True)
class Place:
    """One library that may be looked at alone; the address keeps what else is asked."""

    label: str
    address: str
    current: bool


def _address(name: str, thing: Exercise | Routine) -> str:
    prefix = "routine_" if isinstance(thing, Routine) else ""
    return reverse(f"exercises:{prefix}{name}", args=[thing.pk])


@register.inclusion_tag("library/parts/belonging.html", takes_context=True)
def belonging(context: Context, thing: Exercise | Routine) -> Mapping[str, Any]:
    """Whose it is; what became of its original, and of its offer."""
    user = context["request"].user
    standing = offering.standing(thing)
    offered = access.has(user, Right.WRITE_LIBRARY) and offering.offered_by(thing)
    original = thing.based_on.thing if thing.clinic_id and thing.based_on else None
    return {
        "thing": thing,
        "original": original,
        "original_url": original and reviewing.address(original),
        "news": copying.news(thing),
        "news_url": _address("original", thing),
        "writes": access.has(user, Right.WRITE_LIBRARY, thing.clinic_id),
        "publishes": access.has(user, Right.PUBLISH_LIBRARY, thing.clinic_id),
        "standing": standing,
        "offer_url": _address("offer", thing),
        "shared_url": standing and standing.state == "published" and reviewing.address(standing.shared),
        "offered_by": offered,
    }


@register.inclusion_tag("library/parts/belonging_acts.html", takes_context=True)
def belonging_acts(context: Context, thing: Exercise | Routine) -> Mapping[str, Any]:
    """Copy what is shared, offer what is one's own: links for those who may."""
    user = context["request"].user
    usable = thing.published_id is not None and thing.retired_at is None
    copies = usable and thing.clinic_id is None and access.clinics(user, Right.WRITE_LIBRARY)
    offers = (
        usable and thing.clinic_id is not None and access.has(user, Right.PUBLISH_LIBRARY, thing.clinic_id)
    )
    return {
        "copy_url": _address("copy", thing) if copies else "",
        "offer_url": _address("offer", thing) if offers and offering.standing(thing) is None else "",
    }


@register.inclusion_tag("library/parts/switch.html", takes_context=True)
def library_switch(context: Context) -> Mapping[str, Any]:
    """All, the shared library, or one clinic's own; for those who read more than the shared one."""
    request: HttpRequest = context["request"]
    clinics = access.clinics(request.user, Right.VIEW_LIBRARY)
    chosen = request.GET.getlist("library")

    def place(value: str, label: str) -> Place:
        query = request.GET.copy()
        query.setlist("library", [value] if value else [])
        query.pop("page", None)
        return Place(label, f"?{query.urlencode()}", chosen == ([value] if value else []))

    if not clinics:
        return {"places": []}
    own = [place(str(clinic.pk), clinic.name) for clinic in clinics]
    return {"places": [place("", _("All")), place(SHARED, _("Shared by all clinics")), *own]}


@register.inclusion_tag("library/parts/originals.html", takes_context=True)
def changed_originals(context: Context) -> Mapping[str, Any]:
    """Which of one's clinics' copies have an original that is another one by now."""
    request: HttpRequest = context["request"]
    if not access.clinics(request.user, Right.WRITE_LIBRARY):
        return {"told": []}
    found = copying.with_news(request)
    told = [(one.name, _news_address(one), one.retired) for one in found[:NAMED]]
    return {"told": told, "more": len(found) - len(told)}


def _news_address(told: copying.Told) -> str:
    """Where what changed is compared; of an original that was only retired, the copy itself."""
    name = "original" if told.changed else "detail"
    if told.kind == Routine.kind:
        name = f"routine_{name}" if told.changed else "routine"
    return reverse(f"exercises:{name}", args=[told.pk])
