"""Sign-in by password or by a six-digit code; every mail about it goes through the outbox."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail as sent_mail
from django.test import Client
from django.urls import reverse

from clinic import mail, people
from clinic.models import OutgoingMail, User
from tests.world import PASSWORD, World

EMAILS = Path(settings.BASE_DIR) / "templates" / "emails"


@pytest.fixture
def ann(db: None) -> User:
    return people.create_account(email="ann@example.org", name="Ann", password=PASSWORD)


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def letter() -> str:
    sent_mail.outbox.clear()
    mail.deliver_due()
    return str(sent_mail.outbox[-1].body)


def test_with_e_mail_and_password_in_any_case(ann: User, client: Client) -> None:
    client.post(reverse("account_login"), {"login": "Ann@Example.ORG", "password": PASSWORD})
    assert signed_in(client)


def test_a_wrong_password_says_no_more_than_a_wrong_address(ann: User, client: Client) -> None:
    wrong = client.post(reverse("account_login"), {"login": ann.email, "password": "wrong wrong wrong"})
    unknown = client.post(
        reverse("account_login"), {"login": "eve@example.org", "password": "wrong wrong wrong"}
    )
    assert wrong.context["form"].errors == unknown.context["form"].errors
    assert not signed_in(client)


def test_with_a_code_of_six_digits_in_the_browser_that_asked(ann: User, client: Client) -> None:
    client.post(reverse("account_request_login_code"), {"email": ann.email})
    code = re.search(r"^\d{6}$", letter(), re.MULTILINE)
    assert code is not None

    elsewhere = Client()
    elsewhere.post(reverse("account_confirm_login_code"), {"code": code[0]})
    assert not signed_in(elsewhere)

    client.post(reverse("account_confirm_login_code"), {"code": code[0]})
    assert signed_in(client)


def test_a_code_can_be_guessed_three_times(ann: User, client: Client) -> None:
    client.post(reverse("account_request_login_code"), {"email": ann.email})
    code = re.search(r"^\d{6}$", letter(), re.MULTILINE)
    assert code is not None
    for _ in range(3):
        client.post(reverse("account_confirm_login_code"), {"code": "000000" if code[0] != "000000" else "1"})
    client.post(reverse("account_confirm_login_code"), {"code": code[0]})
    assert not signed_in(client)


def test_asking_for_a_code_does_not_tell_who_has_an_account(ann: User) -> None:
    answers = []
    for email in (ann.email, "eve@example.org"):
        answer = Client().post(reverse("account_request_login_code"), {"email": email}, follow=True)
        answers.append((answer.redirect_chain, answer.status_code))
    assert answers[0] == answers[1]


def test_somebody_without_an_account_is_told_by_mail(client: Client, db: None) -> None:
    client.post(reverse("account_request_login_code"), {"email": "eve@example.org"})
    assert "There is no account with this address" in letter()


@pytest.mark.parametrize("door", ["password", "code"])
def test_somebody_who_is_not_active_does_not_get_in(ann: User, client: Client, door: str) -> None:
    User.objects.filter(pk=ann.pk).update(is_active=False)
    if door == "password":
        client.post(reverse("account_login"), {"login": ann.email, "password": PASSWORD})
    else:
        client.post(reverse("account_request_login_code"), {"email": ann.email})
        mail.deliver_due()
        if sent_mail.outbox and (code := re.search(r"^\d{6}$", str(sent_mail.outbox[-1].body), re.MULTILINE)):
            client.post(reverse("account_confirm_login_code"), {"code": code[0]})
    assert not signed_in(client)


def test_who_is_made_inactive_is_out_at_once(world: World, client: Client) -> None:
    client.force_login(world.clinician)
    page = reverse("desk:roster", args=[world.clinic.pk])
    assert client.get(page).status_code == 200
    User.objects.filter(pk=world.clinician.pk).update(is_active=False)
    assert client.get(page).status_code == 302


def test_nobody_signs_up(client: Client, db: None) -> None:
    client.post(
        reverse("account_signup"),
        {"email": "eve@example.org", "password1": PASSWORD, "password2": PASSWORD},
    )
    assert not User.objects.exists()


def test_a_new_password_by_a_link_from_our_own_address(ann: User, client: Client) -> None:
    client.post(reverse("account_reset_password"), {"email": ann.email}, headers={"host": "localhost"})
    link = next(word for word in letter().split() if word.startswith("http"))
    assert link.startswith(settings.SITE_URL + "/account/password/reset/key/")
    form = client.get(link.removeprefix(settings.SITE_URL), follow=True)
    new = "a whole new phrase"
    client.post(form.redirect_chain[-1][0], {"password1": new, "password2": new})
    ann.refresh_from_db()
    assert ann.check_password(new)
    assert "with a link that was mailed to you" in letter()


def test_a_changed_password_is_told_by_mail(ann: User, client: Client) -> None:
    client.force_login(ann)
    new = "a whole new phrase"
    client.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": new, "password2": new}
    )
    assert "The password of your Holdwell account was changed" in letter()


def test_the_code_is_not_kept_longer_than_it_works(ann: User, client: Client) -> None:
    client.post(reverse("account_request_login_code"), {"email": ann.email})
    row = OutgoingMail.objects.get()
    assert row.expires_at is not None
    assert (row.expires_at - row.created_at).total_seconds() == pytest.approx(600, abs=5)
    assert not re.search(r"\d{6}", row.subject)
    mail.deliver_due()
    row.refresh_from_db()
    assert row.text == ""


def test_every_letter_of_the_sign_in_is_written_in_our_words() -> None:
    """allauth names them; a letter without a template of ours would be an unexpected failure."""
    import allauth.account

    theirs = Path(allauth.account.__file__).parent.parent / "templates" / "account" / "email"
    names = {path.name.removesuffix("_subject.txt") for path in theirs.glob("*_subject.txt")}
    # Sign-up is closed; passwords are reset by a link; the last is sent for keys of a form no longer used.
    names -= {"email_confirmation_signup", "password_reset_code"}
    ours = {path.name.removeprefix("account_").removesuffix(".txt") for path in EMAILS.glob("account_*.txt")}
    assert names <= {name for name in ours if not name.endswith(".subject")}


def test_guesses_are_counted_by_address_and_do_not_lock_out_the_right_person(
    ann: User, client: Client
) -> None:
    for _ in range(30):
        client.post(
            reverse("account_login"),
            {"login": ann.email, "password": "guess"},
            REMOTE_ADDR="198.51.100.7",
        )
    answer: Any = client.post(
        reverse("account_login"), {"login": ann.email, "password": PASSWORD}, REMOTE_ADDR="198.51.100.7"
    )
    assert not signed_in(client), answer
    # By code she gets in at any time.
    client.post(reverse("account_request_login_code"), {"email": ann.email}, REMOTE_ADDR="203.0.113.5")
    code = re.search(r"^\d{6}$", letter(), re.MULTILINE)
    assert code is not None
    client.post(reverse("account_confirm_login_code"), {"code": code[0]}, REMOTE_ADDR="203.0.113.5")
    assert signed_in(client)


def test_signing_out_tells_the_browser_to_clear_what_it_kept(world: World, client: Client) -> None:
    client.force_login(world.patient)
    assert "Clear-Site-Data" not in client.get("/today/").headers
    response = client.post("/account/logout/")
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
