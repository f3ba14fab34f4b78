"""What a patient's device keeps to begin a session without a network: copies of a few pages, and the files they load.

A copy is drawn from facts that have nothing of the person in them: no name, no note, no history, nothing of what the
clinic's staff typed for them. It holds for certain days only, and gives way at the next contact once anything that it
is drawn from has changed (docs/decisions.md, "What a patient's device keeps").
"""

import datetime as dt
import hashlib
import json
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.template import engines
from django.urls import reverse
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from clinic.models import Clinic
from patients import alerts, progress
from patients.models import Patient, PrescriptionRevision
from patients.models.people import PatientState
from patients.progress import Now, Today
from patients.schedule import instant_of

DAYS = 2  # today and tomorrow
TODAY, SESSION, URGENT = (f"portal/kept/{name}.html" for name in ("today", "session", "urgent"))


@dataclass(frozen=True, slots=True)
class Plan:
    """One prescription's revision as it may be begun without a network, from one local date to another."""

    patient: Patient
    today: Today  # with nothing in it that anybody typed for this patient
    first: dt.date
    last: dt.date
    questions_due: bool
    asked: bool  # something is due on the first of these days


@dataclass(frozen=True, slots=True)
class Copy:
    """A page to keep: whose place it takes, where it is drawn, and from when until when it holds (always, if None)."""

    place: str
    source: str
    drawn_from: Sequence[object]
    holds: tuple[dt.datetime, dt.datetime] | None = None

    def key(self) -> str:
        """Its address in the device's cache: times in ms since the epoch, and a tag that changes with its facts."""
        facts = json.dumps([release(), get_language(), *self.drawn_from], default=str)
        query = {"tag": hashlib.sha256(facts.encode()).hexdigest()[:16]}
        if self.holds:
            first, until = self.holds
            query |= {"from": _ms(first), "until": _ms(until)}
        return f"{self.place}?{urlencode(query)}"


def plans(patient: Patient, now: dt.datetime) -> list[list[Plan]]:
    """What the patient may begin today, and tomorrow: nothing that is held, nothing once care has ended."""
    if patient.state != PatientState.ACTIVE:
        return [[] for _day in range(DAYS)]
    days = [patient.local_date(now) + dt.timedelta(days=ahead) for ahead in range(DAYS)]
    # Asked once too often does no harm: due on the last of these days is due on all of them.
    questions = alerts.questions_due(patient, start_of(patient, days[-1] + dt.timedelta(days=1)))
    return [
        [
            Plan(patient, impersonal(today), day, day, questions, today.state in (Now.DUE, Now.DONE))
            for today in progress.today_of(patient, start_of(patient, day) + dt.timedelta(hours=12))
            if today.state is not Now.HELD
        ]
        for day in days
    ]


def impersonal(today: Today) -> Today:
    """The plan without its name and notes, which staff typed for this patient, and without the sessions done.

    Changes the rows at hand, which nobody saves; where a note is missing it is said that there is one.
    """
    missing = _("Your clinic wrote a note here. It is shown when there is a network.")
    today.prescription.name = _("Your stretches")
    today.revision.note = missing if today.revision.note else ""
    for item in today.items:
        item.note = missing if item.note else ""
    return replace(today, sessions=(), done=0, next_day=None)


def unnamed(clinic: Clinic) -> Clinic:
    """A clinic that can be called, and does not tell who treats whom."""
    return Clinic(name=_("your clinic"), phone=clinic.phone)


def copies(patients: Sequence[Patient], now: dt.datetime, *, large_text: bool) -> list[Copy]:
    """All that the device of one person keeps; `patients` are that person, one for each clinic."""
    by_day = [
        [plan for day in days for plan in day]
        for days in zip(*(plans(p, now) for p in patients), strict=True)
    ]
    today = patients[0].local_date(now)
    midnights = [start_of(patients[0], today + dt.timedelta(days=ahead)) for ahead in range(DAYS + 1)]
    # What has no date of its own is drawn anew each day, in case its words have changed.
    phones = [today, *(patient.clinic.phone for patient in patients)]
    found = [
        Copy(reverse("portal:urgent"), reverse("portal:offline_urgent"), phones),
        # For whoever comes later, or whose clock was moved: what there is to say when no day fits.
        Copy(reverse("portal:today"), reverse("portal:offline_today", args=[DAYS]), [today]),
    ]
    for ahead, of_day in enumerate(by_day):
        facts = [(plan.today.revision.pk, plan.asked) for plan in of_day]
        source = reverse("portal:offline_today", args=[ahead])
        holds = (midnights[ahead], midnights[ahead + 1])
        found.append(Copy(reverse("portal:today"), source, facts, holds))
    found += [_session_copy(plan) for plan in _joined(by_day)]
    return [replace(copy, drawn_from=[large_text, *copy.drawn_from]) for copy in found]


def _joined(by_day: Sequence[Sequence[Plan]]) -> list[Plan]:
    """Each revision once, over all the days on which it is in force."""
    found: dict[object, Plan] = {}
    for plan in (plan for of_day in by_day for plan in of_day):
        known = found.setdefault(plan.today.revision.pk, plan)
        found[plan.today.revision.pk] = replace(known, last=plan.last)
    return list(found.values())


def _session_copy(plan: Plan) -> Copy:
    revision: PrescriptionRevision = plan.today.revision
    pk = plan.today.prescription.pk
    facts = [revision.pk, plan.questions_due, plan.patient.clinic.phone]
    holds = (start_of(plan.patient, plan.first), start_of(plan.patient, plan.last + dt.timedelta(days=1)))
    source = reverse("portal:offline_session", args=[pk, revision.number])
    return Copy(reverse("portal:session", args=[pk]), source, facts, holds)


def start_of(patient: Patient, day: dt.date) -> dt.datetime:
    """The first instant of a local date of the patient's."""
    return instant_of(day, dt.time.min, patient.zone)


def _ms(instant: dt.datetime) -> str:
    return str(round(instant.timestamp() * 1000))


# --- The files that the copies load

# The head of a page alone: it depends on nothing, and names all that is loaded.
_HEAD = "{% extends page %}{% block title %}{% endblock %}{% block content %}{% endblock %}"
_NAMED = re.compile(r'(?:src|href)="([^"]+)"')
_IMPORTED = re.compile(r"""\b(?:from|import)\s*["'](\.{1,2}/[^"']+)["']""")


def files() -> tuple[str, ...]:
    """The addresses of all that the copies load: what their heads name, and what that imports in turn."""
    return _files(get_language_bidi())


@lru_cache(maxsize=2)
def _files(right_to_left: bool) -> tuple[str, ...]:
    """Languages that run from the right have a style sheet of their own; nothing else differs."""
    found: dict[str, None] = {}
    for page in (TODAY, SESSION, URGENT):
        head = engines["django"].from_string(_HEAD).render({"page": page, "as_list": False})
        for address in _NAMED.findall(head):
            _follow(address, found)
    return tuple(found)


def release() -> str:
    """Another one whenever any of the files is: their names carry a digest of their content."""
    return hashlib.sha256("\n".join(files()).encode()).hexdigest()[:16]


def _follow(address: str, found: dict[str, None]) -> None:
    base = str(settings.STATIC_URL)
    if not address.startswith(base) or address in found:
        return
    found[address] = None
    if address.endswith(".js"):
        for imported in _imports(address.removeprefix(base)):
            _follow(posixpath.normpath(posixpath.join(posixpath.dirname(address), imported)), found)


def _imports(name: str) -> Iterator[str]:
    """What a script imports. Under a plain name it lies among the sources, under one with a digest it was collected."""
    source: Any = finders.find(name)
    if source:
        text = Path(source).read_text(encoding="utf-8")
    else:
        with staticfiles_storage.open(name) as stream:
            text = stream.read().decode()
    yield from _IMPORTED.findall(text)
