"""The player by keyboard, for screen readers, without motion, on the smallest phone, by day and by night."""

import json
from collections import defaultdict

import pytest
from playwright.sync_api import expect

from exercises.models import Revision
from tests.browser import SMALL_BY_DAY, SMALL_BY_NIGHT, OpenPage, fits, is_sound
from tests.patients.portal.looks import with_pictures
from tests.patients.portal.phone import REST, STORED, STRETCH, Phone
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_keyboard_alone_is_enough(screened: World, browser_page: OpenPage) -> None:
    phone = Phone(browser_page(screened.patient), screened)
    keys = phone.page.keyboard
    expect(phone.page.get_by_role("heading", name="How is your pain now?")).to_be_focused()
    keys.press("Tab")
    keys.press("Space")  # 0
    keys.press("ArrowRight")
    keys.press("ArrowRight")  # 2
    keys.press("Tab")
    keys.press("Enter")
    expect(phone.part("name")).to_be_focused()
    keys.press("Space")
    expect(phone.part("phase")).to_have_text("Get ready")
    keys.press("ArrowRight")
    expect(phone.part("phase")).to_have_text("Hold")
    phone.after(10)
    keys.press("Space")
    expect(phone.part("phase")).to_have_text("Paused")
    keys.press("Space")
    keys.press("ArrowLeft")
    expect(phone.part("phase")).to_have_text("Get ready")
    phone.after(STRETCH + REST + STRETCH)
    expect(phone.page.get_by_role("heading", name="After the session")).to_be_focused()
    keys.press("Tab")
    keys.press("Space")
    phone.part("after-next").focus()
    keys.press("Enter")
    expect(phone.page.get_by_role("heading", name="4 of 4 sets done")).to_be_visible()


def test_changes_are_announced_politely_and_seconds_are_not(phone: Phone) -> None:
    live = phone.page.locator("[role=status][aria-live=polite][data-part=live]")
    phone.page.evaluate(
        """() => { window.said = []; const live = document.querySelector("[data-part=live]");
            new MutationObserver(() => said.push(live.textContent)).observe(live, {childList: true}); }"""
    )
    phone.start()
    phone.after(STRETCH - 1)
    expect(live).to_have_count(1)
    side = ["Hold for 30 seconds.", "10 seconds left.", "Release slowly."]
    assert phone.page.evaluate("said") == [
        "Get ready. Knee to chest, left side.",
        *side,
        "Change to the right side.",
        "Get ready. Knee to chest, right side.",
        *side,
    ]
    assert phone.part("seconds").get_attribute("aria-live") == "off"


def test_with_reduced_motion_the_ring_moves_once_a_second(screened: World, browser_page: OpenPage) -> None:
    phone = Phone(browser_page(screened.patient, reduced_motion="reduce"), screened)
    phone.start()
    phone.page.evaluate(
        """() => { window.moves = new Set(); const ring = document.querySelector(".hw-ring-run");
            new MutationObserver(() => moves.add(ring.getAttribute("stroke-dasharray")))
                .observe(ring, {attributes: true}); }"""
    )
    phone.after(4.5)
    assert phone.page.evaluate("moves.size") <= 5


# The kind of the step, and all that the figure is drawn from.
FIGURE = """() => {
    const paths = document.querySelectorAll("[data-part='figures'] > :not([hidden]) path");
    const kind = document.querySelector("[data-part='play']").dataset.kind;
    return [kind, [...paths].map((path) => path.getAttribute("d")).join()];
}"""


def figures_of_a_stretch(phone: Phone) -> dict[str, set[str]]:
    """Every picture of the second stretch's first side that was seen, by the kind of step."""
    phone.start()
    phone.press("Skip")
    phone.press("No time")
    phone.press("Skip this stretch")
    expect(phone.part("name")).to_have_text("Lying hamstring stretch")
    seen: dict[str, set[str]] = defaultdict(set)
    before = ""
    for seconds in [0.8] * 8 + [8.0] * 2 + [0.8] * 20:
        kind, figure = phone.page.evaluate(FIGURE)
        if kind == "change":
            break
        if kind == before:  # what is drawn in the very moment of a change belongs to either
            seen[kind].add(figure)
        before = kind
        phone.after(seconds)
    return seen


def test_the_figure_goes_into_the_stretch_and_out_of_it_with_the_patient(phone: Phone) -> None:
    seen = figures_of_a_stretch(phone)
    assert len(seen["hold"]) == 1
    assert len(seen["get_ready"]) > 2
    assert seen["release"] - seen["hold"]


def test_before_the_start_the_figure_shows_the_way_until_it_is_stopped(phone: Phone, screened: World) -> None:
    with_pictures(screened)
    phone.open()
    phone.begin()

    def figures() -> set[str]:
        seen = set()
        for _second in range(4):
            seen.add(phone.page.evaluate(FIGURE)[1])
            phone.after(1)
        return seen

    assert len(figures()) > 2
    phone.press("Stop the movement")
    assert len(figures()) == 1
    expect(phone.page.get_by_role("button", name="Show the movement", exact=True)).to_be_visible()
    phone.press("Start")
    expect(phone.part("moving")).to_be_hidden()


def test_the_words_say_how_to_go_into_the_stretch_while_the_figure_does(
    phone: Phone, screened: World
) -> None:
    steps = [{"kind": "get_ready", "text": "Lie down."}, {"kind": "move", "text": "Draw the knee in."}]
    Revision.objects.filter(name="Knee to chest").update(steps=steps)
    phone.open()
    phone.start()
    phone.after(1)
    expect(phone.part("advice")).to_have_text("Lie down.")
    phone.after(1)
    expect(phone.part("advice")).to_have_text("Draw the knee in.")


def test_with_reduced_motion_both_positions_stand_and_the_one_to_be_in_is_marked(
    screened: World, browser_page: OpenPage
) -> None:
    phone = Phone(browser_page(screened.patient, reduced_motion="reduce"), screened)
    seen = figures_of_a_stretch(phone)
    assert len(seen["get_ready"] | seen["hold"] | seen["release"]) == 1
    phone.press("Back")
    place = phone.part("figures").locator("div:not([hidden])")
    expect(place.locator("svg")).to_have_count(2)
    for kind, now in (("get_ready", "start"), ("hold", "held"), ("release", "start")):
        for _half in range(80):
            if phone.part("play").get_attribute("data-kind") == kind:
                break
            phone.after(0.5)
        assert place.get_attribute("data-now") == now


def test_a_stretch_without_a_figure_is_told_in_words(phone: Phone, screened: World) -> None:
    Revision.objects.filter(name="Knee to chest").update(
        alt_start="Lie down.", alt_held="A knee is drawn in."
    )
    phone.open()
    phone.start()
    expect(phone.part("figures")).to_contain_text("Lie down. A knee is drawn in.")


def test_sounds_are_switched_off_for_good(phone: Phone) -> None:
    phone.begin()
    phone.press("Settings")
    phone.page.get_by_label("A voice that says what comes").uncheck()
    phone.page.get_by_label("Wait for me before each stretch").check()
    phone.press("Close")
    phone.open()
    phone.begin()
    phone.press("Settings")
    expect(phone.page.get_by_label("A voice that says what comes")).not_to_be_checked()
    expect(phone.page.get_by_label("Tones at every change")).to_be_checked()
    phone.press("Close")
    phone.press("Start")
    phone.after(STRETCH + REST + 5)
    expect(phone.part("toggle")).to_have_text("Start this stretch")


def test_axe_finds_nothing_serious_and_nothing_is_too_wide_or_too_small(
    screened: World, browser_page: OpenPage
) -> None:
    with_pictures(screened)
    page = browser_page(screened.patient, viewport={"width": 320, "height": 640}, has_touch=True)
    phone = Phone(page, screened)

    def fine(stage: str) -> None:
        is_sound(page, SMALL_BY_DAY, SMALL_BY_NIGHT)
        small = page.evaluate(
            """() => [...document.querySelectorAll(".player button, .player a.btn, .hw-scale-step, .hw-choice")]
                .filter((it) => it.checkVisibility({visibilityProperty: true}))
                .map((it) => [it.textContent.trim(), it.getBoundingClientRect()])
                .filter(([, box]) => box.height < 44 || box.width < 37)
                .map(([text]) => text)"""
        )
        assert small == [], stage

    fine("before")
    phone.begin()
    fine("ready")
    phone.press("Start")
    fine("get ready")
    phone.after(10)
    fine("hold")
    for act, close in (("Skip", "Do not skip"), ("It hurts", "Back to the stretch"), ("How", "Close")):
        phone.press(act)
        fine(act)
        phone.press(close)
    phone.press("End")
    phone.press("End the session")
    fine("after")
    phone.finish()
    page.wait_for_url("**/sessions/done/**")
    is_sound(page, SMALL_BY_DAY, SMALL_BY_NIGHT)


# The parts that do not lie on the screen in whole.
OUT_OF_SIGHT = """(parts) => parts.filter((part) => {
    const box = document.querySelector(part).getBoundingClientRect();
    return !box.height || box.top < 0 || box.left < 0 || box.bottom > innerHeight || box.right > innerWidth;
})"""
FIGURE_SHOWN = "[data-part='figures'] > [data-side]:not([hidden]) svg"


@pytest.mark.parametrize("size", [(844, 390), (640, 450), (390, 844)])
def test_figure_number_and_buttons_are_seen_at_once_lying_and_enlarged(
    screened: World, browser_page: OpenPage, size: tuple[int, int]
) -> None:
    with_pictures(screened)
    page = browser_page(screened.patient, viewport={"width": size[0], "height": size[1]})
    phone = Phone(page, screened)
    phone.begin()
    assert page.evaluate(OUT_OF_SIGHT, [FIGURE_SHOWN, "[data-part='toggle']"]) == []
    phone.press("Start")
    phone.after(10)
    parts = [FIGURE_SHOWN, ".play .hw-ring-svg", "[data-part='seconds']", "[data-part='controls']"]
    assert page.evaluate(OUT_OF_SIGHT, parts) == []
    covered = page.evaluate(
        """() => document.querySelector("[data-part='seconds']").getBoundingClientRect().bottom
            - document.querySelector(".play-bar").getBoundingClientRect().top"""
    )
    assert covered <= 0


def test_a_phone_enlarged_twice_scrolls_down_only(screened: World, browser_page: OpenPage) -> None:
    with_pictures(screened)
    page = browser_page(screened.patient, viewport={"width": 195, "height": 422})
    phone = Phone(page, screened)
    phone.begin()
    assert page.evaluate("scrollY") == 0
    assert fits(page)
    phone.press("Start")
    phone.after(10)
    assert fits(page)
    assert page.evaluate(OUT_OF_SIGHT, [FIGURE_SHOWN, "[data-part='seconds']"]) == []


def test_what_is_stored_on_the_way_names_nobody_and_no_stretch(phone: Phone, screened: World) -> None:
    phone.start()
    phone.after(20)
    stored = phone.page.evaluate(STORED)
    for personal in ("Pat", "pat@example.org", "Knee", "Holdwell Practice"):
        assert personal not in stored
    assert json.loads("[" + stored + "]")
