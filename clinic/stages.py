"""What stands between a password and the first page (`clinic.signin` names the stages)."""

from typing import Any

from allauth.account.stages import EmailVerificationStage


class AddressStage(EmailVerificationStage):
    """An address has to be confirmed before it opens anything; whoever has none signs in by name.

    One that somebody typed and never confirmed is none: it keeps nobody out.
    """

    def handle(self) -> Any:
        user = self.login.user
        if user and not user.email:
            return None, True
        return super().handle()
