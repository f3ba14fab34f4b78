"""What a clinic's watch over its patients needs to remember (docs/rules.md 6)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic.access import Scope
from clinic.models import Clinic, OutgoingMail, User
from patients import safety
from patients.models.alerts import Finding

_DEFAULT = safety.Thresholds()


class ClinicThresholds(models.Model):
    """From when on a clinic wants an alert, named as in `safety.Thresholds`. Without a row the defaults hold."""

    scope: ClassVar[Scope] = Scope(clinic="clinic")

    clinic = models.OneToOneField(Clinic, models.CASCADE, primary_key=True, related_name="thresholds")
    pain_high = models.PositiveSmallIntegerField(_("severe pain"), default=_DEFAULT.pain_high)
    pain_rise = models.PositiveSmallIntegerField(_("rise of pain"), default=_DEFAULT.pain_rise)
    silent_days = models.PositiveSmallIntegerField(_("days without a session"), default=_DEFAULT.silent_days)
    missed = models.PositiveSmallIntegerField(_("missed in a row"), default=_DEFAULT.missed)
    low_percent = models.PositiveSmallIntegerField(_("low adherence"), default=_DEFAULT.low_percent)
    low_due = models.PositiveSmallIntegerField(_("sessions due at least"), default=_DEFAULT.low_due)
    skips = models.PositiveSmallIntegerField(_("skips in a week"), default=_DEFAULT.skips)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(**{f"{name}__gte": least, f"{name}__lte": most}), name=f"threshold_{name}"
            )
            for name, (least, most) in safety.RANGES.items()
        ]

    def __str__(self) -> str:
        return f"thresholds of {self.clinic}"


class DailyLook(models.Model):
    """The local day of a clinic whose daily look is done."""

    clinic = models.OneToOneField(Clinic, models.CASCADE, primary_key=True, related_name="+")
    day = models.DateField()

    def __str__(self) -> str:
        return f"{self.clinic} {self.day}"


class CriticalTurn(models.Model):
    """Whose turn it is to write a clinician the next mail about critical alerts, and the last one written.

    `number` only ever grows: whoever raises it has the turn.
    """

    recipient = models.OneToOneField(User, models.CASCADE, primary_key=True, related_name="+")
    number = models.PositiveIntegerField(default=0)
    mail = models.ForeignKey(OutgoingMail, models.SET_NULL, null=True, blank=True, related_name="+")

    def __str__(self) -> str:
        return f"turn {self.number} of {self.recipient}"


class CriticalNotice(models.Model):
    """That a clinician was written a mail about a finding of a critical alert; once for each."""

    finding = models.ForeignKey(Finding, models.CASCADE, related_name="notices")
    recipient = models.ForeignKey(User, models.CASCADE, related_name="+")
    mail = models.ForeignKey(OutgoingMail, models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["finding", "recipient"], name="told_once_of_a_finding")
        ]

    def __str__(self) -> str:
        return f"{self.finding} to {self.recipient}"
