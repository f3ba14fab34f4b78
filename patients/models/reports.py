"""A report is a row with a state: made once for a period, made again on demand (docs/rules.md 8)."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.access import Scope
from clinic.models import Clinic, OutgoingMail, User, UUIDModel


class ReportKind(models.TextChoices):
    DIGEST = "digest", _("weekly digest")


class ReportState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("being made")
    DONE = "done", _("done")
    FAILED = "failed", _("not made")


class Report(UUIDModel):
    """`facts` are the figures as they were when the report was made; mail and page are drawn from them."""

    scope: ClassVar[Scope] = Scope(clinic="clinic")

    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="reports")
    kind = models.CharField(max_length=12, choices=ReportKind.choices)
    recipient = models.ForeignKey(User, models.CASCADE, related_name="reports")
    first_day = models.DateField()
    last_day = models.DateField()
    state = models.CharField(max_length=8, choices=ReportState.choices, default=ReportState.WAITING)
    error = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(default=timezone.now)
    claimed_until = models.DateTimeField(null=True, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    facts = models.JSONField(default=dict)
    mail = models.ForeignKey(OutgoingMail, models.SET_NULL, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-last_day", "-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "kind", "recipient", "last_day"], name="one_report_a_period"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.first_day} – {self.last_day}"
