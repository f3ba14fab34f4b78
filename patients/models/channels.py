"""The ways to a patient beside e-mail: phones that take pushes, a number for text messages, and notes on their way."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from clinic.access import Scope
from clinic.models import Clinic, MailState, Outgoing, UUIDModel
from patients.models.people import Channel, Patient, scope_of_patient


class PushDevice(UUIDModel):
    """One browser of a patient's that takes pushes (a push subscription, RFC 8030)."""

    scope: ClassVar[Scope] = scope_of_patient("patient__")

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="push_devices")
    endpoint = models.URLField(max_length=500)
    # The browser's public key and secret (RFC 8291), base64url as it gives them.
    p256dh = models.CharField(max_length=100)
    auth = models.CharField(max_length=40)
    label = models.CharField(max_length=60)
    since = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["since"]
        constraints = [models.UniqueConstraint(fields=["patient", "endpoint"], name="one_device_an_endpoint")]

    def __str__(self) -> str:
        return self.label


class Phone(models.Model):
    """A patient's number, which takes text messages once a code sent to it was entered."""

    patient = models.OneToOneField(Patient, models.CASCADE, related_name="phone")
    number = models.CharField(max_length=20)  # E.164
    verified_at = models.DateTimeField(null=True, blank=True)
    # The code that was sent last, as a digest; empty once it was entered.
    code_digest = models.CharField(max_length=64, blank=True)
    code_expires_at = models.DateTimeField(null=True, blank=True)
    code_tries = models.PositiveSmallIntegerField(default=0)

    def __str__(self) -> str:
        return self.number


class ChannelTrouble(models.Model):
    """A channel that a message to a patient did not get through: e-mail is used instead until one does."""

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="channel_troubles")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    since = models.DateTimeField(default=timezone.now)
    failed_at = models.DateTimeField(default=timezone.now)
    failures = models.PositiveSmallIntegerField(default=1)
    # Messages of an earlier time do not try it again.
    retry_at = models.DateTimeField()
    error = models.CharField(max_length=500)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["patient", "channel"], name="one_trouble_a_channel")]
        indexes = [models.Index(fields=["failed_at"], name="channel_trouble_lately")]

    def __str__(self) -> str:
        return f"{self.channel} since {self.since:%Y-%m-%d}"


class OutgoingNote(Outgoing):
    """One short message to a phone, by push or text message (`patients.reaching.notes`)."""

    WORDS = ("title", "text")
    TOGETHER = ("patient",)
    TASK = "patients.tasks.deliver_notes"

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="outgoing_notes")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    # A number; for pushes the id of one device, or empty for all of the patient's.
    to = models.CharField(max_length=40, blank=True)
    title = models.CharField(max_length=200, blank=True)
    text = models.CharField(max_length=500)
    # The page that a tap on it opens.
    path = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(key__isnull=False), name="outgoing_note_key")
        ]
        indexes = [
            models.Index(
                fields=["due_at"],
                name="outgoing_note_open",
                condition=Q(state__in=[MailState.QUEUED, MailState.SENDING]),
            ),
            models.Index(
                fields=["due_at"],
                name="outgoing_note_urgent",
                condition=Q(urgent=True, state__in=[MailState.QUEUED, MailState.SENDING]),
            ),
            # As of mails: what operators look at.
            models.Index(fields=["due_at"], name="outgoing_note_day"),
            models.Index(fields=["due_at"], name="outgoing_note_failed", condition=Q(state=MailState.FAILED)),
            models.Index(
                fields=["unknown_at"], name="outgoing_note_unknown", condition=Q(unknown_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.channel}"

    @property
    def of_clinic(self) -> Clinic:
        return self.patient.clinic
