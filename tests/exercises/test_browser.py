"""The library in a real browser: readable by everybody, and a draft taken through its review by two people."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from exercises import publishing, shipping
from exercises.models import Exercise
from tests.browser import SMALL_BY_NIGHT, WIDE_BY_DAY, is_sound
from tests.exercises.making import WHOLE
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_shelf_and_a_stretch_are_accessible_and_fit(world: World, browser_page: Any) -> None:
    Exercise.objects.filter(slug="knee-to-chest").update(slug="of-the-cast", retired_at=timezone.now())
    shipping.load()
    page = browser_page(world.viewer)
    page.goto(reverse("exercises:list"))
    is_sound(page, WIDE_BY_DAY, SMALL_BY_NIGHT)
    page.get_by_role("link", name="Knee to chest", exact=True).click()
    expect(page.get_by_role("img", name="Knee to chest, left side: start, then held")).to_be_visible()
    is_sound(page, WIDE_BY_DAY, SMALL_BY_NIGHT)


def test_a_search_narrows_the_shelf_by_keyboard(world: World, browser_page: Any) -> None:
    shipping.load()
    page = browser_page(world.clinician)
    page.goto(reverse("exercises:list"))
    page.get_by_label("Name, synonym or muscle").focus()
    page.keyboard.type("figure-four")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2)).to_have_text(["Piriformis stretch"])


def test_two_people_take_a_draft_to_the_shelf(world: World, browser_page: Any) -> None:
    publishing.create_exercise(world.curator, clinic=None, slug="sphinx", content=WHOLE)
    curator = browser_page(world.curator)
    curator.goto(reverse("exercises:list"))
    curator.get_by_role("link", name="Draft", exact=True).click()
    curator.get_by_role("link", name="Sphinx", exact=True).click()
    is_sound(curator, WIDE_BY_DAY)
    curator.get_by_role("button", name="Hand in for review").click()
    expect(curator.get_by_role("status")).to_contain_text("Handed in")

    reviewer = browser_page(world.reviewer)
    reviewer.goto(reverse("exercises:list") + "?state=in_review")
    reviewer.get_by_role("link", name="Sphinx", exact=True).click()
    reviewer.get_by_role("button", name="Publish").click()
    expect(reviewer.get_by_role("status")).to_contain_text("Published.")

    reader = browser_page(world.viewer)
    reader.goto(reverse("exercises:list"))
    expect(reader.get_by_role("link", name="Sphinx", exact=True)).to_be_visible()
