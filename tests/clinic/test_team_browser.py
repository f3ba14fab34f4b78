"""The team's pages in a real browser: an owner invites, a colleague joins, and every page fits and reads well."""

import re

import pytest
from django.core import mail as sent_mail
from django.urls import reverse
from playwright.sync_api import expect

from clinic import mail, people
from clinic.models import Role, User
from tests.browser import SMALL_BY_NIGHT, WIDE_BY_DAY, OpenPage, is_sound
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_every_page_fits_and_reads_well(world: World, browser_page: OpenPage) -> None:
    _, secret = people.invite(
        world.owner, world.clinic, name="Ann", email="ann@example.org", role=Role.VIEWER
    )
    place = world.viewer.memberships.get()
    page = browser_page(world.owner)
    for name, more in (
        ("team", []),
        ("invite", []),
        ("role", [place.pk]),
        ("end", [place.pk]),
        ("audit", []),
    ):
        page.goto(reverse(f"clinic:{name}", args=[world.clinic.pk, *more]))
        is_sound(page, WIDE_BY_DAY, SMALL_BY_NIGHT)
    page = browser_page()
    page.goto(reverse("clinic:invitation", args=[secret]))
    is_sound(page, WIDE_BY_DAY, SMALL_BY_NIGHT)


def test_an_owner_invites_and_a_colleague_joins_and_sees_the_patients(
    world: World, browser_page: OpenPage
) -> None:
    owner = browser_page(world.owner)
    owner.goto(reverse("desk:roster", args=[world.clinic.pk]))
    owner.get_by_role("link", name="Team").click()
    owner.get_by_role("link", name="Invite a colleague").click()
    owner.get_by_label("Name").fill("Ann Lee")
    owner.get_by_label("E-mail").fill("ann@example.org")
    owner.get_by_role("radio", name=re.compile("^Assistant")).check()
    owner.get_by_role("button", name="Send the invitation").click()
    expect(owner.get_by_role("status")).to_contain_text("Invitation sent to ann@example.org.")

    mail.deliver_due()
    link = re.search(r"http://\S+(/join/\S+)", str(sent_mail.outbox[0].body))
    assert link is not None
    colleague = browser_page(phone=True)
    colleague.goto(link[1])
    colleague.get_by_role("button", name="Accept the invitation").click()
    expect(colleague.get_by_role("link", name="Pat", exact=True)).to_be_visible()
    assert User.objects.get(email="ann@example.org").memberships.get().role == Role.ASSISTANT
