"""Where a person is signed in, and how they end it elsewhere: a lost phone, a computer at work (docs/rules.md 2)."""

import datetime as dt
import re
from dataclasses import dataclass

from allauth.usersessions.internal import flows
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from clinic import audit
from clinic.models import User

# The first that is found; each browser names the ones that it wants to be taken for as well.
BROWSERS = {
    "Edge": r"Edg(e|A|iOS)?/",
    "Opera": r"OPR/",
    "Samsung Internet": r"SamsungBrowser/",
    "Firefox": r"(Firefox|FxiOS)/",
    "Chrome": r"(Chrome|Chromium|CriOS|HeadlessChrome)/",
    "Safari": r"Safari/",
}
SYSTEMS = {
    "Android": r"Android",
    "iPhone": r"iPhone",
    "iPad": r"iPad",
    "Windows": r"Windows",
    "Mac": r"Macintosh",
    "Chromebook": r"CrOS",
    "Linux": r"Linux",
}


@dataclass(frozen=True, slots=True)
class Device:
    """One browser in which the person is signed in."""

    pk: int
    name: str
    since: dt.datetime
    address: str  # the network address from which it signed in
    here: bool  # it is the one that asks


def of(request: HttpRequest, user: User) -> list[Device]:
    """All of them, the asking one first, then the latest; those that have run out are forgotten."""
    if not UserSession.objects.filter(session_key=request.session.session_key).exists():
        UserSession.objects.create_from_request(request)
    rows = UserSession.objects.purge_and_list(user)
    found = [
        Device(row.pk, name_of(row.user_agent), row.created_at, row.ip, here=row.is_current()) for row in rows
    ]
    return sorted(found, key=lambda device: (not device.here, -device.since.timestamp()))


@transaction.atomic
def end(request: HttpRequest, user: User, pk: int) -> bool:
    """Sign one of the others out; False when it is not there (any more), or is the asking one."""
    row = UserSession.objects.filter(user=user, pk=pk).first()
    if row is None or row.is_current():
        return False
    flows.sessions.end_sessions(request, [row])
    audit.record(user, "account.signed_out_elsewhere", user, number=1)
    return True


@transaction.atomic
def end_others(request: HttpRequest, user: User) -> int:
    """Sign everything else out; how many these were."""
    number = sum(not device.here for device in of(request, user))
    if number:
        flows.sessions.end_other_sessions(request, user)
        audit.record(user, "account.signed_out_elsewhere", user, number=number)
    return number


def name_of(user_agent: str) -> str:
    """What a browser says of itself, in words: "Chrome on Android"."""
    browser = _first(BROWSERS, user_agent)
    system = _first(SYSTEMS, user_agent)
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Another program")


def _first(names: dict[str, str], text: str) -> str:
    return next((name for name, pattern in names.items() if re.search(pattern, text)), "")
