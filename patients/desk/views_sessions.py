"""Sessions in the hands of staff: written down as the patient told them, corrected, taken out (docs/rules.md 5)."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import access
from clinic.access import Right, requires
from clinic.errors import Conflict
from clinic.models import User
from clinic.ui.forms import UNPROCESSABLE, answer, number_of, show_errors
from patients import progress, sessions
from patients.checklist import at_fields, corrected, correction, items_done, minute
from patients.desk.acting import act_page, day
from patients.desk.forms import ReasonForm
from patients.desk.forms_session import CorrectForm, ToldForm
from patients.models import Prescription, PrescriptionRevision, Session
from patients.models.sessions import Source
from patients.sessions import SessionData


@requires(Right.CARE_FOR_PATIENTS)
def log(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write down a session that the patient told of, with the exercises of the revision of its day."""
    rows = Prescription.objects.select_related("patient__clinic")
    prescription = access.get(request, rows, pk=pk)
    zone = prescription.patient.zone
    with timezone.override(zone):
        if request.method == "POST":
            return _told(request, prescription)
        now = minute(timezone.now(), zone)
        last_day = min(prescription.last_day or now.date(), now.date())
        revision = progress.revision_on(prescription, max(last_day, prescription.starts_on))
        assert revision is not None  # the first revision counts from the first day
        started_at = now if last_day == now.date() else None
        form = _form(revision, started_at=started_at)
        return _log_page(request, prescription, form)


def _form(revision: PrescriptionRevision, data: Any = None, **initial: Any) -> ToldForm:
    items = list(revision.items.all())
    return ToldForm(data, items=items, initial={**initial, "revision": revision.number})


def _told(request: HttpRequest, prescription: Prescription) -> HttpResponse:
    shown = _shown(request, prescription)
    form = _form(shown, request.POST)
    valid = form.is_valid()
    started_at: dt.datetime | None = form.cleaned_data.get("started_at")
    counted = progress.revision_on(prescription, _local(started_at, prescription)) if started_at else None
    if counted and counted != shown:
        return _other_revision(request, prescription, form, counted)
    if valid:
        try:
            session, _new = sessions.record(access.person(request), _data(form, prescription, shown))
        except ValidationError as problem:
            show_errors(form, at_fields(problem))
        except Conflict as conflict:
            form.add_error(None, str(conflict))
        else:
            messages.success(request, _written_down(session))
            return redirect("desk:patient", prescription.patient_id)
    return _log_page(request, prescription, form)


def _shown(request: HttpRequest, prescription: Prescription) -> PrescriptionRevision:
    """The revision whose exercises the page showed; the latest where it says none that there is."""
    rows = prescription.revisions.order_by("number").prefetch_related("items__exercise_revision__exercise")
    latest = rows.last()
    assert latest is not None  # a prescription is made with its first revision
    return rows.filter(number=number_of(request.POST.get("revision", ""))).first() or latest


def _other_revision(
    request: HttpRequest, prescription: Prescription, form: ToldForm, counted: PrescriptionRevision
) -> HttpResponse:
    """On the day that was typed other exercises were prescribed: show these, keep the rest."""
    kept = {name: form[name].value() for name in form.base_fields if name != "revision"}
    started_at = form.cleaned_data["started_at"]
    messages.warning(
        request,
        _("On %(day)s revision %(number)d counted. Here are its exercises: say what was done of them.")
        % {"day": day(_local(started_at, prescription)), "number": counted.number},
    )
    again = _form(counted, **kept)
    return _log_page(request, prescription, again, status=UNPROCESSABLE)


def _local(instant: dt.datetime, prescription: Prescription) -> dt.date:
    """The patient's date, in the zone they had then."""
    return instant.astimezone(prescription.patient.zone_at(instant)).date()


def _data(form: ToldForm, prescription: Prescription, revision: PrescriptionRevision) -> SessionData:
    told = form.cleaned_data
    return SessionData(
        id=told["id"],
        prescription=prescription,
        revision=revision,
        started_at=told["started_at"],
        ended_at=None,
        pain_before=told["pain_before"],
        pain_after=told["pain_after"],
        difficulty=told["difficulty"],
        note=told["note"].strip(),
        items=items_done(form),
        source=Source.STAFF,
    )


def _written_down(session: Session) -> str:
    return _("Written down: the session of %(day)s, %(done)d of %(all)d sets.") % {
        "day": day(session.local_date),
        "done": session.performed_sets,
        "all": session.prescribed_sets,
    }


def _log_page(
    request: HttpRequest, prescription: Prescription, form: ToldForm, status: int | None = None
) -> HttpResponse:
    patient = prescription.patient
    context = {"clinic": patient.clinic, "patient": patient, "prescription": prescription, "form": form}
    response = answer(request, "desk/log_session.html", context, refused=bool(form.errors))
    response.status_code = status or response.status_code
    return response


@requires(Right.CARE_FOR_PATIENTS)
def correct(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Let a session read as it was. What it said before is kept, with who changed it and why."""
    rows = Session.objects.select_related("patient__clinic", "prescription", "revision", "recorded_by")
    found = access.get(request, rows.prefetch_related("items__item__exercise_revision__exercise"), pk=pk)
    patient = found.patient
    with timezone.override(patient.zone):
        form = correction(CorrectForm, found, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                reason = form.cleaned_data["reason"]
                sessions.correct(access.person(request), found, corrected(form, found), reason=reason)
            except ValidationError as problem:
                show_errors(form, at_fields(problem))
            else:
                messages.success(
                    request,
                    _("Corrected: the session of %(day)s. What it said first is kept.")
                    % {"day": day(found.local_date)},
                )
                return redirect("desk:patient", patient.pk)
        context = {"clinic": patient.clinic, "patient": patient, "session": found, "form": form}
        return answer(request, "desk/correct_session.html", context, refused=bool(form.errors))


@requires(Right.CARE_FOR_PATIENTS)
def void(request: HttpRequest, pk: UUID) -> HttpResponse:
    session = access.get(request, Session, pk=pk)
    form = ReasonForm(request.POST or None)

    def act(actor: User, asked: dict[str, Any]) -> str:
        sessions.void(actor, session, reason=asked["reason"])
        return _("The session of %(day)s was taken out.") % {"day": day(session.local_date)}

    return act_page(request, "void", session.patient, form, act, {"session": session})
