"""A session that the network, the server or a change of plan gets in the way of (docs/rules.md 5)."""

import datetime as dt
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from patients import alerts, prescribing
from patients.lines import lines_of
from patients.models import Session
from patients.progress import schedule_of
from tests.patients.portal.phone import NO_TO_ALL, REST, SIDE, STORED, STRETCH, Phone
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


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
    unlucky.press("Send now")
    expect(unlucky.page.get_by_text("1 of 4 sets done")).to_be_visible()
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
    phone.press("Sign out all the same")  # a session is under way
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
