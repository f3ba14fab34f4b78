"""What was sent to a patient and what was not, and why: reminders and mails, told from the rows that they are."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet, Value
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from clinic.models import MailState, OutgoingMail
from patients.models import Patient, Reminder
from patients.models.people import Channel
from patients.models.reminders import Reason, ReminderState

REMINDER, MAIL = "reminder", "mail"


@dataclass(frozen=True, slots=True)
class Told:
    """One message: what it was about, when it was or is to be sent (local time), and what became of it, in words."""

    at: dt.datetime
    what: str
    became: str
    why: str = ""
    by: str = ""  # the channel, where it is another than e-mail

    @property
    def day(self) -> dt.date:
        return self.at.date()


def everything(patient: Patient) -> QuerySet[Any, tuple[UUID, dt.datetime, str]]:
    """All that was or is to be sent to a patient, the newest first, as (id, when, source); `read` tells them."""
    reminders = patient.reminders.order_by().annotate(at=F("due_at"), source=Value(REMINDER))
    mails = OutgoingMail.objects.filter(_own_mails(patient)).annotate(at=F("created_at"), source=Value(MAIL))
    columns = ("pk", "at", "source")
    return reminders.values_list(*columns).union(mails.values_list(*columns), all=True).order_by("-at")


def _own_mails(patient: Patient) -> Q:
    """Invitations of this clinic, and what is written about the account; reminders tell of their own mails."""
    mails = (
        Q(kind="invitation", to=patient.email, clinic=patient.clinic_id) if patient.email else Q(pk__in=[])
    )
    if patient.user and patient.user.email:
        mails |= Q(kind="account", to=patient.user.email, created_at__gte=patient.user.date_joined)
    return mails


def read(rows: Iterable[tuple[UUID, dt.datetime, str]], zone: ZoneInfo) -> list[Told]:
    """These rows of `everything` in words, in their order; two queries."""
    rows = list(rows)
    reminders = Reminder.objects.select_related("mail", "note").in_bulk(
        [pk for pk, _at, s in rows if s == REMINDER]
    )
    mails = OutgoingMail.objects.in_bulk([pk for pk, _at, s in rows if s == MAIL])
    found = [_of_reminder(reminders[pk]) if s == REMINDER else _of_mail(mails[pk]) for pk, _at, s in rows]
    return [replace(one, at=one.at.astimezone(zone)) for one in found]


def _of_reminder(row: Reminder) -> Told:
    told = _ended(row)
    return told if row.channel == Channel.EMAIL else replace(told, by=str(row.get_channel_display()))


def _ended(row: Reminder) -> Told:
    what = capfirst(str(row.get_kind_display()))
    carried = row.mail or row.note
    if row.state == ReminderState.PLANNED:
        return Told(row.goes_at, what, _("Planned"))
    if row.state == ReminderState.DROPPED and row.reason != Reason.MERGED:
        return Told(row.goes_at, what, _("Not sent"), _why_not(Reason(row.reason)))
    became, why = _of_state(carried.state) if carried else (_("Sent"), "")
    if row.note and row.note.state == MailState.FAILED:
        why = _("it did not reach your phone")
    if row.state == ReminderState.CLAIMED:
        became = _("On its way")
    if row.reason == Reason.MERGED and not why:
        why = _("in one message with another of that hour")
    return Told(row.goes_at, what, became, why)


def _of_mail(row: OutgoingMail) -> Told:
    if row.kind != "invitation":
        return Told(row.created_at, _("About your account"), *_of_state(row.state))
    became, why = _of_state(row.state)
    if row.state == MailState.CANCELLED:  # run out, used, or replaced by another one
        why = _("its link does not work any more")
    return Told(row.created_at, _("Invitation"), became, why)


def _of_state(state: str) -> tuple[str, str]:
    return {
        MailState.SENT: (_("Sent"), ""),
        MailState.FAILED: (_("Not delivered"), _("your mailbox did not take it; look at your address")),
        MailState.CANCELLED: (_("Not sent"), _("it would have come too late")),
    }.get(MailState(state), (_("On its way"), ""))


def _why_not(reason: Reason) -> str:
    """The reason as it is told to whom it concerns."""
    own = {
        Reason.UNWANTED: _("you have switched it off"),
        Reason.INACTIVE: _("you were not in the clinic's care"),
        Reason.QUIET: _("your quiet hours lasted until the next day"),
        Reason.ALL_DAY: _("your quiet hours last all day"),
        Reason.EXPIRED: _("it would have come more than two hours late"),
        Reason.MOVED: _("its time was changed, and the new one was over"),
        Reason.READ: _("you had read it already"),
        Reason.DONE: _("you had done it already"),
        Reason.NO_ADDRESS: _("you have no e-mail address here"),
    }
    return own.get(reason) or str(reason.label)
