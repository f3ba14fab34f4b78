"""The way in on paper: the code is typed at one short address, or comes in the QR code's link (docs/rules.md 2)."""

from allauth.core import ratelimit
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from clinic import paper as codes
from clinic import people as colleagues
from clinic.access import Right, requires
from clinic.models import Invitation
from clinic.signin import sign_in
from clinic.ui.forms import answer, show_errors
from patients import paper
from patients.portal.forms_paper import CodeForm, PaperForm


@requires(Right.PUBLIC)
def start(request: HttpRequest) -> HttpResponse:
    """Type the code; so many tries a minute as a sign-in has (clinic/settings.py)."""
    form = CodeForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        if not ratelimit.consume(request, action="paper_code"):
            form.add_error(None, _("Too many tries in a row. Wait some minutes."))
        else:
            code = codes.read(form.cleaned_data["code"])
            found = colleagues.invitation_of(code)
            if found and found.sign_in_name:
                return redirect("portal:invitation", code)
            form.add_error(
                "code", _("This code opens nothing. Look at it again, or ask your clinic for a new one.")
            )
    return answer(request, "portal/paper_start.html", {"form": form}, refused=bool(form.errors))


def join(request: HttpRequest, found: Invitation) -> HttpResponse:
    """Choose a password: of an account that is made now, or of one whose password was lost."""
    if request.user.is_authenticated:
        # A helper's phone is often the one that is at hand: nobody joins as somebody else by mistake.
        return render(request, "portal/paper_signed_in.html", {"invitation": found})
    patient = found.patient
    form = PaperForm(
        request.POST if request.method == "POST" else None,
        known=patient.user_id is not None,
        initial={"time_zone": str(found.clinic.time_zone)},
    )
    if request.method == "POST" and form.is_valid() and _accept(request, found, form):
        return redirect("portal:today")
    context = {
        "invitation": found,
        "clinic": found.clinic,
        "form": form,
        "known": patient.user_id is not None,
    }
    return answer(request, "portal/paper_join.html", context, refused=bool(form.errors))


def _accept(request: HttpRequest, found: Invitation, form: PaperForm) -> bool:
    password = form.cleaned_data["password"]
    try:
        if found.patient.user_id is not None:
            patient = paper.renew(found, password=password)
        else:
            patient = paper.accept(found, password=password, time_zone=form.cleaned_data["time_zone"])
    except ValidationError as error:
        show_errors(form, error)
        return False
    assert patient.user is not None  # either way there is an account now
    sign_in(request, patient.user)
    messages.success(
        request,
        _("Welcome. From now on you sign in as %(name)s, with your password.") % {"name": found.sign_in_name},
    )
    return True
