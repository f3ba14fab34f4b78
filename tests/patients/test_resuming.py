"""docs/rules.md 3: what was stopped by mistake is resumed, and the past stays as it was."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.core.exceptions import ValidationError

from clinic.models import AuditEvent
from patients import prescribing, progress
from patients.models import Patient, Prescription
from tests.world import World, make_prescription

NOW = dt.datetime(2026, 11, 19, 3, 30, tzinfo=dt.UTC)  # Thursday, 09:15 in Kathmandu
TODAY = dt.date(2026, 11, 19)
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def figures(prescription: Prescription, today: dt.date) -> object:
    yesterday = today - DAY
    found = progress.of_prescriptions([prescription], today - 21 * DAY, yesterday, today)
    return found.due, found.kept, found.credit, found.extra


def test_what_was_stopped_by_mistake_goes_on_and_no_past_figure_changes(
    world: World, clock: time_machine.Traveller
) -> None:
    prescription = world.prescription
    prescribing.stop(world.owner, prescription, reason="Wrong patient")
    clock.move_to(NOW + 3 * DAY)
    today = TODAY + 3 * DAY
    before = figures(prescription, today)
    assert prescribing.resume(world.clinician, prescription, reason="Stopped by mistake") == today
    prescription = Prescription.objects.get(pk=prescription.pk)
    assert (prescription.stopped_from, prescription.stop_reason) == (None, "")
    assert figures(prescription, today) == before
    gap = prescription.pauses.get()
    assert (gap.first_day, gap.last_day) == (TODAY, today - DAY)
    assert (gap.reason, gap.created_by) == ("Wrong patient", world.owner)
    assert progress.plan_of(prescription).due_on(today) == 1
    kept = [(a.kind, a.day, a.reason, a.created_by) for a in prescription.acts.all()]
    assert kept == [
        ("stopped", TODAY, "Wrong patient", world.owner),
        ("resumed", today, "Stopped by mistake", world.clinician),
    ]
    assert AuditEvent.objects.get(verb="prescription.resumed").actor == world.clinician


def test_a_stop_of_today_is_taken_back_without_a_trace_in_the_plan(world: World) -> None:
    prescribing.stop(world.clinician, world.prescription, reason="Wrong patient")
    assert prescribing.resume(world.clinician, world.prescription, reason="Wrong patient") == TODAY
    assert not world.prescription.pauses.exists()


def test_days_that_were_paused_anyway_are_paused_once(world: World, clock: time_machine.Traveller) -> None:
    holiday = prescribing.pause(
        world.clinician, world.prescription, first_day=TODAY + DAY, last_day=TODAY + 2 * DAY
    )
    prescribing.stop(world.clinician, world.prescription, reason="Wrong patient")
    clock.move_to(NOW + 4 * DAY)
    prescribing.resume(world.clinician, world.prescription, reason="By mistake")
    others = world.prescription.pauses.exclude(pk=holiday.pk)
    assert [(p.first_day, p.last_day) for p in others] == [
        (TODAY, TODAY),
        (TODAY + 3 * DAY, TODAY + 3 * DAY),
    ]


def test_a_flexible_week_that_was_counted_stays_closed(world: World, clock: time_machine.Traveller) -> None:
    prescription = make_prescription(
        world.quinn,
        world.clinician,
        [world.hamstring],
        starts_on=TODAY - 9 * DAY,
        mode="flexible",
        per_week=7,
    )
    prescribing.stop(world.clinician, prescription, reason="Wrong patient")
    clock.move_to(NOW + DAY)
    before = figures(prescription, TODAY + DAY)
    monday = TODAY + 4 * DAY
    assert prescribing.resume(world.clinician, prescription, reason="By mistake") == monday
    assert figures(Prescription.objects.get(pk=prescription.pk), TODAY + DAY) == before


@pytest.mark.parametrize("why", ["not stopped", "over", "discharged", "no reason"])
def test_what_cannot_be_resumed_is_refused(world: World, clock: time_machine.Traveller, why: str) -> None:
    prescription = world.prescription
    if why != "not stopped":
        prescribing.stop(world.clinician, prescription, reason="Wrong patient")
    if why == "over":
        Prescription.objects.update(ends_on=TODAY + DAY)
        clock.move_to(NOW + 2 * DAY)
    if why == "discharged":
        Patient.objects.update(state="discharged")
        prescription.patient.refresh_from_db()
    with pytest.raises(ValidationError) as refused:
        prescribing.resume(world.clinician, prescription, reason="" if why == "no reason" else "By mistake")
    assert list(refused.value.message_dict) == ["reason" if why == "no reason" else "prescription"]
    assert not prescription.acts.filter(kind="resumed").exists()
