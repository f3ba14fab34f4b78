"""The roster in a real browser: found while typing, walked by keys, and the keys switched off."""

import re
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser import fits, follow, serious
from tests.patients.caring import make_patients
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_roster_is_searched_while_typing_and_walked_by_keys(world: World, browser_page: Any) -> None:
    make_patients(world, 3)
    page = browser_page(world.clinician)
    page.goto(reverse("desk:roster", args=[world.clinic.pk]) + "?sort=name")
    names = page.locator(".hw-roster .desk-name")
    expect(names).to_have_count(5)
    page.keyboard.press("/")
    expect(page.get_by_label("Name or reference")).to_be_focused()
    page.keyboard.type("more")  # and no letter of it is a key
    expect(names).to_have_count(3)
    expect(page.get_by_role("status").filter(has_text="3 patients")).to_be_visible()
    expect(page).to_have_url(re.compile("q=more"))
    assert serious(page) == []
    assert fits(page)
    # Out of the field its keys are free again; what was typed is looked for once more.
    page.evaluate(
        """() => { window.found = new Promise((done) => {
            document.addEventListener("htmx:afterSettle", () => done(true), {once: true}); }); }"""
    )
    page.keyboard.press("Tab")
    page.evaluate("found")
    page.locator("h1").click()
    page.keyboard.press("j")
    expect(names.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(names.nth(1)).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(names.nth(0)).to_be_focused()
    page.locator("summary", has_text="Keys").click()
    page.get_by_label("Use j, k and / on this device").uncheck()
    names.nth(0).focus()
    page.keyboard.press("j")
    expect(names.nth(0)).to_be_focused()
    name = names.nth(0).inner_text()
    follow(names.nth(0), "Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    assert serious(page) == []
    page.go_back()
    expect(page.get_by_label("Name or reference")).to_have_value("more")
    expect(names).to_have_count(3)
