"""Reports and archives: made once for a period, made again on demand, retried (docs/rules.md 8)."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from clinic.access import Scope
from clinic.models import Clinic, OutgoingMail, User, Work, WorkState


class ReportKind(models.TextChoices):
    DIGEST = "digest", _("weekly digest")
    CLINIC = "clinic", _("clinic report")


class Report(Work):
    """`facts` are the figures as they were when it was made (`patients.reporting.facts`): page, mail, PDF and CSV
    are all drawn from them.
    """

    scope: ClassVar[Scope] = Scope(clinic="clinic")

    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="reports")
    kind = models.CharField(max_length=12, choices=ReportKind.choices)
    recipient = models.ForeignKey(User, models.CASCADE, related_name="reports")
    first_day = models.DateField()
    last_day = models.DateField()
    facts = models.JSONField(default=dict)
    mail = models.ForeignKey(OutgoingMail, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-last_day", "-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic", "kind", "recipient", "last_day"], name="one_report_a_period"
            ),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="report_days_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.first_day} – {self.last_day}"

    @property
    def file_name(self) -> str:
        """What a file of it is called, without its ending; it says nothing of anybody."""
        return f"{self.kind}-{self.last_day:%Y-%m-%d}"


class Archive(Work):
    """All data of a clinic in open formats, as one file in the private storage until `expires_at`.

    `done` of `total` rows are written. Once the file is deleted its row stays, with `deleted_at`.
    """

    LONG = True
    scope: ClassVar[Scope] = Scope(clinic="clinic")

    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="archives")
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    file = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(default=0)  # bytes
    expires_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["clinic"],
                name="one_archive_in_the_making",
                condition=Q(state__in=[WorkState.WAITING, WorkState.RUNNING]),
            )
        ]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d}"

    @property
    def there(self) -> bool:
        """Whether there is a file to take."""
        return self.state == WorkState.DONE and self.deleted_at is None

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0
