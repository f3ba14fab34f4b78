"""A patient's details and life cycle: each act a small page that says what will change (docs/rules.md 2)."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic import access
from clinic import people as colleagues
from clinic.access import Right, requires
from clinic.models import User
from clinic.ui.forms import answer, show_errors
from patients import alerts, lifecycle, people
from patients.desk.acting import act_page, day
from patients.desk.forms import (
    AddressForm,
    ConfirmForm,
    DetailsForm,
    DischargeForm,
    MoveForm,
    ReasonForm,
)
from patients.models import Patient
from patients.models.people import PatientState


@requires(Right.CARE_FOR_PATIENTS)
def details(request: HttpRequest, pk: UUID) -> HttpResponse:
    patient = access.get(request, Patient.objects.select_related("clinic", "clinician", "user"), pk=pk)
    form = DetailsForm(_typed(request), patient=patient)
    if request.method == "POST" and form.is_valid():
        try:
            changed = people.change_details(access.person(request), patient, **form.changes())
        except ValidationError as problem:
            show_errors(form, problem)
        else:
            messages.success(request, _saved(patient, changed))
            return redirect("desk:patient", patient.pk)
    context = {"clinic": patient.clinic, "patient": patient, "form": form}
    return answer(request, "desk/details.html", context, refused=bool(form.errors))


def _saved(patient: Patient, changed: list[str]) -> str:
    if not changed:
        return _("Nothing was changed.")
    if "email" in changed and patient.email and patient.state == PatientState.INVITED:
        return _("Saved. A new invitation was sent to %(email)s; the former one does not work any more.") % {
            "email": patient.email
        }
    return _("Saved.")


@requires(Right.CARE_FOR_PATIENTS)
def reinvite(request: HttpRequest, pk: UUID) -> HttpResponse:
    patient = access.get(request, Patient, pk=pk)
    form = AddressForm(_typed(request), initial={"email": patient.email})

    def act(actor: User, asked: dict[str, Any]) -> str:
        people.reinvite(actor, patient, email=asked["email"])
        return _("A new invitation was sent to %(email)s. The former one does not work any more.") % {
            "email": patient.email
        }

    return act_page(request, "reinvite", patient, form, act, {})


@requires(Right.CARE_FOR_PATIENTS)
def move(request: HttpRequest, pk: UUID) -> HttpResponse:
    patient = access.get(request, Patient.objects.select_related("clinic", "clinician"), pk=pk)
    prescribers = colleagues.with_right(patient.clinic, Right.PRESCRIBE)
    others = prescribers.exclude(pk=patient.clinician_id) if patient.clinician_id else prescribers
    form = MoveForm(_typed(request), clinicians=others)

    def act(actor: User, asked: dict[str, Any]) -> str:
        lifecycle.move(actor, patient, clinician=asked["clinician"])
        return _("%(patient)s is in the care of %(clinician)s now.") % {
            "patient": patient,
            "clinician": patient.clinician,
        }

    more = {"others": others, "open_alerts": alerts.unresolved(patient).count()}
    return act_page(request, "move", patient, form, act, more)


@requires(Right.CARE_FOR_PATIENTS)
def deactivate(request: HttpRequest, pk: UUID) -> HttpResponse:
    patient = access.get(request, Patient, pk=pk)
    form = ReasonForm(_typed(request))

    def act(actor: User, asked: dict[str, Any]) -> str:
        lifecycle.deactivate(actor, patient, reason=asked["reason"])
        return _("%(patient)s is inactive now.") % {"patient": patient}

    more = {"running": lifecycle.stoppable(patient), "critical": alerts.critical_open(patient)}
    return act_page(request, "deactivate", patient, form, act, more)


@requires(Right.CARE_FOR_PATIENTS)
def reactivate(request: HttpRequest, pk: UUID) -> HttpResponse:
    patient = access.get(request, Patient, pk=pk)

    def act(actor: User, asked: dict[str, Any]) -> str:
        lifecycle.reactivate(actor, patient)
        return _("%(patient)s is in care again.") % {"patient": patient}

    more = {"change": lifecycle.last_change(patient), "running": lifecycle.stoppable(patient)}
    return act_page(request, "reactivate", patient, ConfirmForm(_typed(request)), act, more)


@requires(Right.PRESCRIBE)
def discharge(request: HttpRequest, pk: UUID) -> HttpResponse:
    """It stops prescriptions, so it is for those who prescribe."""
    patient = access.get(request, Patient, pk=pk)
    today = patient.local_date(timezone.now())
    form = DischargeForm(_typed(request), initial={"on": today})

    def act(actor: User, asked: dict[str, Any]) -> str:
        change = lifecycle.discharge(actor, patient, **asked)
        if change.since > today:
            return _("Written down: %(patient)s leaves care on %(day)s.") % {
                "patient": patient,
                "day": day(change.since),
            }
        return _("%(patient)s is discharged. The record stays.") % {"patient": patient}

    more = {
        "running": lifecycle.stoppable(patient),
        "open_alerts": alerts.unresolved(patient).count(),
        "critical": alerts.critical_open(patient),
    }
    return act_page(request, "discharge", patient, form, act, more)


@requires(Right.PRESCRIBE)
def readmit(request: HttpRequest, pk: UUID) -> HttpResponse:
    """It may let stopped prescriptions go on, so it is for those who prescribe."""
    patient = access.get(request, Patient, pk=pk)
    coming = lifecycle.coming_discharge(patient)

    def act(actor: User, asked: dict[str, Any]) -> str:
        going_on = len(lifecycle.readmit(actor, patient))
        done = _("The discharge was taken back.") if coming else _("%(patient)s is in care again.")
        goes_on = ngettext("%(number)d prescription goes on.", "%(number)d prescriptions go on.", going_on)
        return done % {"patient": patient} + " " + goes_on % {"number": going_on}

    more = {
        "coming": coming,
        "change": coming or lifecycle.last_change(patient),
        "going_on": lifecycle.resumable(patient),
    }
    return act_page(request, "readmit", patient, ConfirmForm(_typed(request)), act, more)


def _typed(request: HttpRequest) -> Any:
    """What was sent, even if it is nothing; None where the page is only asked for."""
    return request.POST if request.method == "POST" else None
