"""Reminders with real workers, beats and mail, while things go wrong: nothing lost, nothing doubled but what was in
the hands of a killed worker, and that marked (docs/rules.md 7).

The same on both engines: `test_reminder_faults.py` on PostgreSQL and Redis, `test_reminder_faults_embedded.py` on
SQLite and the embedded broker. HOLDWELL_TEST_FAULTS says how often a worker is killed (CONTRIBUTING.md).
"""

import datetime as dt
import logging
import os
from collections.abc import Iterator
from typing import ClassVar

import pytest

from tests.processes.engines import engine, soon
from tests.processes.fleet import DELIVER, LONGEST, SWEEP, Fleet, open_fleet
from tests.processes.killing import STEPS, Batch, Killing

logger = logging.getLogger(__name__)

LATER, A_MOMENT = dt.timedelta(minutes=10), dt.timedelta(seconds=5)
# Rounds x reminders a round. Each step once is enough to see what a change has broken; 20x50 is the whole proof.
ROUNDS, PER_ROUND = map(int, os.environ.get("HOLDWELL_TEST_FAULTS", f"{len(STEPS)}x20").split("x"))


def name_of_round(number: int) -> str:
    return f"{number}-{STEPS[number % len(STEPS)].__name__}"


class ReminderFaults:
    kind: ClassVar[str]

    @pytest.fixture(scope="class")
    @classmethod
    def fleet(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
        folder = tmp_path_factory.mktemp(cls.kind)
        with open_fleet(folder, engine(cls.kind, folder)) as fleet:
            yield fleet

    @pytest.fixture(autouse=True)
    def some_time_later(self, fleet: Fleet) -> None:
        """What a test needs is due at a minute of its own, on the same day."""
        fleet.move_to(fleet.now().replace(second=0) + LATER)

    def due_now(self, fleet: Fleet, count: int = 40) -> Batch:
        """A batch that is planned, and whose time has just come."""
        at = fleet.now().replace(second=0) + LATER
        batch = Batch(fleet, fleet.new_addresses(count))
        fleet.make_patients((batch.addresses, at))
        batch.plan()
        fleet.move_to(max(at, fleet.now()) + A_MOMENT)
        return batch

    @pytest.mark.parametrize("number", range(ROUNDS), ids=name_of_round)
    def test_whoever_is_killed_loses_nothing_and_doubles_at_most_what_was_in_hand(
        self, fleet: Fleet, number: int
    ) -> None:
        step = STEPS[number % len(STEPS)]
        fleet.man(workers=1, beats=1)
        if step == Killing.nothing_is_planned_yet:
            batch = Batch(fleet, fleet.new_addresses(PER_ROUND))
        else:
            batch = self.due_now(fleet, PER_ROUND)
        # So that each step is done both ways.
        killing = Killing(fleet, batch, whole=(number + number // len(STEPS)) % 2 == 0)
        in_hand = killing.in_hand(step(killing))
        killing.go_on()
        batch.finish()
        doubled = batch.check(in_hand)
        logger.info(
            "%s: %s sent, %s in hand, %s doubled", step.__name__, PER_ROUND, len(in_hand), len(doubled)
        )

    def test_operators_are_told_of_all_that_may_have_come_twice(self, fleet: Fleet) -> None:
        fleet.man(workers=1, beats=1)
        batch = self.due_now(fleet, 3)
        killing = Killing(fleet, batch, whole=False)
        in_hand = killing.in_hand(killing.talked_and_not_answered())
        killing.go_on()
        batch.finish()
        assert batch.check(in_hand) == in_hand
        ((marked,),) = fleet.engine.query(
            "SELECT count(*) FROM clinic_outgoingmail WHERE unknown_at IS NOT NULL"
        )
        assert marked >= 1
        assert fleet.reminders_json()["mails"]["unknown"] == marked
        assert fleet.metrics()['holdwell_unknown_rows{outbox="mails"}'] == marked

    def test_an_empty_broker_loses_nothing(self, fleet: Fleet) -> None:
        """It is emptied again and again, while one mail is on its way and the rest waits; then beat goes on alone."""
        fleet.man(workers=1, beats=1)
        batch = self.due_now(fleet)
        fleet.sink.hold_next("DATA")
        fleet.wake(*[SWEEP, DELIVER] * 10)
        fleet.sink.wait_for_held(LONGEST)
        lost = fleet.engine.flush_broker()
        fleet.sink.release()
        fleet.wake(*[SWEEP, DELIVER] * 10)
        lost += fleet.engine.flush_broker()
        assert lost, "there was something to lose"
        fleet.go_on(seconds=30)
        soon(lambda: fleet.engine.query(batch.count(batch.sent))[0][0], "beat has asked", LONGEST)
        assert batch.check(set()) == set()

    def test_two_beats_and_two_workers_double_nothing(self, fleet: Fleet) -> None:
        fleet.man(workers=2, beats=2)
        batch = self.due_now(fleet, 100)
        fleet.wake(*[SWEEP, DELIVER] * 6)
        batch.finish()
        assert batch.check(set()) == set()

    def test_an_hour_without_a_mail_server_loses_nothing(self, fleet: Fleet) -> None:
        fleet.man(workers=1, beats=1)
        with fleet.mail_server_is_down():
            batch = self.due_now(fleet)
            for _ in range(4):
                fleet.go_on(minutes=15)
                tried = f"SELECT count(*) > 0 FROM {batch.mails} AND error <> '' AND due_at > "  # noqa: S608
                fleet.wake_until(f"{tried} {fleet.now_in_sql()}", "the server was tried again")
            assert not any(batch.received().values())
        fleet.go_on(minutes=2)
        batch.finish()
        assert batch.check(set()) == set()
