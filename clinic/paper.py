"""A way in on paper, for people without an e-mail address: a code that opens once, and a name to sign in with.

The code is 80 random bits in 16 letters and figures that are not mistaken for each other (Crockford's base 32).
Only its digest is kept, as of every invitation; it is the secret of the link in the QR code, and can be typed at
one address. Roads not taken: an address of our own making for each person, to which mail would be written for
ever; a short code, which could be tried out.
"""

import datetime as dt
import re
import secrets
from dataclasses import dataclass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from clinic import audit
from clinic.models import Clinic, Invitation, User
from clinic.tokens import digest

SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH = 16
GROUP = 4
DAYS = 14
NAME_LENGTH = 20  # letters of a sign-in name before its figures

_MISREAD = str.maketrans("OIL", "011")


@dataclass(frozen=True, slots=True)
class Slip:
    """What a paper will say. It opens nothing until it is kept (`invite`), so it can be printed first."""

    name: str
    sign_in_name: str
    code: str
    expires_at: dt.datetime


def slip(name: str, sign_in_name: str = "") -> Slip:
    """`sign_in_name` is that of an account that exists; left out, a new one is found."""
    code = "".join(secrets.choice(SIGNS) for _sign in range(LENGTH))
    expires_at = timezone.now() + dt.timedelta(days=DAYS)
    return Slip(name, sign_in_name or _free_name(name), code, expires_at)


def invite(actor: User, clinic: Clinic, paper: Slip) -> Invitation:
    """The invitation that a slip stands for; from now on its code opens. Runs in the caller's transaction."""
    invitation = Invitation.objects.create(
        clinic=clinic,
        name=paper.name,
        sign_in_name=paper.sign_in_name,
        digest=digest(paper.code),
        invited_by=actor,
        expires_at=paper.expires_at,
    )
    audit.record(actor, "invitation.created", invitation, clinic=clinic, role="patient", on_paper=True)
    return invitation


def groups(code: str) -> str:
    """The code as it is printed: "K7QF 3M9X 0AB2 T4VW"."""
    return " ".join(code[at : at + GROUP] for at in range(0, len(code), GROUP))


def read(typed: str) -> str:
    """The code that somebody meant: in any case, with or without spaces and dashes, O for 0, I and L for 1."""
    return re.sub(r"[^0-9A-Z]", "", typed.upper()).translate(_MISREAD)


@transaction.atomic
def create_account(invitation: Invitation, *, password: str, language: str) -> User:
    """A person who signs in with the name of the invitation and a password. Raises ValidationError (`password`)."""
    user = User(email=None, sign_in_name=invitation.sign_in_name, name=invitation.name, language=language)
    _set_password(user, password)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise ValidationError(
            _("This code does not work any more. Ask your clinic for a new one.")
        ) from error
    audit.record(user, "account.created", user)
    return user


def renew_password(user: User, password: str) -> None:
    """Another password for somebody who cannot be mailed one; other browsers are signed out by it.

    No mail can tell them of it: the next sign-in does (`clinic.signin`). Raises ValidationError (`password`).
    """
    _set_password(user, password)
    user.renewed_on_paper_at = timezone.now()
    user.save(update_fields=["password", "renewed_on_paper_at"])


def _set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise ValidationError({"password": error.error_list}) from error
    user.set_password(password)


def _free_name(name: str) -> str:
    """A name to sign in with, such as brandt-4821, that nobody has: the last word of the person's name and figures.

    Given, not chosen: nobody learns by trying which names there are.
    """
    words = slugify(name).split("-")
    stem = words[-1][:NAME_LENGTH] or "patient"
    turns, found = 0, ""
    while not found or _taken(found):
        # The more are taken, the more figures: no name is common enough to be looked for long.
        low = 10 ** min(3 + turns // 3, 12)
        found = f"{stem}-{low + secrets.randbelow(9 * low)}"
        turns += 1
    return found


def _taken(name: str) -> bool:
    return (
        User.objects.filter(sign_in_name=name).exists()
        or Invitation.objects.filter(sign_in_name=name).exists()
    )
