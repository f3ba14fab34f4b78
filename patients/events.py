"""Adverse events: something went wrong, told by a patient or by the staff for them (docs/rules.md 6)."""

import datetime as dt
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit
from clinic.errors import Conflict
from clinic.models import User
from patients import alerts
from patients.alerts import Cause
from patients.models import AdverseEvent, Item, Patient, Session
from patients.models.alerts import Rule
from patients.models.people import PatientState

LENGTH = 2000  # characters
# So long ago something may have happened.
EARLIEST = dt.timedelta(days=366)


@transaction.atomic
def report(
    actor: User,
    patient: Patient,
    *,
    id: UUID,  # noqa: A002 - the word of the API's body
    text: str,
    happened_on: dt.date,
    session: Session | None = None,
    during: Item | None = None,
) -> tuple[AdverseEvent, bool]:
    """Keep what went wrong, and raise a critical alert; returns it and whether it is new.

    `happened_on` is the patient's local date. The client makes the `id`: the same again is the same event. Raises
    Conflict when the id is known with other content, ValidationError by field: `text`, `happened_on`, `session`,
    `during`, `patient`.
    """
    alerts.lock(patient)
    text = text.replace("\r\n", "\n").strip()
    told = {"text": text, "happened_on": happened_on, "session": session, "during": during}
    known = AdverseEvent.objects.select_related("session", "during").filter(pk=id).first()
    if known:
        same = all(getattr(known, name) == value for name, value in told.items())
        if known.patient_id != patient.pk or not same:
            raise Conflict(_("This is kept already, with other content. Nothing was changed."))
        return known, False
    now = timezone.now()
    if errors := _errors(patient, text, happened_on, session, during, now):
        raise ValidationError(errors)
    by_staff = actor.pk != patient.user_id
    event = AdverseEvent.objects.create(
        pk=id, patient=patient, reported_by=actor, by_staff=by_staff, reported_at=now, **told
    )
    cause = Cause(f"event:{event.pk}", happened_on, happened_on, session, event)
    alerts.raise_alert(patient, Rule.ADVERSE_EVENT, now, cause)
    audit.record(
        actor, "adverse_event.reported", event, clinic=patient.clinic, subject=patient, by_staff=by_staff
    )
    return event, True


def prescribed_to(patient: Patient) -> QuerySet[Item]:
    """All that a patient was ever asked to do."""
    return Item.objects.filter(revision__prescription__patient=patient)


def _errors(
    patient: Patient,
    text: str,
    happened_on: dt.date,
    session: Session | None,
    during: Item | None,
    now: dt.datetime,
) -> dict[str, list[str]]:
    errors = {}
    today = patient.local_date(now)
    if not text:
        errors["text"] = [_("Say in a few words what happened.")]
    elif len(text) > LENGTH:
        errors["text"] = [_("At most %(most)d characters.") % {"most": LENGTH}]
    if happened_on > today:
        errors["happened_on"] = [_("This day is still to come.")]
    elif happened_on < today - EARLIEST:
        errors["happened_on"] = [_("Choose a day within the last year.")]
    if session and session.patient_id != patient.pk:
        errors["session"] = [_("Unknown.")]
    if during and during.revision.prescription.patient_id != patient.pk:
        errors["during"] = [_("Unknown.")]
    if patient.state == PatientState.INACTIVE:
        errors["patient"] = [_("This patient is inactive.")]
    return errors
