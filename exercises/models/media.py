"""Photos and films of stretches (docs/rules.md 9). The files lie in the storage "private" (`exercises.media`)."""

from typing import Any, ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.access import Scope
from clinic.models import Clinic, User, UUIDModel
from exercises.models.exercises import Revision


class MediumKind(models.TextChoices):
    PHOTO = "photo", _("photo")
    FILM = "film", _("film")


class Medium(UUIDModel):
    """A photo, or a film with a still of it. Its files never change; what is said of it may.

    `files`: by part ("480", "960", "1600": a picture of that width or as wide as it is; "film"):
    {"file": name in the storage, "type", "bytes", "sha256"}, for pictures also "width" and "height" in pixels.
    `captions`: WebVTT by language.
    """

    scope: ClassVar[Scope] = Scope(clinic="clinic", shared=True)

    # None: the library that all clinics share.
    clinic = models.ForeignKey(Clinic, models.PROTECT, null=True, blank=True, related_name="media")
    kind = models.CharField(max_length=5, choices=MediumKind.choices)
    # As the file was called where it came from, for people to tell files apart; no path is ever made of it.
    name = models.CharField(_("file"), max_length=120)
    # Of the file as it was uploaded, which is not kept.
    sha256 = models.CharField(max_length=64)
    bytes = models.PositiveIntegerField()
    width = models.PositiveIntegerField()  # pixels
    height = models.PositiveIntegerField()
    duration = models.FloatField(null=True, blank=True)  # seconds
    files = models.JSONField(default=dict)

    licence = models.CharField(_("licence"), max_length=80, blank=True)
    credit = models.CharField(_("author named"), max_length=200, blank=True)
    # None: nobody has said yet.
    shows_person = models.BooleanField(_("shows a person"), null=True, blank=True)
    # The written consent of whoever is shown: where it is kept and by whom, never their name.
    consent_kept = models.CharField(_("where the written consent is kept"), max_length=200, blank=True)
    consent_on = models.DateField(_("consent given on"), null=True, blank=True)
    consent_note = models.CharField(_("note on the consent"), max_length=300, blank=True)
    # Of a film: nothing in it is said, or needs to be heard.
    silent = models.BooleanField(_("silent"), default=False)
    captions = models.JSONField(_("captions"), default=dict, blank=True)

    uploaded_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)
    # When a revision last named it, as far as `keeping.tidy` has seen: what nobody uses is forgotten after a while.
    used_at = models.DateTimeField(default=timezone.now)
    # The consent was taken back: the files are gone, and pages show the words in its place.
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["uploaded_at", "pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_film(self) -> bool:
        return self.kind == MediumKind.FILM

    @property
    def film(self) -> dict[str, Any]:
        """The film's own file; empty for a photo."""
        found: dict[str, Any] = self.files.get("film", {})
        return found


class MediumUse(models.Model):
    """That a revision names a medium: what `Revision.media` says, where the database can hold on to it."""

    revision = models.ForeignKey(Revision, models.CASCADE, related_name="media_uses")
    medium = models.ForeignKey(Medium, models.PROTECT, related_name="uses")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["revision", "medium"], name="medium_used_once")]

    def __str__(self) -> str:
        return f"{self.medium_id} in {self.revision_id}"
