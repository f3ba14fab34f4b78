"""The two ways around: the desk's bar and the portal's row of icons.

Addresses are asked for by name, so this file knows nothing of the rooms above `clinic`.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import UUID

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from clinic import access
from clinic.access import Right
from clinic.models import Clinic, User


@dataclass(frozen=True, slots=True)
class Entry:
    label: str
    url: str
    current: bool
    icon: str = ""
    news: str = ""


# By the name of an entry's page: what waits there, in a word or two. The rooms above add their own at their start.
news: dict[str, Callable[[HttpRequest, Clinic | None], str]] = {}

# What a person finds beside their ways to sign in; the rooms above add their own at their start.
account_pages: list[Callable[[HttpRequest], list[Entry]]] = []


def own_pages(request: HttpRequest) -> list[Entry]:
    """What belongs to the asking person and is no sign-in: their data, for instance."""
    return [entry for pages in account_pages for entry in pages(request)]


def _entry(
    request: HttpRequest, label: str, name: str, clinic: Clinic | None = None, icon: str = ""
) -> Entry | None:
    """An entry, of a clinic where its page is one's; None where this installation has no such page."""
    try:
        url = reverse(name, args=[clinic.pk] if clinic else [])
    except NoReverseMatch:
        return None
    ask = news.get(name)
    entry = Entry(label, url, current=False, icon=icon, news=ask(request, clinic) if ask else "")
    match = request.resolver_match
    if match is None:
        return entry
    # The patients' pages are many; whatever of the desk is not another entry's belongs to the first one.
    here = match.view_name or ""
    room = name.partition(":")[0]
    if room in ("exercises", "clinic"):
        current = match.app_name == room
    elif name == "desk:roster":
        current = match.app_name == "desk" and not here.startswith(
            ("desk:alert", "desk:report", "desk:archive", "desk:message")
        )
    else:
        # What stands behind a page has its address below it: /settings/calendar/; archives are reached from reports.
        current = here.replace("desk:archive", "desk:report").startswith(name.removesuffix("s")) or (
            room == "portal" and request.path.startswith(url)
        )
    return replace(entry, current=current)


def clinic_of_page(request: HttpRequest, shown: Clinic | None, shown_id: UUID | None) -> Clinic | None:
    """The clinic that a page is about: the one shown, else the one in the address, else the person's first."""
    if shown is not None:
        return shown
    own = [membership.clinic for membership in access.memberships(request.user)]
    asked = shown_id or (request.resolver_match and request.resolver_match.kwargs.get("clinic"))
    return next((clinic for clinic in own if clinic.pk == asked), own[0] if own else None)


def desk_entries(request: HttpRequest, clinic: Clinic | None) -> list[Entry]:
    rights = access.rights_in(request.user, clinic.pk if clinic else None)
    entries: list[Entry | None] = []
    if clinic is not None and Right.VIEW_PATIENTS in rights:
        entries.append(_entry(request, _("Patients"), "desk:roster", clinic))
        entries.append(_entry(request, _("Alerts"), "desk:alerts", clinic))
        entries.append(_entry(request, _("Messages"), "desk:messages", clinic))
    if access.has(request.user, Right.VIEW_LIBRARY):
        entries.append(_entry(request, _("Library"), "exercises:list"))
    if clinic is not None:
        if Right.REPORT in rights:
            entries.append(_entry(request, _("Reports"), "desk:reports", clinic))
        if Right.MANAGE_CLINIC in rights:
            entries.append(_entry(request, _("Team"), "clinic:team", clinic))
    if access.has(request.user, Right.OPERATE):
        entries.append(_entry(request, _("Operations"), "operations"))
    return [entry for entry in entries if entry is not None]


def portal_entries(request: HttpRequest) -> list[Entry]:
    entries = [
        _entry(request, pgettext("the day's page", "Today"), "portal:today", icon="today"),
        _entry(request, _("Progress"), "portal:progress", icon="progress"),
        _entry(request, _("Messages"), "portal:messages", icon="message"),
        _entry(request, _("Settings"), "portal:settings", icon="settings"),
    ]
    return [entry for entry in entries if entry is not None]


def person(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
