"""What was sent to a patient and what was not, and why: reminders and mails, told from the rows that they are.

The patient and the clinic read the same rows in their own words. What is written about an account is between a person
and their account, so the clinic does not see it.
"""

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.models import MailState, Outgoing, OutgoingMail
from patients.models import Patient, Reminder
from patients.models.people import Channel
from patients.models.reminders import Kind, Reason, ReminderState

REMINDER, MAIL = "reminder", "mail"
# Sent so much earlier or later than planned, a message is told with the time of that.
ON_TIME = dt.timedelta(minutes=5)
# One channel's message did not go, so e-mail took its place.
REPLACED = (Reason.FAILED, Reason.FAILING, Reason.NO_DEVICE, Reason.NO_NUMBER)

# Why a reminder was not sent, as its patient reads it.
TO_PATIENTS: dict[Reason, str | Promise] = {
    Reason.DONE: gettext_lazy("you had done it already"),
    Reason.NOT_DUE: gettext_lazy("nothing was due any more"),
    Reason.PAUSED: gettext_lazy("your plan was paused"),
    Reason.STOPPED: gettext_lazy("your plan had ended"),
    Reason.HELD: gettext_lazy("your plan waited for your clinic"),
    Reason.UNWANTED: gettext_lazy("you had switched it off, or chosen another way"),
    Reason.INACTIVE: gettext_lazy("you were not in the clinic's care"),
    Reason.QUIET: gettext_lazy("your quiet hours lasted until the next day"),
    Reason.ALL_DAY: gettext_lazy("your quiet hours lasted all day"),
    Reason.EXPIRED: gettext_lazy("it would have come more than two hours late, or on the next day"),
    Reason.MOVED: gettext_lazy("its time was changed, and the new one was over"),
    Reason.READ: gettext_lazy("you had read it already"),
    Reason.NO_ADDRESS: gettext_lazy("you had no e-mail address here"),
    Reason.NO_DEVICE: gettext_lazy("none of your phones took pushes"),
    Reason.NO_NUMBER: gettext_lazy("you had no confirmed number here"),
    Reason.FAILING: gettext_lazy("this way did not work at that time"),
    Reason.FAILED: gettext_lazy("it did not reach your phone"),
}
# As the clinic reads it, where that is not the same.
TO_STAFF = TO_PATIENTS | {
    Reason.DONE: gettext_lazy("it was done already"),
    Reason.PAUSED: gettext_lazy("the plan was paused"),
    Reason.STOPPED: gettext_lazy("the plan had ended or was stopped"),
    Reason.HELD: gettext_lazy("the plan waited for a clinician"),
    Reason.UNWANTED: gettext_lazy("the patient had switched it off, or chosen another way"),
    Reason.INACTIVE: gettext_lazy("the patient was not active, or the account closed"),
    Reason.QUIET: gettext_lazy("quiet hours lasted until the next day"),
    Reason.ALL_DAY: gettext_lazy("quiet hours lasted all day"),
    Reason.READ: gettext_lazy("it had been read already"),
    Reason.NO_ADDRESS: gettext_lazy("no e-mail address was known"),
    Reason.NO_DEVICE: gettext_lazy("no phone took pushes"),
    Reason.NO_NUMBER: gettext_lazy("no confirmed number was known"),
    Reason.FAILED: gettext_lazy("it did not reach the phone"),
}

# What a message was about, where its name speaks to the patient.
KINDS_TO_STAFF: dict[str, str | Promise] = {
    Kind.PRESCRIPTION_CHANGED: gettext_lazy("The plan has changed"),
    Kind.PRESCRIPTION_ENDS: gettext_lazy("The plan ends soon"),
    Kind.MESSAGE: gettext_lazy("A message from the clinic"),
}


@dataclass(frozen=True, slots=True)
class Told:
    """One message: when it was or is to go (local time), what it was about, and what became of it, in words.

    `by`: the channel. `instead_of`: one that did not work, in whose place e-mail was used. `moved_from`: when it would
    have gone but for quiet hours. `sent_at`: where it went at another time. `trouble`: somebody may have to see to it.
    """

    at: dt.datetime
    what: str
    became: str
    why: str = ""
    by: str = ""
    instead_of: str = ""
    moved_from: dt.datetime | None = None
    sent_at: dt.datetime | None = None
    trouble: bool = False

    @property
    def day(self) -> dt.date:
        return self.at.date()

    @property
    def moved_from_day(self) -> bool:
        """Whether quiet hours moved it to another day."""
        return self.moved_from is not None and self.moved_from.date() != self.day


def everything(patient: Patient, *, by_staff: bool = False) -> QuerySet[Any, tuple[UUID, dt.datetime, str]]:
    """All that was or is to be sent to a patient, the newest first, as (id, when, source); `read` tells them."""
    reminders = patient.reminders.order_by().annotate(
        at=Coalesce("put_off_until", "due_at"), source=Value(REMINDER)
    )
    mails = OutgoingMail.objects.filter(_own_mails(patient, by_staff)).annotate(
        at=F("created_at"), source=Value(MAIL)
    )
    columns = ("pk", "at", "source")
    found = reminders.values_list(*columns).union(mails.values_list(*columns), all=True)
    return found.order_by("-at", "pk")  # so that pages do not overlap


def _own_mails(patient: Patient, by_staff: bool) -> Q:
    """Invitations of this clinic, and what is written about the account; reminders tell of their own mails."""
    mails = (
        Q(kind="invitation", to=patient.email, clinic=patient.clinic_id) if patient.email else Q(pk__in=[])
    )
    if patient.user and patient.user.email and not by_staff:
        mails |= Q(kind="account", to=patient.user.email, created_at__gte=patient.user.date_joined)
    return mails


def read(
    rows: Iterable[tuple[UUID, dt.datetime, str]], zone: ZoneInfo, *, by_staff: bool = False
) -> list[Told]:
    """These rows of `everything` in words, in their order; three queries."""
    rows = list(rows)
    reminders = Reminder.objects.select_related("mail", "note").in_bulk(
        [pk for pk, _at, s in rows if s == REMINDER]
    )
    mails = OutgoingMail.objects.in_bulk([pk for pk, _at, s in rows if s == MAIL])
    reader = _Reader(zone, by_staff, _replaced(reminders.values()))
    return [
        reader.of_reminder(reminders[pk]) if source == REMINDER else reader.of_mail(mails[pk])
        for pk, _at, source in rows
    ]


Event = tuple[str, dt.date, int]


def _replaced(reminders: Collection[Reminder]) -> dict[Event, str]:
    """The channels that did not work, by what was to be told."""
    by_mail = [row for row in reminders if row.channel == Channel.EMAIL]
    found = Reminder.objects.filter(
        patient__in={row.patient_id for row in by_mail},
        local_date__in={row.local_date for row in by_mail},
        reason__in=REPLACED,
    ).exclude(channel=Channel.EMAIL)
    return {_event(row): str(row.get_channel_display()) for row in found}


def _event(row: Reminder) -> Event:
    return row.kind, row.local_date, row.slot


@dataclass(frozen=True, slots=True)
class _Reader:
    zone: ZoneInfo
    by_staff: bool
    replaced: dict[Event, str]

    def of_reminder(self, row: Reminder) -> Told:
        carried = row.mail or row.note
        moved_from = row.due_at if row.put_off_until else row.moved_from
        if row.state in (ReminderState.PLANNED, ReminderState.CLAIMED):
            planned = row.state == ReminderState.PLANNED
            became, why, trouble = _("Planned") if planned else _("On its way"), "", False
        elif row.state == ReminderState.DROPPED and row.reason != Reason.MERGED:
            became, why, trouble = self._not_sent(Reason(row.reason))
        else:
            became, why, trouble = self._of_message(carried) if carried else (_("Sent"), "", False)
            if row.reason == Reason.MERGED and not why:
                why = _("in one message with another of that hour")
        went = row.state == ReminderState.SENT or row.reason == Reason.MERGED
        sent_at = carried.sent_at if carried and went and carried.state == MailState.SENT else None
        off = sent_at is not None and abs(sent_at - row.goes_at) >= ON_TIME
        instead_of = self.replaced.get(_event(row), "") if row.channel == Channel.EMAIL and went else ""
        return Told(
            at=row.goes_at.astimezone(self.zone),
            what=self._what(row),
            became=became,
            why=why,
            by=str(row.get_channel_display()),
            instead_of=instead_of,
            moved_from=self._local(moved_from),
            sent_at=self._local(sent_at if off else None),
            trouble=trouble,
        )

    def of_mail(self, row: OutgoingMail) -> Told:
        became, why, trouble = self._of_message(row)
        what = _("Invitation") if row.kind == "invitation" else _("About your account")
        if row.kind == "invitation" and row.state == MailState.CANCELLED:
            why = _("its link does not work any more")  # run out, used, or replaced by another one
        at = row.created_at.astimezone(self.zone)
        return Told(at, what, became, why, by=str(Channel.EMAIL.label), trouble=trouble)

    def _what(self, row: Reminder) -> str:
        own = capfirst(str(row.get_kind_display()))
        return str(KINDS_TO_STAFF.get(row.kind, own)) if self.by_staff else own

    def _not_sent(self, reason: Reason) -> tuple[str, str, bool]:
        why = str((TO_STAFF if self.by_staff else TO_PATIENTS).get(reason, ""))
        failed = reason == Reason.FAILED
        return _("Not delivered") if failed else _("Not sent"), why, failed

    def _of_message(self, message: Outgoing) -> tuple[str, str, bool]:
        """What became of it, why, and whether that is a trouble."""
        if message.state == MailState.SENT:
            return _("Sent"), _("it may have come twice") if message.unknown_at else "", False
        if message.state == MailState.CANCELLED:
            return _("Not sent"), _("it would have come too late"), False
        if message.state != MailState.FAILED:
            return _("On its way"), "", False
        if message.unknown_at and not message.sent_at:
            return _("Perhaps sent"), _("it is not known whether it went out"), True
        if message.sent_at and self.by_staff:
            return _("Came back"), message.error.partition(": ")[2], True
        return _("Not delivered"), self._refused(message), True

    def _refused(self, message: Outgoing) -> str:
        if not isinstance(message, OutgoingMail):
            return str((TO_STAFF if self.by_staff else TO_PATIENTS)[Reason.FAILED])
        if message.sent_at or message.error.startswith("SMTPRecipientsRefused"):
            if self.by_staff:
                return _("the mailbox did not take it")
            return _("your mailbox did not take it; look at your address")
        return _("the mail server did not take it")

    def _local(self, at: dt.datetime | None) -> dt.datetime | None:
        return at and at.astimezone(self.zone)
