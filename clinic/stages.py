"""What stands between a password and the first page (`clinic.signin` names the stages)."""

from typing import Any

from allauth.account.stages import EmailVerificationStage
from allauth.mfa.models import Authenticator
from allauth.mfa.stages import AuthenticateStage
from allauth.mfa.utils import is_mfa_enabled


class AddressStage(EmailVerificationStage):
    """An address has to be confirmed before it opens anything; whoever has none signs in by name.

    One that somebody typed and never confirmed is none: it keeps nobody out.
    """

    def handle(self) -> Any:
        user = self.login.user
        if user and not user.email:
            return None, True
        return super().handle()


class SecondFactorStage(AuthenticateStage):
    """After password or code, whoever has switched the second factor on is asked for it.

    allauth asks everybody who has a passkey as well. Here a passkey is one more way in: who made it on the phone
    still signs in with a code on the computer.
    """

    def handle(self) -> Any:
        user = self.login.user
        if user is None or not is_mfa_enabled(user, [Authenticator.Type.TOTP]):
            return None, True
        return super().handle()
