"""A worker that works on reminders and is killed at a step of it; and what must hold of them afterwards."""

import datetime as dt
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from uuid import UUID

from tests.processes.engines import Stop, soon
from tests.processes.fleet import DELIVER, LONGEST, SWEEP, Fleet, unread

# As the product has it: 5 minutes, for reminders and for mails.
AFTER_THE_LEASE = dt.timedelta(minutes=6)


class Batch:
    """Patients who are due at one time: their reminders, mails, and what arrived."""

    def __init__(self, fleet: Fleet, addresses: list[str]) -> None:
        self.fleet, self.addresses = fleet, addresses
        ends = f"BETWEEN '{addresses[0]}' AND '{addresses[-1]}'"
        self.mails = f'clinic_outgoingmail WHERE "to" {ends}'
        self.sent = f"{self.mails} AND state = 'sent'"
        self.reminders = (
            "patients_reminder WHERE local_date = '2026-11-18' AND patient_id IN"  # noqa: S608
            f" (SELECT id FROM patients_patient WHERE email {ends})"
        )

    def states(self, table: str) -> Counter[str]:
        return Counter(state for (state,) in self.fleet.engine.query(f"SELECT state FROM {table}"))  # noqa: S608

    def ids(self, condition: str) -> set[str]:
        """Message-IDs of its mails that meet a condition."""
        found = self.fleet.engine.query(f"SELECT id FROM {self.mails} AND {condition}")  # noqa: S608
        return {f"<{UUID(str(pk))}@holdwell.invalid>" for (pk,) in found}

    def plan(self) -> None:
        self.fleet.wake_until(self.count(self.reminders), "all are planned", SWEEP, turns=True)

    def finish(self) -> None:
        """Let the work go on until each has a mail at its end."""
        self.fleet.wake_until(
            self.count(f"{self.mails} AND state IN ('sent', 'failed')"), "each mail is at its end", turns=True
        )

    def count(self, rows: str) -> str:
        return f"SELECT count(*) >= {len(self.addresses)} FROM {rows}"  # noqa: S608

    def some(self, rows: str) -> str:
        return f"SELECT count(*) > 0 FROM {rows}"  # noqa: S608

    def received(self) -> dict[str, Counter[str]]:
        return {address: self.fleet.sink.by_recipient[address] for address in self.addresses}

    def check(self, in_hand: set[str]) -> set[str]:
        """Nothing lost; doubled at most what was `in_hand`, all of which is marked. Answers what was doubled."""
        received = self.received()
        assert [address for address, mails in received.items() if not mails] == [], "lost"
        assert [address for address, mails in received.items() if len(mails) > 1] == [], "written twice"
        doubled = {mail for mails in received.values() for mail, times in mails.items() if times > 1}
        assert doubled <= in_hand
        assert self.ids("unknown_at IS NOT NULL") == in_hand
        assert self.states(self.reminders) == {"sent": len(self.addresses)}
        return doubled


class Killing:
    """A worker works on a batch, and is killed at a step of it."""

    def __init__(self, fleet: Fleet, batch: Batch, *, whole: bool) -> None:
        """`whole`: the worker with its pool dies; else the process that has the work, as where memory runs out."""
        self.fleet, self.batch, self.whole = fleet, batch, whole
        self.worker = fleet.workers[0]

    def kill(self, port: int | None) -> None:
        """Whoever talks from this port; where nobody can say who that is, the whole worker."""
        if port is None or self.whole:
            self.fleet.kill(self.worker)
        else:
            os.kill(self.fleet.pid_at(port), signal.SIGKILL)

    def go_on(self) -> None:
        """The leases of the dead run out, and somebody is there to see it."""
        if self.worker.poll() is not None:
            self.fleet.man(workers=1, beats=1)
            self.worker = self.fleet.workers[0]
        self.fleet.move_to(self.fleet.now() + AFTER_THE_LEASE)

    def in_hand(self, expected: int | None) -> set[str]:
        """Message-IDs of the mails that the killed had claimed."""
        if self.worker.poll() is None:
            left = f"SELECT count(*) = {expected} FROM {self.batch.mails} AND state IN ('queued', 'sending')"  # noqa: S608
            self.fleet.wake_until(left, "the others of the pool have done theirs", DELIVER)
        found = self.batch.ids("state = 'sending'")
        assert expected is None or len(found) == expected
        return found

    def kill_at(self, stop: Stop, begin: Callable[[], None]) -> None:
        with self.fleet.engine.stopped(stop, begin) as port:
            self.kill(port)

    def kill_while_held(self, step: str) -> None:
        self.kill(self.held_at(step))

    def held_at(self, step: str) -> int:
        """The port of a process that the mail server keeps waiting."""
        self.fleet.sink.hold_next(step)
        self.fleet.wake()
        held = self.fleet.sink.wait_for_held(LONGEST)
        assert held.recipient in self.batch.addresses
        return held.port

    def sweep(self) -> None:
        self.fleet.wake(SWEEP)

    # --- The steps. Each answers how many mails the killed had in hand, or None: see the database.

    def nothing_is_planned_yet(self) -> int:
        """Its patients come just now."""

        def begin() -> None:
            self.fleet.make_patients((self.batch.addresses, self.fleet.now()))
            self.sweep()

        self.kill_at(Stop("INSERT", "patients_reminder", "SELECT 1"), begin)
        return 0

    def taken_and_not_claimed(self) -> int:
        self.kill_at(Stop("UPDATE", "patients_reminder"), self.sweep)
        return 0

    def claimed_and_not_written(self) -> int:
        claimed = self.batch.some(f"{self.batch.reminders} AND state = 'claimed'")
        self.kill_at(Stop("INSERT", "clinic_outgoingmail", claimed), self.sweep)
        return 0

    def some_written(self) -> int | None:
        self.sweep()
        written = f"SELECT count(*) >= {len(self.batch.addresses) // 5} FROM {self.batch.mails}"  # noqa: S608
        soon(lambda: self.fleet.engine.query(written)[0][0], "some are written")
        self.kill(None)
        return None

    def an_expired_claim_is_swept(self) -> int:
        self.claimed_and_not_written()
        self.go_on()
        return self.taken_and_not_claimed()

    def mail_claimed_and_not_talked_of(self) -> int:
        self.kill_while_held("RCPT")
        return 1

    def talked_and_not_answered(self) -> int:
        self.kill_while_held("DATA")
        return 1

    def a_second_one_dies_over_the_same_mail(self) -> int:
        """Given up then, and told to the operators."""
        self.kill_while_held("DATA")
        (mail,) = self.in_hand(1)
        self.go_on()
        self.kill_while_held("DATA")
        assert self.in_hand(1) == {mail}
        return 1

    def answered_and_not_marked(self) -> int:
        """The answer is at the door of a process that stands still."""
        port = self.held_at("DATA")
        os.kill(self.fleet.pid_at(port), signal.SIGSTOP)
        self.fleet.sink.release()
        soon(lambda: unread(port), "the answer has arrived")
        self.kill(port)
        return 1

    def in_the_midst_of_a_hand(self) -> int | None:
        """Some of it are sent and not marked, some wait for their turn."""
        self.fleet.sink.hold_next("DATA", after=len(self.batch.addresses) // 2)
        self.fleet.wake()
        self.fleet.sink.wait_for_held(LONGEST)
        self.kill(None)
        return None

    def any_moment(self) -> int | None:
        self.fleet.wake()
        time.sleep(random.uniform(0, 0.4))  # noqa: S311
        self.kill(None)
        return None


STEPS = (
    Killing.nothing_is_planned_yet,
    Killing.taken_and_not_claimed,
    Killing.claimed_and_not_written,
    Killing.some_written,
    Killing.an_expired_claim_is_swept,
    Killing.mail_claimed_and_not_talked_of,
    Killing.talked_and_not_answered,
    Killing.answered_and_not_marked,
    Killing.a_second_one_dies_over_the_same_mail,
    Killing.in_the_midst_of_a_hand,
    Killing.any_moment,
)
