"""The patient's own prescription on paper."""

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
@requires(Right.OWN_CARE)
def handout(request: HttpRequest, prescription: UUID) -> HttpResponse:
    """The PDF (`?size=`), on the paper that is usual where the clinic is."""
    rows = Prescription.objects.select_related("patient__clinic")
    own = access.get(request, rows, pk=prescription)
    try:
        return paper.answer(access.person(request), own, size=request.GET.get("size", ""))
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
        return redirect("portal:today")
