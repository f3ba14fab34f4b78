"""What the patient did: append-only facts, with every correction beside them (docs/rules.md 5)."""

from fractions import Fraction
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.access import Scope
from clinic.models import User, UUIDModel
from patients.adherence import completion
from patients.models.people import Patient, scope_of_patient
from patients.models.prescriptions import Item, Prescription, PrescriptionRevision


class Difficulty(models.TextChoices):
    TOO_EASY = "too_easy", _("too easy")
    ABOUT_RIGHT = "about_right", _("about right")
    TOO_HARD = "too_hard", _("too hard")


class SkipReason(models.TextChoices):
    PAIN = "pain", _("pain")
    FORGOT = "forgot", _("forgot")
    NO_TIME = "no_time", _("no time")
    NOT_SURE_HOW = "not_sure_how", _("not sure how")
    TOO_HARD = "too_hard", _("too hard")
    UNWELL = "unwell", _("unwell")
    AWAY = "away", _("away")
    FEELING_BETTER = "feeling_better", _("feeling better")


class Source(models.TextChoices):
    PLAYER = "player", _("guided session")
    CHECKLIST = "checklist", _("checklist")
    STAFF = "staff", _("told to the clinic")
    IMPORT = "import", _("imported")


class Session(UUIDModel):
    """One run through the prescribed items. Its id is made by the client, so that sending twice is harmless."""

    scope: ClassVar[Scope] = scope_of_patient("patient__")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="sessions")
    prescription = models.ForeignKey(Prescription, models.PROTECT, related_name="sessions")
    # The revision that the client followed; what was due is asked of the revision in force on the day.
    revision = models.ForeignKey(PrescriptionRevision, models.PROTECT, related_name="+")
    source = models.CharField(max_length=10, choices=Source.choices)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    # The date of the start in the zone the patient had then; the days of every figure are these.
    local_date = models.DateField()
    zone = models.CharField(max_length=64)
    received_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey(User, models.PROTECT, related_name="+")

    pain_before = models.PositiveSmallIntegerField(_("pain before"), null=True, blank=True)
    pain_after = models.PositiveSmallIntegerField(_("pain after"), null=True, blank=True)
    difficulty = models.CharField(_("difficulty"), max_length=12, choices=Difficulty.choices, blank=True)
    note = models.TextField(_("note"), blank=True)

    performed_sets = models.PositiveSmallIntegerField()
    prescribed_sets = models.PositiveSmallIntegerField()
    # SHA-256 of the content as first sent: the same id with other content is refused.
    digest = models.CharField(max_length=64)

    voided_at = models.DateTimeField(null=True, blank=True)
    voided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    void_reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["-started_at"]
        indexes = [
            models.Index(
                fields=["patient", "local_date"],
                include=["prescription", "performed_sets", "prescribed_sets", "pain_after", "voided_at"],
                name="session_patient_day",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(prescribed_sets__gt=0, performed_sets__lte=F("prescribed_sets")),
                name="session_sets_in_range",
            ),
            models.CheckConstraint(
                condition=(Q(pain_before__isnull=True) | Q(pain_before__lte=10))
                & (Q(pain_after__isnull=True) | Q(pain_after__lte=10)),
                name="session_nprs_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.local_date}"

    @property
    def completion(self) -> Fraction:
        """Performed sets / prescribed sets, over all items and sides, 0..1 (docs/rules.md 4)."""
        return completion(self.performed_sets, self.prescribed_sets)


class SessionItem(models.Model):
    """One prescribed exercise of a session. `sets`: list of {"side": str, "held": seconds} as performed."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="items")
    item = models.ForeignKey(Item, models.PROTECT, related_name="+")
    sets = models.JSONField(default=list)
    performed_sets = models.PositiveSmallIntegerField()
    skip_reason = models.CharField(max_length=16, choices=SkipReason.choices, blank=True)
    eased = models.BooleanField(default=False)
    pain = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["item__position"]
        constraints = [models.UniqueConstraint(fields=["session", "item"], name="one_entry_an_item")]

    def __str__(self) -> str:
        return str(self.item)


class SessionVersion(models.Model):
    """A session as it was before a correction: who changed it, when and why."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="versions")
    content = models.JSONField()
    changed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["changed_at"]

    def __str__(self) -> str:
        return f"{self.session} before {self.changed_at:%Y-%m-%d %H:%M}"
