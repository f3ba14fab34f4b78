"""docs/rules.md 2: how people come in, change their role and leave."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail as sent_mail
from django.core.exceptions import ValidationError
from django.utils import timezone

from clinic import access, mail, people
from clinic.access import Right
from clinic.models import AuditEvent, Invitation, Membership, Role, User
from tests.world import World, make_user


def invite(world: World, **more: Any) -> tuple[Invitation, str]:
    return people.invite(
        world.owner,
        world.clinic,
        **({"name": "Ann", "email": "ann@example.org", "role": Role.CLINICIAN} | more),
    )


def errors(caught: pytest.ExceptionInfo[ValidationError]) -> set[str]:
    return set(caught.value.message_dict)


def test_an_invitation_is_found_by_its_secret_and_keeps_only_a_digest(world: World) -> None:
    invitation, secret = invite(world)
    assert people.invitation_of(secret) == invitation
    assert people.invitation_of(secret + "x") is None
    assert secret not in invitation.digest
    assert AuditEvent.objects.get(verb="invitation.created").details == {"role": "clinician"}


def test_a_colleague_who_accepts_gets_the_invited_role_in_that_clinic_alone(world: World) -> None:
    invitation, secret = invite(world)
    ann = make_user("ann")
    people.accept(invitation, ann)
    assert access.has(ann, Right.PRESCRIBE, world.clinic.pk)
    assert not access.has(ann, Right.VIEW_PATIENTS, world.far_clinic.pk)
    assert people.invitation_of(secret) is None


def test_an_invitation_lets_in_once(world: World) -> None:
    invitation, _ = invite(world)
    people.accept(invitation, make_user("ann"))
    with pytest.raises(ValidationError):
        people.accept(invitation, make_user("eve"))
    assert not Membership.objects.filter(user__email="eve@example.org").exists()


def test_an_invitation_runs_out(world: World) -> None:
    invitation, secret = invite(world, days=14)
    with time_machine.travel(timezone.now() + dt.timedelta(days=14, seconds=1)):
        assert people.invitation_of(secret) is None
        with pytest.raises(ValidationError):
            people.accept(invitation, make_user("ann"))


def test_inviting_a_colleague_again_withdraws_the_former_letter(world: World) -> None:
    _, first = invite(world)
    _, second = invite(world)
    assert people.invitation_of(first) is None
    assert people.invitation_of(second) is not None


def test_a_patient_s_invitation_gives_no_place_among_the_staff(world: World) -> None:
    invitation, _ = invite(world, role="")
    ann = make_user("ann")
    people.accept(invitation, ann)
    assert access.memberships(ann) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [("email", "ann"), ("email", ""), ("name", "  "), ("name", "x" * 121), ("role", "king")],
)
def test_what_is_not_right_is_named_by_field(world: World, field: str, value: str) -> None:
    with pytest.raises(ValidationError) as caught:
        invite(world, **{field: value})
    assert errors(caught) == {field}


def test_a_colleague_cannot_be_invited_twice_over(world: World) -> None:
    with pytest.raises(ValidationError) as caught:
        invite(world, email=world.viewer.email)
    assert errors(caught) == {"email"}


def test_an_invited_colleague_gets_a_link_by_mail(world: World) -> None:
    people.invite_colleague(world.owner, world.clinic, name="Ann", email="Ann@Example.org ", role=Role.VIEWER)
    mail.deliver_due()
    message = sent_mail.outbox[0]
    assert message.to == ["ann@example.org"]
    link = next(word for word in message.body.split() if word.startswith("http"))
    found = people.invitation_of(link.rstrip("/").rsplit("/", 1)[1])
    assert found is not None
    assert found.role == Role.VIEWER


def test_a_role_changes_at_once_and_is_written_down(world: World) -> None:
    place = world.viewer.memberships.get()
    people.change_role(world.owner, place, Role.CLINICIAN)
    assert access.has(User.objects.get(pk=world.viewer.pk), Right.PRESCRIBE, world.clinic.pk)
    entry = AuditEvent.objects.get(verb="membership.role_changed")
    assert entry.actor == world.owner
    assert entry.details == {"former": "viewer", "role": "clinician"}


def test_a_colleague_who_leaves_has_no_rights_left(world: World) -> None:
    people.end_membership(world.owner, world.clinician.memberships.get())
    assert access.memberships(User.objects.get(pk=world.clinician.pk)) == []


def test_a_colleague_who_left_can_come_back(world: World) -> None:
    people.end_membership(world.owner, world.viewer.memberships.get())
    invitation, _ = invite(world, email=world.viewer.email, role=Role.ASSISTANT)
    people.accept(invitation, world.viewer)
    assert world.viewer.memberships.get().role == Role.ASSISTANT


def test_a_clinic_keeps_an_owner(world: World) -> None:
    place = world.owner.memberships.get()
    with pytest.raises(ValidationError) as caught:
        people.change_role(world.owner, place, Role.VIEWER)
    assert errors(caught) == {"role"}
    with pytest.raises(ValidationError):
        people.end_membership(world.owner, place)

    people.change_role(world.owner, world.viewer.memberships.get(), Role.OWNER)
    people.end_membership(world.owner, place)
    assert access.memberships(User.objects.get(pk=world.owner.pk)) == []


def test_an_owner_who_cannot_sign_in_is_no_owner_to_keep(world: World) -> None:
    people.change_role(world.owner, world.viewer.memberships.get(), Role.OWNER)
    User.objects.filter(pk=world.viewer.pk).update(is_active=False)
    with pytest.raises(ValidationError):
        people.end_membership(world.owner, world.owner.memberships.get())


@pytest.mark.django_db
def test_an_account_has_a_verified_address_and_needs_no_password() -> None:
    user = people.create_account(email=" Ann@Example.org", name="Ann  Lee", password=None)
    assert (user.email, user.name) == ("ann@example.org", "Ann Lee")
    assert not user.has_usable_password()
    assert EmailAddress.objects.get(user=user, verified=True, primary=True).email == "ann@example.org"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"), [("password", "short"), ("password", "password123"), ("email", "ann"), ("name", "")]
)
def test_an_account_is_not_made_of_what_is_not_right(field: str, value: str) -> None:
    given: dict[str, Any] = {"email": "ann@example.org", "name": "Ann", "password": None} | {field: value}
    with pytest.raises(ValidationError) as caught:
        people.create_account(**given)
    assert errors(caught) == {field}
    assert not User.objects.exists()


def test_two_accounts_cannot_share_an_address(world: World) -> None:
    with pytest.raises(ValidationError) as caught:
        people.create_account(email=world.owner.email.upper(), name="Ann", password=None)
    assert errors(caught) == {"email"}


def test_a_new_clinic_has_an_owner(world: World) -> None:
    clinic = people.create_clinic(None, name="New Clinic", time_zone="Pacific/Chatham", owner=world.stranger)
    assert access.has(world.stranger, Right.MANAGE_CLINIC, clinic.pk)
    for given in ({"name": " ", "time_zone": "UTC"}, {"name": "x", "time_zone": "Moon/Base"}):
        with pytest.raises(ValidationError):
            people.create_clinic(None, owner=world.stranger, **given)
