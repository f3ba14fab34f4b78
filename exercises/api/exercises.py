"""Exercises in the API: the published ones to prescribe from, their pictures, and drafts."""

from hashlib import sha256
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
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
from exercises import figures, library, picturing, publishing, usage
from exercises.api import marks
from exercises.api.curation import CURATION_RIGHTS, UUIDS, LibraryList, answers, known, library_of
from exercises.api.filters import ExerciseFilter, ExerciseInWork
from exercises.api.own import OWN_RIGHTS, OwnLibrary
from exercises.api.serializers import (
    BeginSerializer,
    ContentSerializer,
    DraftSerializer,
    ExerciseSerializer,
    RevisionSerializer,
    UsageSerializer,
)
from exercises.api.serializers_media import AttachSerializer
from exercises.figures import paper
from exercises.media import keeping, listed, showing
from exercises.models import Exercise, Revision


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


@answers(DraftSerializer, RevisionSerializer)
@method_decorator(conditional_page, name="dispatch")
class ExerciseViewSet(LibraryList, OwnLibrary[Exercise], viewsets.ReadOnlyModelViewSet[Exercise]):
    serializer_class = ExerciseSerializer
    rights = {
        "list": Right.VIEW_LIBRARY,
        "retrieve": Right.VIEW_LIBRARY,
        "picture": Right.VIEW_LIBRARY,
        "usage": Right.VIEW_LIBRARY,
        "attach": Right.WRITE_LIBRARY,
        "detach": Right.WRITE_LIBRARY,
        **CURATION_RIGHTS,
        **OWN_RIGHTS,
    }
    curated = Exercise
    draft_serializer = DraftSerializer
    published_serializer = RevisionSerializer
    list_filter = ExerciseFilter
    work_filter = ExerciseInWork
    queryset = Exercise.objects.none()

    def get_queryset(self) -> QuerySet[Exercise]:
        # A figure's poses are most of a revision, and nothing of them is told here.
        found = library.readable(self.request).select_related(None)
        return found.select_related("published").defer("published__figure")

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
    def picture(self, request: Request, pk: str) -> HttpResponseBase:
        """The drawn figure of the published revision, without a stylesheet; 404 where there is none.

        Its ETag is made from its content: ask again with `If-None-Match`.
        """
        revision = access.get(request, library.readable(request), pk=pk).published
        assert revision is not None  # what can be read is published
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

    @extend_schema(responses={200: UsageSerializer}, filters=False)
    @action(detail=True, pagination_class=None)
    def usage(self, request: Request, pk: str) -> Response:
        """Who uses it: active prescriptions in your clinics, their sum over all (for curators), and your routines."""
        exercise = access.get(request, library.readable(request), pk=pk)
        used = usage.of(request, exercise)
        told = {
            "own": [{"clinic": clinic.pk, "prescriptions": number} for clinic, number in used.own],
            "everywhere": used.everywhere,
            "routines": [routine.pk for routine in usage.routines(request, exercise)],
        }
        return Response(UsageSerializer(told).data)

    @extend_schema(request=BeginSerializer, responses={201: DraftSerializer})
    def create(self, request: Request) -> Response:
        """Begin an exercise with its first draft."""
        given = BeginSerializer(data=request.data)
        given.is_valid(raise_exception=True)
        asked = given.validated_data
        clinic, content = library_of(request, asked.get("clinic")), self.content_of(request, asked["content"])
        slug = asked.get("slug") or publishing.free_slug(Exercise(), clinic, content.get("name", ""))
        exercise = publishing.create_exercise(
            access.person(request), clinic=clinic, slug=slug, content=content
        )
        return self.told_draft(exercise, HTTPStatus.CREATED)

    @extend_schema(
        methods=["patch"],
        parameters=[marks.IF_MATCH],
        request=ContentSerializer(partial=True),
        responses={200: DraftSerializer},
    )
    @extend_schema(methods=["get"], responses={200: DraftSerializer})
    @extend_schema(methods=["delete"], parameters=[marks.IF_MATCH], responses={204: None})
    @action(detail=True, methods=["get", "patch", "delete"])
    def draft(self, request: Request, pk: str) -> Response:
        """The newest revision. To write, name the ETag of what you read in `If-Match`; it begins a draft if need be."""
        return self.on_draft(request, pk)

    def content_of(self, request: Request, data: Any, before: Any = None) -> dict[str, Any]:
        content = known(ContentSerializer, data)
        for name in ("easier", "harder"):
            if content.get(name):
                content[name] = self.named(request, Exercise, name, content[name])
        if "media" in content:
            self._check_shown(request, content["media"], before)
        return content

    def _check_shown(self, request: Request, rows: Any, before: Revision | None) -> None:
        """Whoever may not see a photo may not show it either. What is there already stays."""
        if listed.problems(rows):
            return  # the verb says what is wrong
        there = before.media if before else []
        added = {row["medium"] for row in rows} - {row["medium"] for row in there}
        if added and showing.visible(request).filter(pk__in=added).count() < len(added):
            raise ValidationError({"media": [_("Choose photos and films of the same library.")]})

    @extend_schema(parameters=[marks.IF_MATCH], request=AttachSerializer, responses={200: DraftSerializer})
    @action(detail=True, methods=["post"], url_path="draft/media", url_name="attach")
    def attach(self, request: Request, pk: str) -> Response:
        """Show a photo or film at the end of the draft's (`If-Match`: the draft's ETag)."""
        exercise: Exercise = self.thing(request, pk)
        mark = marks.read(request, publishing.mark(exercise.latest))
        asked = self.asked(request, AttachSerializer)
        medium = showing.visible(request).filter(pk=asked["medium"]).first()
        if medium is None:
            raise ValidationError({"medium": [_("Unknown.")]})
        person = access.person(request)
        marks.unchanged(lambda: keeping.attach(person, exercise, medium, alt=asked["alt"], expected=mark))
        return self.told_draft(exercise)

    @extend_schema(parameters=[marks.IF_MATCH], request=None, responses={200: DraftSerializer})
    @action(
        detail=True,
        methods=["delete"],
        url_path=f"draft/media/(?P<medium>{UUIDS})",
        url_name="detach",
    )
    def detach(self, request: Request, pk: str, medium: str) -> Response:
        """Take a photo or film out of the draft (`If-Match`: the draft's ETag)."""
        exercise: Exercise = self.thing(request, pk)
        newest = exercise.latest
        mark = marks.read(request, publishing.mark(newest))
        shown = newest.media_uses.filter(medium=medium).select_related("medium").first()
        if shown is None:
            raise Http404
        person = access.person(request)
        marks.unchanged(lambda: keeping.detach(person, exercise, shown.medium, expected=mark))
        return self.told_draft(exercise)
