"""Messages at the desk: the threads that wait for the clinic, and one patient's thread."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clinic import access
from clinic.access import Right, requires
from clinic.ui.forms import answer
from patients import messaging, threads
from patients.models import Patient


@require_GET
@requires(Right.VIEW_PATIENTS)
def inbox(request: HttpRequest, clinic: UUID) -> HttpResponse:
    """The threads with something unread, the longest waiting first; `?all=1`: every thread."""
    practice = access.clinic(request, clinic)
    everything = "all" in request.GET
    patients = access.visible(request, Patient).filter(clinic=practice)
    found = threads.inbox(patients, everything=everything, page=request.GET.get("page"))
    context = {"clinic": practice, "everything": everything, "rows": found.rows, "page": found.page}
    return render(request, "desk/messages.html", context)


@requires(Right.VIEW_PATIENTS)
def thread(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One patient's thread; opened by somebody who may answer, it counts as read by the clinic.

    `?known=`: nothing is answered (204) while it looks as it did then.
    """
    right = Right.CARE_FOR_PATIENTS if request.method == "POST" else Right.VIEW_PATIENTS
    patient = access.get(request, Patient.objects.select_related("clinic"), right, pk=pk)
    url = reverse("desk:message_thread", args=[patient.pk])
    form = threads.press(request, patient) if request.method == "POST" else threads.blank_form()
    if form is None:
        return redirect(f"{url}#newest")
    may_write = Right.CARE_FOR_PATIENTS in access.rights_in(request.user, patient.clinic_id)
    with timezone.override(patient.clinic.time_zone):
        shown = threads.open_thread(request, patient, by_staff=True, reads=may_write)
        if request.GET.get("known") == shown.known:
            return HttpResponse(status=204)
        context = {
            "clinic": patient.clinic,
            "patient": patient,
            "thread": shown,
            "thread_url": url,
            "form": form,
            "may_write": may_write,
            "has_written": any(not entry.ours and not entry.message.withdrawn_at for entry in shown.entries),
        }
        return answer(request, "desk/thread.html", context, refused=form.is_bound)


@require_POST
@requires(Right.CARE_FOR_PATIENTS)
def mark_unread(request: HttpRequest, pk: UUID) -> HttpResponse:
    patient = access.get(request, Patient.objects.select_related("clinic"), pk=pk)
    try:
        messaging.mark_unread(access.person(request), patient)
    except ValidationError as problem:
        messages.warning(request, " ".join(problem.messages))
    else:
        messages.success(request, _("The messages of %(name)s wait here again.") % {"name": patient.name})
    return redirect("desk:messages", patient.clinic_id)
