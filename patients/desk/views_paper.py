"""A patient's way in on paper, made at the desk (docs/rules.md 2)."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from clinic import access, pdf
from clinic.access import Right, requires
from clinic.pdf import Paper
from clinic.ui.forms import answer, show_errors
from patients import paper
from patients.handout import Size, usual_paper
from patients.models import Patient


class PrintForm(forms.Form):
    paper = forms.ChoiceField(label=gettext_lazy("Paper"), choices=Paper.choices)
    size = forms.ChoiceField(label=gettext_lazy("Print"), choices=Size.choices)


@requires(Right.CARE_FOR_PATIENTS)
def code(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What a code does; POST makes one and answers with its print, the only place where it can be read."""
    patient = access.get(request, Patient.objects.select_related("clinic", "user"), pk=pk)
    initial = {"paper": usual_paper(patient), "size": Size.NORMAL}
    form = PrintForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            document = paper.way_in(access.person(request), patient, **form.cleaned_data)
        except ValidationError as problem:
            show_errors(form, problem)
        else:
            return pdf.shown(document, "way-in.pdf")
    context = {"clinic": patient.clinic, "patient": patient, "form": form, "why": paper.refusal(patient)}
    return answer(request, "desk/acts/paper_code.html", context, refused=bool(form.errors))


@require_POST
@requires(Right.CARE_FOR_PATIENTS)
def withdraw(request: HttpRequest, pk: UUID) -> HttpResponse:
    patient = access.get(request, Patient, pk=pk)
    paper.withdraw_code(access.person(request), patient)
    messages.success(request, _("The code on paper does not work any more."))
    return redirect("desk:patient", patient.pk)
