"""What was sent to the patient and what was not, and why."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from clinic.access import Right, requires
from patients import told
from patients.portal.reading import own_patient, own_patients
from patients.reminding.wishes import nothing_gets_out

A_PAGE = 30


@requires(Right.OWN_CARE)
def sent(request: HttpRequest) -> HttpResponse:
    """Reminders and mails of one clinic by day, the newest first."""
    patients = own_patients(request)
    patient = own_patient(request, patients)
    page = Paginator(told.everything(patient), A_PAGE).get_page(request.GET.get("page"))
    with timezone.override(patient.zone):
        context = {
            "patient": patient,
            "patients": patients,
            "silent": nothing_gets_out(patient.reminder_preference),
            "page": page,
            "rows": told.read(page.object_list, patient.zone),
        }
        return render(request, "portal/sent.html", context)
