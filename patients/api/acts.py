"""The acts on a prescription in the API; with `dry_run` each is tried, looked at, and not done."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import GenericViewSet

from clinic import access
from clinic.api import told
from clinic.models import User
from patients import prescribing, previewing
from patients.api import bodies
from patients.api.serializers import (
    AmendSerializer,
    EndPauseSerializer,
    ExtendSerializer,
    PauseSerializer,
    PrescriptionSerializer,
    PreviewSerializer,
    ReasonSerializer,
    RevisionSerializer,
    schedule_from,
)
from patients.lines import lines_now
from patients.models import Pause, Prescription

DRY_RUN = OpenApiParameter(
    "dry_run", bool, description="Answer with what the act would change, and change nothing."
)
CHANGED: Mapping[int, Any] = {
    HTTPStatus.OK: PolymorphicProxySerializer(
        "PrescriptionOrPreview", [PrescriptionSerializer, PreviewSerializer], resource_type_field_name=None
    )
}
Verb = Callable[[User, Prescription, dict[str, Any]], object]


class Acts(GenericViewSet[Prescription]):
    """Every later change to a prescription, through its verb."""

    @extend_schema(
        request=AmendSerializer,
        parameters=[DRY_RUN],
        responses={HTTPStatus.CREATED: RevisionSerializer, HTTPStatus.OK: PreviewSerializer},
    )
    @action(detail=True, methods=["post"])
    def revisions(self, request: Request, pk: str) -> Response:
        """Amend: add a revision that counts from today, or tomorrow once a session was begun today."""

        def amend(actor: User, prescription: Prescription, asked: dict[str, Any]) -> object:
            asked["lines"] = bodies.lines(request, asked.pop("items"), following=lines_now(prescription))
            asked["schedule"] = schedule_from(asked["schedule"])
            return prescribing.amend(actor, prescription, **asked)

        return self._act(request, AmendSerializer, amend, RevisionSerializer)

    @extend_schema(
        request=PauseSerializer,
        parameters=[DRY_RUN],
        responses={HTTPStatus.CREATED: PauseSerializer, HTTPStatus.OK: PreviewSerializer},
    )
    @action(detail=True, methods=["post"])
    def pauses(self, request: Request, pk: str) -> Response:
        """Expect nothing on a range of local dates."""
        return self._act(
            request, PauseSerializer, lambda a, p, asked: prescribing.pause(a, p, **asked), PauseSerializer
        )

    @extend_schema(request=EndPauseSerializer, parameters=[DRY_RUN], responses=CHANGED)
    @action(detail=True, methods=["post"], url_path=r"pauses/(?P<pause>[0-9a-f-]+)/end", url_name="end-pause")
    def end_pause(self, request: Request, pk: str, pause: str) -> Response:
        """Let a pause end earlier or later, or take it back."""
        paused = access.get(request, Pause.objects.filter(prescription=self.get_object()), pk=pause)

        def end(actor: User, prescription: Prescription, asked: dict[str, Any]) -> object:
            paused.prescription = prescription
            return prescribing.end_pause(actor, paused, **asked)

        return self._act(request, EndPauseSerializer, end)

    @extend_schema(request=ExtendSerializer, parameters=[DRY_RUN], responses=CHANGED)
    @action(detail=True, methods=["post"])
    def extend(self, request: Request, pk: str) -> Response:
        """Move the last day, or leave the end open."""
        return self._act(request, ExtendSerializer, lambda a, p, asked: prescribing.extend(a, p, **asked))

    @extend_schema(request=ReasonSerializer, parameters=[DRY_RUN], responses=CHANGED)
    @action(detail=True, methods=["post"])
    def stop(self, request: Request, pk: str) -> Response:
        """Expect nothing any more."""
        return self._act(request, ReasonSerializer, lambda a, p, asked: prescribing.stop(a, p, **asked))

    @extend_schema(request=ReasonSerializer, parameters=[DRY_RUN], responses=CHANGED)
    @action(detail=True, methods=["post"])
    def resume(self, request: Request, pk: str) -> Response:
        """Take a stopped prescription up again; the days since the stop stay without anything due."""
        return self._act(request, ReasonSerializer, lambda a, p, asked: prescribing.resume(a, p, **asked))

    @extend_schema(request=ReasonSerializer, parameters=[DRY_RUN], responses=CHANGED)
    @action(detail=True, methods=["post"])
    def release(self, request: Request, pk: str) -> Response:
        """Let a held prescription go on; the reason says what the clinician found."""
        return self._act(
            request, ReasonSerializer, lambda a, p, asked: prescribing.release(a, p, note=asked["reason"])
        )

    def _act(
        self,
        request: Request,
        body: type[BaseSerializer[Any]],
        verb: Verb,
        new: type[BaseSerializer[Any]] | None = None,
    ) -> Response:
        """Do what the body asks, or only try it. `new`: how that is answered which the act made."""
        prescription = self.get_object()
        asked = bodies.asked(request, body)
        actor = access.person(request)
        if request.query_params.get("dry_run", "").lower() in ("1", "true"):
            found = previewing.preview(prescription, lambda: verb(actor, prescription, asked))
            return Response(told(PreviewSerializer, found))
        made = verb(actor, prescription, asked)
        if new:
            return Response(new(made).data, status=HTTPStatus.CREATED)
        return Response(told(PrescriptionSerializer, prescription))
