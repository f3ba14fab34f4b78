"""One row for each message that may have to be sent, from the plan to the end (docs/rules.md 7)."""

import datetime as dt
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.access import Scope
from clinic.models import OutgoingMail, UUIDModel
from patients.models.channels import OutgoingNote
from patients.models.people import Channel, Patient, scope_of_patient


class Kind(models.TextChoices):
    SESSION_DUE = "session_due", _("a session is due")
    NUDGE = "nudge", _("nothing logged yet")
    PRESCRIPTION_CHANGED = "prescription_changed", _("your plan has changed")
    PRESCRIPTION_ENDS = "prescription_ends", _("your plan ends soon")
    WEEKLY_SUMMARY = "weekly_summary", _("weekly summary")
    MESSAGE = "message", _("a message from your clinic")


class ReminderState(models.TextChoices):
    PLANNED = "planned", _("planned")
    CLAIMED = "claimed", _("in hand")
    SENT = "sent", _("sent")
    DROPPED = "dropped", _("not sent")


class Reason(models.TextChoices):
    """Why a reminder was not sent."""

    NONE = "", ""
    DONE = "done", _("the session was already done")
    NOT_DUE = "not_due", _("nothing is due any more")
    PAUSED = "paused", _("the plan is paused")
    STOPPED = "stopped", _("the plan has ended or was stopped")
    HELD = "held", _("the plan waits for a clinician")
    UNWANTED = "unwanted", _("switched off")
    INACTIVE = "inactive", _("the patient is not active")
    QUIET = "quiet", _("quiet hours until the next day")
    ALL_DAY = "all_day", _("quiet hours all day")
    EXPIRED = "expired", _("more than two hours late")
    MOVED = "moved", _("the time was changed")
    MERGED = "merged", _("part of another message in the same hour")
    READ = "read", _("it was read already")
    NO_ADDRESS = "no_address", _("no e-mail address")
    NO_DEVICE = "no_device", _("no phone takes pushes")
    NO_NUMBER = "no_number", _("no telephone number")
    FAILING = "failing", _("this way does not work at the moment")
    FAILED = "failed", _("it could not be delivered")


class Reminder(UUIDModel):
    """At most one row for each (patient, kind, local date, slot, channel)."""

    scope: ClassVar[Scope] = scope_of_patient("patient__")

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="reminders")
    kind = models.CharField(max_length=20, choices=Kind.choices)
    local_date = models.DateField()
    slot = models.PositiveSmallIntegerField(default=1)
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.EMAIL)
    # The time that the patient's wishes give it.
    due_at = models.DateTimeField()
    # When it would go but for quiet hours, at whose end `due_at` lies; empty where they moved nothing.
    moved_from = models.DateTimeField(null=True, blank=True)
    # One that was late, and found in quiet hours, waits for their end.
    put_off_until = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=8, choices=ReminderState.choices, default=ReminderState.PLANNED)
    reason = models.CharField(max_length=12, choices=Reason.choices, blank=True)
    claimed_until = models.DateTimeField(null=True, blank=True)
    handled_at = models.DateTimeField(null=True, blank=True)
    mail = models.ForeignKey(OutgoingMail, models.SET_NULL, null=True, blank=True, related_name="+")
    note = models.ForeignKey(OutgoingNote, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-due_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "kind", "local_date", "slot", "channel"], name="one_reminder_a_key"
            )
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="reminder_open", condition=Q(state__in=["planned", "claimed"])
            ),
            models.Index(fields=["due_at"], name="reminder_day"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.local_date}/{self.slot}"

    @property
    def goes_at(self) -> dt.datetime:
        """When it is to be sent, as far as is known now."""
        return self.put_off_until or self.due_at
