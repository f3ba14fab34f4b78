"""The dated acts on a prescription or an alert: each a small page that says what will change.

GET shows the page, POST does it through its verb and goes back to the patient.
"""

import datetime as dt
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic import access
from clinic.access import Right, requires
from clinic.models import User
from patients import alerts, prescribing
from patients.desk import record
from patients.desk.acting import act_page, day
from patients.desk.forms import EndPauseForm, ExtendForm, NoteForm, PauseForm, ReasonForm
from patients.models import Alert, Pause, Prescription


@requires(Right.CARE_FOR_PATIENTS)
def pause(request: HttpRequest, pk: UUID) -> HttpResponse:
    prescription = access.get(request, Prescription, pk=pk)
    today = prescription.patient.local_date(timezone.now())
    first_day = max(today, prescription.starts_on)
    week = {"first_day": first_day, "last_day": first_day + dt.timedelta(days=6)}
    form = PauseForm(request.POST or None, initial=week)

    def act(actor: User, asked: dict[str, Any]) -> str:
        paused = prescribing.pause(actor, prescription, **asked)
        return _("Paused from %(first)s to %(last)s.") % {
            "first": day(paused.first_day),
            "last": day(paused.last_day),
        }

    more = {"prescription": prescription}
    return act_page(request, "pause", prescription.patient, form, act, more, previewed=prescription)


@requires(Right.CARE_FOR_PATIENTS)
def end_pause(request: HttpRequest, pk: UUID) -> HttpResponse:
    paused = access.get(request, Pause, pk=pk)
    patient = paused.prescription.patient
    yesterday = patient.local_date(timezone.now()) - dt.timedelta(days=1)
    form = EndPauseForm(request.POST or None, initial={"last_day": yesterday})

    def act(actor: User, asked: dict[str, Any]) -> str:
        # Read anew: where it is only tried, the pause of the page stays as it was.
        prescribing.end_pause(actor, access.get(request, Pause, pk=pk), **asked)
        if asked["last_day"] < paused.first_day:
            return _("The pause was taken back.")
        return _("The pause now ends on %(last)s.") % {"last": day(asked["last_day"])}

    more = {"prescription": paused.prescription, "pause": paused, "yesterday": yesterday}
    return act_page(request, "end_pause", patient, form, act, more, previewed=paused.prescription)


@requires(Right.PRESCRIBE)
def extend(request: HttpRequest, pk: UUID) -> HttpResponse:
    prescription = access.get(request, Prescription, pk=pk)
    form = ExtendForm(request.POST or None, initial={"ends_on": prescription.ends_on})

    def act(actor: User, asked: dict[str, Any]) -> str:
        prescribing.extend(actor, prescription, **asked)
        if asked["ends_on"] is None:
            return _("The end is open now.")
        return _("The last day is now %(last)s.") % {"last": day(asked["ends_on"])}

    more = {"prescription": prescription}
    return act_page(request, "extend", prescription.patient, form, act, more, previewed=prescription)


@requires(Right.PRESCRIBE)
def stop(request: HttpRequest, pk: UUID) -> HttpResponse:
    prescription = access.get(request, Prescription, pk=pk)
    form = ReasonForm(request.POST or None)

    def act(actor: User, asked: dict[str, Any]) -> str:
        prescribing.stop(actor, prescription, reason=asked["reason"])
        assert prescription.stopped_from is not None
        return _("Stopped: nothing is due from %(first)s on.") % {"first": day(prescription.stopped_from)}

    more = {"prescription": prescription, "counts_from": prescribing.next_open_day(prescription)}
    return act_page(request, "stop", prescription.patient, form, act, more, previewed=prescription)


@requires(Right.PRESCRIBE)
def resume(request: HttpRequest, pk: UUID) -> HttpResponse:
    prescription = access.get(request, Prescription, pk=pk)
    form = ReasonForm(request.POST or None)

    def act(actor: User, asked: dict[str, Any]) -> str:
        first_day = prescribing.resume(actor, prescription, reason=asked["reason"])
        return _("It goes on from %(first)s.") % {"first": day(first_day)}

    more = {"prescription": prescription, "first_day": prescribing.first_day_again(prescription)}
    return act_page(request, "resume", prescription.patient, form, act, more, previewed=prescription)


@requires(Right.PRESCRIBE)
def release(request: HttpRequest, pk: UUID) -> HttpResponse:
    prescription = access.get(request, Prescription, pk=pk)
    form = NoteForm(request.POST or None)

    def act(actor: User, asked: dict[str, Any]) -> str:
        prescribing.release(actor, prescription, note=asked["note"])
        return _("Released. %(patient)s can start a session again.") % {"patient": prescription.patient}

    more = {"prescription": prescription, "answers": record.answered_yes(prescription.patient)}
    return act_page(request, "release", prescription.patient, form, act, more)


@require_POST
@requires(Right.CARE_FOR_PATIENTS)
def acknowledge(request: HttpRequest, pk: UUID) -> HttpResponse:
    alert = access.get(request, Alert, pk=pk)
    alerts.acknowledge(access.person(request), alert)
    messages.success(request, _("Acknowledged: %(alert)s.") % {"alert": alert})
    return redirect("desk:patient", alert.patient_id)


@requires(Right.CARE_FOR_PATIENTS)
def resolve(request: HttpRequest, pk: UUID) -> HttpResponse:
    alert = access.get(request, Alert, pk=pk)
    form = NoteForm(request.POST or None)

    def act(actor: User, asked: dict[str, Any]) -> str:
        if alerts.resolve(actor, alert, note=asked["note"]):
            return _("Resolved: %(alert)s.") % {"alert": alert}
        return _("%(alert)s: resolved already. Your words are kept with it as a note.") % {
            "alert": str(alert).capitalize()
        }

    return act_page(request, "resolve", alert.patient, form, act, {"alert": alert})
