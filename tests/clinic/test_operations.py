"""The operators' first page: what waits, what ended badly, what may have gone out twice, and sending again."""

import datetime as dt
from typing import Any

import pytest
from django.core import mail as sent_mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic import audit, health, mail, operating, outbox, tasks
from clinic.models import AuditEvent, MailState, OutgoingMail, Tick
from patients.models import Archive, OutgoingNote, Reminder, Report
from patients.tasks import sweep_patients
from tests.world import World

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def operator(world: World, client: Client) -> Client:
    client.force_login(world.operator)
    tasks.heartbeat()
    return client


def shown(operator: Client) -> str:
    answer = operator.get(reverse("operations"))
    assert answer.status_code == 200
    return answer.content.decode()


def failed(world: World, **more: Any) -> OutgoingMail:
    fields = {
        "kind": "notice",
        "clinic": world.clinic,
        "to": "pat@example.org",
        "subject": "A message",
        "text": "Somebody wrote to you.",
        "state": MailState.FAILED,
        "attempts": 12,
        "error": "SMTPDataError: (554, b'no')",
    }
    return OutgoingMail.objects.create(**fields | more)


def note(world: World, **more: Any) -> OutgoingNote:
    fields = {"patient": world.pat, "channel": "sms", "kind": "session_due", "text": "Time to stretch."}
    return OutgoingNote.objects.create(**fields | more)


def test_all_is_well_when_nothing_waits_and_nothing_went_wrong(operator: Client) -> None:
    page = shown(operator)
    assert "All is well" in page
    assert "Needs somebody now" not in page
    assert "Send again" not in page


def test_whoever_signs_in_as_an_operator_comes_here(operator: Client) -> None:
    assert operator.get("/", follow=True).redirect_chain == [(reverse("operations"), 302)]


def test_the_heartbeat_that_stopped_is_said_once_and_not_for_every_tick(operator: Client) -> None:
    Tick.objects.update(handled_at=timezone.now() - HOUR)
    Tick.objects.create(name="mail", handled_at=timezone.now() - HOUR)
    page = shown(operator)
    assert page.count("<li>") == 1
    assert "No worker answers to beat" in page


def test_a_tick_that_fails_while_the_others_are_done_is_named(operator: Client) -> None:
    Tick.objects.create(name="reports", handled_at=timezone.now() - HOUR)
    assert "A tick is late: Makes reports." in shown(operator)


def test_a_tick_is_noted_when_its_task_was_done(db: None) -> None:
    for _ in range(2):
        tasks.deliver_mail.apply()
    assert [tick.name for tick in Tick.objects.all()] == ["mail"]


def test_a_tick_that_fails_is_not_noted(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(limit: int) -> dict[str, int]:
        raise RuntimeError("a bug")

    monkeypatch.setattr(mail, "deliver_due", breaks)
    tasks.deliver_mail.apply()
    assert not Tick.objects.exists()


def test_noting_a_tick_is_one_statement(db: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        tasks.handled("mail")


def test_what_has_been_due_for_too_long_is_said(world: World, operator: Client) -> None:
    failed(world, state=MailState.QUEUED, due_at=timezone.now() - HOUR)
    page = shown(operator)
    assert "Something has been due for too long: Mails." in page
    assert "for 60 min" in page


def test_why_a_mail_still_waits_is_said(world: World, operator: Client) -> None:
    later = timezone.now() + HOUR
    failed(world, state=MailState.QUEUED, due_at=later, error="ConnectionRefusedError: [Errno 111]")
    assert "Tried in vain: ConnectionRefusedError: [Errno 111]" in shown(operator)


def test_what_ended_badly_is_counted_beside_its_outbox(world: World, operator: Client) -> None:
    for _ in range(37):
        failed(world)
    page = shown(operator)
    assert '<td class="hw-end" data-label="Ended badly">37</td>' in page
    assert "37 in all" in page


def test_a_mail_that_is_tried_in_vain_waits_since_it_was_first_due(world: World) -> None:
    now = timezone.now()
    failed(world, state=MailState.QUEUED, created_at=now - HOUR, due_at=now + HOUR, error="refused")
    standing = operating.standing(operating.outboxes["mails"], now)
    assert standing.oldest_due_age == pytest.approx(3600, abs=1)
    assert standing.late


def test_a_reminder_may_wait_for_an_hour_of_silence(world: World) -> None:
    now = timezone.now()
    row = Reminder.objects.create(
        patient=world.pat, kind="session_due", local_date=now.date(), due_at=now - HOUR
    )
    standing = operating.standing(operating.outboxes["reminders"], now)
    assert standing.oldest_due_age == pytest.approx(3600, abs=1)
    assert not standing.late
    Reminder.objects.filter(pk=row.pk).update(due_at=now - 2 * HOUR)
    assert operating.standing(operating.outboxes["reminders"], now).late


def test_work_that_was_given_up_stays_to_be_seen(world: World, operator: Client) -> None:
    day = timezone.now().date()
    Report.objects.create(
        clinic=world.clinic,
        kind="clinic",
        recipient=world.owner,
        first_day=day,
        last_day=day,
        state="failed",
        due_at=None,
        error="ValueError: no figures",
    )
    Archive.objects.create(
        clinic=world.clinic,
        requested_by=world.owner,
        state="failed",
        error="OSError: disk full",
        due_at=timezone.now() + HOUR,
    )
    page = shown(operator)
    assert "ValueError: no figures" in page
    assert "OSError: disk full" in page
    assert page.count("It is tried again on") == 1
    assert page.count("It waits until somebody asks for it again.") == 1
    assert "Send again" not in page


def test_the_states_of_today_are_counted(world: World) -> None:
    now = timezone.now()
    for state in ("sent", "sent", "failed"):
        failed(world, state=state, due_at=now)
    failed(world, state="sent", due_at=now - dt.timedelta(days=1))
    assert operating.today(operating.outboxes["mails"], now) == [("sent", 2), ("not delivered", 1)]


def test_what_may_have_gone_out_twice_is_listed_without_address_and_words(
    world: World, operator: Client
) -> None:
    failed(world, state=MailState.SENT, unknown_at=timezone.now(), key="reminder:7", error="")
    page = shown(operator)
    assert "reminder:7" in page
    assert "pat@example.org" not in page
    assert "Somebody wrote" not in page
    assert "All is well" not in page


def test_what_ended_badly_long_ago_is_history(world: World, operator: Client) -> None:
    long_ago = timezone.now() - operating.LOOKED_BACK - HOUR
    failed(world, due_at=long_ago, unknown_at=long_ago)
    assert "All is well" in shown(operator)


def again(operator: Client, box: str, row: OutgoingMail | OutgoingNote) -> str:
    return operator.post(reverse("send-again", args=[box, row.pk]), follow=True).content.decode()


def test_a_failed_mail_is_sent_again(world: World, operator: Client) -> None:
    row = failed(world)
    assert "Send again" in shown(operator)
    assert "It is on its way again." in again(operator, "mails", row)
    row.refresh_from_db()
    assert (row.state, row.attempts, row.error) == (MailState.QUEUED, 0, "")
    mail.deliver_due()
    assert [message.to for message in sent_mail.outbox] == [["pat@example.org"]]

    entry = AuditEvent.objects.get(verb="outgoing.sent_again")
    assert (entry.actor, entry.clinic, entry.object_id) == (world.operator, world.clinic, str(row.pk))
    assert audit.words(entry) == "Sent again as an operator: notice"


def test_a_note_over_which_two_workers_died_is_sent_again(world: World, operator: Client) -> None:
    row = note(world, state=MailState.FAILED, unknown_at=timezone.now())
    again(operator, "notes", row)
    row.refresh_from_db()
    assert row.state == MailState.QUEUED
    assert row.unknown_at is not None
    assert AuditEvent.objects.get(verb="outgoing.sent_again").clinic == world.clinic


def test_pressing_twice_sends_once(world: World, operator: Client) -> None:
    row = failed(world)
    again(operator, "mails", row)
    assert "It is on its way again, or was sent." in again(operator, "mails", row)
    assert AuditEvent.objects.filter(verb="outgoing.sent_again").count() == 1


def test_two_operators_at_once_send_once(world: World) -> None:
    row = failed(world)
    same = OutgoingMail.objects.get(pk=row.pk)
    outbox.send_again(world.operator, row)
    with pytest.raises(ValidationError):
        outbox.send_again(world.operator, same)


def test_what_is_too_late_or_has_no_words_left_is_not_sent_again(world: World, operator: Client) -> None:
    late = failed(world, expires_at=timezone.now() - HOUR)
    empty = note(world, state=MailState.FAILED, text="")
    page = shown(operator)
    assert "Send again" not in page
    for box, row, why in (("mails", late, "too late"), ("notes", empty, "not kept")):
        assert why in page
        assert why in again(operator, box, row)
        row.refresh_from_db()
        assert row.state == MailState.FAILED


def test_the_words_of_what_cannot_be_sent_again_any_more_are_forgotten(
    world: World, operator: Client
) -> None:
    now = timezone.now()
    code = failed(world, text="Your code is 123456", html="<b>123456</b>", expires_at=now - HOUR)
    history = failed(world, due_at=now - operating.LOOKED_BACK - HOUR)
    told = note(world, state=MailState.FAILED, expires_at=now - HOUR)
    kept = [
        failed(world),
        failed(world, expires_at=now + HOUR),
        failed(world, state=MailState.QUEUED, expires_at=now - HOUR),
    ]
    sweep_patients()
    for row in (code, history, told):
        row.refresh_from_db()
        assert not any(getattr(row, words) for words in row.WORDS)
        assert row.state == MailState.FAILED
    for row in kept:
        row.refresh_from_db()
        assert row.text
    assert operating.forget_words(now) == 0
    assert "not kept" in again(operator, "mails", code)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL proves by itself that an index will do")
def test_what_is_to_be_forgotten_is_found_without_reading_all_that_was_ever_sent(db: None) -> None:
    for model, index in ((OutgoingMail, "outgoing_mail_failed"), (OutgoingNote, "outgoing_note_failed")):
        assert index in operating._past_words(model, timezone.now()).explain()


def test_only_messages_can_be_sent_again(world: World, operator: Client) -> None:
    row = failed(world)
    for name in ("reminders", "reports", "nothing"):
        assert operator.post(reverse("send-again", args=[name, row.pk])).status_code == 404


def test_a_migration_that_waits_is_said(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "migrations_waiting", lambda: 2)
    page = shown(operator)
    assert "The database waits for a migration" in page
    assert "2 wait" in page


def test_a_full_disk_is_said(operator: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operating, "disk", lambda: operating.Disk(total=100 * 2**30, free=2**30))
    assert "The disk of the data folder is nearly full." in shown(operator)


def test_the_page_costs_the_same_however_much_there_is(
    world: World, operator: Client, django_assert_num_queries: Any
) -> None:
    shown(operator)
    for number in range(12):
        failed(world, key=f"message:{number}", unknown_at=timezone.now())
        note(world, state=MailState.FAILED)
    # An outbox: two, one for its day, one for what holds it up, one a list; session, person, places; the rest.
    with django_assert_num_queries(34):
        shown(operator)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL proves by itself that an index will do")
@pytest.mark.parametrize("name", ["mails", "notes", "reminders"])
def test_what_stands_in_an_outbox_is_told_without_reading_all_that_was_ever_sent(db: None, name: str) -> None:
    box = operating.outboxes[name]
    asked: list[tuple[str, Any]] = []

    def listen(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        asked.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        operating.standing(box, timezone.now())
        operating.held_up(box)
    table = box.model._meta.db_table
    with connection.cursor() as cursor:
        for sql, params in asked:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}", params)
            steps = [step for *_, step in cursor.fetchall()]
            assert any("USING INDEX" in step for step in steps)
            assert f"SCAN {table}" not in steps
            assert not any("_day" in step for step in steps)
