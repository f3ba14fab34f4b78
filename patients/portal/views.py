"""The patient's day, and the two pages that explain."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from clinic import access
from clinic.access import Right, requires
from patients import alerts
from patients.models import Patient
from patients.portal.player import sending_data
from patients.portal.reading import day_of, own_patients, zone_data
from patients.progress import Now


@requires(Right.OWN_CARE)
def today(request: HttpRequest) -> HttpResponse:
    """What is due now, what is done, and when the next one is."""
    now = timezone.now()
    patients = own_patients(request)
    days = [day_of(patient, now) for patient in patients]
    plans = [card.plan for day in days for card in day.cards]
    # One thing on the page is to be pressed first: the session that is due.
    first = next((plan for plan in plans if plan.state is Now.DUE), None)
    context = {
        "days": days,
        "start": first,
        "waiting_data": sending_data(request),
        "zone_data": zone_data(patients),
    }
    return render(request, "portal/today.html", context)


@requires(Right.PUBLIC)
def explained(request: HttpRequest) -> HttpResponse:
    """How adherence is counted, in plain words (docs/rules.md 4)."""
    own_care = access.visible(request, Patient, Right.OWN_CARE).exists()
    return render(request, "portal/explained.html", {"own_care": own_care})


@requires(Right.OWN_CARE)
def urgent(request: HttpRequest) -> HttpResponse:
    """What to do now, after an answer that needs urgent care."""
    patients = own_patients(request)
    waiting = [p for p in patients if alerts.waiting_for_review(p)]
    clinic, *others = [p.clinic for p in waiting or patients]
    context = {"clinic": clinic, "others": others, "waits": bool(waiting)}
    return render(request, "portal/urgent.html", context)
