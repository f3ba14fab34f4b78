"""Sign-in, codes and passwords: every page of an account in our look, our words, and with what browsers need."""

import re

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from django.urls import get_resolver, reverse

from clinic.models import OutgoingMail, User
from tests.world import PASSWORD

# Every page that allauth routes here, and its first words. A new one must be given ours.
PAGES = {
    "account_login": "Sign in",
    "account_logout": "Sign out",
    "account_inactive": "This account is closed",
    "account_signup": "By invitation",
    "account_reauthenticate": "Is it still you?",
    "account_reauthenticate_code": "Is it still you?",
    "account_email": "Change your address",
    "account_email_verification_sent": "Look into your mail",
    "account_change_password": "Change the password",
    "account_set_password": "Choose a password",
    "account_reset_password": "Forgot the password",
    "account_reset_password_done": "Look into your mail",
    "account_reset_password_from_key_done": "The new password is saved",
    "account_request_login_code": "Sign in with a code",
}
# These are reached by a key or in the middle of a sign-in; each has a test of its own below.
ELSEWHERE = {"account_confirm_email", "account_reset_password_from_key", "account_confirm_login_code"}
SIGNED_IN = {
    "account_logout",
    "account_reauthenticate",
    "account_reauthenticate_code",
    "account_email",
    "account_change_password",
}


@pytest.fixture
def ada(db: None) -> User:
    user = User.objects.create_user("ada@example.org", PASSWORD, name="Ada Reed")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def heading(page: str) -> str:
    return re.findall(r"<h1>(.*?)</h1>", page, re.DOTALL)[0].strip()


def latest_mail() -> OutgoingMail:
    return OutgoingMail.objects.latest("created_at")


def test_every_page_of_an_account_is_known() -> None:
    routed = {
        name for name in get_resolver().reverse_dict if isinstance(name, str) and name.startswith("account_")
    }
    assert routed == set(PAGES) | ELSEWHERE


@pytest.mark.parametrize("name", PAGES)
def test_every_page_of_an_account_is_ours(client: Client, ada: User, name: str) -> None:
    if name in SIGNED_IN:
        client.force_login(ada)
    if name == "account_set_password":
        ada.set_unusable_password()
        ada.save()
        client.force_login(ada)
    page = client.get(reverse(name)).content.decode()
    assert heading(page) == PAGES[name]
    assert "does not diagnose or treat" in page
    assert "<script>" not in page
    assert ' style="' not in page


def test_a_wrong_password_is_answered_without_saying_which_half_was_wrong(client: Client, ada: User) -> None:
    for email in (ada.email, "nobody@example.org"):
        page = client.post(reverse("account_login"), {"login": email, "password": "x"}).content.decode()
        assert "This address and this password do not belong together." in page
        assert f'value="{email}"' in page


def test_password_managers_know_the_fields(client: Client, ada: User) -> None:
    page = client.get(reverse("account_login")).content.decode()
    assert 'autocomplete="username"' in page
    assert 'autocomplete="current-password"' in page
    client.force_login(ada)
    page = client.get(reverse("account_change_password")).content.decode()
    assert 'autocomplete="username" value="ada@example.org"' in page
    assert page.count('autocomplete="new-password"') == 2


def test_six_figures_from_the_mail_sign_in(client: Client, ada: User) -> None:
    asked = client.post(reverse("account_request_login_code"), {"email": ada.email}, follow=True)
    page = asked.content.decode()
    assert heading(page) == "Type the code"
    assert 'autocomplete="one-time-code"' in page
    assert 'inputmode="numeric"' in page
    wrong = client.post(reverse("account_confirm_login_code"), {"code": "000000"}).content.decode()
    assert "This is not the code that we sent." in wrong
    (code,) = re.findall(r"\b\d{6}\b", latest_mail().text)
    client.post(reverse("account_confirm_login_code"), {"code": code})
    assert client.session["_auth_user_id"] == str(ada.pk)


def test_a_new_code_can_be_asked_for_and_is_the_one_that_counts(client: Client, ada: User) -> None:
    page = client.post(
        reverse("account_request_login_code"), {"email": ada.email}, follow=True
    ).content.decode()
    assert "Send a new code" in page
    client.post(reverse("account_confirm_login_code"), {"action": "resend"})
    (code,) = re.findall(r"\b\d{6}\b", latest_mail().text)
    client.post(reverse("account_confirm_login_code"), {"code": code})
    assert client.session["_auth_user_id"] == str(ada.pk)


def test_a_stranger_is_told_the_same_when_asking_for_a_code(client: Client, db: None) -> None:
    asked = client.post(reverse("account_request_login_code"), {"email": "nobody@example.org"}, follow=True)
    assert heading(asked.content.decode()) == "Type the code"
    assert not OutgoingMail.objects.filter(text__regex=r"\d{6}").exists()


def test_a_forgotten_password_is_replaced_by_the_link_in_the_mail(client: Client, ada: User) -> None:
    client.post(reverse("account_reset_password"), {"email": ada.email})
    (link,) = re.findall(r"https?://[^/\s]+(/account/password/reset/key/\S+)", latest_mail().text)
    opened = client.get(link, follow=True)
    assert heading(opened.content.decode()) == "Choose a new password"
    fresh = "three words in a row"
    typed = {"password1": fresh, "password2": fresh}
    saved = client.post(opened.request["PATH_INFO"], typed, follow=True)
    assert heading(saved.content.decode()) == "The new password is saved"
    ada.refresh_from_db()
    assert ada.check_password(fresh)
    again = Client().get(link, follow=True).content.decode()
    assert heading(again) == "This link is used up"


def test_a_new_address_counts_when_its_link_was_opened(client: Client, ada: User) -> None:
    client.force_login(ada)
    asked = client.post(
        reverse("account_email"), {"email": "ada.new@example.org", "action_add": ""}, follow=True
    )
    # A browser that was left open does not do: the password is asked for, and what was asked goes on then.
    assert heading(asked.content.decode()) == PAGES["account_reauthenticate"]
    assert not OutgoingMail.objects.exists()
    address = asked.request["PATH_INFO"] + "?" + asked.request["QUERY_STRING"]
    wrong = client.post(address, {"password": "not it at all"}).content.decode()
    assert "This is not your password." in wrong
    next_url = reverse("account_email")
    client.post(address, {"password": PASSWORD, "next": next_url})
    waiting = client.get(reverse("account_email")).content.decode()
    assert "Waiting to be confirmed" in waiting
    (link,) = re.findall(r"https?://[^/\s]+(/account/confirm-email/\S+)", latest_mail().text)
    page = client.get(link).content.decode()
    assert heading(page) == "Confirm the e-mail address"
    assert "ada.new@example.org" in page
    client.post(link)
    ada.refresh_from_db()
    assert ada.email == "ada.new@example.org"


def test_too_many_tries_are_answered_plainly(client: Client, ada: User) -> None:
    for _ in range(40):
        answer = client.post(reverse("account_reset_password"), {"email": ada.email})
        if answer.status_code == 429:
            break
    assert heading(answer.content.decode()) == "Too many tries"
