"""Mails that come back: what a server says later, in a mail of its own (RFC 3464), of one that was taken from us.

Anybody can write such a report, so all that it is believed is that it brings back the Message-ID of a mail of ours: 122
random bits, known to those who had that mail in their hands. It counts for that mail and the address in its row, never
for an address that the report names. Told again it changes nothing, so a mailbox may be read as often as one likes.

Roads not taken: an envelope sender for each mail (VERP), which needs a domain that takes any name; reports in other
forms than RFC 3464, which every server of the last decade writes.
"""

import email
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from clinic import refusals
from clinic.models import MailState, OutgoingMail, RefusedAddress

logger = logging.getLogger(__name__)

# What became of one letter that was read.
FAILED, DELAYED, KNOWN, EARLY, IGNORED = "failed", "delayed", "known", "early", "ignored"
OUTCOMES = (FAILED, DELAYED, KNOWN, EARLY, IGNORED)

_ACTION = re.compile(r"\s*(failed|delayed|delivered|relayed|expanded)\b", re.IGNORECASE)
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_OURS = re.compile(r"<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@holdwell\.invalid>", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Report:
    """What a server reports of one of our mails. `status` as RFC 3463 has it: 5.x.x for good, 4.x.x for now."""

    mail: UUID
    gave_up: bool
    status: str
    said: str

    @property
    def for_good(self) -> bool:
        """Whether the address takes no mail; a server may also refuse us, or give up after days of trouble."""
        code = int(self.said[:3]) if self.said[:3].isdecimal() else 0
        return self.gave_up and refusals.about(code, self.said, self.status) == refusals.ADDRESS

    @property
    def words(self) -> str:
        return self.said if self.status in self.said else f"{self.status} {self.said}".strip()


def read(letter: bytes) -> Report | None:
    """The report that a letter is; None when it is none, or is about no mail of ours."""
    try:
        return _report(email.message_from_bytes(letter))
    except Exception:
        # Anybody may write to that mailbox; one strange letter must not keep the others waiting.
        logger.warning("A letter could not be read.", exc_info=True)
        return None


def _report(letter: Message) -> Report | None:
    if letter.get_content_type() != "multipart/report" or not letter.is_multipart():
        return None
    parts = list(_parts(letter))
    told = [
        group
        for part in parts
        if part.get_content_type() == "message/delivery-status"
        for group in _parts(part)
    ]
    actions = {found[1].lower() for group in told if (found := _ACTION.match(str(group.get("Action", ""))))}
    mail = next((ours for part in parts if (ours := _returned(part))), None)
    if mail is None or not actions or not actions <= {FAILED, DELAYED}:
        return None
    last = next(group for group in reversed(told) if "Action" in group)
    status = _STATUS.search(str(last.get("Status", "")))
    said = " ".join(str(last.get("Diagnostic-Code", "")).partition(";")[2].split())
    return Report(mail, actions == {FAILED}, status[0] if status else "", said[:300])


def _parts(part: Message) -> Iterator[Message]:
    inside = part.get_payload()
    yield from (one for one in inside if isinstance(one, Message)) if isinstance(inside, list) else ()


def _returned(part: Message) -> UUID | None:
    """Which mail of ours a part brings back, whole or by its headers."""
    kind = part.get_content_type()
    returned: Message | None = None
    if kind == "message/rfc822":
        returned = next(_parts(part), None)
    elif kind == "text/rfc822-headers":
        raw = part.get_payload(decode=True)
        returned = email.message_from_bytes(raw) if isinstance(raw, bytes) else None
    ours = _OURS.search(str(returned.get("Message-ID", ""))) if returned else None
    return UUID(ours[1]) if ours else None


@transaction.atomic
def take(report: Report) -> str:
    """Note what a report says at the mail that it is about; answers what that came to (`OUTCOMES`).

    The server gave up: the mail was not delivered. It also said that the address will never take one: that is shown
    at the desk. What is only delayed is noted. `EARLY`: the mail is still in our own hands; ask again.
    """
    row = OutgoingMail.objects.select_for_update().filter(pk=report.mail).first()
    if row is None:
        return IGNORED
    if row.state in (MailState.QUEUED, MailState.SENDING):
        return EARLY
    if row.state != MailState.SENT:
        return KNOWN
    sent = OutgoingMail.objects.filter(pk=row.pk, state=MailState.SENT)
    if not report.gave_up:
        noted = f"Delayed: {report.words}"[:500]
        return DELAYED if sent.exclude(error=noted).update(error=noted) else KNOWN
    sent.update(state=MailState.FAILED, error=f"Came back: {report.words}"[:500])
    if report.for_good:
        RefusedAddress.objects.update_or_create(
            address=row.to.lower(),
            defaults={"reason": report.words[:500], "came_back_at": timezone.now()},
        )
    return FAILED
