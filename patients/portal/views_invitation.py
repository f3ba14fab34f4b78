"""A patient takes their place (docs/rules.md 2 and 7). Opening the link accepts nothing: mail scanners open links."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from clinic import people as colleagues
from clinic import reading
from clinic.access import Right, requires
from clinic.models import Invitation, User
from clinic.signin import sign_in
from clinic.ui.forms import answer, show_errors
from patients import people
from patients.portal import views_paper
from patients.portal.forms import JoinForm


@requires(Right.PUBLIC)
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """The clinic's name and a small form; an account is made, or joined by the one who has it."""
    found = colleagues.invitation_of(token)
    if found is None or found.role:
        return render(request, "portal/invitation_closed.html", status=410)
    if patient := getattr(found, "patient", None):
        reading.speak(request, patient.language)
    if found.sign_in_name:
        return views_paper.join(request, found)
    account = colleagues.account_for(found)
    person = request.user if isinstance(request.user, User) else None
    if person != account:
        # Somebody else's browser, or an account that has to be opened first: nobody joins by mistake.
        context = {"invitation": found, "has_account": account is not None}
        return render(request, "portal/invitation_sign_in.html", context)
    clinic = found.clinic
    form = JoinForm(
        request.POST if request.method == "POST" else None,
        account=account is not None,
        slots=len(clinic.reminder_times),
        initial={**JoinForm.initial_times(clinic.reminder_times), "time_zone": str(clinic.time_zone)},
    )
    if request.method == "POST" and form.is_valid() and _accept(request, found, form, account):
        return redirect("portal:today")
    context = {"invitation": found, "clinic": clinic, "form": form, "account": account}
    return answer(request, "portal/invitation.html", context, refused=bool(form.errors))


def _accept(request: HttpRequest, found: Invitation, form: JoinForm, account: User | None) -> bool:
    try:
        patient = people.accept(
            found,
            password=None if account else form.chosen_password(),
            time_zone=form.cleaned_data["time_zone"],
            reminder_times=form.times(),
            user=account,
        )
    except ValidationError as error:
        show_errors(form, error)
        return False
    if account is None and patient.user:
        sign_in(request, patient.user)
    messages.success(
        request,
        _("Welcome. Everything that %(clinic)s prescribes for you is here.") % {"clinic": found.clinic},
    )
    return True
