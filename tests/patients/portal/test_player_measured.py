"""What the player measures and what it costs, in a real browser with the real time (docs/rules.md 5)."""

import gzip
import json
import time
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser import OpenPage
from tests.patients.portal.looks import with_pictures
from tests.patients.portal.phone import STORED, Phone
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TOLERANCE = 0.25  # s
FIRST_SCREEN = 150_000  # bytes over the network
NOW = "performance.timeOrigin + performance.now()"


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def begin_holding(page: Page, world: World) -> None:
    """A session by the browser's own clocks, in its first hold at once: without a time to get ready."""
    page.goto(Phone.address_of(world))
    page.locator("label:has(input[name=pain_before][value='2'])").click()
    press(page, "Continue")
    press(page, "Settings")
    page.get_by_label("Time to get ready").select_option("Off")
    press(page, "Close")
    page.evaluate(
        f"""() => document.querySelector("[data-part='toggle']").addEventListener("click", () => {{
            (window.pressed ??= []).push({NOW}); }}, {{capture: true}})"""
    )
    press(page, "Start")
    expect(page.locator("[data-part='phase']")).to_have_text("Hold")


def held(page: Page) -> float:
    """s held so far, as the player keeps them on the device."""
    (kept,) = (entry for entry in json.loads(f"[{page.evaluate(STORED)}]") if "state" in entry)
    return sum(kept["state"]["held"].values()) / 1000


def test_a_hold_is_as_long_as_the_wall_says_though_the_tab_was_hidden_for_a_part(
    screened: World, browser_page: OpenPage
) -> None:
    page = browser_page(screened.patient, phone=True)
    begin_holding(page, screened)
    page.wait_for_timeout(400)
    other = page.context.new_page()  # in front of it
    other.goto("about:blank")
    other.bring_to_front()
    chrome = page.context.new_cdp_session(page)
    chrome.send("Page.setWebLifecycleState", {"state": "frozen"})  # no timer of its runs
    time.sleep(1.5)
    chrome.send("Page.setWebLifecycleState", {"state": "active"})
    page.bring_to_front()
    page.wait_for_timeout(300)
    press(page, "Pause")
    started, paused = page.evaluate("pressed")
    assert paused - started > 2000
    assert abs(held(page) - (paused - started) / 1000) < TOLERANCE


def test_a_clock_that_is_set_by_a_day_on_the_way_pauses_and_spoils_neither_hold_nor_session(
    screened: World, browser_page: OpenPage
) -> None:
    page = browser_page(screened.patient, phone=True)
    begin_holding(page, screened)
    page.wait_for_timeout(300)
    page.evaluate("() => { const now = Date.now; Date.now = () => now() + 86_400_000; }")
    expect(page.get_by_role("heading", name="A session is not finished")).to_be_focused()
    assert held(page) < 20  # and not the whole of the hold, as by the clock on the wall
    press(page, "Go on with it")
    expect(page.locator("[data-part='phase']")).to_contain_text("its clock was changed")
    press(page, "Go on")
    page.wait_for_timeout(1200)  # a set with less than a second has nothing to keep
    press(page, "End")
    press(page, "End the session")
    page.locator("label:has(input[name=pain_after][value='1'])").click()
    press(page, "Save session")
    expect(page.get_by_role("heading", name="0 of 4 sets done")).to_be_visible()
    session = screened.prescription.sessions.get()
    assert session.ended_at
    assert (session.ended_at - session.started_at).total_seconds() < 3600


def test_the_first_screen_of_a_session_is_light(screened: World, browser_page: OpenPage) -> None:
    """Compressed as in production, by GZipMiddleware and whitenoise: the test's server sends files as they are."""
    with_pictures(screened)
    page = browser_page(screened.patient, phone=True)
    answers: list[Any] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(Phone.address_of(screened))
    expect(page.get_by_role("heading", name="How is your pain now?")).to_be_visible()
    page.wait_for_load_state("networkidle")
    sizes = {answer.url: len(gzip.compress(answer.body(), 6)) for answer in answers}
    assert len(sizes) > 10
    assert sum(sizes.values()) <= FIRST_SCREEN, sizes


def test_no_module_of_the_player_waits_for_another_to_name_it(
    screened: World, browser_page: OpenPage
) -> None:
    """Each is asked for by the page itself: on a phone's network every further round would be felt.

    What looks after the copies on the device (js/portal) is in no hurry.
    """
    page = browser_page(screened.patient, phone=True)
    page.goto(Phone.address_of(screened))
    expect(page.get_by_role("heading", name="How is your pain now?")).to_be_visible()
    loaded = page.evaluate(
        """() => performance.getEntriesByType("resource").map((it) => new URL(it.name).pathname)
            .filter((path) => path.includes("/js/") && !path.includes("/js/portal/"))"""
    )
    named = page.evaluate(
        """() => [...document.querySelectorAll("link[rel=modulepreload], script[src]")]
            .map((it) => new URL(it.href ?? it.src).pathname)"""
    )
    assert set(loaded) == set(named)
    assert len(named) == len(set(named))
