"""docs/rules.md 7: in which language people read. Who is not signed in chooses in the browser, others for good."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from clinic import people, reading
from clinic.models import AuditEvent, OutgoingMail, User
from patients import people as patients
from patients.models import Patient
from tests.world import World

SignIn = Callable[[User], Client]
CHOOSE = reverse("set_language")
SIGN_IN = reverse("account_login")
GERMAN, ARABIC = '<html lang="de"', '<html lang="ar" dir="rtl"'


@pytest.fixture
def signed_in() -> SignIn:
    def sign_in(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return sign_in


def page(client: Client, address: str = SIGN_IN, **more: Any) -> str:
    return client.get(address, **more).content.decode()


@pytest.mark.django_db
def test_whoever_is_not_signed_in_reads_in_the_language_of_the_browser() -> None:
    assert GERMAN in page(Client(), headers={"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"})
    assert ARABIC in page(Client(), headers={"Accept-Language": "ar-EG"})
    assert '<html lang="en"' in page(Client(), headers={"Accept-Language": "tlh"})


@pytest.mark.django_db
def test_a_choice_sticks_and_leads_back_to_the_page_that_asked() -> None:
    client = Client(headers={"Accept-Language": "de"})
    answer = client.post(
        CHOOSE, {"language": "ar"}, headers={"Referer": f"http://testserver{SIGN_IN}?next=/today/"}
    )
    assert (answer.status_code, answer.url) == (302, f"http://testserver{SIGN_IN}?next=/today/")
    cookie = answer.cookies["language"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie["max-age"] == 60 * 60 * 24 * 365
    assert ARABIC in page(client)
    assert 'value="ar" lang="ar" aria-current="true">العربية</button>' in page(client)


@pytest.mark.django_db
def test_a_choice_leads_nowhere_else_and_takes_no_language_that_is_not_there() -> None:
    client = Client()
    answer = client.post(CHOOSE, {"language": "tlh", "next": "https://evil.example/"})
    assert answer.url == "/"
    assert "language" not in answer.cookies
    assert client.get(CHOOSE).status_code == 405


def test_a_choice_needs_the_token_of_the_page(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.owner)
    assert client.post(CHOOSE, {"language": "de"}).status_code == 403
    assert User.objects.get(pk=world.owner.pk).language == "en"


@pytest.mark.django_db
def test_an_error_page_speaks_the_visitors_language_and_offers_the_others() -> None:
    shown = page(Client(), "/no/such/page/", headers={"Accept-Language": "ar"})
    assert ARABIC in shown
    assert shown.count('name="language"') == 4


def test_an_error_page_of_a_person_speaks_their_language_and_asks_nothing(
    world: World, signed_in: SignIn
) -> None:
    reading.change(world.owner, language="de")
    shown = page(signed_in(world.owner), "/no/such/page/", headers={"Accept-Language": "ar"})
    assert GERMAN in shown
    assert 'name="language"' not in shown


def test_a_colleague_chooses_for_good_in_their_account(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.clinician)
    assert 'value="es" lang="es">Español' in page(client, reverse("mfa_index"))
    client.post(CHOOSE, {"language": "de"})
    elsewhere = Client(headers={"Accept-Language": "ar"})
    elsewhere.force_login(User.objects.get(pk=world.clinician.pk))
    assert GERMAN in page(elsewhere, reverse("mfa_index"))
    event = AuditEvent.objects.get(verb="account.reading_changed")
    assert (event.actor, event.details) == (world.clinician, {"fields": ["language"]})


def test_what_a_patient_chooses_counts_in_each_clinic_that_treats_them(world: World) -> None:
    with pytest.raises(ValidationError):
        reading.change(world.patient, language="tlh")
    reading.change(world.patient, language="ar")
    assert Patient.objects.get(pk=world.pat.pk).language == "ar"


def test_a_patient_is_invited_in_the_language_that_the_clinic_names(world: World) -> None:
    lena = patients.invite_patient(
        world.clinician, world.clinic, name="Lena", email="l@example.org", language="ar"
    )
    letter = OutgoingMail.objects.get(kind="invitation")
    assert 'lang="ar" dir="rtl"' in letter.html
    link = letter.text.partition("/invitation/")[2].split()[0]
    # The page too, unless its reader has chosen another.
    assert ARABIC in page(Client(headers={"Accept-Language": "en"}), f"/invitation/{link}")
    chosen = Client()
    chosen.cookies["language"] = "de"
    assert GERMAN in page(chosen, f"/invitation/{link}")
    patients.change_details(world.clinician, lena, language="es")
    assert Patient.objects.get(pk=lena.pk).language == "es"
    with pytest.raises(ValidationError):
        patients.change_details(world.clinician, world.pat, language="es")


def test_a_clinic_sees_in_which_language_a_patient_reads_where_it_is_not_its_own(
    world: World, signed_in: SignIn
) -> None:
    address = reverse("desk:patient", args=[world.pat.pk])
    assert (
        "reads"
        not in page(signed_in(world.viewer), address).partition("hw-patient")[2].partition("</section>")[0]
    )
    reading.change(world.patient, language="ar")
    assert 'reads <bdi lang="ar">العربية</bdi>' in page(signed_in(world.viewer), address)


def test_a_colleague_is_invited_in_the_language_of_whoever_invites_and_reads_on_in_the_one_they_joined_in(
    world: World,
) -> None:
    reading.change(world.owner, language="de")
    people.invite_colleague(world.owner, world.clinic, name="Ann", email="ann@example.org", role="viewer")
    letter = OutgoingMail.objects.get(to="ann@example.org")
    assert 'lang="de"' in letter.html


def test_the_api_answers_a_program_in_the_language_that_it_asks_for(world: World) -> None:
    answer = Client().get("/api/v1/patients/", headers={"Accept-Language": "de"})
    english = Client().get("/api/v1/patients/")
    assert answer.status_code == english.status_code == 401
    assert answer.json()["detail"] != english.json()["detail"]
