"""Something went wrong: a patient tells it, after a session or at any time."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from clinic import access
from clinic.access import Right, requires
from clinic.errors import Conflict
from clinic.ui.forms import answer, show_errors
from patients import events
from patients.event_form import EventForm
from patients.models import Patient, Session
from patients.portal.reading import own_patient, own_patients


@requires(Right.OWN_CARE)
def adverse_event(request: HttpRequest) -> HttpResponse:
    """Tell it. `?session=`: of that session; `?patient=`: to that clinic; `?told=1`: it was told, what now."""
    session = _session(request)
    patients = own_patients(request)
    patient = session.patient if session else own_patient(request, patients)
    context = {"patient": patient, "patients": patients, "clinic": patient.clinic, "session": session}
    if "told" in request.GET:
        return answer(request, "portal/event_told.html", context, refused=False)
    with timezone.override(patient.zone):
        day = session.local_date if session else patient.local_date(timezone.now())
        form = EventForm(request.POST if request.method == "POST" else None, patient=patient, day=day)
        if form.is_valid() and _kept(request, form, patient, session):
            return redirect(f"{request.path}?told=1&patient={patient.pk}")
        return answer(request, "portal/event.html", context | {"form": form}, refused=form.is_bound)


def _session(request: HttpRequest) -> Session | None:
    asked = request.GET.get("session")
    rows = Session.objects.select_related("patient__clinic")
    return access.get(request, rows, pk=asked) if asked else None


def _kept(request: HttpRequest, form: EventForm, patient: Patient, session: Session | None) -> bool:
    try:
        events.report(access.person(request), patient, session=session, **form.cleaned_data)
    except ValidationError as problem:
        show_errors(form, problem)
        return False
    except Conflict as conflict:
        messages.warning(request, str(conflict))
    return True
