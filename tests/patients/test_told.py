"""What became of each message, as its patient and as the clinic read it (docs/rules.md 7).

Pat lives in Kathmandu (UTC+5:45); it is Wednesday, 18 November.
"""

import datetime as dt
import re
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from clinic.models import OutgoingMail
from patients import lifecycle, messaging, people, reminders, told
from patients.models import OutgoingNote, Patient, Reminder
from patients.models.people import Channel
from patients.models.reminders import Kind, Reason, ReminderState
from tests.patients.reminding import DAY, TODAY, clock, local, pat, row, sweep
from tests.world import World

__all__ = ["clock", "pat"]

WHY = [reason for reason in Reason if reason not in (Reason.NONE, Reason.MERGED)]


def remind(patient: Patient, **more: Any) -> Reminder:
    given = {"kind": "session_due", "local_date": TODAY, "due_at": local("09:00"), "state": "sent"}
    return Reminder.objects.create(patient=patient, **(given | more))


def mail(**more: Any) -> OutgoingMail:
    given = {"to": "pat@example.org", "kind": "session_due", "subject": "s", "state": "sent"}
    return OutgoingMail.objects.create(**(given | more))


def all_told(patient: Patient, *, by_staff: bool = False) -> list[told.Told]:
    return told.read(told.everything(patient, by_staff=by_staff), patient.zone, by_staff=by_staff)


def both(patient: Patient) -> tuple[str, str]:
    """What became of the one message, for the patient and for the clinic."""
    (own,), (theirs,) = all_told(patient), all_told(patient, by_staff=True)
    return f"{own.became}: {own.why}", f"{theirs.became}: {theirs.why}"


# --- Why it was not sent


@pytest.mark.parametrize("reason", WHY)
def test_every_reason_is_told_to_both_in_their_own_words(pat: Patient, reason: Reason) -> None:
    remind(pat, state="dropped", reason=reason)
    own, theirs = both(pat)
    for said in (own, theirs):
        assert re.fullmatch(r"Not (sent|delivered): [a-z ,'-]+", said)
        assert "fail" not in said  # nobody's fault
    assert "the patient" not in own
    assert not re.search(r"\byou(r|rs)?\b", theirs)


def test_a_mailbox_that_refuses_and_one_that_sends_back_are_told_apart_at_the_desk(pat: Patient) -> None:
    refused = mail(state="failed", error="SMTPRecipientsRefused: {'pat@example.org': (550, b'nobody')}")
    remind(pat, mail=refused)
    own = "Not delivered: your mailbox did not take it; look at your address"
    assert both(pat) == (own, "Not delivered: the mailbox did not take it")
    OutgoingMail.objects.update(error="Came back: 5.1.1 550 nobody", sent_at=local("09:00"))
    assert both(pat) == (own, "Came back: 5.1.1 550 nobody")
    OutgoingMail.objects.update(sent_at=local("10:00"))
    (own_row,) = all_told(pat)
    assert own_row.trouble
    assert own_row.sent_at is None  # "Not delivered at 10:00" would mean something else


def test_what_may_have_gone_out_twice_or_not_at_all_says_so(pat: Patient) -> None:
    letter = mail(unknown_at=local("09:00"), sent_at=local("09:00"))
    remind(pat, mail=letter)
    assert both(pat) == ("Sent: it may have come twice",) * 2
    OutgoingMail.objects.update(state="failed", sent_at=None, error="Two workers died over it.")
    assert both(pat) == ("Perhaps sent: it is not known whether it went out",) * 2
    OutgoingMail.objects.update(sent_at=local("09:00"), error="Came back: 5.1.1 nobody")
    assert both(pat)[1] == "Came back: 5.1.1 nobody"


# --- When


def test_quiet_hours_that_move_a_reminder_say_from_when(pat: Patient) -> None:
    people.change_preferences(None, pat, times=["06:30"])
    sweep(local("06:00"))
    (planned,) = [one for one in all_told(pat, by_staff=True) if one.day == TODAY]
    assert (planned.became, planned.at.strftime("%H:%M")) == ("Planned", "08:00")
    assert planned.moved_from
    assert planned.moved_from.strftime("%H:%M") == "06:30"
    people.change_preferences(None, pat, times=["07:00"])
    reminders.plan(local("06:10"))
    assert row(pat).moved_from == local("07:00")
    people.change_preferences(None, pat, quiet_until=dt.time(7))
    reminders.plan(local("06:20"))
    assert (row(pat).due_at, row(pat).moved_from) == (local("07:00"), None)


def test_one_that_was_late_and_put_off_stands_where_it_goes_and_says_from_when(pat: Patient) -> None:
    remind(pat, state="planned", due_at=local("07:00"), put_off_until=local("12:00"))
    remind(pat, state="planned", due_at=local("10:00"), slot=2)
    first, second = all_told(pat)
    assert [one.at.strftime("%H:%M") for one in (first, second)] == ["12:00", "10:00"]
    assert first.moved_from == local("07:00")


def test_what_waits_for_the_morning_says_from_which_evening(
    world: World, pat: Patient, clock: time_machine.Traveller
) -> None:
    clock.move_to(local("22:15"))
    messaging.write(world.clinician, pat, id=uuid4(), text="Good evening.")
    reminders.plan(timezone.now())
    (waiting,) = [one for one in all_told(pat) if one.what == "A message from your clinic"]
    assert waiting.at == local("08:00", TODAY + DAY)
    assert waiting.moved_from_day


@pytest.mark.parametrize(("minutes", "said"), [(4, None), (40, "09:40"), (-30, "08:30")])
def test_one_that_went_at_another_time_says_when(pat: Patient, minutes: int, said: str | None) -> None:
    """An hour without a mail server; or it was told along with another."""
    remind(pat, mail=mail(sent_at=local("09:00") + dt.timedelta(minutes=minutes)))
    (one,) = all_told(pat)
    assert (one.sent_at and one.sent_at.strftime("%H:%M")) == said


# --- By which way


def test_e_mail_that_took_the_place_of_a_push_says_so(pat: Patient) -> None:
    remind(pat, channel=Channel.PUSH, state="dropped", reason=Reason.FAILED)
    remind(pat, mail=mail())
    remind(pat, slot=2, mail=mail())
    assert sorted((one.became, one.by, one.instead_of) for one in all_told(pat)) == [
        ("Not delivered", "push on a phone", ""),
        ("Sent", "e-mail", ""),
        ("Sent", "e-mail", "push on a phone"),
    ]


def test_a_push_is_told_with_its_note(pat: Patient) -> None:
    note = OutgoingNote.objects.create(
        patient=pat, channel=Channel.PUSH, kind="session_due", state="queued", text="Tap to open."
    )
    remind(pat, channel=Channel.PUSH, note=note)
    assert both(pat) == ("On its way: ",) * 2


# --- Who reads what


def test_the_clinic_reads_nothing_about_the_account(world: World, pat: Patient) -> None:
    mail(kind="account")
    mail(kind="invitation", clinic=world.clinic)
    assert sorted(one.what for one in all_told(pat)) == ["About your account", "Invitation"]
    assert [one.what for one in all_told(pat, by_staff=True)] == ["Invitation"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL proves by itself that an index will do")
@pytest.mark.parametrize("by_staff", [False, True])
def test_a_patient_s_mails_are_found_without_reading_all_that_was_ever_sent(
    pat: Patient, by_staff: bool
) -> None:
    plan = told.everything(pat, by_staff=by_staff).explain()
    assert "outgoing_mail_to" in plan
    assert "SCAN" not in plan
    assert "clinic_id" not in plan


# --- A patient who leaves and comes back


def test_whoever_is_made_inactive_is_told_nothing_and_why_until_they_are_back(
    world: World, pat: Patient, clock: time_machine.Traveller
) -> None:
    reminders.plan(local("06:00"))
    lifecycle.deactivate(world.clinician, pat, reason="On a journey.")
    clock.move_to(local("06:30"))
    reminders.plan(local("06:30"), reminders.whose_turn(local("06:30")))
    today = row(pat)
    assert (today.state, today.reason) == (ReminderState.DROPPED, Reason.INACTIVE)
    lifecycle.reactivate(world.clinician, pat)
    clock.move_to(local("07:00"))
    reminders.plan(local("07:00"), reminders.whose_turn(local("07:00")))
    assert row(pat).state == ReminderState.PLANNED
    sweep(local("09:00"))
    assert row(pat).state == ReminderState.SENT


def test_whoever_says_no_between_the_claim_and_the_sending_is_not_written_to(
    pat: Patient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A press on "Switch it off" that lands while a worker has the reminder in its hands."""
    reminders.plan(local("06:00"))
    claim = reminders._claim

    def then_switched_off(now: dt.datetime, limit: int) -> list[Reminder]:
        claimed = claim(now, limit)
        people.switch_off(None, pat, Kind.SESSION_DUE)
        return claimed

    monkeypatch.setattr(reminders, "_claim", then_switched_off)
    assert reminders.dispatch(local("09:00"))["sent"] == 0
    assert (row(pat).state, row(pat).reason) == (ReminderState.DROPPED, Reason.UNWANTED)
    assert not OutgoingMail.objects.exists()
