"""What patient and clinic write to each other: one thread for each patient of a clinic (docs/rules.md 10)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.access import Scope
from clinic.models import User, UUIDModel
from clinic.ui.dates import date_format
from patients.models.people import Patient, scope_of_patient


class Message(UUIDModel):
    """One message, never edited. Its id is made by the client, so that sending twice is harmless.

    Withdrawn, it keeps its place and loses its text.
    """

    scope: ClassVar[Scope] = scope_of_patient("patient__")

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="messages")
    author = models.ForeignKey(User, models.PROTECT, related_name="+")
    # Written by the clinic; otherwise by the patient.
    by_staff = models.BooleanField()
    text = models.TextField(_("message"), blank=True)
    sent_at = models.DateTimeField(default=timezone.now)
    # When the other side first opened it: the patient, or any of the staff who may answer.
    read_at = models.DateTimeField(null=True, blank=True)
    # Whether it waits for the other side; staff may let a message that was read wait again.
    unread = models.BooleanField(default=True)
    # Whether the other side is told of it; not while an earlier one of which they were told is unread.
    announced = models.BooleanField(default=False)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["sent_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=(Q(withdrawn_at__isnull=True) & ~Q(text=""))
                | Q(withdrawn_at__isnull=False, text="", unread=False),
                name="message_has_text_or_is_withdrawn",
            )
        ]
        indexes = [
            models.Index(fields=["patient", "sent_at"], name="message_thread"),
            models.Index(fields=["patient"], name="message_unread", condition=Q(unread=True)),
        ]

    def __str__(self) -> str:
        return date_format(self.sent_at, "j M Y")
