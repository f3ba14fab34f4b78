"""A patient takes their place (docs/rules.md 2): once, never by opening the link, never as somebody else."""

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic import people as colleagues
from clinic.models import OutgoingMail, User
from patients import people
from patients.models import Patient
from tests.patients.portal.conftest import NOW
from tests.world import World


@pytest.fixture
def sam(world: World) -> Patient:
    return people.invite_patient(
        world.clinician, world.clinic, name="Sam", email="sam@example.org", clinician=world.clinician
    )


def link(to: str = "sam@example.org") -> str:
    text = OutgoingMail.objects.filter(kind="invitation", to=to).latest("created_at").text
    found = re.search(r"/invitation/[\w-]+/", text)
    assert found
    return found[0]


def told(**changes: Any) -> dict[str, Any]:
    return {
        "sign_in": "code",
        "password": "",
        "time_0": "08:00",
        "time_1": "",
        "time_zone": "Europe/Lisbon",
    } | changes


def test_opening_the_link_accepts_nothing_and_names_the_clinic(sam: Patient, client: Client) -> None:
    for _ in range(2):
        page = client.get(link()).content.decode()
        assert "Holdwell Practice" in page
        assert "data-device-zone" in page
        assert 'value="18:00"' in page  # the clinic's second time
    sam.refresh_from_db()
    assert sam.state == "invited"


def test_accepting_signs_in_and_leads_to_today(sam: Patient, client: Client) -> None:
    response = client.post(link(), told(), follow=True)
    assert response.redirect_chain[-1][0] == reverse("portal:today")
    assert "Welcome." in response.content.decode()
    sam.refresh_from_db()
    assert sam.state == "active"
    assert str(sam.time_zone) == "Europe/Lisbon"
    assert sam.reminder_preference.times == ["08:00"]
    assert sam.user
    assert not sam.user.has_usable_password()


def test_a_password_is_for_those_who_want_one(sam: Patient, client: Client) -> None:
    client.post(link(), told(sign_in="password", password="walking by the river"))
    assert User.objects.get(email="sam@example.org").check_password("walking by the river")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"sign_in": "password"}, "Choose a password, or have codes sent to you."),
        ({"sign_in": "password", "password": "short"}, "at least 10 characters"),
        ({"sign_in": "password", "password": "password1234"}, "too common"),
        ({"time_zone": ""}, "Choose your time zone."),
        ({"time_0": "8 o'clock"}, "Enter a time such as 18:30."),
    ],
)
def test_bad_input_is_answered_at_its_field(
    sam: Patient, client: Client, changes: dict[str, str], words: str
) -> None:
    response = client.post(link(), told(**changes))
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not User.objects.filter(email="sam@example.org").exists()


def test_an_invitation_lets_one_person_in_once(sam: Patient, client: Client) -> None:
    address = link()
    client.post(address, told())
    again = Client().get(address)
    assert again.status_code == 410
    assert "This invitation is not open any more" in again.content.decode()


def test_an_expired_or_replaced_invitation_says_what_to_do(
    world: World, sam: Patient, client: Client, clock: Any
) -> None:
    first = link()
    people.reinvite(world.clinician, sam)
    assert client.get(first).status_code == 410
    clock.move_to(NOW + dt.timedelta(days=15))
    page = client.get(link())
    assert page.status_code == 410
    assert "ask your clinic to send you a new one" in page.content.decode()


def test_who_has_an_account_signs_in_first_and_keeps_it(world: World, client: Client) -> None:
    people.invite_patient(world.stranger_clinician, world.far_clinic, name="Pat", email="pat@example.org")
    address = link("pat@example.org")
    page = client.get(address).content.decode()
    assert "There is an account for pat@example.org already." in page
    assert f"{reverse('account_login')}?next={address}" in page
    assert client.post(address, told()).status_code == 200  # nothing happens without the sign-in
    assert world.patient.patients.count() == 1
    client.force_login(world.patient)
    page = client.get(address).content.decode()
    assert "You are signed in as pat@example.org and keep that account." in page
    assert 'name="password"' not in page
    client.post(address, {"time_0": "08:00", "time_zone": "America/St_Johns"})
    assert world.patient.patients.count() == 2


def test_nobody_joins_as_somebody_else_who_sits_at_the_browser(
    world: World, sam: Patient, client: Client
) -> None:
    client.force_login(world.clinician)
    page = client.get(link()).content.decode()
    assert "This invitation is for sam@example.org. You are signed in as clinician@example.org." in page
    client.post(link(), told())
    sam.refresh_from_db()
    assert sam.user is None


def test_a_colleagues_invitation_is_not_a_patients(world: World, client: Client) -> None:
    _invitation, token = colleagues.invite(
        world.owner, world.clinic, name="New Colleague", email="new@example.org", role="viewer"
    )
    assert client.get(reverse("portal:invitation", args=[token])).status_code == 410
