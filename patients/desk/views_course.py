"""A patient's progress report on paper, at the desk."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic import access
from clinic.access import Right, requires
from patients import course
from patients.desk import window as windows
from patients.models import Patient


@require_GET
@requires(Right.VIEW_PATIENTS)
def progress_report(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The PDF of the window that the patient's page shows, asked for in the same words (`?weeks=`, `?from=&to=`).

    Days that make no window are told on that page; paper about other days than those asked for would mislead.
    """
    patient = access.get(request, Patient.objects.select_related("clinic"), pk=pk)
    window = windows.asked(request.GET, patient.local_date(timezone.now()))
    if window.form.errors:
        return redirect(f"{reverse('desk:patient', args=[patient.pk])}?{request.GET.urlencode()}#window")
    try:
        return course.answer(access.person(request), patient, first=window.first, last=window.last)
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
        return redirect("desk:patient", patient.pk)
