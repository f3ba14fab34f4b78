"""A patient who asks to be forgotten by a clinic, and what the clinic answers (docs/rules.md 11)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.access import Scope
from clinic.models import Clinic, User, UUIDModel
from patients.models.people import Patient

OPEN = Q(withdrawn_at__isnull=True, decided_at__isnull=True)


class DeletionRequest(UUIDModel):
    """Open until it is taken back, declined or carried out. Carried out, it has no patient any more but a label."""

    scope: ClassVar[Scope] = Scope(clinic="clinic")

    clinic = models.ForeignKey(Clinic, models.PROTECT, related_name="deletion_requests")
    patient = models.ForeignKey(Patient, models.SET_NULL, null=True, related_name="deletion_requests")
    # What stands for the patient in the trail once the record is gone: nobody's name.
    label = models.CharField(max_length=60, blank=True)
    words = models.TextField(_("what you want to say about it"), max_length=1000, blank=True)
    asked_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    declined_because = models.TextField(_("reason"), max_length=1000, blank=True)

    class Meta:
        ordering = ["-asked_at"]
        constraints = [
            models.UniqueConstraint(fields=["patient"], name="one_open_deletion_request", condition=OPEN),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | Q(decided_at__isnull=True),
                name="deletion_withdrawn_or_decided",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True)
                | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="deletion_decided_by_and_when",
            ),
        ]

    def __str__(self) -> str:
        return self.label or str(self.patient)

    @property
    def is_open(self) -> bool:
        return self.withdrawn_at is None and self.decided_at is None
