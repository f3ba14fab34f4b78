"""The team's pages in a real browser: an owner invites, a colleague joins, and every page fits and reads well."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import mail as sent_mail
from django.urls import reverse
from playwright.sync_api import Page, expect

from clinic import mail, people
from clinic.models import Role, User
from tests.browser import OpenPage
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def reads_well(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    serious = [f"{v['id']}: {v['nodes'][0]['html']}" for v in found if v["impact"] in ("serious", "critical")]
    assert serious == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


@pytest.mark.parametrize(("width", "scheme"), [(320, "dark"), (1280, "light")])
def test_every_page_fits_and_reads_well(
    world: World, browser_page: OpenPage, width: int, scheme: str
) -> None:
    _, secret = people.invite(
        world.owner, world.clinic, name="Ann", email="ann@example.org", role=Role.VIEWER
    )
    place = world.viewer.memberships.get()
    page = browser_page(world.owner, viewport={"width": width, "height": 800}, color_scheme=scheme)
    for name, more in (
        ("team", []),
        ("invite", []),
        ("role", [place.pk]),
        ("end", [place.pk]),
        ("audit", []),
    ):
        page.goto(reverse(f"clinic:{name}", args=[world.clinic.pk, *more]))
        reads_well(page)
    page = browser_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page.goto(reverse("clinic:invitation", args=[secret]))
    reads_well(page)


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
