"""A phone in a cellar: what it keeps, what it sends later, and what is left when somebody goes (docs/decisions.md)."""

import datetime as dt
import json
import re
from contextlib import suppress
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Error, expect

from clinic.models import User
from patients import alerts, prescribing
from patients.models import SafetyScreen, Session
from tests.browser import PHONE, SMALL_BY_DAY, SMALL_BY_NIGHT, OpenPage, follow, is_sound
from tests.patients.portal.phone import NO_TO_ALL, REST, SIDE, STORED, STRETCH, Phone, answer
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CACHED = """async () => {
  const found = [];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      const kept = await cache.match(request, { ignoreVary: true });
      if (!kept) continue; // taken away in this moment
      found.push({ name, address: request.url.slice(location.origin.length), text: await kept.text() });
    }
  }
  return found;
}"""
# Wherever a page may leave something.
LEFT = """async () => [
  ...(await caches.keys()), ...Object.keys(localStorage), ...Object.keys(sessionStorage),
  ...(await indexedDB.databases()).map((database) => database.name),
]"""


@pytest.fixture
def cellar(screened: World, browser_page: OpenPage) -> Phone:
    """A phone that has been on Today, and has all that it needs."""
    screened.prescription.revisions.update(note="Mind the left knee.")
    page = browser_page(screened.patient, phone=True, service_workers="allow", allowed=("Failed to load",))
    phone = Phone(page, screened)
    contact(phone)
    return phone


def contact(phone: Phone, copies: int = 5) -> None:
    """Today is opened with a network, and the device brings itself up to date: three of Today, urgent, sessions."""
    phone.page.goto("/today/")
    phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    for _ in range(500):
        phone.after(1)
        if len(pages(phone)) == copies:
            return
        phone.page.wait_for_timeout(50)
    raise AssertionError([page["address"] for page in pages(phone)])


def cached(phone: Phone) -> list[dict[str, str]]:
    found: list[dict[str, str]] = phone.page.evaluate(CACHED)
    return found


def pages(phone: Phone) -> list[dict[str, str]]:
    return [one for one in cached(phone) if one["name"].startswith("holdwell-pages:")]


def network(phone: Phone, there: bool) -> None:
    phone.page.context.set_offline(not there)
    if there:
        # Chromium's play of a lost network does not tell of its end to a page that was opened meanwhile, as a real one
        # does. A page that is told twice, or opens itself anew in this moment, is well.
        with suppress(Error):
            phone.page.evaluate("dispatchEvent(new Event('online')) && null")


def wait_for_the_page(phone: Phone, words: str) -> None:
    """The copy gives way to the page itself, as soon as the device has found out that there is a network."""
    for _ in range(300):
        with suppress(Error):  # it opens itself anew in this moment
            phone.after(2)
        phone.page.wait_for_timeout(100)
        if phone.page.get_by_text(words).is_visible():
            return
    raise AssertionError(phone.page.locator("main").inner_text())


def sign_in(phone: Phone, user: User) -> None:
    client = Client()
    client.force_login(user)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    address = phone.page.evaluate("location.origin")
    phone.page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])


def do_one_set(phone: Phone) -> None:
    phone.start()
    phone.after(5 + 30)
    phone.press("End")
    phone.press("End the session")
    phone.finish()


def queue(phone: Phone) -> dict[str, str]:
    script = "Object.fromEntries(Object.entries(localStorage).filter(([key]) => key.includes(':queue:')))"
    found: dict[str, str] = phone.page.evaluate(script)
    return found


# --- Without a network


def test_a_session_is_begun_and_done_in_a_cellar_and_sent_with_the_time_of_doing(cellar: Phone) -> None:
    network(cellar, there=False)
    cellar.page.goto("/today/")
    expect(cellar.page.get_by_text("There is no network at the moment.")).to_be_visible()
    expect(cellar.page.locator(".portal-thumb .fig").first).to_be_visible()
    done_here = cellar.page.get_by_text("A session that you did today is kept on this device.")
    expect(done_here).to_be_hidden()
    is_sound(cellar.page, SMALL_BY_DAY, SMALL_BY_NIGHT)
    cellar.page.set_viewport_size(PHONE)
    follow(cellar.page.get_by_role("link", name="Start"))
    cellar.start()
    cellar.after(STRETCH + REST + SIDE)
    expect(
        cellar.page.locator(".play-figures .fig:visible").first
    ).to_be_visible()  # the second one has a figure
    cellar.after(STRETCH - SIDE)
    done_at = dt.datetime.fromtimestamp(cellar.page.evaluate("Date.now()") / 1000, dt.UTC)
    cellar.finish()
    expect(cellar.part("unsent-why")).to_contain_text("There is no network at the moment.")
    cellar.page.get_by_role("link", name="Back to Today").click()
    expect(cellar.page.get_by_role("heading", name="Sessions not sent yet: 1")).to_be_visible()
    expect(done_here).to_be_visible()
    cellar.page.goto("/progress/")  # what is not kept leads to what is
    expect(cellar.page).to_have_url(re.compile("/today/$"))
    cellar.page.clock.fast_forward("24:00:00")  # sent a day later, by the device's clock
    network(cellar, there=True)
    wait_for_the_page(cellar, "4 of 4 sets done")
    session = Session.objects.get()
    assert session.ended_at
    assert abs(session.ended_at - done_at) < dt.timedelta(seconds=5)


def test_a_page_that_is_killed_in_a_hold_goes_on_from_the_copy(cellar: Phone) -> None:
    cellar.open()
    cellar.start()
    cellar.after(5 + 12)
    network(cellar, there=False)
    killed, cellar.page = cellar.page, cellar.page.context.new_page()
    killed.close()
    cellar.open()
    expect(cellar.part("phase")).to_have_text("Paused. Go on when you are ready")
    expect(cellar.part("seconds")).to_have_text(re.compile("^1[6789]$"))
    cellar.press("Go on")
    cellar.after(5 + 20)
    cellar.press("End")
    cellar.press("End the session")
    network(cellar, there=True)
    cellar.finish()
    expect(cellar.page.get_by_role("heading", name="1 of 4 sets done")).to_be_visible()
    assert abs(Session.objects.get().items.all()[0].sets[0]["held"] - 30) < 0.25


def test_a_yes_is_not_forgotten_by_going_to_the_copy_once_more(world: World, browser_page: OpenPage) -> None:
    page = browser_page(world.patient, phone=True, service_workers="allow", allowed=("Failed to load",))
    phone = Phone(page, world)
    contact(phone)
    network(phone, there=False)
    phone.open()
    phone.begin()
    answer(phone, yes="leg_weakness")
    phone.open()
    expect(phone.page.get_by_role("heading", name="Please get help now")).to_be_visible()
    expect(phone.page.get_by_text("Your clinic does not know of your answer yet")).to_be_visible()
    network(phone, there=True)
    phone.nothing_waits()
    assert SafetyScreen.objects.get().any_yes
    contact(phone, copies=4)  # the plan is held: its session is kept no more


# --- What the device keeps


def test_the_copies_hold_no_name_no_note_and_no_page_but_these(cellar: Phone, screened: World) -> None:
    kept = cached(cellar)
    session = cellar.address.removeprefix("http://localhost")
    places = {one["address"].partition("?")[0] for one in kept if not one["address"].startswith("/static/")}
    assert places == {"/today/", "/urgent/", session}
    text = " ".join(one["text"] for one in kept if one["name"].startswith("holdwell-pages:"))
    for personal in ("Pat<", "pat@example.org", "PAT-1", "Holdwell Practice", "Six stretches", "Mind the"):
        assert personal not in text
    assert "Your clinic wrote a note here." in text
    assert {one["name"] for one in kept if "pages" in one["name"]} == {
        f"holdwell-pages:{screened.patient.pk}"
    }


@pytest.mark.parametrize("how", ["held", "stopped"])
def test_what_is_held_or_stopped_is_gone_at_the_next_contact(
    cellar: Phone, screened: World, how: str
) -> None:
    if how == "held":
        alerts.answer_safety(screened.patient, screened.pat, NO_TO_ALL | {"recent_fall": True})
    else:
        prescribing.stop(screened.clinician, screened.prescription, reason="Enough.")
    contact(cellar, copies=4)
    network(cellar, there=False)
    cellar.open()
    expect(cellar.page.get_by_text("There is nothing to begin.")).to_be_visible()


def test_nothing_is_left_after_a_sign_out_in_this_tab_or_another(cellar: Phone, screened: World) -> None:
    cellar.open()
    cellar.start()
    cellar.after(SIDE)
    other = Phone.__new__(Phone)
    other.page = cellar.page.context.new_page()
    other.page.goto("/settings/")
    other.press("Sign out")
    expect(other.page.get_by_role("heading", name="A session is not sent yet")).to_be_visible()
    other.press("Sign out all the same")
    other.page.wait_for_url("**/account/**")
    cellar.page.wait_for_url("**/account/**")  # the player that ran there has left as well
    cellar.after(5)
    assert other.page.evaluate(LEFT) == []
    assert cellar.page.evaluate(LEFT) == []


def test_a_revoked_sign_in_keeps_the_queue_for_the_same_person_alone(cellar: Phone, screened: World) -> None:
    network(cellar, there=False)
    cellar.open()
    do_one_set(cellar)
    waiting = queue(cellar)
    cellar.page.context.clear_cookies()
    network(cellar, there=True)
    cellar.page.goto("/today/")
    expect(cellar.page).to_have_url(re.compile("/account/login/"))
    assert pages(cellar) == []
    assert queue(cellar) == waiting

    sign_in(cellar, screened.stranger)
    contact(cellar, copies=4)
    expect(cellar.page.locator("[data-waiting=all]")).to_be_hidden()
    assert {page["name"] for page in pages(cellar)} == {f"holdwell-pages:{screened.stranger.pk}"}
    assert queue(cellar) == waiting
    assert not Session.objects.exists()

    sign_in(cellar, screened.patient)
    cellar.page.goto("/today/")
    expect(cellar.page.get_by_text("1 of 4 sets done")).to_be_visible()
    assert Session.objects.get().patient == screened.pat
    assert queue(cellar) == {}


def test_a_page_that_lies_open_does_not_send_as_somebody_else(unlucky: Phone, screened: World) -> None:
    unlucky.page.context.set_offline(True)
    do_one_set(unlucky)
    waiting = queue(unlucky)
    sign_in(unlucky, screened.stranger)
    unlucky.page.context.set_offline(False)
    expect(unlucky.page.get_by_role("link", name="Sign in again to send it")).to_be_visible()
    assert queue(unlucky) == waiting
    assert not Session.objects.exists()


# --- Twice, too late, otherwise


def test_a_page_that_is_killed_while_it_sends_sends_once_more(unlucky: Phone) -> None:
    answered: list[int] = []

    def take_in_silence(route: Any) -> None:
        answered.append(route.fetch().status)
        route.abort()

    unlucky.page.route("**/api/v1/sessions/", take_in_silence)
    context = unlucky.page.context
    unlucky.start()
    unlucky.after(5 + 30)
    unlucky.press("End")
    unlucky.press("End the session")
    unlucky.rate("pain_after", 1)
    with unlucky.page.expect_event("requestfailed"):
        unlucky.press("Save session")
    unlucky.page.close()
    assert answered == [201]
    unlucky.page = context.new_page()
    unlucky.page.goto("/today/")
    unlucky.nothing_waits()
    assert Session.objects.count() == 1


def test_two_devices_with_the_same_session_are_one_and_other_content_is_told(
    unlucky: Phone, screened: World, browser_page: OpenPage
) -> None:
    unlucky.page.context.set_offline(True)
    do_one_set(unlucky)
    [(key, kept)] = queue(unlucky).items()
    second = browser_page(screened.patient, phone=True)
    second.goto("/today/")
    second.evaluate("([key, kept]) => localStorage.setItem(key, kept)", [key, kept])
    second.reload()
    expect(second.get_by_text("1 of 4 sets done")).to_be_visible()
    changed = json.loads(kept)
    changed["body"]["pain_after"] = 5
    unlucky.page.evaluate("([key, kept]) => localStorage.setItem(key, kept)", [key, json.dumps(changed)])
    unlucky.page.context.set_offline(False)
    expect(unlucky.part("refused-words")).to_contain_text("kept already, with other content")
    assert Session.objects.get().pain_after == 1
    unlucky.page.evaluate("([key, kept]) => localStorage.setItem(key, kept)", [key, kept])
    unlucky.page.goto("/today/")
    unlucky.nothing_waits()
    assert Session.objects.count() == 1


def test_what_comes_too_late_is_told_with_its_time_and_stays_until_it_is_removed(
    unlucky: Phone, screened: World
) -> None:
    type(screened.prescription).objects.update(starts_on=dt.date(2020, 1, 1))
    screened.prescription.revisions.update(counts_from=dt.date(2020, 1, 1))
    unlucky.page.context.set_offline(True)
    do_one_set(unlucky)
    [(key, kept)] = queue(unlucky).items()
    late = json.loads(kept)
    began = timezone.now() - dt.timedelta(days=15)
    late["body"]["started_at"] = began.isoformat()
    late["body"]["ended_at"] = (began + dt.timedelta(minutes=1)).isoformat()
    unlucky.page.evaluate("([key, kept]) => localStorage.setItem(key, kept)", [key, json.dumps(late)])
    unlucky.page.context.set_offline(False)
    expect(unlucky.part("refused-words")).to_have_text("A session can be sent up to 14 days late.")
    unlucky.page.goto("/today/")
    expect(unlucky.page.locator("[data-waiting=reasons] li")).to_have_text(
        re.compile(r" \(sets done: 1\): A session can be sent up to 14 days late\.$")
    )
    unlucky.press("Remove it from this device")
    expect(unlucky.page.locator("[data-waiting=all]")).to_be_hidden()
    assert queue(unlucky) == {}


def test_a_browser_that_keeps_nothing_plays_and_says_so(screened: World, browser_page: OpenPage) -> None:
    page = browser_page(screened.patient, phone=True, service_workers="allow", allowed=("Failed to load",))
    page.add_init_script(
        """Storage.prototype.setItem = () => { throw new DOMException("full", "QuotaExceededError"); };
        CacheStorage.prototype.open = () => Promise.reject(new DOMException("full", "QuotaExceededError"));"""
    )
    phone = Phone(page, screened)
    expect(phone.part("unkept")).to_contain_text("This browser keeps nothing")
    page.context.set_offline(True)
    do_one_set(phone)
    expect(phone.part("unsent-why")).to_contain_text("Leave this page open until it is sent.")
    page.context.set_offline(False)
    expect(page.get_by_role("heading", name="1 of 4 sets done")).to_be_visible()
    assert page.evaluate(STORED) == ""
