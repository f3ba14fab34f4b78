"""The patient's thread with each clinic that treats them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from clinic import access
from clinic.access import Right, requires
from clinic.ui.forms import answer
from patients import threads
from patients.models import Message
from patients.portal.reading import own_patient, own_patients


@requires(Right.OWN_CARE)
def messages_page(request: HttpRequest) -> HttpResponse:
    """One thread, the newest message last. `?known=`: nothing is answered (204) while it looks as it did then."""
    patients = own_patients(request)
    patient = own_patient(request, patients)
    url = f"{reverse('portal:messages')}?patient={patient.pk}"
    form = threads.press(request, patient) if request.method == "POST" else threads.blank_form()
    if form is None:
        return redirect(f"{url}#newest")
    with timezone.override(patient.zone):
        thread = threads.open_thread(request, patient, by_staff=False)
        if request.GET.get("known") == thread.known:
            return HttpResponse(status=204)
        new = access.visible(request, Message).filter(by_staff=True, unread=True)
        context = {
            "clinic": patient.clinic,
            "patient": patient,
            "patients": patients,
            "with_news": set(new.values_list("patient", flat=True)),
            "thread": thread,
            "thread_url": url,
            "form": form,
        }
        return answer(request, "portal/messages.html", context, refused=form.is_bound)
