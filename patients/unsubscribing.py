"""Whom an unsubscribe address means, and which kinds (docs/rules.md 7). What it carries is the only proof asked for.

A key names the patient and proves, with the patient's own secret, the kinds that one mail tells of: whoever was shown a
mail about sessions can switch off no messages of another kind.
"""

from collections.abc import Collection
from uuid import UUID

from django.utils.crypto import constant_time_compare, salted_hmac

from patients.models import ReminderPreference
from patients.models.reminders import Kind

PROOF = 40  # hexadecimal digits: 160 bits


def named(kinds: Collection[str]) -> str:
    """These kinds as an address names them."""
    return ".".join(kind for kind in Kind.values if kind in kinds)


def kinds_of(name: str) -> list[Kind]:
    """The kinds that an address names; none where it names anything else."""
    kinds = name.split(".")
    return [Kind(kind) for kind in kinds] if set(kinds) <= set(Kind.values) else []


def key_of(preference: ReminderPreference, kinds: str) -> str:
    """What an address carries that switches these kinds, so `named`, off for this patient."""
    return f"{preference.patient_id.hex}-{_proof(preference, kinds)}"


def preference_of(key: str, kinds: str) -> ReminderPreference | None:
    """Whose wishes such an address is about; None where it proves nothing, or other kinds."""
    named, _, proof = key.partition("-")
    try:
        patient = UUID(hex=named)
    except ValueError:
        return None
    found = ReminderPreference.objects.filter(patient=patient).select_related("patient__clinic").first()
    return found if found and constant_time_compare(_proof(found, kinds), proof) else None


def _proof(preference: ReminderPreference, kinds: str) -> str:
    secret = preference.unsubscribe_key
    return salted_hmac("patients.unsubscribing", kinds, secret=secret, algorithm="sha256").hexdigest()[:PROOF]
