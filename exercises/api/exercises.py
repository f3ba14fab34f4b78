"""Exercises in the API: the published ones to prescribe from, their pictures, and drafts."""

from hashlib import sha256
from http import HTTPStatus
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page
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
from exercises import figures, library, picturing, publishing
from exercises.api.curation import CURATION_RIGHTS, Curation, LibraryList, library_of
from exercises.api.serializers import BeginSerializer, ContentSerializer, DraftSerializer, ExerciseSerializer
from exercises.figures import paper
from exercises.models import Exercise, Position, Region


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


@method_decorator(conditional_page, name="dispatch")
class ExerciseViewSet(LibraryList, Curation[Exercise], viewsets.ReadOnlyModelViewSet[Exercise]):
    serializer_class = ExerciseSerializer
    filterset_class = ExerciseFilter
    rights = {
        "list": Right.VIEW_LIBRARY,
        "retrieve": Right.VIEW_LIBRARY,
        "picture": Right.VIEW_LIBRARY,
        **CURATION_RIGHTS,
    }
    curated = Exercise
    draft_serializer = DraftSerializer
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

    @extend_schema(request=BeginSerializer, responses={201: DraftSerializer})
    def create(self, request: Request) -> Response:
        """Begin an exercise with its first draft."""
        given = BeginSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        exercise = publishing.create_exercise(
            access.person(request),
            clinic=library_of(request, asked.get("clinic")),
            slug=asked["slug"],
            content=self.content_of(request, asked["content"]),
        )
        return self.told_draft(exercise, HTTPStatus.CREATED)

    @extend_schema(
        methods=["patch"], request=ContentSerializer(partial=True), responses={200: DraftSerializer}
    )
    @extend_schema(methods=["get"], responses={200: DraftSerializer})
    @extend_schema(methods=["delete"], responses={204: None})
    @action(detail=True, methods=["get", "patch", "delete"])
    def draft(self, request: Request, pk: str) -> Response:
        """The newest revision. To write, name the ETag of what you read in `If-Match`; it begins a draft if need be."""
        return self.on_draft(request, pk)

    def content_of(self, request: Request, data: Any) -> dict[str, Any]:
        content = self.known(ContentSerializer, data)
        for name in ("easier", "harder"):
            if content.get(name):
                content[name] = self.named(request, Exercise, name, content[name])
        return content
