"""The components and the open pages in a real browser: nothing serious for axe, nothing wider than a phone."""

import pytest
from playwright.sync_api import expect

from tests.browser import WIDE_BY_DAY, WIDE_BY_NIGHT, OpenPage, is_sound

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGES = ["/demo/components/", "/account/login/", "/account/login/code/", "/demo/mailbox/"]


@pytest.mark.parametrize("address", PAGES)
def test_axe_finds_nothing_serious(browser_page: OpenPage, address: str) -> None:
    page = browser_page()
    page.goto(address)
    is_sound(page, WIDE_BY_DAY, WIDE_BY_NIGHT)


@pytest.mark.parametrize("address", PAGES)
def test_nothing_is_wider_than_the_smallest_phone(browser_page: OpenPage, address: str) -> None:
    page = browser_page(viewport={"width": 320, "height": 640})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_sign_in_can_be_done_by_keyboard_alone(browser_page: OpenPage) -> None:
    page = browser_page()
    page.goto("/account/login/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.name") == "login"


def test_what_can_be_pressed_on_a_phone_is_large_enough(browser_page: OpenPage) -> None:
    page = browser_page(phone=True)
    page.goto("/account/login/")
    small = page.evaluate(
        """() => [...document.querySelectorAll("main a, main button, main input:not([type=hidden])")]
            .filter((it) => it.getBoundingClientRect().height < 44 && !it.closest("p"))
            .map((it) => it.outerHTML)"""
    )
    assert small == []


def test_a_changed_form_asks_before_it_is_left_and_a_sent_one_does_not(browser_page: OpenPage) -> None:
    page = browser_page()
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto("/demo/components/")
    page.fill("#id_name", "Ada")
    page.goto("/account/login/")
    assert asked == ["beforeunload"]
    page.goto("/account/login/")
    assert asked == ["beforeunload"]


def test_a_menu_closes_by_escape_and_by_a_press_elsewhere(browser_page: OpenPage) -> None:
    page = browser_page()
    page.goto("/demo/components/")
    menu = page.locator("details[data-menu]").first
    menu.locator("summary").click()
    page.keyboard.press("Escape")
    expect(menu).not_to_have_attribute("open", "")
    menu.locator("summary").click()
    page.locator("h1").click()
    expect(menu).not_to_have_attribute("open", "")


def test_the_scale_is_worked_by_arrow_keys(browser_page: OpenPage) -> None:
    page = browser_page()
    page.goto("/demo/components/")
    page.focus("#id_pain_0")
    page.keyboard.press("Space")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(page.locator("#id_pain_3")).to_be_checked()
