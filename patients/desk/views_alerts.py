"""Alerts at the desk: the queue, one alert with what led to it, a clinic's thresholds, and what a patient told of."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from clinic import access
from clinic.access import Right, requires
from clinic.models import User
from clinic.ui.forms import answer, show_errors
from patients import alerts, critical, events, thresholds
from patients.desk import queue as queues
from patients.desk import record
from patients.desk.acting import act_page
from patients.desk.forms_alerts import AssignForm, ThresholdsForm, WordsForm
from patients.event_form import EventForm
from patients.models import Alert, Patient
from patients.models.alerts import AlertState, Level, Rule

# What an answer to an alert says in words.
WORDS = {
    "note": gettext_lazy("A note for the colleagues"),
    "resolve": gettext_lazy("What you found or did"),
    "reopen": gettext_lazy("Why it is open again"),
}


@requires(Right.VIEW_PATIENTS)
def queue(request: HttpRequest, clinic: UUID) -> HttpResponse:
    """The alerts that wait, or those asked for. A POST acknowledges those that are ticked, or `only` one."""
    right = Right.CARE_FOR_PATIENTS if request.method == "POST" else Right.VIEW_PATIENTS
    practice = access.clinic(request, clinic, right)
    query = queues.Query.of(request.GET)
    rows = access.visible(request, Alert, right).filter(patient__clinic=practice)
    if request.method == "POST":
        _acknowledge(request, rows)
        address = reverse("desk:alerts", args=[practice.pk])
        return redirect(f"{address}?{query.address}" if query.address else address)
    rights = access.rights_in(request.user, practice.pk)
    found = queues.find(rows, query, access.person(request))
    page = queues.page_of(found, request.GET.get("page"))
    context = {
        "clinic": practice,
        "query": query,
        "page": page,
        "any_open": any(alert.state == AlertState.OPEN for alert in page),
        "levels": Level,
        "rules": Rule,
        "undelivered": critical.undelivered(practice),
        "may_care": Right.CARE_FOR_PATIENTS in rights,
        "may_manage": Right.MANAGE_CLINIC in rights,
    }
    return render(request, "desk/alerts.html", context)


def _acknowledge(request: HttpRequest, rows: QuerySet[Alert]) -> None:
    asked = [request.POST["only"]] if "only" in request.POST else request.POST.getlist("alert")
    actor = access.person(request)
    rows = rows.select_related("patient__clinic")
    chosen = [access.get(request, rows, Right.CARE_FOR_PATIENTS, pk=pk) for pk in asked]
    done = sum(alerts.acknowledge(actor, alert) for alert in chosen)
    if not asked:
        messages.warning(request, _("Tick the alerts that you have seen."))
    else:
        words = ngettext("%(number)d alert acknowledged.", "%(number)d alerts acknowledged.", done)
        messages.success(request, words % {"number": done})


@requires(Right.VIEW_PATIENTS)
def alert(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One alert: what led to it, what was done about it, and what can be done (`do`)."""
    right = Right.CARE_FOR_PATIENTS if request.method == "POST" else Right.VIEW_PATIENTS
    rows = alerts.with_story(Alert.objects.select_related("patient__clinic"))
    found = access.get(request, rows, right, pk=pk)
    shown = _forms(request, found)
    refused = False
    if request.method == "POST":
        done = _do(request, found, shown)
        if done:
            messages.success(request, done)
            return redirect("desk:alert", found.pk)
        refused = True
    rights = access.rights_in(request.user, found.patient.clinic_id)
    held = found.rule == Rule.SAFETY_ANSWER and alerts.not_over(found.patient).exclude(held_at=None).first()
    context = {
        "clinic": found.patient.clinic,
        "patient": found.patient,
        "alert": found,
        "findings": [(finding, queues.window_of(finding)) for finding in found.findings.all()],
        "forms": shown,
        "held": held,
        "answers": record.answered_yes(found.patient) if found.rule == Rule.SAFETY_ANSWER else [],
        "may_care": Right.CARE_FOR_PATIENTS in rights,
        "may_prescribe": Right.PRESCRIBE in rights,
        "may_reopen": alerts.reopenable(found, timezone.now()),
    }
    return answer(request, "desk/alert.html", context, refused=refused)


def _forms(request: HttpRequest, found: Alert) -> dict[str, forms.Form]:
    """By what they do; the one that was sent has what was typed."""
    sent = {request.POST.get("do", ""): request.POST} if request.method == "POST" else {}
    shown: dict[str, forms.Form] = {
        name: WordsForm(sent.get(name), prefix=name, label=label) for name, label in WORDS.items()
    }
    shown["assign"] = AssignForm(
        sent.get("assign"), colleagues=alerts.answering(found), initial={"to": found.assigned_to_id}
    )
    shown["acknowledge"] = forms.Form(sent.get("acknowledge"))
    return shown


def _do(request: HttpRequest, found: Alert, shown: dict[str, forms.Form]) -> str:
    """What was done, in words; empty where it was refused, and why stands in the form."""
    actor = access.person(request)
    asked = request.POST.get("do", "")
    form = shown.get(asked)
    if form is None:
        messages.warning(request, _("Choose what to do."))
        return ""
    if not form.is_valid():
        return ""
    try:
        match asked:
            case "acknowledge":
                alerts.acknowledge(actor, found)
                return _("Acknowledged.")
            case "note":
                alerts.add_note(actor, found, **form.cleaned_data)
                return _("The note is kept.")
            case "assign":
                alerts.assign(actor, found, **form.cleaned_data)
                return _("Assigned.")
            case "resolve":
                if alerts.resolve(actor, found, **form.cleaned_data):
                    return _("Resolved.")
                return _("It was resolved already. Your words are kept with it as a note.")
            case _other:
                alerts.reopen(actor, found, **form.cleaned_data)
                return _("Open again.")
    except ValidationError as problem:
        show_errors(form, problem)
        return ""


@requires(Right.MANAGE_CLINIC)
def thresholds_page(request: HttpRequest, clinic: UUID) -> HttpResponse:
    """From when on this clinic wants an alert."""
    practice = access.clinic(request, clinic)
    form = ThresholdsForm(request.POST or None, initial=asdict(thresholds.of(practice)))
    if form.is_valid():
        try:
            thresholds.change(access.person(request), practice, form.cleaned_data)
        except ValidationError as problem:
            show_errors(form, problem)
        else:
            messages.success(request, _("Saved. They hold for what comes from now on."))
            return redirect("desk:alert_thresholds", practice.pk)
    context = {"clinic": practice, "form": form}
    return answer(request, "desk/thresholds.html", context, refused=bool(form.errors))


@requires(Right.CARE_FOR_PATIENTS)
def adverse_event(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Write down what went wrong, as a patient has told it."""
    patient = access.get(request, Patient.objects.select_related("clinic"), pk=pk)
    form = EventForm(
        request.POST if request.method == "POST" else None,
        patient=patient,
        day=patient.local_date(timezone.now()),
    )

    def act(actor: User, asked: dict[str, Any]) -> str:
        events.report(actor, patient, **asked)
        return _("Kept for good, and told to the clinicians.")

    return act_page(request, "adverse_event", patient, form, act, {})
