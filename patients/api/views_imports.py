"""Patients from a file in the API: a draft that tells what it would do, and its confirmation."""

from typing import Any
from uuid import UUID

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from clinic import access
from clinic.access import Right
from patients import imports
from patients.api import bodies
from patients.api.serializers_patients import ImportInSerializer, ImportSerializer
from patients.models import PatientImport

ID = OpenApiParameter("id", UUID, OpenApiParameter.PATH)


class ImportViewSet(viewsets.GenericViewSet[PatientImport]):
    """Patients from a CSV file: nothing is written before the confirmation, and then all or nothing."""

    serializer_class = ImportSerializer
    rights = {
        "create": Right.CARE_FOR_PATIENTS,
        "retrieve": Right.CARE_FOR_PATIENTS,
        "confirm": Right.CARE_FOR_PATIENTS,
    }

    def get_object(self) -> PatientImport:
        rows = PatientImport.objects.select_related("clinic", "clinician")
        found = access.get(self.request, rows, pk=self.kwargs["pk"])
        if found.created_by_id != access.person(self.request).pk:
            raise PermissionDenied  # a draft belongs to whoever brought it
        return found

    @extend_schema(request=ImportInSerializer, responses={201: ImportSerializer})
    def create(self, request: Request) -> Response:
        """Bring a file, and see row by row what is wrong, who is new, and who is in the clinic already."""
        data = bodies.asked(request, ImportInSerializer)
        try:
            clinic = access.clinic(request, data["clinic"])
        except Http404 as unknown:
            raise ValidationError({"clinic": [_("Unknown.")]}) from unknown
        found = imports.draft(
            access.person(request),
            clinic,
            # What is no Unicode is said in words, where the file is read.
            content=data["content"].encode("utf-8", "surrogatepass"),
            clinician=bodies.clinician(clinic, data["clinician"]),
            invite=data["invite"],
            file_name=data.get("file_name", ""),
        )
        return Response(_told(found), status=status.HTTP_201_CREATED)

    @extend_schema(parameters=[ID], responses=ImportSerializer)
    def retrieve(self, request: Request, pk: UUID) -> Response:
        """The draft against the clinic as it stands now; after the confirmation its numbers alone."""
        return Response(_told(self.get_object()))

    @extend_schema(parameters=[ID], request=None, responses=ImportSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: UUID) -> Response:
        """Take in everybody who is new. 400 names the rows that are wrong, 409 says that it was done before."""
        return Response(_told(imports.confirm(access.person(request), self.get_object())))


def _told(found: PatientImport) -> dict[str, Any]:
    rows = [
        {
            "line": row.line,
            "state": "wrong" if row.errors else "known" if row.known else "new",
            "cells": row.cells,
            "errors": [{"column": column, "message": text} for column, text in row.said],
            "patient": row.known.pk if row.known else None,
        }
        for row in imports.checked(found)
    ]
    fields = ("id", "invite", "file_name", "unread", "confirmed_at", "taken_in", "left_alone")
    told = {name: getattr(found, name) for name in fields}
    told |= {"clinic": found.clinic_id, "clinician": found.clinician_id, "rows": rows}
    return dict(ImportSerializer(told).data)
