"""The channels behind one small interface: does it reach this patient, and how a message is written for it.

A message goes by each channel that the patient has chosen. Where a chosen one does not reach them, or has failed
lately, e-mail takes its place.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from django.conf import settings
from django.utils.translation import gettext as _

from clinic import mail
from clinic.models import OutgoingMail
from patients.models import OutgoingNote
from patients.models.people import Channel
from patients.models.reminders import Reason
from patients.reaching import sms
from patients.reminding.facts import Person

TITLE_LENGTH = 200
MOST_PARTS = 2  # of a text message; each is paid for


@dataclass(frozen=True, slots=True)
class Telling:
    """What has to be told, for each channel to put into its own form.

    `quiet_at`: when the patient's next quiet hours begin. `context` is what the mail's templates know; `path` the page
    where it is all said, behind the sign-in.
    """

    person: Person
    kind: str
    key: str
    expires_at: dt.datetime | None
    quiet_at: dt.datetime | None
    context: Mapping[str, Any]
    unsubscribe_url: str
    path: str
    settings_path: str


class Way(Protocol):
    """One channel. How it fails stands with its carrier: `clinic.mail` and `patients.reaching.notes`."""

    def why_not(self, person: Person) -> Reason:
        """Why it does not reach this patient; NONE when it does."""

    def compose(self, telling: Telling) -> OutgoingMail | OutgoingNote:
        """The message as a row for its outbox, not kept yet."""


class ByEmail:
    def why_not(self, person: Person) -> Reason:
        return Reason.NONE if person.address else Reason.NO_ADDRESS

    def compose(self, telling: Telling) -> OutgoingMail:
        patient = telling.person.patient
        return mail.compose(
            telling.kind,
            to=telling.person.address,
            kind=telling.kind,
            clinic=patient.clinic,
            key=telling.key,
            language=patient.language,
            headers={
                "List-Unsubscribe": f"<{telling.unsubscribe_url}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
            expires_at=telling.expires_at,
            context=telling.context,
        )


class ByPush:
    def why_not(self, person: Person) -> Reason:
        return Reason.NONE if person.has_device else Reason.NO_DEVICE

    def compose(self, telling: Telling) -> OutgoingNote:
        """The neutral subject of the mail is the title; a locked screen shows it, so nobody is named."""
        return OutgoingNote(
            patient=telling.person.patient,
            channel=Channel.PUSH,
            kind=telling.kind,
            key=telling.key,
            title=_title(telling),
            text=_("Tap to open."),
            path=telling.path,
            # A phone that is off gets it later from its push service; not in the night.
            expires_at=min((at for at in (telling.expires_at, telling.quiet_at) if at), default=None),
        )


class BySms:
    def why_not(self, person: Person) -> Reason:
        return Reason.NONE if person.number and sms.offered() else Reason.NO_NUMBER

    def compose(self, telling: Telling) -> OutgoingNote:
        stop = settings.SITE_URL + telling.settings_path
        words = _("%(title)s: %(url)s Change or stop: %(settings)s") % {
            "title": _title(telling),
            "url": settings.SITE_URL + telling.path,
            "settings": stop,
        }
        if sms.parts(words) > MOST_PARTS:
            # Where letters take more room, one address has to do: from there, today's page is a tap away.
            words = f"{_title(telling)}: {stop}"
        return OutgoingNote(
            patient=telling.person.patient,
            channel=Channel.SMS,
            to=telling.person.number,
            kind=telling.kind,
            key=telling.key,
            text=words,
            expires_at=telling.expires_at,
        )


WAYS: dict[str, Way] = {Channel.EMAIL: ByEmail(), Channel.PUSH: ByPush(), Channel.SMS: BySms()}


def asked(person: Person) -> list[str]:
    """The channels by which a message may go to this patient; always in the same order."""
    chosen = {*person.patient.reminder_preference.channels, Channel.EMAIL}
    return [channel for channel in WAYS if channel in chosen]


def why_not(person: Person, channel: str, at: dt.datetime) -> Reason:
    """Why a message of that instant does not go by this channel; NONE when it does."""
    chosen = person.patient.reminder_preference.channels
    if channel in chosen:
        trouble = person.troubles.get(channel)
        if trouble and at < trouble.retry_at:
            return Reason.FAILING
        return WAYS[channel].why_not(person)
    if channel == Channel.EMAIL and any(needs_replacing(person, other) for other in chosen):
        return WAYS[Channel.EMAIL].why_not(person)
    return Reason.UNWANTED


def needs_replacing(person: Person, channel: str) -> bool:
    """Whether e-mail takes this channel's place: it does not reach the patient, or not reliably just now."""
    return channel in person.troubles or WAYS[channel].why_not(person) != Reason.NONE


def still_leads_to(person: Person, message: OutgoingMail | OutgoingNote) -> bool:
    """Whether a message that was written goes to where this patient is reached now; a push finds its phones itself."""
    if isinstance(message, OutgoingMail):
        return message.to == person.address
    return message.channel != Channel.SMS or message.to == person.number


def _title(telling: Telling) -> str:
    return mail.subject(telling.kind, telling.context)[:TITLE_LENGTH]
