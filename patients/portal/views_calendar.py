"""The patient's calendar: the page with its secret address, and the feed that calendars read there."""

import hashlib
from datetime import timedelta

from django.contrib import messages
from django.core.cache import caches
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from clinic import access
from clinic.access import Right, requires
from patients import calendar, feeds
from patients.models import CalendarFeed, Patient
from patients.models.people import PatientState
from patients.portal.reading import own_patient, own_patients

ACTS = {
    "make": (feeds.make, _("Your calendar has an address now.")),
    "renew": (feeds.renew, _("This is the new address. The former one does not work any more.")),
    "revoke": (feeds.revoke, _("Switched off. The address does not work any more.")),
}
# So often is one address answered, in each process. Counted by address, not by sender: the calendars of many people
# are read by the same few servers. An address that nobody made costs no query, so guessing needs no limit of its own.
READS = 60
PERIOD = timedelta(hours=1)


@requires(Right.OWN_CARE)
def calendar_page(request: HttpRequest) -> HttpResponse:
    """The address and how to use it; POST `act` makes one, makes another one, or switches it off."""
    patients = own_patients(request)
    patient = own_patient(request, patients)
    if request.method == "POST":
        return _act(request, patient)
    feed = access.visible(request, CalendarFeed).filter(patient=patient).first()
    address = feeds.address(feed) if feed else ""
    with timezone.override(patient.zone):
        context = {
            "patient": patient,
            "patients": patients,
            "in_care": patient.state == PatientState.ACTIVE,
            "feed": feed,
            "address": address,
            "webcal": f"webcal:{address.partition(':')[2]}",
        }
        return render(request, "portal/calendar.html", context)


def _act(request: HttpRequest, patient: Patient) -> HttpResponse:
    if request.POST.get("act") not in ACTS:
        return HttpResponseBadRequest()
    verb, said = ACTS[request.POST["act"]]
    try:
        verb(access.person(request), patient)
        messages.success(request, str(said))
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
    return redirect(request.get_full_path())


@require_safe
@requires(Right.PUBLIC)
def feed(request: HttpRequest, secret: str) -> HttpResponseBase:
    """The calendar, for whoever has its address; 304 while it is what the reader has."""
    found = feeds.opened(secret)
    if found is None:
        raise Http404
    if not _may_read(found):
        headers = {"Retry-After": str(int(PERIOD.total_seconds()))}
        return HttpResponse(status=429, content_type="text/plain", headers=headers)
    now = timezone.now()
    body = calendar.of_patient(found.patient, now)
    feeds.note_reading(found, now)
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    response = HttpResponse(
        body,
        content_type="text/calendar; charset=utf-8",
        headers={
            "ETag": etag,
            "Cache-Control": "private, no-cache",
            "Content-Disposition": 'inline; filename="holdwell.ics"',
            "Referrer-Policy": "no-referrer",
            "X-Robots-Tag": "noindex",
        },
    )
    return get_conditional_response(request, etag=etag, response=response) or response


def _may_read(found: CalendarFeed) -> bool:
    counter = caches["throttle"]
    key = f"calendar:{found.pk}"
    counter.add(key, 0, PERIOD.total_seconds())
    return int(counter.incr(key)) <= READS
