"""The stretches of the library (docs/rules.md 1 and 9)."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.access import Scope
from exercises import facets
from exercises.models.curated import Curated, CuratedRevision, DosageFields
from exercises.models.vocabulary import Position


class Exercise(Curated):
    """One stretch. What it says stands in its revisions; a published revision never changes."""

    scope: ClassVar[Scope] = Scope(clinic="clinic", shared=True)
    kind = "exercise"

    published = models.ForeignKey(
        "Revision",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published revision"),
    )
    # The published revision that this was copied from, or that was looked at since: a newer one is news.
    based_on = models.ForeignKey("Revision", models.PROTECT, null=True, blank=True, related_name="+")


class Revision(DosageFields, CuratedRevision):
    """What an exercise says and asks for, from one publication to the next.

    JSON shapes: `synonyms`, `muscles`, `equipment`, `sources`, `review_notes`: list of str; `regions`: list of
    `Region`; `steps`: list of {"kind": StepKind, "text": str}; `cautions`: list of {"tag": Condition,
    "level": CautionLevel, "note": str}; `figure`: {} or a start and a held pose (`exercises.figures.pose`).
    """

    scope: ClassVar[Scope] = Scope(clinic="exercise__clinic", shared=True)
    TEXTS: ClassVar[tuple[str, ...]] = (
        "name",
        "synonyms",
        "summary",
        "muscles",
        "equipment",
        "steps",
        "safety",
        "cautions",
        "easier_text",
        "harder_text",
        "alt_start",
        "alt_held",
        "media",
        "evidence",
    )

    exercise = models.ForeignKey(Exercise, models.PROTECT, related_name="revisions")
    synonyms = models.JSONField(_("also called"), default=list, blank=True)
    regions = models.JSONField(_("regions"), default=list, blank=True)
    muscles = models.JSONField(_("target muscles"), default=list, blank=True)
    position = models.CharField(
        _("position"), max_length=14, choices=Position.choices, default=Position.UNKNOWN
    )
    equipment = models.JSONField(_("equipment"), default=list, blank=True)
    hold_min = models.PositiveSmallIntegerField(_("shortest hold (s)"), default=5)
    hold_max = models.PositiveSmallIntegerField(_("longest hold (s)"), default=60)
    steps = models.JSONField(_("steps"), default=list, blank=True)
    safety = models.TextField(_("safety"), blank=True)
    cautions = models.JSONField(_("cautions"), default=list, blank=True)
    easier_text = models.CharField(_("easier"), max_length=400, blank=True)
    harder_text = models.CharField(_("harder"), max_length=400, blank=True)
    easier = models.ForeignKey(Exercise, models.PROTECT, null=True, blank=True, related_name="+")
    harder = models.ForeignKey(Exercise, models.PROTECT, null=True, blank=True, related_name="+")
    figure = models.JSONField(_("figure"), default=dict, blank=True)
    alt_start = models.CharField(_("the start position in words"), max_length=300, blank=True)
    alt_held = models.CharField(_("the held position in words"), max_length=300, blank=True)
    evidence = models.TextField(_("evidence"), blank=True)
    sources = models.JSONField(_("sources"), default=list, blank=True)
    licence = models.CharField(_("licence"), max_length=80, blank=True)
    # Photos and films in their order: {"medium": id, "alt": str} each (`exercises.media`).
    media = models.JSONField(_("photos and films"), default=list, blank=True)
    credit = models.CharField(_("author named"), max_length=200, blank=True)
    # What a reader of the text could not be sure of, in words, for the person who reviews it.
    review_notes = models.JSONField(_("to be checked"), default=list, blank=True)

    # By what it is narrowed and counted in the library (`exercises.facets`).
    facets = models.TextField(blank=True, editable=False)

    class Meta:
        ordering = ["exercise", "-number"]
        constraints = [models.UniqueConstraint(fields=["exercise", "number"], name="revision_number")]
        # What is in work is little beside what is published.
        indexes = [models.Index(fields=["state"], name="revision_state")]

    @property
    def thing(self) -> Exercise:
        return self.exercise

    def derive(self) -> None:
        super().derive()
        self.facets = facets.of(self)
