"""How a patient's care pauses, ends, begins again, and passes to another clinician (docs/rules.md 2).

The record stays whatever happens. Somebody whose critical alert nobody has resolved leaves nobody's sight.
"""

import datetime as dt
import logging

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit
from clinic import people as colleagues
from clinic.access import Right
from clinic.models import User
from clinic.ui.dates import date_format
from patients import alerts, prescribing
from patients.models import Patient, Prescription, StateChange
from patients.models.alerts import Level
from patients.models.people import PatientState
from patients.people import lock, not_a_clinician, withdraw_invitation

logger = logging.getLogger(__name__)

# So far ahead a discharge can be written down.
AHEAD = dt.timedelta(days=366)


@transaction.atomic
def deactivate(actor: User, patient: Patient, *, reason: str) -> None:
    """The patient reaches nothing of this clinic and is reminded of nothing; what is prescribed stays as it is.

    An open invitation stops working. Twice changes nothing. Raises ValidationError (`reason`, `patient`).
    """
    lock(patient)
    if patient.state == PatientState.INACTIVE:
        return
    errors = _reason_errors(reason)
    if patient.state == PatientState.DISCHARGED:
        errors["patient"] = [_("This patient is discharged.")]
    elif alerts.critical_open(patient):
        errors["patient"] = [_look_first()]
    if errors:
        raise ValidationError(errors)
    withdraw_invitation(patient)
    _change_now(actor, patient, PatientState.INACTIVE, reason)
    _record(actor, "patient.deactivated", patient)


@transaction.atomic
def reactivate(actor: User, patient: Patient) -> None:
    """The patient is in care as before. Raises ValidationError (`patient`) where they are not inactive."""
    lock(patient)
    if patient.state != PatientState.INACTIVE:
        raise ValidationError({"patient": [_("This patient is not inactive.")]})
    _come_back(actor, patient)
    _record(actor, "patient.reactivated", patient)


@transaction.atomic
def discharge(actor: User, patient: Patient, *, reason: str, on: dt.date | None = None) -> StateChange:
    """The patient leaves care on a local date, today without one; the prescriptions stop as of that date.

    What was done stays in the record. Alerts that are open are resolved with the reason, but a critical one has to
    be looked at first. Of a day to come everything but the prescriptions' end waits for that day (`leave_due`).
    Raises ValidationError by field: `reason`, `on`, `patient`.
    """
    lock(patient)
    today = patient.local_date(timezone.now())
    on = on or today
    errors = _reason_errors(reason)
    if on < today:
        errors["on"] = [_("A discharge counts from today or later; days that are over stay as they were.")]
    elif on > today + AHEAD:
        errors["on"] = [_("Choose a day within a year.")]
    if patient.state == PatientState.DISCHARGED:
        errors["patient"] = [_("This patient is discharged already.")]
    elif coming := coming_discharge(patient):
        errors["patient"] = [_("The discharge of %(day)s stands already. Take it back first.") % _on(coming)]
    elif on == today and alerts.critical_open(patient):
        errors["patient"] = [_look_first()]
    if errors:
        raise ValidationError(errors)
    change = StateChange.objects.create(
        patient=patient,
        state=PatientState.DISCHARGED,
        since=on,
        reason=reason.strip(),
        changed_by=actor,
    )
    stopped = _stop_all(actor, patient, change)
    _record(actor, "patient.discharged", patient, since=str(on), stopped=stopped)
    if on == today:
        _leave(patient, change)
    return change


@transaction.atomic
def readmit(actor: User, patient: Patient) -> list[Prescription]:
    """Take a discharged patient back into care, or take back a discharge to come.

    Prescriptions that the discharge stopped go on where the stop has not begun to count in a day that is over; these
    are returned. Raises ValidationError (`patient`) for somebody who is not discharged.
    """
    lock(patient)
    change = coming_discharge(patient)
    if change is None and patient.state != PatientState.DISCHARGED:
        raise ValidationError({"patient": [_("This patient is in care.")]})
    going_on = resumable(patient)
    for prescription in going_on:
        prescribing.take_back_stop(actor, prescription)
    if patient.state == PatientState.DISCHARGED:
        _come_back(actor, patient)
    elif change:
        change.withdrawn_at = timezone.now()
        change.save(update_fields=["withdrawn_at"])
    _record(actor, "patient.readmitted", patient, resumed=len(going_on))
    return going_on


@transaction.atomic
def move(actor: User, patient: Patient, *, clinician: User) -> None:
    """Put the patient into a colleague's care: digest and alerts are theirs from now on.

    Raises ValidationError (`clinician`) for somebody who does not prescribe in the clinic.
    """
    lock(patient)
    if not colleagues.with_right(patient.clinic, Right.PRESCRIBE).filter(pk=clinician.pk).exists():
        raise ValidationError({"clinician": [not_a_clinician()]})
    if patient.clinician_id == clinician.pk:
        return
    former, patient.clinician = patient.clinician_id, clinician
    patient.save(update_fields=["clinician"])
    _record(
        actor, "patient.moved", patient, former=str(former) if former else None, clinician=str(clinician.pk)
    )


def leave_due(now: dt.datetime) -> int:
    """Discharge those whose day has come, and answer how many; done by a tick, any number of times.

    Whoever has a critical alert that nobody has resolved stays until somebody has.
    """
    # The patients' dates differ by zone; by a day at most.
    waiting = StateChange.objects.filter(
        counted_at=None, withdrawn_at=None, since__lte=now.date() + dt.timedelta(days=1)
    ).select_related("patient", "changed_by")
    left = 0
    for change in waiting:
        patient = change.patient
        if change.since > patient.local_date(now) or alerts.critical_open(patient):
            continue
        try:
            left += _leave_now(change.pk, patient)
        except (
            ValidationError
        ):  # a prescription changed at the same moment; the next tick finds the patient again
            logger.exception("The discharge of patient %s waits for the next tick.", patient.pk)
    return left


def coming_discharge(patient: Patient) -> StateChange | None:
    """The discharge that is written down and waits for its day."""
    return patient.state_changes.filter(counted_at=None, withdrawn_at=None).first()


def last_change(patient: Patient) -> StateChange | None:
    """Why, since when and by whose hand a patient is discharged or inactive."""
    return patient.state_changes.filter(state=patient.state, withdrawn_at=None).first()


def stoppable(patient: Patient) -> list[Prescription]:
    """The prescriptions that a discharge would stop."""
    return list(alerts.not_over(patient).filter(stopped_from=None))


def resumable(patient: Patient) -> list[Prescription]:
    """The prescriptions that go on when the discharge is taken back: no day without them is over yet."""
    change = coming_discharge(patient) or last_change(patient)
    if change is None:
        return []
    today = patient.local_date(timezone.now())
    rows = patient.prescriptions.filter(stop_reason=change.reason, stopped_from__gte=max(today, change.since))
    return [p for p in rows if p.ends_on is None or p.ends_on >= today]


# --- What the verbs share


@transaction.atomic
def _leave_now(pk: int, patient: Patient) -> int:
    """Of two ticks side by side one finds the change still open."""
    lock(patient)
    change = StateChange.objects.filter(pk=pk, counted_at=None, withdrawn_at=None).first()
    if change is None:
        return 0
    change.patient = patient
    _stop_all(change.changed_by, patient, change)
    _leave(patient, change)
    _record(None, "patient.left", patient, since=str(change.since))
    return 1


def _leave(patient: Patient, change: StateChange) -> None:
    withdraw_invitation(patient)
    note = _("Discharged: %(reason)s") % {"reason": change.reason}
    # A critical one that came in meanwhile was seen by nobody: it stays, and keeps the patient in sight.
    for alert in alerts.unresolved(patient).exclude(level=Level.CRITICAL):
        alerts.resolve(change.changed_by, alert, note=note)
    _count(patient, change)


def _stop_all(actor: User, patient: Patient, change: StateChange) -> int:
    """Stop what still runs on the day of the discharge, through the verb, as of that day; answer how many."""
    stopped = 0
    for prescription in stoppable(patient):
        from_day = max(change.since, prescribing.next_open_day(prescription))
        if prescription.last_day is None or prescription.last_day >= from_day:
            prescribing.stop(actor, prescription, reason=change.reason, from_day=from_day)
            stopped += 1
    return stopped


def _come_back(actor: User, patient: Patient) -> None:
    _change_now(actor, patient, PatientState.ACTIVE if patient.user_id else PatientState.INVITED)


def _count(patient: Patient, change: StateChange) -> None:
    """From now on the patient's state is this one."""
    change.counted_at = timezone.now()
    change.save(update_fields=["counted_at"])
    patient.state = change.state
    patient.save(update_fields=["state"])


def _change_now(actor: User, patient: Patient, state: PatientState, reason: str = "") -> None:
    """Beside a discharge to come, which keeps waiting for its day."""
    now = timezone.now()
    StateChange.objects.create(
        patient=patient,
        state=state,
        since=patient.local_date(now),
        reason=reason.strip(),
        changed_by=actor,
        counted_at=now,
    )
    patient.state = state
    patient.save(update_fields=["state"])


def _reason_errors(reason: str) -> dict[str, list[str]]:
    return {} if reason.strip() else {"reason": [_("Say in a few words why.")]}


def _look_first() -> str:
    return _("A critical alert is not resolved. Look at it first, so that nobody leaves unseen.")


def _on(change: StateChange) -> dict[str, str]:
    return {"day": date_format(change.since, "D j M Y")}


def _record(actor: User | None, verb: str, patient: Patient, **details: object) -> None:
    audit.record(actor, verb, patient, clinic=patient.clinic, subject=patient, **details)
