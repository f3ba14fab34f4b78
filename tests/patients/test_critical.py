"""docs/rules.md 6: critical alerts are mailed at once, at most one mail a clinician in 15 minutes."""

import datetime as dt
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import time_machine
from django.core import mail as outbox
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic import mail
from clinic import people as colleagues
from clinic.models import MailState, OutgoingMail, User
from patients import alerts, critical, tasks
from patients.models import Alert, Patient
from patients.models.alerts import Rule
from tests.patients.caring import raise_alert
from tests.world import World

NOW = dt.datetime(2026, 11, 19, 3, 30, tzinfo=dt.UTC)  # Thursday, 09:15 in Kathmandu
MINUTE = dt.timedelta(minutes=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def severe(patient: Patient) -> Alert:
    return raise_alert(patient, Rule.PAIN_HIGH, timezone.now())


def tick() -> None:
    """Write what is due, and send it."""
    tasks.tell_clinicians()
    mail.deliver_due()


def mails(person: User) -> list[OutgoingMail]:
    return list(OutgoingMail.objects.filter(kind=critical.KIND, to=person.email).order_by("created_at"))


def sent_to(person: User) -> int:
    return sum(person.email in letter.to for letter in outbox.outbox)


# --- To whom, and what it says


def test_it_goes_at_once_to_the_clinician_in_whose_care_the_patient_is(world: World) -> None:
    severe(world.pat)
    tick()
    assert [sent_to(person) for person in (world.clinician, world.owner, world.assistant)] == [1, 0, 0]


def test_without_one_it_goes_to_all_clinicians_of_the_clinic(world: World) -> None:
    world.pat.clinician = None
    world.pat.save()
    severe(world.pat)
    tick()
    assert [sent_to(person) for person in (world.clinician, world.owner, world.assistant)] == [1, 1, 0]
    assert sent_to(world.stranger_clinician) == 0


def test_it_follows_to_the_clinician_who_took_over(world: World) -> None:
    severe(world.pat)
    tick()
    world.pat.clinician = world.owner
    world.pat.save()
    tick()
    assert sent_to(world.owner) == 1


def test_high_and_low_ones_wait_for_the_digest(world: World) -> None:
    raise_alert(world.pat, Rule.SILENCE, NOW)
    raise_alert(world.pat, Rule.MISSED, NOW)
    tick()
    assert not outbox.outbox


def test_no_name_in_the_subject_no_health_detail_anywhere_and_a_link_behind_the_sign_in(world: World) -> None:
    alert = severe(world.pat)
    tasks.tell_clinicians()
    (letter,) = mails(world.clinician)
    address = reverse("desk:alert", args=[alert.pk])
    assert "Pat" not in letter.subject
    for part in (letter.text, letter.html):
        assert address in part
        assert "since Thu 19 Nov, 09:15" in part, "by the clinic's clock"
        for word in ("pain", "Pain", "severe", "safety", "session"):
            assert word not in part.replace(address, "")
    preview = letter.html.split("max-height: 0")[1].split("</div>")[0]
    assert "Pat" not in preview
    assert Client().get(address).status_code == 302


# --- How often


def test_what_comes_within_15_minutes_is_in_the_next_mail(
    world: World, clock: time_machine.Traveller
) -> None:
    severe(world.pat)
    tick()
    clock.shift(MINUTE)
    severe(world.quinn)
    raise_alert(world.pat, Rule.ADVERSE_EVENT, timezone.now())
    for _minute in range(13):
        clock.shift(MINUTE)
        tick()
    assert sent_to(world.clinician) == 1
    clock.shift(MINUTE)
    tick()
    tick()
    assert sent_to(world.clinician) == 2
    text = outbox.outbox[-1].body
    assert "Quinn" in text
    assert "Pat" in text


def test_what_was_acknowledged_meanwhile_is_not_mailed_any_more(
    world: World, clock: time_machine.Traveller
) -> None:
    severe(world.pat)
    tick()
    seen = severe(world.quinn)
    alerts.acknowledge(world.assistant, seen)
    clock.shift(20 * MINUTE)
    tick()
    assert sent_to(world.clinician) == 1


def test_a_mail_that_waits_is_not_sent_once_all_of_it_is_acknowledged(world: World) -> None:
    alert = severe(world.pat)
    tasks.tell_clinicians()
    alerts.acknowledge(world.assistant, alert)
    mail.deliver_due()
    assert not outbox.outbox
    assert mails(world.clinician)[0].state == MailState.CANCELLED


def test_what_recurs_after_it_was_acknowledged_is_mailed(world: World, clock: time_machine.Traveller) -> None:
    alerts.acknowledge(world.assistant, severe(world.pat))
    clock.shift(MINUTE)
    severe(world.pat)
    tick()
    assert sent_to(world.clinician) == 1


def test_a_mail_server_that_is_down_makes_no_heap_of_mails(
    world: World, clock: time_machine.Traveller
) -> None:
    severe(world.pat)
    tasks.tell_clinicians()
    for _hour in range(3):
        clock.shift(dt.timedelta(hours=1))
        severe(world.quinn)
        tasks.tell_clinicians()
    assert len(mails(world.clinician)) == 1
    tick()
    clock.shift(15 * MINUTE)
    tick()
    assert sent_to(world.clinician) == 2


def test_with_the_queue_wiped_the_next_tick_finds_all_that_is_due(
    world: World, clock: time_machine.Traveller
) -> None:
    severe(world.pat)
    clock.shift(dt.timedelta(days=2))
    tick()
    assert sent_to(world.clinician) == 1


def test_a_clock_that_ran_ahead_keeps_nobody_waiting(world: World, clock: time_machine.Traveller) -> None:
    severe(world.pat)
    clock.shift(dt.timedelta(days=30))
    tick()
    clock.move_to(NOW)
    severe(world.quinn)
    tick()
    assert sent_to(world.clinician) == 2


def test_one_clinician_s_trouble_leaves_the_others_alone(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    Patient.objects.filter(pk=world.pat.pk).update(clinician=None)
    world.pat.refresh_from_db()
    severe(world.pat)
    real = critical._write

    def broken(person: User, *more: Any) -> OutgoingMail:
        if person == world.clinician:
            raise RuntimeError("no words")
        return real(person, *more)

    with monkeypatch.context() as trouble:
        trouble.setattr(critical, "_write", broken)
        tick()
    assert [sent_to(person) for person in (world.clinician, world.owner)] == [0, 1]
    assert str(world.clinician.pk) in caplog.text
    tick()
    assert [sent_to(person) for person in (world.clinician, world.owner)] == [1, 1]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_write_one_mail(world: World) -> None:
    severe(world.pat)
    start = threading.Barrier(2)

    def worker(_number: int) -> int:
        start.wait()
        try:
            return critical.tell_due(NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as workers:
        assert sum(workers.map(worker, range(2))) == 1
    assert len(mails(world.clinician)) == 1


# --- What did not arrive


def test_a_mail_that_was_refused_is_shown_on_the_desk_until_somebody_has_seen_the_alert(world: World) -> None:
    alert = severe(world.pat)
    tasks.tell_clinicians()
    OutgoingMail.objects.filter(kind=critical.KIND).update(state=MailState.FAILED)
    client = Client()
    client.force_login(world.owner)
    address = reverse("desk:alerts", args=[world.clinic.pk])
    assert "was refused" in client.get(address).content.decode()
    alerts.acknowledge(world.owner, alert)
    assert "was refused" not in client.get(address).content.decode()


def test_a_mail_that_waits_too_long_is_shown_as_well(world: World, clock: time_machine.Traveller) -> None:
    severe(world.pat)
    tasks.tell_clinicians()
    assert not critical.undelivered(world.clinic)
    clock.shift(15 * MINUTE)
    assert critical.undelivered(world.clinic).get().recipient == world.clinician


def test_somebody_who_has_left_is_not_written_to(world: World) -> None:
    severe(world.pat)
    tasks.tell_clinicians()
    colleagues.end_membership(world.owner, world.clinician.memberships.get())
    mail.deliver_due()
    assert sent_to(world.clinician) == 0
    tick()
    assert sent_to(world.owner) == 1
