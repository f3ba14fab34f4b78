"""What only a browser can show: a push becomes a notification, and nothing is asked for before the press."""

import json

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from tests.browser import SMALL_BY_NIGHT, WIDE_BY_DAY, OpenPage, is_sound
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ASKED = """() => {
    window.asked = 0;
    Notification.requestPermission = async () => { window.asked += 1; return 'denied'; };
}"""
REGISTER = """async () => {
    const registered = await navigator.serviceWorker.register(document.querySelector('[data-push]').dataset.worker);
    while (!registered.active) await new Promise((done) => setTimeout(done, 20));
    return registered.scope;
}"""
SHOWN = """async (scope) => {
    const registered = await navigator.serviceWorker.getRegistration(scope);
    for (;;) {
        const shown = await registered.getNotifications();
        if (shown.length) return shown.map(({ title, body, tag, data }) => ({ title, body, tag, data }));
        await new Promise((done) => setTimeout(done, 20));
    }
}"""


def test_permission_is_asked_for_by_a_press_alone_and_a_refusal_is_said(
    world: World, browser_page: OpenPage
) -> None:
    page = browser_page(world.patient, phone=True, service_workers="allow")
    page.add_init_script(f"({ASKED})()")
    page.goto(reverse("portal:channels"))
    button = page.get_by_role("button", name="Allow on this device")
    expect(button).to_be_visible()
    assert page.evaluate("window.asked") == 0
    is_sound(page, WIDE_BY_DAY, SMALL_BY_NIGHT)
    button.click()
    expect(page.get_by_text("are blocked in this browser")).to_be_visible()
    assert page.evaluate("window.asked") == 1


def test_a_push_is_shown_in_the_words_of_the_server_and_a_repeat_takes_its_place(
    world: World, browser_page: OpenPage
) -> None:
    page = browser_page(world.patient, phone=True, service_workers="allow")
    page.context.grant_permissions(["notifications"])
    page.goto(reverse("portal:channels"))
    devtools = page.context.new_cdp_session(page)
    workers: list[dict[str, str]] = []
    devtools.on(
        "ServiceWorker.workerRegistrationUpdated", lambda event: workers.extend(event["registrations"])
    )
    devtools.send("ServiceWorker.enable")
    scope = page.evaluate(REGISTER)
    while not (found := {worker["registrationId"] for worker in workers if worker["scopeURL"] == scope}):
        devtools.send("ServiceWorker.enable")  # tells again of all that are there
        page.wait_for_timeout(50)
    (registration,) = found
    told = {"title": "Your session for today", "text": "Tap to open.", "path": "/today/", "tag": "one"}
    for _ in range(2):
        devtools.send(
            "ServiceWorker.deliverPushMessage",
            {
                "origin": scope.split("/static/")[0],
                "registrationId": registration,
                "data": json.dumps(told),
            },
        )
    assert page.evaluate(SHOWN, scope) == [
        {"title": told["title"], "body": told["text"], "tag": "one", "data": {"path": "/today/"}}
    ]
