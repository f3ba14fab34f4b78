"""The operators' first page in a real browser, on a bad day: it fits, reads well, and sends again."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from clinic.models import MailState, OutgoingMail
from tests.browser import SMALL_BY_NIGHT, WIDE_BY_DAY, OpenPage, is_sound
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_an_operator_reads_what_is_wrong_and_sends_again(world: World, browser_page: OpenPage) -> None:
    now = timezone.now()
    fields = {"kind": "notice", "to": "pat@example.org", "subject": "A notice", "text": "Hello."}
    OutgoingMail.objects.create(**fields, due_at=now - dt.timedelta(hours=1), error="ConnectionRefusedError")
    row = OutgoingMail.objects.create(
        **fields,
        state=MailState.FAILED,
        unknown_at=now,
        key="critical:9d0c5e8a-7c70-4f9c-9f42-fe0ad2b8a2b2:17",
        error="SMTPRecipientsRefused: {'somebody.with.a.long.name@example.org': (550, b'5.1.1 No such user')}",
    )
    page = browser_page(world.operator)
    page.goto(reverse("operations"))
    expect(page.get_by_role("alert")).to_contain_text("Something has been due for too long: Mails.")
    is_sound(page, WIDE_BY_DAY, SMALL_BY_NIGHT)
    page.get_by_role("button", name="Send again").click()
    expect(page.get_by_role("status")).to_contain_text("It is on its way again.")
    row.refresh_from_db()
    assert row.state == MailState.QUEUED
