"""Reminders by the thousand, due at the same instant in 20 zones: planned, handed over and delivered to a mail server.

What two workers deliver is told as a share of what two processes send that do nothing else (`hands.bare`): the same
letters over kept connections to the same server, in turns with it, so that a noisy machine does the same to both.
"""

import datetime as dt
import json
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.db import connection, transaction
from django.utils import timezone

from clinic.models import Clinic, MailState, OutgoingMail, User
from patients.demo.bulk import Sheet, bare, settle
from patients.demo.names import ZONES
from patients.models import (
    Patient,
    PatientZone,
    Prescription,
    PrescriptionRevision,
    ReminderPreference,
    Session,
)
from patients.models.people import PatientState
from patients.models.prescriptions import ScheduleMode
from patients.models.sessions import Source
from tests.bench.asking import PORT
from tests.world import make_user

SINK = PORT + 1
WORKERS = 2
ROUNDS = 5
SECONDS = 4.0  # of sending at a time
PLANNED_WITHIN = 60  # seconds, 100,000 of them
DAY = dt.timedelta(days=1)
NO_QUIET = dt.time(0)


def reminder_costs(count: int) -> dict[str, float]:
    """Of `count` patients with one reminder due each; the database holds no others. What was wanted stands beside it.

    All are planned and handed over, and a part of the mails is delivered while the others wait, as they do in life.
    """
    make_due(count, timezone.now())
    sink = subprocess.Popen([sys.executable, "-m", "tests.bench.sink", str(SINK)])
    os.environ["EMAIL_URL"] = f"smtp://127.0.0.1:{SINK}"
    workers = [Worker() for _ in range(WORKERS)]
    try:
        _wait_for_sink()
        (planned,) = _all(workers[:1], {"do": "plan"})
        handed_over = _all(workers, {"do": "dispatch"})
        assert _sum(handed_over, "count") == count == OutgoingMail.objects.count(), handed_over
        rounds = []
        while len(rounds) < ROUNDS and OutgoingMail.objects.filter(state=MailState.QUEUED).exists():
            rounds.append(_round(workers))
    finally:
        for worker in workers:
            worker.stop()
        sink.terminate()
        sink.wait()
    sent = [one for _bare, delivered in rounds for one in delivered]
    assert _sum(sent, "count") == OutgoingMail.objects.filter(state=MailState.SENT).count()
    shares = [_rate(delivered) / _rate(bare) for bare, delivered in rounds]
    both = [1 / (1 / _rate(handed_over) + 1 / _rate(delivered)) / _rate(bare) for bare, delivered in rounds]
    of_processor = [_processor_ms(bare) / _processor_ms(delivered) for bare, delivered in rounds]
    found = {
        f"planned, s (≤ {PLANNED_WITHIN * count / 100_000:g})": planned["seconds"],
        "planned, processor s": planned["processor"],
        "planned, queries": planned["queries"],
        "handed over, s": max(one["seconds"] for one in handed_over),
        "handed over, processor ms each": _processor_ms(handed_over),
        "handed over, queries": _sum(handed_over, "queries"),
        "delivered, queries each (≤ 2, and those of a batch)": _sum(sent, "queries") / _sum(sent, "count"),
        "MB a worker (≤ 200)": max(one["MB"] for one in sent),
        "delivered, share of bare (≥ 0.6)": statistics.median(shares),
        "lowest": min(shares),
        "highest": max(shares),
        "delivered, bare's share of processor": statistics.median(of_processor),
        "handed over and delivered, share of bare": statistics.median(both),
        "bare, a second": statistics.median(_rate(bare) for bare, _delivered in rounds),
        "delivered, a second": statistics.median(_rate(delivered) for _bare, delivered in rounds),
    }
    return {f"{count} reminders, {name}": round(value, 3) for name, value in found.items()}


def _round(workers: Sequence["Worker"]) -> tuple[list[dict[str, float]], list[dict[str, float]]]:
    """Bare letters for some seconds, then what is due for as long."""
    letter = OutgoingMail.objects.filter(state=MailState.QUEUED)[0]
    words = {name: getattr(letter, name) for name in ("subject", "text", "html", "headers")}
    bare = _all(workers, {"do": "bare", "seconds": SECONDS, **words})
    return bare, _all(workers, {"do": "deliver", "seconds": SECONDS})


def _sum(answers: Sequence[dict[str, float]], name: str) -> float:
    return sum(one[name] for one in answers)


def _rate(answers: Sequence[dict[str, float]]) -> float:
    """All of them together, a second."""
    return _sum(answers, "count") / max(one["seconds"] for one in answers)


def _processor_ms(answers: Sequence[dict[str, float]]) -> float:
    return 1000 * _sum(answers, "processor") / _sum(answers, "count")


class Worker:
    """A process of its own that does what it is told (`tests.bench.hands`)."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.bench.hands"]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def begin(self, order: dict[str, Any]) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps(order) + "\n")

    def end(self) -> dict[str, float]:
        assert self.process.stdout
        answer: dict[str, float] = json.loads(self.process.stdout.readline())
        return answer

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()


def _all(workers: Sequence[Worker], order: dict[str, Any]) -> list[dict[str, float]]:
    """What each of them says when it is done; they work side by side."""
    for worker in workers:
        worker.begin(order)
    return [worker.end() for worker in workers]


def _wait_for_sink() -> None:
    for _attempt in range(100):
        try:
            socket.create_connection(("127.0.0.1", SINK), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("The mail server of the bench did not answer.")


# --- The patients


def make_due(count: int, now: dt.datetime) -> None:
    """Patients in 20 zones, each with a daily prescription, some sessions, and a reminder that fell due this minute."""
    due = now.replace(second=0, microsecond=0)
    # Those zones that have most of their day before them: nothing expires at a midnight while it is measured.
    zones = sorted(ZONES, key=lambda zone: due.astimezone(ZoneInfo(zone)).time())[:20]
    clinician = make_user("reminding")
    clinics = [Clinic.objects.create(name=f"Practice {zone}", time_zone=zone) for zone in zones]
    people = Sheet(User, "id", "password", "email", "name")
    in_care = Sheet(Patient, "id", "clinic_id", "user_id", "clinician_id", "state", "name", "time_zone")
    since = Sheet(PatientZone, "patient_id", "time_zone", "since")
    wishes = Sheet(ReminderPreference, "patient_id", "times", "quiet_from", "quiet_until", "unsubscribe_key")
    prescriptions = Sheet(
        Prescription, "id", "patient_id", "name", "starts_on", "created_by_id", "created_at"
    )
    revisions = Sheet(
        PrescriptionRevision,
        *("id", "prescription_id", "number", "counts_from", "mode", "weekdays", "times_per_day"),
        *("created_by_id", "created_at"),
    )
    sessions = Sheet(
        Session,
        *("id", "patient_id", "prescription_id", "revision_id", "source", "started_at", "ended_at"),
        *("local_date", "zone", "received_at", "recorded_by_id"),
        *("performed_sets", "prescribed_sets", "digest"),
    )
    long_ago = now - 30 * DAY
    for number in range(count):
        clinic = clinics[number % len(clinics)]
        zone = str(clinic.time_zone)
        local = due.astimezone(ZoneInfo(zone))
        user, patient, prescription, revision = (str(uuid4()) for _ in range(4))
        name = f"Patient {number}"
        people.rows.append((user, UNUSABLE_PASSWORD_PREFIX + "bench", f"patient-{number}@example.org", name))
        in_care.rows.append((patient, clinic.pk, user, clinician.pk, PatientState.ACTIVE, name, zone))
        since.rows.append((patient, zone, long_ago))
        wishes.rows.append((patient, [local.strftime("%H:%M")], NO_QUIET, NO_QUIET, patient))
        prescriptions.rows.append(
            (prescription, patient, "Stretches", long_ago.date(), clinician.pk, long_ago)
        )
        mode = (ScheduleMode.FIXED, list(range(7)), 1)
        revisions.rows.append((revision, prescription, 1, long_ago.date(), *mode, clinician.pk, long_ago))
        for days in range(1, 5):
            at = due - days * DAY
            when = (at, at, local.date() - days * DAY, zone, at, user)
            sessions.rows.append(
                (str(uuid4()), patient, prescription, revision, Source.PLAYER, *when, 6, 6, "0" * 64)
            )
    with transaction.atomic(), bare(Session):
        for sheet in (people, in_care, since, wishes, prescriptions, revisions, sessions):
            sheet.write()
    settle()
    connection.close()
