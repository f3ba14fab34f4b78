"""The calendar: neutral, right over every change of the clocks, stable, without what is not asked (docs/rules.md 7)."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from icalendar import Calendar

from patients import alerts, calendar, people, prescribing
from patients.models import Patient
from patients.models.alerts import SafetyQuestion
from patients.models.people import PatientState
from patients.schedule import instant_of
from tests.world import World, make_prescription

NOW = dt.datetime(2026, 11, 19, 3, 30, tzinfo=dt.UTC)  # Thursday, 09:15 in Kathmandu
TODAY = dt.date(2026, 11, 19)
DAY = dt.timedelta(days=1)


def read(patient: Patient, now: dt.datetime = NOW) -> list[Any]:
    """The events as a calendar reads them."""
    with time_machine.travel(now, tick=False):
        fresh = Patient.objects.get(pk=patient.pk)
        return list(Calendar.from_ical(calendar.of_patient(fresh, now)).events)


def starts(events: list[Any]) -> list[Any]:
    return [event.start for event in events]


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def test_every_occasion_of_the_coming_eight_weeks_is_an_event_at_its_reminders_time(world: World) -> None:
    world.prescription.revisions.update(weekdays=[0, 3], times_per_day=2)
    people.change_preferences(world.patient, world.pat, times=["07:30", "18:00"])
    events = read(world.pat)
    # Thursdays and Mondays from 19 November to 14 January.
    assert len(events) == 17 * 2
    zone = ZoneInfo("Asia/Kathmandu")
    assert [f"{start.astimezone(zone):%d %b %H:%M}" for start in starts(events)[:3]] == [
        "19 Nov 07:30",
        "19 Nov 18:00",
        "23 Nov 07:30",
    ]
    assert {event.end - event.start for event in events} == {dt.timedelta(minutes=5)}


def test_nothing_in_it_speaks_of_health(world: World) -> None:
    with time_machine.travel(NOW, tick=False):
        text = calendar.of_patient(world.pat, NOW).decode()
    assert {event["summary"] for event in read(world.pat)} == {"Time for your session"}
    for word in ("Knee", "hamstring", "Six stretches", "pain", "Pat", "Holdwell Practice", "X-WR-TIMEZONE"):
        assert word not in text
    assert str(world.prescription.pk) not in text


@pytest.mark.parametrize(
    ("zone", "change"),
    [
        ("Europe/Berlin", dt.date(2026, 3, 29)),
        ("Europe/Berlin", dt.date(2026, 10, 25)),
        ("America/New_York", dt.date(2026, 3, 8)),
        ("America/New_York", dt.date(2026, 11, 1)),
        ("Australia/Lord_Howe", dt.date(2026, 4, 5)),  # by half an hour
        ("Australia/Lord_Howe", dt.date(2026, 10, 4)),
        ("America/Santiago", dt.date(2026, 9, 6)),  # at midnight
    ],
)
@pytest.mark.parametrize("time", ["02:15", "00:30", "09:00"])
def test_over_a_change_of_the_clocks_each_event_is_at_the_patients_local_time(
    world: World, zone: str, change: dt.date, time: str
) -> None:
    world.prescription.starts_on = change - 30 * DAY
    world.prescription.save()
    world.prescription.revisions.update(counts_from=change - 30 * DAY)
    people.change_preferences(world.patient, world.pat, time_zone=ZoneInfo(zone), times=[time])
    days = [change - DAY, change, change + DAY]
    now = dt.datetime.combine(change - 2 * DAY, dt.time(12), tzinfo=dt.UTC)
    found = [at for at in starts(read(world.pat, now)) if at.astimezone(ZoneInfo(zone)).date() in days]
    # The rule of the reminders: past the gap, and the first of two (docs/rules.md 7).
    assert found == [instant_of(day, dt.time.fromisoformat(time), ZoneInfo(zone)) for day in days]
    ordinary = [at.astimezone(ZoneInfo(zone)).strftime("%H:%M") for at in (found[0], found[2])]
    assert ordinary == [time, time]


def test_a_flexible_week_has_its_goal_on_the_first_day_and_no_occasions(world: World) -> None:
    world.prescription.revisions.update(mode="flexible", weekdays=[], times_per_day=None, per_week=3)
    prescribing.pause(
        world.clinician, world.prescription, first_day=dt.date(2026, 11, 23), last_day=dt.date(2026, 11, 26)
    )
    events = read(world.pat)
    assert starts(events)[:3] == [dt.date(2026, 11, 16), dt.date(2026, 11, 27), dt.date(2026, 11, 30)]
    # 3 days of the week of the pause are left: 3 · 3/7, rounded half up.
    assert [str(event["summary"]) for event in events[:3]] == [
        "This week: 3 sessions",
        "This week: one session",
        "This week: 3 sessions",
    ]


def test_paused_days_are_absent(world: World) -> None:
    prescribing.pause(world.clinician, world.prescription, first_day=TODAY + DAY, last_day=TODAY + 5 * DAY)
    days = [start.date() for start in starts(read(world.pat))]
    assert days[:2] == [TODAY, TODAY + 6 * DAY]


def test_what_is_held_or_over_is_absent(world: World) -> None:
    second = make_prescription(world.pat, world.clinician, [world.hamstring], starts_on=TODAY)
    prescribing.stop(world.clinician, second, reason="Enough")
    assert len(read(world.pat)) == 57
    alerts.answer_safety(
        world.patient, world.pat, dict.fromkeys(SafetyQuestion.values, False) | {"recent_fall": True}
    )
    assert read(world.pat) == []


@pytest.mark.parametrize("state", [PatientState.DISCHARGED, PatientState.INACTIVE])
def test_of_somebody_who_is_not_active_it_is_empty_and_still_a_calendar(
    world: World, state: PatientState
) -> None:
    Patient.objects.filter(pk=world.pat.pk).update(state=state)
    assert read(world.pat) == []


def test_an_event_stays_the_same_event_when_its_time_moves(world: World) -> None:
    before = {event["uid"]: event for event in read(world.pat)}
    with time_machine.travel(NOW + dt.timedelta(hours=1), tick=False):
        people.change_preferences(world.patient, world.pat, times=["19:00"])
    after = {event["uid"]: event for event in read(world.pat, NOW + dt.timedelta(hours=1))}
    assert before.keys() == after.keys()
    for uid, event in after.items():
        assert event.start != before[uid].start
        assert event["sequence"] == before[uid]["sequence"] + 60
        assert event.decoded("last-modified") == event.decoded("dtstamp") == NOW + dt.timedelta(hours=1)


def test_the_same_plan_gives_the_same_bytes(world: World) -> None:
    later = NOW + dt.timedelta(minutes=30)
    assert calendar.of_patient(world.pat, NOW) == calendar.of_patient(world.pat, later)


def test_it_asks_to_be_looked_at_every_few_hours(world: World) -> None:
    text = calendar.of_patient(world.pat, NOW).decode()
    assert "REFRESH-INTERVAL;VALUE=DURATION:PT4H\r\n" in text
    assert "X-PUBLISHED-TTL:PT4H\r\n" in text
    assert max(len(line) for line in text.encode().split(b"\r\n")) <= 75


def test_the_number_of_queries_does_not_grow_with_the_prescriptions(
    world: World, django_assert_num_queries: Any
) -> None:
    for _ in range(3):
        make_prescription(world.pat, world.clinician, [world.hamstring], starts_on=TODAY)
    patient = Patient.objects.select_related("user").get(pk=world.pat.pk)
    with django_assert_num_queries(12):
        calendar.of_patient(patient, NOW)
