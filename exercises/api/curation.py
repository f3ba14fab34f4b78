"""Curators' part of the API: drafts on their way, for exercises and routines alike, through the verbs."""

from http import HTTPStatus
from typing import Any, Generic, TypeVar
from uuid import UUID

import django_filters
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from clinic import access
from clinic.access import Right
from clinic.api import ListMixin, told
from clinic.models import Clinic
from exercises import library, publishing, routine_library
from exercises.api import marks
from exercises.api.serializers import (
    CommentSerializer,
    HistorySerializer,
    InWorkSerializer,
    RetireSerializer,
    ReviewSerializer,
    TextSerializer,
)
from exercises.models import Exercise, RevisionState, Routine
from exercises.studio import reviewing

T = TypeVar("T", bound=Exercise | Routine)

UUIDS = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
CURATION_RIGHTS = {
    "create": Right.WRITE_LIBRARY,
    "draft": Right.WRITE_LIBRARY,
    "in_work": Right.WRITE_LIBRARY,
    "history": Right.VIEW_LIBRARY,
    "former": Right.VIEW_LIBRARY,
    "submit": Right.WRITE_LIBRARY,
    "take_back": Right.WRITE_LIBRARY,
    "publish": Right.PUBLISH_LIBRARY,
    "comments": Right.WRITE_LIBRARY,
    "settle": Right.WRITE_LIBRARY,
    "retire": Right.PUBLISH_LIBRARY,
    "bring_back": Right.PUBLISH_LIBRARY,
    "schedule_review": Right.WRITE_LIBRARY,
}


def answers(draft: Any, published: Any) -> Any:
    """Describes the actions whose answer is the draft as it stands then, or a published revision."""
    answer = extend_schema(responses={200: draft})
    return extend_schema_view(
        submit=answer,
        take_back=answer,
        publish=answer,
        take_over=answer,
        former=extend_schema(responses={200: published}),
        copy=extend_schema(responses={201: draft}),
    )


class OfLibrary(django_filters.FilterSet):
    """By the library that a row belongs to."""

    clinic = django_filters.UUIDFilter(field_name="clinic", label="of this clinic's own library")
    shared = django_filters.BooleanFilter(
        field_name="clinic", lookup_expr="isnull", label="of the shared library, or (false) of clinics' own"
    )


class LibraryList(ListMixin):
    """A list that is refused (403) to those who have no business in the library."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        library.admit(request)
        return super().list(request, *args, **kwargs)


class Curation(GenericViewSet[T], Generic[T]):
    """The verbs of `exercises.publishing` on one thing of the library, and on its newest revision."""

    curated: type[Exercise] | type[Routine]
    draft_serializer: type[serializers.BaseSerializer[Any]]
    published_serializer: type[serializers.BaseSerializer[Any]]

    def content_of(self, request: Request, data: Any, before: Any = None) -> dict[str, Any]:
        """A body as the verbs take it; `before` is the revision that it is written over, where there is one."""
        raise NotImplementedError

    def on_draft(self, request: Request, pk: str) -> Response:
        thing = self.thing(request, pk)
        if request.method in SAFE_METHODS:
            return self.told_draft(thing)
        newest = thing.latest
        mark = marks.read(request, publishing.mark(newest))
        actor = access.person(request)
        if request.method == "DELETE":
            marks.unchanged(lambda: publishing.discard(actor, newest, expected=mark))
            return Response(status=HTTPStatus.NO_CONTENT)
        content = self.content_of(request, request.data, newest)
        marks.unchanged(lambda: publishing.save_draft(actor, thing, content, expected=mark))
        return self.told_draft(thing)

    @extend_schema(responses={200: InWorkSerializer(many=True)}, filters=False)
    @action(detail=False, url_path="in-work", url_name="in-work")
    def in_work(self, request: Request) -> Response:
        """What is in work in the libraries that you write, by name."""
        if not library.writes(request):
            raise PermissionDenied
        kind = self.curated.kind
        rows: Any = library.in_work(request) if kind == "exercise" else routine_library.in_work(request)
        columns = (*InWorkSerializer.COLUMNS, f"{kind}__clinic", "edited_by__name")
        page = self.paginate_queryset(rows.select_related(kind, "edited_by").only(kind, *columns))
        assert page is not None  # every list of the API is paged
        return self.get_paginated_response(InWorkSerializer(page, many=True).data)

    @extend_schema(responses={200: HistorySerializer(many=True)}, filters=False)
    @action(detail=True, pagination_class=None)
    def history(self, request: Request, pk: str) -> Response:
        """Every revision, the newest first; to readers, the published ones, and not by whom."""
        thing = self.thing(request, pk)
        writes = access.has(request.user, Right.WRITE_LIBRARY, thing.clinic_id)
        rows = HistorySerializer(reviewing.history(thing, published_alone=not writes), many=True).data
        unnamed = {} if writes else dict.fromkeys(("edited_by", "published_by"))
        return Response([{**row, **unnamed} for row in rows])

    @extend_schema(responses={200: None}, filters=False)
    @action(detail=True, url_path="revisions/(?P<number>[0-9]{1,9})", url_name="former")
    def former(self, request: Request, pk: str, number: str) -> Response:
        """A published revision by its number, former ones too."""
        rows = self.thing(request, pk).revisions.select_related(self.curated.kind)
        found = rows.filter(state=RevisionState.PUBLISHED, number=int(number)).first()
        if found is None:
            raise Http404
        return Response(told(self.published_serializer, found))

    @extend_schema(request=None, responses={200: None})
    @action(detail=True, methods=["post"], url_path="draft/submit")
    def submit(self, request: Request, pk: str) -> Response:
        """Hand the draft in for review."""
        thing = self.thing(request, pk)
        publishing.submit(access.person(request), thing.latest)
        return self.told_draft(thing)

    @extend_schema(request=TextSerializer, responses={200: None})
    @action(detail=True, methods=["post"], url_path="draft/take-back", url_name="take-back")
    def take_back(self, request: Request, pk: str) -> Response:
        """Make what is in review a draft again, with a comment."""
        thing = self.thing(request, pk)
        text = self.asked(request, TextSerializer)["text"]
        publishing.take_back(access.person(request), thing.latest, text)
        return self.told_draft(thing)

    @extend_schema(parameters=[marks.IF_MATCH], request=None, responses={200: None})
    @action(detail=True, methods=["post"], url_path="draft/publish")
    def publish(self, request: Request, pk: str) -> Response:
        """Publish what is in review, as you have read it (`If-Match`)."""
        thing = self.thing(request, pk)
        newest = thing.latest
        mark = marks.read(request, publishing.mark(newest))
        marks.unchanged(lambda: publishing.publish(access.person(request), newest, expected=mark))
        return self.told_draft(thing)

    @extend_schema(methods=["get"], responses={200: CommentSerializer(many=True)}, filters=False)
    @extend_schema(methods=["post"], request=CommentSerializer, responses={201: CommentSerializer})
    @action(detail=True, methods=["get", "post"], url_path="draft/comments", pagination_class=None)
    def comments(self, request: Request, pk: str) -> Response:
        """What is said about the newest revision."""
        newest = self.thing(request, pk).latest
        if request.method in SAFE_METHODS:
            return Response(CommentSerializer(newest.comments.select_related("author"), many=True).data)
        asked = self.asked(request, CommentSerializer)
        said = publishing.comment(access.person(request), newest, asked["text"], about=asked.get("about", ""))
        return Response(CommentSerializer(said).data, status=HTTPStatus.CREATED)

    @extend_schema(request=None, responses={200: CommentSerializer})
    @action(detail=True, methods=["post"], url_path=f"draft/comments/(?P<comment>{UUIDS})/settle")
    def settle(self, request: Request, pk: str, comment: str) -> Response:
        """A comment has been answered."""
        newest = self.thing(request, pk).latest
        said = newest.comments.filter(pk=UUID(comment)).first()
        if said is None:
            raise Http404
        return Response(CommentSerializer(publishing.settle(access.person(request), said)).data)

    @extend_schema(request=RetireSerializer, responses={204: None})
    @action(detail=True, methods=["post"])
    def retire(self, request: Request, pk: str) -> Response:
        """Hide it from the library, with what to use instead."""
        thing = self.thing(request, pk)
        named = self.asked(request, RetireSerializer)["replaced_by"]
        instead = self.named(request, self.curated, "replaced_by", named) if named else None
        publishing.retire(access.person(request), thing, replaced_by=instead)
        return Response(status=HTTPStatus.NO_CONTENT)

    @extend_schema(request=None, responses={204: None})
    @action(detail=True, methods=["post"], url_path="bring-back", url_name="bring-back")
    def bring_back(self, request: Request, pk: str) -> Response:
        """Put a retired one into the library again."""
        publishing.bring_back(access.person(request), self.thing(request, pk))
        return Response(status=HTTPStatus.NO_CONTENT)

    @extend_schema(request=ReviewSerializer, responses={204: None})
    @action(detail=True, methods=["post"], url_path="schedule-review", url_name="schedule-review")
    def schedule_review(self, request: Request, pk: str) -> Response:
        """Plan by which day somebody reads it again; null for no day."""
        thing = self.thing(request, pk)
        day = publishing.day_to_review(self.asked(request, ReviewSerializer)["day"])
        publishing.schedule_review(access.person(request), thing, day)
        return Response(status=HTTPStatus.NO_CONTENT)

    # --- What the actions share

    def told_draft(self, thing: Exercise | Routine, status: HTTPStatus = HTTPStatus.OK) -> Response:
        newest = thing.latest
        return marks.marked(self.draft_serializer(newest).data, publishing.mark(newest), status)

    def named(self, request: Request, rows: Any, field: str, pk: UUID) -> Any:
        """A thing of the library that a body names. A stranger's is as unknown as one that does not exist."""
        try:
            return access.get(request, rows, Right.VIEW_LIBRARY, pk=pk)
        except Http404 as unknown:
            raise ValidationError({field: [_("Unknown.")]}) from unknown

    def asked(self, request: Request, body: type[serializers.BaseSerializer[Any]]) -> dict[str, Any]:
        given = body(data=request.data)
        given.is_valid(raise_exception=True)
        return dict(given.validated_data)

    def thing(self, request: Request, pk: str) -> Any:
        return access.get(request, self.curated, pk=pk)


def known(body: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """The fields of a body that it has, each of the right kind. Raises ValidationError for those it cannot have."""
    given = body(data=data, partial=True)
    given.is_valid(raise_exception=True)
    unknown = [name for name in data if name not in given.fields]
    if unknown:
        raise ValidationError({name: [_("This field is not known.")] for name in unknown})
    return dict(given.validated_data)


def library_of(request: Request, clinic: UUID | None) -> Clinic | None:
    """The library that a body names, in which the asking person may write."""
    try:
        return library.written(request, clinic)
    except Http404 as unknown:
        raise ValidationError({"clinic": [_("Unknown.")]}) from unknown
    except PermissionDenied as refused:
        if clinic is not None:
            raise
        raise ValidationError({"clinic": [_("Choose the clinic whose library it is for.")]}) from refused
