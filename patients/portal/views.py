"""The patient's day and progress, and the two pages that explain."""

import datetime as dt

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from clinic import access
from clinic.access import Right, requires
from clinic.ui.charts import Chart
from patients import alerts, drawing, progress
from patients.models import Patient, Session
from patients.portal.player import sending_data
from patients.portal.reading import day_of, own_patient, own_patients
from patients.portal.views_course import WEEKS as PAPER_WEEKS
from patients.progress import Now

FORTNIGHT = 14  # days
FOUR_WEEKS = 28  # days
SESSIONS_A_PAGE = 10
PHONE = 340  # pixels that a chart has on a phone; on a wider screen it grows


@requires(Right.OWN_CARE)
def today(request: HttpRequest) -> HttpResponse:
    """What is due now, what is done, and when the next one is."""
    now = timezone.now()
    days = [day_of(patient, now) for patient in own_patients(request)]
    plans = [card.plan for day in days for card in day.cards]
    # One thing on the page is to be pressed first: the session that is due.
    first = next((plan for plan in plans if plan.state is Now.DUE), None)
    context = {"days": days, "start": first, "waiting_data": sending_data(request)}
    return render(request, "portal/today.html", context)


@requires(Right.OWN_CARE)
def progress_page(request: HttpRequest) -> HttpResponse:
    """How it has gone: counts first, a strip of days, pain over time, and every session."""
    patients = own_patients(request)
    patient = own_patient(request, patients)
    fortnight = progress.of_patients([patient], FORTNIGHT)[patient.pk]
    weeks = progress.of_patients([patient], FOUR_WEEKS)[patient.pk]
    rows = access.visible(request, Session).filter(patient=patient).select_related("prescription")
    page = Paginator(rows.order_by("-started_at"), SESSIONS_A_PAGE).get_page(request.GET.get("page"))
    with timezone.override(patient.zone):
        context = {
            "patient": patient,
            "patients": patients,
            "fortnight": fortnight.adherence,
            "weeks": weeks.adherence,
            "strip": drawing.strip(fortnight.strip),
            "pain": _pain_chart(request, patient),
            "page": page,
            "paper_weeks": PAPER_WEEKS,
        }
        return render(request, "portal/progress.html", context)


def _pain_chart(request: HttpRequest, patient: Patient) -> Chart | None:
    """Pain before and after each session of the last four weeks; None when there is nothing to draw."""
    since = patient.local_date(timezone.now()) - dt.timedelta(days=FOUR_WEEKS)
    rated = list(
        access.visible(request, Session)
        .filter(patient=patient, voided_at=None, local_date__gte=since)
        .exclude(pain_before=None, pain_after=None)
        .order_by("started_at")
        .values_list("local_date", "pain_before", "pain_after")
    )
    if not rated:
        return None
    return drawing.pain(
        [(day, before) for day, before, _after in rated if before is not None],
        [(day, after) for day, _before, after in rated if after is not None],
        width=PHONE,
    )


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
    context = {"clinic": (waiting or patients)[0].clinic, "waits": bool(waiting)}
    return render(request, "portal/urgent.html", context)
