"""The operators' pages: reading what the ground keeps, and every change written down."""

import pytest
from django.test import Client
from django.urls import reverse

from clinic import audit, mail, people, tokens
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


def act_on(operator: Client, action: str, person: User) -> str:
    form = {"action": action, "_selected_action": [str(person.pk)]}
    return operator.post(reverse("admin:clinic_user_changelist"), form, follow=True).content.decode()


def test_an_account_is_closed_and_its_clinic_can_read_of_it(world: World, operator: Client) -> None:
    act_on(operator, "deactivate", world.viewer)
    assert not User.objects.get(pk=world.viewer.pk).is_active
    entry = AuditEvent.objects.get(verb="account.deactivated")
    assert (entry.actor, entry.clinic) == (world.operator, world.clinic)
    assert audit.words(entry).startswith("Closed an account")
    act_on(operator, "reactivate", world.viewer)
    assert User.objects.get(pk=world.viewer.pk).is_active


def test_the_account_of_the_last_owner_is_not_closed(world: World, operator: Client) -> None:
    page = act_on(operator, "deactivate", world.owner)
    assert "A clinic needs an owner" in page
    assert User.objects.get(pk=world.owner.pk).is_active
    assert not AuditEvent.objects.filter(verb="account.deactivated").exists()


@pytest.mark.parametrize("wrong", ['["9 o\'clock"]', '["24:00"]', "[9]", '{"a": 1}', '"09:00"'])
def test_a_reminder_time_is_a_time_of_day(world: World, operator: Client, wrong: str) -> None:
    address = reverse("admin:clinic_clinic_change", args=[world.clinic.pk])
    form = {
        "name": "Knees",
        "time_zone": "Europe/Berlin",
        "phone": "",
        "answers_within": "2",
        "reminder_times": wrong,
    }
    page = operator.post(address, form)
    assert page.status_code == 200
    assert "Write times like this" in page.content.decode()
    assert operator.post(address, form | {"reminder_times": '["07:30"]'}).status_code == 302
    world.clinic.refresh_from_db()
    assert world.clinic.reminder_times == ["07:30"]
    entry = AuditEvent.objects.get(verb="clinic.operated")
    assert audit.words(entry).startswith("Changed the clinic")
