"""My data on a phone: asked who it is, downloaded, asked to be deleted; and the owner's answer at the desk."""

import zipfile

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from patients.models import Patient
from tests.browser import SMALL_BY_NIGHT, WIDE_BY_DAY, WIDE_BY_NIGHT, OpenPage, follow, is_sound
from tests.world import PASSWORD, World, make_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def world(transactional_db: None) -> World:
    return make_world()


def download(page: Page) -> list[str]:
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Download my data").click()
    with zipfile.ZipFile(waiting.value.path()) as packed:
        return packed.namelist()


def test_the_data_is_taken_along_and_then_asked_to_be_deleted(browser_page: OpenPage, world: World) -> None:
    page = browser_page(world.patient, phone=True)
    page.goto(reverse("portal:settings"))
    page.get_by_role("link", name="My data").click()
    page.get_by_label("Password").fill(PASSWORD)
    follow(page.get_by_role("button", name="Go on"))
    is_sound(page, SMALL_BY_NIGHT, WIDE_BY_DAY)
    assert "1-holdwell-practice/everything.json" in download(page)
    assert "README.txt" in download(page)  # the page stays, and gives it again

    follow(page.get_by_role("link", name="Ask"))
    is_sound(page, SMALL_BY_NIGHT)
    page.keyboard.press("Tab")
    page.get_by_label("Do you want to say something about it?").fill("I have moved.")
    page.get_by_role("button", name="Ask for deletion").press("Enter")
    expect(page.get_by_text("You can take it back until they have answered.")).to_be_visible()

    desk = browser_page(world.owner, allowed=("422",))
    desk.goto(reverse("desk:roster", args=[world.clinic.pk]))
    desk.get_by_role("link", name="Look at it and answer").click()
    follow(desk.get_by_role("link", name="Answer Pat"))
    is_sound(desk, WIDE_BY_DAY, WIDE_BY_NIGHT, SMALL_BY_NIGHT)
    desk.get_by_label("The patient's name").fill("pad")
    desk.get_by_role("button", name="Delete for good").click()
    expect(desk.get_by_text("Type the patient's name as it stands above.").last).to_be_visible()
    desk.get_by_label("The patient's name").fill("Pat")
    desk.get_by_role("button", name="Delete for good").click()
    expect(desk.get_by_text("The record of Pat is deleted.")).to_be_visible()
    assert not Patient.objects.filter(pk=world.pat.pk).exists()

    page.goto(reverse("portal:today"))
    assert "/account/login" in page.url
