"""A person's account: asked once more who they are, signed out elsewhere, a second factor for colleagues."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.test import Client
from django.urls import reverse

from clinic import devices
from clinic.models import AuditEvent, Membership, OutgoingMail, User
from tests.world import PASSWORD, World

PHONE = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"
LAPTOP = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0) AppleWebKit/605.1.15 Version/18.4 Safari/605.1.15"


@pytest.fixture
def ada(db: None) -> User:
    user = User.objects.create_user("ada@example.org", PASSWORD, name="Ada Reed")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


@pytest.fixture
def by_code_only(ada: User) -> User:
    ada.set_unusable_password()
    ada.save()
    return ada


def signed_in(user: User, agent: str = LAPTOP) -> Client:
    client = Client(headers={"user-agent": agent})
    typed = {"login": user.email, "password": PASSWORD}
    client.post(reverse("account_login"), typed)
    assert client.session["_auth_user_id"] == str(user.pk)
    return client


def code_of(mail: OutgoingMail) -> str:
    (code,) = re.findall(r"\b\d{6}\b", mail.text)
    return code


def asked_again(client: Client, name: str = "account_email") -> str:
    """The page that asks who it is."""
    answer = client.post(reverse(name), {"email": "new@example.org", "action_add": ""})
    assert answer.status_code == 302
    return answer["Location"]


def test_whoever_signs_in_by_code_alone_is_asked_for_a_code_before_the_address_changes(
    client: Client, by_code_only: User
) -> None:
    client.force_login(by_code_only)
    address = asked_again(client)
    assert urlsplit(address).path == reverse("account_reauthenticate_code")
    assert not OutgoingMail.objects.exists()  # opening the page sends nothing
    client.post(address, {"send": "yes"})
    assert "on its way" in client.get(address).content.decode()
    (mail,) = OutgoingMail.objects.all()
    wrong = client.post(address, {"code": "000000"}).content.decode()
    assert "This is not the code that we sent." in wrong
    client.post(address, {"code": code_of(mail), "next": parse_qs(urlsplit(address).query)["next"][0]})
    assert "new@example.org" in client.get(reverse("account_email")).content.decode()


def test_a_code_is_good_for_three_tries_and_in_one_browser(client: Client, by_code_only: User) -> None:
    client.force_login(by_code_only)
    address = asked_again(client)
    client.post(address, {"send": "yes"})
    right = code_of(OutgoingMail.objects.get())
    other = Client()
    other.force_login(by_code_only)
    other.post(address, {"code": right})
    asked_again(other)  # still not known there
    for _try in range(settings.ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS):
        client.post(address, {"code": "000000"})
    client.post(address, {"code": right})
    asked_again(client)


def test_a_code_does_instead_of_a_forgotten_password(client: Client, ada: User) -> None:
    client.force_login(ada)
    address = asked_again(client)
    assert urlsplit(address).path == reverse("account_reauthenticate")
    assert "Send me a code by e-mail" in client.get(address).content.decode()


def test_a_mailbox_does_not_stand_in_for_a_second_factor(client: Client, ada: User) -> None:
    TOTP.activate(ada, generate_totp_secret())
    client.force_login(ada)
    page = client.get(asked_again(client)).content.decode()
    assert "Use my authenticator app" in page
    assert "Send me a code by e-mail" not in page
    assert client.get(reverse("account_reauthenticate_code")).status_code == 302


def test_a_lost_phone_is_signed_out_from_elsewhere(ada: User) -> None:
    phone, laptop = signed_in(ada, PHONE), signed_in(ada)
    page = laptop.get(reverse("usersessions_list")).content.decode()
    assert "Chrome on Android" in page
    assert "Safari on Mac" in page
    (end,) = re.findall(r'action="(/account/signed-in/\d+/end/)"', page)
    assert laptop.post(end, follow=True).status_code == 200
    assert phone.get(reverse("mfa_index")).status_code == 302  # to the sign-in
    assert laptop.get(reverse("mfa_index")).status_code == 200
    assert AuditEvent.objects.filter(verb="account.signed_out_elsewhere", actor=ada).count() == 1


def test_all_others_are_signed_out_at_once(ada: User) -> None:
    others, laptop = [signed_in(ada, PHONE), signed_in(ada, PHONE)], signed_in(ada)
    answer = laptop.post(reverse("usersessions_list"), follow=True).content.decode()
    assert "2 other browsers are signed out." in answer
    assert [client.get(reverse("mfa_index")).status_code for client in others] == [302, 302]


def test_nobody_signs_another_person_out(ada: User, world: World) -> None:
    mine, theirs = signed_in(ada), Client()
    theirs.force_login(world.owner)
    theirs.get(reverse("usersessions_list"))
    row = UserSession.objects.get(user=ada)
    theirs.post(reverse("usersessions_end", args=[row.pk]))
    assert mine.get(reverse("mfa_index")).status_code == 200


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (PHONE, "Chrome on Android"),
        (LAPTOP, "Safari on Mac"),
        ("Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/140.0", "Firefox on Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("curl/8.0", "Another program"),
        ("", "Another program"),
    ],
)
def test_a_browser_is_told_by_its_name(agent: str, name: str) -> None:
    assert devices.name_of(agent) == name


def figures(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(secret, counter)))


def test_a_colleague_s_second_factor_is_asked_for_after_password_and_code(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    owner = world.owner
    EmailAddress.objects.create(user=owner, email=owner.email, verified=True, primary=True)
    client = signed_in(owner)
    address = client.get(reverse("mfa_activate_totp"))["Location"]
    client.post(address, {"password": PASSWORD, "next": reverse("mfa_activate_totp")})
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = re.findall(r"<dd class=\"hw-key\">(\w+)</dd>", page)[0]
    assert "data:image/svg+xml" in page
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("mfa_activate_totp"), {"code": figures(secret)})
    shown = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    codes = re.findall(r"<li>(\d{8})</li>", shown)
    assert len(codes) == 10
    assert list(AuditEvent.objects.filter(verb="second_factor.added").values_list("actor", flat=True)) == [
        owner.pk
    ]

    fresh = Client()
    asked = fresh.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})
    assert asked["Location"] == reverse("mfa_authenticate")
    assert "_auth_user_id" not in fresh.session
    assert fresh.get(reverse("mfa_index")).status_code == 302
    refused = fresh.post(reverse("mfa_authenticate"), {"code": "12345678"}).content.decode()
    assert "This is not the right one." in refused
    fresh.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert fresh.session["_auth_user_id"] == str(owner.pk)
    again = Client()
    again.post(reverse("account_login"), {"login": owner.email, "password": PASSWORD})
    again.post(reverse("mfa_authenticate"), {"code": codes[0]})
    assert "_auth_user_id" not in again.session  # a recovery code is good once

    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.filter(user=owner).exists()
    subjects = set(OutgoingMail.objects.filter(to=owner.email).values_list("subject", flat=True))
    assert subjects == {"The second factor is on", "The second factor is off"}


def test_each_way_into_the_account_has_a_way_back(world: World, client: Client) -> None:
    def back(address: str) -> str:
        found = re.search(
            r'class="hw-back" href="([^"]+)"', client.get(address, follow=True).content.decode()
        )
        return found[1] if found else ""

    client.force_login(world.patient)
    assert back(reverse("mfa_index")) == reverse("portal:settings")
    assert back(reverse("account_reauthenticate_code")) == reverse("mfa_index")
    client.force_login(world.clinician)
    assert back(reverse("mfa_index")) == reverse("home")


@pytest.mark.parametrize("name", ["mfa_remove_webauthn", "mfa_deactivate_totp"])
def test_a_way_in_does_not_go_without_an_entry_in_the_trail(
    ada: User, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    passkey = Authenticator.objects.create(user=ada, type=Authenticator.Type.WEBAUTHN, data={"name": "Phone"})
    TOTP.activate(ada, generate_totp_secret())
    client = Client()
    client.force_login(ada)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})

    def full(*_: object) -> None:
        raise OSError("The disk is full.")

    monkeypatch.setattr("clinic.audit.record", full)
    with pytest.raises(OSError, match="full"):
        client.post(reverse(name, args=[passkey.pk] if "webauthn" in name else []))
    assert Authenticator.objects.filter(user=ada).count() == 2


def test_patients_are_not_offered_what_would_lock_them_out(world: World, client: Client) -> None:
    client.force_login(world.patient)
    assert "Second factor" not in client.get(reverse("mfa_index")).content.decode()
    assert client.get(reverse("mfa_activate_totp")).status_code == 403
    Membership.objects.create(user=world.patient, clinic=world.clinic, role="viewer")
    assert "Second factor" in client.get(reverse("mfa_index")).content.decode()
