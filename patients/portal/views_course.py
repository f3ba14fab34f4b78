"""The patient's own progress report on paper."""

import datetime as dt
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic import access
from clinic.access import Right, requires
from patients import course
from patients.models import Patient

WEEKS = (4, 12, 26)


@require_GET
@requires(Right.OWN_CARE)
def progress_report(request: HttpRequest, patient: UUID) -> HttpResponse:
    """The PDF of the last `?weeks=`, twelve where nothing else is asked."""
    own = access.get(request, Patient.objects.select_related("clinic"), pk=patient)
    asked = request.GET.get("weeks", "")
    weeks = next((n for n in WEEKS if str(n) == asked), course.WEEKS_AT_FIRST)
    today = own.local_date(timezone.now())
    try:
        return course.answer(access.person(request), own, first=today - dt.timedelta(weeks=weeks), last=today)
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
        return redirect("portal:progress")
