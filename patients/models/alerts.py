"""Safety answers and what a clinician should look at (docs/rules.md 6)."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.access import Scope
from clinic.models import User, UUIDModel
from patients.models.people import Patient, scope_of_patient
from patients.models.prescriptions import Item
from patients.models.sessions import Session


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
    ADVERSE_EVENT = "adverse_event", _("something went wrong")
    PAIN_RISE = "pain_rise", _("more pain than in the sessions before")
    SILENCE = "silence", _("no session for a long time")
    MISSED = "missed", _("sessions missed in a row")
    LOW_ADHERENCE = "low_adherence", _("low adherence")
    SKIPPED = "skipped", _("skipped for pain, or not sure how")


LEVELS = {
    Rule.SAFETY_ANSWER: Level.CRITICAL,
    Rule.PAIN_HIGH: Level.CRITICAL,
    Rule.ADVERSE_EVENT: Level.CRITICAL,
    Rule.PAIN_RISE: Level.HIGH,
    Rule.SILENCE: Level.HIGH,
    Rule.MISSED: Level.LOW,
    Rule.LOW_ADHERENCE: Level.LOW,
    Rule.SKIPPED: Level.LOW,
}


class AlertState(models.TextChoices):
    OPEN = "open", _("open")
    ACKNOWLEDGED = "acknowledged", _("acknowledged")
    RESOLVED = "resolved", _("resolved")


class Alert(UUIDModel):
    """Something a clinician should look at. One that is not resolved for each patient and rule.

    `occurrences` are its findings that stand. One that `closed_itself` was resolved by nobody.
    """

    scope: ClassVar[Scope] = Scope(clinic="patient__clinic")

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="alerts")
    rule = models.CharField(max_length=16, choices=Rule.choices)
    level = models.CharField(max_length=8, choices=Level.choices)
    state = models.CharField(max_length=12, choices=AlertState.choices, default=AlertState.OPEN)
    occurrences = models.PositiveIntegerField(default=1)
    opened_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)
    assigned_to = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("assigned to")
    )
    acknowledged_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    resolved_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_itself = models.BooleanField(default=False)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        ordering = ["-last_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["patient", "rule"], name="one_open_alert_a_rule", condition=~Q(state="resolved")
            ),
            models.CheckConstraint(
                condition=~Q(state="acknowledged")
                | Q(acknowledged_by__isnull=False, acknowledged_at__isnull=False),
                name="alert_acknowledged_by_and_when",
            ),
            models.CheckConstraint(
                condition=~Q(state="resolved")
                | (
                    Q(resolved_at__isnull=False)
                    & (
                        Q(resolved_by__isnull=False, closed_itself=False)
                        | Q(resolved_by__isnull=True, closed_itself=True)
                    )
                ),
                name="alert_resolved_by_and_when",
            ),
        ]

    def __str__(self) -> str:
        return self.get_rule_display()


class AdverseEvent(UUIDModel):
    """Something that went wrong, in the words of whoever told it. Kept for ever, and never changed.

    The client makes the id. `during`: the prescribed exercise at which it happened; `session`: the session.
    """

    scope: ClassVar[Scope] = scope_of_patient("patient__")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="adverse_events")
    text = models.TextField(_("what happened"))
    happened_on = models.DateField(_("day"))
    session = models.ForeignKey(Session, models.PROTECT, null=True, blank=True, related_name="adverse_events")
    during = models.ForeignKey(Item, models.PROTECT, null=True, blank=True, related_name="+")
    reported_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    by_staff = models.BooleanField()
    reported_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-reported_at"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="adverse_event_has_words")]

    def __str__(self) -> str:
        return f"{self.happened_on}"


class Finding(models.Model):
    """One time that a rule was met: what an alert rests on. The same facts are found once, whoever looks.

    `first_day` and `last_day` are the patient's local dates of the facts. `figures` are those that the rule looked
    at, by name ({"pain": 8}), or the safety questions that were answered yes ({"yes": ["recent_fall"]}). What was
    corrected or taken out later is `withdrawn_at`, and stays.
    """

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="findings")
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+")
    rule = models.CharField(max_length=16, choices=Rule.choices)
    key = models.CharField(max_length=60)
    at = models.DateTimeField(default=timezone.now)
    first_day = models.DateField()
    last_day = models.DateField()
    session = models.ForeignKey(Session, models.CASCADE, null=True, blank=True, related_name="+")
    event = models.ForeignKey(AdverseEvent, models.PROTECT, null=True, blank=True, related_name="+")
    figures = models.JSONField(default=dict)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["patient", "rule", "key"], name="one_finding_a_fact"),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="finding_days_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.last_day}"


class AlertActKind(models.TextChoices):
    NOTED = "noted", _("wrote a note")
    ACKNOWLEDGED = "acknowledged", _("acknowledged")
    ASSIGNED = "assigned", _("assigned")
    RESOLVED = "resolved", _("resolved")
    REOPENED = "reopened", _("opened again")
    # By nobody:
    RECURRED = "recurred", _("it happened again, and is open again")
    RESUMED = "resumed", _("closed itself: sessions have resumed")
    UNFOUNDED = "unfounded", _("closed itself: what it rested on was corrected or taken out")


class AlertAct(models.Model):
    """What was done about an alert: who, when, in which words. `by` nobody: it happened by itself."""

    alert = models.ForeignKey(Alert, models.CASCADE, related_name="acts")
    kind = models.CharField(max_length=12, choices=AlertActKind.choices)
    by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    to = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    text = models.TextField(blank=True)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.get_kind_display()
