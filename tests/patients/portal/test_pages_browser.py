"""The patient's other pages in a real browser: sound for axe, narrow enough, whole without JavaScript."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from clinic import people as colleagues
from clinic import reading
from patients.models import Patient, Session
from patients.unsubscribing import key_of
from tests.browser import SMALL_BY_DAY, SMALL_BY_NIGHT, OpenPage, follow, is_sound, serious
from tests.patients.portal.looks import with_pictures
from tests.world import World, make_session

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_every_page_is_sound_on_the_smallest_phone(screened: World, browser_page: OpenPage) -> None:
    with_pictures(screened)
    session = make_session(screened.prescription, screened.pat.local_date(timezone.now()))
    session_page = reverse("portal:session", args=[screened.prescription.pk])
    addresses = [
        *(
            reverse(f"portal:{name}")
            for name in (
                "today",
                "plan",
                "progress",
                "seen",
                "settings",
                "sent",
                "calendar",
                "urgent",
                "explained",
            )
        ),
        f"{session_page}?list=1",
        reverse("portal:unsubscribe", args=[key_of(screened.pat.reminder_preference, "nudge"), "nudge"]),
        reverse("portal:done", args=[session.pk]),
        reverse("portal:correct", args=[session.pk]),
    ]
    page = browser_page(screened.patient, viewport={"width": 320, "height": 640})
    for address in addresses:
        page.goto(address)
        is_sound(page, SMALL_BY_DAY, SMALL_BY_NIGHT)


def test_without_javascript_the_checklist_records_the_same(screened: World, browser_page: OpenPage) -> None:
    with_pictures(screened)
    page = browser_page(screened.patient, phone=True, java_script_enabled=False)
    form = page.locator("form.hw-form")
    page.goto(reverse("portal:session", args=[screened.prescription.pk]))
    form.locator("label:has(input[name=pain_before][value='3'])").click()
    page.get_by_role("button", name="Continue").click()
    form.get_by_text("How it goes").first.click()
    expect(form.locator(".list-plate .fig").first).to_be_visible()
    form.locator("label:has(input[name=how_0][value=all])").click()
    form.locator("label:has(input[name=how_1][value=some])").click()
    form.locator("label:has(input[name=sets_1_left][value='1'])").click()
    page.get_by_label("Why not all of it?").last.select_option("no_time")
    form.locator("label:has(input[name=pain_after][value='2'])").click()
    page.get_by_role("button", name="Save session").click()
    expect(page.get_by_role("heading", name="3 of 4 sets done")).to_be_visible()
    session = Session.objects.get()
    assert (session.pain_before, session.pain_after, session.source) == (3, 2, "checklist")


def test_an_invitation_preselects_the_zone_of_the_device(world: World, browser_page: OpenPage) -> None:
    invitation, token = colleagues.invite(
        world.clinician, world.clinic, name="Sam", email="sam@example.org", role=""
    )
    Patient.objects.create(
        clinic=world.clinic,
        name="Sam",
        email="sam@example.org",
        invitation=invitation,
        time_zone="Asia/Kathmandu",
    )
    page = browser_page(phone=True, timezone_id="America/New_York")
    page.goto(reverse("portal:invitation", args=[token]))
    expect(page.get_by_label("Your time zone")).to_have_value("America/New_York")
    assert serious(page) == []


def test_the_switches_of_the_settings_are_those_of_the_player(
    screened: World, browser_page: OpenPage
) -> None:
    page = browser_page(screened.patient, phone=True)
    page.goto(reverse("portal:settings"))
    page.get_by_label("A voice that says what comes").uncheck()
    expect(page.get_by_text("Kept on this device, until you sign out.")).to_be_visible()
    page.goto(reverse("portal:session", args=[screened.prescription.pk]))
    expect(
        page.locator("[data-part=settings-dialog] input[name=tones]")
    ).to_be_checked()  # the player has begun
    expect(page.locator("[data-part=settings-dialog] input[name=voice]")).not_to_be_checked()


def test_a_device_elsewhere_is_asked_about_once(world: World, browser_page: OpenPage) -> None:
    page = browser_page(world.patient, phone=True, timezone_id="America/New_York")
    page.goto(reverse("portal:today"))
    question = page.locator("[data-zone-question]")
    expect(question).to_contain_text("This device goes by New York")
    is_sound(page, SMALL_BY_DAY, SMALL_BY_NIGHT)
    page.get_by_role("button", name="Stay with Kathmandu").click()
    expect(page.get_by_text("You are not asked about this zone again.")).to_be_visible()
    expect(question).to_be_hidden()
    # Another name of the own zone is nothing to ask about.
    page = browser_page(world.patient, timezone_id="Asia/Katmandu")
    page.goto(reverse("portal:today"))
    expect(page.get_by_role("heading", name="Today")).to_be_visible()
    expect(page.locator("[data-zone-question]")).to_be_hidden()
    page = browser_page(world.patient, timezone_id="Asia/Tokyo")
    page.goto(reverse("portal:settings"))
    follow(page.get_by_role("button", name="Change to Tokyo"))
    assert str(Patient.objects.get(pk=world.pat.pk).time_zone) == "Asia/Tokyo"


def test_large_text_leaves_every_page_within_the_screen(screened: World, browser_page: OpenPage) -> None:
    reading.change(screened.patient, large_text=True)
    page = browser_page(screened.patient, viewport={"width": 320, "height": 640})
    session = reverse("portal:session", args=[screened.prescription.pk])
    for address in (reverse("portal:today"), reverse("portal:settings"), reverse("portal:calendar"), session):
        page.goto(address)
        assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "20px"
        # What is fixed to the screen makes no page wider, and would be cut off unseen.
        for link in page.get_by_role("navigation", name="Main").get_by_role("link").all():
            assert link.evaluate(
                "it => it.scrollWidth <= it.clientWidth && it.getBoundingClientRect().right <= 320"
            )
        is_sound(page, SMALL_BY_DAY)


def test_on_a_desk_the_parts_of_a_page_keep_their_distance_and_a_chart_its_width(
    screened: World, browser_page: OpenPage
) -> None:
    today = screened.pat.local_date(timezone.now())
    for days in (2, 1):
        make_session(screened.prescription, today - dt.timedelta(days=days))
    Session.objects.update(pain_before=4, pain_after=2)
    page = browser_page(screened.patient, viewport={"width": 1280, "height": 800})
    page.goto(reverse("portal:settings"))
    save = page.get_by_role("button", name="Save").bounding_box()
    heading = page.locator("#sent h2").bounding_box()
    assert save
    assert heading
    assert heading["y"] - (save["y"] + save["height"]) >= 24
    page.goto(reverse("portal:progress"))
    chart = page.get_by_role("img", name="Pain, 0 to 10").bounding_box()
    content = page.locator("section", has_text="Your pain, over 4 weeks").bounding_box()
    assert chart
    assert content
    assert chart["width"] == pytest.approx(content["width"], abs=1)


# Whether whoever uses the keyboard sees where they are: the ring, of the element or, for a number that is pressed, of
# what stands for it. None once the focus has left the page.
RING = """() => {
    const it = document.activeElement;
    if (it === document.body) return null;
    const seen = it.matches(".hw-scale-step input, .hw-toggle input, .hw-choice input") ? it.nextElementSibling : it;
    const { outlineStyle, outlineWidth } = getComputedStyle(seen);
    return [it.textContent.trim() || it.name, outlineStyle !== "none" && parseFloat(outlineWidth) >= 2];
}"""


def test_by_keyboard_it_is_seen_everywhere_where_one_is(screened: World, browser_page: OpenPage) -> None:
    page = browser_page(screened.patient)
    session = reverse("portal:session", args=[screened.prescription.pk])
    for address in (reverse("portal:today"), reverse("portal:settings"), reverse("mfa_index"), session):
        page.goto(address)
        page.keyboard.press("Tab")
        walked = {}
        while (found := page.evaluate(RING)) and found[0] not in walked:
            walked[found[0]] = found[1]
            page.keyboard.press("Tab")
        assert len(walked) >= 3, address
        assert [name for name, ring in walked.items() if not ring] == [], address
