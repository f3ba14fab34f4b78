"""A guided session in a real browser (docs/rules.md 5 and 6). Time is moved by the browser's own clock control."""

import datetime as dt
import json
import re
from contextlib import suppress
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Error, Page, expect

from patients import alerts, prescribing
from patients.models import Alert, SafetyScreen, Session
from patients.models.alerts import SafetyQuestion
from patients.prescribing import lines_of
from patients.progress import schedule_of
from tests.browser import OpenPage
from tests.patients.portal.looks import serious, with_pictures
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

SIDE = 5 + 30 + 3  # s: get ready, hold, release
STRETCH = SIDE + 5 + SIDE  # s: with the change of sides
REST = 10  # s
NO_TO_ALL = dict.fromkeys(SafetyQuestion.values, False)
# What lets the session begin at once: the questions were answered lately.
STORED = "Object.keys(localStorage).filter((key) => key.startsWith('holdwell:')).map((key) => localStorage[key]).join()"


class Phone:
    """The player on a phone; `after` lets seconds pass."""

    def __init__(self, page: Page, world: World) -> None:
        self.page = page
        self.address = reverse("portal:session", args=[world.prescription.pk])
        # The session lies in the past by a quarter of an hour, so that no second of it is in the server's future.
        page.clock.install(time=dt.datetime.now(dt.UTC) - dt.timedelta(minutes=15))
        self.open()

    def open(self) -> None:
        self.page.goto(self.address)

    def part(self, name: str) -> Any:
        return self.page.locator(f"[data-part='{name}']")

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def rate(self, field: str, value: int) -> None:
        self.page.locator(f"label:has(input[name={field}][value='{value}'])").click()

    def begin(self, pain: int = 2) -> None:
        self.rate("pain_before", pain)
        self.press("Continue")

    def start(self, pain: int = 2) -> None:
        self.begin(pain)
        self.press("Start")

    def after(self, seconds: float) -> None:
        self.page.clock.run_for(round(seconds * 1000))

    def nothing_waits(self) -> None:
        """All that was kept has been sent."""
        for _ in range(100):
            # Today opens itself anew once it has sent something; whoever asks in that moment gets no answer.
            with suppress(Error):
                if '"body"' not in self.page.evaluate(STORED):
                    return
            self.page.wait_for_timeout(50)
        raise AssertionError("something waits still")

    def finish(self, pain: int = 1) -> None:
        expect(self.page.get_by_role("heading", name="After the session")).to_be_visible()
        self.rate("pain_after", pain)
        self.press("Save session")


@pytest.fixture
def screened(world: World) -> World:
    """Pat has answered the safety questions lately, and the stretches have their pictures."""
    alerts.answer_safety(world.patient, world.pat, NO_TO_ALL)
    return world


@pytest.fixture
def phone(screened: World, browser_page: OpenPage) -> Phone:
    return Phone(browser_page(screened.patient, phone=True), screened)


@pytest.fixture
def unlucky(screened: World, browser_page: OpenPage) -> Phone:
    """A phone whose requests fail; the browser tells of each on its console."""
    return Phone(browser_page(screened.patient, phone=True, allowed=("Failed to load resource",)), screened)


# --- The whole of it


def test_a_session_from_the_first_question_to_what_was_done(phone: Phone, screened: World) -> None:
    began = timezone.now()
    phone.start()
    expect(phone.part("phase")).to_have_text("Get ready")
    expect(phone.part("place")).to_have_text("left side")
    phone.after(5.2)
    expect(phone.part("phase")).to_have_text("Hold")
    phone.after(10)
    expect(phone.part("seconds")).to_have_text("20")
    phone.after(STRETCH - 15.2 + REST + STRETCH)
    phone.finish()
    expect(phone.page.get_by_role("heading", name="4 of 4 sets done")).to_be_visible()
    session = Session.objects.get()
    assert (session.pain_before, session.pain_after, session.source) == (2, 1, "player")
    for row in session.items.all():
        assert [kept["side"] for kept in row.sets] == ["left", "right"]
        assert all(kept["held"] == 30 for kept in row.sets)
    assert session.ended_at
    lasted = (session.ended_at - session.started_at).total_seconds()
    assert abs(lasted - (2 * STRETCH + REST)) < 30
    assert session.started_at < began
    assert phone.page.evaluate(STORED) in ("", '{"tones":true}')


def test_a_reload_in_the_middle_of_a_hold_loses_nothing(phone: Phone, screened: World) -> None:
    phone.start()
    phone.after(5 + 12)
    phone.page.reload()
    expect(phone.part("phase")).to_have_text("Paused. Go on when you are ready")
    expect(phone.part("seconds")).to_have_text(re.compile("^1[89]$"))  # of 30, after 12
    phone.after(60)  # nothing runs by itself
    phone.press("Go on")
    phone.after(19)
    expect(phone.part("phase")).to_have_text("Release slowly")
    phone.press("End")
    phone.press("End the session")
    phone.finish()
    expect(phone.page.get_by_role("heading", name="1 of 4 sets done")).to_be_visible()
    held = Session.objects.get().items.all()[0].sets[0]["held"]
    assert abs(held - 30) < 0.25


def test_after_a_long_absence_the_patient_is_asked_first(phone: Phone, screened: World) -> None:
    phone.start()
    phone.after(SIDE)
    phone.page.goto("/today/")
    phone.page.clock.run_for(2 * 3600 * 1000)
    expect(phone.page.get_by_role("heading", name="A session is not finished")).to_be_visible()
    phone.page.get_by_role("link", name="Go to it").click()
    expect(phone.page.get_by_role("heading", name="A session is not finished")).to_be_visible()
    phone.press("Record what I did")
    phone.finish()
    expect(phone.page.get_by_role("heading", name="1 of 4 sets done")).to_be_visible()
    session = Session.objects.get()
    assert session.ended_at
    assert session.ended_at - session.started_at < dt.timedelta(minutes=2)


# --- The network


def test_without_a_network_at_the_end_the_session_waits_and_is_sent_once(
    unlucky: Phone, screened: World
) -> None:
    unlucky.start()
    unlucky.after(SIDE)
    unlucky.page.context.set_offline(True)
    unlucky.after(STRETCH - SIDE + REST + STRETCH)
    unlucky.finish()
    expect(unlucky.page.get_by_role("heading", name="Not sent yet")).to_be_visible()
    expect(unlucky.part("total")).to_have_text("4 of 4 sets done")
    assert not Session.objects.exists()
    unlucky.page.context.set_offline(False)
    expect(unlucky.page).to_have_url(re.compile("/sessions/done/"))
    assert Session.objects.count() == 1
    assert "items" not in unlucky.page.evaluate(STORED)


def test_today_says_what_is_not_sent_and_sends_it(unlucky: Phone, screened: World) -> None:
    unlucky.page.route("**/api/v1/sessions/", lambda route: route.abort())
    unlucky.start()
    unlucky.after(5 + 30)
    unlucky.press("End")
    unlucky.press("End the session")
    unlucky.finish()
    expect(unlucky.page.get_by_role("heading", name="Not sent yet")).to_be_visible()
    unlucky.page.goto("/today/")
    expect(unlucky.page.get_by_role("heading", name="Sessions not sent yet: 1")).to_be_visible()
    unlucky.page.unroute("**/api/v1/sessions/")
    unlucky.press("Try now")
    expect(unlucky.page.get_by_text("1 of 4 sets done")).to_be_visible()
    assert Session.objects.count() == 1


def test_a_page_killed_while_it_sends_sends_the_same_session_again(unlucky: Phone, screened: World) -> None:
    answered: list[int] = []

    def take_and_hang_up(route: Any) -> None:
        answered.append(route.fetch().status)
        route.abort()

    unlucky.page.route("**/api/v1/sessions/", take_and_hang_up)
    unlucky.start()
    unlucky.after(5 + 30)
    unlucky.press("End")
    unlucky.press("End the session")
    unlucky.finish()
    expect(unlucky.page.get_by_role("heading", name="Not sent yet")).to_be_visible()
    assert answered == [201]
    unlucky.page.unroute("**/api/v1/sessions/")
    unlucky.page.goto("/today/")
    expect(unlucky.page.get_by_text("1 of 4 sets done")).to_be_visible()
    unlucky.nothing_waits()
    assert Session.objects.count() == 1


def test_a_session_that_is_refused_says_why_and_can_be_removed(unlucky: Phone, screened: World) -> None:
    unlucky.start()
    unlucky.after(5 + 30)
    unlucky.press("End")
    unlucky.press("End the session")
    type(screened.prescription).objects.update(held_at=timezone.now() - dt.timedelta(hours=1))
    unlucky.finish()
    expect(unlucky.part("refused-words")).to_have_text("Your clinic has to look at your answers first.")
    unlucky.page.goto("/today/")
    unlucky.press("Remove it from this device")
    expect(unlucky.page.get_by_text("A session could not be taken")).to_be_hidden()


def test_an_expired_sign_in_keeps_the_session_and_asks_for_it(unlucky: Phone, screened: World) -> None:
    unlucky.start()
    unlucky.after(5 + 30)
    unlucky.press("End")
    unlucky.press("End the session")
    unlucky.page.context.clear_cookies()
    unlucky.finish()
    expect(unlucky.page.get_by_role("link", name="Sign in again to send it")).to_be_visible()
    assert "items" in unlucky.page.evaluate(STORED)


def test_a_plan_that_was_amended_meanwhile_takes_what_was_done(phone: Phone, screened: World) -> None:
    phone.start()
    phone.after(SIDE)
    revision = screened.prescription.revisions.get()
    prescribing.amend(
        screened.clinician,
        screened.prescription,
        lines=lines_of(revision)[:1],
        schedule=schedule_of(revision),
        expected=1,
    )
    phone.page.reload()
    expect(phone.page.get_by_text("Your clinic changed the plan while you were away.")).to_be_visible()
    phone.finish()
    expect(phone.page.get_by_role("heading", name="1 of 4 sets done")).to_be_visible()
    assert Session.objects.get().revision == revision


def test_a_plan_that_is_held_meanwhile_takes_what_was_done_before(phone: Phone, screened: World) -> None:
    phone.start()
    phone.after(SIDE)
    alerts.answer_safety(screened.patient, screened.pat, NO_TO_ALL | {"fever_unwell": True})
    phone.open()
    expect(phone.page.get_by_text("Your plan waits for your clinic")).to_be_visible()
    phone.nothing_waits()
    session = Session.objects.get()
    assert (session.performed_sets, session.pain_after) == (1, None)


def test_signing_out_leaves_nothing_on_the_device(phone: Phone, screened: World) -> None:
    phone.start()
    phone.after(SIDE)
    assert "notes" in phone.page.evaluate(STORED)
    phone.page.goto("/settings/")
    phone.press("Sign out")
    phone.page.wait_for_url("**/account/**")
    assert phone.page.evaluate(STORED) == ""


def test_signing_out_asks_first_when_a_session_would_be_lost(unlucky: Phone, screened: World) -> None:
    unlucky.page.route("**/api/v1/sessions/", lambda route: route.abort())
    unlucky.start()
    unlucky.after(5 + 30)
    unlucky.press("End")
    unlucky.press("End the session")
    unlucky.finish()
    expect(unlucky.page.get_by_role("heading", name="Not sent yet")).to_be_visible()
    unlucky.page.goto("/settings/")
    unlucky.press("Sign out")
    expect(unlucky.page.get_by_role("heading", name="A session is not sent yet")).to_be_visible()
    unlucky.press("Stay signed in")
    assert "items" in unlucky.page.evaluate(STORED)
    unlucky.press("Sign out")
    unlucky.press("Sign out all the same")
    unlucky.page.wait_for_url("**/account/**")
    assert unlucky.page.evaluate(STORED) == ""


# --- On the way


def test_a_skip_asks_for_the_reason_and_answers_with_a_tip(phone: Phone, screened: World) -> None:
    phone.start()
    phone.after(8)
    phone.press("Skip")
    phone.press("Not sure how")
    expect(phone.part("skip-words")).to_contain_text("Your clinic sees that you were not sure")
    phone.press("Skip this stretch")
    expect(phone.part("name")).to_have_text("Lying hamstring stretch")
    phone.press("Skip")
    phone.press("Do not skip")
    expect(phone.part("toggle")).to_have_text("Pause")  # it ran before, it runs again
    phone.after(STRETCH)
    phone.finish()
    expect(phone.page.get_by_role("heading", name="2 of 4 sets done")).to_be_visible()
    assert [row.skip_reason for row in Session.objects.get().items.all()] == ["not_sure_how", ""]


def test_back_more_time_and_straight_on(phone: Phone, screened: World) -> None:
    phone.start()
    phone.press("More time")
    phone.after(10)
    expect(phone.part("phase")).to_have_text("Get ready")
    phone.press("Ready now")
    expect(phone.part("phase")).to_have_text("Hold")
    phone.after(10)
    phone.press("Back")
    expect(phone.part("phase")).to_have_text("Get ready")
    phone.after(5 + 6)
    phone.press("Enough")
    expect(phone.part("phase")).to_have_text("Release slowly")


def test_too_much_pain_stops_the_stretch_and_offers_the_easier_way(phone: Phone, screened: World) -> None:
    phone.start(pain=2)
    phone.after(5 + 10)
    phone.press("It hurts")
    phone.rate("pain_now", 5)  # three above the start
    phone.press("Continue")
    expect(phone.page.get_by_role("heading", name="Stop this stretch")).to_be_visible()
    expect(phone.part("offer-words")).to_have_text("Hold behind the thigh.")
    for _ in range(3):
        phone.page.keyboard.press("Escape")  # it has to be answered
    phone.press("Try the easier way")
    expect(phone.part("phase")).to_have_text("Get ready")
    expect(phone.part("advice")).to_have_text("Hold behind the thigh.")
    phone.after(SIDE)
    phone.press("It hurts")
    phone.rate("pain_now", 6)
    phone.press("Continue")
    expect(phone.page.get_by_role("button", name="Try the easier way")).to_be_hidden()
    phone.press("Go to the next stretch")
    phone.after(STRETCH)
    phone.finish()
    expect(phone.page.get_by_role("heading", name="3 of 4 sets done")).to_be_visible()
    first = Session.objects.get().items.all()[0]
    assert (first.eased, first.pain, first.skip_reason) == (True, 6, "pain")


def test_a_little_pain_goes_on_gently(phone: Phone) -> None:
    phone.start(pain=2)
    phone.after(5 + 10)
    phone.press("It hurts")
    phone.rate("pain_now", 3)
    phone.press("Continue")
    expect(phone.part("advice")).to_have_text("Go on gently, and make the stretch a little smaller.")
    expect(phone.part("toggle")).to_have_text("Pause")


def test_severe_pain_ends_the_session_kindly_and_the_clinic_is_told(phone: Phone, screened: World) -> None:
    phone.start(pain=4)
    phone.after(5 + 10)
    phone.press("It hurts")
    phone.rate("pain_now", 8)
    phone.press("Continue")
    expect(phone.page.get_by_text("We stop here for today.")).to_be_visible()
    phone.finish(pain=8)
    expect(phone.page.get_by_role("heading", name="Your pain is high")).to_be_visible()
    assert Alert.objects.filter(rule="pain_high").exists()


def test_ending_before_anything_was_done_records_nothing(phone: Phone) -> None:
    phone.start()
    phone.after(2)
    phone.press("End")
    phone.press("End the session")
    expect(phone.page).to_have_url(re.compile("/today/$"))
    assert not Session.objects.exists()


# --- Safety


def answer(phone: Phone, yes: str = "") -> None:
    for name in SafetyQuestion.values:
        phone.page.locator(f"label:has(input[name={name}][value={'yes' if name == yes else 'no'}])").click()
    phone.press("Continue")


def test_the_first_session_asks_and_a_yes_ends_in_urgent_care(world: World, browser_page: OpenPage) -> None:
    phone = Phone(browser_page(world.patient, phone=True), world)
    phone.begin()
    expect(phone.page.get_by_role("heading", name="A few questions first")).to_be_visible()
    phone.press("Continue")
    expect(phone.part("safety-missing")).to_be_focused()
    answer(phone, yes="leg_weakness")
    expect(phone.page.get_by_role("heading", name="Please get help now")).to_be_focused()
    expect(phone.page.get_by_text("Holdwell Practice is told of your answer")).to_be_visible()
    phone.nothing_waits()
    assert SafetyScreen.objects.get().any_yes
    phone.open()
    expect(phone.page.get_by_text("Your plan waits for your clinic")).to_be_visible()


def test_urgent_care_is_shown_without_a_network_and_the_answer_is_sent_later(
    world: World, browser_page: OpenPage
) -> None:
    phone = Phone(browser_page(world.patient, phone=True, allowed=("Failed to load resource",)), world)
    phone.page.context.set_offline(True)
    phone.begin()
    answer(phone, yes="bladder_bowel")
    expect(phone.page.get_by_role("heading", name="Please get help now")).to_be_visible()
    assert not SafetyScreen.objects.exists()
    phone.page.context.set_offline(False)
    phone.nothing_waits()
    assert SafetyScreen.objects.get().any_yes


def test_severe_pain_at_the_start_asks_and_leaves_the_choice(phone: Phone, screened: World) -> None:
    phone.begin(pain=7)
    answer(phone)
    expect(phone.page.get_by_role("heading", name="Your pain is high today")).to_be_visible()
    phone.press("Go on gently")
    expect(phone.part("toggle")).to_have_text("Start")


def test_pain_is_not_preset_and_has_to_be_told(phone: Phone) -> None:
    assert phone.page.locator("input[name=pain_before]:checked").count() == 0
    phone.press("Continue")
    expect(phone.part("before-missing")).to_be_focused()


# --- For everybody


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


def test_sounds_are_switched_off_for_good(phone: Phone) -> None:
    phone.begin()
    phone.press("Sound")
    phone.page.get_by_label("A voice that says what comes").uncheck()
    phone.page.get_by_label("Wait for me before each stretch").check()
    phone.press("Close")
    phone.open()
    phone.begin()
    phone.press("Sound")
    expect(phone.page.get_by_label("A voice that says what comes")).not_to_be_checked()
    expect(phone.page.get_by_label("Tones at every change")).to_be_checked()
    phone.press("Close")
    phone.press("Start")
    phone.after(STRETCH + REST + 5)
    expect(phone.part("toggle")).to_have_text("Start this stretch")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_and_nothing_is_too_wide_or_too_small(
    screened: World, browser_page: OpenPage, scheme: str
) -> None:
    with_pictures(screened)
    page = browser_page(
        screened.patient, color_scheme=scheme, viewport={"width": 320, "height": 640}, has_touch=True
    )
    phone = Phone(page, screened)

    def fine(stage: str) -> None:
        assert serious(page) == [], stage
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, stage
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
    assert serious(page) == []


def test_what_is_stored_on_the_way_names_nobody_and_no_stretch(phone: Phone, screened: World) -> None:
    phone.start()
    phone.after(20)
    stored = phone.page.evaluate(STORED)
    for personal in ("Pat", "pat@example.org", "Knee", "Holdwell Practice"):
        assert personal not in stored
    assert json.loads("[" + stored + "]")
