"""The library in the API, to read: the published exercises and routines that a person may prescribe from."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from http import HTTPStatus
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request
from rest_framework.response import Response

from clinic import access
from clinic.access import Right
from clinic.api import ListMixin, told
from exercises import figures, library, picturing
from exercises.figures import paper
from exercises.models import (
    CautionLevel,
    Condition,
    Exercise,
    Position,
    Region,
    Revision,
    Routine,
    RoutineItem,
    Sides,
    StepKind,
)
from exercises.routine_content import RoutineLine
from exercises.routines import save_routine


class Kept(serializers.Serializer):
    """Part of a published revision: checked when it was published, told as it is kept. Describes its fields."""

    def to_representation(self, instance: Mapping[str, Any]) -> dict[str, Any]:
        return {name: instance[name] for name in self._declared_fields if name in instance}


class StepSerializer(Kept):
    kind = serializers.ChoiceField(StepKind.choices)
    text = serializers.CharField()


class CautionSerializer(Kept):
    """What to do with a condition: avoid needs a reason to override, ask and modify warn."""

    tag = serializers.ChoiceField(Condition.choices)
    level = serializers.ChoiceField(CautionLevel.choices)
    note = serializers.CharField(allow_blank=True, required=False)


class KeptList(serializers.ListField):
    def to_representation(self, data: list[str]) -> list[str]:
        return data


class Texts(KeptList):
    child = serializers.CharField()


class AsItIs:
    """For a serializer of a model: text, numbers and kept lists are told as the columns hold them.

    Asking each field for each row took longer than the database.
    """

    PLAIN = (serializers.CharField, serializers.IntegerField, serializers.ChoiceField, KeptList)

    @cached_property
    def told(self) -> list[tuple[str, str, serializers.Field[Any, Any, Any, Any] | None]]:
        """Name, attribute, and the field that has to be asked, if any."""
        return [
            (name, field.source, None if isinstance(field, self.PLAIN) else field)
            for name, field in self.fields.items()  # type: ignore[attr-defined]
        ]

    def to_representation(self, instance: Any) -> dict[str, Any]:
        told = {}
        for name, source, field in self.told:
            value = getattr(instance, source) if field is None else field.get_attribute(instance)
            told[name] = value if field is None or value is None else field.to_representation(value)
        return told


class RevisionSerializer(AsItIs, serializers.ModelSerializer):
    """What a published revision says. Hold, its range and rest in seconds; `easier` and `harder` are exercises."""

    revision = serializers.IntegerField(source="number")
    synonyms = Texts()
    regions = KeptList(child=serializers.ChoiceField(Region.choices))
    muscles = Texts()
    equipment = Texts()
    sources = Texts()
    steps = StepSerializer(many=True)
    cautions = CautionSerializer(many=True)

    class Meta:
        model = Revision
        fields = (
            "revision",
            "language",
            "name",
            "synonyms",
            "summary",
            "regions",
            "muscles",
            "position",
            "equipment",
            "sides",
            "sets",
            "repetitions",
            "hold",
            "hold_min",
            "hold_max",
            "rest",
            "steps",
            "safety",
            "cautions",
            "easier_text",
            "harder_text",
            "easier",
            "harder",
            "alt_start",
            "alt_held",
            "evidence",
            "sources",
            "licence",
            "credit",
            "published_at",
        )
        read_only_fields = fields


class ExerciseSerializer(serializers.ModelSerializer):
    """An exercise with what its published revision says; seconds throughout."""

    clinic = serializers.UUIDField(source="clinic_id", allow_null=True)
    published = RevisionSerializer()

    class Meta:
        model = Exercise
        fields = ("id", "slug", "clinic", "review_by", "published")
        read_only_fields = fields


class ExerciseFilter(django_filters.FilterSet):
    search = django_filters.CharFilter(method="matching", label="words of the name, a synonym or a muscle")
    region = django_filters.ChoiceFilter(choices=Region.choices, method="matching")
    position = django_filters.ChoiceFilter(choices=Position.choices, method="matching")

    class Meta:
        model = Exercise
        fields: list[str] = []

    def matching(self, rows: QuerySet[Exercise], name: str, value: str) -> QuerySet[Exercise]:
        wanted = {"text" if name == "search" else name: value}
        found = library.matching(library.published(rows), **wanted)
        return rows.filter(published__in=found.order_by().values("pk"))


class LibraryList(ListMixin):
    """A list that is refused (403) to those who have no business in the library."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        library.admit(request)
        return super().list(request, *args, **kwargs)


class PictureQuery(serializers.Serializer):
    """Which picture of a stretch, and as what."""

    view = serializers.ChoiceField(figures.VIEWS, default="held")
    side = serializers.ChoiceField(("none", "left", "right"), default="none")
    kind = serializers.ChoiceField(
        ("svg", "png", "film"),
        default="svg",
        help_text="A film is the way from start to held as JSON (`exercises.figures.film`).",
    )
    theme = serializers.ChoiceField(tuple(paper.THEMES), default="light")
    width = serializers.IntegerField(
        min_value=16, max_value=paper.MOST, default=800, help_text="Of a PNG, in pixels."
    )


class WhateverIsAccepted(DefaultContentNegotiation):
    """The query says what is wanted: an `<img>` that accepts images alone is answered; errors are JSON all the same."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> Any:
        return renderers[0], renderers[0].media_type


class ExerciseViewSet(LibraryList, viewsets.ReadOnlyModelViewSet[Exercise]):
    serializer_class = ExerciseSerializer
    filterset_class = ExerciseFilter
    rights = {
        "list": Right.VIEW_LIBRARY,
        "retrieve": Right.VIEW_LIBRARY,
        "picture": Right.VIEW_LIBRARY,
    }
    queryset = Exercise.objects.none()

    def get_queryset(self) -> QuerySet[Exercise]:
        found = library.shelf(self.request)
        # A figure's poses are most of a revision, and nothing of them is told here.
        return (
            found
            if self.action == "picture"
            else found.select_related(None).select_related("published").defer("published__figure")
        )

    @extend_schema(
        parameters=[PictureQuery],
        responses={
            (200, "image/svg+xml"): OpenApiTypes.STR,
            (200, "image/png"): OpenApiTypes.BINARY,
            (200, "application/json"): OpenApiTypes.OBJECT,
            304: None,
        },
    )
    @action(detail=True, content_negotiation_class=WhateverIsAccepted)
    def picture(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The drawn figure of the published revision, without a stylesheet; 404 where there is none.

        Its ETag is made from its content: ask again with `If-None-Match`.
        """
        revision = self.get_object().published
        assert revision is not None  # the shelf holds what is published
        asked = PictureQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        try:
            content, kind = picturing.file_of(revision, **asked.validated_data)
        except figures.PoseError as error:
            raise NotFound(_("This stretch has no drawn figure.")) from error
        etag = f'"{sha256(content).hexdigest()[:32]}"'
        answer = HttpResponse(
            content, content_type=kind, headers={"ETag": etag, "Cache-Control": "private, no-cache"}
        )
        return get_conditional_response(request._request, etag=etag, response=answer) or answer


class RoutineItemSerializer(serializers.ModelSerializer):
    exercise = serializers.UUIDField(source="exercise_id")
    name = serializers.CharField(source="exercise.published.name")

    class Meta:
        model = RoutineItem
        fields = ("position", "exercise", "name", "sets", "repetitions", "hold", "rest", "sides", "note")
        read_only_fields = fields


class RoutineSerializer(serializers.ModelSerializer):
    """A template to prescribe from, as it is published.

    `schedule`: {"mode": "fixed", "weekdays": [0..6], "times_per_day": 1..6}, Monday 0, or {"mode": "flexible",
    "per_week": 1..14}.
    """

    clinic = serializers.UUIDField(source="clinic_id", allow_null=True)
    revision = serializers.IntegerField(source="published.number")
    name = serializers.CharField(source="published.name")
    summary = serializers.CharField(source="published.summary")
    notes = serializers.CharField(source="published.notes")
    schedule = serializers.JSONField(source="published.schedule")
    items = RoutineItemSerializer(many=True, source="published.items")

    class Meta:
        model = Routine
        fields = ("id", "slug", "clinic", "revision", "name", "summary", "notes", "schedule", "items")
        read_only_fields = fields


class RoutineLineSerializer(serializers.Serializer):
    """One exercise of a routine; dosage that is left out is the exercise's default."""

    exercise = serializers.UUIDField()
    sets = serializers.IntegerField(required=False, min_value=0)
    repetitions = serializers.IntegerField(required=False, min_value=0)
    hold = serializers.IntegerField(required=False, min_value=0)
    rest = serializers.IntegerField(required=False, min_value=0)
    sides = serializers.ChoiceField(Sides.choices, required=False)
    note = serializers.CharField(required=False, allow_blank=True)


class RoutineInSerializer(serializers.Serializer):
    """A routine of a clinic. `schedule` as in the answer; the verb says what is wrong, field by field."""

    clinic = serializers.UUIDField()
    name = serializers.CharField(allow_blank=True)
    summary = serializers.CharField(required=False, allow_blank=True)
    schedule = serializers.DictField()
    items = RoutineLineSerializer(many=True)


class RoutineViewSet(LibraryList, viewsets.ReadOnlyModelViewSet[Routine]):
    serializer_class = RoutineSerializer
    rights = {"list": Right.VIEW_LIBRARY, "retrieve": Right.VIEW_LIBRARY, "create": Right.PRESCRIBE}
    queryset = Routine.objects.none()

    def get_queryset(self) -> QuerySet[Routine]:
        return library.routines(self.request)

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
