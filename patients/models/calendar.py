"""The secret address under which a calendar reads what is expected of a patient (docs/rules.md 7)."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from clinic.access import Scope
from clinic.models import UUIDModel
from patients.models.people import Patient, scope_of_patient


class CalendarFeed(UUIDModel):
    """One patient's feed, while there is one. A new address is a new row; the former one is gone, and so is its id.

    The address is not kept: `patients.feeds` makes it from the id and the installation's key.
    """

    scope: ClassVar[Scope] = scope_of_patient("patient__")

    patient = models.OneToOneField(Patient, models.CASCADE, related_name="calendar_feed")
    created_at = models.DateTimeField(default=timezone.now)
    # To the hour, so that a busy calendar does not write at each call.
    last_read_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(_("calendar"))
