"""What is measured without a server: the pure functions, a clinic's figures, figures that are drawn, long work."""

import datetime as dt
import gzip
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic.models import Clinic, WorkState
from exercises.figures import POSES, render
from exercises.figures.drawing import draw
from exercises.figures.film import film
from exercises.figures.pose import read
from exercises.shipping import DATA
from patients import bands, progress
from patients.adherence import adherence
from patients.models import Alert, Patient, Prescription, Report


def adherence_ms(prescription: Prescription, weeks: int) -> float:
    """One prescription's figures and days, its facts at hand."""
    today = prescription.patient.local_date(timezone.now())
    first = today - dt.timedelta(weeks=weeks)
    ((plan, done),) = progress.facts_of([prescription], first, today)
    return processor_ms(lambda: adherence(plan, done, first, today, today))


def clinic_costs(clinic: Clinic, weeks: int) -> dict[str, float]:
    """All figures of a clinic over some weeks, with the database: milliseconds on the clock, and statements."""
    today = timezone.now().date()
    patients = Patient.objects.filter(clinic=clinic)
    ask = partial(bands.of_window, patients, today - dt.timedelta(weeks=weeks), today)
    with CaptureQueriesContext(connection) as captured:
        count = len(ask())
    name = f"{count} patients, {weeks} weeks"
    return {
        f"{name}, ms": per_call_ms(ask, turns=15),
        f"{name}, processor ms": processor_ms(ask, turns=15),
        f"{name}, queries": len(captured),
    }


def tick_costs() -> dict[str, float]:
    """Long work of all clinics, each tick in a process of its own: seconds, and the most memory it ever had.

    The daily look finds what it raises for the first time: the dearest morning of all.
    """
    before = Report.objects.filter(state=WorkState.DONE).count(), Alert.objects.count()
    reports, looks = _tick("patients.tasks.sweep_reports"), _tick("patients.tasks.look_at_clinics")
    made = Report.objects.filter(state=WorkState.DONE).count() - before[0]
    raised = Alert.objects.count() - before[1]
    return {f"{made} reports, {name}": value for name, value in reports.items()} | {
        f"daily look, {raised} alerts, {name}": value for name, value in looks.items()
    }


def _tick(task: str) -> dict[str, float]:
    command = [sys.executable, "-m", "tests.bench.ticks", task]
    took: dict[str, float] = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    return took


def figure_costs() -> dict[str, float]:
    """The dearest of the shipped figures: drawing it anew (nothing is kept between calls), and what it weighs."""
    shipped = [json.loads(file.read_text())["figure"] for file in (DATA / "exercises").glob("*.json")]
    views = [(figure, pose) for figure in shipped for pose in POSES]
    pages = [
        render(figure, pose=pose, side="left", title="Figure", description="A figure").encode()
        for figure, pose in views
    ]
    films = [json.dumps(film(read(figure)), separators=(",", ":")).encode() for figure in shipped]
    return {
        "a figure, ms": max(per_call_ms(partial(draw, read(f), pose=pose, side="left")) for f, pose in views),
        "a figure, bytes": max(len(page) for page in pages),
        "a figure compressed, bytes": max(len(gzip.compress(page)) for page in pages),
        "a film, ms": max(per_call_ms(partial(film, read(figure))) for figure in shipped),
        "a film compressed, bytes": max(len(gzip.compress(text)) for text in films),
    }


def per_call_ms(act: Callable[[], object], turns: int = 50) -> float:
    return _median_ms(act, turns, time.perf_counter)


def processor_ms(act: Callable[[], object], turns: int = 50) -> float:
    """Of this process alone: neighbours on the machine hardly move it."""
    return _median_ms(act, turns, time.process_time)


def _median_ms(act: Callable[[], object], turns: int, clock: Callable[[], float]) -> float:
    times = []
    for _turn in range(turns):
        start = clock()
        act()
        times.append(clock() - start)
    return round(statistics.median(times) * 1000, 2)
