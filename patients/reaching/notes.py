"""Short messages to phones: rows like mails (`clinic.outbox`), carried by push or as a text message.

One that fails for good, or four times, is not lost: its reminders are marked as not delivered, the channel counts as
failing for this patient, and the next plan writes the same reminder as a mail (`patients.reaching.channels`). So it is
with one over which two workers died. It may have gone out, but a provider that hangs until its worker is ended looks
just so, and to be told twice is better than not at all.
"""

import datetime as dt
import logging
from collections.abc import Callable

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from clinic import claims, outbox
from clinic.models import MailState
from patients.models import ChannelTrouble, OutgoingNote, Reminder
from patients.models.people import Channel
from patients.models.reminders import Reason, ReminderState
from patients.reaching import push, sms
from patients.reaching.failures import Refused

logger = logging.getLogger(__name__)

CARRIERS: dict[str, Callable[[OutgoingNote], None]] = {Channel.PUSH: push.carry, Channel.SMS: sms.carry}
# After 1, 2 and 4 minutes; then a mail is better than a late note.
MAX_ATTEMPTS = 4
FIRST_REST, LONGEST_REST = dt.timedelta(hours=1), dt.timedelta(days=1)

# By kind of note, as in `clinic.mail`; what nobody asks about is always wanted.
still_wanted: dict[str, Callable[[OutgoingNote], bool]] = {}
looks: dict[str, outbox.Look] = {}


def deliver_due(limit: int = 50) -> dict[str, int]:
    """Send up to `limit` notes that are due, urgent ones first.

    Answers how many were `sent`, `delayed`, `failed` and `cancelled`, as `clinic.mail.deliver_due`.
    """
    counts = {"sent": 0, "delayed": 0, "failed": 0, "cancelled": 0}
    with claims.Hand(OutgoingNote) as hand:
        for note in outbox.due_rows(hand, limit, _is_wanted, counts, looks, replace=_given_up):
            counts[_send(note)] += 1
    return counts


def _is_wanted(note: OutgoingNote) -> bool:
    ask = still_wanted.get(note.kind)
    return ask is None or ask(note)


def _send(note: OutgoingNote) -> str:
    try:
        CARRIERS[note.channel](note)
    except Refused as error:
        return _fail(note, error)
    except Exception as error:  # a provider's own class may raise anything
        logger.warning("Note %s was not taken.", note.pk, exc_info=True)
        if note.attempts >= MAX_ATTEMPTS:
            return _fail(note, error)
        claims.put_back(note, error, claims.wait_after(note.attempts))
        return "delayed"
    if claims.finish(note, MailState.SENT):
        ChannelTrouble.objects.filter(patient=note.patient_id, channel=note.channel).delete()
    return "sent"


@transaction.atomic
def _fail(note: OutgoingNote, error: Exception) -> str:
    if claims.finish(note, MailState.FAILED, claims.reason(error, note.to)):
        _let_email_step_in(note, claims.reason(error, note.to))
    return "failed"


def _given_up(note: OutgoingNote) -> None:
    _let_email_step_in(note, outbox.GIVEN_UP)


def _let_email_step_in(note: OutgoingNote, why: str) -> None:
    """Its reminders are free for another channel, and the channel rests: an hour at first, a day at most."""
    now = timezone.now()
    told = Reminder.objects.filter(note=note)
    if not told.update(state=ReminderState.DROPPED, reason=Reason.FAILED, handled_at=now):
        return
    trouble, _new = ChannelTrouble.objects.select_for_update().get_or_create(
        patient_id=note.patient_id,
        channel=note.channel,
        defaults={"failures": 0, "since": now, "retry_at": now, "error": ""},
    )
    rest = min(FIRST_REST * 2 ** min(trouble.failures, 10), LONGEST_REST)
    ChannelTrouble.objects.filter(pk=trouble.pk).update(
        failures=F("failures") + 1, failed_at=now, retry_at=now + rest, error=why
    )
