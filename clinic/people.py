"""How people come in, change their role and leave (docs/rules.md 2)."""

import datetime as dt
import secrets
from collections.abc import Sequence
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinic import audit, mail
from clinic.access import ROLE_RIGHTS, Right
from clinic.models import Clinic, Invitation, Membership, OutgoingMail, Role, User
from clinic.tokens import digest

# Before the id of an invitation: the key of its mail.
INVITATION_KEY = "invitation:"
DEFAULT_REMINDER_TIMES = ["09:00", "18:00"]


def with_right(clinic: Clinic, right: Right) -> QuerySet[User]:
    """The colleagues of a clinic who have the right there, by name."""
    roles = [role for role, rights in ROLE_RIGHTS.items() if right in rights]
    return User.objects.filter(
        memberships__clinic=clinic, memberships__is_active=True, memberships__role__in=roles, is_active=True
    ).order_by("name")


def open_invitations() -> QuerySet[Invitation]:
    """Those that still let somebody in."""
    return Invitation.objects.filter(
        accepted_at__isnull=True, withdrawn_at__isnull=True, expires_at__gt=timezone.now()
    )


@transaction.atomic
def invite(
    actor: User, clinic: Clinic, *, name: str, email: str, role: str, days: int = 14
) -> tuple[Invitation, str]:
    """An invitation and the secret for its link, which is told this once; mailing it is the caller's.

    `role` is a staff role, or "" for a patient. An older open invitation of the same colleague is withdrawn.
    Raises ValidationError (`name`, `email`, `role`).
    """
    name, email = _checked_person(name, email)
    if role and role not in Role.values:
        raise ValidationError({"role": _("Choose one of the roles.")})
    if role:
        if clinic.memberships.filter(is_active=True, user__email=email).exists():
            raise ValidationError({"email": _("This person already works in the clinic.")})
        open_invitations().filter(clinic=clinic, email=email).exclude(role="").update(
            withdrawn_at=timezone.now()
        )
    invitation, secret = _new_invitation(actor, clinic, name, email, role, days)
    invitation.save(force_insert=True)
    audit.record(actor, "invitation.created", invitation, clinic=clinic, role=role or "patient")
    return invitation, secret


@transaction.atomic
def invite_patients(
    actor: User, clinic: Clinic, people: Sequence[tuple[str, str]]
) -> list[tuple[Invitation, str]]:
    """An invitation with its secret for each (name, e-mail), in order, however many. Raises ValidationError."""
    letters = [
        _new_invitation(actor, clinic, *_checked_person(name, email), role="", days=14)
        for name, email in people
    ]
    invitations = [invitation for invitation, _secret in letters]
    Invitation.objects.bulk_create(invitations)
    audit.record_each(actor, "invitation.created", invitations, clinic=clinic, role="patient")
    return letters


def _new_invitation(
    actor: User, clinic: Clinic, name: str, email: str, role: str, days: int
) -> tuple[Invitation, str]:
    secret = secrets.token_urlsafe(32)
    expires_at = timezone.now() + dt.timedelta(days=days)
    invitation = Invitation(
        clinic=clinic,
        email=email,
        name=name,
        role=role,
        digest=digest(secret),
        invited_by=actor,
        expires_at=expires_at,
    )
    return invitation, secret


def _checked_person(name: str, email: str) -> tuple[str, str]:
    """Name and address in the form they are kept in. Raises ValidationError (`name`, `email`)."""
    errors = {}
    name, email = " ".join(name.split()), email.strip().lower()
    if not 0 < len(name) <= 120:
        errors["name"] = _("Enter a name of up to 120 characters.")
    try:
        validate_email(email)
    except ValidationError:
        errors["email"] = _("Enter an e-mail address, such as name@example.org.")
    if errors:
        raise ValidationError(errors)
    return name, email


def invitation_of(token: str) -> Invitation | None:
    """The open invitation that a link's secret belongs to."""
    return open_invitations().select_related("clinic", "invited_by").filter(digest=digest(token)).first()


def invitation_still_wanted(outgoing: OutgoingMail) -> bool:
    """Asked by the outbox: a link that was withdrawn, replaced or used is not mailed any more."""
    of_one = (outgoing.key or "").removeprefix(INVITATION_KEY)
    return not of_one or open_invitations().filter(pk=of_one).exists()


@transaction.atomic
def accept(invitation: Invitation, user: User) -> None:
    """Let the person in; a colleague gets their place in the clinic with this.

    Raises ValidationError when the invitation is not open any more.
    """
    taken = open_invitations().filter(pk=invitation.pk).update(accepted_at=timezone.now())
    if not taken:
        raise ValidationError(
            _("This invitation has been used or has run out. Ask the clinic for a new one.")
        )
    if invitation.role:
        Membership.objects.update_or_create(
            user=user, clinic=invitation.clinic, defaults={"role": invitation.role, "is_active": True}
        )
    audit.record(user, "invitation.accepted", invitation, clinic=invitation.clinic)


@transaction.atomic
def invite_colleague(actor: User, clinic: Clinic, *, name: str, email: str, role: str) -> Invitation:
    """Invite somebody to work in the clinic, by mail. Raises ValidationError (`name`, `email`, `role`)."""
    if role not in Role.values:
        raise ValidationError({"role": _("Choose one of the roles.")})
    invitation, secret = invite(actor, clinic, name=name, email=email, role=role)
    mail.enqueue(
        "colleague_invitation",
        to=invitation.email,
        kind="invitation",
        urgent=True,
        clinic=clinic,
        # Of whoever has no account yet, only the colleague knows the language, and it is most likely theirs.
        language=(account_for(invitation) or actor).language,
        key=f"{INVITATION_KEY}{invitation.pk}",
        context={
            "name": invitation.name,
            "clinic": clinic,
            "inviter": actor,
            "role": Role(role).label,
            "link": settings.SITE_URL + reverse("clinic:invitation", args=[secret]),
            "expires_at": invitation.expires_at,
        },
        expires_at=invitation.expires_at,
    )
    return invitation


def account_for(invitation: Invitation) -> User | None:
    """The account that has the invited address already."""
    address = EmailAddress.objects.filter(email__iexact=invitation.email, verified=True).select_related(
        "user"
    )
    known = address.first()
    return known.user if known else User.objects.filter(email__iexact=invitation.email).first()


@transaction.atomic
def join(invitation: Invitation, *, account: User | None, name: str, password: str | None) -> User:
    """A colleague takes the place, with their account or (None) a new one, in the language they read this in.

    Raises ValidationError.
    """
    user = account or create_account(
        email=invitation.email,
        name=name,
        password=password,
        language=get_language() or settings.LANGUAGE_CODE,
    )
    accept(invitation, user)
    return user


@transaction.atomic
def withdraw(actor: User, invitation: Invitation) -> None:
    """The link lets nobody in any more. Withdrawing twice changes nothing."""
    if open_invitations().filter(pk=invitation.pk).update(withdrawn_at=timezone.now()):
        audit.record(actor, "invitation.withdrawn", invitation, clinic=invitation.clinic)


@transaction.atomic
def change_role(actor: User, membership: Membership, role: str) -> None:
    """Raises ValidationError (`role`) when the clinic would be left without an owner."""
    if role not in Role.values:
        raise ValidationError({"role": _("Choose one of the roles.")})
    place = _locked(membership)
    if place.role == role:
        return
    _keep_an_owner(place, "role")
    former, place.role = place.role, role
    place.save(update_fields=["role"])
    audit.record(actor, "membership.role_changed", place, clinic=place.clinic, former=former, role=role)


@transaction.atomic
def end_membership(actor: User, membership: Membership) -> None:
    """The colleague's rights in the clinic end at once; what they have done stays theirs.

    Raises ValidationError when the clinic would be left without an owner.
    """
    place = _locked(membership)
    if not place.is_active:
        return
    _keep_an_owner(place, None)
    place.is_active = False
    place.save(update_fields=["is_active"])
    audit.record(actor, "membership.ended", place, clinic=place.clinic, role=place.role)


@transaction.atomic
def deactivate(actor: User, user: User) -> None:
    """Nobody signs in with this account any more; doing it twice changes nothing.

    Raises ValidationError when a clinic would be left without an owner.
    """
    # In one order, so that two operators never wait for each other crosswise.
    for place in user.memberships.filter(is_active=True).order_by("clinic"):
        _keep_an_owner(_locked(place), None)
    if _set_active(user, False):
        for clinic in _clinics_of(user):
            audit.record(actor, "account.deactivated", user, clinic=clinic)


@transaction.atomic
def reactivate(actor: User, user: User) -> None:
    """The account lets its person in again."""
    if _set_active(user, True):
        for clinic in _clinics_of(user):
            audit.record(actor, "account.reactivated", user, clinic=clinic)


def _set_active(user: User, is_active: bool) -> bool:
    """Whether this changed anything."""
    changed = User.objects.filter(pk=user.pk, is_active=not is_active).update(is_active=is_active)
    user.is_active = is_active
    return changed > 0


def _clinics_of(user: User) -> Sequence[Clinic | None]:
    """In whose trails it is written what happened to an account; in one of no clinic when there are none."""
    return list(Clinic.objects.filter(memberships__user=user, memberships__is_active=True)) or [None]


def _locked(membership: Membership) -> Membership:
    """The place as it is now. Two owners who remove each other at the same time wait at the clinic's row."""
    clinic = Clinic.objects.select_for_update().get(pk=membership.clinic_id)
    return clinic.memberships.select_related("user", "clinic").get(pk=membership.pk)


def _keep_an_owner(leaving: Membership, field: str | None) -> None:
    others = leaving.clinic.memberships.filter(
        ~Q(pk=leaving.pk), role=Role.OWNER, is_active=True, user__is_active=True
    )
    if leaving.role == Role.OWNER and not others.exists():
        message = _("A clinic needs an owner. Make somebody else an owner first.")
        raise ValidationError({field: message} if field else message)


@transaction.atomic
def create_account(*, email: str, name: str, password: str | None, language: str = "en") -> User:
    """A person who can sign in: with the password, or (None) with codes by mail alone.

    The address counts as verified: whoever calls this has seen a secret that was mailed to it, or is the
    operator. Raises ValidationError (`name`, `email`, `password`).
    """
    name, email = _checked_person(name, email)
    if password is not None:
        try:
            validate_password(password, User(email=email, name=name))
        except ValidationError as error:
            raise ValidationError({"password": error.error_list}) from error
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, password, name=name, language=language)
    except IntegrityError as error:
        raise ValidationError(
            {"email": _("There is an account with this e-mail address. Sign in.")}
        ) from error
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    audit.record(user, "account.created", user)
    return user


@transaction.atomic
def create_clinic(actor: User | None, *, name: str, time_zone: str, owner: User) -> Clinic:
    """A new clinic with its first owner. Raises ValidationError (`name`, `time_zone`)."""
    name = " ".join(name.split())
    if not 0 < len(name) <= 120:
        raise ValidationError({"name": _("Enter a name of up to 120 characters.")})
    try:
        zone = ZoneInfo(time_zone)
    except (KeyError, ValueError, OSError) as error:
        raise ValidationError({"time_zone": _("Enter a time zone, such as Europe/Berlin.")}) from error
    clinic = Clinic.objects.create(name=name, time_zone=zone, reminder_times=DEFAULT_REMINDER_TIMES)
    Membership.objects.create(user=owner, clinic=clinic, role=Role.OWNER)
    audit.record(actor, "clinic.created", clinic, clinic=clinic, owner=str(owner.pk))
    return clinic


@transaction.atomic
def change_clinic(
    actor: User, clinic: Clinic, *, answers_within: int | None = None, attaches_reports: bool | None = None
) -> None:
    """Change what its owner decides for the whole clinic; what is not given stays, the same again changes nothing.

    `answers_within`: working days (1-20) in which messages are usually answered; `attaches_reports`: whether PDF and
    CSV travel with the weekly reports. Raises ValidationError (by field).
    """
    clinic.refresh_from_db(from_queryset=Clinic.objects.select_for_update())
    given = {"answers_within": answers_within, "attaches_reports": attaches_reports}
    changes = {name: value for name, value in given.items() if value not in (None, getattr(clinic, name))}
    if not changes:
        return
    for name, value in changes.items():
        setattr(clinic, name, value)
    clinic.clean_fields(exclude={field.name for field in Clinic._meta.fields} - changes.keys())
    clinic.save(update_fields=list(changes))
    audit.record(actor, "clinic.changed", clinic, clinic=clinic, fields=sorted(changes))
