"""The clinic's data as an archive: asked for, seen in the making, taken, deleted. Owners only."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clinic import access
from clinic.access import Right, requires
from patients import archives as archiving
from patients.models import Archive

SHOWN = 20


@requires(Right.MANAGE_CLINIC)
def archives(request: HttpRequest, clinic: UUID) -> HttpResponse:
    """The list, which asks for itself while one is being made; a POST asks for a new one."""
    practice = access.clinic(request, clinic)
    if request.method == "POST":
        archiving.request(access.person(request), practice)
        return redirect("desk:archives", practice.pk)
    rows = access.visible(request, Archive).filter(clinic=practice).select_related("requested_by")
    found = list(rows[:SHOWN])
    making = next((archive for archive in found if archive.in_the_making), None)
    context = {
        "clinic": practice,
        "making": making,
        "archives": [archive for archive in found if archive is not making],
    }
    return render(request, "desk/archives_list.html" if request.htmx else "desk/archives.html", context)  # type: ignore[attr-defined]


@require_GET
@requires(Right.MANAGE_CLINIC)
def archive_file(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    archive = access.get(request, Archive.objects.select_related("clinic"), pk=pk)
    return archiving.download(access.person(request), archive)


@require_POST
@requires(Right.MANAGE_CLINIC)
def archive_delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    archive = access.get(request, Archive.objects.select_related("clinic"), pk=pk)
    archiving.delete(access.person(request), archive)
    messages.success(request, _("The archive is deleted."))
    return redirect("desk:archives", archive.clinic_id)
