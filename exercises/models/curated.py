"""What curators keep, and how it stands: a thing of the library, and its numbered revisions (docs/rules.md 9)."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic, User, UUIDModel
from exercises import languages
from exercises.dosage import HOLD_MAX, REPETITIONS_MAX, REST_MAX, SETS_MAX, Dosage
from exercises.models.vocabulary import Sides


class Curated(UUIDModel):
    """A thing of the library, an exercise or a routine. What it says stands in its revisions."""

    # As the audit trail names it.
    kind: ClassVar[str]
    revisions: Any

    # None: the library that all clinics share.
    clinic = models.ForeignKey(Clinic, models.PROTECT, null=True, blank=True, related_name="%(class)ss")
    slug = models.SlugField(max_length=80)
    # Where an imported or shipped one comes from ("holdwell:knee-to-chest"); empty for one's own.
    origin = models.CharField(max_length=200, blank=True)
    # The local day by which somebody should have read it again; a plan, so no part of what is published.
    review_by = models.DateField(_("review by"), null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    # What to use instead of a retired one.
    replaced_by = models.ForeignKey("self", models.SET_NULL, null=True, blank=True, related_name="replaces")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(fields=["clinic", "slug"], name="%(class)s_slug"),
            # SQL holds two NULLs to be different; the shared library needs a rule of its own.
            models.UniqueConstraint(
                fields=["slug"], name="%(class)s_slug_shared", condition=Q(clinic__isnull=True)
            ),
            models.UniqueConstraint(
                fields=["origin"], name="%(class)s_origin", condition=Q(clinic__isnull=True) & ~Q(origin="")
            ),
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def latest(self) -> Any:
        """The revision that is edited next: the open draft, or what is published."""
        return self.revisions.select_related(self.kind, "edited_by").order_by("-number")[0]


class RevisionState(models.TextChoices):
    DRAFT = "draft", _("draft")
    IN_REVIEW = "in_review", _("in review")
    PUBLISHED = "published", _("published")


class CuratedRevision(UUIDModel):
    """What a thing of the library says, from one publication to the next. A published one never changes.

    `language` is that of its own texts; `translations` holds them in others:
    {language: {"texts": {field: str or list of str}, "of": {field: digest of the text it was made from}}}.
    """

    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=RevisionState.choices, default=RevisionState.DRAFT)
    language = models.CharField(_("language"), max_length=12, default="en")
    translations = models.JSONField(_("translations"), default=dict, blank=True)

    name = models.CharField(_("name"), max_length=120)
    summary = models.CharField(_("in one sentence"), max_length=300, blank=True)

    edited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    edited_at = models.DateTimeField(default=timezone.now)
    published_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)
    # Whoever wanted something changed in it, until the next edit or until it is handed in again.
    given_back_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")

    # What people can find it by, in every language (`exercises.languages.words`).
    words = models.TextField(blank=True, editable=False)

    # The attributes that are translated.
    TEXTS: ClassVar[tuple[str, ...]]

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"

    @property
    def said(self) -> Any:
        """The texts as whoever reads in the active language sees them (`exercises.languages.texts`)."""
        return languages.texts(self, get_language() or self.language)

    @property
    def thing(self) -> Any:
        """The exercise or routine that this is a revision of."""
        raise NotImplementedError

    def derive(self) -> None:
        """Fill in what follows from the rest; whoever writes rows past `save` calls it."""
        self.words = languages.words(self)

    def save(self, *args: Any, **kwargs: Any) -> None:
        self._refuse_if_published()
        self.derive()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        self._refuse_if_published()
        return super().delete(*args, **kwargs)

    def _refuse_if_published(self) -> None:
        """Prescriptions are pinned to published revisions: none may change under a patient."""
        kept = type(self)._default_manager.filter(pk=self.pk, state=RevisionState.PUBLISHED)
        if not self._state.adding and kept.exists():
            raise ValidationError(_("A published revision never changes; edit a draft instead."))


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
