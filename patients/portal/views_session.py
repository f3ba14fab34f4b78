"""A session: led by the player or told on the checklist, what was done, and its correction on the same day."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from clinic import access
from clinic.access import Right, requires
from clinic.errors import Conflict
from clinic.ui.forms import answer, show_errors
from patients import alerts, safety, sessions
from patients.checklist import (
    ChecklistForm,
    at_fields,
    corrected,
    correction,
    items_done,
    minute,
)
from patients.models import Prescription, PrescriptionRevision, Session
from patients.models.sessions import Source
from patients.portal.forms import BeforeForm
from patients.portal.player import player_page, rules, sending_data
from patients.portal.reading import current_plan, may_correct
from patients.portal.tips import TIPS
from patients.progress import Now, Today
from patients.sessions import SessionData

# What was answered before a checklist, kept in the web session from one page to the next.
BEFORE = "before_session"
BEFORE_LASTS = dt.timedelta(hours=12)


@requires(Right.OWN_CARE)
def session(request: HttpRequest, prescription: UUID) -> HttpResponse:
    """The player; without JavaScript, or on request (`?list=1`), the checklist that records the same."""
    rows = Prescription.objects.select_related("patient__clinic")
    found = access.get(request, rows, pk=prescription)
    with timezone.override(found.patient.zone):
        if request.method == "POST" and "checklist" in request.POST:
            return _checklist_sent(request, found)
        plan = current_plan(request, found)
        if plan is None or plan.state is Now.HELD:
            return _not_now(request, found, plan)
        if request.method == "POST":
            return _before_sent(request, plan)
        return _session_page(request, plan)


def _not_now(request: HttpRequest, prescription: Prescription, plan: Today | None) -> HttpResponse:
    waiting = sending_data(request, stranded=prescription.pk)
    context = {"prescription": prescription, "plan": plan, "waiting_data": waiting}
    return render(request, "portal/not_now.html", context)


def _session_page(
    request: HttpRequest,
    plan: Today,
    *,
    before: BeforeForm | None = None,
    checklist: ChecklistForm | None = None,
) -> HttpResponse:
    patient = plan.prescription.patient
    questions_due = alerts.questions_due(patient, timezone.now())
    answered = _answered(request, plan.prescription)
    if answered and checklist is None and before is None:
        checklist = _checklist(_revision(plan.prescription, answered["revision"]), answered, patient.zone)
    context = player_page(request, plan, questions_due=questions_due) | {
        "patient": patient,
        "as_list": "list" in request.GET,
        "before": before or BeforeForm(ask_safety=questions_due),
        "checklist": checklist,
        "stop": rules()["stop"],
        "session_id": answered["id"] if answered else "",
    }
    wrong = bool((before and before.errors) or (checklist and checklist.errors))
    return answer(request, "portal/session.html", context, refused=wrong)


def _before_sent(request: HttpRequest, plan: Today) -> HttpResponse:
    """Pain and, when due, safety answers: on to the checklist, to the questions, or to urgent care."""
    patient = plan.prescription.patient
    due = alerts.questions_due(patient, timezone.now())
    form = BeforeForm(request.POST, ask_safety=due or "ask_safety" in request.POST)
    if not form.is_valid():
        return _session_page(request, plan, before=form)
    pain = form.cleaned_data["pain_before"]
    if pain >= safety.SEVERE and not form.ask_safety:
        return _session_page(request, plan, before=BeforeForm(initial={"pain_before": pain}, ask_safety=True))
    if form.ask_safety:
        screen = alerts.answer_safety(access.person(request), patient, form.answers())
        if screen.any_yes:
            return redirect("portal:urgent")
    request.session[BEFORE] = {
        "prescription": str(plan.prescription.pk),
        "revision": plan.revision.number,
        "id": str(uuid4()),
        "pain": pain,
        "started_at": timezone.now().isoformat(),
    }
    if pain >= safety.SEVERE:
        messages.warning(
            request,
            _("Your pain is high today. Do only what is comfortable, or leave the session for another day."),
        )
    return redirect(request.get_full_path())


def _answered(request: HttpRequest, prescription: Prescription) -> dict[str, Any] | None:
    """What was answered before this prescription's checklist, while that is not too long ago."""
    kept: dict[str, Any] | None = request.session.get(BEFORE)
    if not kept or kept["prescription"] != str(prescription.pk):
        return None
    too_old = timezone.now() - dt.datetime.fromisoformat(kept["started_at"]) > BEFORE_LASTS
    return None if too_old else kept


def _revision(prescription: Prescription, number: int) -> PrescriptionRevision:
    """The revision that the patient saw, even if it was amended meanwhile."""
    rows = prescription.revisions.prefetch_related("items__exercise_revision")
    return rows.get(number=number)


def _checklist(
    revision: PrescriptionRevision, answered: dict[str, Any], zone: ZoneInfo, data: Any = None
) -> ChecklistForm:
    started = dt.datetime.fromisoformat(answered["started_at"])
    return ChecklistForm(
        data, items=list(revision.items.all()), initial={"started_at": minute(started, zone)}
    )


def _checklist_sent(request: HttpRequest, prescription: Prescription) -> HttpResponse:
    answered = _answered(request, prescription)
    sent_id = _uuid(request.POST.get("id", ""))
    sent = access.visible(request, Session).filter(pk=sent_id).first() if sent_id else None
    if sent and not answered:
        return redirect("portal:done", pk=sent.pk)  # the same form, sent twice
    if not answered:
        messages.warning(request, _("This page was open for too long. Please begin once more."))
        return redirect(request.get_full_path())
    revision = _revision(prescription, answered["revision"])
    form = _checklist(revision, answered, prescription.patient.zone, request.POST)
    if form.is_valid():
        data = _session_data(form, prescription, revision, answered)
        try:
            recorded, _created = sessions.record(access.person(request), data)
        except ValidationError as error:
            show_errors(form, at_fields(error))
        except Conflict as conflict:  # another window was quicker
            messages.warning(request, str(conflict))
            return redirect("portal:done", pk=data.id)
        else:
            del request.session[BEFORE]
            return redirect("portal:done", pk=recorded.pk)
    plan = current_plan(request, prescription)
    if plan is None:
        return _not_now(request, prescription, plan)
    return _session_page(request, plan, checklist=form)


def _session_data(
    form: ChecklistForm, prescription: Prescription, revision: PrescriptionRevision, answered: dict[str, Any]
) -> SessionData:
    told = form.cleaned_data
    began = dt.datetime.fromisoformat(answered["started_at"])
    # The field knows minutes; where it was left alone the exact instant stands.
    unchanged = told["started_at"] == minute(began, prescription.patient.zone)
    return SessionData(
        id=UUID(answered["id"]),
        prescription=prescription,
        revision=revision,
        started_at=began if unchanged else told["started_at"],
        ended_at=None,
        pain_before=answered["pain"],
        pain_after=told["pain_after"],
        difficulty=told["difficulty"],
        note=told["note"].strip(),
        items=items_done(form),
        source=Source.CHECKLIST,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


# --- After


@requires(Right.OWN_CARE)
def done(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What was done: counts, as they were recorded."""
    rows = Session.objects.select_related("patient__clinic", "prescription", "revision")
    found = access.get(request, rows.prefetch_related("items__item__exercise_revision", "versions"), pk=pk)
    pains = [found.pain_after, *(row.pain for row in found.items.all())]
    with timezone.override(found.patient.zone):
        context = {
            "session": found,
            "patient": found.patient,
            "severe": any(pain is not None and pain >= safety.SEVERE for pain in pains),
            "tips": _tips(found),
            "may_correct": may_correct(found),
            "of_today": found.local_date == found.patient.local_date(timezone.now()),
            "corrected": bool(found.versions.all()),
            "waiting_data": sending_data(request),
        }
        return render(request, "portal/done.html", context)


def _tips(session: Session) -> list[Promise]:
    """The answers to the reasons for skipping, where the player has not given them on the way."""
    if session.source not in (Source.PLAYER, Source.CHECKLIST):
        return []
    if session.source == Source.PLAYER and session.performed_sets:
        return []
    given = {row.skip_reason for row in session.items.all()}
    return [tip for reason, tip in TIPS.items() if reason in given]


@requires(Right.OWN_CARE)
def correct(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Change what one has told, on the same local day. The first version is kept."""
    rows = Session.objects.select_related("patient__clinic", "prescription", "revision")
    found = access.get(request, rows.prefetch_related("items__item__exercise_revision"), pk=pk)
    with timezone.override(found.patient.zone):
        if not may_correct(found):
            messages.warning(
                request, _("A session can be corrected on its own day. Ask your clinic to correct it now.")
            )
            return redirect("portal:done", pk=pk)
        form = correction(ChecklistForm, found, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                sessions.correct(access.person(request), found, corrected(form, found))
            except ValidationError as error:
                show_errors(form, at_fields(error))
            else:
                messages.success(request, _("Corrected. What you told first is kept as well."))
                return redirect("portal:done", pk=pk)
        context = {"session": found, "patient": found.patient, "form": form}
        return answer(request, "portal/correct.html", context, refused=bool(form.errors))
