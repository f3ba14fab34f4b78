"""Pages that run from the right, and those with the longest words, in a browser; a choice by keys."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from clinic import reading
from tests.browser import SMALL_BY_DAY, WIDE_BY_NIGHT, OpenPage, is_sound
from tests.patients.portal.looks import with_pictures
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("language", ["ar", "de"])
def test_pages_are_sound_in_the_other_direction_and_with_the_longest_words(
    world: World, browser_page: OpenPage, language: str
) -> None:
    with_pictures(world)
    for user in (world.patient, world.clinician):
        reading.change(user, language=language)
    page = browser_page(world.patient)
    for name, place in (
        ("today", []),
        ("session", [world.prescription.pk]),
        ("settings", []),
        ("urgent", []),
    ):
        page.goto(reverse(f"portal:{name}", args=place))
        is_sound(page, SMALL_BY_DAY)
    page = browser_page(world.clinician)
    for name, place in (
        ("roster", [world.clinic.pk]),
        ("patient", [world.pat.pk]),
        ("amend", [world.prescription.pk]),
    ):
        page.goto(reverse(f"desk:{name}", args=place))
        is_sound(page, WIDE_BY_NIGHT, SMALL_BY_DAY)


def test_a_visitor_chooses_a_language_by_keys_alone(world: World, browser_page: OpenPage) -> None:
    page = browser_page(locale="de-DE")
    page.goto(reverse("account_login"))
    menu = page.locator("summary", has_text="Deutsch")
    menu.focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="العربية").focus()
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    assert page.url.endswith(reverse("account_login"))
    page.goto(reverse("portal:start"))
    expect(page.locator("html")).to_have_attribute("lang", "ar")
    is_sound(page, SMALL_BY_DAY)


def test_an_arrow_that_leads_on_points_where_the_reader_reads_on(
    world: World, browser_page: OpenPage
) -> None:
    reading.change(world.patient, language="ar")
    page = browser_page(world.patient)
    page.goto(reverse("portal:settings"))
    expect(page.locator(".hw-icon-way").first).to_have_css("transform", "matrix(-1, 0, 0, 1, 0, 0)")
