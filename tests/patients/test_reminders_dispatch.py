"""Looked at again, told together, sent once (docs/rules.md 7)."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.conf import settings
from django.db import connection
from django.test import Client

from clinic.mail import deliver_due
from clinic.models import OutgoingMail
from patients import alerts, messaging, people, prescribing, reminders, sessions
from patients.models import Patient, Prescription, Reminder
from patients.models.alerts import SafetyQuestion
from patients.models.people import PatientState
from patients.models.reminders import Kind, Reason, ReminderState
from patients.reminding.facts import Person
from patients.schedule import Fixed
from patients.unsubscribing import key_of
from tests.patients.caring import log_session, make_patients
from tests.patients.reminding import (
    DAY,
    EVERY_DAY,
    PLANNED,
    SENT,
    TODAY,
    clock,
    dropped,
    ends,
    leave,
    local,
    pat,
    prescribe,
    row,
    subjects,
    sweep,
)
from tests.world import World, make_prescription

__all__ = ["clock", "pat"]

# Queries of a batch, however many patients it has.
HANDED_OVER, DELIVERED = 23, 17


# --- Before sending, look again


def test_what_is_due_is_sent_once_however_often_it_is_swept(pat: Patient) -> None:
    for _ in range(3):
        sweep(local("09:00"))
    assert ends(pat) == [SENT]
    assert subjects() == ["Your session for today"]
    mail = OutgoingMail.objects.get()
    assert row(pat).mail == mail
    assert mail.key
    assert mail.key.startswith(f"reminder:{row(pat).pk}:")
    assert mail.to == "pat@example.org"


def test_two_schedulers_plan_and_send_what_one_would(pat: Patient) -> None:
    for now in (local("08:59"), local("08:59"), local("09:00"), local("09:00"), local("09:01")):
        reminders.plan(now)
        reminders.plan(now)
        reminders.dispatch(now)
        reminders.dispatch(now)
    assert OutgoingMail.objects.count() == 1


def test_a_session_done_in_time_is_not_asked_for(
    world: World, pat: Patient, clock: time_machine.Traveller
) -> None:
    reminders.plan(local("06:00"))
    clock.move_to(local("08:30"))
    log_session(world.prescription)
    reminders.dispatch(local("09:00"))
    assert ends(pat) == [dropped(Reason.DONE)]
    assert not OutgoingMail.objects.exists()


def test_one_session_of_two_leaves_the_other_to_be_asked_for(
    world: World, pat: Patient, clock: time_machine.Traveller
) -> None:
    Prescription.objects.all().update(ends_on=TODAY - DAY)
    twice = prescribe(world, Fixed(EVERY_DAY, 2))
    reminders.plan(local("06:00"))
    clock.move_to(local("08:30"))
    log_session(twice)
    sweep(local("09:00"))
    leave(local("09:00"))
    sweep(local("18:00"))
    assert ends(pat) == [dropped(Reason.DONE), SENT]


def test_a_session_that_was_taken_out_is_due_again(
    world: World, pat: Patient, clock: time_machine.Traveller
) -> None:
    clock.move_to(local("06:30"))
    session = log_session(world.prescription)
    sweep(local("07:00"))
    assert ends(pat) == []
    sessions.void(world.clinician, session, reason="The wrong patient")
    sweep(local("09:00"))
    assert ends(pat) == [SENT]


def test_a_paused_day_is_not_asked_for_and_a_pause_that_ends_early_gives_it_back(
    world: World, pat: Patient
) -> None:
    reminders.plan(local("06:00"))
    pause = prescribing.pause(world.clinician, world.prescription, first_day=TODAY, last_day=TODAY)
    sweep(local("08:00"))
    leave(local("08:00"))
    assert ends(pat) == [dropped(Reason.PAUSED)]
    prescribing.end_pause(world.clinician, pause, last_day=TODAY - DAY)
    sweep(local("08:30"))
    assert ends(pat) == [PLANNED]
    sweep(local("09:00"))
    assert ends(pat) == [SENT]


def test_a_stopped_prescription_asks_for_nothing(world: World, pat: Patient) -> None:
    reminders.plan(local("06:00"))
    prescribing.stop(world.clinician, world.prescription, reason="Goal reached")
    reminders.dispatch(local("09:00"))
    assert ends(pat) == [dropped(Reason.STOPPED)]


def test_a_held_prescription_asks_for_nothing_until_it_is_released(world: World, pat: Patient) -> None:
    reminders.plan(local("06:00"))
    answers = dict.fromkeys(SafetyQuestion.values, False) | {SafetyQuestion.RECENT_FALL: True}
    alerts.answer_safety(world.patient, pat, answers)
    sweep(local("08:00"))
    assert ends(pat) == [dropped(Reason.HELD)]
    world.prescription.refresh_from_db()
    prescribing.release(world.clinician, world.prescription, note="Seen, all well")
    sweep(local("09:00"))
    assert ends(pat) == [SENT]


def test_one_that_is_paused_does_not_silence_another(world: World, pat: Patient) -> None:
    prescribe(world, Fixed(EVERY_DAY, 1))
    prescribing.pause(world.clinician, world.prescription, first_day=TODAY, last_day=TODAY)
    sweep(local("09:00"))
    assert ends(pat) == [SENT]


def test_a_kind_that_is_switched_off_is_not_sent(pat: Patient) -> None:
    reminders.plan(local("06:00"))
    people.change_preferences(None, pat, off=[*pat.reminder_preference.off, Kind.SESSION_DUE])
    reminders.dispatch(local("09:00"))
    assert ends(pat) == [dropped(Reason.UNWANTED)]


@pytest.mark.parametrize(
    "silence",
    [{"quiet_all_day": True}, {"quiet_from": dt.time(0), "quiet_until": dt.time(23, 59)}],
    ids=["all day", "all but a minute"],
)
def test_whoever_wants_silence_at_all_hours_is_sent_nothing_of_any_kind(
    world: World, pat: Patient, silence: dict[str, Any]
) -> None:
    sweep(local("06:00"))
    people.change_preferences(pat.user, pat, **silence)
    messaging.write(world.clinician, pat, text="Please call us.", id=uuid4())
    for time in ("07:00", "09:00", "12:00", "23:59"):
        sweep(local(time))
    assert subjects() == []
    assert ends(pat) == [dropped(Reason.ALL_DAY)]


def test_a_patient_who_left_is_not_written_to(pat: Patient) -> None:
    reminders.plan(local("06:00"))
    Patient.objects.filter(pk=pat.pk).update(state=PatientState.DISCHARGED)
    sweep(local("09:00"))
    assert ends(pat) == [dropped(Reason.INACTIVE)]
    assert not OutgoingMail.objects.exists()


def test_an_account_that_is_closed_is_not_written_to(world: World, pat: Patient) -> None:
    world.patient.is_active = False
    world.patient.save()
    sweep(local("09:00"))
    assert ends(pat) == []


def test_after_two_hours_a_reminder_has_expired(pat: Patient) -> None:
    reminders.plan(local("06:00"))
    reminders.dispatch(local("11:01"))
    assert ends(pat) == [dropped(Reason.EXPIRED)]


def test_up_to_two_hours_late_it_is_still_sent(pat: Patient) -> None:
    reminders.plan(local("06:00"))
    reminders.dispatch(local("11:00"))
    assert ends(pat) == [SENT]


def test_a_session_is_not_asked_for_on_the_day_after(pat: Patient) -> None:
    people.change_preferences(None, pat, times=["23:30"], quiet_from=dt.time(1), quiet_until=dt.time(5))
    reminders.plan(local("20:00"))
    reminders.dispatch(local("00:10", TODAY + DAY))
    assert ends(pat) == [dropped(Reason.EXPIRED)]


# --- What falls together is one message


def test_what_falls_together_is_one_message(world: World, pat: Patient) -> None:
    Prescription.objects.update(ends_on=TODAY + 3 * DAY)
    sweep(local("09:00"))
    assert ends(pat) == [SENT]
    assert ends(pat, Kind.PRESCRIPTION_ENDS) == [dropped(Reason.MERGED)]
    mail = OutgoingMail.objects.get()
    assert "Your prescription ends on Saturday, 21 November." in mail.text
    assert row(pat, Kind.PRESCRIPTION_ENDS).mail == mail


def test_two_sessions_within_the_hour_are_told_in_one_message(world: World, pat: Patient) -> None:
    Prescription.objects.all().update(ends_on=TODAY - DAY)
    prescribe(world, Fixed(EVERY_DAY, 2))
    people.change_preferences(
        None, pat, times=["09:00", "09:45"], off=[Kind.NUDGE, Kind.WEEKLY_SUMMARY, Kind.PRESCRIPTION_CHANGED]
    )
    for time in ("09:00", "09:45", "10:30"):
        sweep(local(time))
    assert ends(pat) == [SENT, dropped(Reason.MERGED)]
    assert "2 sessions are waiting for you today." in OutgoingMail.objects.get().text


def test_news_right_after_a_message_waits_until_the_hour_is_over(
    world: World, pat: Patient, clock: time_machine.Traveller
) -> None:
    sweep(local("09:00"))
    leave(local("09:00"))
    clock.move_to(local("09:20"))
    prescribe(world, Fixed(EVERY_DAY, 1))
    sweep(local("09:20"))
    assert ends(pat, Kind.PRESCRIPTION_CHANGED) == [PLANNED]
    sweep(local("10:00"))
    assert ends(pat, Kind.PRESCRIPTION_CHANGED) == [SENT]


def test_patients_are_told_apart(world: World, pat: Patient) -> None:
    make_prescription(world.quinn, world.clinician, [world.hamstring], starts_on=TODAY - DAY)
    sweep(local("09:00"))
    assert sorted(OutgoingMail.objects.values_list("to", flat=True)) == [
        "pat@example.org",
        "quinn@example.org",
    ]


# --- One click switches it off


def test_every_reminder_carries_a_one_click_way_out(pat: Patient) -> None:
    sweep(local("09:00"))
    mail = OutgoingMail.objects.get()
    link = f"/unsubscribe/{key_of(pat.reminder_preference, 'session_due')}/session_due/"
    assert pat.reminder_preference.unsubscribe_key not in mail.text + mail.html
    assert mail.headers["List-Unsubscribe"].startswith("<http")
    assert mail.headers["List-Unsubscribe"].endswith(f"{link}>")
    assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in mail.text
    assert link in mail.html


def test_one_click_drops_what_is_not_sent_and_opening_the_link_does_not(pat: Patient, client: Client) -> None:
    sweep(local("09:00"))
    link = OutgoingMail.objects.get().headers["List-Unsubscribe"].strip("<>").removeprefix(settings.SITE_URL)
    client.get(link)
    reminders.plan(local("10:00"))
    assert ends(pat, day=TODAY + DAY) == [PLANNED]
    client.post(link, {"List-Unsubscribe": "One-Click"})
    reminders.plan(local("10:01"))
    assert ends(pat, day=TODAY + DAY) == [dropped(Reason.UNWANTED)]


def test_one_click_switches_off_each_kind_that_its_mail_tells_of(
    world: World, pat: Patient, client: Client
) -> None:
    Prescription.objects.update(ends_on=TODAY + 3 * DAY)
    sweep(local("09:00"))
    mail = OutgoingMail.objects.get()
    link = mail.headers["List-Unsubscribe"].strip("<>").removeprefix(settings.SITE_URL)
    assert link in mail.text
    assert link in mail.html
    page = client.get(link).content.decode()
    for label in ("a session is due", "your plan ends soon"):
        assert f"no more messages of this kind: {label}" in page
    assert "Switch these reminders off" in page
    before = set(pat.reminder_preference.off)
    client.post(link, {"List-Unsubscribe": "One-Click"})
    pat.reminder_preference.refresh_from_db()
    assert set(pat.reminder_preference.off) - before == {Kind.SESSION_DUE, Kind.PRESCRIPTION_ENDS}


# --- Nothing is lost, nothing is doubled


def test_a_worker_that_dies_leaves_nothing_behind(pat: Patient, monkeypatch: pytest.MonkeyPatch) -> None:
    reminders.plan(local("06:00"))
    with monkeypatch.context() as dying:
        dying.setattr(reminders, "settle", _killed)
        with pytest.raises(KeyboardInterrupt):
            reminders.dispatch(local("09:00"))
    assert row(pat).state == ReminderState.CLAIMED
    assert reminders.dispatch(local("09:04"))["claimed"] == 0
    assert reminders.dispatch(local("09:05"))["sent"] == 1
    assert OutgoingMail.objects.count() == 1


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_worker_whose_lease_ran_out_does_not_send_what_another_has_sent(
    pat: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    reminders.plan(local("06:00"))
    settle = reminders.settle

    def slow(*args: object) -> object:
        monkeypatch.undo()
        assert reminders.dispatch(local("09:06"))["sent"] == 1
        return settle(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(reminders, "settle", slow)
    assert reminders.dispatch(local("09:00"))["sent"] == 0
    assert OutgoingMail.objects.count() == 1


def test_one_patients_trouble_does_not_keep_the_others_waiting(
    world: World, pat: Patient, caplog: pytest.LogCaptureFixture
) -> None:
    make_prescription(world.quinn, world.clinician, [world.hamstring], starts_on=TODAY - DAY)
    reminders.plan(local("06:00"))
    pat.reminder_preference.times = ["no time"]
    pat.reminder_preference.save()
    sweep(local("09:00"))
    assert ends(world.quinn) == [SENT]
    assert ends(pat) == [(ReminderState.CLAIMED, Reason.NONE)]
    assert str(pat.pk) in caplog.text


@pytest.mark.parametrize("count", [3, 12])
def test_the_number_of_queries_does_not_grow_with_the_patients(
    world: World,
    pat: Patient,
    count: int,
    clock: time_machine.Traveller,
    django_assert_max_num_queries: Any,
) -> None:
    make_patients(world, count)
    clock.move_to(local("09:00"))
    reminders.plan(local("09:00"))
    with django_assert_max_num_queries(HANDED_OVER):
        assert reminders.dispatch(local("09:00"))["sent"] == count + 1
    # Beside what a batch costs, a claim and an end for each mail.
    with django_assert_max_num_queries(DELIVERED + 2 * (count + 1)):
        assert deliver_due()["sent"] == count + 1


def test_a_message_that_cannot_be_written_does_not_keep_the_others_waiting(
    world: World, pat: Patient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_prescription(world.quinn, world.clinician, [world.hamstring], starts_on=TODAY - DAY)
    reminders.plan(local("06:00"))
    compose = reminders.messages.compose

    def broken(person: Person, *args: Any, **more: Any) -> Any:
        message = compose(person, *args, **more)
        if person.patient == pat:
            message.kind = None  # type: ignore[assignment]
        return message

    monkeypatch.setattr(reminders.messages, "compose", broken)
    assert reminders.dispatch(local("09:00"))["sent"] == 1
    assert ends(world.quinn) == [SENT]
    assert ends(pat) == [(ReminderState.CLAIMED, Reason.NONE)]
    assert str(pat.pk) in caplog.text


def test_a_reminder_reaches_the_mailbox(
    pat: Patient, mailoutbox: list[object], clock: time_machine.Traveller
) -> None:
    clock.move_to(local("09:00"))
    sweep(local("09:00"))
    assert deliver_due()["sent"] == 1
    assert len(mailoutbox) == 1


def test_a_sessions_mail_goes_stale_with_its_reminder(pat: Patient) -> None:
    sweep(local("09:00"))
    assert OutgoingMail.objects.get().expires_at == local("11:00")


@pytest.mark.django_db(transaction=True)
def test_workers_that_race_for_the_same_reminders_send_each_once(
    world: World, clock: time_machine.Traveller
) -> None:
    patients = make_patients(world, 20)
    clock.move_to(local("09:00"))
    start = threading.Barrier(4)

    def work() -> int:
        start.wait()
        try:
            reminders.plan(local("09:00"))
            return sum(reminders.dispatch(local("09:00"), limit=7)["sent"] for _ in range(5))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as workers:
        sent = sum(done.result() for done in [workers.submit(work) for _ in range(4)])
    assert sent == OutgoingMail.objects.count() == len(patients) + 1
    assert Reminder.objects.filter(state=ReminderState.SENT).count() == sent


# --- Late, and in quiet hours


def test_one_that_is_late_and_in_quiet_hours_is_sent_at_their_end(pat: Patient) -> None:
    people.change_preferences(None, pat, times=["11:00"], quiet_from=dt.time(12), quiet_until=dt.time(14))
    reminders.plan(local("10:00"))
    reminders.dispatch(local("12:30"))
    assert (ends(pat), row(pat).put_off_until) == ([PLANNED], local("14:00"))
    for time in ("12:31", "13:00", "13:59"):
        sweep(local(time))
    assert ends(pat) == [PLANNED]
    sweep(local("14:00"))
    assert ends(pat) == [SENT]
    assert OutgoingMail.objects.get().expires_at == local("16:00")


def test_quiet_hours_that_end_earlier_by_now_end_the_waiting(pat: Patient) -> None:
    people.change_preferences(None, pat, times=["11:00"], quiet_from=dt.time(12), quiet_until=dt.time(14))
    reminders.plan(local("10:00"))
    reminders.dispatch(local("12:30"))
    people.change_preferences(None, pat, quiet_until=dt.time(13))
    sweep(local("12:40"))
    sweep(local("13:00"))
    assert ends(pat) == [SENT]


def test_new_quiet_hours_do_not_lose_what_is_overdue(pat: Patient) -> None:
    reminders.plan(local("06:00"))
    people.change_preferences(None, pat, quiet_from=dt.time(8, 30), quiet_until=dt.time(9, 30))
    sweep(local("10:00"))
    assert ends(pat) == [SENT]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL proves by itself that an index will do")
@pytest.mark.django_db
def test_what_is_due_is_found_without_reading_all_reminders_that_ever_were() -> None:
    assert "reminder_open" in reminders.due(local("09:00")).explain()
