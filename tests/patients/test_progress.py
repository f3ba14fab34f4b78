"""What the pages read: docs/rules.md 4 over real rows."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from patients import prescribing, progress, sessions
from patients.lines import lines_of
from patients.models import Prescription
from patients.progress import Now
from patients.schedule import Flexible
from tests.world import World, make_prescription, make_session

NOW = dt.datetime(2026, 11, 19, 3, 30, tzinfo=dt.UTC)  # Thursday, 09:15 in Kathmandu
TODAY = dt.date(2026, 11, 19)


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def days_ago(*days: int) -> list[dt.date]:
    return [TODAY - dt.timedelta(days=n) for n in days]


def queries(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as captured:
        act()
    return len(captured)


def test_the_figures_are_those_of_the_adherence_function_over_the_kept_sessions(world: World) -> None:
    for day in days_ago(1, 2, 3):
        make_session(world.prescription, day)
    make_session(world.prescription, TODAY - dt.timedelta(days=4), done=2)
    found = progress.of_prescriptions([world.prescription], TODAY - dt.timedelta(days=5), TODAY, TODAY)
    assert (found.due, found.kept, float(found.credit)) == (5, 4, 3.5)


def test_voided_sessions_do_not_count(world: World) -> None:
    session = make_session(world.prescription, TODAY - dt.timedelta(days=1))
    sessions.void(world.clinician, session, reason="Wrong person")
    yesterday = TODAY - dt.timedelta(days=1)
    assert progress.of_prescriptions([world.prescription], yesterday, yesterday, TODAY).kept == 0


class TestToday:
    def only(self, world: World) -> progress.Today:
        (today,) = progress.today_of(world.pat)
        return today

    def test_due_until_it_is_done(self, world: World) -> None:
        assert (self.only(world).state, self.only(world).done) == (Now.DUE, 0)
        make_session(world.prescription, TODAY)
        assert (self.only(world).state, self.only(world).done) == (Now.DONE, 1)
        assert self.only(world).next_day == TODAY + dt.timedelta(days=1)

    def test_a_session_in_which_nothing_was_done_leaves_it_due(self, world: World) -> None:
        make_session(world.prescription, TODAY, done=0)
        assert (self.only(world).state, self.only(world).done, len(self.only(world).sessions)) == (
            Now.DUE,
            0,
            1,
        )

    def test_a_paused_flexible_week_goes_on_the_day_after_the_pause(self, world: World) -> None:
        revision = world.prescription.revisions.get()
        revision.mode, revision.per_week, revision.times_per_day = "flexible", 3, None
        revision.save()
        prescribing.pause(world.clinician, world.prescription, first_day=TODAY, last_day=TODAY)
        assert self.only(world).next_day == TODAY + dt.timedelta(days=1)

    def test_nothing_is_due_on_a_weekday_that_is_not_prescribed(self, world: World) -> None:
        revision = world.prescription.revisions.get()
        revision.weekdays = [0]
        revision.save()
        assert (self.only(world).state, self.only(world).next_day) == (Now.REST, dt.date(2026, 11, 23))

    def test_a_pause_expects_nothing(self, world: World) -> None:
        prescribing.pause(
            world.clinician, world.prescription, first_day=TODAY, last_day=TODAY + dt.timedelta(days=3)
        )
        assert (self.only(world).state, self.only(world).next_day) == (
            Now.PAUSED,
            TODAY + dt.timedelta(days=4),
        )

    def test_a_held_prescription_waits_for_a_clinician(self, world: World) -> None:
        Prescription.objects.update(held_at=NOW)
        assert self.only(world).state is Now.HELD

    def test_a_flexible_schedule_counts_the_week(self, world: World) -> None:
        revision = world.prescription.revisions.get()
        revision.mode, revision.per_week, revision.times_per_day = "flexible", 2, None
        revision.save()
        make_session(world.prescription, TODAY - dt.timedelta(days=2))
        assert (self.only(world).due, self.only(world).done, self.only(world).state) == (2, 1, Now.DUE)
        make_session(world.prescription, TODAY)
        assert (self.only(world).state, self.only(world).next_day) == (Now.DONE, dt.date(2026, 11, 23))

    def test_a_week_that_became_flexible_on_its_way_asks_for_the_rest_of_it(self, world: World) -> None:
        make_session(world.prescription, TODAY - dt.timedelta(days=2))
        prescribing.amend(
            world.clinician,
            world.prescription,
            lines=lines_of(world.prescription.revisions.get()),
            schedule=Flexible(3),
            expected=1,
        )
        # Thursday to Sunday are four of seven days: 3 x 4/7 = 1.7, so two; Tuesday's session counted for Tuesday.
        assert (self.only(world).due, self.only(world).done) == (2, 0)

    def test_an_ended_prescription_asks_nothing(self, world: World) -> None:
        prescribing.stop(world.clinician, world.prescription, reason="Better")
        assert progress.today_of(world.pat) == []

    def test_the_number_of_queries_does_not_grow_with_the_prescriptions(self, world: World) -> None:
        one = queries(lambda: progress.today_of(world.pat))
        for _n in range(3):
            make_prescription(world.pat, world.clinician, [world.hamstring], starts_on=TODAY)
        assert queries(lambda: progress.today_of(world.pat)) == one == 3
