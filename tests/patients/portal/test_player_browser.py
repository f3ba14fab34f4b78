"""A guided session in a real browser (docs/rules.md 5 and 6). Time is moved by the browser's own clock control."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from patients.models import Alert, SafetyScreen, Session
from tests.browser import OpenPage, follow
from tests.patients.portal.phone import REST, SIDE, STORED, STRETCH, Phone, answer
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# --- The whole of it


def test_a_session_from_the_first_question_to_what_was_done(phone: Phone, screened: World) -> None:
    began = timezone.now()
    phone.start()
    expect(phone.part("phase")).to_have_text("Get ready")
    expect(phone.part("place")).to_have_text("left side")
    phone.after(5.2)
    expect(phone.part("phase")).to_have_text("Hold")
    phone.after(10)
    expect(phone.part("seconds")).to_have_text(re.compile("^(1[789]|20)$"))
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
    expect(phone.part("seconds")).to_have_text(re.compile("^1[6789]$"))  # of 30, after 12
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
    follow(phone.page.get_by_role("link", name="Go to it"))
    expect(phone.page.get_by_role("heading", name="A session is not finished")).to_be_visible()
    phone.press("Record what I did")
    phone.finish()
    expect(phone.page.get_by_role("heading", name="1 of 4 sets done")).to_be_visible()
    session = Session.objects.get()
    assert session.ended_at
    assert session.ended_at - session.started_at < dt.timedelta(minutes=2)


# --- On the way


def test_a_skip_asks_for_the_reason_and_answers_with_a_tip(phone: Phone, screened: World) -> None:
    phone.start()
    phone.after(8)
    phone.press("Skip")
    phone.press("Not sure how")
    expect(phone.part("tip-words")).to_contain_text("Your clinic sees that you were not sure")
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
    expect(phone.page.get_by_role("heading", name="Nothing was recorded")).to_be_focused()
    assert phone.page.evaluate(STORED) == ""
    phone.press("Begin again")
    phone.press("Start")
    phone.after(5.2)
    expect(phone.part("phase")).to_have_text("Hold")
    assert not Session.objects.exists()


def test_or_it_is_left_out_for_a_reason(phone: Phone) -> None:
    phone.start()
    phone.after(2)
    phone.press("End")
    phone.press("End the session")
    phone.press("Unwell")
    expect(phone.page.get_by_role("heading", name="0 of 4 sets done")).to_be_visible()
    expect(phone.page.get_by_text("Rest first. The stretches wait until you feel better.")).to_be_visible()
    session = Session.objects.get()
    assert (session.performed_sets, session.pain_before, session.pain_after) == (0, 2, None)
    assert [row.skip_reason for row in session.items.all()] == ["unwell", "unwell"]


# --- Safety


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
    expect(phone.page.get_by_text("does not know of your answer")).to_be_visible()
    expect(phone.page.get_by_text("is told of your answer")).to_be_hidden()
    assert not SafetyScreen.objects.exists()
    back = timezone.now()
    phone.page.context.set_offline(False)
    phone.nothing_waits()
    screen = SafetyScreen.objects.get()
    assert screen.any_yes
    assert screen.answered_at < back
    expect(phone.page.get_by_text("is told of your answer")).to_be_visible()


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
