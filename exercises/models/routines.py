"""Routines: what clinicians prescribe from (docs/rules.md 1 and 9)."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.access import Scope
from exercises.models.curated import Curated, CuratedRevision, DosageFields
from exercises.models.exercises import Exercise


class Routine(Curated):
    """An ordered list of exercises with a default dosage each, in revisions."""

    scope: ClassVar[Scope] = Scope(clinic="clinic", shared=True)
    kind = "routine"

    published = models.ForeignKey(
        "RoutineRevision",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published revision"),
    )
    based_on = models.ForeignKey("RoutineRevision", models.PROTECT, null=True, blank=True, related_name="+")


class RoutineRevision(CuratedRevision):
    """What a routine asks for, from one publication to the next. Prescribing copies it and keeps no link to it.

    `schedule` is a default: {"mode": "fixed", "weekdays": [0..6], "times_per_day": 1..6} or
    {"mode": "flexible", "per_week": 1..14}; Monday is 0.
    """

    scope: ClassVar[Scope] = Scope(clinic="routine__clinic", shared=True)
    TEXTS: ClassVar[tuple[str, ...]] = ("name", "summary", "notes", "item_notes")

    routine = models.ForeignKey(Routine, models.PROTECT, related_name="revisions")
    notes = models.TextField(_("notes"), blank=True)
    schedule = models.JSONField(_("schedule"), default=dict)

    class Meta:
        ordering = ["routine", "-number"]
        constraints = [models.UniqueConstraint(fields=["routine", "number"], name="routine_revision_number")]

    @property
    def thing(self) -> Routine:
        return self.routine

    @property
    def item_notes(self) -> list[str]:
        """The notes of its exercises, in their order."""
        return [item.note for item in self.items.all()]


class RoutineItem(DosageFields):
    revision = models.ForeignKey(RoutineRevision, models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    exercise = models.ForeignKey(Exercise, models.PROTECT, related_name="+")
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["revision", "position"], name="routine_position")]

    def __str__(self) -> str:
        return f"{self.position}. {self.exercise}"
