"""Asked once more who they are: by password, passkey, second factor, or a code by mail (docs/rules.md 2).

allauth knows the first three, and lets whoever has none of them through unasked. Here they are sent six figures.
"""

import time
from collections.abc import Callable
from typing import Any, TypeVar, cast

from allauth.account import app_settings
from allauth.account.adapter import get_adapter
from allauth.account.decorators import reauthentication_required
from allauth.account.internal.flows.code_verification import AbstractCodeVerificationProcess
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.core import ratelimit
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from clinic.models import User
from clinic.passkeys import is_second_factor_on

View = TypeVar("View", bound=Callable[..., HttpResponse])

STATE = "reauthentication_code"
METHOD = "code_by_mail"
SIGN_IN_METHOD = "code"  # allauth's name of a sign-in by code


class CodeByMail(AbstractCodeVerificationProcess):
    """Six figures for one person in one browser, for some minutes and few tries."""

    def __init__(self, request: HttpRequest, user: User, state: dict[str, Any]) -> None:
        self.request = request
        super().__init__(
            state=state,
            timeout=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT,
            max_attempts=settings.ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS,
            user=user,
        )

    @classmethod
    def running(cls, request: HttpRequest, user: User) -> "CodeByMail | None":
        """The code that was sent and may still be typed."""
        state = request.session.get(STATE)
        if not state or state.get("user_id") != str(user.pk) or state.get("email") != user.email:
            return None
        found: CodeByMail | None = cls(request, user, state).abort_if_invalid()
        return found

    @classmethod
    def start(cls, request: HttpRequest, user: User) -> bool:
        """Send a new code; False when too many were asked for."""
        if not ratelimit.consume(request, action="request_login_code", key=str(user.email)):
            return False
        state = cls.initial_state(user=user, email=user.email) | {"user_id": str(user.pk)}
        process = cls(request, user, state)
        process.send()
        process.persist()
        return True

    def send(self) -> None:
        adapter = get_adapter()
        self.state["code"] = adapter.generate_login_code()
        context = {"request": self.request, "code": self.code, "user": self.user}
        adapter.send_mail("account/email/login_code", self.state["email"], context)

    def persist(self) -> None:
        self.request.session[STATE] = self.state

    def abort(self) -> None:
        self.request.session.pop(STATE, None)

    def finish(self, user: User) -> None:
        self.abort()
        record_authentication(self.request, user, METHOD, reauthenticated=True)


def asks_who(view: View) -> View:
    """A page for whoever has shown within some minutes who they are; others are asked, and come back to it."""
    return cast("View", reauthentication_required(view))


def may_use_mail(user: User) -> bool:
    """Not for whoever has a second factor: a mailbox must not stand in for it."""
    return bool(user.email) and not is_second_factor_on(user)


def by_mail_recently(request: HttpRequest, user: User) -> bool:
    """Whether a code was typed in this browser a moment ago, here or to sign in."""
    records = get_authentication_records(request, user)
    by_code = [record["at"] for record in records if record.get("method") in (METHOD, SIGN_IN_METHOD)]
    last = max(by_code, default=0.0)
    return bool(time.time() - last < app_settings.REAUTHENTICATION_TIMEOUT)
