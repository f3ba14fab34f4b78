"""Passkeys with a real browser's own WebAuthn, and an authenticator that the browser plays."""

from base64 import b64encode
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from django.urls import reverse
from playwright.sync_api import CDPSession, Page, expect

from clinic.models import AuditEvent, OutgoingMail, User
from tests.browser import SMALL_BY_NIGHT, WIDE_BY_DAY, OpenPage, follow, is_sound
from tests.world import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def ada(transactional_db: None) -> User:
    user = User.objects.create_user("ada@example.org", PASSWORD, name="Ada Reed")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def device(page: Page) -> tuple[CDPSession, str]:
    """A phone that keeps passkeys and has just recognised its owner."""
    talk = page.context.new_cdp_session(page)
    talk.send("WebAuthn.enable")
    options: dict[str, Any] = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = talk.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return talk, made["authenticatorId"]


def make_passkey(page: Page) -> None:
    page.goto(reverse("mfa_add_webauthn"))
    page.get_by_label("Password").fill(PASSWORD)
    follow(page.get_by_role("button", name="Go on"))
    page.get_by_label("Its name").fill("My phone")
    is_sound(page, WIDE_BY_DAY, SMALL_BY_NIGHT)
    page.get_by_role("button", name="Make a passkey").click()
    expect(page.get_by_text("The passkey is saved.")).to_be_visible()
    expect(page.get_by_text("My phone", exact=True)).to_be_visible()


def sign_in_by_passkey(page: Page) -> None:
    page.goto(reverse("account_login"))
    page.get_by_role("button", name="Use a passkey").click()


def test_a_passkey_is_made_signs_in_and_is_removed(browser_page: OpenPage, ada: User) -> None:
    page = browser_page(ada, phone=True)
    device(page)
    make_passkey(page)
    assert not Authenticator.objects.exclude(type="webauthn").exists()  # no recovery codes with it
    assert OutgoingMail.objects.filter(to=ada.email, subject="A passkey was made").count() == 1

    page.goto(reverse("account_logout"))
    follow(page.get_by_role("main").get_by_role("button", name="Sign out"))
    sign_in_by_passkey(page)
    page.wait_for_url(lambda url: "/account/login" not in url)
    page.goto(reverse("mfa_index"))
    is_sound(page, WIDE_BY_DAY, SMALL_BY_NIGHT)
    expect(page.get_by_text("last used on")).to_be_visible()

    page.get_by_role("link", name="Remove My phone").click()
    page.get_by_role("button", name="Use a passkey").click()  # asked once more who it is
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("The passkey is removed.")).to_be_visible()
    assert not Authenticator.objects.exists()
    told = AuditEvent.objects.filter(actor=ada, verb__startswith="passkey.").values_list("verb", flat=True)
    assert list(told) == ["passkey.removed", "passkey.added"]

    page.goto(reverse("account_logout"))
    follow(page.get_by_role("main").get_by_role("button", name="Sign out"))
    sign_in_by_passkey(page)
    expect(page.get_by_text("This is not the right one.")).to_be_visible()
    page.goto(reverse("mfa_index"))
    assert "/account/login" in page.url


def test_a_passkey_of_somebody_else_opens_nothing(browser_page: OpenPage, ada: User) -> None:
    mallory = User.objects.create_user("mallory@example.org", PASSWORD, name="Mallory")
    page = browser_page(mallory)
    talk, authenticator = device(page)
    make_passkey(page)
    page.context.clear_cookies()
    # The device says that its key is Ada's: the handle is what an attacker can write.
    (kept,) = talk.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})["credentials"]
    talk.send(
        "WebAuthn.removeCredential",
        {"authenticatorId": authenticator, "credentialId": kept["credentialId"]},
    )
    forged = kept | {"userHandle": b64encode(user_pk_to_url_str(ada).encode()).decode()}
    talk.send("WebAuthn.addCredential", {"authenticatorId": authenticator, "credential": forged})
    sign_in_by_passkey(page)
    expect(page.get_by_text("This is not the right one.")).to_be_visible()
    page.goto(reverse("mfa_index"))
    assert "/account/login" in page.url


def test_a_closed_account_is_not_opened_by_its_passkey(browser_page: OpenPage, ada: User) -> None:
    page = browser_page(ada)
    device(page)
    make_passkey(page)
    page.context.clear_cookies()
    User.objects.filter(pk=ada.pk).update(is_active=False)
    sign_in_by_passkey(page)
    expect(page.get_by_role("heading", name="This account is closed")).to_be_visible()


def test_a_sign_in_that_is_cancelled_says_so_and_can_be_tried_again(
    browser_page: OpenPage, ada: User
) -> None:
    page = browser_page()
    talk, authenticator = device(page)
    talk.send("WebAuthn.setUserVerified", {"authenticatorId": authenticator, "isUserVerified": False})
    sign_in_by_passkey(page)
    expect(page.get_by_text("No passkey was used.")).to_be_visible()
    expect(page.get_by_role("button", name="Use a passkey")).to_be_enabled()


def test_at_another_address_than_its_own_no_passkey_is_offered(
    browser_page: OpenPage, ada: User, live_server: Any
) -> None:
    page = browser_page(base_url=live_server.url.replace("localhost", "127.0.0.1"))
    page.goto(reverse("account_login"))
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Use a passkey")).to_be_hidden()
