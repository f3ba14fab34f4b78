"""What a person has chosen beside their reminders: the zone they stay in, and what follows their language.

Rules: docs/rules.md 7.
"""

from zoneinfo import ZoneInfo

from django.db import transaction

from clinic import audit
from clinic.models import User
from patients.models import Patient, ReminderPreference

# Whoever travels more has the oldest answers forgotten, and is asked again.
ZONES_KEPT = 20


@transaction.atomic
def keep_zone(actor: User, patient: Patient, device: ZoneInfo) -> None:
    """Stay in the patient's own zone although a device is in another; they are not asked about that one again."""
    preference = ReminderPreference.objects.select_for_update().get(patient=patient)
    zone = str(device)
    if zone not in preference.zones_kept:
        preference.zones_kept = [*preference.zones_kept, zone][-ZONES_KEPT:]
        preference.save(update_fields=["zones_kept"])
        audit.record(actor, "patient.zone_kept", patient, clinic=patient.clinic, subject=patient)


def follow_language(person: User) -> None:
    """The mails, calendars and handouts of each clinic that treats somebody go by the language they chose."""
    Patient.objects.filter(user=person).update(language=person.language)
