"""The roster of a clinic, and the way in for a new patient."""

from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from clinic import access, audit, tables
from clinic import people as colleagues
from clinic.access import Right, requires
from clinic.ui.forms import answer, show_errors
from patients import people
from patients.adherence import Band
from patients.desk import asked, roster_file
from patients.desk import roster as rosters
from patients.desk.forms import InviteForm
from patients.models import DeletionRequest, Patient
from patients.models.leaving import OPEN


@require_GET
@requires(Right.VIEW_PATIENTS)
def roster(request: HttpRequest, clinic: UUID) -> HttpResponse:
    practice = access.clinic(request, clinic)
    rights = access.rights_in(request.user, practice.pk)
    query = asked.Query.of(request.GET)
    user = access.person(request)
    patients = access.visible(request, Patient).filter(clinic=practice)
    found = asked.find(patients, query, user, timezone.localdate(timezone=ZoneInfo(str(practice.time_zone))))
    shown = rosters.read(found, query, rights)
    waiting = []
    if Right.MANAGE_CLINIC in rights:
        requests = access.visible(request, DeletionRequest, Right.MANAGE_CLINIC)
        waiting = list(requests.filter(OPEN, clinic=practice))
    # While somebody types, only what was found comes anew; going back through the pages needs the whole page.
    views = list(user.roster_views.filter(clinic=practice))
    part = request.htmx and not request.htmx.history_restore_request  # type: ignore[attr-defined]
    response = render(
        request,
        "desk/parts/roster_found.html" if part else "desk/roster.html",
        {
            "clinic": practice,
            "query": query,
            "part": part,
            "rows": shown.rows,
            "page": shown.page,
            "views": views,
            "shown_view": next((view for view in views if view.query == query.address), None),
            "focuses": list(asked.Focus),
            "bands": list(Band),
            "groups": list(asked.Who),
            "sorts": list(asked.Sort),
            "deletions": waiting,
            "may_invite": Right.CARE_FOR_PATIENTS in rights,
            "may_report": Right.REPORT in rights,
        },
    )
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_GET
@requires(Right.REPORT)
def as_csv(request: HttpRequest, clinic: UUID) -> HttpResponseBase:
    """Everybody whom the roster's query finds, on all its pages; that it was taken out is in the audit trail."""
    practice = access.clinic(request, clinic)
    query = asked.Query.of(request.GET)
    user = access.person(request)
    today = timezone.localdate(timezone=ZoneInfo(str(practice.time_zone)))
    patients = access.visible(request, Patient).filter(clinic=practice)
    found = asked.find(patients, query, user, today)
    audit.record(user, "roster.exported", practice, clinic=practice, patients=found.count())
    table = tables.stream(roster_file.HEAD, roster_file.rows(found, query))
    return tables.download(table, f"patients-{today:%Y-%m-%d}.csv")


@requires(Right.CARE_FOR_PATIENTS)
def invite(request: HttpRequest, clinic: UUID) -> HttpResponse:
    practice = access.clinic(request, clinic)
    clinicians = colleagues.with_right(practice, Right.PRESCRIBE)
    actor = access.person(request)
    initial = {"clinician": actor.pk, "language": actor.language}
    form = InviteForm(request.POST or None, clinicians=clinicians, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            patient = people.invite_patient(actor, practice, **form.cleaned_data)
        except ValidationError as problem:
            show_errors(form, problem)
        else:
            sent = _("Invitation sent to %(email)s.") % {"email": patient.email}
            messages.success(request, sent if patient.email else _("Taken in. Now print a way in on paper."))
            return redirect("desk:patient", patient.pk)
    context = {"clinic": practice, "form": form}
    return answer(request, "desk/invite.html", context, refused=bool(form.errors))
