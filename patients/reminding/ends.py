"""How reminders that were claimed come to their end: rows and messages of many patients in one transaction.

A constant number of queries, however many they are: `dispatch` has hundreds in hand.
"""

import datetime as dt
import logging
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Case, QuerySet, UUIDField, Value, When

from clinic import outbox
from clinic.models import OutgoingMail
from patients.models import OutgoingNote, Reminder
from patients.models.reminders import Reason, ReminderState
from patients.reminding import messages

logger = logging.getLogger(__name__)

# What a second look brings in line with what is wanted.
TIMES = ("due_at", "moved_from", "put_off_until")


@dataclass(slots=True)
class Verdicts:
    """What a second look at one patient's rows of a channel comes to."""

    patient: UUID
    send: list[Reminder] = field(default_factory=list)
    told_along: list[Reminder] = field(default_factory=list)
    later: list[Reminder] = field(default_factory=list)
    dropped: list[tuple[Reminder, Reason]] = field(default_factory=list)
    message: OutgoingMail | OutgoingNote | None = None

    @property
    def as_was_told(self) -> bool:
        """Whether everything is to be sent."""
        return bool(self.send) and not self.later and not self.dropped

    @property
    def lead(self) -> Reminder:
        """The one row that counts as sent; the others are merged into it."""
        return messages.leading(self.send)

    @property
    def merged(self) -> list[Reminder]:
        lead = self.lead
        return [row for row in (*self.send, *self.told_along) if row != lead]

    @property
    def rows(self) -> list[Reminder]:
        return [*self.send, *self.told_along, *self.later, *(row for row, _why in self.dropped)]


def settle(found: Sequence[Verdicts], now: dt.datetime) -> Counter[str]:
    """Bring each row to its end, or back to its time; all patients together, or each alone where that cannot be.

    Answers how many were `sent`, `merged`, `dropped`, and put back to a `later` time.
    """
    try:
        with transaction.atomic():
            return _write(found, now)
    except Exception:
        logger.exception("The reminders of %d patients are settled one by one.", len(found))
    counts: Counter[str] = Counter()
    for verdicts in found:
        with whatever_happens(verdicts.patient), transaction.atomic():
            counts.update(_write([verdicts], now))
    return counts


def _write(found: Sequence[Verdicts], now: dt.datetime) -> Counter[str]:
    """As far as the rows are still in our hands: of the others the lease ran out, and somebody else has them."""
    rows = [row for verdicts in found for row in verdicts.rows]
    if not rows:
        return Counter()
    claimed = Reminder.objects.filter(state=ReminderState.CLAIMED, claimed_until=rows[0].claimed_until)
    in_hand = claimed.filter(pk__in=[row.pk for row in rows]).select_for_update().order_by("pk")
    ours = set(in_hand.values_list("pk", flat=True))
    counts: Counter[str] = Counter()
    sending = [verdicts for verdicts in found if verdicts.send and verdicts.lead.pk in ours]
    for model, by in ((OutgoingMail, "mail"), (OutgoingNote, "note")):
        told = [(v, v.message) for v in sending if isinstance(v.message, model)]
        outbox.write_new([message for _verdicts, message in told])
        leads = {verdicts.lead.pk: message.pk for verdicts, message in told}
        merged = {row.pk: message.pk for verdicts, message in told for row in verdicts.merged}
        counts["sent"] += _end(claimed, leads, now, ReminderState.SENT, **{by: _message_of(leads)})
        counts["merged"] += _end(
            claimed, merged, now, ReminderState.DROPPED, reason=Reason.MERGED, **{by: _message_of(merged)}
        )
    dropped: dict[Reason, list[UUID]] = defaultdict(list)
    for verdicts in found:
        for row, why in verdicts.dropped:
            dropped[why].append(row.pk)
    for why, pks in dropped.items():
        counts["dropped"] += _end(claimed, pks, now, ReminderState.DROPPED, reason=why)
    later = [row for verdicts in found for row in verdicts.later if row.pk in ours]
    for row in later:
        row.state, row.claimed_until = ReminderState.PLANNED, None
    counts["later"] = claimed.bulk_update(later, ["state", "claimed_until", *TIMES])
    return counts


def _end(claimed: QuerySet[Reminder], pks: Any, now: dt.datetime, state: ReminderState, **more: Any) -> int:
    """How many of these rows had to be, and were, brought to their end."""
    if not pks:
        return 0
    end = {"state": state, "handled_at": now, "claimed_until": None, **more}
    return claimed.filter(pk__in=list(pks)).update(**end)


def _message_of(told: dict[UUID, UUID]) -> Case:
    """By row: the message that tells of it."""
    whens = (When(pk=row, then=Value(message, UUIDField())) for row, message in told.items())
    return Case(*whens, output_field=UUIDField())


@contextmanager
def whatever_happens(patient: UUID) -> Iterator[None]:
    """One patient's trouble must not keep the others waiting; the next tick, or the lease, comes back to this one."""
    try:
        yield
    except Exception:
        logger.exception("The reminders of patient %s were left as they are.", patient)
