"""Requests to delete a record, for the clinic's owner (docs/rules.md 11)."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from clinic import access
from clinic.access import Right, requires
from clinic.models import User
from clinic.ui.forms import answer, show_errors
from patients import alerts, leaving
from patients.desk.acting import act_page
from patients.models import DeletionRequest, Patient


class DeclineForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Why the record has to stay"),
        help_text=gettext_lazy("The patient reads it. Name the rule, and until when."),
        max_length=leaving.WORDS_MAX,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class DeleteForm(forms.Form):
    typed = forms.CharField(
        label=gettext_lazy("The patient's name"),
        help_text=gettext_lazy("So that it does not happen by mistake."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class AskedForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("How and when they asked"),
        required=False,
        max_length=leaving.WORDS_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@requires(Right.CARE_FOR_PATIENTS)
def ask(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Somebody who does not use the portal has asked."""
    patient = access.get(request, Patient.objects.select_related("clinic", "user"), pk=pk)
    form = AskedForm(request.POST if request.method == "POST" else None)

    def act(actor: User, typed: dict[str, Any]) -> str:
        leaving.ask(actor, patient, words=typed["words"])
        return _("Written down. The owner of the clinic answers.")

    return act_page(request, "ask_deletion", patient, form, act, {})


@require_GET
@requires(Right.MANAGE_CLINIC)
def deletions(request: HttpRequest, clinic: UUID) -> HttpResponse:
    """All requests of a clinic: those that wait for an answer, and what became of the others."""
    practice = access.clinic(request, clinic)
    rows = access.visible(request, DeletionRequest).filter(clinic=practice)
    found = list(rows.select_related("patient", "decided_by"))
    context = {
        "clinic": practice,
        "waiting": [(one, one.asked_at + leaving.ANSWER_WITHIN) for one in reversed(found) if one.is_open],
        "others": [one for one in found if not one.is_open],
    }
    return render(request, "desk/deletions.html", context)


@requires(Right.MANAGE_CLINIC)
def deletion(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One request: what deleting and keeping mean, and both, each by its own form."""
    asked = access.get(request, DeletionRequest.objects.select_related("clinic", "patient__user"), pk=pk)
    if not asked.is_open:
        return redirect("desk:deletions", asked.clinic_id)
    deleting = request.method == "POST" and request.POST.get("do") == "delete"
    declining = request.method == "POST" and not deleting
    decline = DeclineForm(request.POST if declining else None)
    delete = DeleteForm(request.POST if deleting else None)
    form: forms.Form = delete if deleting else decline
    if request.method == "POST" and form.is_valid():
        name = str(asked)
        try:
            if deleting:
                leaving.delete(access.person(request), asked, typed=form.cleaned_data["typed"])
                text = _("The record of %(name)s is deleted.")
            else:
                leaving.decline(access.person(request), asked, reason=form.cleaned_data["reason"])
                text = _("%(name)s can read your answer now.")
        except ValidationError as problem:
            if not asked.is_open:  # a colleague was quicker, or the patient has taken it back
                messages.error(request, " ".join(problem.messages))
                return redirect("desk:deletions", asked.clinic_id)
            show_errors(form, problem)
        else:
            messages.success(request, text % {"name": name})
            return redirect("desk:deletions", asked.clinic_id)
    patient = asked.patient
    assert patient is not None  # an open request has one
    context = {
        "clinic": asked.clinic,
        "asked": asked,
        "patient": patient,
        "until": asked.asked_at + leaving.ANSWER_WITHIN,
        "last_session": patient.sessions.order_by("-local_date").first(),
        "sessions": patient.sessions.count(),
        "decline": decline,
        "delete": delete,
        "critical": alerts.critical_open(patient),
    }
    return answer(request, "desk/deletion.html", context, refused=bool(form.errors))
