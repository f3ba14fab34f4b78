"""Patients: invited, described, taking their place, choosing how they want to be reminded (docs/rules.md 2 and 7).

How care pauses, ends and begins again stands in `patients.lifecycle`.
"""

import datetime as dt
import secrets
from collections.abc import Collection, Sequence
from typing import Any, TypedDict, Unpack, cast
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit, mail, outbox
from clinic import people as colleagues
from clinic.access import Right
from clinic.models import Clinic, Invitation, User
from clinic.ui.lists import listed
from exercises.dosage import TIMES_PER_DAY_MAX
from exercises.models import Condition
from patients.models import Patient, PatientZone, ReminderPreference
from patients.models.people import Channel, PatientState
from patients.models.reminders import Kind

NAME_LENGTH = 120
REFERENCE_LENGTH = 40
EARLIEST_BIRTH = dt.date(1900, 1, 1)


class Details(TypedDict, total=False):
    """What the clinic knows of a patient, as far as it is told. `conditions`: `exercises.models.Condition`."""

    name: str
    email: str
    birth_date: dt.date | None
    reference: str
    conditions: Sequence[str]
    language: str


@transaction.atomic
def invite_patient(
    actor: User,
    clinic: Clinic,
    *,
    name: str,
    email: str = "",
    birth_date: dt.date | None = None,
    reference: str = "",
    conditions: Sequence[str] = (),
    language: str = "",
    clinician: User | None = None,
) -> Patient:
    """Take a patient into the clinic's care and mail them an invitation.

    Without an address nothing is mailed; they get a code on paper (`patients.paper`).
    Without a `language` theirs is taken to be that of whoever invites them, until they choose themselves.
    Without a `clinician` they are in the care of whoever invites them, if that colleague prescribes.
    Raises ValidationError by field: `name`, `email`, `birth_date`, `reference`, `conditions`, `language`, `clinician`.
    """
    given = tidy(
        {
            "name": name,
            "email": email,
            "birth_date": birth_date,
            "reference": reference,
            "conditions": conditions,
            "language": language or actor.language,
        }
    )
    if not given["email"]:
        del given["email"]
    errors = detail_errors(given) | _taken_errors(clinic, given)
    prescribers = colleagues.with_right(clinic, Right.PRESCRIBE)
    if clinician is None:
        clinician = prescribers.filter(pk=actor.pk).first()
    elif not prescribers.filter(pk=clinician.pk).exists():
        errors["clinician"] = [not_a_clinician()]
    if errors:
        raise ValidationError(errors)
    patient = Patient.objects.create(clinic=clinic, clinician=clinician, time_zone=clinic.time_zone, **given)
    PatientZone.objects.create(patient=patient, time_zone=clinic.time_zone, since=patient.created_at)
    ReminderPreference.objects.create(
        patient=patient, times=list(clinic.reminder_times), unsubscribe_key=secrets.token_urlsafe(32)
    )
    if patient.email:
        send_invitations(actor, patient.clinic, [patient])
    audit.record(actor, "patient.invited", patient, clinic=clinic, subject=patient)
    return patient


@transaction.atomic
def reinvite(actor: User, patient: Patient, *, email: str | None = None) -> None:
    """Send a new invitation, to a corrected address where one is given; the former one stops working.

    Raises ValidationError (`patient`, `email`).
    """
    lock(patient)
    if patient.state != PatientState.INVITED:
        accepted = patient.user_id is not None
        text = _("This patient has accepted already.") if accepted else _("This patient is not in care.")
        raise ValidationError({"patient": [text]})
    given = tidy({"email": patient.email if email is None else email})
    if errors := detail_errors(given) | _taken_errors(patient.clinic, given, besides=patient):
        raise ValidationError(errors)
    readdressed = given["email"] != patient.email
    patient.email = given["email"]
    patient.save(update_fields=["email"])
    withdraw_invitation(patient)
    send_invitations(actor, patient.clinic, [patient])
    audit.record(
        actor,
        "patient.reinvited",
        patient,
        clinic=patient.clinic,
        subject=patient,
        readdressed=readdressed,
    )


@transaction.atomic
def change_details(actor: User, patient: Patient, **given: Unpack[Details]) -> list[str]:
    """Change what is given and leave the rest; returns the names of the fields that are different now.

    The address of an invitation that is still open gets a new one; whoever has accepted changes their address
    themselves. Raises ValidationError by field.
    """
    lock(patient)
    given = tidy(given)
    changed = sorted(name for name, value in given.items() if value != getattr(patient, name))
    asked = cast("Details", {name: given[name] for name in changed})  # type: ignore[literal-required]
    errors = detail_errors(asked) | _taken_errors(patient.clinic, asked, besides=patient)
    if "email" in asked and patient.user_id is not None:
        errors["email"] = [
            _("This patient signs in with an address of their own, and changes it themselves.")
        ]
    if "language" in asked and patient.user_id is not None:
        errors["language"] = [_("This patient has chosen a language, and changes it themselves.")]
    if errors:
        raise ValidationError(errors)
    if not changed:
        return []
    if set(asked.get("conditions", ())) - set(patient.conditions):
        patient.condition_added_at = timezone.now()
    for name in changed:
        setattr(patient, name, asked[name])  # type: ignore[literal-required]
    patient.save(update_fields=[*changed, "condition_added_at"])
    audit.record(
        actor,
        "patient.details_changed",
        patient,
        clinic=patient.clinic,
        subject=patient,
        fields=changed,
    )
    if "email" in asked and patient.email and patient.state == PatientState.INVITED:
        withdraw_invitation(patient)
        send_invitations(actor, patient.clinic, [patient])
    return changed


def tidy(given: Details) -> Details:
    """Names without spaces too many, addresses in lower case, conditions once each and in the library's order."""
    tidied = cast("Details", dict(given))
    if "name" in given:
        tidied["name"] = " ".join(given["name"].split())
    if "email" in given:
        tidied["email"] = given["email"].strip().lower()
    if "reference" in given:
        tidied["reference"] = given["reference"].strip()
    if "conditions" in given:
        told = set(given["conditions"])
        known = [tag for tag in Condition.values if tag in told]
        tidied["conditions"] = known + sorted(told - set(known))
    return tidied


def detail_errors(given: Details) -> dict[str, list[str]]:
    """What cannot be, field by field, of tidied details; whose the address or reference is, is not asked here."""
    errors: dict[str, list[str]] = {}
    if "name" in given and not given["name"]:
        errors["name"] = [_("Enter the patient's name.")]
    elif len(given.get("name", "")) > NAME_LENGTH:
        errors["name"] = [_("Enter a name of up to %(most)d characters.") % {"most": NAME_LENGTH}]
    if "email" in given:
        try:
            validate_email(given["email"])
        except ValidationError:
            errors["email"] = [_("Enter an e-mail address such as name@example.org.")]
    birth_date = given.get("birth_date")
    if birth_date and birth_date > timezone.now().date():
        errors["birth_date"] = [_("This date lies in the future.")]
    elif birth_date and birth_date < EARLIEST_BIRTH:
        errors["birth_date"] = [_("Check the year.")]
    if len(given.get("reference", "")) > REFERENCE_LENGTH:
        errors["reference"] = [_("At most %(most)d characters.") % {"most": REFERENCE_LENGTH}]
    if "language" in given and given["language"] not in dict(settings.LANGUAGES):
        errors["language"] = [_("Choose one of the languages.")]
    if unknown := set(given.get("conditions", ())) - set(Condition.values):
        errors["conditions"] = [_("Unknown: %(what)s.") % {"what": listed(sorted(unknown))}]
    return errors


def _taken_errors(clinic: Clinic, given: Details, besides: Patient | None = None) -> dict[str, list[str]]:
    """An address or a reference that another patient of the clinic has."""
    errors: dict[str, list[str]] = {}
    others = clinic.patients.exclude(pk=besides.pk) if besides else clinic.patients.all()
    if email := given.get("email"):
        holder = others.filter(email=email).first()
        if holder and holder.state in (PatientState.INACTIVE, PatientState.DISCHARGED):
            errors["email"] = [
                _("%(name)s has this address and is %(state)s. Take them back into care instead.")
                % {"name": holder.name, "state": holder.get_state_display()}
            ]
        elif holder:
            errors["email"] = [_("A patient of this clinic has this address already.")]
    reference = given.get("reference")
    if reference and others.filter(reference=reference).exists():
        errors["reference"] = [_("Another patient of this clinic has this reference.")]
    return errors


def not_a_clinician() -> str:
    """What is said where somebody is named who does not prescribe in the clinic."""
    return _("Choose a clinician of this clinic.")


def lock(patient: Patient) -> None:
    """One change at a time: the row is locked (SQLite locks as the transaction begins) and read anew."""
    patient.refresh_from_db(from_queryset=Patient.objects.select_for_update())


def withdraw_invitation(patient: Patient) -> bool:
    """The patient's link lets nobody in any more; whether there was one. Runs in the caller's transaction."""
    still_open = colleagues.open_invitations().filter(patient=patient)
    return still_open.update(withdrawn_at=timezone.now()) > 0


def send_invitations(actor: User, clinic: Clinic, patients: Sequence[Patient]) -> None:
    """Make an invitation for each of a clinic's patients, who have none, and mail it; few statements for any number.

    Runs in the caller's transaction.
    """
    letters = colleagues.invite_patients(actor, clinic, [(p.name, p.email) for p in patients])
    mails = []
    for patient, (invitation, token) in zip(patients, letters, strict=True):
        patient.invitation = invitation
        context = {
            "patient": patient,
            "clinic": clinic,
            "invitation": invitation,
            "url": settings.SITE_URL + reverse("portal:invitation", args=[token]),
        }
        mails.append(
            mail.compose(
                "invitation_patient",
                to=patient.email,
                kind="invitation",
                # A file full of them takes its minutes.
                urgent=len(patients) == 1,
                clinic=clinic,
                key=f"{colleagues.INVITATION_KEY}{invitation.pk}",
                expires_at=invitation.expires_at,
                language=patient.language,
                context=context,
            )
        )
    Patient.objects.bulk_update(patients, ["invitation"], batch_size=500)
    outbox.write_new(mails)


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
    lock(patient)
    if patient.state != PatientState.INVITED:
        raise ValidationError({"patient": [_("This invitation does not work any more.")]})
    if user is None:
        user = colleagues.create_account(
            email=invitation.email, name=patient.name, password=password, language=patient.language
        )
    elif patient.clinic.patients.filter(user=user).exists():
        raise ValidationError({"email": [_("You are a patient of this clinic already.")]})
    colleagues.accept(invitation, user)
    patient.user = user
    patient.language = user.language
    patient.state = PatientState.ACTIVE
    patient.save(update_fields=["user", "language", "state"])
    audit.record(user, "patient.accepted", patient, clinic=patient.clinic, subject=patient)
    change_preferences(user, patient, time_zone=time_zone, times=reminder_times)
    if not patient.sessions.exists():
        # What stood there was the clinic's guess, by which no day was counted yet.
        patient.zones.update(time_zone=patient.time_zone)
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
    quiet_all_day: bool | None = None,
    off: Collection[str] | None = None,
    nudge_after: int | None = None,
    channels: Collection[str] | None = None,
) -> None:
    """Change what is given and leave the rest; `actor=None` is a one-click unsubscribe without a sign-in.

    Raises ValidationError by field: `times`, `off`, `nudge_after`, `channels`.
    """
    lists: dict[str, Any] = {"times": times, "off": off, "channels": channels}
    given = lists | {
        "nudge_after": nudge_after,
        "quiet_from": quiet_from,
        "quiet_until": quiet_until,
        "quiet_all_day": quiet_all_day,
    }
    changed = {name: value for name, value in given.items() if value is not None}
    errors = _preference_errors(times or [], off or [], 1 if nudge_after is None else nudge_after)
    if channels is not None and (not channels or set(channels) - set(Channel.values)):
        errors["channels"] = [_("Choose at least one way.")]
    if errors:
        raise ValidationError(errors)
    preference = _locked_preference(patient)
    for name, value in changed.items():
        setattr(preference, name, sorted(value) if name in lists else value)
    preference.changed_at = timezone.now()
    # Only what is changed here: a kind that was switched off meanwhile by one click stays off.
    preference.save(update_fields=[*changed, "changed_at"])
    if time_zone is not None and str(time_zone) != str(patient.time_zone):
        patient.time_zone = time_zone
        patient.save(update_fields=["time_zone"])
        # What was answered about other zones was said of the former one.
        preference.zones_kept = []
        preference.save(update_fields=["zones_kept"])
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
def switch_off(actor: User | None, patient: Patient, *kinds: str) -> None:
    """No more reminders of these kinds; twice changes nothing. `actor=None`: by one click in a mail (RFC 8058)."""
    change_preferences(actor, patient, off={*_locked_preference(patient).off, *kinds})


def _locked_preference(patient: Patient) -> ReminderPreference:
    """The preference as it is now; a second writer waits."""
    preference = patient.reminder_preference
    preference.refresh_from_db(from_queryset=ReminderPreference.objects.select_for_update())
    return preference


def _preference_errors(times: Sequence[str], off: Collection[str], nudge_after: int) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if wrong := [text for text in times if not _is_time(text)]:
        errors["times"] = [_("Not a time of day: %(what)s.") % {"what": listed(wrong)}]
    if len(times) > TIMES_PER_DAY_MAX:
        errors["times"] = [_("At most %(most)d times a day.") % {"most": TIMES_PER_DAY_MAX}]
    if unknown := set(off) - set(Kind.values):
        errors["off"] = [_("Unknown: %(what)s.") % {"what": listed(sorted(unknown))}]
    if not 1 <= nudge_after <= 12:
        errors["nudge_after"] = [_("A whole number of hours from 1 to 12.")]
    return errors


def _is_time(text: str) -> bool:
    try:
        return dt.time.fromisoformat(text).strftime("%H:%M") == text
    except ValueError:
        return False
