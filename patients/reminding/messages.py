"""One message out of the reminders that fall together, for the outbox of their channel.

Subject and preview line say nothing about health; what a message is about stands behind the sign-in
(docs/rules.md 7).
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext, ngettext

from clinic.models import OutgoingMail
from clinic.ui.dates import date_format
from patients.models import OutgoingNote, Reminder
from patients.models.reminders import Kind
from patients.reaching import channels
from patients.reminding.facts import Person
from patients.reminding.wishes import ENDS_AHEAD, OF_A_SESSION, last_week, next_quiet, notices
from patients.unsubscribing import key_of, named

# What leads a message; the others are told below it.
LEADING = (
    Kind.SESSION_DUE,
    Kind.NUDGE,
    Kind.PRESCRIPTION_CHANGED,
    Kind.PRESCRIPTION_ENDS,
    Kind.WEEKLY_SUMMARY,
    Kind.MESSAGE,
)

# Where a message is said in full; the others lead to today.
PAGES = {Kind.WEEKLY_SUMMARY: "portal:progress", Kind.MESSAGE: "portal:messages"}


def leading(reminders: Sequence[Reminder]) -> Reminder:
    """The reminder whose kind gives the message its subject; of several the earliest."""
    return min(reminders, key=lambda r: (LEADING.index(Kind(r.kind)), r.due_at))


def compose(
    person: Person, lead: Reminder, reminders: Sequence[Reminder], expires_at: dt.datetime | None
) -> OutgoingMail | OutgoingNote:
    """The one message that stands for all these reminders, by the channel of them all; not kept yet."""
    patient = person.patient
    kinds = named({r.kind for r in reminders})
    unsubscribe = link("portal:unsubscribe", key_of(patient.reminder_preference, kinds), kinds)
    with translation.override(patient.language):
        context = {
            "patient": patient,
            "clinic": patient.clinic,
            "sessions": _sessions(reminders),
            "new": _new(person, reminders),
            "ends_on": lead.local_date + ENDS_AHEAD,
            "summary": _summary(person, lead),
            "also": _also(person, lead, reminders),
            "today_url": link("portal:today"),
            "progress_url": link("portal:progress"),
            "messages_url": f"{link('portal:messages')}?patient={patient.pk}",
            "settings_url": link("portal:settings"),
            "unsubscribe_url": unsubscribe,
        }
        return channels.WAYS[lead.channel].compose(
            channels.Telling(
                person=person,
                kind=lead.kind,
                # The lease makes it the message of this hand-over: one that was withdrawn does not stand in for the
                # next.
                key=f"reminder:{lead.pk}:{lead.claimed_until:%Y%m%dT%H%M%S%f}",
                expires_at=expires_at,
                quiet_at=next_quiet(lead.goes_at, patient.reminder_preference, patient.zone),
                context=context,
                unsubscribe_url=unsubscribe,
                path=reverse(PAGES.get(Kind(lead.kind), "portal:today")),
                settings_path=reverse("portal:channels"),
            )
        )


def link(name: str, *args: str) -> str:
    """A page's whole address, as a mail needs it."""
    return settings.SITE_URL + reverse(name, args=args)


def _sessions(reminders: Sequence[Reminder]) -> int:
    return sum(r.kind == Kind.SESSION_DUE for r in reminders)


def _new(person: Person, reminders: Sequence[Reminder]) -> bool:
    """Does what they tell of consist of new prescriptions only?"""
    changes = [r for r in reminders if r.kind == Kind.PRESCRIPTION_CHANGED]
    told = (n for r in changes for n in notices(person, r.local_date) if n.slot == r.slot)
    return all(news.new for notice in told for news in notice.news)


def _summary(person: Person, lead: Reminder) -> dict[str, Any] | None:
    if lead.kind != Kind.WEEKLY_SUMMARY:
        return None
    week = last_week(person, lead.local_date)
    return {"first": week.first, "last": week.last, "due": week.due, "kept": week.kept}


def _also(person: Person, lead: Reminder, reminders: Sequence[Reminder]) -> list[str]:
    """A line for what else the message has to tell."""
    others = {r.kind: r for r in reminders if r.kind not in OF_A_SESSION | {lead.kind}}
    lines = []
    sessions = _sessions(reminders)
    if sessions and lead.kind != Kind.SESSION_DUE:
        waiting = ngettext(
            "One session is waiting for you today.",
            "%(sessions)d sessions are waiting for you today.",
            sessions,
        )
        lines.append(waiting % {"sessions": sessions})
    if Kind.PRESCRIPTION_CHANGED in others:
        new = _new(person, reminders)
        lines.append(
            gettext("You have a new prescription.") if new else gettext("Your prescription has changed.")
        )
    if ends := others.get(Kind.PRESCRIPTION_ENDS):
        day = date_format(ends.local_date + ENDS_AHEAD, "l, j F")
        lines.append(gettext("Your prescription ends on %(day)s.") % {"day": day})
    if summary := others.get(Kind.WEEKLY_SUMMARY):
        week = last_week(person, summary.local_date)
        line = ngettext(
            "Last week you logged %(kept)d of the %(due)d session that was due.",
            "Last week you logged %(kept)d of the %(due)d sessions that were due.",
            week.due,
        )
        lines.append(line % {"kept": week.kept, "due": week.due})
    if Kind.MESSAGE in others:
        lines.append(gettext("You have a message from %(clinic)s.") % {"clinic": person.patient.clinic})
    return lines
