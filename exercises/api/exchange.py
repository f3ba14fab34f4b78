"""A library taken out as one archive, and files brought into it, in the API; by the pages' verbs (docs/rules.md 9)."""

from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import conditional_page
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clinic import access, api
from clinic.access import Right
from clinic.errors import Conflict
from exercises import library
from exercises.api import marks
from exercises.api.curation import known, library_of
from exercises.api.exercises import WhateverIsAccepted
from exercises.api.filters import OfLibrary
from exercises.api.serializers_exchange import (
    BroughtSerializer,
    LibraryImportSerializer,
    ReportLineSerializer,
    ReportQuery,
    TakenOutSerializer,
)
from exercises.api.uploads import Uploads
from exercises.exchange import archive, jobs
from exercises.models import LibraryImport

# The largest file, and what is around it in a form.
BODY_MAX = jobs.FILE_MAX + 1_000_000


class LibraryArchiveThrottle(api.UserThrottle):
    """It is made anew for each who asks."""

    scope = "library-archive"
    rate = "30/hour"


class LibraryArchiveView(APIView):
    """A library as one file.

    With POST, as it is made anew and written down each time: nothing fetches it in advance, and HEAD makes none.
    """

    rights = {"post": Right.WRITE_LIBRARY}
    throttle_classes = (LibraryArchiveThrottle,)
    content_negotiation_class = WhateverIsAccepted

    @extend_schema(
        operation_id="library_archive",
        request=TakenOutSerializer,
        responses={(200, "application/zip"): OpenApiTypes.BINARY},
    )
    def post(self, request: Request) -> HttpResponseBase:
        """Take a library out as one ZIP, with a JSON Schema in it. That it was taken is in the audit trail."""
        if not library.writes(request):
            raise PermissionDenied
        asked = known(TakenOutSerializer, request.data)
        clinic = library_of(request, asked.get("clinic"))
        return archive.taken_out(access.person(request), clinic, drafts=asked.get("drafts", False))


class LibraryImportFilter(OfLibrary):
    class Meta:
        model = LibraryImport
        fields = {"state": ["exact"]}


@method_decorator(conditional_page, name="dispatch")
class LibraryImportViewSet(Uploads, viewsets.GenericViewSet[LibraryImport]):
    """Files for a library that you write: looked at first, taken in as drafts when somebody says so."""

    serializer_class = LibraryImportSerializer
    filterset_class = LibraryImportFilter
    queryset = LibraryImport.objects.none()
    body_max = BODY_MAX
    too_large = staticmethod(jobs.too_large)
    one_at_a_time = gettext_lazy("Send one file at a time.")
    rights = {
        "list": Right.WRITE_LIBRARY,
        "retrieve": Right.WRITE_LIBRARY,
        "create": Right.WRITE_LIBRARY,
        "report": Right.WRITE_LIBRARY,
        "confirm": Right.WRITE_LIBRARY,
        "again": Right.WRITE_LIBRARY,
        "drop": Right.WRITE_LIBRARY,
    }

    def get_queryset(self) -> QuerySet[LibraryImport]:
        return _bare(access.visible(self.request, LibraryImport)).order_by("-created_at", "pk")

    def list(self, request: Request) -> Response:
        """What was brought, the newest first."""
        if not library.writes(request):
            raise PermissionDenied
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        assert page is not None  # every list of the API is paged
        return self.get_paginated_response([api.told(LibraryImportSerializer, job) for job in page])

    def retrieve(self, request: Request, pk: str) -> Response:
        """How far it is, and what may be done next. Ask again with `If-None-Match`."""
        return _marked(_found(request, pk))

    @extend_schema(
        request={"multipart/form-data": BroughtSerializer},
        responses={201: LibraryImportSerializer, 413: None},
    )
    def create(self, request: Request) -> Response:
        """Bring a file and have it looked at; nothing of it is in the library before it is confirmed."""
        said, clinic = self.brought(request, BroughtSerializer)
        job = jobs.request(
            access.person(request),
            clinic,
            said["file"],
            name=said["file"].name,
            size=said["file"].size,
            category=said["category"],
        )
        answer = _marked(job, HTTPStatus.CREATED)
        answer["Location"] = reverse("api:library-import-detail", args=[job.pk])
        return answer

    @extend_schema(parameters=[ReportQuery], responses={200: ReportLineSerializer(many=True)}, filters=False)
    @action(detail=True)
    def report(self, request: Request, pk: str) -> Response:
        """What would become of each entry, in the order of the file; 404 before it was looked at."""
        job = access.get(request, LibraryImport.objects.only("clinic", "made_at", "report"), pk=pk)
        if job.made_at is None:
            raise Http404
        asked = ReportQuery(data=request.query_params)
        asked.is_valid(raise_exception=True)
        wanted = asked.validated_data.get("verdict")
        lines: Any = [line for line in job.report if wanted in (None, line["verdict"])]
        page = ReportLineSerializer(self.paginate_queryset(lines), many=True).data
        return marks.marked(self.get_paginated_response(page).data, jobs.mark(job))

    @extend_schema(parameters=[marks.IF_MATCH], request=None, responses={202: LibraryImportSerializer})
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: str) -> Response:
        """Have it taken in as the report says that you have read (`If-Match`: its ETag, or the import's)."""
        job = _found(request, pk)
        mark = marks.read(request, jobs.mark(job))
        marks.unchanged(lambda: jobs.confirm(access.person(request), job, expected=mark))
        return _marked(_found(request, pk), HTTPStatus.ACCEPTED)

    @extend_schema(request=None, responses={202: LibraryImportSerializer})
    @action(detail=True, methods=["post"])
    def again(self, request: Request, pk: str) -> Response:
        """Have it looked at anew after a failure, and taken in where that was confirmed."""
        job = _found(request, pk)
        if not jobs.try_again(job):
            raise Conflict(_("There is nothing to try again here, or it is tried again already."))
        return _marked(_found(request, pk), HTTPStatus.ACCEPTED)

    @extend_schema(request=None, responses={200: LibraryImportSerializer})
    @action(detail=True, methods=["post"])
    def drop(self, request: Request, pk: str) -> Response:
        """Give it up, also while a worker has it: nothing of the file is in the library then."""
        job = _found(request, pk)
        dropped = jobs.drop(access.person(request), job)
        now = _found(request, pk)
        if not dropped and now.taken_in:
            raise Conflict(_("It was taken in already; throw its drafts away one by one."))
        return _marked(now)


def _found(request: Request, pk: str) -> LibraryImport:
    """An import as it stands now."""
    return access.get(request, _bare(LibraryImport.objects.all()), pk=pk)


def _bare(rows: QuerySet[LibraryImport]) -> QuerySet[LibraryImport]:
    """Without the report, which may have thousands of entries."""
    return rows.select_related("clinic", "requested_by", "confirmed_by").defer("report")


def _marked(job: LibraryImport, status: HTTPStatus = HTTPStatus.OK) -> Response:
    return marks.marked(api.told(LibraryImportSerializer, job), jobs.mark(job), status)
