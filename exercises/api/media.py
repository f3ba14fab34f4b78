"""Photos and films in the API: seen, brought, described, shown by a draft, withdrawn; by the pages' verbs."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

import django_filters
from django.db.models import QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from django.utils.cache import patch_vary_headers
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import conditional_page
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from clinic import access, api
from clinic.access import Right
from clinic.errors import PROBLEM, problem
from exercises import library
from exercises.api import marks
from exercises.api.curation import known
from exercises.api.exercises import WhateverIsAccepted
from exercises.api.filters import OfLibrary
from exercises.api.marks import Changed
from exercises.api.serializers_media import (
    CURATORS_ALONE,
    MediumSaidSerializer,
    MediumSerializer,
    UploadSerializer,
)
from exercises.api.uploads import Uploads
from exercises.media import checking, keeping, showing, views
from exercises.models import Medium, MediumKind


class MediumFilter(OfLibrary):
    kind = django_filters.ChoiceFilter(choices=MediumKind.choices)
    withdrawn = django_filters.BooleanFilter(
        field_name="withdrawn_at", lookup_expr="isnull", exclude=True, label="whose consent was taken back"
    )
    revision = django_filters.UUIDFilter(method="shown_by", label="that this revision of an exercise shows")

    class Meta:
        model = Medium
        fields: list[str] = []

    def shown_by(self, rows: QuerySet[Medium], name: str, value: UUID) -> QuerySet[Medium]:
        return rows.filter(showing.is_shown_by(self.request, value))


@method_decorator(conditional_page, name="dispatch")
class MediumViewSet(Uploads, viewsets.GenericViewSet[Medium]):
    """Photos and films of the libraries that you read; of those that you write, drafts' and withdrawn ones too."""

    serializer_class = MediumSerializer
    filterset_class = MediumFilter
    queryset = Medium.objects.none()
    body_max = views.BODY_MAX
    too_large = staticmethod(checking.too_large)
    one_at_a_time = gettext_lazy("Send one photo or film at a time.")
    rights = {
        "list": Right.VIEW_LIBRARY,
        "retrieve": Right.VIEW_LIBRARY,
        "create": Right.WRITE_LIBRARY,
        "partial_update": Right.WRITE_LIBRARY,
        "destroy": Right.WRITE_LIBRARY,
        "withdraw": Right.WRITE_LIBRARY,
        "part": Right.SIGNED_IN,
    }

    def get_queryset(self) -> QuerySet[Medium]:
        return showing.visible(self.request).select_related("uploaded_by")

    def list(self, request: Request) -> Response:
        library.admit(request)
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        assert page is not None  # every list of the API is paged
        return self.get_paginated_response([_told(request, medium) for medium in page])

    def retrieve(self, request: Request, pk: str) -> Response:
        """One of them, with its ETag."""
        return _marked(request, self._visible(pk))

    @extend_schema(
        request={"multipart/form-data": UploadSerializer}, responses={201: MediumSerializer, 413: None}
    )
    def create(self, request: Request) -> Response:
        """Bring a photo or film into a library. It is checked by its content, and kept anew (docs/rules.md 9)."""
        said, clinic = self.brought(request, UploadSerializer)
        medium = keeping.add(access.person(request), said["file"], clinic=clinic)
        return _marked(request, medium, HTTPStatus.CREATED)

    @extend_schema(
        parameters=[marks.IF_MATCH],
        request=MediumSaidSerializer(partial=True),
        responses={200: MediumSerializer},
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Say who may use it, who is shown, and what is heard. What is left out stays (`If-Match`)."""
        medium = self._own(request, pk)
        mark = marks.read(request, keeping.mark(medium))
        said = known(MediumSaidSerializer, request.data)
        captions = {code: text.encode() for code, text in said.pop("captions", {}).items()}
        saved = marks.unchanged(
            lambda: keeping.describe(
                access.person(request), medium, said, captions_of=captions, expected=mark
            )
        )
        return _marked(request, saved)

    @extend_schema(parameters=[marks.IF_MATCH], responses={204: None})
    def destroy(self, request: Request, pk: str) -> Response:
        """Remove it with its files, as long as no revision names it (`If-Match`)."""
        medium = self._own(request, pk)
        mark = marks.read(request, keeping.mark(medium))
        marks.unchanged(lambda: keeping.remove(access.person(request), medium, expected=mark))
        return Response(status=HTTPStatus.NO_CONTENT)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str) -> Response:
        """Consent was taken back: the files go at once, also from what is published; its words stay."""
        keeping.withdraw(access.person(request), self._own(request, pk))
        return Response(status=HTTPStatus.NO_CONTENT)

    @extend_schema(
        parameters=[OpenApiParameter("part", str, OpenApiParameter.PATH, description="As `parts` names it.")],
        responses={
            (200, "image/webp"): OpenApiTypes.BINARY,
            (200, "video/mp4"): OpenApiTypes.BINARY,
            (200, "video/webm"): OpenApiTypes.BINARY,
            (200, "text/vtt"): OpenApiTypes.STR,
            206: OpenApiTypes.BINARY,
            304: None,
        },
        filters=False,
    )
    @action(
        detail=True,
        url_path=r"parts/(?P<part>[a-z0-9-]+)",
        content_negotiation_class=WhateverIsAccepted,
        pagination_class=None,
    )
    def part(self, request: Request, pk: str, part: str) -> HttpResponseBase:
        """A file, whole or the range that is asked for; a patient may read those of what is prescribed to them."""
        answer = views.answer(request._request, showing.get(request, _uuid(pk)), part)
        patch_vary_headers(answer, ["Authorization"])
        if answer.status_code < HTTPStatus.BAD_REQUEST:
            return answer
        status = HTTPStatus(answer.status_code)
        headers = {name: answer[name] for name in ("Content-Range", "ETag") if name in answer}
        said = _("This part of the file is not there.")
        if status == HTTPStatus.PRECONDITION_FAILED:
            said = str(Changed().detail)
        body = problem(request.path, status, said)
        return Response(body, status=status, headers=headers, content_type=PROBLEM)

    def _visible(self, pk: str) -> Medium:
        medium = self.get_queryset().filter(pk=_uuid(pk)).first()
        if medium is None:
            raise Http404
        return medium

    def _own(self, request: Request, pk: str) -> Medium:
        return access.get(request, Medium.objects.select_related("clinic", "uploaded_by"), pk=pk)


def _uuid(pk: str) -> UUID:
    try:
        return UUID(pk)
    except ValueError as unknown:
        raise Http404 from unknown


def _told(request: Request, medium: Medium) -> dict[str, Any]:
    """What a person reads of a medium: those who write its library, all; the others, what a page shows of it."""
    told: dict[str, Any] = api.told(MediumSerializer, medium)
    return told if _writes(request, medium) else told | dict.fromkeys(CURATORS_ALONE)


def _marked(request: Request, medium: Medium, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """With its ETag, which tells readers nothing of what curators alone are told."""
    mark = keeping.mark(medium) if _writes(request, medium) else ""
    return marks.marked(_told(request, medium), mark, status)


def _writes(request: Request, medium: Medium) -> bool:
    return access.has(request.user, Right.WRITE_LIBRARY, medium.clinic_id)
