"""Reminders by several channels: each once, in quiet hours by none, by e-mail where another fails (docs/rules.md 7).

Pat lives in Kathmandu and chose 09:00; it is Wednesday, 18 November.
"""

import datetime as dt

import pytest
import time_machine
from django.utils import timezone

from clinic import outbox
from clinic.models import MailState, OutgoingMail
from patients import people, reminders
from patients.models import ChannelTrouble, OutgoingNote, Patient, Phone, PushDevice, Reminder
from patients.models.people import Channel
from patients.models.reminders import Kind, Reason
from patients.reaching import notes
from patients.reaching.failures import Refused
from tests.patients.reminding import DAY, PLANNED, SENT, TODAY, clock, dropped, local, pat, sweep
from tests.world import World

__all__ = ["clock", "pat"]

ENDPOINT = "https://fcm.googleapis.com/fcm/send/pat"
NUMBER = "+4915123456789"


class Carrier:
    """Takes notes, or refuses them."""

    def __init__(self) -> None:
        self.trouble: Exception | None = None
        self.taken: list[OutgoingNote] = []

    def __call__(self, note: OutgoingNote) -> None:
        if self.trouble:
            raise self.trouble
        self.taken.append(note)


@pytest.fixture
def phone(pat: Patient) -> Patient:
    PushDevice.objects.create(patient=pat, endpoint=ENDPOINT, p256dh="k", auth="s", label="Chrome")
    return pat


@pytest.fixture
def carriers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Carrier]:
    found = {channel: Carrier() for channel in (Channel.PUSH, Channel.SMS)}
    monkeypatch.setattr(notes, "CARRIERS", found)
    return found  # type: ignore[return-value]


def choose(patient: Patient, *channels: str) -> None:
    people.change_preferences(None, patient, channels=channels)


def ends(patient: Patient, channel: str, kind: str = Kind.SESSION_DUE) -> list[tuple[str, str]]:
    rows = Reminder.objects.filter(patient=patient, kind=kind, local_date=TODAY, channel=channel)
    return [(row.state, row.reason) for row in rows.order_by("slot")]


def test_each_message_comes_by_all_chosen_channels_once(phone: Patient) -> None:
    choose(phone, Channel.EMAIL, Channel.PUSH)
    for _ in range(3):
        sweep(local("09:00"))
    assert ends(phone, Channel.EMAIL) == ends(phone, Channel.PUSH) == [SENT]
    assert (OutgoingMail.objects.count(), OutgoingNote.objects.count()) == (1, 1)


def test_whoever_chose_push_alone_gets_no_mail(
    phone: Patient, carriers: dict[str, Carrier], clock: time_machine.Traveller
) -> None:
    choose(phone, Channel.PUSH)
    clock.move_to(local("09:00"))
    sweep(local("09:00"))
    assert notes.deliver_due()["sent"] == 1
    sweep(local("09:30"))
    (note,) = carriers[Channel.PUSH].taken
    assert (note.title, note.path) == ("Your session for today", "/today/")
    assert not OutgoingMail.objects.exists()


def test_a_chosen_channel_that_does_not_reach_the_patient_is_replaced_by_email(pat: Patient) -> None:
    choose(pat, Channel.PUSH, Channel.SMS)
    sweep(local("09:00"))
    assert ends(pat, Channel.EMAIL) == [SENT]
    assert ends(pat, Channel.PUSH) == ends(pat, Channel.SMS) == []


def test_a_number_takes_nothing_before_it_is_confirmed(pat: Patient) -> None:
    choose(pat, Channel.SMS)
    number = Phone.objects.create(patient=pat, number=NUMBER)
    reminders.plan(local("06:00"))
    assert ends(pat, Channel.SMS) == []
    number.verified_at = timezone.now()
    number.save()
    sweep(local("09:00"))
    assert ends(pat, Channel.SMS) == [SENT]
    assert ends(pat, Channel.EMAIL) == [dropped(Reason.UNWANTED)]


def test_an_hour_without_a_second_message_is_counted_for_each_channel(phone: Patient) -> None:
    people.change_preferences(None, phone, off=[Kind.WEEKLY_SUMMARY], nudge_after=1)
    sweep(local("09:00"))
    choose(phone, Channel.EMAIL, Channel.PUSH)
    reminders.plan(local("09:20"))
    assert ends(phone, Channel.PUSH) == []  # told by mail already
    assert ends(phone, Channel.PUSH, Kind.NUDGE) == [PLANNED]


def test_nothing_is_pushed_in_quiet_hours_or_after_it_was_switched_off(
    phone: Patient, carriers: dict[str, Carrier], clock: time_machine.Traveller
) -> None:
    choose(phone, Channel.PUSH)
    sweep(local("09:00"))
    people.change_preferences(None, phone, off=list(Kind))
    clock.move_to(local("09:01"))
    assert notes.deliver_due()["cancelled"] == 1
    sweep(local("09:01"))
    assert ends(phone, Channel.PUSH) == [dropped(Reason.UNWANTED)]
    assert carriers[Channel.PUSH].taken == []
    note = OutgoingNote.objects.get()
    assert (note.state, note.title, note.text) == (MailState.CANCELLED, "", "")


def test_a_phone_that_is_off_does_not_get_it_in_the_night(phone: Patient) -> None:
    people.change_preferences(None, phone, times=["20:30"], channels=[Channel.PUSH])
    sweep(local("20:30"))
    assert OutgoingNote.objects.get().expires_at == local("21:00")


def test_one_that_is_refused_comes_by_mail_at_once_and_the_desk_can_see_why(
    phone: Patient, carriers: dict[str, Carrier], clock: time_machine.Traveller
) -> None:
    choose(phone, Channel.PUSH)
    carriers[Channel.PUSH].trouble = Refused("410")
    clock.move_to(local("09:00"))
    sweep(local("09:00"))
    assert notes.deliver_due()["failed"] == 1
    reminders.plan(local("09:01"), reminders.whose_turn(local("09:01")))
    reminders.dispatch(local("09:01"))
    assert ends(phone, Channel.PUSH) == [dropped(Reason.FAILED)]
    assert ends(phone, Channel.EMAIL) == [SENT]
    trouble = ChannelTrouble.objects.get()
    assert (trouble.channel, trouble.failures, trouble.error) == (Channel.PUSH, 1, "Refused: 410")


def test_a_mail_that_was_not_wanted_a_moment_ago_steps_in_all_the_same(
    phone: Patient, carriers: dict[str, Carrier], clock: time_machine.Traveller
) -> None:
    choose(phone, Channel.EMAIL, Channel.PUSH)
    reminders.plan(local("06:00"))
    choose(phone, Channel.PUSH)
    carriers[Channel.PUSH].trouble = Refused("410")
    clock.move_to(local("09:00"))
    reminders.dispatch(local("09:00"))
    assert ends(phone, Channel.EMAIL) == [dropped(Reason.UNWANTED)]
    notes.deliver_due()
    sweep(local("09:01"))
    assert ends(phone, Channel.EMAIL) == [SENT]


def test_a_passing_trouble_is_tried_four_times_in_seven_minutes(
    phone: Patient, carriers: dict[str, Carrier], clock: time_machine.Traveller
) -> None:
    choose(phone, Channel.PUSH)
    carriers[Channel.PUSH].trouble = TimeoutError("slow")
    clock.move_to(local("09:00"))
    sweep(local("09:00"))
    for minute, end in {0: "delayed", 1: "delayed", 3: "delayed", 7: "failed"}.items():
        clock.move_to(local(f"09:0{minute}"))
        assert notes.deliver_due()[end] == 1
    sweep(local("09:08"))
    assert ends(phone, Channel.EMAIL) == [SENT]


def test_a_failing_channel_rests_longer_each_time_and_is_used_again_once_it_works(
    phone: Patient, carriers: dict[str, Carrier], clock: time_machine.Traveller
) -> None:
    choose(phone, Channel.PUSH)
    carriers[Channel.PUSH].trouble = Refused("403")
    rests = []
    for day in range(4):
        clock.move_to(local("09:00", TODAY + day * DAY))
        sweep(timezone.now())
        notes.deliver_due()
        rests.append(ChannelTrouble.objects.get().retry_at - timezone.now())
        sweep(timezone.now())
    assert rests == [dt.timedelta(hours=hours) for hours in (1, 2, 4, 8)]
    assert OutgoingMail.objects.count() == 4
    carriers[Channel.PUSH].trouble = None
    clock.move_to(local("09:00", TODAY + 4 * DAY))
    sweep(timezone.now())  # by mail, to be sure, and tried once more
    notes.deliver_due()
    assert not ChannelTrouble.objects.exists()
    clock.move_to(local("09:00", TODAY + 5 * DAY))
    sweep(timezone.now())
    assert (OutgoingMail.objects.count(), len(carriers[Channel.PUSH].taken)) == (5, 1)


def test_what_went_through_is_not_told_again_when_the_next_one_fails(
    world: World, phone: Patient, carriers: dict[str, Carrier], clock: time_machine.Traveller
) -> None:
    people.change_preferences(None, phone, off=[Kind.WEEKLY_SUMMARY], nudge_after=1, channels=[Channel.PUSH])
    clock.move_to(local("09:00"))
    sweep(local("09:00"))
    notes.deliver_due()
    carriers[Channel.PUSH].trouble = Refused("403")
    clock.move_to(local("10:00"))
    sweep(local("10:00"))
    notes.deliver_due()
    sweep(local("10:01"))
    assert ends(phone, Channel.EMAIL) == []
    assert ends(phone, Channel.EMAIL, Kind.NUDGE) == [SENT]


def test_a_note_whose_worker_died_is_sent_once_more_and_marked(
    phone: Patient, carriers: dict[str, Carrier]
) -> None:
    choose(phone, Channel.PUSH)
    sweep(local("09:00"))
    died = {"state": MailState.SENDING, "claimed_until": timezone.now() - dt.timedelta(seconds=1)}
    OutgoingNote.objects.update(**died)
    Reminder.objects.update(due_at=timezone.now())
    people.change_preferences(None, phone, quiet_from=dt.time(1), quiet_until=dt.time(2))
    with time_machine.travel(local("09:00"), tick=False):
        assert notes.deliver_due()["sent"] == 1
        assert OutgoingNote.objects.get().unknown_at is not None


def test_one_over_which_two_workers_died_comes_by_mail_and_the_channel_rests(
    phone: Patient, carriers: dict[str, Carrier], clock: time_machine.Traveller
) -> None:
    choose(phone, Channel.PUSH)
    sweep(local("09:00"))
    at = local("09:12")
    OutgoingNote.objects.update(
        state=MailState.SENDING, claimed_until=at - dt.timedelta(seconds=1), unknown_at=local("09:06")
    )
    clock.move_to(at)
    assert notes.deliver_due()["failed"] == 1
    note = OutgoingNote.objects.get()
    assert (note.state, note.error) == (MailState.FAILED, outbox.GIVEN_UP)
    assert outbox.kept_back(note, at) == "What it said was not kept."
    assert ends(phone, Channel.PUSH) == [dropped(Reason.FAILED)]
    trouble = ChannelTrouble.objects.get()
    assert (trouble.error, trouble.retry_at) == (outbox.GIVEN_UP, at + dt.timedelta(hours=1))
    sweep(at)
    assert ends(phone, Channel.EMAIL) == [SENT]
    # Once: further sweeps have nothing to add.
    assert (notes.deliver_due()["failed"], OutgoingMail.objects.count()) == (0, 1)
    assert carriers[Channel.PUSH].taken == []
