"""A clinic's team: who works there, as what, and what was done (docs/rules.md 2)."""

import datetime as dt
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clinic import access, audit, people
from clinic.access import Right, requires
from clinic.models import Invitation, Role, User
from clinic.signin import sign_in
from clinic.team_forms import ClinicForm, InviteForm, JoinForm, RoleForm, TrailForm
from clinic.ui.forms import answer, show_errors

ENTRIES_A_PAGE = 100


@require_GET
@requires(Right.MANAGE_CLINIC)
def team(request: HttpRequest, clinic: UUID) -> HttpResponse:
    practice = access.clinic(request, clinic)
    places = practice.memberships.select_related("user").filter(is_active=True).order_by("user__name")
    invitations = people.open_invitations().filter(clinic=practice).exclude(role="").order_by("name")
    context = {"clinic": practice, "places": places, "invitations": invitations}
    return render(request, "clinic/team.html", context)


@requires(Right.MANAGE_CLINIC)
def invite(request: HttpRequest, clinic: UUID) -> HttpResponse:
    practice = access.clinic(request, clinic)
    form = InviteForm(request.POST or None, initial={"role": Role.CLINICIAN})
    if form.is_valid():
        try:
            sent = people.invite_colleague(access.person(request), practice, **form.cleaned_data)
        except ValidationError as problem:
            show_errors(form, problem)
        else:
            messages.success(request, _("Invitation sent to %(email)s.") % {"email": sent.email})
            return redirect("clinic:team", practice.pk)
    context = {"clinic": practice, "form": form}
    return answer(request, "clinic/invite.html", context, refused=bool(form.errors))


@requires(Right.MANAGE_CLINIC)
def role(request: HttpRequest, clinic: UUID, pk: UUID) -> HttpResponse:
    practice = access.clinic(request, clinic)
    place = get_object_or_404(practice.memberships.select_related("user"), pk=pk, is_active=True)
    form = RoleForm(request.POST or None, initial={"role": place.role})
    if form.is_valid():
        try:
            people.change_role(access.person(request), place, form.cleaned_data["role"])
        except ValidationError as problem:
            show_errors(form, problem)
        else:
            messages.success(request, _("%(name)s has another role now.") % {"name": place.user.name})
            return redirect("clinic:team", practice.pk)
    context = {"clinic": practice, "place": place, "form": form}
    return answer(request, "clinic/role.html", context, refused=bool(form.errors))


@requires(Right.MANAGE_CLINIC)
def end(request: HttpRequest, clinic: UUID, pk: UUID) -> HttpResponse:
    practice = access.clinic(request, clinic)
    place = get_object_or_404(practice.memberships.select_related("user"), pk=pk, is_active=True)
    form = forms.Form(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            people.end_membership(access.person(request), place)
        except ValidationError as problem:
            show_errors(form, problem)
        else:
            words = _("%(name)s no longer works in this clinic.") % {"name": place.user.name}
            messages.success(request, words)
            return redirect("clinic:team", practice.pk)
    context = {"clinic": practice, "place": place, "form": form}
    return answer(request, "clinic/end.html", context, refused=bool(form.errors))


@require_POST
@requires(Right.MANAGE_CLINIC)
def withdraw(request: HttpRequest, clinic: UUID, pk: UUID) -> HttpResponse:
    practice = access.clinic(request, clinic)
    letter = get_object_or_404(practice.invitations.exclude(role=""), pk=pk)
    people.withdraw(access.person(request), letter)
    messages.success(request, _("The invitation of %(name)s is withdrawn.") % {"name": letter.name})
    return redirect("clinic:team", practice.pk)


@requires(Right.MANAGE_CLINIC)
def settings_page(request: HttpRequest, clinic: UUID) -> HttpResponse:
    """What the owner decides for the clinic as a whole."""
    practice = access.clinic(request, clinic)
    form = ClinicForm(
        request.POST or None, initial={name: getattr(practice, name) for name in ClinicForm.base_fields}
    )
    if form.is_valid():
        try:
            people.change_clinic(access.person(request), practice, **form.cleaned_data)
        except ValidationError as problem:
            show_errors(form, problem)
        else:
            messages.success(request, _("Saved."))
            return redirect("clinic:settings", practice.pk)
    context = {"clinic": practice, "form": form}
    return answer(request, "clinic/settings.html", context, refused=bool(form.errors))


@require_GET
@requires(Right.MANAGE_CLINIC)
def trail(request: HttpRequest, clinic: UUID) -> HttpResponse:
    practice = access.clinic(request, clinic)
    form = TrailForm(request.GET, clinic=practice)
    events = practice.audit_events.all()
    if form.is_valid():
        if who := form.cleaned_data["who"]:
            events = events.filter(actor_id=who)
        if day := form.cleaned_data["day"]:
            zone = practice.time_zone
            events = events.filter(at__lt=dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone))
    page = Paginator(events, ENTRIES_A_PAGE).get_page(request.GET.get("page"))
    entries = [(event, audit.words(event), audit.door(event)) for event in page]
    context = {"clinic": practice, "form": form, "page": page, "entries": entries}
    return render(request, "clinic/audit.html", context)


@requires(Right.PUBLIC)
def invitation(request: HttpRequest, token: str) -> HttpResponse:
    """A colleague takes their place. Opening the link accepts nothing: mail scanners open links."""
    found = people.invitation_of(token)
    if found is None or not found.role:
        return render(request, "clinic/invitation_closed.html", status=410)
    account = people.account_for(found)
    person = request.user if isinstance(request.user, User) else None
    if person != account:
        # Somebody else's browser, or an account that has to be opened first: nobody joins by mistake.
        context = {"invitation": found, "has_account": account is not None}
        return render(request, "clinic/invitation_sign_in.html", context)
    form: forms.Form = JoinForm(request.POST or None, initial={"name": found.name})
    if account is not None:
        form = forms.Form(request.POST if request.method == "POST" else None)
    if form.is_valid() and _join(request, found, form, account):
        words = _("Welcome to %(clinic)s.") % {"clinic": found.clinic}
        messages.success(request, words)
        return redirect("home")
    context = {"invitation": found, "form": form, "account": account, "role": Role(found.role).label}
    return answer(request, "clinic/invitation.html", context, refused=bool(form.errors))


def _join(request: HttpRequest, found: Invitation, form: forms.Form, account: User | None) -> bool:
    try:
        user = people.join(
            found,
            account=account,
            name=form.cleaned_data.get("name", ""),
            password=form.cleaned_data.get("password") or None,
        )
    except ValidationError as problem:
        show_errors(form, problem)
        return False
    if account is None:
        sign_in(request, user)
    return True
