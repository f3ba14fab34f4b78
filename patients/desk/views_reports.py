"""Weekly reports: those made for the asking person, one of them with its figures, and one made now."""

import datetime as dt
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from clinic import access
from clinic.access import Right, requires
from patients import reports as reporting
from patients.models import Report
from patients.models.reports import ReportState

PAGE_SIZE = 25


@requires(Right.REPORT)
def reports(request: HttpRequest, clinic: UUID) -> HttpResponse:
    """The list; a POST has the digest of the seven days up to yesterday made and mailed now."""
    practice = access.clinic(request, clinic)
    person = access.person(request)
    today = timezone.now().astimezone(ZoneInfo(str(practice.time_zone))).date()
    yesterday = today - dt.timedelta(days=1)
    if request.method == "POST":
        try:
            reporting.request_digest(person, practice, person, yesterday)
        except ValidationError as problem:
            messages.error(request, " ".join(problem.messages))
        else:
            messages.success(
                request, _("The report is being made. It goes to %(email)s.") % {"email": person.email}
            )
        return redirect("desk:reports", practice.pk)
    own = access.visible(request, Report).filter(clinic=practice, recipient=person)
    page = Paginator(own, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {"clinic": practice, "page": page, "first": today - dt.timedelta(days=7), "last": yesterday}
    return render(request, "desk/reports.html", context)


@require_GET
@requires(Right.REPORT)
def report(request: HttpRequest, pk: UUID) -> HttpResponse:
    made = access.get(request, Report, pk=pk)
    digest = reporting.drawn(made.facts) if made.state == ReportState.DONE else None
    context = {"clinic": made.clinic, "report": made, "digest": digest}
    return render(request, "desk/report.html", context)
