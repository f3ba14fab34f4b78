"""A patient's way in without e-mail: a code on paper, made by the clinic, used once (docs/rules.md 2)."""

from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from clinic import audit, pdf
from clinic import paper as codes
from clinic import people as colleagues
from clinic.models import Invitation, User
from clinic.paper import Slip
from clinic.ui.dates import date_format
from patients import people
from patients.handout import Size, chosen, person_words
from patients.models import Patient
from patients.models.people import IN_CARE


def refusal(patient: Patient) -> str:
    """Why this patient gets no code on paper; empty when they may have one.

    Whoever has an address is invited there. Somebody's account is opened anew only where it is this clinic's alone:
    a code that one clinic makes must not open what another knows.
    """
    user = patient.user
    if patient.state not in IN_CARE:
        return _("This patient is not in care.")
    if user is None:
        return _("This patient has an e-mail address: invite them there.") if patient.email else ""
    if user.email:
        return _("This patient signs in with an e-mail address.")
    if user.is_staff or user.library_role or user.memberships.exists() or user.patients.count() > 1:
        return _("This account is known elsewhere too: the patient has to change its password themselves.")
    return ""


@transaction.atomic
def make_code(actor: User, patient: Patient, slip: Slip | None = None) -> tuple[Invitation, str]:
    """A new code, told this once; the former one stops working. Raises ValidationError (`patient`).

    `slip`: the one that is printed already.
    """
    people.lock(patient)
    _check(patient)
    slip = slip or _slip(patient)
    people.withdraw_invitation(patient)
    patient.invitation = codes.invite(actor, patient.clinic, slip)
    patient.save(update_fields=["invitation"])
    audit.record(actor, "patient.code_made", patient, clinic=patient.clinic, subject=patient)
    return patient.invitation, slip.code


def _check(patient: Patient) -> None:
    if why := refusal(patient):
        raise ValidationError({"patient": [why]})


def _slip(patient: Patient) -> Slip:
    known = patient.user.sign_in_name if patient.user else ""
    return codes.slip(patient.name, known or "")


@transaction.atomic
def withdraw_code(actor: User, patient: Patient) -> None:
    """The paper opens nothing any more. Withdrawing twice changes nothing."""
    people.lock(patient)
    if people.withdraw_invitation(patient):
        audit.record(actor, "patient.code_withdrawn", patient, clinic=patient.clinic, subject=patient)


def way_in(actor: User, patient: Patient, *, paper: str = "", size: str = "") -> bytes:
    """Print a code, the only time that it is known, and let it open from then on.

    It is printed first, outside of any transaction: nobody waits for the printer, and what cannot be printed makes
    no code and leaves the former one alone. Raises ValidationError.
    """
    asked_paper, asked_size = chosen(patient, paper, size)
    _check(patient)
    slip = _slip(patient)
    with translation.override(patient.language):
        document = pdf.typeset(
            "patients/handouts/way_in.typ",
            _facts(patient, slip) | {"paper": asked_paper.value, "large": asked_size == Size.LARGE},
            day=patient.local_date(timezone.now()),
        )
    make_code(actor, patient, slip)
    return document


def _facts(patient: Patient, slip: Slip) -> dict[str, Any]:
    clinic = patient.clinic
    until = date_format(slip.expires_at.astimezone(patient.zone), "j F Y")
    address = settings.SITE_URL + reverse("portal:start")
    opened = settings.SITE_URL + reverse("portal:invitation", args=[slip.code])
    return {
        "lang": translation.get_language() or settings.LANGUAGE_CODE,
        "title": _("From %(clinic)s") % {"clinic": clinic.name},
        "clinic": clinic.name,
        "phone": clinic.phone,
        "foot": "",
        "page": "",
        "heading": _("Your way in"),
        "person": person_words(patient),
        "qr": pdf.qr(opened),
        "alt": _("QR code that opens the same page as the code in letters and figures"),
        "steps": [
            _("Point the camera of a phone at the square. Or open this address and type the code:"),
            _("Choose a password, and you see what to do and how."),
            _("After that you sign in with your name and your password:"),
        ],
        "address": address.removeprefix("https://"),
        "code": codes.groups(slip.code),
        "site": settings.SITE_URL.removeprefix("https://"),
        "name": slip.sign_in_name,
        "words": {
            "code": _("Your code"),
            "name": _("Your sign-in name"),
            "until": _("The code works once, until %(day)s. Until then keep this paper as you keep a key.")
            % {"day": until},
            "lost": _("Lost it, or forgotten the password? %(clinic)s makes you a new code.")
            % {"clinic": clinic.name},
        },
    }


@transaction.atomic
def accept(invitation: Invitation, *, password: str, time_zone: ZoneInfo) -> Patient:
    """The patient takes their place with an account made now, without reminders by mail. Raises ValidationError."""
    patient: Patient = invitation.patient
    user = codes.create_account(invitation, password=password, language=patient.language)
    return people.accept(
        invitation,
        password=None,
        time_zone=time_zone,
        reminder_times=list(patient.reminder_preference.times),
        user=user,
    )


@transaction.atomic
def renew(invitation: Invitation, *, password: str) -> Patient:
    """A patient who could not sign in any more chooses another password. Raises ValidationError."""
    patient: Patient = invitation.patient
    people.lock(patient)
    if why := refusal(patient):
        raise ValidationError(why)
    user = patient.user
    assert user is not None  # such an invitation was made for an account
    codes.renew_password(user, password)
    colleagues.accept(invitation, user)
    audit.record(user, "patient.password_renewed", patient, clinic=patient.clinic, subject=patient)
    return patient
