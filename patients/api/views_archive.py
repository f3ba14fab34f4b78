"""My data, as the portal gives it, for a patient's own program."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from clinic import access
from clinic.access import Right
from clinic.api import TokenAuthentication, UserThrottle
from patients import archive
from patients.portal.reading import own_patients


class ArchiveThrottle(UserThrottle):
    scope = "archive"
    rate = "10/hour"


class ArchiveView(APIView):
    """All that is kept of the person, from each clinic, as a ZIP file of JSON and CSV.

    With a key alone: in a browser that is signed in, the portal's page first asks anew who it is.
    """

    rights = {"get": Right.OWN_CARE}
    authentication_classes = (TokenAuthentication,)
    throttle_classes = (ArchiveThrottle,)

    @extend_schema(operation_id="me_archive", responses={(200, "application/zip"): OpenApiTypes.BINARY})
    def get(self, request: Request) -> HttpResponse:
        patients = own_patients(request._request)
        return archive.answer(access.person(request), patients)
