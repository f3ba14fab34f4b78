"""/livez and /readyz: what they tell, and what they do not."""

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from clinic import health
from clinic.models import Tick
from clinic.tasks import heartbeat
from tests.world import World


def test_alive_asks_nothing_of_the_database(db: None, client: Client, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert client.get("/livez").status_code == 200


def test_ready_when_a_tick_was_handled_lately(db: None, client: Client) -> None:
    assert client.get("/readyz").status_code == 503
    heartbeat()
    answer = client.get("/readyz")
    assert answer.status_code == 200
    told = answer.json()
    assert told == {
        "ready": True,
        "database": True,
        "migrations_waiting": 0,
        "heartbeat_age": pytest.approx(0, abs=2),
        "oldest_due_mail_age": 0.0,
    }


def test_not_ready_when_nobody_ticks_any_more(db: None, client: Client, settings: Any) -> None:
    settings.TICK_MAX_AGE = 60
    Tick.objects.create(name="heartbeat", handled_at=timezone.now() - dt.timedelta(seconds=61))
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["heartbeat_age"] == pytest.approx(61, abs=2)


def test_not_ready_when_the_database_does_not_answer(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone() -> set[tuple[str, str]]:
        raise DatabaseError("password authentication failed for user holdwell")

    monkeypatch.setattr(health, "applied_migrations", gone)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "database": False}


def test_not_ready_when_a_migration_waits(db: None, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    heartbeat()
    applied = health.applied_migrations() - {("clinic", "0001_initial")}
    monkeypatch.setattr(health, "applied_migrations", lambda: applied)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "database": True, "migrations_waiting": 1}


def test_it_costs_three_statements(db: None, client: Client, django_assert_max_num_queries: Any) -> None:
    heartbeat()
    client.get("/readyz")
    with django_assert_max_num_queries(4):  # the recorder first asks whether its table is there
        client.get("/readyz")


def test_it_tells_nothing_about_people(world: World, client: Client) -> None:
    text = client.get("/readyz").content.decode()
    assert "example.org" not in text
    assert world.clinic.name not in text
