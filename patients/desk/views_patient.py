"""One patient: all that the clinic knows, and the acts that start from it."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clinic import access, audit
from clinic.access import Right, requires
from exercises.models import Condition
from patients import people
from patients.desk import record
from patients.models import Patient
from patients.models.people import PatientState


@require_GET
@requires(Right.VIEW_PATIENTS)
def patient(request: HttpRequest, pk: UUID) -> HttpResponse:
    person = access.get(request, Patient, pk=pk)
    rights = access.rights_in(request.user, person.clinic_id)
    return render(
        request,
        "desk/patient.html",
        {
            "clinic": person.clinic,
            "patient": person,
            "record": record.of(person, audit.about(person.pk)),
            "conditions": [Condition(tag).label for tag in person.conditions],
            "invited": person.state == PatientState.INVITED,
            "may_care": Right.CARE_FOR_PATIENTS in rights,
            "may_prescribe": Right.PRESCRIBE in rights,
        },
    )


@require_POST
@requires(Right.CARE_FOR_PATIENTS)
def reinvite(request: HttpRequest, pk: UUID) -> HttpResponse:
    person = access.get(request, Patient, pk=pk)
    try:
        people.reinvite(access.person(request), person)
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
    else:
        messages.success(
            request,
            _("A new invitation was sent to %(email)s. The former one does not work any more.")
            % {"email": person.email},
        )
    return redirect("desk:patient", person.pk)
