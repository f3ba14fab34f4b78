"""A prescription on paper, at the desk."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_GET

from clinic import access
from clinic.access import Right, requires
from patients import handout as paper
from patients.models import Prescription


@require_GET
@requires(Right.VIEW_PATIENTS)
def handout(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The PDF (`?paper=`, `?size=`); what cannot be printed is said on the patient's page."""
    prescription = access.get(request, Prescription.objects.select_related("patient__clinic"), pk=pk)
    try:
        return paper.answer(
            access.person(request),
            prescription,
            paper=request.GET.get("paper", ""),
            size=request.GET.get("size", ""),
        )
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
        return redirect("desk:patient", prescription.patient_id)
