"""What a patient has been asked to do, in dated revisions; nothing here is ever overwritten (docs/rules.md 3)."""

import datetime as dt
from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.access import Scope
from clinic.models import User, UUIDModel
from exercises.models import DosageFields, Revision, Routine, ScheduleMode
from patients.models.people import Patient, scope_of_patient


class Origin(models.TextChoices):
    HOLDWELL = "holdwell", _("made here")
    IMPORT = "import", _("imported")


def last_day_of(ends_on: dt.date | None, stopped_from: dt.date | None) -> dt.date | None:
    """The end or the day before the stop, the earlier one; None while the end is open."""
    before_stop = stopped_from - dt.timedelta(days=1) if stopped_from else None
    days = [day for day in (ends_on, before_stop) if day]
    return min(days) if days else None


class Prescription(UUIDModel):
    scope: ClassVar[Scope] = scope_of_patient("patient__")

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="prescriptions")
    routine = models.ForeignKey(Routine, models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(_("name"), max_length=120)
    starts_on = models.DateField(_("first day"))
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    # The first local day on which nothing is expected any more.
    stopped_from = models.DateField(null=True, blank=True)
    stop_reason = models.CharField(max_length=300, blank=True)
    # Held: no session until a clinician has reviewed a safety answer (docs/rules.md 6).
    held_at = models.DateTimeField(null=True, blank=True)
    origin = models.CharField(max_length=10, choices=Origin.choices, default=Origin.HOLDWELL)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-starts_on", "-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
                name="end_not_before_start",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def last_day(self) -> dt.date | None:
        """The last day on which something may be expected; None while the end is open."""
        return last_day_of(self.ends_on, self.stopped_from)


class PrescriptionRevision(UUIDModel):
    """Items, dosage and schedule from one local date on. Never edited; an amendment adds the next."""

    prescription = models.ForeignKey(Prescription, models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    counts_from = models.DateField()
    mode = models.CharField(_("schedule"), max_length=8, choices=ScheduleMode.choices)
    # Fixed: weekdays (Monday 0 .. Sunday 6) and times per day 1-6. Flexible: sessions per week 1-14.
    weekdays = models.JSONField(_("weekdays"), default=list, blank=True)
    times_per_day = models.PositiveSmallIntegerField(_("times per day"), null=True, blank=True)
    per_week = models.PositiveSmallIntegerField(_("sessions per week"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    note = models.TextField(_("note to the patient"), blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["prescription", "number"], name="prescription_revision_number"),
            models.CheckConstraint(
                condition=Q(mode="fixed", times_per_day__range=(1, 6), per_week__isnull=True)
                | Q(mode="flexible", per_week__range=(1, 14), times_per_day__isnull=True),
                name="schedule_fits_mode",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prescription} ({self.number})"


class Item(DosageFields, UUIDModel):
    """One exercise of a prescription revision, pinned to the exercise revision that was prescribed."""

    revision = models.ForeignKey(PrescriptionRevision, models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    exercise_revision = models.ForeignKey(Revision, models.PROTECT, related_name="+")
    note = models.CharField(_("note"), max_length=300, blank=True)
    # Why it is prescribed although one of its cautions says *avoid*; required then.
    override_reason = models.CharField(_("reason to prescribe it all the same"), max_length=300, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["revision", "position"], name="item_position"),
            models.CheckConstraint(
                condition=Q(sets__range=(1, 10), repetitions__range=(1, 30), hold__range=(1, 600)),
                name="item_dosage_in_range",
            ),
        ]

    def __str__(self) -> str:
        return str(self.exercise_revision.said.name)


class Pause(UUIDModel):
    """A range of local dates, both inclusive, on which nothing is expected."""

    scope: ClassVar[Scope] = scope_of_patient("prescription__patient__")

    prescription = models.ForeignKey(Prescription, models.CASCADE, related_name="pauses")
    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["first_day"]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_day__gte=F("first_day")), name="pause_end_not_before_start"
            )
        ]

    def __str__(self) -> str:
        return f"{self.first_day} – {self.last_day}"


class ActKind(models.TextChoices):
    PAUSED = "paused", _("paused")
    PAUSE_CHANGED = "pause_changed", _("pause changed")
    EXTENDED = "extended", _("last day moved")
    STOPPED = "stopped", _("stopped")
    RESUMED = "resumed", _("resumed")


class PrescriptionAct(UUIDModel):
    """What was done with a prescription beside amending it: when, from which day, why and by whom. Never edited."""

    prescription = models.ForeignKey(Prescription, models.CASCADE, related_name="acts")
    kind = models.CharField(max_length=13, choices=ActKind.choices)
    # The local date that the act names: the first of a pause, of a stop or of going on; the last of a changed
    # pause or of the prescription (empty: its end is open).
    day = models.DateField(null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.day or ''}".strip()
