"""The care in the API: prescriptions with their revisions and pauses, sessions, adherence, today.

Every change goes through the verbs that the pages use, every object through the one access door.
"""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from clinic import access
from clinic.access import Right
from clinic.api import ListMixin, told
from exercises import languages
from exercises.models import Routine
from patients import alerts, handout, prescribing, progress, sessions
from patients.api import bodies
from patients.api.acts import Acts
from patients.api.adherence import WINDOW, adherence_answer
from patients.api.filters import PrescriptionFilter, SessionFilter
from patients.api.serializers import (
    AdherenceSerializer,
    AnswersSerializer,
    CorrectSerializer,
    HandoutQuery,
    PrescribeSerializer,
    PrescriptionSerializer,
    ReasonSerializer,
    ScreenSerializer,
    SessionInSerializer,
    SessionSerializer,
    TodaySerializer,
    schedule_from,
)
from patients.lines import lines_of_routine
from patients.models import (
    Item,
    Patient,
    Prescription,
    PrescriptionRevision,
    Session,
)


class PrescriptionViewSet(ListMixin, mixins.RetrieveModelMixin, Acts):
    """What patients have been asked to do, with every revision and pause."""

    serializer_class = PrescriptionSerializer
    filterset_class = PrescriptionFilter
    rights = {
        "list": Right.SEE_CARE,
        "retrieve": Right.SEE_CARE,
        "create": Right.PRESCRIBE,
        "revisions": Right.PRESCRIBE,
        "pauses": Right.CARE_FOR_PATIENTS,
        "end_pause": Right.CARE_FOR_PATIENTS,
        "extend": Right.PRESCRIBE,
        "stop": Right.PRESCRIBE,
        "resume": Right.PRESCRIBE,
        "release": Right.PRESCRIBE,
        "adherence": Right.SEE_CARE,
        "handout": Right.SEE_CARE,
    }
    queryset = Prescription.objects.all()

    def get_queryset(self) -> QuerySet[Prescription]:
        revisions = PrescriptionRevision.objects.order_by("number").prefetch_related(
            Prefetch("items", Item.objects.order_by("position").select_related("exercise_revision"))
        )
        return (
            access.visible(self.request, Prescription)
            .order_by("-starts_on", "pk")
            .prefetch_related(Prefetch("revisions", revisions), "pauses")
        )

    def get_object(self) -> Prescription:
        rows = Prescription.objects.select_related("patient__clinic")
        return access.get(self.request, rows, pk=self.kwargs["pk"])

    @extend_schema(request=PrescribeSerializer, responses={201: PrescriptionSerializer})
    def create(self, request: Request) -> Response:
        """Prescribe to a patient, from a routine or from the exercises named."""
        data = bodies.asked(request, PrescribeSerializer)
        patient = bodies.referred(request, Patient, "patient", Right.PRESCRIBE, pk=data["patient"])
        routine: Routine | None = None
        if data.get("routine"):
            shelf = Routine.objects.filter(published__isnull=False, retired_at=None).select_related(
                "published"
            )
            routine = bodies.referred(request, shelf, "routine", Right.VIEW_LIBRARY, pk=data["routine"])
        if "items" in data:
            lines = bodies.lines(request, data["items"])
        else:
            lines = lines_of_routine(routine, patient.language) if routine else []
        prescription = prescribing.prescribe(
            access.person(request),
            patient,
            name=data.get("name") or _name(routine, patient),
            lines=lines,
            schedule=schedule_from(data["schedule"]),
            starts_on=data["starts_on"],
            ends_on=data.get("ends_on"),
            routine=routine,
            note=data.get("note", ""),
            origin=data["origin"],
        )
        return Response(told(PrescriptionSerializer, prescription), status=status.HTTP_201_CREATED)

    @extend_schema(parameters=WINDOW, responses=AdherenceSerializer)
    @action(detail=True)
    def adherence(self, request: Request, pk: str) -> Response:
        """Adherence over a window (both dates inclusive), as reported by the patient."""
        prescription = self.get_object()
        return adherence_answer(request, prescription.patient, [prescription])

    @extend_schema(parameters=[HandoutQuery], responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True)
    def handout(self, request: Request, pk: str) -> HttpResponse:
        """The prescription on paper; what staff print is in the audit trail."""
        prescription = self.get_object()
        asked = HandoutQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        return handout.answer(access.person(request), prescription, **asked.validated_data)


class SessionViewSet(ListMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Session]):
    """What patients did. The client makes the id: sending the same session twice is harmless."""

    serializer_class = SessionSerializer
    filterset_class = SessionFilter
    rights = {
        "list": Right.SEE_CARE,
        "retrieve": Right.SEE_CARE,
        "create": Right.RECORD_SESSION,
        "correct": Right.RECORD_SESSION,
        "void": Right.CARE_FOR_PATIENTS,
    }
    queryset = Session.objects.all()

    def get_queryset(self) -> QuerySet[Session]:
        return (
            access.visible(self.request, Session)
            .select_related("revision")
            .prefetch_related("items")
            .order_by("-started_at", "pk")
        )

    def get_object(self) -> Session:
        rows = Session.objects.select_related("revision", "patient__clinic").prefetch_related("items")
        return access.get(self.request, rows, pk=self.kwargs["pk"])

    @extend_schema(
        request=SessionInSerializer,
        responses={201: SessionSerializer, 200: SessionSerializer},
    )
    def create(self, request: Request) -> Response:
        """Record a session: 201 when it is new, 200 when it was sent before, 409 when the id has other content."""
        asked = bodies.asked(request, SessionInSerializer)
        session, created = sessions.record(access.person(request), bodies.session_data(request, asked))
        code = status.HTTP_201_CREATED if created else status.HTTP_200_OK
        return Response(told(SessionSerializer, session), status=code)

    @extend_schema(request=CorrectSerializer, responses=SessionSerializer)
    @action(detail=True, methods=["post"])
    def correct(self, request: Request, pk: str) -> Response:
        """Let a session read as it was; the former version is kept. Patients on its own day, staff with a reason."""
        session = self.get_object()
        data = bodies.asked(request, CorrectSerializer)
        sessions.correct(
            access.person(request),
            session,
            bodies.correction_data(session, data),
            reason=data.get("reason", ""),
        )
        return Response(told(SessionSerializer, self.get_object()))

    @extend_schema(request=ReasonSerializer, responses=SessionSerializer)
    @action(detail=True, methods=["post"])
    def void(self, request: Request, pk: str) -> Response:
        """Take a session out of every figure; it stays in the record."""
        session = self.get_object()
        asked = bodies.asked(request, ReasonSerializer)
        sessions.void(access.person(request), session, **asked)
        return Response(told(SessionSerializer, self.get_object()))


class SafetyScreenViewSet(viewsets.GenericViewSet):
    """The safety questions that come before a session."""

    serializer_class = AnswersSerializer
    rights = {"create": Right.OWN_CARE}

    @extend_schema(request=AnswersSerializer, responses={201: ScreenSerializer})
    def create(self, request: Request) -> Response:
        """Answer them. Any yes holds the prescriptions and tells the clinic; go to `urgent_url` then.

        The same answers sent again get the same answer; other content under the same id is 409.
        """
        asked = bodies.asked(request, AnswersSerializer)
        # One body, one person: in each clinic that treats them the answers count.
        patients = list(access.visible(request, Patient).select_related("clinic").order_by("pk"))
        if not patients:
            raise PermissionDenied  # answers that nobody would read are not taken
        with transaction.atomic():
            screens = [alerts.answer_safety(access.person(request), patient, **asked) for patient in patients]
        any_yes = any(screen.any_yes for screen in screens)
        data = {"any_yes": any_yes, "urgent_url": reverse("portal:urgent") if any_yes else None}
        return Response(told(ScreenSerializer, data), status=status.HTTP_201_CREATED)


class TodayViewSet(viewsets.ViewSet):
    """What is asked of the signed-in patient today, in every clinic that treats them."""

    rights = {"list": Right.OWN_CARE}

    @extend_schema(responses=TodaySerializer(many=True))
    def list(self, request: Request) -> Response:
        found = [
            today
            for patient in access.visible(request, Patient).order_by("pk")
            for today in progress.today_of(patient)
        ]
        return Response([told(TodaySerializer, today) for today in found])


def _name(routine: Routine | None, patient: Patient) -> str:
    """A routine's name as its patient reads it; empty without one."""
    if routine is None or routine.published is None:
        return ""
    return str(languages.texts(routine.published, patient.language).name)
