"""/metrics: for whoever has the token, in numbers alone."""

import datetime as dt
import re
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone
from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families

from clinic import health, tasks
from clinic.models import OutgoingMail, RefusedAddress, Tick
from tests.world import World

TOKEN = "0123456789abcdef0123"


@pytest.fixture(autouse=True)
def token(settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN


def scrape(client: Client) -> dict[tuple[str, ...], float]:
    """Every sample, by its name and the values of its labels."""
    answer = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    return {
        (sample.name.removeprefix("holdwell_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def test_without_a_setting_there_is_no_such_page(db: None, client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    for header in ({}, {"authorization": "Bearer "}, {"authorization": f"Bearer {TOKEN}"}):
        assert client.get("/metrics", headers=header).status_code == 404


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", TOKEN, "Bearer ä"]
)
def test_without_the_token_nothing_is_told(client: Client, header: str) -> None:
    """Nor is the database asked: there is none in this test."""
    answer = client.get("/metrics", headers={"authorization": header} if header else {})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert b"holdwell_" not in answer.content


def test_an_operator_s_sign_in_is_no_token(world: World, client: Client) -> None:
    client.force_login(world.operator)
    assert client.get("/metrics").status_code == 401


def test_it_says_whether_all_is_ready(db: None, client: Client) -> None:
    assert scrape(client)["ready",] == 0
    tasks.heartbeat()
    told = scrape(client)
    assert told["ready",] == 1
    assert told["heartbeat_age_seconds",] == pytest.approx(0, abs=2)
    Tick.objects.update(handled_at=timezone.now() - dt.timedelta(seconds=181))
    told = scrape(client)
    assert told["ready",] == 0
    assert told["heartbeat_age_seconds",] == pytest.approx(181, abs=2)


def test_it_tells_of_each_outbox(world: World, client: Client) -> None:
    now = timezone.now()
    fields = {"kind": "message", "to": "pat@example.org", "subject": "A message"}
    OutgoingMail.objects.create(**fields, due_at=now - dt.timedelta(minutes=5))
    OutgoingMail.objects.create(**fields, due_at=now + dt.timedelta(minutes=5))
    OutgoingMail.objects.create(**fields, state="failed", unknown_at=now)
    RefusedAddress.objects.create(address="pat@example.org", reason="550 nobody")
    told = scrape(client)
    assert told["oldest_due_age_seconds", "mails"] == pytest.approx(300, abs=30)
    assert told["open_rows", "mails", "queued"] == 2
    assert told["open_rows", "mails", "sending"] == 0
    assert told["failed_rows", "mails"] == told["unknown_rows", "mails"] == 1
    assert told["refused_addresses",] == 1
    for outbox in ("notes", "reminders", "reports", "archives"):
        assert told["oldest_due_age_seconds", outbox] == 0
    assert ("unknown_rows", "reports") not in told


def families(client: Client, accept: str = "text/plain") -> tuple[str, str]:
    answer = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}", "accept": accept})
    return answer.headers["Content-Type"], answer.content.decode()


def test_names_and_words_are_as_prometheus_asks(db: None, client: Client) -> None:
    """A unit at the end, in base units; `_total` is for counters, of which there are none."""
    tasks.heartbeat()
    _, text = families(client)
    found = list(text_string_to_metric_families(text))
    assert len(found) > 8
    for family in found:
        assert family.type == "gauge"
        assert re.fullmatch(
            r"holdwell_(ready|info|refused_addresses|[a-z_]+_(seconds|bytes|rows))", family.name
        )
        for unit in ("seconds", "bytes", "rows"):
            if family.name.endswith(f"_{unit}"):
                assert unit in family.documentation.lower()
        assert re.fullmatch(r"[A-Z0-9].*\.", family.documentation)


def test_it_speaks_openmetrics_to_whoever_asks_for_that(db: None, client: Client) -> None:
    media_type, text = families(client, "application/openmetrics-text; version=1.0.0")
    assert media_type.startswith("application/openmetrics-text")
    assert {"holdwell_ready", "holdwell_open_rows"} <= {f.name for f in read_openmetrics(text)}


def test_it_tells_no_names(world: World, client: Client) -> None:
    RefusedAddress.objects.create(address="pat@example.org", reason="550 nobody")
    text = client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"}).content.decode()
    assert "example.org" not in text
    assert world.clinic.name not in text


def test_a_scrape_costs_the_same_however_much_there_is(
    world: World, client: Client, django_assert_num_queries: Any
) -> None:
    scrape(client)
    for _ in range(12):
        OutgoingMail.objects.create(kind="message", to="pat@example.org", subject="A message")
    # Two an outbox; migrations, heartbeat and mails as /readyz; ticks, refused addresses.
    with django_assert_num_queries(18):
        scrape(client)


def test_with_the_database_away_or_behind_it_is_just_not_ready(
    db: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> set[tuple[str, str]]:
        raise DatabaseError("password authentication failed for user holdwell")

    for applied in (gone, set):
        monkeypatch.setattr(health, "applied_migrations", applied)
        assert scrape(client) == {("ready",): 0}
