"""What the API says of adherence, of a patient or of one prescription."""

import datetime as dt
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from patients import progress
from patients.adherence import Adherence
from patients.api import bodies
from patients.api.serializers import AdherenceSerializer
from patients.models import Patient, Prescription

WINDOW = [
    OpenApiParameter("from", dt.date, required=True, description="First local date of the window."),
    OpenApiParameter("to", dt.date, required=True, description="Last local date of the window."),
    OpenApiParameter(
        "as_of", dt.date, description="Answer as if this date were today: from `from` on, at most today."
    ),
]


def adherence_answer(request: Request, patient: Patient, prescriptions: list[Prescription]) -> Response:
    today = patient.local_date(timezone.now())
    first, last, as_of = bodies.window(request, today)
    found = progress.of_prescriptions(prescriptions, first, last, as_of)
    data = {name: getattr(found, name) for name in Adherence.__dataclass_fields__} | {
        "frequency": _rounded(found.frequency),
        "adherence": _rounded(found.adherence),
        "band": progress.band_of(prescriptions, as_of).value,
        "days": [
            {
                "date": day.date,
                "due": day.due,
                "kept": day.kept,
                "credit": day.credit,
                "extra": day.extra,
                "state": day.state.value,
                "revision": day.revision,
            }
            for day in found.days
        ],
    }
    return Response(AdherenceSerializer(data).data)


def _rounded(ratio: Any) -> float | None:
    return None if ratio is None else round(float(ratio), 4)
