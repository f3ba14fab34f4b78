"""What the desk keeps for its own people: views of the roster, and who has looked at whom."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.access import Scope
from clinic.models import Clinic, User, UUIDModel
from patients.models.people import Patient


class RosterView(UUIDModel):
    """A colleague's filter and order of one clinic's roster, under a name. It holds the question, no patients."""

    scope: ClassVar[Scope] = Scope(clinic="clinic")

    user = models.ForeignKey(User, models.CASCADE, related_name="roster_views")
    clinic = models.ForeignKey(Clinic, models.CASCADE, related_name="+")
    name = models.CharField(_("name"), max_length=40)
    # What stands behind the question mark of the roster's address.
    query = models.CharField(max_length=300)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["user", "clinic", "name"], name="one_roster_view_a_name")
        ]

    def __str__(self) -> str:
        return self.name


class RecordRead(models.Model):
    """Somebody of the clinic opened a patient's record: once for each person and day of the clinic."""

    patient = models.ForeignKey(Patient, models.CASCADE, related_name="reads")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    day = models.DateField()
    first_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-first_at"]
        constraints = [
            models.UniqueConstraint(fields=["patient", "day", "user"], name="one_read_a_person_and_day")
        ]

    def __str__(self) -> str:
        return f"{self.day}"
