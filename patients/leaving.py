"""A patient asks a clinic to delete what it keeps of them; its owner deletes, or declines and says why.

docs/rules.md 11. Until the owner has acted, the patient may take it back, and nothing changes.
"""

import datetime as dt

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit, mail
from clinic import people as colleagues
from clinic.access import Right
from clinic.models import Clinic, User
from patients import alerts, erasing
from patients.models import DeletionRequest, Patient
from patients.models.leaving import OPEN
from patients.people import lock

# GDPR, article 12(3): an answer within a month.
ANSWER_WITHIN = dt.timedelta(days=30)
WORDS_MAX = 1000
# Not even the row of this mail is kept (`clinic.claims.forgotten`).
FAREWELL = "farewell"


def open_request(patient: Patient) -> DeletionRequest | None:
    return DeletionRequest.objects.filter(OPEN, patient=patient).first()


def latest_request(patient: Patient) -> DeletionRequest | None:
    return DeletionRequest.objects.filter(patient=patient).select_related("decided_by").first()


@transaction.atomic
def ask(actor: User, patient: Patient, *, words: str = "") -> DeletionRequest:
    """The patient's wish, and a neutral mail to the clinic's owners. Twice gives the first one.

    Raises ValidationError (`words`).
    """
    lock(patient)
    if before := open_request(patient):
        return before
    words = words.strip()
    if len(words) > WORDS_MAX:
        raise ValidationError({"words": [_("At most %(most)d characters.") % {"most": WORDS_MAX}]})
    request = DeletionRequest.objects.create(clinic=patient.clinic, patient=patient, words=words)
    audit.record(actor, "deletion.asked", patient, clinic=patient.clinic, subject=patient)
    _tell_owners(patient.clinic, request)
    return request


@transaction.atomic
def withdraw(actor: User, request: DeletionRequest) -> None:
    """Take it back. Raises ValidationError (`request`) when the clinic has answered already."""
    patient = _locked(request)
    request.withdrawn_at = timezone.now()
    request.save(update_fields=["withdrawn_at"])
    audit.record(actor, "deletion.withdrawn", patient, clinic=request.clinic, subject=patient)


@transaction.atomic
def decline(actor: User, request: DeletionRequest, *, reason: str) -> None:
    """The record stays; the patient reads why. Raises ValidationError (`reason`, `request`)."""
    reason = reason.strip()
    if not 0 < len(reason) <= WORDS_MAX:
        raise ValidationError(
            {
                "reason": [
                    _("Say why, in up to %(most)d characters: the patient reads it.") % {"most": WORDS_MAX}
                ]
            }
        )
    patient = _locked(request)
    _decide(actor, request, declined_because=reason)
    audit.record(actor, "deletion.declined", patient, clinic=request.clinic, subject=patient)
    if patient.user and patient.user.email:
        mail.enqueue(
            "deletion_answered",
            to=patient.user.email,
            kind="deletion",
            clinic=request.clinic,
            key=f"deletion_answered:{request.pk}",
            language=patient.language,
            context={
                "name": patient.name,
                "clinic": request.clinic,
                "url": settings.SITE_URL + reverse("portal:my_data"),
            },
        )


@transaction.atomic
def delete(actor: User, request: DeletionRequest, *, typed: str) -> None:
    """Delete the whole record, for good. `typed` is the patient's name, so that nobody does it by mistake.

    The account goes with it when no clinic is left. Raises ValidationError (`typed`, `request`).
    """
    patient = _locked(request)
    if " ".join(typed.split()).casefold() != patient.name.casefold():
        raise ValidationError({"typed": [_("Type the patient's name as it stands above.")]})
    if alerts.critical_open(patient):
        raise ValidationError({"request": [_("A critical alert is open. Look at it and resolve it first.")]})
    clinic, language, name = request.clinic, patient.language, patient.name
    address = patient.user.email if patient.user else patient.email
    request.label, request.words = erasing.label_of(patient), ""
    _decide(actor, request)
    DeletionRequest.objects.filter(patient=patient).exclude(pk=request.pk).delete()
    audit.record(actor, "deletion.carried_out", request, clinic=clinic)
    account_gone = erasing.erase(patient)
    if address:
        mail.enqueue(
            "record_deleted",
            to=address,
            kind=FAREWELL,
            language=language,
            context={"name": name, "clinic": clinic, "account_gone": account_gone},
        )


def _locked(request: DeletionRequest) -> Patient:
    """The patient, and the request as it is now. Raises ValidationError where it is not open any more."""
    request.refresh_from_db(from_queryset=DeletionRequest.objects.select_for_update())
    patient = request.patient
    if patient is None or not request.is_open:
        raise ValidationError({"request": [_("This request is not open any more.")]})
    lock(patient)
    return patient


def _decide(actor: User, request: DeletionRequest, declined_because: str = "") -> None:
    request.decided_at, request.decided_by = timezone.now(), actor
    request.declined_because = declined_because
    request.save()


def _tell_owners(clinic: Clinic, request: DeletionRequest) -> None:
    for owner in colleagues.with_right(clinic, Right.MANAGE_CLINIC):
        if owner.email:
            mail.enqueue(
                "deletion_asked",
                to=owner.email,
                kind="deletion",
                clinic=clinic,
                key=f"deletion_asked:{request.pk}:{owner.pk}",
                language=owner.language,
                context={
                    "person": owner,
                    "clinic": clinic,
                    "until": request.asked_at + ANSWER_WITHIN,
                    "url": settings.SITE_URL + reverse("desk:deletions", args=[clinic.pk]),
                },
            )
