"""What curators say to each other about a revision (docs/rules.md 9)."""

from typing import ClassVar

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.models import User, UUIDModel
from exercises.models.exercises import Revision
from exercises.models.routines import RoutineRevision


class Comment(UUIDModel):
    """A remark on a revision, or on one field of it. It stays beside what is published; no patient sees it."""

    TEXT_MAX: ClassVar[int] = 2000  # characters

    # One of the two.
    revision = models.ForeignKey(Revision, models.CASCADE, null=True, blank=True, related_name="comments")
    routine_revision = models.ForeignKey(
        RoutineRevision, models.CASCADE, null=True, blank=True, related_name="comments"
    )
    # The field that it is about ("steps"); empty: the whole.
    about = models.CharField(max_length=40, blank=True)
    text = models.TextField(_("comment"), max_length=TEXT_MAX, validators=[MaxLengthValidator(TEXT_MAX)])
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    settled_by = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(revision__isnull=False, routine_revision__isnull=True)
                | Q(revision__isnull=True, routine_revision__isnull=False),
                name="comment_on_one",
            )
        ]

    def __str__(self) -> str:
        return self.text[:40]
