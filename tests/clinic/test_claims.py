"""Rows in the hands of a worker: one worker has a row at a time, and what it had in hand when it died is marked."""

import datetime as dt
import smtplib
import time
from collections import deque
from typing import Any

import pytest
import time_machine
from django.core import mail as sent_mail
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic import claims, outbox
from clinic.mail import deliver_due
from clinic.models import MailState, OutgoingMail
from tests.clinic.test_mail import Trouble, trouble, write

__all__ = ["trouble"]

pytestmark = pytest.mark.django_db

Hand = claims.Hand[OutgoingMail]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, the mail server is quick."""
    monkeypatch.setattr(claims, "TOGETHER_WITHIN", 1_000)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "TOGETHER_WITHIN", 0)


def waiting() -> deque[OutgoingMail]:
    return deque(OutgoingMail.objects.order_by("due_at"))


def states() -> list[str]:
    return list(OutgoingMail.objects.order_by("due_at").values_list("state", flat=True))


def hand_of(count: int) -> Hand:
    """A worker that has claimed so many."""
    for _ in range(count):
        write()
    hand = Hand(OutgoingMail)
    hand._room = count
    assert len(hand.claim_first(waiting(), limit=100)) == count
    return hand


def updates(asked: CaptureQueriesContext) -> int:
    return sum(query["sql"].startswith("UPDATE") for query in asked.captured_queries)


@pytest.mark.usefixtures("quick")
def test_what_a_quick_server_takes_is_claimed_and_marked_a_few_at_a_time() -> None:
    for _ in range(15 + claims.MOST + 1):
        write()
    with CaptureQueriesContext(connection) as asked:
        assert deliver_due()["sent"] == 15 + claims.MOST + 1
    hands = [1, 2, 4, 8, 16, 5]
    assert updates(asked) == 2 * len(hands)


@pytest.mark.usefixtures("slow")
def test_what_a_slow_server_takes_is_claimed_and_marked_one_by_one(
    trouble: type[Trouble],
) -> None:
    for _ in range(5):
        write()
    in_hand: list[int] = []

    def on_send(message: Any) -> None:
        in_hand.append(states().count(MailState.SENDING))
        assert states().count(MailState.SENT) == len(in_hand) - 1

    trouble.on_send = staticmethod(on_send)
    assert deliver_due()["sent"] == 5
    assert in_hand == [1] * 5


@pytest.mark.usefixtures("quick")
def test_no_hand_holds_more_than_the_most() -> None:
    for _ in range(4 * claims.MOST):
        write()
    hand, rows, sizes = Hand(OutgoingMail), waiting(), []
    while rows:
        hand.claim_first(rows, limit=100)
        sizes.append(len(hand.rows))
        hand.rows.clear()
    assert max(sizes) == claims.MOST


def test_two_workers_never_have_the_same_row() -> None:
    first = hand_of(2)
    write()
    second = Hand(OutgoingMail)
    second._room = 10
    rows = waiting()
    for row in rows:
        row.state = MailState.QUEUED  # as they were when it read them
    assert len(second.claim_first(rows, limit=10)) == 3
    assert {row.pk for row in first.rows}.isdisjoint(row.pk for row in second.rows)
    assert len(second.rows) == 1


def test_what_is_not_due_any_more_is_not_claimed() -> None:
    write()
    rows = waiting()
    OutgoingMail.objects.update(due_at=timezone.now() + dt.timedelta(minutes=1))
    hand = Hand(OutgoingMail)
    assert hand.claim_first(rows, limit=1)
    assert not hand.rows


def test_a_try_that_another_worker_made_in_between_is_counted() -> None:
    write()
    rows = waiting()
    OutgoingMail.objects.update(attempts=4)
    hand = Hand(OutgoingMail)
    hand.claim_first(rows, limit=1)
    assert hand.rows[0].attempts == OutgoingMail.objects.get().attempts == 5


@pytest.mark.usefixtures("quick")
def test_a_killed_worker_doubles_at_most_what_was_in_its_hand_and_all_of_that_is_marked() -> None:
    """It dies with two of four sent and none of them marked."""
    for _ in range(7 + 3):
        write()
    dead, counts = Hand(OutgoingMail), dict.fromkeys(("sent", "delayed", "failed", "cancelled"), 0)
    rows = outbox.due_rows(dead, 100, lambda row: True, counts, {})
    for _ in range(3):
        dead.sent(next(rows))
    in_hand = [next(rows), next(rows)]
    for row in in_hand:
        dead.sent(row)
    assert states().count(MailState.SENT) == 3

    assert deliver_due()["sent"] == 3
    with time_machine.travel(timezone.now() + claims.LEASE + dt.timedelta(seconds=1)):
        assert deliver_due()["sent"] == 4
    assert set(states()) == {MailState.SENT}
    marked = OutgoingMail.objects.exclude(unknown_at=None)
    assert marked.count() == 4
    assert {row.pk for row in in_hand} < {row.pk for row in marked}
    assert len(sent_mail.outbox) == 3 + 4


@pytest.mark.usefixtures("quick")
def test_one_that_a_worker_died_over_is_the_only_one_in_hand(trouble: type[Trouble]) -> None:
    for _ in range(4):
        write()
    died = timezone.now() - dt.timedelta(seconds=1)
    lost = OutgoingMail.objects.order_by("due_at")[1:3]
    OutgoingMail.objects.filter(pk__in=[row.pk for row in lost]).update(
        state=MailState.SENDING, claimed_until=died
    )
    in_hand: list[int] = []

    def on_send(message: Any) -> None:
        in_hand.append(OutgoingMail.objects.filter(claimed_until__gt=timezone.now()).count())

    trouble.on_send = staticmethod(on_send)
    assert deliver_due()["sent"] == 4
    assert in_hand == [1, 1, 1, 1]


@pytest.mark.usefixtures("quick")
def test_when_no_server_answers_any_more_the_rest_of_a_hand_is_as_it_was(trouble: type[Trouble]) -> None:
    for _ in range(7):
        write()

    def on_send(message: Any) -> None:
        if len(sent_mail.outbox) == 4:
            raise smtplib.SMTPAuthenticationError(535, b"who are you?")

    trouble.on_send = staticmethod(on_send)
    assert deliver_due() == {"sent": 4, "delayed": 1, "failed": 0, "cancelled": 0}
    assert states().count(MailState.SENT) == 4
    rest = OutgoingMail.objects.filter(state=MailState.QUEUED)
    assert {(row.attempts, row.claimed_until, row.unknown_at) for row in rest} == {(0, None, None)}
    assert OutgoingMail.objects.filter(outbox.due(timezone.now())).count() == 2

    trouble.on_send = staticmethod(lambda message: None)
    assert deliver_due()["sent"] == 2


@pytest.mark.usefixtures("quick")
def test_one_that_is_refused_ends_alone_and_the_others_of_its_hand_go_out(trouble: type[Trouble]) -> None:
    for _ in range(3):
        write()
    bad = write(to="nobody@example.org")

    def on_send(message: Any) -> None:
        if message.to == [bad.to]:
            raise smtplib.SMTPRecipientsRefused({bad.to: (550, b"no such mailbox")})

    trouble.on_send = staticmethod(on_send)
    assert deliver_due() == {"sent": 3, "delayed": 0, "failed": 1, "cancelled": 0}
    bad.refresh_from_db()
    assert bad.state == MailState.FAILED


def test_what_waits_too_long_behind_a_slow_answer_is_given_back_before_its_lease_runs_out() -> None:
    hand = hand_of(3)
    hand.let_go_of_old()
    assert len(hand.rows) == 3
    hand._claimed_at -= claims.LEASE.total_seconds() / 2 + 1
    hand.let_go_of_old()
    assert not hand.rows
    assert states() == [MailState.QUEUED] * 3


def test_what_is_sent_is_marked_at_once_when_it_took_long() -> None:
    hand = hand_of(3)
    hand.sent(hand.rows.popleft())
    assert MailState.SENT not in states()
    hand._claimed_at -= claims.TOGETHER_WITHIN + 1
    hand.sent(hand.rows.popleft())
    assert states().count(MailState.SENT) == 2


@pytest.mark.usefixtures("quick")
def test_whatever_breaks_leaves_only_the_row_at_hand_in_doubt(trouble: type[Trouble]) -> None:
    for _ in range(7):
        write()

    def on_send(message: Any) -> None:
        if len(sent_mail.outbox) == 4:
            raise ZeroDivisionError  # a fault of the product itself, with four in hand and one of them sent

    trouble.on_send = staticmethod(on_send)
    with pytest.raises(ZeroDivisionError):
        deliver_due()
    assert sorted(states()) == ["queued"] * 2 + ["sending"] + ["sent"] * 4


@pytest.mark.usefixtures("quick")
def test_what_is_to_be_forgotten_goes_with_its_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "forgotten", {"farewell"})
    for kind in ("account", "farewell", "account", "farewell"):
        write(kind=kind)
    assert deliver_due()["sent"] == 4
    assert states() == [MailState.SENT] * 2


def test_a_hand_whose_lease_ran_out_says_so_and_changes_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with hand_of(2) as hand:
        OutgoingMail.objects.update(claimed_until=timezone.now() + dt.timedelta(hours=1))
        hand.sent(hand.rows.popleft())
    assert states() == [MailState.SENDING] * 2
    assert "ran out" in caplog.text


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes the key at once")
def test_the_rows_of_a_hand_are_found_by_their_keys() -> None:
    """Whatever the statistics say: they are older than a backlog that has just come."""
    with CaptureQueriesContext(connection) as asked:
        hand = hand_of(2)
        hand.sent(hand.rows.popleft())
        hand.sent(hand.rows.popleft())
        hand.claim_first(deque([write()]), limit=1)
    told = [query["sql"] for query in asked.captured_queries if query["sql"].startswith("UPDATE")]
    assert len(told) == 3
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for update in told:
            cursor.execute(f"EXPLAIN {update}")
            plan = "\n".join(line for (line,) in cursor.fetchall())
            assert "outgoingmail_pkey" in plan
            assert "outgoing_mail_open" not in plan


@pytest.mark.usefixtures("quick")
def test_a_slow_server_keeps_no_worker_longer_than_a_round(
    trouble: type[Trouble], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        write()
    monkeypatch.setattr(outbox, "ROUND", 0.05)
    trouble.on_send = staticmethod(lambda message: time.sleep(0.06))
    assert deliver_due()["sent"] == 1
    assert OutgoingMail.objects.filter(outbox.due(timezone.now()), attempts=0).count() == 4


# --- When the database is in trouble


def locked_at_first(times: int, monkeypatch: pytest.MonkeyPatch, name: str = "_finish") -> None:
    """Whatever brings rows to their end meets a locked database, so many times."""
    real, left = getattr(claims, name), [None] * times

    def flaky(*arguments: Any, **more: Any) -> Any:
        if left:
            left.pop()
            raise OperationalError("database is locked")
        return real(*arguments, **more)

    monkeypatch.setattr(claims, name, flaky)


@pytest.mark.usefixtures("slow")
def test_what_could_not_be_marked_is_marked_at_the_end_and_not_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(2):
        write()
    locked_at_first(1, monkeypatch)
    with pytest.raises(OperationalError):
        deliver_due()
    assert sorted(states()) == [MailState.QUEUED, MailState.SENT]
    assert deliver_due()["sent"] == 1
    assert len(sent_mail.outbox) == 2


def test_when_nothing_can_be_marked_at_the_end_the_rest_of_a_hand_is_still_given_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    locked_at_first(1, monkeypatch)
    with pytest.raises(OperationalError), hand_of(3) as hand:
        hand.sent(hand.rows.popleft())
    assert sorted(states()) == [MailState.QUEUED, MailState.QUEUED, MailState.SENDING]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("quick")
def test_a_database_that_is_locked_for_a_moment_doubles_no_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "PAUSES", (0.0, 0.0))
    for _ in range(3):
        write()
    locked_at_first(2, monkeypatch, "_held")
    assert deliver_due()["sent"] == 3
    assert states() == [MailState.SENT] * 3


@pytest.mark.django_db(transaction=True)
def test_one_that_stays_locked_is_not_waited_for_any_longer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "PAUSES", (0.0, 0.0))
    write()
    locked_at_first(3 + 3, monkeypatch, "_held")
    with pytest.raises(OperationalError):
        deliver_due()
    assert states() == [MailState.SENDING]
