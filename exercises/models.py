"""The stretch library: exercises with numbered revisions, and routines made of them (docs/rules.md 1 and 9)."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.access import Scope
from clinic.models import Clinic, User, UUIDModel
from exercises.dosage import HOLD_MAX, REPETITIONS_MAX, REST_MAX, SETS_MAX, Dosage


class Sides(models.TextChoices):
    NONE = "none", _("no sides")
    BOTH = "both", _("both sides")
    LEFT = "left", _("left side")
    RIGHT = "right", _("right side")


class Region(models.TextChoices):
    BACK = "back", _("back")
    HIP_GLUTEAL = "hip_gluteal", _("hip and gluteal")
    HAMSTRINGS = "hamstrings", _("hamstrings")
    THIGH = "thigh", _("front of the thigh")
    CALF = "calf", _("calf")
    NECK_SHOULDER = "neck_shoulder", _("neck and shoulder")
    CHEST = "chest", _("chest")
    ARM = "arm", _("arm and hand")
    OTHER = "other", _("other")


class Position(models.TextChoices):
    STANDING = "standing", _("standing")
    SEATED = "seated", _("seated")
    HALF_KNEELING = "half_kneeling", _("half-kneeling")
    KNEELING = "kneeling", _("kneeling")
    SUPINE = "supine", _("on the back")
    SIDE_LYING = "side_lying", _("on the side")
    PRONE = "prone", _("on the front")
    UNKNOWN = "unknown", _("to be decided")


class StepKind(models.TextChoices):
    GET_READY = "get_ready", _("get ready")
    MOVE = "move", _("move")
    HOLD = "hold", _("hold")
    BREATHE = "breathe", _("breathe")
    FORM = "form", _("form")
    RELEASE = "release", _("release")


class Condition(models.TextChoices):
    """Contraindication tags, and the conditions of a patient they are checked against (evidence.md C1)."""

    OSTEOPOROSIS = "osteoporosis", _("osteoporosis or a vertebral fracture")
    ACUTE_DISC = "acute_disc", _("acute disc trouble or sciatica")
    HIP_REPLACEMENT_POSTERIOR = "hip_replacement_posterior", _("hip replacement, from the back or side")
    HIP_REPLACEMENT_ANTERIOR = "hip_replacement_anterior", _("hip replacement, from the front")
    SPINAL_SURGERY = "spinal_surgery", _("recent spinal surgery")
    PREGNANCY = "pregnancy", _("pregnancy")
    BALANCE = "balance", _("poor balance or dizziness")
    KNEE = "knee", _("knee pain, or a knee that bends little")
    SHOULDER = "shoulder", _("shoulder pain")
    BLOOD_PRESSURE = "blood_pressure", _("raised blood or eye pressure")


class CautionLevel(models.TextChoices):
    AVOID = "avoid", _("avoid")
    ASK = "ask", _("ask first")
    MODIFY = "modify", _("modify")


class DosageFields(models.Model):
    """Sets, repetitions, hold (s), rest (s) and sides, wherever they are kept; limits as in `Dosage`."""

    sets = models.PositiveSmallIntegerField(
        _("sets"), default=1, validators=[MinValueValidator(1), MaxValueValidator(SETS_MAX)]
    )
    repetitions = models.PositiveSmallIntegerField(
        _("repetitions"), default=1, validators=[MinValueValidator(1), MaxValueValidator(REPETITIONS_MAX)]
    )
    hold = models.PositiveSmallIntegerField(
        _("hold (s)"), validators=[MinValueValidator(1), MaxValueValidator(HOLD_MAX)]
    )
    rest = models.PositiveSmallIntegerField(
        _("rest (s)"), default=10, validators=[MaxValueValidator(REST_MAX)]
    )
    sides = models.CharField(_("sides"), max_length=5, choices=Sides.choices, default=Sides.NONE)

    class Meta:
        abstract = True

    @property
    def dosage(self) -> Dosage:
        return Dosage(self.sets, self.repetitions, self.hold, self.rest, self.sides)


class Exercise(UUIDModel):
    """One stretch. What it says stands in its revisions; a published revision never changes."""

    scope: ClassVar[Scope] = Scope(clinic="clinic", shared=True)

    # None: the library that all clinics share.
    clinic = models.ForeignKey(Clinic, models.PROTECT, null=True, blank=True, related_name="exercises")
    slug = models.SlugField(max_length=80)
    # Where an imported or shipped exercise comes from ("holdwell:knee-to-chest"); empty for one's own.
    origin = models.CharField(max_length=200, blank=True)
    published = models.ForeignKey(
        "Revision",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("published revision"),
    )
    retired_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "slug"], name="exercise_slug"),
            # SQL holds two NULLs to be different; the shared library needs a rule of its own.
            models.UniqueConstraint(
                fields=["slug"], name="exercise_slug_shared", condition=Q(clinic__isnull=True)
            ),
            models.UniqueConstraint(
                fields=["origin"], name="exercise_origin", condition=Q(clinic__isnull=True) & ~Q(origin="")
            ),
        ]

    def __str__(self) -> str:
        return self.slug


class RevisionState(models.TextChoices):
    DRAFT = "draft", _("draft")
    IN_REVIEW = "in_review", _("in review")
    PUBLISHED = "published", _("published")


class Revision(DosageFields, UUIDModel):
    """What an exercise says and asks for, from one publication to the next.

    JSON shapes: `synonyms`, `muscles`, `equipment`, `sources`, `review_notes`: list of str; `regions`: list of
    `Region`; `steps`: list of {"kind": StepKind, "text": str}; `cautions`: list of {"tag": Condition,
    "level": CautionLevel, "note": str}; `figure`: {} or a start and a held pose (`exercises.figures.pose`).
    """

    scope: ClassVar[Scope] = Scope(clinic="exercise__clinic", shared=True)

    exercise = models.ForeignKey(Exercise, models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=RevisionState.choices, default=RevisionState.DRAFT)
    language = models.CharField(max_length=12, default="en")

    name = models.CharField(_("name"), max_length=120)
    synonyms = models.JSONField(_("also called"), default=list, blank=True)
    summary = models.CharField(_("in one sentence"), max_length=300, blank=True)
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
    easier = models.ForeignKey(Exercise, models.SET_NULL, null=True, blank=True, related_name="+")
    harder = models.ForeignKey(Exercise, models.SET_NULL, null=True, blank=True, related_name="+")
    figure = models.JSONField(_("figure"), default=dict, blank=True)
    alt_start = models.CharField(_("the start position in words"), max_length=300, blank=True)
    alt_held = models.CharField(_("the held position in words"), max_length=300, blank=True)
    evidence = models.TextField(_("evidence"), blank=True)
    sources = models.JSONField(_("sources"), default=list, blank=True)
    licence = models.CharField(_("licence"), max_length=80, blank=True)
    credit = models.CharField(_("author named"), max_length=200, blank=True)
    review_by = models.DateField(_("review by"), null=True, blank=True)
    # What a reader of the text could not be sure of, in words, for the person who reviews it.
    review_notes = models.JSONField(_("to be checked"), default=list, blank=True)

    edited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    edited_at = models.DateTimeField(default=timezone.now)
    published_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["exercise", "-number"]
        constraints = [models.UniqueConstraint(fields=["exercise", "number"], name="revision_number")]

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        self._refuse_if_published()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self._refuse_if_published()
        return super().delete(*args, **kwargs)

    def _refuse_if_published(self) -> None:
        """Prescriptions are pinned to published revisions: none may change under a patient."""
        if (
            not self._state.adding
            and Revision.objects.filter(pk=self.pk, state=RevisionState.PUBLISHED).exists()
        ):
            raise ValidationError(_("A published revision never changes; edit a draft instead."))


class Routine(UUIDModel):
    """An ordered list of exercises with a default dosage each: the template that clinicians prescribe from.

    `schedule` is a default: {"mode": "fixed", "weekdays": [0..6], "times_per_day": 1..6} or
    {"mode": "flexible", "per_week": 1..14}; Monday is 0.
    """

    scope: ClassVar[Scope] = Scope(clinic="clinic", shared=True)

    clinic = models.ForeignKey(Clinic, models.PROTECT, null=True, blank=True, related_name="routines")
    slug = models.SlugField(max_length=80)
    origin = models.CharField(max_length=200, blank=True)
    name = models.CharField(_("name"), max_length=120)
    summary = models.CharField(_("in one sentence"), max_length=300, blank=True)
    notes = models.TextField(_("notes"), blank=True)
    schedule = models.JSONField(_("schedule"), default=dict)
    published_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    edited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    edited_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["clinic", "slug"], name="routine_slug"),
            models.UniqueConstraint(
                fields=["slug"], name="routine_slug_shared", condition=Q(clinic__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name


class RoutineItem(DosageFields):
    routine = models.ForeignKey(Routine, models.CASCADE, related_name="items")
    position = models.PositiveSmallIntegerField()
    exercise = models.ForeignKey(Exercise, models.PROTECT, related_name="+")
    note = models.CharField(_("note"), max_length=300, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["routine", "position"], name="routine_position")]

    def __str__(self) -> str:
        return f"{self.position}. {self.exercise}"


class Shipped(models.Model):
    """What the last upgrade put here: the digest of a data file as it was loaded.

    A local edit shows as content that no longer has this digest, and is then left alone.
    """

    origin = models.CharField(max_length=200, primary_key=True)
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.origin
