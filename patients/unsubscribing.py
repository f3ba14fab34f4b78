"""Whom an unsubscribe address means, and which kind (docs/rules.md 7). What it carries is the only proof asked for.

A key names the patient and proves one kind of message with the patient's own secret: whoever was shown a mail about
sessions can switch off no messages of another kind.
"""

from uuid import UUID

from django.utils.crypto import constant_time_compare, salted_hmac

from patients.models import ReminderPreference

PROOF = 40  # hexadecimal digits: 160 bits


def key_of(preference: ReminderPreference, kind: str) -> str:
    """What an address carries that switches this kind off for this patient."""
    return f"{preference.patient_id.hex}-{_proof(preference, kind)}"


def preference_of(key: str, kind: str) -> ReminderPreference | None:
    """Whose wishes such an address is about; None where it proves nothing, or another kind."""
    named, _, proof = key.partition("-")
    try:
        patient = UUID(hex=named)
    except ValueError:
        return None
    found = ReminderPreference.objects.filter(patient=patient).select_related("patient__clinic").first()
    return found if found and constant_time_compare(_proof(found, kind), proof) else None


def _proof(preference: ReminderPreference, kind: str) -> str:
    secret = preference.unsubscribe_key
    return salted_hmac("patients.unsubscribing", kind, secret=secret, algorithm="sha256").hexdigest()[:PROOF]
