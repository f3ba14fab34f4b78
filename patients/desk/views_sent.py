"""What was sent to one patient and what was not, and why, as the clinic reads it."""

from uuid import UUID

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic import access
from clinic.access import Right, requires
from patients import reading, told
from patients.models import Patient
from patients.reaching import standing
from patients.reminding.wishes import nothing_gets_out

A_PAGE = 50


@require_GET
@requires(Right.VIEW_PATIENTS)
def sent(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Reminders and invitations by day of the patient's zone, the newest first."""
    rows = Patient.objects.select_related("clinic", "user", "reminder_preference")
    patient = access.get(request, rows, pk=pk)
    reading.note(access.person(request), patient)
    preference = getattr(patient, "reminder_preference", None)
    page = Paginator(told.everything(patient, by_staff=True), A_PAGE).get_page(request.GET.get("page"))
    with timezone.override(patient.zone):
        context = {
            "clinic": patient.clinic,
            "patient": patient,
            "page": page,
            "rows": told.read(page.object_list, patient.zone, by_staff=True),
            "reach": standing.of(patient),
            "preference": preference,
            "silent": preference is not None and nothing_gets_out(preference),
        }
        return render(request, "desk/sent.html", context)
