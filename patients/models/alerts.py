"""Safety answers and what a clinician should look at (docs/rules.md 6)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.access import Scope
from clinic.models import User, UUIDModel
from patients.models.people import Patient, scope_of_patient


class SafetyQuestion(models.TextChoices):
    """The questions of docs/rules.md 6, in Holdwell's own words; any yes means: no session, urgent care."""

    SADDLE_NUMBNESS = (
        "saddle_numbness",
        _("New numbness or tingling around your groin, genitals or buttocks?"),
    )
    BLADDER_BOWEL = (
        "bladder_bowel",
        _("New trouble with your bladder or bowel: starting, stopping, leaking, or not feeling when you go?"),
    )
    LEG_WEAKNESS = "leg_weakness", _("Weakness in both legs, or weakness in a leg that is getting worse?")
    FEVER_UNWELL = "fever_unwell", _("Fever, or feeling very ill, together with your back pain?")
    RECENT_FALL = "recent_fall", _("A serious fall or accident in the last days?")


class SafetyScreen(UUIDModel):
    """One set of answers to the safety questions. `answers`: {SafetyQuestion: bool}, one for each."""

    scope: ClassVar[Scope] = scope_of_patient("patient__")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="safety_screens")
    answered_at = models.DateTimeField(default=timezone.now)
    answers = models.JSONField()
    any_yes = models.BooleanField()

    class Meta:
        ordering = ["-answered_at"]

    def __str__(self) -> str:
        return f"{self.answered_at:%Y-%m-%d}"


class Level(models.TextChoices):
    CRITICAL = "critical", _("critical")
    HIGH = "high", _("high")
    LOW = "low", _("low")


class Rule(models.TextChoices):
    SAFETY_ANSWER = "safety_answer", _("a safety question was answered yes")
    PAIN_HIGH = "pain_high", _("severe pain after a session")
    SKIPPED = "skipped", _("the same trouble twice in a week")


class AlertState(models.TextChoices):
    OPEN = "open", _("open")
    ACKNOWLEDGED = "acknowledged", _("acknowledged")
    RESOLVED = "resolved", _("resolved")


class Alert(UUIDModel):
    """Something a clinician should look at. One that is not resolved for each patient and rule."""

    scope: ClassVar[Scope] = Scope(clinic="patient__clinic")

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="alerts")
    rule = models.CharField(max_length=16, choices=Rule.choices)
    level = models.CharField(max_length=8, choices=Level.choices)
    state = models.CharField(max_length=12, choices=AlertState.choices, default=AlertState.OPEN)
    occurrences = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)
    acknowledged_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    resolved_at = models.DateTimeField(null=True, blank=True)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        ordering = ["-last_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "rule"], name="one_open_alert_a_rule", condition=~Q(state="resolved")
            )
        ]

    def __str__(self) -> str:
        return self.get_rule_display()
