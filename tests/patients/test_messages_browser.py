"""The thread in a real browser: it goes on by itself, and works without scripts."""

from uuid import uuid4

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from patients import messaging
from patients.models import Message
from tests.browser import OpenPage, serious
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_message_appears_without_a_reload_and_so_does_the_answer(
    world: World, browser_page: OpenPage
) -> None:
    page = browser_page(world.patient, viewport={"width": 320, "height": 640}, color_scheme="dark")
    page.goto(reverse("portal:messages"))
    page.evaluate("window.here = true")
    page.get_by_label("Your message").fill("It went well.\nReally.")
    page.get_by_role("button", name="Send").dblclick()
    expect(page.locator("#thread > li")).to_have_count(1)
    expect(page.get_by_label("Your message")).to_have_value("")
    expect(page.get_by_label("Your message")).to_be_focused()
    messaging.write(world.clinician, world.pat, id=uuid4(), text="Good to hear.")
    messaging.read(world.pat, by_staff=True, up_to=Message.objects.get(by_staff=False).sent_at)
    page.get_by_label("Your message").fill("And then")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("#thread > li")).to_have_count(2)
    expect(page.locator("#thread")).to_contain_text("Read by Holdwell Practice")
    expect(page.locator("#thread-status")).to_contain_text("Good to hear.")
    expect(page.get_by_label("Your message")).to_have_value("And then")
    assert page.evaluate("window.here")
    assert serious(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert Message.objects.count() == 2


def test_what_cannot_be_sent_or_is_refused_stays_in_the_field(world: World, browser_page: OpenPage) -> None:
    page = browser_page(world.patient, phone=True, allowed=("Failed to load resource",))
    page.goto(reverse("portal:messages"))
    field, send = page.get_by_label("Your message"), page.get_by_role("button", name="Send")
    send.click()
    expect(page.locator(".hw-errors[autofocus]")).to_be_focused()
    page.context.set_offline(True)
    field.fill("It went well.")
    send.click()
    expect(page.locator("[data-part=unsent]")).to_be_visible()
    page.context.set_offline(False)
    send.click()
    expect(page.locator("#thread > li")).to_have_count(1)
    assert Message.objects.get().text == "It went well."


def test_without_scripts_staff_answer_all_the_same(world: World, browser_page: OpenPage) -> None:
    messaging.write(world.patient, world.pat, id=uuid4(), text="It went well.")
    page = browser_page(world.assistant, java_script_enabled=False)
    page.goto(reverse("desk:messages", args=[world.clinic.pk]))
    page.get_by_role("link", name="Pat", exact=True).click()
    page.get_by_label("Your message").fill("Good to hear.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("#thread > li")).to_have_count(2)
    page.get_by_role("button", name="Withdraw").click()
    expect(page.locator("#thread")).to_contain_text("This message was withdrawn.")
