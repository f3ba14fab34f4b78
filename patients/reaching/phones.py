"""Verbs on a patient's number: given, confirmed by a code that is sent to it, taken away (docs/rules.md 7)."""

import datetime as dt
import secrets

import phonenumbers
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from clinic import audit, outbox
from clinic.models import User
from patients import people
from patients.models import OutgoingNote, Patient, Phone
from patients.models.people import Channel
from patients.reaching import sms
from patients.reaching.devices import choose, leave

CODE = "phone_code"
CODE_HOLDS = dt.timedelta(minutes=10)
TRIES = 5
# So many codes a day for a patient, and for a number: nobody's phone is flooded from here.
CODES_A_DAY = 5
MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


@transaction.atomic
def give(actor: User, patient: Patient, number: str) -> Phone:
    """Note a number and send a code to it; until that is entered, the number takes nothing else.

    Raises ValidationError (`number`).
    """
    people.lock(patient)
    told = parsed(number)
    if not sms.offered():
        raise ValidationError({"number": [_("Text messages are not set up here.")]})
    now = timezone.now()
    codes = OutgoingNote.objects.filter(kind=CODE, created_at__gt=now - dt.timedelta(days=1))
    if codes.filter(Q(patient=patient) | Q(to=told)).count() >= CODES_A_DAY:
        raise ValidationError({"number": [_("No more codes can be sent today. Try again tomorrow.")]})
    code = f"{secrets.randbelow(10**6):06}"
    phone, _new = Phone.objects.update_or_create(
        patient=patient,
        defaults={
            "number": told,
            "verified_at": None,
            "code_digest": _digest(patient, told, code),
            "code_expires_at": now + CODE_HOLDS,
            "code_tries": 0,
        },
    )
    outbox.write(
        OutgoingNote(
            patient=patient,
            channel=Channel.SMS,
            to=told,
            kind=CODE,
            urgent=True,
            text=_("%(code)s is your code for Holdwell. It works for 10 minutes.") % {"code": code},
            expires_at=phone.code_expires_at,
        )
    )
    leave(actor, patient, Channel.SMS)
    audit.record(actor, "patient.phone_given", patient, clinic=patient.clinic, subject=patient)
    return phone


def confirm(actor: User, patient: Patient, code: str) -> Phone:
    """Take the number into use. A wrong code counts, and the fifth ends it. Raises ValidationError (`code`)."""
    with transaction.atomic():
        phone = Phone.objects.select_for_update().filter(patient=patient).exclude(code_digest="").first()
        if phone is None or not phone.code_expires_at or phone.code_expires_at <= timezone.now():
            raise ValidationError({"code": [_("This code has run out. Have a new one sent.")]})
        if constant_time_compare(phone.code_digest, _digest(patient, phone.number, code.strip())):
            phone.code_digest, phone.verified_at = "", timezone.now()
            phone.save(update_fields=["code_digest", "verified_at"])
            audit.record(actor, "patient.phone_confirmed", patient, clinic=patient.clinic, subject=patient)
            choose(actor, patient, Channel.SMS)
            return phone
        phone.code_tries += 1
        if phone.code_tries >= TRIES:
            phone.code_digest = ""
        phone.save(update_fields=["code_tries", "code_digest"])
    # Outside of the transaction: the try counts.
    raise ValidationError({"code": [_("This is not the code that was sent.")]})


@transaction.atomic
def remove(actor: User, patient: Patient) -> None:
    """No number, no text messages; twice changes nothing."""
    if Phone.objects.filter(patient=patient).delete()[0]:
        leave(actor, patient, Channel.SMS)
        audit.record(actor, "patient.phone_removed", patient, clinic=patient.clinic, subject=patient)


def parsed(number: str) -> str:
    """The number as E.164 has it. Raises ValidationError (`number`)."""
    try:
        found = phonenumbers.parse(number)
    except phonenumbers.NumberParseException as error:
        words = _("Enter the number with the code of its country, such as +49 1512 3456789.")
        raise ValidationError({"number": [words]}) from error
    if not phonenumbers.is_valid_number(found):
        raise ValidationError({"number": [_("There is no such number.")]})
    if phonenumbers.number_type(found) not in MOBILE:
        raise ValidationError({"number": [_("This number takes no text messages.")]})
    return phonenumbers.format_number(found, PhoneNumberFormat.E164)


def _digest(patient: Patient, number: str, code: str) -> str:
    return salted_hmac("patients.phone", f"{patient.pk}:{number}:{code}", algorithm="sha256").hexdigest()
