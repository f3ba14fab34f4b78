"""The pages of a clinic's team, and how a colleague takes their place."""

import datetime as dt
from typing import Any

import pytest
from django.core import mail as sent_mail
from django.test import Client
from django.urls import reverse

from clinic import audit, mail, people
from clinic.models import AuditEvent, Invitation, Membership, Role, User
from tests.world import World


@pytest.fixture
def owner(world: World, client: Client) -> Client:
    client.force_login(world.owner)
    return client


def link_of(world: World, **more: Any) -> tuple[Invitation, str]:
    given = {"name": "Ann", "email": "ann@example.org", "role": Role.CLINICIAN} | more
    invitation, secret = people.invite(world.owner, world.clinic, **given)
    return invitation, reverse("clinic:invitation", args=[secret])


def test_the_owner_sees_who_works_in_the_clinic_and_nobody_else_s_staff(world: World, owner: Client) -> None:
    page = owner.get(reverse("clinic:team", args=[world.clinic.pk])).content.decode()
    for person in (world.owner, world.clinician, world.assistant, world.viewer):
        assert person.email in page
    assert world.stranger_clinician.email not in page


def test_an_invited_colleague_gets_a_letter_and_joins_with_a_new_account(world: World, owner: Client) -> None:
    answer = owner.post(
        reverse("clinic:invite", args=[world.clinic.pk]),
        {"name": "Ann Lee", "email": "ann@example.org", "role": "assistant"},
    )
    assert answer.status_code == 302
    assert "Ann Lee" in owner.get(reverse("clinic:team", args=[world.clinic.pk])).content.decode()
    mail.deliver_due()
    link = next(word for word in sent_mail.outbox[0].body.split() if word.startswith("http"))

    ann = Client()
    page = ann.get(link)
    assert page.status_code == 200
    assert Invitation.objects.get().accepted_at is None  # looking is not accepting
    answer = ann.post(link, {"name": "Ann Lee", "password": ""})
    assert answer.status_code == 302
    user = User.objects.get(email="ann@example.org")
    assert user.memberships.get().role == Role.ASSISTANT
    assert ann.session["_auth_user_id"] == str(user.pk)
    assert Client().get(link).status_code == 410


def test_a_colleague_who_has_an_account_signs_in_first(world: World) -> None:
    _, link = link_of(world, email=world.stranger_clinician.email)
    visitor = Client()
    page = visitor.get(link).content.decode()
    assert reverse("account_login") in page
    visitor.post(link, {"name": "Eve", "password": ""})
    assert not world.clinic.memberships.filter(user=world.stranger_clinician).exists()

    visitor.force_login(world.stranger_clinician)
    assert visitor.post(link).status_code == 302
    assert world.clinic.memberships.filter(user=world.stranger_clinician).exists()


def test_somebody_else_s_browser_takes_no_place(world: World) -> None:
    _, link = link_of(world)
    visitor = Client()
    visitor.force_login(world.patient)
    assert visitor.post(link, {"name": "Eve"}).status_code == 200
    assert not Membership.objects.filter(user=world.patient).exists()


def test_a_weak_password_is_named_at_its_field_and_nothing_typed_is_lost(world: World) -> None:
    _, link = link_of(world)
    answer = Client().post(link, {"name": "Ann Lee", "password": "short"})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["password"]
    assert "Ann Lee" in answer.content.decode()
    assert not User.objects.filter(email="ann@example.org").exists()


def test_a_patient_s_letter_opens_no_place_among_the_staff(world: World) -> None:
    _, link = link_of(world, role="")
    assert Client().get(link).status_code == 410


def test_a_role_is_changed_and_a_membership_ended_on_their_pages(world: World, owner: Client) -> None:
    place = world.viewer.memberships.get()
    owner.post(reverse("clinic:role", args=[world.clinic.pk, place.pk]), {"role": "clinician"})
    place.refresh_from_db()
    assert place.role == Role.CLINICIAN
    end = reverse("clinic:end", args=[world.clinic.pk, place.pk])
    assert owner.get(end).status_code == 200
    place.refresh_from_db()
    assert place.is_active
    owner.post(end)
    place.refresh_from_db()
    assert not place.is_active


@pytest.mark.parametrize("page", ["clinic:role", "clinic:end"])
def test_the_last_owner_is_told_why_not(world: World, owner: Client, page: str) -> None:
    place = world.owner.memberships.get()
    answer = owner.post(reverse(page, args=[world.clinic.pk, place.pk]), {"role": "viewer"})
    assert answer.status_code == 422
    assert "A clinic needs an owner" in answer.content.decode()
    place.refresh_from_db()
    assert (place.role, place.is_active) == (Role.OWNER, True)


def test_nobody_of_another_clinic_can_be_named(world: World, owner: Client) -> None:
    stranger = world.stranger_clinician.memberships.get()
    for page in ("clinic:role", "clinic:end"):
        assert owner.post(reverse(page, args=[world.clinic.pk, stranger.pk])).status_code == 404
    stranger.refresh_from_db()
    assert stranger.is_active


def test_an_invitation_is_withdrawn(world: World, owner: Client) -> None:
    invitation, link = link_of(world)
    owner.post(reverse("clinic:withdraw", args=[world.clinic.pk, invitation.pk]))
    assert Client().get(link).status_code == 410


def test_the_audit_trail_is_the_clinic_s_own(world: World, owner: Client) -> None:
    people.change_role(world.owner, world.viewer.memberships.get(), Role.ASSISTANT)
    audit.record(world.stranger_clinician, "membership.ended", world.far_clinic, clinic=world.far_clinic)
    page = owner.get(reverse("clinic:audit", args=[world.clinic.pk])).content.decode()
    assert "Changed the role: Viewer" in page
    assert "Far Clinic" not in page


def test_the_audit_trail_can_be_narrowed_to_a_person_and_a_day(world: World, owner: Client) -> None:
    for at, actor in ((1, world.owner), (2, world.clinician), (3, world.clinician)):
        event = audit.record(actor, f"day.{at}", world.clinic, clinic=world.clinic)
        # Noon in Kathmandu
        noon = dt.datetime(2026, 11, at, 6, 15, tzinfo=dt.UTC)
        AuditEvent.objects.filter(pk=event.pk).update(at=noon)
    address = reverse("clinic:audit", args=[world.clinic.pk])
    page = owner.get(address, {"who": world.clinician.pk, "day": "2026-11-02"}).content.decode()
    assert "day.2" in page
    assert "day.1" not in page
    assert "day.3" not in page
    assert "2 Nov 2026, 12:00" in page


def test_a_long_audit_trail_costs_no_more_than_a_short_one(
    world: World, owner: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(120):
        audit.record(world.owner, f"act.{number}", world.clinic, clinic=world.clinic)
    with django_assert_max_num_queries(8):
        page = owner.get(reverse("clinic:audit", args=[world.clinic.pk])).content.decode()
    assert "act.119" in page
    assert "act.19:" not in page
