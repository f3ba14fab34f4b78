"""The pages of exchange: take a library out, bring a file, read what it would do, take it in."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django_htmx.http import HttpResponseClientRefresh

from clinic import access
from clinic.access import Right, requires
from clinic.errors import Conflict
from clinic.models import Clinic
from clinic.ui.forms import answer, show_errors
from exercises import library
from exercises.exchange import archive, jobs, schema
from exercises.exchange.entries import Line, Verdict, report_of
from exercises.exchange.forms import ExportForm, ImportForm
from exercises.models import LibraryImport

LISTED = 20
# So many entries of each kind are shown; the rest is told as a number.
SHOWN = 100


@require_GET
@requires(Right.PUBLIC)
def described(request: HttpRequest) -> HttpResponse:
    """The JSON Schema of archives, for whoever makes or reads one."""
    response = HttpResponse(schema.text(), content_type="application/schema+json")
    response["Access-Control-Allow-Origin"] = "*"
    return response


@requires(Right.WRITE_LIBRARY)
def export(request: HttpRequest) -> HttpResponseBase:
    """A library as one file; that it was taken is in the audit trail."""
    form = ExportForm(request.POST if request.method == "POST" else None, libraries=_libraries(request))
    if request.method == "POST" and form.is_valid():
        clinic = _clinic(request, form.cleaned_data["library"])
        try:
            return archive.taken_out(access.person(request), clinic, drafts=form.cleaned_data["drafts"])
        except ValidationError as problem:
            show_errors(form, problem)
    return answer(request, "library/exchange/export.html", {"form": form}, refused=bool(form.errors))


@requires(Right.WRITE_LIBRARY)
def start(request: HttpRequest) -> HttpResponse:
    """Choose a file; below it what was brought before."""
    form = ImportForm(
        request.POST if request.method == "POST" else None,
        request.FILES or None,
        libraries=_libraries(request),
    )
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            job = jobs.request(
                access.person(request),
                _clinic(request, form.cleaned_data["library"]),
                file,
                name=file.name,
                size=file.size,
                category=form.cleaned_data["category"],
            )
        except ValidationError as problem:
            show_errors(form, problem)
        else:
            return redirect("exercises:import_shown", job.pk)
    rows = access.visible(request, LibraryImport).select_related("requested_by", "clinic").defer("report")
    context = {"form": form, "imports": rows[:LISTED]}
    return answer(request, "library/exchange/start.html", context, refused=bool(form.errors))


@require_GET
@requires(Right.WRITE_LIBRARY)
def shown(request: HttpRequest, pk: UUID) -> HttpResponse:
    """How far it is, and then the report. While a worker has it the page asks for itself."""
    job = access.get(request, LibraryImport.objects.select_related("clinic"), pk=pk)
    if request.htmx:  # type: ignore[attr-defined]
        if not job.is_open:
            return HttpResponseClientRefresh()
        return render(request, "library/exchange/progress.html", {"job": job})
    report = report_of(job.report)
    groups = [(verdict, *_first(report.of(verdict))) for verdict in reversed(Verdict)]
    context: dict[str, Any] = {"job": job, "groups": [group for group in groups if group[1]]}
    context |= {"again": jobs.may_be_tried_again(job), "mark": jobs.mark(job)}
    return render(request, "library/exchange/shown.html", context)


@require_POST
@requires(Right.WRITE_LIBRARY)
def confirm(request: HttpRequest, pk: UUID) -> HttpResponse:
    job = access.get(request, LibraryImport, pk=pk)
    try:
        jobs.confirm(access.person(request), job, expected=request.POST.get("read", ""))
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
    except Conflict as conflict:
        messages.error(request, str(conflict))
    return redirect("exercises:import_shown", job.pk)


@require_POST
@requires(Right.WRITE_LIBRARY)
def again(request: HttpRequest, pk: UUID) -> HttpResponse:
    if not jobs.try_again(access.get(request, LibraryImport, pk=pk)):
        messages.error(request, _("There is nothing to try again here, or it is tried again already."))
    return redirect("exercises:import_shown", pk)


@require_POST
@requires(Right.WRITE_LIBRARY)
def drop(request: HttpRequest, pk: UUID) -> HttpResponse:
    job = access.get(request, LibraryImport.objects.select_related("clinic"), pk=pk)
    if jobs.drop(access.person(request), job):
        messages.success(request, _("Given up. Nothing of the file is in the library."))
    return redirect("exercises:import")


def _first(lines: list[Line]) -> tuple[list[Line], int]:
    """Those that are shown, and how many more there are."""
    return lines[:SHOWN], max(0, len(lines) - SHOWN)


def _libraries(request: HttpRequest) -> list[tuple[str, str]]:
    """The libraries that the person writes: id (the shared one has none) and name. PermissionDenied without any."""
    found = [("", _("The library of all clinics"))] if access.has(request.user, Right.WRITE_LIBRARY) else []
    found += [(str(clinic.pk), clinic.name) for clinic in access.clinics(request.user, Right.WRITE_LIBRARY)]
    if not found:
        raise PermissionDenied
    return found


def _clinic(request: HttpRequest, chosen: str) -> Clinic | None:
    """The clinic whose library was chosen; None is the shared one."""
    return library.written(request, UUID(chosen) if chosen else None)
