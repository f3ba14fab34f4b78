import datetime as dt
import smtplib
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core import mail as sent_mail
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic import audit, claims, mail, outbox, tasks
from clinic.claims import LEASE
from clinic.mail import MAX_ATTEMPTS, deliver_due, enqueue
from clinic.models import MailState, OutgoingMail, RefusedAddress

pytestmark = pytest.mark.django_db

CODE = {"code": "123456", "email": "pat@example.org"}


def write(**more: Any) -> OutgoingMail:
    return enqueue(
        "account_login_code", **({"to": "pat@example.org", "context": CODE, "kind": "account"} | more)
    )


class Trouble(EmailBackend):
    """A mail server that raises what the test says."""

    on_open: Exception | None = None
    on_send: Callable[[Any], None] = staticmethod(lambda message: None)
    opened = 0

    def open(self) -> None:
        type(self).opened += 1
        if self.on_open:
            raise self.on_open

    def send_messages(self, messages: Any) -> int:
        for message in messages:
            type(self).on_send(message)
        return super().send_messages(messages)


@pytest.fixture
def trouble(settings: Any) -> type[Trouble]:
    settings.EMAIL_BACKEND = f"{__name__}.Trouble"
    Trouble.on_open, Trouble.on_send, Trouble.opened = None, staticmethod(lambda message: None), 0
    return Trouble


def refuse(error: Exception) -> Any:
    def on_send(message: Any) -> None:
        raise error

    return staticmethod(on_send)


def test_a_mail_is_a_row_until_it_is_sent() -> None:
    row = write()
    assert row.state == MailState.QUEUED
    assert sent_mail.outbox == []

    assert deliver_due() == {"sent": 1, "delayed": 0, "failed": 0, "cancelled": 0}
    message = sent_mail.outbox[0]
    assert message.to == ["pat@example.org"]
    assert "123456" in message.body
    assert "123456" in message.alternatives[0].content
    row.refresh_from_db()
    assert row.state == MailState.SENT
    assert row.sent_at is not None


def test_nothing_secret_stays_in_the_outbox() -> None:
    row = write()
    deliver_due()
    row.refresh_from_db()
    assert row.text == row.html == ""


def test_a_sent_mail_is_not_sent_again() -> None:
    write()
    deliver_due()
    assert deliver_due()["sent"] == 0


def test_what_is_rolled_back_was_never_written() -> None:
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    assert not OutgoingMail.objects.exists()


def test_asking_twice_with_a_key_gives_one_mail() -> None:
    assert write(key="welcome-1") == write(key="welcome-1")
    assert OutgoingMail.objects.count() == 1


def test_a_subject_is_one_line_and_knows_no_html() -> None:
    class Clinic:
        name = "Knees & Hips\r\nBcc: everybody@example.org"
        time_zone = dt.UTC

    context = {
        "clinic": Clinic,
        "name": "Ann",
        "inviter": Clinic,
        "role": "viewer",
        "link": "",
        "expires_at": None,
    }
    row = enqueue("colleague_invitation", to="a@example.org", context=context, kind="invitation")
    assert row.subject == "Knees & Hips Bcc: everybody@example.org invites you to Holdwell"
    assert "Knees & Hips" in row.text
    assert "Knees &amp; Hips" in row.html


def test_every_try_has_the_same_message_id(trouble: type[Trouble]) -> None:
    seen = []
    trouble.on_send = staticmethod(lambda message: seen.append(message.message()["Message-ID"]))
    row = write()
    deliver_due()
    OutgoingMail.objects.update(state=MailState.QUEUED)
    deliver_due()
    assert seen == [row.message_id] * 2


def test_headers_of_the_row_are_sent(trouble: type[Trouble]) -> None:
    write(headers={"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"})
    deliver_due()
    message = sent_mail.outbox[0].message()
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Auto-Submitted"] == "auto-generated"


def test_a_server_that_does_not_answer_delays_and_loses_nothing(trouble: type[Trouble]) -> None:
    rows = [write(), write()]
    trouble.on_open = ConnectionRefusedError("nobody there")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        # Longer than all tries of a mail would take.
        for _ in range(3 * MAX_ATTEMPTS):
            deliver_due()
            clock.shift(dt.timedelta(hours=1))
        trouble.on_open = None
        assert deliver_due()["sent"] == len(rows)


def test_the_batch_ends_at_the_first_sign_that_nobody_answers(trouble: type[Trouble]) -> None:
    write()
    write()
    trouble.on_open = ConnectionRefusedError("nobody there")
    assert deliver_due()["delayed"] == 1
    assert trouble.opened == 1


def test_a_passing_trouble_backs_off_and_ends_after_twelve_tries(trouble: type[Trouble]) -> None:
    row = write()
    trouble.on_send = refuse(smtplib.SMTPDataError(451, b"greylisted, come again"))
    waits = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        while True:
            result = deliver_due()
            row.refresh_from_db()
            if result["failed"]:
                break
            assert result["delayed"] == 1
            waits.append(int((row.due_at - timezone.now()).total_seconds() // 60))
            assert deliver_due()["delayed"] == 0  # not before its time
            clock.move_to(row.due_at)
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]
    assert row.attempts == MAX_ATTEMPTS
    assert row.state == MailState.FAILED
    assert "greylisted" in row.error


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPRecipientsRefused({"pat@example.org": (550, b"no such mailbox")}),
        smtplib.SMTPSenderRefused(552, b"larger than we take", "holdwell@localhost"),
        smtplib.SMTPDataError(554, b"not wanted here"),
    ],
)
def test_a_refusal_for_good_is_not_tried_again(trouble: type[Trouble], error: Exception) -> None:
    row = write()
    trouble.on_send = refuse(error)
    assert deliver_due()["failed"] == 1
    row.refresh_from_db()
    assert row.state == MailState.FAILED
    assert row.attempts == 1
    assert row.text  # an operator may send it again


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPRecipientsRefused({"pat@example.org": (450, b"mailbox busy")}),
        smtplib.SMTPServerDisconnected("gone"),
        TimeoutError("slow"),
    ],
)
def test_what_may_pass_is_tried_again(trouble: type[Trouble], error: Exception) -> None:
    write()
    trouble.on_send = refuse(error)
    assert deliver_due()["delayed"] == 1


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPSenderRefused(553, b"not your address", "holdwell@localhost"),
        smtplib.SMTPAuthenticationError(535, b"wrong password"),
        smtplib.SMTPHeloError(550, b"who are you?"),
    ],
)
def test_a_wrong_sender_or_sign_in_of_ours_loses_no_mail(trouble: type[Trouble], error: Exception) -> None:
    rows = [write(), write()]
    trouble.on_send = refuse(error)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        for _ in range(3 * MAX_ATTEMPTS):
            assert deliver_due() == {"sent": 0, "delayed": 1, "failed": 0, "cancelled": 0}
            clock.shift(dt.timedelta(hours=1))
        trouble.on_send = staticmethod(lambda message: None)
        assert deliver_due()["sent"] == len(rows)
    assert all("123456" in message.body for message in sent_mail.outbox)


RELAY = (550, b"5.7.54 SMTP; Unable to relay recipient in non-accepted domain")


def test_a_relay_that_does_not_know_us_loses_no_mail_and_no_address(trouble: type[Trouble]) -> None:
    row, other = write(), write(to="other@example.org")

    def on_send(message: Any) -> None:
        if message.to == [row.to]:
            raise smtplib.SMTPRecipientsRefused({row.to: RELAY})

    trouble.on_send = staticmethod(on_send)
    waits = []
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert deliver_due() == {"sent": 1, "delayed": 1, "failed": 0, "cancelled": 0}
        for _ in range(3 * MAX_ATTEMPTS):
            row.refresh_from_db()
            waits.append(round((row.due_at - timezone.now()).total_seconds() / 60))
            clock.move_to(row.due_at)
            assert deliver_due()["delayed"] == 1
        trouble.on_send = staticmethod(lambda message: None)
        clock.shift(dt.timedelta(hours=1))
        assert deliver_due()["sent"] == 1
    assert waits[:9] == [1, 1, 2, 4, 8, 16, 32, 60, 60]
    assert row.attempts == 0
    assert row.error == f"RefusesUsError: 550 {RELAY[1].decode()}"
    assert not RefusedAddress.objects.exists()
    assert sent_to() == [other.to, row.to]


def test_what_refuses_us_is_tried_until_the_mail_is_too_late_and_that_is_kept(
    trouble: type[Trouble],
) -> None:
    row = write(expires_at=timezone.now() + dt.timedelta(minutes=10))
    trouble.on_send = refuse(smtplib.SMTPDataError(554, b"5.7.1 policy"))
    assert deliver_due()["delayed"] == 1
    with time_machine.travel(row.created_at + dt.timedelta(minutes=11)):
        assert deliver_due()["cancelled"] == 1
    row.refresh_from_db()
    assert row.error == "It was too late to be of use. RefusesUsError: 554 5.7.1 policy"


def test_without_an_end_of_its_own_a_mail_is_given_up_after_five_days_and_kept_for_an_operator(
    trouble: type[Trouble],
) -> None:
    row = write()
    trouble.on_send = refuse(smtplib.SMTPRecipientsRefused({row.to: RELAY}))
    OutgoingMail.objects.update(created_at=timezone.now() - mail.REFUSED_FOR)
    assert deliver_due()["failed"] == 1
    row.refresh_from_db()
    assert (row.state, outbox.kept_back(row, timezone.now())) == (MailState.FAILED, None)
    assert not RefusedAddress.objects.exists()


# --- Faults of ours


def broken_pictures(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def draw(row: OutgoingMail) -> dict[str, bytes]:
        raise error

    monkeypatch.setitem(mail.pictures, "drawn", draw)


def test_a_mail_that_cannot_be_made_is_tried_again_and_ends_as_not_delivered(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    row = write(kind="drawn")
    write()
    broken_pictures(KeyError("boom"), monkeypatch)
    with time_machine.travel(timezone.now(), tick=False) as clock:
        assert deliver_due() == {"sent": 1, "delayed": 1, "failed": 0, "cancelled": 0}
        assert str(row.pk) in caplog.text
        for _ in range(MAX_ATTEMPTS):
            clock.shift(dt.timedelta(hours=1))
            deliver_due()
    row.refresh_from_db()
    assert (row.state, row.error, row.unknown_at) == (MailState.FAILED, "KeyError: 'boom'", None)
    assert row.text


def test_a_mail_whose_parts_do_not_fit_together_is_not_in_doubt_either(
    monkeypatch: pytest.MonkeyPatch, trouble: type[Trouble]
) -> None:
    """It shows only when the whole is made; the server has not heard of it."""
    row = write(kind="drawn")
    broken: Any = [mail.Enclosure("week.pdf", b"%PDF", kind=None)]  # type: ignore[arg-type]
    monkeypatch.setitem(mail.enclosures, "drawn", lambda row: broken)
    trouble.on_send = staticmethod(lambda message: pytest.fail("The talk has begun."))
    assert deliver_due()["delayed"] == 1
    row.refresh_from_db()
    assert (row.state, row.claimed_until) == (MailState.QUEUED, None)


def test_a_password_that_cannot_be_said_leaves_no_mail_in_doubt(trouble: type[Trouble]) -> None:
    row = write()
    trouble.on_open = UnicodeEncodeError("ascii", "Schlüssel", 3, 4, "ordinal not in range(128)")
    assert deliver_due()["delayed"] == 1
    row.refresh_from_db()
    assert (row.state, row.attempts) == (MailState.QUEUED, 0)
    assert row.error.startswith("UnicodeEncodeError")


# --- Looked at again


def test_the_room_that_wrote_a_mail_is_asked_before_it_is_sent(
    trouble: type[Trouble], monkeypatch: pytest.MonkeyPatch
) -> None:
    row, other = write(kind="asked"), write()
    wanted = {row.pk: True}
    monkeypatch.setitem(mail.still_wanted, "asked", lambda mail: wanted[mail.pk])
    trouble.on_open = ConnectionRefusedError("nobody there")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        deliver_due()
        wanted[row.pk], trouble.on_open = False, None
        clock.shift(dt.timedelta(minutes=5))
        assert deliver_due() == {"sent": 1, "delayed": 0, "failed": 0, "cancelled": 1}
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.state, row.text, row.error) == (MailState.CANCELLED, "", "It is not wanted any more.")
    assert other.state == MailState.SENT


def test_when_a_room_cannot_answer_the_other_mails_are_sent(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    row = write(kind="asked")
    write()

    def broken(mail: OutgoingMail) -> bool:
        raise LookupError("gone")

    monkeypatch.setitem(mail.still_wanted, "asked", broken)
    assert deliver_due() == {"sent": 1, "delayed": 1, "failed": 0, "cancelled": 0}
    assert str(row.pk) in caplog.text


def test_one_bad_mail_does_not_hold_up_the_others(trouble: type[Trouble]) -> None:
    write(to="bad@example.org")
    write(to="good@example.org")

    def on_send(message: Any) -> None:
        if message.to == ["bad@example.org"]:
            raise smtplib.SMTPServerDisconnected("gone")

    trouble.on_send = staticmethod(on_send)
    result = deliver_due()
    assert (result["sent"], result["delayed"]) == (1, 1)


def test_a_mail_in_the_hands_of_another_worker_is_left_alone() -> None:
    write()
    OutgoingMail.objects.update(state=MailState.SENDING, claimed_until=timezone.now() + LEASE)
    assert sum(deliver_due().values()) == 0


def a_worker_dies(row: OutgoingMail) -> None:
    OutgoingMail.objects.filter(pk=row.pk).update(
        state=MailState.SENDING, claimed_until=timezone.now() - dt.timedelta(seconds=1), attempts=1
    )


def test_the_mail_of_a_worker_that_died_is_sent_once_more_and_marked() -> None:
    row, other = write(), write()
    a_worker_dies(row)
    assert deliver_due()["sent"] == 2
    row.refresh_from_db()
    assert row.unknown_at is not None
    assert list(OutgoingMail.objects.filter(unknown_at=None)) == [other]


def test_a_mail_over_which_two_workers_died_waits_for_an_operator() -> None:
    row = write()
    OutgoingMail.objects.update(unknown_at=timezone.now())
    a_worker_dies(row)
    assert deliver_due()["failed"] == 1
    assert sent_mail.outbox == []
    row.refresh_from_db()
    assert (row.state, row.error) == (MailState.FAILED, "Two workers died over it; it may have gone out.")
    assert row.text


def test_whoever_is_to_be_forgotten_is_so_after_two_deaths_too(monkeypatch: pytest.MonkeyPatch) -> None:
    row = write()
    monkeypatch.setattr(claims, "forgotten", {row.kind})
    OutgoingMail.objects.update(unknown_at=timezone.now())
    a_worker_dies(row)
    assert deliver_due()["failed"] == 1
    assert not OutgoingMail.objects.exists()


# --- Addresses that are refused


def test_an_address_that_the_server_refuses_for_good_is_kept_with_what_it_said(
    trouble: type[Trouble],
) -> None:
    write(to="Pat@example.org")
    trouble.on_send = refuse(smtplib.SMTPRecipientsRefused({"Pat@example.org": (550, b"no such mailbox")}))
    deliver_due()
    known = RefusedAddress.objects.get()
    assert (known.address, known.reason) == ("pat@example.org", "550 no such mailbox")


@pytest.mark.parametrize(
    "error",
    [
        smtplib.SMTPRecipientsRefused({"pat@example.org": (450, b"mailbox busy")}),
        smtplib.SMTPDataError(554, b"not wanted here"),
    ],
)
def test_what_is_not_the_addresss_fault_does_not_mark_it(trouble: type[Trouble], error: Exception) -> None:
    write()
    OutgoingMail.objects.update(attempts=MAX_ATTEMPTS - 1)
    trouble.on_send = refuse(error)
    assert deliver_due()["failed"] == 1
    assert not RefusedAddress.objects.exists()


def test_a_mail_that_goes_through_clears_its_own_address_and_no_other(trouble: type[Trouble]) -> None:
    for address in ("pat@example.org", "quinn@example.org"):
        RefusedAddress.objects.create(address=address, reason="550 no such mailbox")
    write(to="Pat@example.org")
    deliver_due()
    assert RefusedAddress.objects.get().address == "quinn@example.org"


def test_a_slow_worker_does_not_undo_what_another_has_done(trouble: type[Trouble]) -> None:
    row = write()

    def lose_the_lease(message: Any) -> None:
        OutgoingMail.objects.update(claimed_until=timezone.now() + 2 * LEASE)

    trouble.on_send = staticmethod(lose_the_lease)
    deliver_due()
    row.refresh_from_db()
    assert row.state == MailState.SENDING  # still the other's


def test_a_code_that_has_run_out_is_not_sent() -> None:
    write(expires_at=timezone.now() + dt.timedelta(minutes=10))
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=11)):
        assert deliver_due()["cancelled"] == 1
    assert sent_mail.outbox == []


def test_no_transaction_is_open_while_the_server_talks(
    trouble: type[Trouble], transactional_db: None
) -> None:
    write()

    def on_send(message: Any) -> None:
        assert not transaction.get_connection().in_atomic_block

    trouble.on_send = staticmethod(on_send)
    assert deliver_due()["sent"] == 1


def test_a_batch_costs_few_statements(django_assert_max_num_queries: Any) -> None:
    for _ in range(10):
        write()
    # Beside what a batch costs, a claim and an end for each mail.
    with django_assert_max_num_queries(4 + 2 * 10):
        assert deliver_due()["sent"] == 10


def test_mails_that_are_looked_at_together_cost_no_more(
    monkeypatch: pytest.MonkeyPatch, django_assert_max_num_queries: Any
) -> None:
    rows = [write(kind="asked") for _ in range(10)]
    looked = Looked(rows, monkeypatch)
    with django_assert_max_num_queries(4 + 2 * 10):
        assert deliver_due()["sent"] == 10
    assert looked.at == [10]
    assert looked.alone == []


class Looked:
    """How a room was asked about its mails: together, and alone."""

    def __init__(self, wanted: list[OutgoingMail], monkeypatch: pytest.MonkeyPatch) -> None:
        self.wanted, self.at, self.alone = {row.pk for row in wanted}, list[int](), list[Any]()
        monkeypatch.setitem(mail.looks, "asked", outbox.Look(self.look))
        monkeypatch.setitem(mail.still_wanted, "asked", self.ask)

    def look(self, mails: Any) -> set[Any]:
        self.at.append(len(mails))
        return self.wanted & {row.pk for row in mails}

    def ask(self, row: OutgoingMail) -> bool:
        self.alone.append(row.pk)
        return row.pk in self.wanted


def test_what_is_not_wanted_at_a_look_is_asked_about_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    row, other = write(kind="asked"), write(kind="asked")
    looked = Looked([other], monkeypatch)
    assert deliver_due() == {"sent": 1, "delayed": 0, "failed": 0, "cancelled": 1}
    assert looked.alone == [row.pk]


def test_a_look_that_is_not_fresh_any_more_is_repeated(
    trouble: type[Trouble], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [write(kind="asked") for _ in range(3)]
    looked = Looked(rows, monkeypatch)

    def on_send(message: Any) -> None:
        """A slow server; meanwhile the last one is not wanted any more."""
        monkeypatch.setattr(outbox, "FRESH", -1.0)
        looked.wanted.discard(rows[2].pk)

    trouble.on_send = staticmethod(on_send)
    assert deliver_due() == {"sent": 2, "delayed": 0, "failed": 0, "cancelled": 1}
    assert looked.at == [3, 2, 1]


def test_when_a_look_is_not_possible_each_is_asked_about(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [write(kind="asked") for _ in range(2)]
    looked = Looked(rows, monkeypatch)

    def broken(mails: Any) -> set[Any]:
        raise LookupError("gone")

    monkeypatch.setitem(mail.looks, "asked", outbox.Look(broken))
    assert deliver_due()["sent"] == 2
    assert looked.alone == [row.pk for row in rows]
    assert "each is asked about alone" in caplog.text


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL proves by itself that an index will do")
def test_what_is_due_is_found_without_reading_all_that_was_ever_sent() -> None:
    rows = OutgoingMail.objects.filter(outbox.due(timezone.now())).order_by("due_at")
    assert "outgoing_mail_open" in rows.explain()
    assert "outgoing_mail_urgent" in rows.filter(urgent=True).explain()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite takes the index by its words")
def test_the_oldest_are_read_first_and_the_rest_of_a_backlog_not_at_all() -> None:
    for _ in range(3):
        write()
    with CaptureQueriesContext(connection) as asked:
        assert len(outbox._waiting(OutgoingMail, 3)) == 3
    (batch, *_) = (
        query["sql"] for query in asked if " OFFSET " in query["sql"] or " LIMIT 3" in query["sql"]
    )
    with outbox._in_order_of_index(), connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {batch}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "Sort" not in plan


def test_one_worker_of_several_takes_a_batch_of_the_oldest() -> None:
    rows = {write().pk for _ in range(7)}
    batches = {tuple(row.pk for row in outbox._waiting(OutgoingMail, 3)) for _ in range(60)}
    assert sorted(len(batch) for batch in batches) == [1, 3, 3]
    assert {pk for batch in batches for pk in batch} == rows


def sent_to() -> list[str]:
    return [message.to[0] for message in sent_mail.outbox]


def test_a_code_is_the_next_mail_out_however_many_reminders_are_due(monkeypatch: pytest.MonkeyPatch) -> None:
    reminder = write()
    backlog = [OutgoingMail(to=reminder.to, kind="reminder", due_at=reminder.due_at) for _ in range(1_000)]
    OutgoingMail.objects.bulk_create(backlog)
    write(to="waits@example.org", urgent=True)
    deliver_due(limit=3)
    assert sent_to() == ["waits@example.org", reminder.to, reminder.to]


def test_a_code_that_comes_meanwhile_goes_before_the_rest_of_the_batch(
    trouble: type[Trouble], monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(4):
        write()
    monkeypatch.setattr(outbox, "GLANCE", -1.0)

    def on_send(message: Any) -> None:
        if not sent_mail.outbox:
            write(to="first@example.org", urgent=True)
            write(to="second@example.org", urgent=True)

    trouble.on_send = staticmethod(on_send)
    deliver_due(limit=4)
    assert sent_to() == ["pat@example.org", "first@example.org", "second@example.org", "pat@example.org"]


def test_until_it_is_sent_what_happens_to_somebody_counts(
    trouble: type[Trouble], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look is fresh; a glance shows that something has changed since, so the holder is asked."""
    rows = [write(kind="asked") for _ in range(3)]
    looked = Looked(rows, monkeypatch)
    happened: set[Any] = set()
    monkeypatch.setattr(outbox, "GLANCE", -1.0)
    look = outbox.Look(looked.look, lambda mails, since: happened)
    monkeypatch.setitem(mail.looks, "asked", look)

    def on_send(message: Any) -> None:
        happened.update({rows[1].pk, rows[2].pk})
        looked.wanted.discard(rows[2].pk)

    trouble.on_send = staticmethod(on_send)
    assert deliver_due() == {"sent": 2, "delayed": 0, "failed": 0, "cancelled": 1}
    assert (looked.at, looked.alone) == ([3], [rows[1].pk, rows[2].pk])


def test_when_a_glance_is_not_possible_each_is_asked_about(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [write(kind="asked") for _ in range(2)]
    looked = Looked(rows, monkeypatch)
    monkeypatch.setattr(outbox, "GLANCE", -1.0)

    def broken(mails: Any, since: dt.datetime) -> set[Any]:
        raise LookupError("gone")

    monkeypatch.setitem(mail.looks, "asked", outbox.Look(looked.look, broken))
    assert deliver_due()["sent"] == 2
    assert looked.alone == [rows[1].pk]
    assert "may have changed" in caplog.text


@pytest.mark.parametrize(
    ("counts", "more"),
    [
        ({"sent": 100, "delayed": 0}, True),
        ({"sent": 3, "delayed": 0}, True),
        ({"sent": 0, "delayed": 100}, True),
        ({"sent": 0, "delayed": 1}, False),
        ({"sent": 0, "delayed": 0}, False),
    ],
)
def test_delivery_goes_on_while_it_gets_on(counts: dict[str, int], more: bool) -> None:
    assert outbox.more_may_be_due({"failed": 0, "cancelled": 0} | counts, 100) is more


@pytest.mark.parametrize(("turn", "woken"), [(60, []), (-1, ["clinic.tasks.deliver_mail"])])
def test_work_that_lasts_lets_others_have_their_turn(
    turn: int, woken: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(
        tasks.current_app, "send_task", lambda name, **options: asked.append(name), raising=False
    )
    monkeypatch.setattr(tasks, "TURN", turn)
    left = iter([True, True, False])
    tasks.in_turns(tasks.deliver_mail, lambda: next(left))
    assert asked == woken


def test_the_outbox_is_woken_after_the_commit_and_not_by_tasks(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    woken: list[str] = []
    monkeypatch.setattr(
        outbox.current_app, "send_task", lambda name, **options: woken.append(name), raising=False
    )
    with django_capture_on_commit_callbacks(execute=True):
        write()
    assert woken == ["clinic.tasks.deliver_mail"]

    token = audit.via.set("task")
    with django_capture_on_commit_callbacks(execute=True):
        write()
    audit.via.reset(token)
    assert len(woken) == 1


def test_the_age_of_the_oldest_due_mail_is_told() -> None:
    assert mail.oldest_due_age() == 0
    write()
    with time_machine.travel(timezone.now() + dt.timedelta(minutes=5), tick=False):
        assert mail.oldest_due_age() == pytest.approx(300, abs=2)
