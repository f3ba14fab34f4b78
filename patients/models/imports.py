"""Patients who come in many at once, from a file (docs/rules.md 2)."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.access import Scope
from clinic.models import Clinic, User, UUIDModel


class PatientImport(UUIDModel):
    """A file between its preview and its confirmation: what it says, and nothing written of it yet.

    It belongs to the colleague who brought it. Once it is taken in, or after a day, its rows are forgotten.
    """

    scope: ClassVar[Scope] = Scope(clinic="clinic")

    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="patient_imports")
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    # Whose patients they are where a row names nobody.
    clinician = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("clinician"))
    invite = models.BooleanField(_("invite"), default=False)
    file_name = models.CharField(max_length=120, blank=True)
    # Columns that the file has and nobody reads.
    unread = models.JSONField(default=list)
    # As `patients.importing.read` gives them.
    rows = models.JSONField(default=list)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # How many were taken into care, and how many were there before.
    taken_in = models.PositiveIntegerField(default=0)
    left_alone = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.file_name or str(_("patients"))
