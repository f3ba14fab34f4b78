"""Sign-in: e-mail and password, a six-digit code by mail, or a passkey (django-allauth)."""

import datetime as dt
from typing import Any
from urllib.parse import quote

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.core import context
from allauth.core.exceptions import ReauthenticationRequired
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from clinic import mail, reauthentication
from clinic.models import User
from clinic.ui.dates import date_format

PASSKEY = "mfa_reauthenticate:webauthn"
# How somebody may show once more who they are: by allauth's name of the way.
WAYS = {
    "reauthenticate": _("Type my password"),
    "mfa_reauthenticate": _("Use my authenticator app"),
    PASSKEY: _("Use my passkey"),
}


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This account is closed. Please ask your clinic."),
        "email_password_mismatch": _("This address and this password do not belong together."),
        "email_taken": _("This address belongs to another account already."),
        "enter_current_password": _("Please type the password that you have now."),
        "incorrect_code": _("This is not the code that we sent. Look again, or ask for a new one."),
        "incorrect_password": _("This is not your password."),
        "rate_limited": _("Too many tries in a row. Wait some minutes."),
        "same_as_current": _("This is what it already is."),
        "too_many_login_attempts": _(
            "Too many tries in a row. Wait some minutes, or sign in with a code by e-mail."
        ),
        "username_password_mismatch": _("This name and this password do not belong together."),
        "unverified_primary_email": _("First confirm your e-mail address: open the link that we sent to it."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up; people are invited."""
        return False

    def get_login_stages(self) -> list[str]:
        """By name: allauth imports the stages itself, once it has loaded."""
        ours = {
            "allauth.account.stages.EmailVerificationStage": "clinic.stages.AddressStage",
            "allauth.mfa.stages.AuthenticateStage": "clinic.stages.SecondFactorStage",
        }
        return [ours.get(stage, stage) for stage in super().get_login_stages()]

    def post_login(self, request: HttpRequest, user: Any, **more: Any) -> HttpResponse:
        """Whoever has no address learns here, once, that a code on paper gave their account another password."""
        answer: HttpResponse = super().post_login(request, user, **more)
        if user.renewed_on_paper_at:
            text = _(
                "On %(day)s your password was renewed with a code on paper. If this was not you, tell your clinic."
            )
            messages.warning(request, text % {"day": date_format(user.renewed_on_paper_at, "j F Y")})
            user.renewed_on_paper_at = None
            user.save(update_fields=["renewed_on_paper_at"])
        return answer

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """In our words, the easiest first, and with a code by mail as a further way."""
        ways = sorted(super().get_reauthentication_methods(user), key=lambda way: way["id"] != PASSKEY)
        for way in ways:
            way["description"] = WAYS[way["id"]]
        if isinstance(user, User) and reauthentication.may_use_mail(user):
            address = reverse("account_reauthenticate_code")
            ways.append({"id": "code", "description": _("Send me a code by e-mail"), "url": address})
        return ways

    def is_reauthentication_required(self, *, app: str) -> bool:
        """allauth lets whoever has neither password nor passkey pass unasked: they are asked for a code by mail."""
        request = context.request
        user = request.user
        if (
            isinstance(user, User)
            and not get_reauthentication_flows(user)
            and reauthentication.may_use_mail(user)
            and not reauthentication.by_mail_recently(request, user)
        ):
            raise ReauthenticationRequired
        asked: bool = super().is_reauthentication_required(app=app)
        return asked

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Everything that allauth writes goes through the outbox, as `emails/account_<its name>`."""
        name = template_prefix.rsplit("/", 1)[-1]
        user = context.get("user")
        mail.enqueue(
            f"account_{name}",
            to=email,
            kind="account",
            urgent=True,
            context={key: value for key, value in context.items() if key != "request"},
            language=user.language if isinstance(user, User) else get_language() or settings.LANGUAGE_CODE,
            expires_at=_code_expiry() if "code" in context else None,
        )

    def get_reset_password_from_key_url(self, key: str) -> str:
        """From our own address, never from the one that the asking browser claims to talk to."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.SITE_URL + path.replace("UID-KEY", quote(key))


def _code_expiry() -> dt.datetime:
    return timezone.now() + dt.timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)


def sign_in(request: HttpRequest, user: User) -> None:
    """Sign somebody in who has just taken an account over by a letter of the clinic."""
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    UserSession.objects.create_from_request(request)
