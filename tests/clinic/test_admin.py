"""The operators' pages: reading what the ground keeps, and every change written down."""

import pytest
from django.test import Client
from django.urls import reverse

from clinic import mail, people, tokens
from clinic.models import AuditEvent, OutgoingMail, User
from tests.world import World

LISTS = ["user", "clinic", "membership", "invitation", "apitoken", "auditevent", "outgoingmail", "tick"]


@pytest.fixture
def operator(world: World, client: Client) -> Client:
    client.force_login(world.operator)
    return client


@pytest.mark.parametrize("name", LISTS)
def test_the_lists_open(world: World, operator: Client, name: str) -> None:
    people.invite_colleague(world.owner, world.clinic, name="Ann", email="ann@example.org", role="viewer")
    tokens.create(None, world.clinician, "lab")
    assert operator.get(reverse(f"admin:clinic_{name}_changelist")).status_code == 200


def test_no_secret_and_no_letter_can_be_read(world: World, operator: Client) -> None:
    token, _ = tokens.create(None, world.clinician, "lab")
    page = operator.get(reverse("admin:clinic_apitoken_change", args=[token.pk])).content.decode()
    assert token.digest not in page
    row = mail.enqueue("account_login_code", to="ann@example.org", context={"code": "483920"}, kind="account")
    page = operator.get(reverse("admin:clinic_outgoingmail_change", args=[row.pk])).content.decode()
    assert "483920" not in page


@pytest.mark.parametrize("name", [name for name in LISTS if name not in ("user", "clinic")])
def test_what_has_a_verb_or_a_history_is_not_changed_here(world: World, operator: Client, name: str) -> None:
    assert operator.get(reverse(f"admin:clinic_{name}_add")).status_code == 403


def test_a_change_is_written_down_with_its_fields(world: World, operator: Client) -> None:
    address = reverse("admin:clinic_user_change", args=[world.viewer.pk])
    form = {"name": "Vera", "language": "en", "library_role": "curator", "is_active": "on"}
    assert operator.post(address, form).status_code == 302
    changed = User.objects.get(pk=world.viewer.pk)
    assert (changed.name, changed.library_role) == ("Vera", "curator")
    entry = AuditEvent.objects.get(verb="user.operated")
    assert entry.actor == world.operator
    assert entry.details == {"fields": ["name", "library_role"]}
    assert OutgoingMail.objects.count() == 0


def test_nobody_can_be_deleted(world: World, operator: Client) -> None:
    assert operator.post(reverse("admin:clinic_user_delete", args=[world.viewer.pk])).status_code == 403
