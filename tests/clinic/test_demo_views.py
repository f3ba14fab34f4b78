"""The demo's own pages, and that no other installation has them."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.demo import DEMO_ACCOUNTS
from clinic.models import User
from tests.clinic.test_mailbox import send
from tests.world import World


@pytest.fixture(autouse=True)
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.EMAIL_FILE_PATH = str(tmp_path / "mail")
    return tmp_path / "mail"


@pytest.fixture
def demo_clinician(db: None) -> User:
    return User.objects.create_user("clinician@demo.holdwell.invalid", "holdwell-demo", name="Mira Holt")


def the_only_letter(client: Client) -> str:
    (letter,) = client.get(reverse("demo:letters")).context["letters"]
    return str(letter.id)


def test_outside_the_demo_none_of_its_pages_exists(
    client: Client, settings: Any, folder: Path, db: None
) -> None:
    send(folder, "Hello", "ada@example.org", html="<p>x</p>")
    letter = the_only_letter(client)
    settings.DEMO = False
    for name, args in [
        ("letters", []),
        ("letter", [letter]),
        ("letter_html", [letter]),
        ("components", []),
        ("sign_in", []),
    ]:
        assert client.get(reverse(f"demo:{name}", args=args)).status_code == 404
    posted = client.post(reverse("demo:sign_in"), {"email": "clinician@demo.holdwell.invalid"})
    assert posted.status_code == 404


def test_the_sign_in_page_offers_one_button_a_role_in_the_demo_only(
    client: Client, settings: Any, db: None
) -> None:
    page = client.get(reverse("account_login")).content.decode()
    assert all(f'value="{account.email}"' in page for account in DEMO_ACCOUNTS)
    settings.DEMO = False
    assert "holdwell.invalid" not in client.get(reverse("account_login")).content.decode()


def test_one_press_signs_in_as_the_role(client: Client, demo_clinician: User) -> None:
    answer = client.post(reverse("demo:sign_in"), {"email": demo_clinician.email})
    assert answer.status_code == 302
    assert client.session["_auth_user_id"] == str(demo_clinician.pk)


def test_a_get_signs_nobody_in(client: Client, demo_clinician: User) -> None:
    assert client.get(reverse("demo:sign_in"), {"email": demo_clinician.email}).status_code == 405
    assert "_auth_user_id" not in client.session


def test_nobody_but_the_demo_accounts_can_be_chosen(
    client: Client, world: World, demo_clinician: User
) -> None:
    for email in (world.owner.email, "", "owner@demo.holdwell.invalid"):  # the last was never made here
        answer = client.post(reverse("demo:sign_in"), {"email": email})
        assert answer.url == reverse("account_login")  # type: ignore[attr-defined]
        assert "_auth_user_id" not in client.session
    demo_clinician.is_active = False
    demo_clinician.save()
    client.post(reverse("demo:sign_in"), {"email": demo_clinician.email})
    assert "_auth_user_id" not in client.session


def test_the_mailbox_lists_what_was_written_and_can_be_asked_for_one_recipient(
    client: Client, folder: Path, db: None
) -> None:
    assert "No mail yet" in client.get(reverse("demo:letters")).content.decode()
    send(folder, "To Ada", "ada@example.org")
    send(folder, "To Bela", "bela@example.org")
    page = client.get(reverse("demo:letters"), {"to": "ada@example.org"}).content.decode()
    assert "To Ada" in page
    assert "To Bela" not in page
    assert "bela@example.org" in page  # still to be chosen


def test_the_list_refreshes_itself_until_it_is_told_to_stop(client: Client, db: None) -> None:
    page = client.get(reverse("demo:letters")).content.decode()
    assert 'hx-trigger="every 4s"' in page
    assert "hx-trigger" not in client.get(reverse("demo:letters"), {"still": ""}).content.decode()
    part = client.get(reverse("demo:letters"), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in part


def test_the_links_of_a_letter_can_be_followed(client: Client, folder: Path, db: None) -> None:
    send(folder, "Hello", "ada@example.org", text="Open http://127.0.0.1:8000/today/ please <script>")
    page = client.get(reverse("demo:letter", args=[the_only_letter(client)])).content.decode()
    assert '<a href="http://127.0.0.1:8000/today/" rel="nofollow">' in page
    assert "&lt;script&gt;" in page


def test_the_html_of_a_letter_is_shut_into_a_sandbox(client: Client, folder: Path, db: None) -> None:
    send(folder, "Hello", "ada@example.org", html="<html><head></head><body>Hello</body></html>")
    letter = the_only_letter(client)
    answer = client.get(reverse("demo:letter_html", args=[letter]))
    policy = answer["Content-Security-Policy"].split("; ")
    assert "sandbox allow-popups allow-popups-to-escape-sandbox" in policy
    assert "default-src 'none'" in policy
    assert "script-src 'none'" in policy
    assert "style-src 'unsafe-inline'" in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert b'<head><base target="_blank"></head>' in answer.content
    frame = client.get(reverse("demo:letter", args=[letter]))
    assert "frame-src 'self'" in frame["Content-Security-Policy"]
    assert "unsafe-inline" not in frame["Content-Security-Policy"]


def test_no_other_page_may_frame_or_be_framed(client: Client, db: None) -> None:
    answer = client.get(reverse("demo:letters"))
    assert "frame-src" not in answer["Content-Security-Policy"]
    assert answer["X-Frame-Options"] == "DENY"


def test_what_is_not_in_the_mailbox_is_not_found(client: Client, folder: Path, db: None) -> None:
    send(folder, "Text only", "ada@example.org")
    for name, letter in [
        ("letter", "nothing"),
        ("letter_html", "nothing"),
        ("letter_html", the_only_letter(client)),
    ]:
        assert client.get(reverse(f"demo:{name}", args=[letter])).status_code == 404


def test_every_component_is_on_one_page(client: Client, db: None) -> None:
    page = client.get(reverse("demo:components")).content.decode()
    assert ' style="' not in page
    for component in (
        "hw-band",
        "hw-strip",
        "hw-line",
        "hw-meter",
        "hw-scale",
        "hw-ring",
        "hw-empty",
        "hw-patient",
    ):
        assert component in page
