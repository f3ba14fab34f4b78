"""Routines in the API: to prescribe from, kept for a clinic, and drafts of them."""

from dataclasses import replace
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from clinic import access
from clinic.access import Right
from clinic.api import told
from exercises import library, publishing
from exercises.api import marks
from exercises.api.curation import CURATION_RIGHTS, LibraryList, answers, known, library_of
from exercises.api.filters import RoutineFilter, RoutineInWork
from exercises.api.own import OWN_RIGHTS, OwnLibrary
from exercises.api.serializers import (
    BeginSerializer,
    RoutineContentSerializer,
    RoutineDraftSerializer,
    RoutineInSerializer,
    RoutineRevisionSerializer,
    RoutineSerializer,
)
from exercises.models import Exercise, Routine
from exercises.routine_content import RoutineLine
from exercises.routines import save_routine


@answers(RoutineDraftSerializer, RoutineRevisionSerializer)
@method_decorator(conditional_page, name="dispatch")
class RoutineViewSet(LibraryList, OwnLibrary[Routine], viewsets.ReadOnlyModelViewSet[Routine]):
    serializer_class = RoutineSerializer
    rights = {
        "list": Right.VIEW_LIBRARY,
        "retrieve": Right.VIEW_LIBRARY,
        "begin": Right.WRITE_LIBRARY,
        **CURATION_RIGHTS,
        **OWN_RIGHTS,
        "create": Right.PRESCRIBE,
    }
    curated = Routine
    draft_serializer = RoutineDraftSerializer
    published_serializer = RoutineRevisionSerializer
    list_filter = RoutineFilter
    work_filter = RoutineInWork
    queryset = Routine.objects.none()

    def get_queryset(self) -> QuerySet[Routine]:
        return library.every_routine(self.request)

    @extend_schema(request=RoutineInSerializer, responses={201: RoutineSerializer})
    def create(self, request: Request) -> Response:
        """Keep a routine for the clinic, to prescribe from."""
        given = RoutineInSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        try:
            clinic = access.clinic(request, asked["clinic"])
        except Http404 as unknown:
            raise ValidationError({"clinic": [_("Unknown.")]}) from unknown
        routine = save_routine(
            access.person(request),
            clinic,
            name=asked["name"],
            summary=asked.get("summary", ""),
            lines=_lines(request, asked["items"]),
            schedule=asked["schedule"],
        )
        return Response(told(RoutineSerializer, routine), status=HTTPStatus.CREATED)

    @extend_schema(request=BeginSerializer, responses={201: RoutineDraftSerializer})
    @action(detail=False, methods=["post"], url_path="drafts", url_name="begin")
    def begin(self, request: Request) -> Response:
        """Begin a routine with its first draft, in the shared library or a clinic's own."""
        asked = self.asked(request, BeginSerializer)
        clinic, content = library_of(request, asked.get("clinic")), self.content_of(request, asked["content"])
        slug = asked.get("slug") or publishing.free_slug(Routine(), clinic, content.get("name", ""))
        routine = publishing.create_routine(access.person(request), clinic=clinic, slug=slug, content=content)
        return self.told_draft(routine, HTTPStatus.CREATED)

    @extend_schema(
        methods=["patch"],
        parameters=[marks.IF_MATCH],
        request=RoutineContentSerializer(partial=True),
        responses={200: RoutineDraftSerializer},
    )
    @extend_schema(methods=["get"], responses={200: RoutineDraftSerializer})
    @extend_schema(methods=["delete"], parameters=[marks.IF_MATCH], responses={204: None})
    @action(detail=True, methods=["get", "patch", "delete"])
    def draft(self, request: Request, pk: str) -> Response:
        """The newest revision. To write, name the ETag of what you read in `If-Match`; it begins a draft if need be."""
        return self.on_draft(request, pk)

    def content_of(self, request: Request, data: Any, before: Any = None) -> dict[str, Any]:
        content = known(RoutineContentSerializer, data)
        if "items" in content:
            content["items"] = _lines(request, content["items"])
        return content


def _lines(request: Request, rows: list[dict[str, Any]]) -> list[RoutineLine]:
    """What a body names, as far as the asking person may use it."""
    found = access.visible(request, Exercise, Right.VIEW_LIBRARY).filter(pk__in=[r["exercise"] for r in rows])
    exercises = {e.pk: e for e in found.select_related("published").filter(published__isnull=False)}
    unknown = [index for index, row in enumerate(rows) if row["exercise"] not in exercises]
    if unknown:
        said = [_("Choose an exercise from the library.")]
        raise ValidationError({f"items.{index}.exercise": said for index in unknown})
    lines = []
    for row in rows:
        exercise = exercises[row["exercise"]]
        assert exercise.published is not None
        asked = {name: row[name] for name in ("sets", "repetitions", "hold", "rest", "sides") if name in row}
        lines.append(RoutineLine(exercise, replace(exercise.published.dosage, **asked), row.get("note", "")))
    return lines
