"""One patient: all that the clinic knows, and the acts that start from it."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from clinic import access, audit
from clinic.access import Right, requires
from exercises.models import Condition
from patients import handout, leaving, messaging, reading
from patients.desk import record
from patients.desk import window as windows
from patients.models import Patient
from patients.models.people import IN_CARE, PatientState
from patients.reaching import standing


@require_GET
@requires(Right.VIEW_PATIENTS)
def patient(request: HttpRequest, pk: UUID) -> HttpResponse:
    person = access.get(request, Patient, pk=pk)
    rights = access.rights_in(request.user, person.clinic_id)
    window = windows.asked(request.GET, person.local_date(timezone.now()))
    reading.note(access.person(request), person)
    return render(
        request,
        "desk/patient.html",
        {
            "clinic": person.clinic,
            "patient": person,
            "record": record.of(person, audit.about(person.pk), window),
            "window": window,
            "weeks": windows.WEEKS,
            "conditions": [Condition(tag).label for tag in person.conditions],
            "invited": person.state == PatientState.INVITED,
            "in_care": person.state in IN_CARE,
            "prints": handout.choices(person),
            "reach": standing.of(person),
            "unread_messages": messaging.waiting(person, by_staff=False).count(),
            "deletion": leaving.open_request(person),
            "may_decide": Right.MANAGE_CLINIC in rights,
            "may_care": Right.CARE_FOR_PATIENTS in rights,
            "may_prescribe": Right.PRESCRIBE in rights,
        },
    )
