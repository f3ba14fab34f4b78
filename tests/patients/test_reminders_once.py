"""What was told is told once, whatever is chosen afterwards, and nothing new is taken for it (docs/rules.md 7).

Pat lives in Kathmandu and chose 12:00; it is Wednesday, 18 November.
"""

import datetime as dt
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection

from clinic.mail import deliver_due
from clinic.models import OutgoingMail
from patients import messaging, people, prescribing, reminders
from patients.models import Patient, Prescription
from patients.models.reminders import Kind, Reason
from patients.schedule import Fixed
from tests.patients.reminding import (
    DAY,
    EVERY_DAY,
    SENT,
    TODAY,
    clock,
    dropped,
    ends,
    local,
    pat,
    prescribe,
    sweep,
)
from tests.world import World, make_prescription

__all__ = ["clock", "pat"]

LOS_ANGELES = ZoneInfo("America/Los_Angeles")
CHANGED = Kind.PRESCRIPTION_CHANGED
EVENING, NIGHT = {"quiet_from": dt.time(21), "quiet_until": dt.time(8)}, {"quiet_from": dt.time(23, 30)}


@pytest.fixture(autouse=True)
def at_noon(pat: Patient) -> None:
    people.change_preferences(None, pat, times=["12:00"])


def go(clock: time_machine.Traveller, first: dt.datetime, last: dt.datetime) -> None:
    """Ticks every ten minutes, with a mail server that answers."""
    while first <= last:
        clock.move_to(first)
        sweep(first)
        deliver_due()
        first += dt.timedelta(minutes=10)


def pause(world: World, after: int = 20) -> None:
    first = TODAY + after * DAY
    prescribing.pause(world.clinician, world.prescription, first_day=first, last_day=first + DAY)


def mails(kind: Kind) -> int:
    return OutgoingMail.objects.filter(kind=kind, state="sent").count()


class TestAChange:
    def test_is_not_told_again_when_quiet_hours_now_begin_before_it(
        self, world: World, pat: Patient, clock: time_machine.Traveller
    ) -> None:
        people.change_preferences(None, pat, **NIGHT)
        clock.move_to(local("21:00"))
        pause(world)
        go(clock, local("21:00"), local("21:40"))
        assert mails(CHANGED) == 1
        people.change_preferences(None, pat, **EVENING)
        go(clock, local("22:00"), local("23:00"))
        go(clock, local("07:00", TODAY + DAY), local("09:00", TODAY + DAY))
        assert mails(CHANGED) == 1

    def test_is_not_told_again_in_another_zone(
        self, world: World, pat: Patient, clock: time_machine.Traveller
    ) -> None:
        clock.move_to(local("09:30"))
        pause(world)
        go(clock, local("09:30"), local("10:00"))
        assert mails(CHANGED) == 1
        people.change_preferences(None, pat, time_zone=LOS_ANGELES)
        go(clock, local("10:00"), local("12:00"))
        assert mails(CHANGED) == 1

    def test_is_told_although_one_before_it_would_now_have_been_told_on_another_day(
        self, world: World, pat: Patient, clock: time_machine.Traveller
    ) -> None:
        clock.move_to(local("22:00", TODAY - DAY))
        pause(world)
        go(clock, local("07:00"), local("09:00"))
        assert mails(CHANGED) == 1
        go(clock, local("12:00"), local("12:00"))
        people.change_preferences(None, pat, quiet_until=dt.time(7), **NIGHT)
        clock.move_to(local("14:00"))
        pause(world, after=30)
        go(clock, local("14:00"), local("16:00"))
        assert mails(CHANGED) == 2

    def test_speaks_of_its_own_news_alone(
        self, world: World, pat: Patient, clock: time_machine.Traveller
    ) -> None:
        clock.move_to(local("09:00"))
        pause(world)
        go(clock, local("09:00"), local("09:20"))
        clock.move_to(local("15:00"))
        prescribe(world, Fixed(EVERY_DAY, 1))
        sweep(local("15:10"))
        assert "has written a prescription for you" in OutgoingMail.objects.latest("created_at").text


class TestAMessage:
    def test_is_not_told_again_when_quiet_hours_now_begin_before_it(
        self, world: World, pat: Patient, clock: time_machine.Traveller
    ) -> None:
        people.change_preferences(None, pat, **NIGHT)
        clock.move_to(local("21:30"))
        messaging.write(world.clinician, pat, id=uuid4(), text="Hello")
        go(clock, local("21:30"), local("21:40"))
        assert mails(Kind.MESSAGE) == 1
        people.change_preferences(None, pat, **EVENING)
        go(clock, local("21:50"), local("22:40"))
        go(clock, local("07:00", TODAY + DAY), local("09:00", TODAY + DAY))
        assert mails(Kind.MESSAGE) == 1

    def test_is_not_told_again_in_another_zone(
        self, world: World, pat: Patient, clock: time_machine.Traveller
    ) -> None:
        clock.move_to(local("09:30"))
        messaging.write(world.clinician, pat, id=uuid4(), text="Hello")
        go(clock, local("09:30"), local("09:40"))
        assert mails(Kind.MESSAGE) == 1
        people.change_preferences(None, pat, time_zone=LOS_ANGELES)
        go(clock, local("18:00"), local("23:00"))
        assert mails(Kind.MESSAGE) == 1

    def test_that_waits_for_the_morning_is_told_once_when_the_night_moves(
        self, world: World, pat: Patient, clock: time_machine.Traveller
    ) -> None:
        clock.move_to(local("21:30"))
        messaging.write(world.clinician, pat, id=uuid4(), text="Hello")
        go(clock, local("21:30"), local("21:40"))
        people.change_preferences(None, pat, **NIGHT)
        go(clock, local("21:50"), local("22:40"))
        go(clock, local("07:00", TODAY + DAY), local("09:00", TODAY + DAY))
        assert mails(Kind.MESSAGE) == 1

    def test_of_the_hour_that_occurs_twice_is_told(
        self, world: World, pat: Patient, clock: time_machine.Traveller
    ) -> None:
        """Quiet hours that end in it have ended at its first occurrence."""
        people.change_preferences(
            None,
            pat,
            time_zone=ZoneInfo("Europe/Berlin"),
            quiet_from=dt.time(22),
            quiet_until=dt.time(2, 30),
            off=[kind for kind in Kind if kind != Kind.MESSAGE],
        )
        again_a_quarter_past_two = dt.datetime(2027, 10, 31, 1, 15, tzinfo=dt.UTC)
        clock.move_to(again_a_quarter_past_two)
        messaging.write(world.clinician, pat, id=uuid4(), text="Hello")
        go(clock, again_a_quarter_past_two, again_a_quarter_past_two)
        assert mails(Kind.MESSAGE) == 1


@pytest.mark.parametrize(("held", "why"), [(True, Reason.HELD), (False, Reason.PAUSED)])
def test_of_its_end_a_prescription_that_is_held_or_paused_says_nothing(
    world: World, pat: Patient, held: bool, why: Reason
) -> None:
    prescriptions = Prescription.objects.filter(pk=world.prescription.pk)
    prescriptions.update(ends_on=TODAY + 3 * DAY)
    reminders.plan(local("06:00"))
    if held:
        prescriptions.update(held_at=local("06:30"))
    else:
        prescribing.pause(world.clinician, world.prescription, first_day=TODAY, last_day=TODAY)
    sweep(local("12:00"))
    assert ends(pat, Kind.PRESCRIPTION_ENDS) == [dropped(why)]


class TestOfWhomNothingCanBeRead:
    """The others are reminded all the same."""

    @pytest.fixture(autouse=True)
    def beside_pat(self, pat: Patient, world: World) -> None:
        make_prescription(world.quinn, world.clinician, [world.hamstring], starts_on=TODAY - 7 * DAY)

    def test_a_zone_that_does_not_exist(self, world: World, pat: Patient) -> None:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE patients_patient SET time_zone = 'Mars/Olympus' WHERE name = 'Quinn'")
        sweep(local("12:00"))
        assert ends(pat) == [SENT]

    def test_a_schedule_without_a_day(self, world: World, pat: Patient) -> None:
        world.quinn.prescriptions.get().revisions.update(weekdays=[])
        sweep(local("12:00"))
        assert ends(pat) == [SENT]
