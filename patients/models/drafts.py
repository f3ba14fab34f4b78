"""What somebody is building and has not prescribed yet."""

from typing import ClassVar

from django.db import models

from clinic.access import Scope
from clinic.models import User, UUIDModel
from patients.models.people import Patient


class Draft(UUIDModel):
    """The builder's form as one person left it, for one patient: theirs alone, and nothing of the record.

    `typed`: field name → list of values, as a browser sends them.
    """

    scope: ClassVar[Scope] = Scope(clinic="patient__clinic")

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    patient = models.ForeignKey(Patient, models.CASCADE, related_name="+")
    # The prescription that is amended, or the patient to whom something new is prescribed.
    about = models.UUIDField()
    typed = models.JSONField(default=dict)
    left_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "about"], name="one_draft_a_person")]

    def __str__(self) -> str:
        return str(self.about)
