"""Weekly reports and archives in the API: listed, asked for, made again, downloaded."""

import datetime as dt
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import mixins, serializers, status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from clinic import access, pdf, tables
from clinic.access import Right
from clinic.models import Clinic, WorkState
from patients import archives, reports
from patients.api import bodies
from patients.models import Archive, Report
from patients.models.reports import ReportKind
from patients.reporting import prints
from patients.reporting import tables as csvs
from patients.reporting.kinds import SORTS, open_to


class ReportSerializer(serializers.ModelSerializer):
    """`facts` are the figures as they were when it was made; empty until then."""

    class Meta:
        model = Report
        fields: ClassVar = [
            *("id", "clinic", "kind", "recipient", "first_day", "last_day", "state", "error"),
            *("made_at", "due_at", "facts"),
        ]
        read_only_fields: ClassVar = fields


class AskSerializer(serializers.Serializer):
    """Of which seven days: those up to `last_day`, up to yesterday where it is left out."""

    clinic = serializers.UUIDField()
    kind = serializers.ChoiceField(ReportKind.choices)
    last_day = serializers.DateField(required=False)


class ReportFilter(filters.FilterSet):
    clinic = filters.UUIDFilter()

    class Meta:
        model = Report
        fields: ClassVar = {"kind": ["exact"], "state": ["exact"], "last_day": ["gte", "lte"]}


class ReportViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Report]):
    """The weekly reports that one may read: digests of one's clinics, and for owners those of the clinic."""

    serializer_class = ReportSerializer
    filterset_class = ReportFilter
    rights = {
        "list": Right.REPORT,
        "retrieve": Right.REPORT,
        "create": Right.REPORT,
        "again": Right.REPORT,
        "as_pdf": Right.REPORT,
        "as_csv": Right.REPORT,
    }
    queryset = Report.objects.all()

    def get_queryset(self) -> QuerySet[Report]:
        return open_to(access.visible(self.request, Report), access.person(self.request))

    def get_object(self) -> Report:
        rows = Report.objects.select_related("clinic", "recipient")
        found = access.get(self.request, rows, pk=self.kwargs["pk"])
        access.clinic(self.request, found.clinic_id, SORTS[found.kind].right)
        return found

    @extend_schema(request=AskSerializer, responses={202: ReportSerializer})
    def create(self, request: Request) -> Response:
        """Have one's own report of seven days made, or made again, and mailed to oneself."""
        asked = bodies.asked(request, AskSerializer)
        clinic = _clinic(request, asked["clinic"], SORTS[asked["kind"]].right)
        today = timezone.now().astimezone(ZoneInfo(str(clinic.time_zone))).date()
        last_day = asked.get("last_day", today - dt.timedelta(days=1))
        person = access.person(request)
        report = reports.request(person, clinic, asked["kind"], person, last_day)
        return Response(ReportSerializer(report).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(request=None, responses={202: ReportSerializer})
    @action(detail=True, methods=["post"])
    def again(self, request: Request, pk: str) -> Response:
        """Make it again with the figures of now, and mail it again to its recipient."""
        found = self.get_object()
        person = access.person(request)
        report = reports.request(person, found.clinic, found.kind, found.recipient, found.last_day)
        return Response(ReportSerializer(report).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    @action(detail=True, url_path="pdf")
    def as_pdf(self, request: Request, pk: str) -> HttpResponse:
        """The report as a tagged PDF; 404 until it is made."""
        report = self._made()
        return pdf.shown(prints.pdf_of(report), f"{report.file_name}.pdf")

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.STR})
    @action(detail=True, url_path="csv")
    def as_csv(self, request: Request, pk: str) -> HttpResponseBase:
        """The report as a table; 404 until it is made."""
        report = self._made()
        return tables.download(csvs.csv_of(report), f"{report.file_name}.csv")

    def _made(self) -> Report:
        report = self.get_object()
        if report.state != WorkState.DONE:
            raise Http404
        return report


class ArchiveSerializer(serializers.ModelSerializer):
    """`done` of `total` rows are written. `file` is where to download it; null before it is made and once deleted."""

    file = serializers.SerializerMethodField()

    class Meta:
        model = Archive
        fields: ClassVar = [
            *("id", "clinic", "state", "error", "created_at", "made_at", "done", "total", "size"),
            *("expires_at", "deleted_at", "file"),
        ]
        read_only_fields: ClassVar = fields

    def get_file(self, archive: Archive) -> str | None:
        return reverse("api:archive-file", args=[archive.pk]) if archive.there else None


class ClinicSerializer(serializers.Serializer):
    clinic = serializers.UUIDField()


class ArchiveViewSet(mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Archive]):
    """All data of a clinic in open formats, for its owners."""

    serializer_class = ArchiveSerializer
    rights = {
        "list": Right.MANAGE_CLINIC,
        "retrieve": Right.MANAGE_CLINIC,
        "create": Right.MANAGE_CLINIC,
        "file": Right.MANAGE_CLINIC,
    }
    queryset = Archive.objects.all()

    def get_queryset(self) -> QuerySet[Archive]:
        return access.visible(self.request, Archive)

    def get_object(self) -> Archive:
        return access.get(self.request, Archive.objects.select_related("clinic"), pk=self.kwargs["pk"])

    @extend_schema(request=ClinicSerializer, responses={202: ArchiveSerializer})
    def create(self, request: Request) -> Response:
        """Have an archive made; while one is being made, that is the one."""
        asked = bodies.asked(request, ClinicSerializer)
        clinic = _clinic(request, asked["clinic"], Right.MANAGE_CLINIC)
        archive = archives.request(access.person(request), clinic)
        return Response(ArchiveSerializer(archive).data, status=status.HTTP_202_ACCEPTED)

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY})
    @action(detail=True)
    def file(self, request: Request, pk: str) -> HttpResponseBase:
        """The ZIP; 404 before it is made and once it is deleted."""
        return archives.download(access.person(request), self.get_object())


def _clinic(request: Request, pk: Any, right: Right) -> Clinic:
    """A clinic that a body names. A stranger's is as unknown as one that does not exist."""
    try:
        return access.clinic(request, pk, right)
    except Http404 as unknown:
        raise ValidationError({"clinic": [_("Unknown.")]}) from unknown
