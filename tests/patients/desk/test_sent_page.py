"""What was sent to a patient and what was not, as the clinic reads it (docs/rules.md 7)."""

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import OutgoingMail, RefusedAddress, User
from patients.models import ChannelTrouble, Reminder
from tests.world import World


@pytest.fixture
def desk(world: World, client: Client) -> Client:
    client.force_login(world.viewer)
    return client


def words(client: Client, world: World, **query: str) -> str:
    response = client.get(reverse("desk:sent", args=[world.pat.pk]), query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def remind(world: World, days: int = 0, **more: Any) -> Reminder:
    at = timezone.now() - dt.timedelta(days=days)
    given = {"kind": "session_due", "local_date": at.date(), "due_at": at, "state": "sent"}
    return Reminder.objects.create(patient=world.pat, **(given | more))


def test_it_says_what_became_of_each_message_and_by_which_way(world: World, desk: Client) -> None:
    at = dt.datetime(2026, 11, 18, 2, 15, tzinfo=dt.UTC)  # 08:00 in Kathmandu
    remind(world, due_at=at, moved_from=at - dt.timedelta(hours=1))
    remind(world, 1, state="dropped", reason="done", channel="push")
    text = words(desk, world)
    assert "Wednesday, 18 November 2026" in text
    assert "moved from 07:00 by quiet hours" in text
    assert "Not sent: it was done already" in text
    assert "Push on a phone" in text
    assert "Their quiet hours are from 21:00 to 08:00." in text
    assert "Asia/Kathmandu" in text


def test_it_says_which_ways_do_not_work(world: World, desk: Client) -> None:
    now = timezone.now()
    RefusedAddress.objects.create(address="pat@example.org", reason="5.1.1 nobody")
    ChannelTrouble.objects.create(patient=world.pat, channel="push", retry_at=now, error="Refused: 410")
    text = words(desk, world)
    assert "Mails to this address are refused" in text
    assert "Push on a phone has failed since" in text


def test_what_a_mail_server_said_is_kept_together_on_a_page_from_the_right(
    world: World, desk: Client
) -> None:
    said = "5.1.1 nobody."
    RefusedAddress.objects.create(address="pat@example.org", reason=said)
    mail = OutgoingMail.objects.create(
        to="pat@example.org", state="failed", sent_at=timezone.now(), error=f"Came back: {said}"
    )
    remind(world, mail=mail)
    User.objects.filter(pk=world.viewer.pk).update(language="ar")
    assert words(desk, world).count(f"\u2068{said}\u2069") == 2


def test_the_patients_page_leads_to_it(world: World, desk: Client) -> None:
    page = desk.get(reverse("desk:patient", args=[world.pat.pk])).content.decode()
    assert reverse("desk:sent", args=[world.pat.pk]) in page


def test_it_is_read_page_by_page(world: World, desk: Client) -> None:
    for days in range(55):
        remind(world, days)
    assert words(desk, world).count("<time") == 50
    assert words(desk, world, page="2").count("<time") == 5


def test_to_look_counts_as_opening_the_record(world: World, desk: Client) -> None:
    words(desk, world)
    assert world.pat.reads.get().user == world.viewer


@pytest.mark.parametrize("count", [1, 20])
def test_the_number_of_queries_does_not_grow_with_the_messages(
    world: World, desk: Client, count: int, django_assert_num_queries: Any
) -> None:
    for days in range(count):
        remind(world, days)
    words(desk, world)
    with django_assert_num_queries(13):
        words(desk, world)
