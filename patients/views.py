"""The way in: whoever signs in is taken to their own first page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from clinic import access
from clinic.access import Right, requires
from patients.models import Patient


@requires(Right.PUBLIC)
def home(request: HttpRequest) -> HttpResponse:
    """Staff come to the roster, patients to today, curators to the library, operators to
    theirs; whoever has no account to the sign-in, whoever has no place any more is told so."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    practices = access.clinics(request.user, Right.VIEW_PATIENTS)
    if practices:
        return redirect("desk:roster", practices[0].pk)
    if access.visible(request, Patient, Right.OWN_CARE).exists():
        return redirect("portal:today")
    if access.has(request.user, Right.WRITE_LIBRARY):
        return redirect("exercises:list")
    if access.has(request.user, Right.OPERATE):
        return redirect("operations")
    return render(request, "desk/no_place.html")
