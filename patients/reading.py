"""Who has opened a patient's record, written down once for each person and day."""

from zoneinfo import ZoneInfo

from django.utils import timezone

from clinic.models import User
from patients.models import Patient, RecordRead


def note(user: User, patient: Patient) -> None:
    """Looking comes first: all but the first opening of a day read a row of an index and write nothing."""
    day = timezone.localdate(timezone=ZoneInfo(str(patient.clinic.time_zone)))
    if not RecordRead.objects.filter(patient=patient, day=day, user=user).exists():
        RecordRead.objects.bulk_create(
            [RecordRead(patient=patient, user=user, day=day)], ignore_conflicts=True
        )
