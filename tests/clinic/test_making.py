"""Work that is a row: of what may last for hours, one worker at a time has one, so that the others go on sending."""

import datetime as dt
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep
from typing import Any

import pytest
from celery import Task
from django.db import connection, transaction
from django.utils import timezone

import clinic.tasks
import exercises.tasks
import patients.tasks
from clinic import making, operating
from clinic.models import Work
from exercises.exchange import jobs
from exercises.models import LibraryImport
from patients import archives, reports
from patients.models import Archive, Report
from tests.world import World, make_world

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def two(world: World) -> list[Archive]:
    """An archive of each clinic, asked for an hour ago."""
    return waiting(world)


def waiting(world: World) -> list[Archive]:
    asked = ((world.clinic, world.owner), (world.far_clinic, world.stranger_clinician))
    return [
        Archive.objects.create(clinic=clinic, requested_by=who, due_at=timezone.now() - HOUR)
        for clinic, who in asked
    ]


def brought(world: World) -> LibraryImport:
    return LibraryImport.objects.create(requested_by=world.curator, due_at=timezone.now() - HOUR)


def report(world: World, last_day: dt.date = dt.date(2026, 11, 15)) -> Report:
    return Report.objects.create(
        clinic=world.clinic,
        kind="digest",
        recipient=world.clinician,
        first_day=last_day - dt.timedelta(days=6),
        last_day=last_day,
        due_at=timezone.now() - HOUR,
    )


def claimed(work: Work, later: dt.timedelta = dt.timedelta()) -> bool:
    return making.claim(type(work)._default_manager.all(), work.pk, timezone.now() + later) is not None


# --- One at a time


def test_a_tick_leaves_archives_to_the_worker_that_has_one_in_hand(
    two: list[Archive], monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []

    def make(archive: Archive, now: dt.datetime) -> bool:
        order.append("begun")
        patients.tasks.make_archives()  # what another worker does at its next tick
        order.append("over")
        return making.finish(archive, now)

    monkeypatch.setattr(archives, "_make", make)
    patients.tasks.make_archives()
    assert order == ["begun", "over", "begun", "over"]


def test_two_ticks_that_found_the_same_archives_waiting_do_not_share_them(two: list[Archive]) -> None:
    now = timezone.now()
    one, other = (making.claim_due(Archive.objects.all(), now) for _ in range(2))
    first = next(one)
    assert next(other, None) is None
    making.finish(first, now)
    assert next(one, None) not in (None, first)


def test_an_import_waits_for_an_archive_and_an_archive_for_an_import(
    world: World, two: list[Archive]
) -> None:
    job = brought(world)
    assert claimed(job)
    assert not claimed(two[0])
    LibraryImport.objects.update(state="done", claimed_until=None)
    assert claimed(two[0])
    assert not claimed(brought(world))


def test_the_next_one_waits_no_longer_than_the_lease_of_a_worker_that_died(two: list[Archive]) -> None:
    assert claimed(two[0])
    assert not claimed(two[1], making.LEASE - dt.timedelta(seconds=1))
    assert claimed(two[1], making.LEASE + dt.timedelta(seconds=1))


def test_reports_do_not_wait_for_an_archive(world: World, two: list[Archive]) -> None:
    assert claimed(two[0])
    assert claimed(report(world))


def test_what_waits_for_its_turn_is_not_late(two: list[Archive]) -> None:
    box, now = operating.outboxes["archives"], timezone.now()
    assert operating.standing(box, now).late
    assert claimed(two[0])
    found = operating.standing(box, now)
    assert (found.late, found.open) == (False, {"waiting": 1, "running": 1})


@pytest.mark.django_db(transaction=True)
def test_two_ticks_at_the_same_instant_do_not_both_claim() -> None:
    world = make_world()
    asked: list[Work] = [waiting(world)[0], brought(world)]
    ready = Barrier(len(asked))

    def tick(work: Work) -> bool:
        try:
            ready.wait()
            with transaction.atomic():
                ours = claimed(work)
                sleep(0.3)  # not committed yet while the other one looks
                return ours
        finally:
            connection.close()

    with ThreadPoolExecutor() as workers:
        assert sorted(workers.map(tick, asked)) == [False, True]


# --- In turns


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The tasks that were sent to the end of the queue; whatever is done lasts longer than a turn."""
    names: list[str] = []
    monkeypatch.setattr(clinic.tasks, "TURN", -1)
    monkeypatch.setattr(
        clinic.tasks.current_app, "send_task", lambda name, **_options: names.append(name), raising=False
    )
    return names


@pytest.mark.parametrize(
    ("task", "module", "make"),
    [
        (patients.tasks.make_archives, archives, waiting),
        (exercises.tasks.make_imports, jobs, lambda world: [brought(world), brought(world)]),
        (
            patients.tasks.sweep_reports,
            reports,
            lambda world: [report(world), report(world, dt.date(2026, 11, 8))],
        ),
    ],
)
def test_after_each_the_others_have_their_turn(
    world: World,
    woken: list[str],
    monkeypatch: pytest.MonkeyPatch,
    task: Task,
    module: Any,
    make: Callable[[World], list[Work]],
) -> None:
    rows = make(world)
    monkeypatch.setattr(module, "_make", making.finish)
    for times in (1, 2):
        task()
        assert (
            type(rows[0])._default_manager.filter(pk__in=[row.pk for row in rows], state="done").count()
            == times
        )
    assert woken == [task.name, task.name]
    task()
    assert woken == [task.name, task.name]
