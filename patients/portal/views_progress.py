"""How it has gone, week by week and over time; and what the clinic sees of it."""

import datetime as dt
from collections.abc import Sequence

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from clinic import access
from clinic.access import Right, requires
from clinic.ui.charts import Chart
from patients import drawing, goals, progress, thresholds
from patients.adherence import Done, band, together
from patients.goals import Goal
from patients.models import Patient, Session
from patients.portal import saying
from patients.portal.reading import own_patient, own_patients
from patients.portal.views_course import WEEKS as PAPER_WEEKS
from patients.schedule import Plan, week_of

DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(weeks=1)
WEEKS = 12  # of the calendar, and of adherence over time
GOALS = 5  # weeks that are listed, with this one
FOUR_WEEKS = dt.timedelta(days=28)
SESSIONS_A_PAGE = 10
PHONE = 340  # pixels that a chart has on a phone; on a wider screen it grows

Parts = Sequence[tuple[Plan, Sequence[Done]]]


@requires(Right.OWN_CARE)
def progress_page(request: HttpRequest) -> HttpResponse:
    """Counts first, then the weeks and their goals, days, adherence and pain over time, and every session."""
    patients = own_patients(request)
    patient = own_patient(request, patients)
    today = patient.local_date(timezone.now())
    facts = _facts(patient, today - (WEEKS - 1) * WEEK, today)
    fortnight, weeks, _long = progress.windows(facts, today)
    weekly = _goals(facts, today)
    days = together(facts, weekly[-1].week.first, today, today).days
    strip = together(facts, today - (progress.STRIP_DAYS - 1) * DAY, today, today).days
    rated = _rated(_sessions(request, patient), today)
    rows = _sessions(request, patient).select_related("prescription")
    page = Paginator(rows.order_by("-started_at"), SESSIONS_A_PAGE).get_page(request.GET.get("page"))
    with timezone.override(patient.zone):
        context = {
            "patient": patient,
            "patients": patients,
            "fortnight": fortnight,
            "weeks": weeks,
            "goals": weekly[:GOALS],
            "number_of_weeks": len(weekly),
            # Nothing was asked and nothing was done: there is nothing to draw.
            "blank": weekly[-1].empty and not page.paginator.count,
            "weeks_said": saying.weeks(weekly[1:]),
            "strip": drawing.strip(strip),
            "calendar": drawing.calendar(days),
            "by_week": drawing.by_week(days, width=PHONE),
            "pain": _pain_chart(rated),
            "pain_said": saying.pain([after for _day, _before, after in rated if after is not None]),
            "page": page,
            "paper_weeks": PAPER_WEEKS,
        }
        return render(request, "portal/progress.html", context)


@requires(Right.OWN_CARE)
def seen(request: HttpRequest) -> HttpResponse:
    """What the clinic sees of this patient: the desk's figures, what raises an alert, notes and reasons."""
    patients = own_patients(request)
    patient = own_patient(request, patients)
    today = patient.local_date(timezone.now())
    facts = _facts(patient, today - dt.timedelta(days=max(progress.WINDOWS)), today)
    since = today - FOUR_WEEKS
    with timezone.override(patient.zone):
        context = {
            "patient": patient,
            "patients": patients,
            "windows": progress.windows(facts, today),
            "band": band(facts, today),
            "rules": saying.alert_rules(thresholds.of(patient.clinic)),
            "reasons": saying.reasons(),
            "said": saying.said_of(_sessions(request, patient).filter(local_date__gte=since, voided_at=None)),
        }
        return render(request, "portal/seen.html", context)


def _facts(patient: Patient, first: dt.date, today: dt.date) -> Parts:
    """All prescriptions with their sessions of the whole weeks from `first` on; three queries."""
    return progress.facts_of(list(patient.prescriptions.all()), week_of(first).first, today)


def _sessions(request: HttpRequest, patient: Patient) -> QuerySet[Session]:
    return access.visible(request, Session).filter(patient=patient)


def _goals(facts: Parts, today: dt.date) -> list[Goal]:
    """The weeks of the calendar, this one first; none from before anything was asked."""
    weekly = [goals.of_week(facts, today - ago * WEEK, today) for ago in range(WEEKS)]
    while len(weekly) > 1 and weekly[-1].empty:
        weekly.pop()
    return weekly


Rated = Sequence[tuple[dt.date, int | None, int | None]]


def _rated(sessions: QuerySet[Session], today: dt.date) -> Rated:
    """Local date, pain before and after of each session of the last four weeks that says one, oldest first."""
    rows = sessions.filter(voided_at=None, local_date__gte=today - FOUR_WEEKS)
    rows = rows.exclude(pain_before=None, pain_after=None).order_by("started_at")
    return list(rows.values_list("local_date", "pain_before", "pain_after"))


def _pain_chart(rated: Rated) -> Chart | None:
    """None when there is nothing to draw."""
    if not rated:
        return None
    return drawing.pain(
        [(day, before) for day, before, _after in rated if before is not None],
        [(day, after) for day, _before, after in rated if after is not None],
        width=PHONE,
    )
