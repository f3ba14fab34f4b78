"""Weekly reports: the past ones, one of them with its figures, and one as it would be now."""

import datetime as dt
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clinic import access, frames, pdf, tables
from clinic.access import Right, requires
from clinic.models import Clinic, WorkState
from patients import reports as reporting
from patients.desk.forms_reports import PastForm
from patients.models import Report
from patients.models.reports import ReportKind
from patients.reporting import mails, prints
from patients.reporting import tables as csvs
from patients.reporting.kinds import SORTS, Facts, facts_of, open_to
from patients.reporting.shown import shown

PAGE_SIZE = 25


@requires(Right.REPORT)
def reports(request: HttpRequest, clinic: UUID) -> HttpResponse:
    """The past ones, by kind, recipient and month; a POST has one of the seven days up to yesterday made now."""
    practice = access.clinic(request, clinic)
    person = access.person(request)
    kinds = _kinds(request, practice)
    if request.method == "POST":
        return _send(request, practice, request.POST.get("kind", ReportKind.DIGEST))
    rights = access.rights_in(person, practice.pk)
    rows = open_to(access.visible(request, Report), person).filter(clinic=practice)
    form = PastForm(request.GET, rows=rows, kinds=kinds, person=person)
    page = Paginator(form.found(), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "clinic": practice,
        "page": page,
        "form": form,
        "kinds": kinds,
        "last": _yesterday(practice),
        "may_manage": Right.MANAGE_CLINIC in rights,
        "may_prescribe": Right.PRESCRIBE in rights,
        "waits": any(report.in_the_making for report in page),
    }
    return render(request, "desk/reports_list.html" if request.htmx else "desk/reports.html", context)  # type: ignore[attr-defined]


@require_GET
@requires(Right.REPORT)
@frames.around_a_letter
def report(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One report; while it is being made, the page asks for itself."""
    made = _report(request, pk)
    context: dict[str, object] = {"clinic": made.clinic, "report": made, "shown": None}
    if made.state == WorkState.DONE:
        context |= {"shown": shown(facts_of(made)), "view": _view(request)}
    return render(request, "desk/report_shown.html" if request.htmx else "desk/report.html", context)  # type: ignore[attr-defined]


@require_POST
@requires(Right.REPORT)
def again(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Make it again with the figures of now, and mail it again."""
    made = _report(request, pk)
    try:
        reporting.request(access.person(request), made.clinic, made.kind, made.recipient, made.last_day)
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
    else:
        messages.success(
            request,
            _("The report is being made again. It goes to %(email)s.") % {"email": made.recipient.email},
        )
    return redirect("desk:report", made.pk)


@require_GET
@requires(Right.REPORT)
@frames.of_a_letter
def mail(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The mail of a report, as a mail program shows it."""
    made = _made(request, pk)
    letter, pictures = mails.preview(made, facts_of(made))
    return frames.framed(letter.html, pictures)


@require_GET
@requires(Right.REPORT)
def as_pdf(request: HttpRequest, pk: UUID) -> HttpResponse:
    made = _made(request, pk)
    try:
        return pdf.shown(prints.pdf_of(made), f"{made.file_name}.pdf")
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
        return redirect("desk:report", made.pk)


@require_GET
@requires(Right.REPORT)
def as_csv(request: HttpRequest, pk: UUID) -> HttpResponseBase:
    made = _made(request, pk)
    return tables.download(csvs.csv_of(made), f"{made.file_name}.csv")


@requires(Right.REPORT)
@frames.around_a_letter
def preview(request: HttpRequest, clinic: UUID, kind: str) -> HttpResponse:
    """A report as it would be now; nothing is kept. A POST has it made and mailed."""
    practice = access.clinic(request, clinic, _right(kind))
    if request.method == "POST":
        return _send(request, practice, kind)
    asked, facts = _preview(request, practice, kind)
    context = {"clinic": practice, "report": asked, "shown": shown(facts), "view": _view(request)}
    return render(request, "desk/report_preview.html", context)


@require_GET
@requires(Right.REPORT)
@frames.of_a_letter
def preview_mail(request: HttpRequest, clinic: UUID, kind: str) -> HttpResponse:
    practice = access.clinic(request, clinic, _right(kind))
    letter, pictures = mails.preview(*_preview(request, practice, kind))
    return frames.framed(letter.html, pictures)


def _preview(request: HttpRequest, practice: Clinic, kind: str) -> tuple[Report, Facts]:
    return reporting.preview(practice, kind, access.person(request), _yesterday(practice))


def _send(request: HttpRequest, practice: Clinic, kind: str) -> HttpResponse:
    access.clinic(request, practice.pk, _right(kind))
    person = access.person(request)
    try:
        made = reporting.request(person, practice, kind, person, _yesterday(practice))
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
        return redirect("desk:reports", practice.pk)
    messages.success(request, _("The report is being made. It goes to %(email)s.") % {"email": person.email})
    return redirect("desk:report", made.pk)


def _report(request: HttpRequest, pk: UUID) -> Report:
    """A report that the asking person may read; one of another kind is forbidden to them."""
    found = access.get(request, Report.objects.select_related("clinic", "recipient"), pk=pk)
    access.clinic(request, found.clinic_id, _right(found.kind))
    return found


def _made(request: HttpRequest, pk: UUID) -> Report:
    """The same; one that is not made has no files yet."""
    found = _report(request, pk)
    if found.state != WorkState.DONE:
        raise Http404
    return found


def _right(kind: str) -> Right:
    if kind not in SORTS:
        raise Http404
    return SORTS[kind].right


def _kinds(request: HttpRequest, practice: Clinic) -> list[ReportKind]:
    rights = access.rights_in(request.user, practice.pk)
    return [kind for kind in ReportKind if SORTS[kind].right in rights]


def _view(request: HttpRequest) -> str:
    return "mail" if request.GET.get("view") == "mail" else "page"


def _yesterday(practice: Clinic) -> dt.date:
    today = timezone.now().astimezone(ZoneInfo(str(practice.time_zone))).date()
    return today - dt.timedelta(days=1)
