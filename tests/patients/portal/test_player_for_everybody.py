"""The player by keyboard, for screen readers, without motion, on the smallest phone, by day and by night."""

import json
import re
from collections import defaultdict

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, expect

from clinic import reading
from exercises.models import Revision
from tests.browser import SMALL_BY_DAY, SMALL_BY_NIGHT, OpenPage, fits, is_sound
from tests.patients.portal.looks import with_pictures
from tests.patients.portal.phone import REST, STORED, STRETCH, Phone, answer
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
    phone.after(STRETCH - 2.5)
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
    assert phone.page.evaluate("moves.size") <= 10


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
    assert len(seen["get_ready"]) > 1
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
    expect(phone.part("advice")).to_have_text("Lie down.")
    phone.after(2)
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


# What is smaller than a finger (44 px, product-wide in the player), by its words. A number of a scale may be narrower.
TOO_SMALL = """() => [...document.querySelectorAll(
        ".player button, .player a.btn, .player select, .play-switch, .hw-scale-step, .hw-choice, .player .hw-toggle")]
    .filter((it) => it.checkVisibility({visibilityProperty: true}))
    .map((it) => [it.textContent.trim() || it.name, it.getBoundingClientRect(), it.matches(".hw-scale-step")])
    .filter(([, box, scale]) => box.height < 44 || box.width < (scale ? 37 : 44))
    .map(([text, box]) => `${text} ${box.width} ${box.height}`)"""


def is_fine(page: Page, stage: str, look: tuple[int, str] = SMALL_BY_DAY) -> None:
    """Nothing serious for axe and nothing too wide; every target a finger's size."""
    is_sound(page, look)
    assert page.evaluate(TOO_SMALL) == [], stage


def small_phone(world: World, browser_page: OpenPage) -> Phone:
    with_pictures(world)
    page = browser_page(world.patient, viewport={"width": 320, "height": 640}, has_touch=True)
    return Phone(page, world)


def test_every_stage_is_sound_and_within_a_fingers_reach(screened: World, browser_page: OpenPage) -> None:
    phone = small_phone(screened, browser_page)
    page = phone.page
    is_fine(page, "before")
    phone.begin(pain=7)
    is_fine(page, "safety", SMALL_BY_NIGHT)
    answer(phone)
    is_fine(page, "high", SMALL_BY_NIGHT)
    phone.press("Go on gently")
    is_fine(page, "ready")
    phone.press("Start")
    is_fine(page, "get ready")
    phone.press("End")
    is_fine(page, "stop", SMALL_BY_NIGHT)
    phone.press("End the session")
    is_fine(page, "nothing", SMALL_BY_NIGHT)
    phone.press("Begin again")
    phone.press("Start")
    phone.after(10)
    is_fine(page, "hold", SMALL_BY_NIGHT)
    phone.press("End")
    phone.press("End the session")
    is_fine(page, "after")
    phone.finish()
    page.wait_for_url("**/sessions/done/**")
    is_sound(page, SMALL_BY_NIGHT)


def test_every_question_over_the_player_is_sound_and_within_a_fingers_reach(
    screened: World, browser_page: OpenPage
) -> None:
    phone = small_phone(screened, browser_page)
    phone.start()
    phone.after(10)
    for act, close in (("Settings", "Close"), ("How", "Close"), ("It hurts", "Back to the stretch")):
        phone.press(act)
        is_fine(phone.page, act)
        phone.press(close)
    phone.press("Skip")
    is_fine(phone.page, "skip")
    phone.press("Too hard")
    is_fine(phone.page, "tip", SMALL_BY_NIGHT)
    phone.press("Go on with it")
    phone.press("It hurts")
    phone.rate("pain_now", 6)
    phone.press("Continue")
    is_fine(phone.page, "offer")


def test_urgent_care_and_what_waits_on_the_device_are_sound(world: World, browser_page: OpenPage) -> None:
    page = browser_page(
        world.patient, allowed=("Failed to load resource",), viewport={"width": 320, "height": 640}
    )
    phone = Phone(page, world)
    page.evaluate(f"() => {{ {AXE_SCRIPT} }}")  # while there is a network
    page.context.set_offline(True)
    phone.begin()
    answer(phone, yes="leg_weakness")
    is_fine(page, "urgent")


# --- Focus, status, errors


def test_the_focus_is_never_lost(phone: Phone, screened: World) -> None:
    """A button that was pressed and is gone hands it on; each stage and question takes it to its beginning."""
    phone.rate("pain_before", 2)
    phone.part("before-next").press("Enter")
    expect(phone.part("name")).to_be_focused()
    phone.part("toggle").press("Enter")
    expect(phone.part("toggle")).to_be_focused()
    phone.part("next").press("Enter")  # "Ready now" goes with the get ready
    expect(phone.part("toggle")).to_be_focused()
    phone.after(1)
    phone.part("enough").press("Enter")
    expect(phone.part("toggle")).to_be_focused()
    phone.part("skip").press("Enter")
    phone.page.get_by_role("button", name="Not sure how", exact=True).press("Enter")
    expect(phone.part("tip-words")).to_be_focused()
    phone.page.get_by_role("button", name="Skip this stretch", exact=True).press("Enter")
    expect(phone.part("skip")).to_be_focused()
    expect(phone.part("name")).to_have_text("Lying hamstring stretch")
    phone.after(STRETCH)
    expect(phone.page.get_by_role("heading", name="After the session")).to_be_focused()


def test_a_missing_answer_is_said_at_its_place_and_gone_once_given(phone: Phone) -> None:
    for name in ("before", "pain", "after"):
        if name == "pain":
            phone.press("Start")
            phone.after(8)
            phone.press("It hurts")
        if name == "after":
            phone.press("End")
            phone.press("End the session")
        missing = phone.part(f"{name}-missing")
        expect(missing).to_be_hidden()
        phone.part(f"{name}-next").press("Enter")
        expect(missing).to_be_focused()
        expect(missing).to_have_text("Choose a number from 0 to 10.")
        field = {"before": "pain_before", "pain": "pain_now", "after": "pain_after"}[name]
        described = phone.page.locator(f"fieldset:has(input[name={field}])").get_attribute("aria-describedby")
        assert missing.get_attribute("id") == described
        phone.rate(field, 1)
        phone.part(f"{name}-next").press("Enter")
        expect(missing).to_be_hidden()


def test_an_answer_counts_before_the_next_frame(phone: Phone) -> None:
    """A browser says that a dialog is closed with its next frame; who presses again before it would ask anew."""
    phone.start()
    phone.after(8)
    phone.press("End")
    stage = phone.page.locator("[data-part=stop-dialog] [value=stop]").evaluate(
        """async (end) => {
            end.click();
            for (let turn = 0; turn < 20; turn++) await null;
            return document.querySelector("[data-player]").dataset.at;
        }"""
    )
    assert stage == "after"
    expect(phone.part("stop-dialog")).to_be_hidden()


# --- Timing (WCAG 2.2.1): every time limit of the player can be lengthened, or switched off


def test_getting_ready_and_resting_take_as_long_as_the_patient_wants(phone: Phone) -> None:
    phone.begin()
    phone.press("Settings")
    phone.page.get_by_label("Time to get ready").select_option("30 seconds")
    phone.page.get_by_label("Rest", exact=True).select_option("Off")
    phone.press("Close")
    phone.press("Start")
    phone.after(15)
    expect(phone.part("phase")).to_have_text("Get ready")
    phone.press("More time")
    phone.after(16)
    expect(phone.part("phase")).to_have_text("Get ready")
    phone.press("Ready now")
    phone.after(33 + 5 + 30 + 33 + 1)
    expect(phone.part("name")).to_have_text("Lying hamstring stretch")
    expect(phone.part("phase")).to_have_text("Get ready")  # no rest
    phone.open()
    phone.press("Go on")
    expect(phone.part("seconds")).to_have_text(re.compile("^(2[0-9]|30)$"))  # it is kept


def test_whoever_goes_on_in_the_middle_of_a_hold_gets_ready_first(phone: Phone) -> None:
    phone.start()
    phone.after(5 + 12)
    phone.press("Pause")
    phone.press("Go on")
    expect(phone.part("phase")).to_have_text("Get ready")
    phone.after(5.2)
    expect(phone.part("phase")).to_have_text("Hold")
    expect(phone.part("seconds")).to_have_text(re.compile("^1[678]$"))
    phone.press("Easier")
    expect(phone.part("phase")).to_have_text("Get ready")
    expect(phone.part("advice")).to_have_text("Hold behind the thigh.")


# --- Sound


def test_a_voice_of_the_patients_language_speaks_and_none_of_another(
    screened: World, browser_page: OpenPage
) -> None:
    page = browser_page(screened.patient, phone=True)
    page.add_init_script(
        """(() => {
            const voices = ["de-DE", "en-GB"].map((lang) => ({lang, localService: true, name: lang}));
            window.spoken = [];
            window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
            const speak = (speech) => spoken.push([speech.voice.lang, speech.text]);
            Object.defineProperty(window, "speechSynthesis",
                {value: {getVoices: () => window.voices ?? voices, speak, cancel() {}}});
        })()"""
    )
    phone = Phone(page, screened)
    phone.start()
    phone.after(6)
    left = "Get ready. Knee to chest, left side."
    assert page.evaluate("spoken") == [["en-GB", left], ["en-GB", "Hold for 30 seconds."]]
    page.evaluate("() => { window.spoken = []; window.voices = [{lang: 'de-DE', localService: true}]; }")
    phone.press("Settings")
    expect(page.get_by_text("This device has no voice that speaks English.")).to_be_visible()
    phone.press("Close")
    phone.after(60)
    assert page.evaluate("spoken") == []


def test_the_screen_is_kept_on_while_a_session_runs_and_again_on_return(
    screened: World, browser_page: OpenPage
) -> None:
    page = browser_page(screened.patient, phone=True)
    page.add_init_script(
        """(() => {
            window.locks = [];
            const request = async () => {
                const lock = {on: true, release: async () => { lock.on = false; }};
                locks.push(lock);
                return lock;
            };
            Object.defineProperty(navigator, "wakeLock", {value: {request}});
        })()"""
    )
    phone = Phone(page, screened)
    phone.start()
    assert page.evaluate("locks.map((lock) => lock.on)") == [True]
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # the browser let go meanwhile
    assert page.evaluate("locks.length") == 2
    phone.press("Pause")
    assert page.evaluate("locks.at(-1).on") is False
    phone.press("Settings")
    page.get_by_label("Keep the screen on").uncheck()
    phone.press("Close")
    phone.press("Go on")
    assert page.evaluate("locks.length") == 2


# --- Other screens


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


@pytest.mark.parametrize("width", [320, 360])
def test_a_small_phone_with_large_text_scrolls_down_only(
    screened: World, browser_page: OpenPage, width: int
) -> None:
    reading.change(screened.patient, large_text=True)
    with_pictures(screened)
    page = browser_page(screened.patient, viewport={"width": width, "height": 640})
    phone = Phone(page, screened)
    phone.start()
    phone.after(10)
    assert fits(page)
    phone.press("Settings")
    assert fits(page)
    chosen = page.get_by_label("Time to get ready").bounding_box()
    dialog = phone.part("settings-dialog").bounding_box()
    assert chosen
    assert dialog
    assert chosen["x"] + chosen["width"] <= dialog["x"] + dialog["width"]


def test_what_is_stored_on_the_way_names_nobody_and_no_stretch(phone: Phone, screened: World) -> None:
    phone.start()
    phone.after(20)
    stored = phone.page.evaluate(STORED)
    for personal in ("Pat", "pat@example.org", "Knee", "Holdwell Practice"):
        assert personal not in stored
    assert json.loads("[" + stored + "]")
