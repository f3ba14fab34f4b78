"""Passkeys and the second factor: what allauth asks us about them (docs/rules.md 2)."""

import io
from typing import Any

import segno
from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.mfa import signals
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic import audit
from clinic.models import User

NAME_LENGTH = 60
# What the audit trail says when a way to sign in came, changed or went.
VERBS: dict[tuple[str, str], str] = {
    (Authenticator.Type.WEBAUTHN, "added"): "passkey.added",
    (Authenticator.Type.WEBAUTHN, "removed"): "passkey.removed",
    (Authenticator.Type.TOTP, "added"): "second_factor.added",
    (Authenticator.Type.TOTP, "removed"): "second_factor.removed",
    (Authenticator.Type.RECOVERY_CODES, "added"): "recovery_codes.added",
    (Authenticator.Type.RECOVERY_CODES, "reset"): "recovery_codes.renewed",
    (Authenticator.Type.RECOVERY_CODES, "removed"): "recovery_codes.removed",
}


class FactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy("This is not the right one. Look again, or try another way."),
        "cannot_generate_recovery_codes": gettext_lazy("Switch the second factor on first."),
    }

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """By our own address, never by the one that the asking browser claims to talk to."""
        return {"id": settings.PASSKEY_HOST, "name": "Holdwell"}

    def build_totp_svg(self, url: str) -> str:
        picture = io.BytesIO()
        segno.make(url, error="m").save(picture, kind="svg", scale=4, border=2, light="#fff")
        return picture.getvalue().decode()

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:  # noqa: A002
        known = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return _("My passkey") if not known else _("Passkey %(number)d") % {"number": known + 1}


@transaction.atomic
def add(request: HttpRequest, user: User, *, name: str, credential: dict[str, Any]) -> Authenticator:
    """Keep a passkey that the browser has just made. allauth's own way would hand out recovery codes with it,
    which belong to the second factor alone."""
    added: Authenticator = auth.WebAuthn.add(user, name[:NAME_LENGTH], credential).instance
    signals.authenticator_added.send(sender=Authenticator, request=request, user=user, authenticator=added)
    get_account_adapter(request).send_notification_mail("mfa/email/webauthn_added", user)
    return added


def is_second_factor_on(user: User) -> bool:
    return bool(Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists())


def write_down(sender: object, signal: object, user: User, authenticator: Authenticator, **more: Any) -> None:
    """A way to sign in came, was made anew, or went: into the audit trail."""
    happened = {
        id(signals.authenticator_added): "added",
        id(signals.authenticator_reset): "reset",
        id(signals.authenticator_removed): "removed",
    }[id(signal)]
    audit.record(user, VERBS[authenticator.type, happened], user)
    if (authenticator.type, happened) == (Authenticator.Type.TOTP, "removed"):
        # Recovery codes stand in for the second factor; allauth leaves them where a passkey is left.
        Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.RECOVERY_CODES).delete()


def connect() -> None:
    for signal in (signals.authenticator_added, signals.authenticator_reset, signals.authenticator_removed):
        signal.connect(write_down, dispatch_uid="clinic.passkeys")
