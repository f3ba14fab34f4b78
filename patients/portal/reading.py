"""What the patient's pages read, always through the door: own patients, today, own sessions."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.utils import timezone

from clinic import access
from patients import progress
from patients.models import Patient, Prescription, Session
from patients.models.people import PatientState
from patients.models.reminders import Kind
from patients.progress import Now, Today


def own_patients(request: HttpRequest) -> list[Patient]:
    """The patients that the signed-in person is: one for each clinic that treats them.

    Raises PermissionDenied for somebody who is nobody's patient.
    """
    rows = access.visible(request, Patient).select_related("clinic", "reminder_preference")
    patients = list(rows.order_by("clinic__name", "pk"))
    if not patients:
        raise PermissionDenied
    return patients


def own_patient(request: HttpRequest, patients: Sequence[Patient]) -> Patient:
    """The patient a page is about: the one asked for by `?patient=`, else the first."""
    asked = request.GET.get("patient")
    if not asked:
        return patients[0]
    for patient in patients:
        if str(patient.pk) == asked:
            return patient
    raise Http404


def zone_data(patients: Sequence[Patient]) -> list[dict[str, Any]]:
    """What static/js/zone_question.js asks about: each patient's zone, and those they did not want to change to."""
    return [{"zone": str(p.time_zone), "kept": p.reminder_preference.zones_kept} for p in patients]


@dataclass(frozen=True, slots=True)
class Card:
    """One plan of the day, with what the page says beside it."""

    plan: Today
    today: dt.date
    next_time: str  # the first reminder time, "HH:MM", or nothing

    @property
    def in_part(self) -> bool:
        """The day's sessions are done, but none of them in full."""
        sessions = self.plan.sessions
        return bool(sessions) and all(s.performed_sets < s.prescribed_sets for s in sessions)

    @property
    def next_is_tomorrow(self) -> bool:
        return self.plan.next_day == self.today + dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PatientDay:
    """One patient's day, or why there is nothing in it."""

    patient: Patient
    date: dt.date  # the patient's own
    cards: Sequence[Card]
    # Only looked for when nothing is current: the plan that begins next, else the one that ended last.
    next_plan: Prescription | None = None
    last_plan: Prescription | None = None

    @property
    def discharged(self) -> bool:
        return self.patient.state == PatientState.DISCHARGED


def day_of(patient: Patient, now: dt.datetime) -> PatientDay:
    """The patient's day at an instant."""
    today = patient.local_date(now)
    plans = progress.today_of(patient, now) if patient.state == PatientState.ACTIVE else []
    if plans:
        # What is due comes first, what waits for a clinician next.
        order = [Now.DUE, Now.HELD, Now.DONE, Now.PAUSED, Now.REST]
        plans.sort(key=lambda plan: order.index(plan.state))
        return PatientDay(patient, today, [_card(plan, patient, today) for plan in plans])
    others = list(patient.prescriptions.order_by("starts_on"))
    coming = [p for p in others if p.starts_on > today and not p.stopped_from]
    over = [p for p in others if p not in coming]
    return PatientDay(
        patient,
        today,
        [],
        next_plan=coming[0] if coming else None,
        last_plan=max(over, key=lambda p: p.last_day or p.starts_on, default=None),
    )


def _card(plan: Today, patient: Patient, today: dt.date) -> Card:
    preference = patient.reminder_preference
    wanted = Kind.SESSION_DUE not in preference.off
    times = preference.times or patient.clinic.reminder_times
    return Card(plan, today, times[0] if wanted and times else "")


def current_plan(request: HttpRequest, prescription: Prescription) -> Today | None:
    """Today's entry of a prescription; None when it has not begun or is over."""
    patient = prescription.patient
    if patient.state != PatientState.ACTIVE:
        return None
    plans = progress.today_of(patient, timezone.now())
    return next((plan for plan in plans if plan.prescription.pk == prescription.pk), None)


def may_correct(session: Session) -> bool:
    """The patient corrects a session on its own local day (docs/rules.md 5)."""
    today = session.patient.local_date(timezone.now())
    return session.voided_at is None and session.local_date == today
