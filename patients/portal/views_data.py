"""My data: taken along as a file, and asked to be deleted. Both ask anew who it is.

Whoever may not see a page at all is told that first; so the asking stands behind the door.
"""

from uuid import UUID

from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from clinic import access
from clinic.access import Right, requires
from clinic.reauthentication import asks_who
from clinic.ui.forms import answer, show_errors
from patients import archive, erasing, leaving
from patients.models import Patient
from patients.portal.reading import own_patients


class AskForm(forms.Form):
    words = forms.CharField(
        label=gettext_lazy("Do you want to say something about it?"),
        help_text=gettext_lazy("You need not. Whoever decides reads it."),
        required=False,
        max_length=leaving.WORDS_MAX,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@require_GET
@requires(Right.OWN_CARE)
def my_data(request: HttpRequest) -> HttpResponse:
    patients = own_patients(request)
    return _my_data(request, patients)


@asks_who
def _my_data(request: HttpRequest, patients: list[Patient]) -> HttpResponse:
    wishes = [(patient, leaving.latest_request(patient)) for patient in patients]
    return render(
        request, "portal/my_data.html", {"wishes": wishes, "answer_within": leaving.ANSWER_WITHIN.days}
    )


@require_POST
@requires(Right.OWN_CARE)
def take_archive(request: HttpRequest) -> HttpResponse:
    patients = own_patients(request)
    return _take_archive(request, patients)


@asks_who
def _take_archive(request: HttpRequest, patients: list[Patient]) -> HttpResponse:
    user = access.person(request)
    if not ratelimit.consume(request, action="archive", user=user):
        messages.error(request, _("You have taken your data along several times just now. Wait an hour."))
        return redirect("portal:my_data")
    return archive.answer(user, patients)


@requires(Right.OWN_CARE)
def ask_deletion(request: HttpRequest, pk: UUID) -> HttpResponse:
    patient = access.get(request, Patient.objects.select_related("clinic"), pk=pk)
    return _ask_deletion(request, patient)


@asks_who
def _ask_deletion(request: HttpRequest, patient: Patient) -> HttpResponse:
    form = AskForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            leaving.ask(access.person(request), patient, words=form.cleaned_data["words"])
        except ValidationError as problem:
            show_errors(form, problem)
        else:
            text = _("%(clinic)s has your request. You can take it back until they have answered.")
            messages.success(request, text % {"clinic": patient.clinic})
            return redirect("portal:my_data")
    context = {"patient": patient, "form": form, "account_goes": erasing.takes_account_along(patient)}
    return answer(request, "portal/ask_deletion.html", context, refused=bool(form.errors))


@require_POST
@requires(Right.OWN_CARE)
def keep(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Take the request back."""
    patient = access.get(request, Patient, pk=pk)
    asked = leaving.open_request(patient)
    try:
        if asked:
            leaving.withdraw(access.person(request), asked)
            messages.success(request, _("You have taken it back. Everything stays as it is."))
    except ValidationError as problem:
        messages.error(request, " ".join(problem.messages))
    return redirect("portal:my_data")
