"""Patients in the API: who they are, and their life cycle."""

from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from clinic import access, pdf
from clinic.access import Right
from clinic.api import ListMixin, told
from clinic.models import Clinic
from patients import course, lifecycle, paper, people
from patients.api import bodies
from patients.api.adherence import WINDOW, adherence_answer
from patients.api.filters import PatientFilter
from patients.api.serializers import AdherenceSerializer, HandoutQuery, ReasonSerializer
from patients.api.serializers_patients import (
    AddressSerializer,
    ClinicianSerializer,
    DetailsSerializer,
    DischargeSerializer,
    PatientSerializer,
    WindowQuery,
)
from patients.models import Patient, StateChange


class PatientViewSet(ListMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Patient]):
    """The patients of one's clinics; a patient finds themself."""

    serializer_class = PatientSerializer
    filterset_class = PatientFilter
    rights = {
        "list": Right.SEE_CARE,
        "retrieve": Right.SEE_CARE,
        "create": Right.CARE_FOR_PATIENTS,
        "partial_update": Right.CARE_FOR_PATIENTS,
        "reinvite": Right.CARE_FOR_PATIENTS,
        "move": Right.CARE_FOR_PATIENTS,
        "deactivate": Right.CARE_FOR_PATIENTS,
        "reactivate": Right.CARE_FOR_PATIENTS,
        # They stop prescriptions, or let them go on.
        "discharge": Right.PRESCRIBE,
        "readmit": Right.PRESCRIBE,
        "paper_code": Right.CARE_FOR_PATIENTS,
        "withdraw_paper_code": Right.CARE_FOR_PATIENTS,
        "adherence": Right.SEE_CARE,
        "progress_report": Right.SEE_CARE,
    }
    queryset = Patient.objects.all()

    def get_queryset(self) -> QuerySet[Patient]:
        return access.visible(self.request, Patient).order_by("name", "pk").prefetch_related(_coming())

    def get_object(self) -> Patient:
        rows = Patient.objects.select_related("clinic").prefetch_related(_coming())
        return access.get(self.request, rows, pk=self.kwargs["pk"])

    @extend_schema(request=PatientSerializer, responses={201: PatientSerializer})
    def create(self, request: Request) -> Response:
        """Take a patient into a clinic's care; where they have an address, the invitation is mailed."""
        data = bodies.asked(request, PatientSerializer)
        clinic_id: UUID = data.pop("clinic_id")
        try:
            clinic: Clinic = access.clinic(request, clinic_id)
        except Http404 as unknown:
            raise ValidationError({"clinic": [_("Unknown.")]}) from unknown
        if clinician_id := data.pop("clinician_id", None):
            data["clinician"] = bodies.clinician(clinic, clinician_id)
        patient = people.invite_patient(access.person(request), clinic, **data)
        return Response(told(PatientSerializer, patient), status=status.HTTP_201_CREATED)

    @extend_schema(request=DetailsSerializer, responses=PatientSerializer)
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change what is given. A corrected address gets the invitation that is still open."""
        patient = self.get_object()
        people.change_details(access.person(request), patient, **bodies.asked(request, DetailsSerializer))
        return self._answer()

    @extend_schema(request=AddressSerializer, responses=PatientSerializer)
    @action(detail=True, methods=["post"])
    def reinvite(self, request: Request, pk: str) -> Response:
        """Send a new invitation, to another address where one is given; the former link stops working."""
        patient = self.get_object()
        people.reinvite(access.person(request), patient, **bodies.asked(request, AddressSerializer))
        return self._answer()

    @extend_schema(request=ClinicianSerializer, responses=PatientSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: str) -> Response:
        """Put the patient into the care of another clinician of the clinic."""
        patient = self.get_object()
        asked = bodies.asked(request, ClinicianSerializer)
        clinician = bodies.clinician(patient.clinic, asked["clinician"])
        lifecycle.move(access.person(request), patient, clinician=clinician)
        return self._answer()

    @extend_schema(request=ReasonSerializer, responses=PatientSerializer)
    @action(detail=True, methods=["post"])
    def deactivate(self, request: Request, pk: str) -> Response:
        """The patient reaches nothing of the clinic and is reminded of nothing; the record stays."""
        patient = self.get_object()
        lifecycle.deactivate(access.person(request), patient, **bodies.asked(request, ReasonSerializer))
        return self._answer()

    @extend_schema(request=None, responses=PatientSerializer)
    @action(detail=True, methods=["post"])
    def reactivate(self, request: Request, pk: str) -> Response:
        """Undo `deactivate`."""
        lifecycle.reactivate(access.person(request), self.get_object())
        return self._answer()

    @extend_schema(request=DischargeSerializer, responses=PatientSerializer)
    @action(detail=True, methods=["post"])
    def discharge(self, request: Request, pk: str) -> Response:
        """The patient leaves care today, or `on` a later day; prescriptions stop as of that day, the record stays."""
        patient = self.get_object()
        lifecycle.discharge(access.person(request), patient, **bodies.asked(request, DischargeSerializer))
        return self._answer()

    @extend_schema(request=None, responses=PatientSerializer)
    @action(detail=True, methods=["post"])
    def readmit(self, request: Request, pk: str) -> Response:
        """Take a discharged patient back into care, or take back a discharge to come."""
        lifecycle.readmit(access.person(request), self.get_object())
        return self._answer()

    @extend_schema(request=HandoutQuery, responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["post"], url_path="paper-code")
    def paper_code(self, request: Request, pk: str) -> HttpResponse:
        """Make a code for a patient without an address; answers its print, the only place where it can be read."""
        patient = self.get_object()
        document = paper.way_in(access.person(request), patient, **bodies.asked(request, HandoutQuery))
        return pdf.shown(document, "way-in.pdf")

    @extend_schema(request=None, responses={204: None})
    @paper_code.mapping.delete
    def withdraw_paper_code(self, request: Request, pk: str) -> Response:
        """The paper opens nothing any more."""
        paper.withdraw_code(access.person(request), self.get_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    @extend_schema(parameters=WINDOW, responses=AdherenceSerializer)
    @action(detail=True)
    def adherence(self, request: Request, pk: str) -> Response:
        """Adherence over a window, over all prescriptions of the patient."""
        patient = self.get_object()
        return adherence_answer(request, patient, list(patient.prescriptions.all()))

    @extend_schema(parameters=[WindowQuery], responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, url_path="progress-report")
    def progress_report(self, request: Request, pk: str) -> HttpResponse:
        """Progress over a window as a tagged PDF with charts; what staff print is in the audit trail."""
        patient = self.get_object()
        asked = WindowQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        first, last = asked.validated_data.get("from"), asked.validated_data.get("to")
        return course.answer(access.person(request), patient, first=first, last=last)

    def _answer(self) -> Response:
        """The patient as they stand after an act."""
        return Response(told(PatientSerializer, self.get_object()))


def _coming() -> Prefetch:
    """The discharge that waits for its day, for `PatientSerializer`."""
    waiting = StateChange.objects.filter(counted_at=None, withdrawn_at=None)
    return Prefetch("state_changes", waiting, to_attr="coming")
