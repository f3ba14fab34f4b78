"""Reminders with real workers, beats and mail, while things go wrong: nothing lost, nothing doubled but what was in
the hands of a killed worker, and that marked (docs/rules.md 7).

The same on both engines: `test_reminder_faults.py` on PostgreSQL and Redis, `test_reminder_faults_embedded.py` on
SQLite and the embedded broker. HOLDWELL_TEST_FAULTS says how often a worker is killed (CONTRIBUTING.md).
"""

import datetime as dt
import logging
import os
import time
from collections.abc import Iterator
from typing import ClassVar

import pytest

from tests.processes.engines import engine, soon
from tests.processes.fleet import DELIVER, LONGEST, SWEEP, Fleet, open_fleet
from tests.processes.killing import STEPS, Batch, Killing

logger = logging.getLogger(__name__)

MANY = 20  # messages that nobody has taken yet; beat alone asks for a dozen at once
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
        if step == Killing.talked_and_not_answered:
            self.operators_are_told(fleet)
        logger.info(
            "%s: %s sent, %s in hand, %s doubled", step.__name__, PER_ROUND, len(in_hand), len(doubled)
        )

    def operators_are_told(self, fleet: Fleet) -> None:
        """Of all that may have come twice, in this round and before."""
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

    def test_all_workers_take_part_in_a_backlog_and_fill_no_queue(self, fleet: Fleet) -> None:
        """It lasts for several turns; the queue is emptied in the middle, and the next tick goes on."""
        fleet.man(workers=2, beats=1)
        fleet.sink.pause = 0.05
        try:
            addresses = fleet.write_mails(400)
            soon(lambda: not fleet.engine.waiting(), "the workers have done what a start asks for")
            fleet.wake(DELIVER, DELIVER)  # two ticks
            arrived = fleet.sink.by_recipient
            waiting, emptied, at_once = 0, False, 0
            until = time.monotonic() + LONGEST
            while not all(arrived[address] for address in addresses):
                assert time.monotonic() < until, fleet.said()
                waiting, at_once = max(waiting, fleet.engine.waiting()), max(at_once, fleet.talking())
                if not emptied and sum(bool(arrived[address]) for address in addresses) >= 200:
                    fleet.engine.flush_broker()
                    emptied = True
                time.sleep(0.05)
        finally:
            fleet.sink.pause = 0
        assert {sum(arrived[address].values()) for address in addresses} == {1}
        assert at_once >= 2
        assert waiting < MANY

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
