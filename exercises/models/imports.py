"""Files that curators bring in: looked at first, taken in when somebody says so (docs/rules.md 9)."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from clinic.access import Scope
from clinic.models import Clinic, User, Work, WorkState


class LibraryImport(Work):
    """A file on its way into a library, and the report on it. A worker looks at it, and on demand takes it in.

    `done` of `total` entries have been looked at. `report` is a list of lines (`exercises.exchange.entries`). The file
    lies in the private storage until the import is over.
    """

    LONG = True
    scope: ClassVar[Scope] = Scope(clinic="clinic", shared=True)

    # None: the library that all clinics share.
    clinic = models.ForeignKey(Clinic, models.CASCADE, null=True, blank=True, related_name="library_imports")
    requested_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    file_name = models.CharField(max_length=120, blank=True)
    file = models.CharField(max_length=100, blank=True)
    size = models.PositiveBigIntegerField(default=0)  # bytes
    # Only the entries of this category; empty: all. Of free-exercise-db alone.
    category = models.CharField(_("category"), max_length=40, blank=True)
    # What the file turned out to be.
    format = models.CharField(max_length=20, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    report = models.JSONField(default=list)
    # Somebody has read the report and wants it taken in.
    confirmed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)
    # Every entry was looked at again, and now they are written.
    writing = models.BooleanField(default=False)
    dropped_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.file_name or str(_("library"))

    @property
    def is_open(self) -> bool:
        """Whether a worker has it, or will have."""
        return self.in_the_making or (self.state == WorkState.FAILED and self.due_at is not None)

    @property
    def unreadable(self) -> bool:
        """Looked at, and refused as a whole: the same file would be refused again, so it is not kept."""
        return self.state == WorkState.FAILED and not self.is_open and not self.dropped_at and not self.file

    @property
    def waits_for_word(self) -> bool:
        """Looked at, and nobody has said yet whether it is taken in."""
        return self.state == WorkState.DONE and self.confirmed_at is None and self.dropped_at is None

    @property
    def taken_in(self) -> bool:
        return self.state == WorkState.DONE and self.confirmed_at is not None

    @property
    def may_be_taken_in(self) -> bool:
        return self.waits_for_word and self.drafts > 0 and not self.counts.get("refused")

    @property
    def drafts(self) -> int:
        """How many drafts it makes."""
        counts: dict[str, Any] = self.counts
        return int(counts.get("new", 0) + counts.get("changed", 0))

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0
