"""What a person has chosen beside their reminders: how they read, and in which zone they stay (docs/rules.md 7)."""

from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

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


@transaction.atomic
def change_reading(person: User, *, language: str | None = None, large_text: bool | None = None) -> None:
    """How a person reads, in every clinic that treats them: in which language, and how large.

    Raises ValidationError (`language`) for one that is not shipped.
    """
    if language is not None and language not in dict(settings.LANGUAGES):
        raise ValidationError({"language": [_("Choose one of the languages.")]})
    given = {"language": language, "large_text": large_text}
    changed = {n: v for n, v in given.items() if v is not None and v != getattr(person, n)}
    if not changed:
        return
    for name, value in changed.items():
        setattr(person, name, value)
    person.save(update_fields=list(changed))
    if "language" in changed:
        # The language of the mails, calendars and handouts of each clinic.
        Patient.objects.filter(user=person).update(language=language)
    audit.record(person, "account.reading_changed", person, fields=sorted(changed))
