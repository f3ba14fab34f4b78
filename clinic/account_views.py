"""A person's account: ways to sign in, a second factor, where they are signed in. The flows are allauth's."""

from typing import Any

from allauth.account.forms import ConfirmLoginCodeForm
from allauth.account.views import BaseReauthenticateView
from allauth.mfa.base.views import IndexView
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from allauth.mfa.webauthn.views import (
    AddWebAuthnView,
    EditWebAuthnView,
    ReauthenticateWebAuthnView,
    RemoveWebAuthnView,
)
from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views import View
from django.views.decorators.http import require_POST

from clinic import access, devices, passkeys
from clinic.access import Right, requires
from clinic.models import User
from clinic.reauthentication import CodeByMail
from clinic.ui import nav


class Account(IndexView):
    template_name = "account/index.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = access.person(self.request)
        page: dict[str, Any] = super().get_context_data(**kwargs)
        known = page["authenticators"]
        return page | {
            "passkeys": known.get("webauthn", []),
            "second_factor": known.get("totp"),
            "recovery_codes": known.get("recovery_codes"),
            "may_have_factor": may_have_factor(user),
            "devices": devices.of(self.request, user),
            "languages": settings.LANGUAGES,
            "own_pages": nav.own_pages(self.request),
        }


def may_have_factor(user: User) -> bool:
    """A second factor is for those who see other people's records or run the place: a patient who loses the phone
    would be locked out by it."""
    return bool(user.is_staff or user.library_role or user.places)


class ForColleagues(View):
    """A page of the second factor: others are told that it is not theirs."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not may_have_factor(access.person(request)):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)


class AddPasskey(AddWebAuthnView):
    def form_valid(self, form: forms.Form) -> HttpResponse:
        user = access.person(self.request)
        told = form.cleaned_data
        passkeys.add(self.request, user, name=told["name"], credential=told["credential"])
        messages.success(self.request, _("The passkey is saved. From now on you can sign in with it."))
        return redirect("mfa_index")


class RenamePasskey(EditWebAuthnView):
    success_url = reverse_lazy("mfa_index")


class RemovePasskey(RemoveWebAuthnView):
    success_url = reverse_lazy("mfa_index")


class ActivateFactor(ForColleagues, ActivateTOTPView):
    pass


class RenewCodes(ForColleagues, GenerateRecoveryCodesView):
    pass


class ReauthenticateByPasskey(ReauthenticateWebAuthnView):
    def form_invalid(self, form: forms.Form) -> HttpResponse:
        for told in form.errors.get("credential", []):
            messages.error(self.request, str(told))
        return redirect(self.request.get_full_path())


class ReauthenticateByCode(BaseReauthenticateView):
    """Six figures by mail, for whoever has no other way, or has it not at hand."""

    template_name = "account/reauthenticate_code.html"
    form_class = ConfirmLoginCodeForm
    process: CodeByMail | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        self.process = CodeByMail.running(request, access.person(request))
        answer: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return answer

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if "send" in request.POST:
            if not CodeByMail.start(request, access.person(request)):
                messages.error(request, _("Too many codes in a row. Wait some minutes."))
            return redirect(request.get_full_path())
        if self.process is None:
            messages.error(request, _("This code is too old. Ask for a new one."))
            return redirect(request.get_full_path())
        answer: HttpResponse = super().post(request, *args, **kwargs)
        return answer

    def get_form_kwargs(self) -> dict[str, Any]:
        return {**super().get_form_kwargs(), "code": self.process.code if self.process else ""}

    def form_valid(self, form: forms.Form) -> HttpResponse:
        assert self.process is not None  # asked in `post`
        self.process.finish(access.person(self.request))
        answer: HttpResponse = super().form_valid(form)
        return answer

    def form_invalid(self, form: forms.Form) -> HttpResponse:
        assert self.process is not None
        if not self.process.record_invalid_attempt():
            messages.error(self.request, _("That was wrong too often. Ask for a new code."))
            return redirect(self.request.get_full_path())
        answer: HttpResponse = super().form_invalid(form)
        return answer

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        user = access.person(self.request)
        return {**super().get_context_data(**kwargs), "sent": self.process is not None, "email": user.email}


@requires(Right.SIGNED_IN)
def signed_in(request: HttpRequest) -> HttpResponse:
    """Where the person is signed in; the button ends everything but this browser."""
    user = access.person(request)
    if request.method == "POST":
        number = devices.end_others(request, user)
        if number:
            text = ngettext(
                "%(number)d other browser is signed out.", "%(number)d other browsers are signed out.", number
            )
            messages.success(request, text % {"number": number})
        return redirect("usersessions_list")
    return render(request, "usersessions/usersession_list.html", {"devices": devices.of(request, user)})


@requires(Right.SIGNED_IN)
@require_POST
def end_one(request: HttpRequest, pk: int) -> HttpResponse:
    if devices.end(request, access.person(request), pk):
        messages.success(request, _("Signed out there."))
    return redirect("usersessions_list")


account = requires(Right.SIGNED_IN)(Account.as_view())
add_passkey = requires(Right.SIGNED_IN)(AddPasskey.as_view())
rename_passkey = requires(Right.SIGNED_IN)(RenamePasskey.as_view())
# What the trail says of it (`clinic.passkeys.write_down`) is in one transaction with it; allauth's flows have none.
remove_passkey = requires(Right.SIGNED_IN)(transaction.atomic(RemovePasskey.as_view()))
activate_factor = requires(Right.SIGNED_IN)(ActivateFactor.as_view())
deactivate_factor = requires(Right.SIGNED_IN)(transaction.atomic(DeactivateTOTPView.as_view()))
renew_codes = requires(Right.SIGNED_IN)(transaction.atomic(RenewCodes.as_view()))
reauthenticate_by_passkey = requires(Right.SIGNED_IN)(ReauthenticateByPasskey.as_view())
reauthenticate_by_code = requires(Right.SIGNED_IN)(ReauthenticateByCode.as_view())
