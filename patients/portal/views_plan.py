"""The patient's plan: the coming days, how each stretch goes, and what was changed."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from clinic.access import Right, requires
from patients.portal import planning
from patients.portal.reading import day_of, own_patient, own_patients


@requires(Right.OWN_CARE)
def plan(request: HttpRequest) -> HttpResponse:
    patients = own_patients(request)
    patient = own_patient(request, patients)
    courses = planning.of_patient(patient)
    context = {
        "patient": patient,
        "patients": patients,
        "courses": courses,
        "today": patient.local_date(timezone.now()),
        # Why there is none, where there is none.
        "day": None if courses else day_of(patient, timezone.now()),
    }
    return render(request, "portal/plan.html", context)
