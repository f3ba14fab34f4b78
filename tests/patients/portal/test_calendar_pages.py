"""The secret address of a calendar: made, shown again, made anew, switched off; and what it answers."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from icalendar import Calendar

from clinic.models import AuditEvent
from patients import feeds
from patients.models import CalendarFeed, Patient
from patients.models.people import PatientState
from patients.portal import views_calendar
from tests.patients.portal.conftest import NOW
from tests.world import World, make_prescription

SignIn = Callable[[Any], Client]
PAGE = reverse("portal:calendar")


def address_on(client: Client) -> str:
    found = re.search(r'value="http[^"]+(/calendar/[^"]+\.ics)"', client.get(PAGE).content.decode())
    return found[1] if found else ""


def test_a_patient_makes_an_address_and_finds_it_again(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.patient)
    assert address_on(client) == ""
    text = client.post(PAGE, {"act": "make"}, follow=True).content.decode()
    assert "Your calendar has an address now." in text
    assert 'href="webcal://' in text
    first = address_on(client)
    client.post(PAGE, {"act": "make"})
    assert address_on(client) == first
    assert len(Calendar.from_ical(Client().get(first).content).events) == 57
    assert AuditEvent.objects.filter(verb="calendar.made", subject_id=world.pat.pk).count() == 1


def test_the_database_alone_opens_no_feed(world: World) -> None:
    feed = feeds.make(world.patient, world.pat)
    secret = feeds.address(feed).rsplit("/", 1)[1].removesuffix(".ics")
    assert feeds.opened(secret) == feed
    for guess in (str(feed.pk), feed.pk.hex, f"{feed.pk.hex}.{'A' * 43}", ""):
        assert feeds.opened(guess) is None


def test_a_new_address_ends_the_former_at_once(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.patient)
    client.post(PAGE, {"act": "make"})
    former = address_on(client)
    client.post(PAGE, {"act": "renew"})
    assert Client().get(former).status_code == 404
    assert Client().get(address_on(client)).status_code == 200
    assert AuditEvent.objects.filter(verb="calendar.renewed", actor=world.patient).count() == 1


def test_switched_off_it_opens_nothing_and_the_page_offers_another(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.patient)
    client.post(PAGE, {"act": "make"})
    former = address_on(client)
    client.post(PAGE, {"act": "revoke"})
    assert Client().get(former).status_code == 404
    assert "Make my address" in client.get(PAGE).content.decode()
    assert AuditEvent.objects.filter(verb="calendar.revoked").count() == 1
    client.post(PAGE, {"act": "revoke"})
    assert AuditEvent.objects.filter(verb="calendar.revoked").count() == 1


def test_no_address_of_the_trail_or_the_row_is_kept(world: World) -> None:
    feed = feeds.make(world.patient, world.pat)
    secret = feeds.address(feed).rsplit(".", 2)[1]
    kept = [*AuditEvent.objects.values_list("details", "object_label"), *CalendarFeed.objects.values_list()]
    assert secret not in str(kept)


def test_an_unchanged_calendar_is_answered_briefly(world: World) -> None:
    path = "/calendar/" + feeds.address(feeds.make(world.patient, world.pat)).rsplit("/", 1)[1]
    full = Client().get(path)
    assert full.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert full.headers["Cache-Control"] == "private, no-cache"
    assert full.headers["Referrer-Policy"] == "no-referrer"
    again = Client().get(path, headers={"If-None-Match": full.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    packed = Client().get(path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    assert Client().get(path, headers={"If-None-Match": packed.headers["ETag"]}).status_code == 304
    with time_machine.travel(NOW + dt.timedelta(days=1), tick=False):
        assert Client().get(path, headers={"If-None-Match": full.headers["ETag"]}).status_code == 200
    assert Client().post(path).status_code == 405


@pytest.mark.parametrize("further", [0, 3])
def test_however_much_is_prescribed_a_reading_costs_the_same(
    world: World, further: int, django_assert_num_queries: Any
) -> None:
    for _ in range(further):
        make_prescription(
            world.pat, world.clinician, [world.hamstring, world.knee_to_chest], starts_on=NOW.date()
        )
    path = "/calendar/" + feeds.address(feeds.make(world.patient, world.pat)).rsplit("/", 1)[1]
    with django_assert_num_queries(QUERIES):
        assert Client().get(path).status_code == 200


# The feed with its patient; what is prescribed, done, written, told, chosen; channels; the stretches; the reading.
QUERIES = 14


def test_one_address_is_not_read_without_end(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views_calendar, "READS", 2)
    path = "/calendar/" + feeds.address(feeds.make(world.patient, world.pat)).rsplit("/", 1)[1]
    client = Client()
    assert [client.get(path).status_code for _ in range(3)] == [200, 200, 429]
    assert client.get(path).headers["Retry-After"] == "3600"


def test_the_page_says_when_a_calendar_last_looked(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.patient)
    client.post(PAGE, {"act": "make"})
    assert "No calendar has looked here yet." in client.get(PAGE).content.decode()
    Client().get(address_on(client))
    assert "last looked here on Thursday, 19 November, 09:15" in client.get(PAGE).content.decode()


def test_after_a_discharge_there_is_no_new_address(world: World, signed_in: SignIn) -> None:
    Patient.objects.filter(pk=world.pat.pk).update(state=PatientState.DISCHARGED)
    client = signed_in(world.patient)
    assert "no plan for you any more" in client.get(PAGE).content.decode()
    client.post(PAGE, {"act": "make"})
    assert not CalendarFeed.objects.exists()


def test_what_is_no_act_is_refused(world: World, signed_in: SignIn) -> None:
    assert signed_in(world.patient).post(PAGE, {"act": "burn"}).status_code == 400
