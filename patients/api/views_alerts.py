"""Alerts in the API, for the staff; adverse events, for patient and staff; a clinic's thresholds (docs/rules.md 6)."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, ClassVar

from django.db.models import QuerySet, prefetch_related_objects
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from clinic import access
from clinic.access import Right
from clinic.models import User
from patients import alerts, events, thresholds, wording
from patients.api import bodies
from patients.models import AdverseEvent, Alert, AlertAct, Finding, Patient
from patients.safety import RANGES


class FindingSerializer(serializers.ModelSerializer):
    """What an alert rests on; `figures` are those that the rule looked at, `words` say them."""

    words = serializers.SerializerMethodField()

    class Meta:
        model = Finding
        fields = ("at", "first_day", "last_day", "session", "event", "figures", "words", "withdrawn_at")
        read_only_fields = fields

    def get_words(self, finding: Finding) -> str:
        return wording.finding(finding)


class AlertActSerializer(serializers.ModelSerializer):
    """What was done; `by` nobody: it happened by itself."""

    by = serializers.CharField(source="by.name", read_only=True, default=None)
    to = serializers.CharField(source="to.name", read_only=True, default=None)

    class Meta:
        model = AlertAct
        fields = ("kind", "by", "at", "to", "text")
        read_only_fields = fields


class AlertSerializer(serializers.ModelSerializer):
    findings = FindingSerializer(many=True, read_only=True)
    acts = AlertActSerializer(many=True, read_only=True)

    class Meta:
        model = Alert
        fields = (
            "id",
            "patient",
            "rule",
            "level",
            "state",
            "occurrences",
            "opened_at",
            "last_at",
            "assigned_to",
            "acknowledged_by",
            "acknowledged_at",
            "resolved_by",
            "resolved_at",
            "closed_itself",
            "note",
            "findings",
            "acts",
        )
        read_only_fields = fields


class NoteSerializer(serializers.Serializer):
    note = serializers.CharField(allow_blank=True)


class AssignSerializer(serializers.Serializer):
    """`to`: the id of a colleague, or null for nobody in particular."""

    to = serializers.UUIDField(allow_null=True)


class AlertFilter(filters.FilterSet):
    clinic = filters.UUIDFilter("patient__clinic")
    patient = filters.UUIDFilter()
    assigned_to = filters.UUIDFilter()
    unassigned = filters.BooleanFilter("assigned_to", lookup_expr="isnull")

    class Meta:
        model = Alert
        fields: ClassVar = ["clinic", "patient", "level", "rule", "state", "assigned_to"]


class AlertViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Alert]):
    """What a clinician should look at, the latest first."""

    serializer_class = AlertSerializer
    filterset_class = AlertFilter
    rights = {
        "list": Right.VIEW_PATIENTS,
        "retrieve": Right.VIEW_PATIENTS,
        "acknowledge": Right.CARE_FOR_PATIENTS,
        "resolve": Right.CARE_FOR_PATIENTS,
        "notes": Right.CARE_FOR_PATIENTS,
        "assign": Right.CARE_FOR_PATIENTS,
        "reopen": Right.CARE_FOR_PATIENTS,
    }
    queryset = Alert.objects.none()

    def get_queryset(self) -> QuerySet[Alert]:
        return alerts.with_story(access.visible(self.request, Alert)).order_by("-last_at", "pk")

    def get_object(self) -> Alert:
        rows = alerts.with_story(Alert.objects.select_related("patient__clinic"))
        return access.get(self.request, rows, pk=self.kwargs["pk"])

    @extend_schema(request=None, responses=AlertSerializer)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: str) -> Response:
        """Say that somebody has seen it. Twice changes nothing."""
        return self._act(request, None, lambda actor, alert, _asked: alerts.acknowledge(actor, alert))

    @extend_schema(request=NoteSerializer, responses=AlertSerializer)
    @action(detail=True, methods=["post"])
    def resolve(self, request: Request, pk: str) -> Response:
        """Close it, with what was found or done."""
        return self._act(request, NoteSerializer, lambda a, alert, asked: alerts.resolve(a, alert, **asked))

    @extend_schema(request=NoteSerializer, responses=AlertSerializer)
    @action(detail=True, methods=["post"])
    def notes(self, request: Request, pk: str) -> Response:
        """Write something beside it."""
        return self._act(request, NoteSerializer, lambda a, alert, asked: alerts.add_note(a, alert, **asked))

    @extend_schema(request=AssignSerializer, responses=AlertSerializer)
    @action(detail=True, methods=["post"])
    def assign(self, request: Request, pk: str) -> Response:
        """Let a colleague look after it, or nobody in particular."""

        def assign(actor: User, alert: Alert, asked: dict[str, Any]) -> None:
            to = bodies.one_of(alerts.answering(alert), "to", asked["to"]) if asked["to"] else None
            alerts.assign(actor, alert, to=to)

        return self._act(request, AssignSerializer, assign)

    @extend_schema(request=NoteSerializer, responses=AlertSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str) -> Response:
        """Take back that it was resolved, within 7 days."""
        return self._act(request, NoteSerializer, lambda a, alert, asked: alerts.reopen(a, alert, **asked))

    def _act(
        self,
        request: Request,
        body: type[serializers.Serializer] | None,
        verb: Callable[[User, Alert, dict[str, Any]], object],
    ) -> Response:
        alert = self.get_object()
        verb(access.person(request), alert, bodies.asked(request, body) if body else {})
        return Response(AlertSerializer(self.get_object()).data)


class EventSerializer(serializers.ModelSerializer):
    """`during`: the id of a prescribed item; `exercise` is its name."""

    exercise = serializers.CharField(
        source="during.exercise_revision.said.name", read_only=True, default=None
    )

    class Meta:
        model = AdverseEvent
        fields = (
            "id",
            "patient",
            "text",
            "happened_on",
            "session",
            "during",
            "exercise",
            "by_staff",
            "reported_at",
        )
        read_only_fields = fields


class EventInSerializer(serializers.Serializer):
    """The client makes the `id`. `happened_on` is the patient's local date."""

    id = serializers.UUIDField()
    patient = serializers.UUIDField()
    text = serializers.CharField(allow_blank=True)
    happened_on = serializers.DateField()
    session = serializers.UUIDField(required=False, allow_null=True)
    during = serializers.UUIDField(required=False, allow_null=True)


class EventFilter(filters.FilterSet):
    patient = filters.UUIDFilter()

    class Meta:
        model = AdverseEvent
        fields: ClassVar = ["patient"]


class AdverseEventViewSet(
    mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[AdverseEvent]
):
    """What went wrong, as it was told. Kept for ever; a new one raises a critical alert."""

    serializer_class = EventSerializer
    filterset_class = EventFilter
    rights = {"list": Right.SEE_CARE, "retrieve": Right.SEE_CARE, "create": Right.RECORD_SESSION}
    queryset = AdverseEvent.objects.none()

    def get_queryset(self) -> QuerySet[AdverseEvent]:
        rows = access.visible(self.request, AdverseEvent).select_related("during__exercise_revision")
        return rows.order_by("-reported_at", "pk")

    def get_object(self) -> AdverseEvent:
        rows = AdverseEvent.objects.select_related("during__exercise_revision")
        return access.get(self.request, rows, pk=self.kwargs["pk"])

    @extend_schema(request=EventInSerializer, responses={201: EventSerializer, 200: EventSerializer})
    def create(self, request: Request) -> Response:
        """Tell it: 201 when it is new, 200 when it was sent before, 409 when the id has other content."""
        asked = bodies.asked(request, EventInSerializer)
        rows = Patient.objects.select_related("clinic")
        patient = bodies.referred(request, rows, "patient", Right.RECORD_SESSION, pk=asked.pop("patient"))
        for name, theirs in (("session", patient.sessions.all()), ("during", events.prescribed_to(patient))):
            if asked.get(name):
                asked[name] = bodies.one_of(theirs, name, asked[name])
        event, created = events.report(access.person(request), patient, **asked)
        code = status.HTTP_201_CREATED if created else status.HTTP_200_OK
        return Response(EventSerializer(event).data, status=code)


class ThresholdsSerializer(serializers.Serializer):
    """From when on a clinic wants an alert."""

    clinic = serializers.UUIDField()

    def get_fields(self) -> dict[str, serializers.Field]:
        names = {
            name: serializers.IntegerField(min_value=least, max_value=most)
            for name, (least, most) in RANGES.items()
        }
        return super().get_fields() | names


class ThresholdsViewSet(viewsets.ViewSet):
    """The thresholds of the clinics in which one sees patients; the owner changes them on the desk."""

    rights = {"list": Right.VIEW_PATIENTS}

    @extend_schema(responses=ThresholdsSerializer(many=True))
    def list(self, request: Request) -> Response:
        practices = access.clinics(access.person(request), Right.VIEW_PATIENTS)
        prefetch_related_objects(practices, "thresholds")
        rows = [{"clinic": clinic.pk, **asdict(thresholds.of(clinic))} for clinic in practices]
        return Response(ThresholdsSerializer(rows, many=True).data)
