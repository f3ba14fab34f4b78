"""Patients: invited, taking their place, choosing how they want to be reminded (docs/rules.md 2 and 7)."""

import datetime as dt
import secrets
from collections.abc import Collection, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit, mail
from clinic import people as colleagues
from clinic.models import Clinic, Invitation, User
from exercises.models import Condition
from patients.models import Patient, PatientZone, ReminderPreference
from patients.models.people import PatientState
from patients.models.reminders import Kind
from patients.schedule import TIMES_PER_DAY_MAX


@transaction.atomic
def invite_patient(
    actor: User,
    clinic: Clinic,
    *,
    name: str,
    email: str,
    birth_date: dt.date | None = None,
    reference: str = "",
    conditions: Sequence[str] = (),
    clinician: User | None = None,
) -> Patient:
    """Take a patient into the clinic's care and mail them an invitation.

    Raises ValidationError by field: `name`, `email`, `birth_date`, `reference`, `conditions`.
    """
    name, email, reference = name.strip(), email.strip().lower(), reference.strip()
    errors: dict[str, list[str]] = {}
    if not name:
        errors["name"] = [_("Enter the patient's name.")]
    try:
        validate_email(email)
    except ValidationError:
        errors["email"] = [_("Enter an e-mail address such as name@example.org.")]
    if clinic.patients.exclude(state=PatientState.DISCHARGED).filter(email=email).exists():
        errors["email"] = [_("A patient of this clinic has this address already.")]
    if birth_date and birth_date > timezone.now().date():
        errors["birth_date"] = [_("This date lies in the future.")]
    if reference and clinic.patients.filter(reference=reference).exists():
        errors["reference"] = [_("Another patient of this clinic has this reference.")]
    if unknown := set(conditions) - set(Condition.values):
        errors["conditions"] = [_("Unknown: %(what)s.") % {"what": ", ".join(sorted(unknown))}]
    if errors:
        raise ValidationError(errors)
    patient = Patient.objects.create(
        clinic=clinic,
        clinician=clinician or actor,
        name=name,
        email=email,
        birth_date=birth_date,
        reference=reference,
        conditions=list(conditions),
        time_zone=clinic.time_zone,
    )
    PatientZone.objects.create(patient=patient, time_zone=clinic.time_zone, since=patient.created_at)
    ReminderPreference.objects.create(
        patient=patient, times=list(clinic.reminder_times), unsubscribe_key=secrets.token_urlsafe(32)
    )
    _send_invitation(actor, patient)
    audit.record(actor, "patient.invited", patient, clinic=clinic, subject=patient)
    return patient


@transaction.atomic
def reinvite(actor: User, patient: Patient) -> None:
    """Send a new invitation; the former one stops working."""
    if patient.state != PatientState.INVITED:
        raise ValidationError({"patient": [_("This patient has accepted already.")]})
    Invitation.objects.filter(patient=patient, withdrawn_at=None).update(withdrawn_at=timezone.now())
    _send_invitation(actor, patient)
    audit.record(actor, "patient.reinvited", patient, clinic=patient.clinic, subject=patient)


def _send_invitation(actor: User, patient: Patient) -> None:
    invitation, token = colleagues.invite(
        actor, patient.clinic, name=patient.name, email=patient.email, role=""
    )
    patient.invitation = invitation
    patient.save(update_fields=["invitation"])
    mail.enqueue(
        "invitation_patient",
        to=patient.email,
        kind="invitation",
        clinic=patient.clinic,
        key=f"{colleagues.INVITATION_KEY}{invitation.pk}",
        expires_at=invitation.expires_at,
        language=patient.language,
        context={
            "patient": patient,
            "clinic": patient.clinic,
            "invitation": invitation,
            "url": settings.SITE_URL + reverse("portal:invitation", args=[token]),
        },
    )


@transaction.atomic
def accept(
    invitation: Invitation,
    *,
    password: str | None,
    time_zone: ZoneInfo,
    reminder_times: Sequence[str],
    user: User | None = None,
) -> Patient:
    """A patient takes their place: with an account made now, or (`user`) with the one they have.

    Without a password they sign in with a code by mail. Raises ValidationError by field.
    """
    patient: Patient = invitation.patient
    if user is None:
        user = colleagues.create_account(
            email=invitation.email, name=patient.name, password=password, language=patient.language
        )
    elif patient.clinic.patients.filter(user=user).exists():
        raise ValidationError({"email": [_("You are a patient of this clinic already.")]})
    colleagues.accept(invitation, user)
    patient.user = user
    patient.state = PatientState.ACTIVE
    patient.save(update_fields=["user", "state"])
    audit.record(user, "patient.accepted", patient, clinic=patient.clinic, subject=patient)
    change_preferences(user, patient, time_zone=time_zone, times=reminder_times)
    return patient


@transaction.atomic
def change_preferences(
    actor: User | None,
    patient: Patient,
    *,
    time_zone: ZoneInfo | None = None,
    times: Sequence[str] | None = None,
    quiet_from: dt.time | None = None,
    quiet_until: dt.time | None = None,
    off: Collection[str] | None = None,
    nudge_after: int | None = None,
) -> None:
    """Change what is given and leave the rest; `actor=None` is a one-click unsubscribe without a sign-in.

    Raises ValidationError by field: `times`, `off`, `nudge_after`.
    """
    given: dict[str, Any] = {"times": times, "off": off, "nudge_after": nudge_after}
    given |= {"quiet_from": quiet_from, "quiet_until": quiet_until}
    changed = {name: value for name, value in given.items() if value is not None}
    if errors := _preference_errors(times or [], off or [], 1 if nudge_after is None else nudge_after):
        raise ValidationError(errors)
    preference = _locked_preference(patient)
    for name, value in changed.items():
        setattr(preference, name, sorted(value) if name in ("times", "off") else value)
    # Only what is changed here: a kind that was switched off meanwhile by one click stays off.
    preference.save(update_fields=list(changed))
    if time_zone is not None and str(time_zone) != str(patient.time_zone):
        patient.time_zone = time_zone
        patient.save(update_fields=["time_zone"])
        PatientZone.objects.update_or_create(
            patient=patient, since=timezone.now(), defaults={"time_zone": time_zone}
        )
        changed["time_zone"] = str(time_zone)
    audit.record(
        actor,
        "patient.preferences_changed",
        patient,
        clinic=patient.clinic,
        subject=patient,
        fields=sorted(changed),
    )


@transaction.atomic
def switch_off(actor: User | None, patient: Patient, kind: str) -> None:
    """No more reminders of this kind; twice changes nothing. `actor=None`: by one click in a mail (RFC 8058)."""
    change_preferences(actor, patient, off={*_locked_preference(patient).off, kind})


def _locked_preference(patient: Patient) -> ReminderPreference:
    """The preference as it is now; a second writer waits."""
    preference = patient.reminder_preference
    preference.refresh_from_db(from_queryset=ReminderPreference.objects.select_for_update())
    return preference


def _preference_errors(times: Sequence[str], off: Collection[str], nudge_after: int) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if wrong := [text for text in times if not _is_time(text)]:
        errors["times"] = [_("Not a time of day: %(what)s.") % {"what": ", ".join(wrong)}]
    if len(times) > TIMES_PER_DAY_MAX:
        errors["times"] = [_("At most %(most)d times a day.") % {"most": TIMES_PER_DAY_MAX}]
    if unknown := set(off) - set(Kind.values):
        errors["off"] = [_("Unknown: %(what)s.") % {"what": ", ".join(sorted(unknown))}]
    if not 1 <= nudge_after <= 12:
        errors["nudge_after"] = [_("A whole number of hours from 1 to 12.")]
    return errors


def _is_time(text: str) -> bool:
    try:
        return dt.time.fromisoformat(text).strftime("%H:%M") == text
    except ValueError:
        return False
