"""What the API says of adherence: of one prescription, of a patient, or of a clinic's patients page by page."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from clinic import access
from clinic.access import Right
from patients import bands, progress
from patients.adherence import Adherence, Band, Totals
from patients.api import bodies
from patients.api.filters import PatientFilter
from patients.api.serializers import PatientAdherenceSerializer
from patients.models import Patient, Prescription

WINDOW = [
    OpenApiParameter("from", dt.date, required=True, description="First local date of the window."),
    OpenApiParameter("to", dt.date, required=True, description="Last local date of the window."),
    OpenApiParameter(
        "as_of", dt.date, description="Answer as if this date were today: from `from` on, at most today."
    ),
]


CLINIC_WINDOW = [
    *WINDOW,
    OpenApiParameter("days", bool, description="Tell each day of the window as well; left out by itself."),
]


def adherence_answer(request: Request, patient: Patient, prescriptions: Sequence[Prescription]) -> Response:
    """In the shape of `AdherenceSerializer`, which describes it and would take half of the time to fill in."""
    today = patient.local_date(timezone.now())
    first, last, as_of = bodies.window(request, today)
    found, band = progress.figures_of(prescriptions, first, last, as_of or today)
    return Response(_told(found, band) | {"days": _days(found)})


class AdherenceViewSet(viewsets.GenericViewSet[Patient]):
    """The figures of all patients that one may see, as reported by them."""

    serializer_class = PatientAdherenceSerializer
    filterset_class = PatientFilter
    rights = {"list": Right.SEE_CARE}
    queryset = Patient.objects.all()

    def get_queryset(self) -> QuerySet[Patient]:
        return access.visible(self.request, Patient).order_by("name", "pk")

    @extend_schema(parameters=CLINIC_WINDOW)
    def list(self, request: Request) -> Response:
        """Adherence over a window, patient by patient, by name. A window of more than a year is for one patient."""
        first, last, as_of = bodies.window(request, _latest_today(), bands.WINDOW_DAYS_MAX)
        with_days = bodies.flag(request, "days")
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        assert page is not None  # lists are paged, whatever is asked
        zones = {patient.pk: patient.zone for patient in page}
        found = bands.of_window(
            self.get_queryset().filter(pk__in=zones), first, last, as_of, zones, days=with_days
        )
        rows = []
        for patient in page:
            figures = found[patient.pk]
            row = _told(figures.window, figures.lately.band)
            row |= {"patient": patient.pk, "name": patient.name, "reference": patient.reference}
            row["days"] = _days(figures.window) if isinstance(figures.window, Adherence) else None
            rows.append(row)
        return self.get_paginated_response(rows)


def _latest_today() -> dt.date:
    """The date where it is latest: nobody's today is after it."""
    return timezone.now().astimezone(ZoneInfo("Pacific/Kiritimati")).date()


def _told(found: Totals, band: Band) -> dict[str, Any]:
    return {
        "from": found.first,
        "to": found.last,
        "as_of": found.as_of,
        "due": found.due,
        "kept": found.kept,
        "credit": float(found.credit),
        "extra": found.extra,
        "frequency": _rounded(found.frequency),
        "adherence": _rounded(found.adherence),
        "band": band.value,
    }


def _days(found: Adherence) -> list[dict[str, Any]]:
    return [
        {
            "date": day.date,
            "due": day.due,
            "kept": day.kept,
            "credit": float(day.credit),
            "extra": day.extra,
            "state": day.state.value,
            "revision": day.revision,
        }
        for day in found.days
    ]


def _rounded(ratio: Any) -> float | None:
    return None if ratio is None else round(float(ratio), 4)
