"""docs/rules.md 10 as sentences: who writes, who reads, what stays, and who is told. It is Wednesday in Kathmandu."""

import datetime as dt
from collections.abc import Iterator
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from clinic import people as colleagues
from clinic.errors import Conflict
from clinic.mail import deliver_due
from clinic.models import AuditEvent, OutgoingMail, User
from patients import lifecycle, messaging, people, reminders
from patients.models import Message, Patient, Reminder
from patients.models.people import PatientState
from patients.models.reminders import Kind, Reason, ReminderState
from patients.unsubscribing import key_of
from tests.world import ZONE, World

TODAY = dt.date(2026, 11, 18)
MINUTE = dt.timedelta(minutes=1)
WORDS = "My left side\nis tighter."


def local(time: str, day: dt.date = TODAY) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(time), tzinfo=ZoneInfo(ZONE)).astimezone(dt.UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(local("12:00"), tick=False) as clock:
        yield clock


@pytest.fixture
def quinn(world: World) -> Patient:
    """Nothing is prescribed to Quinn, and Pat wants no mail, so that only Quinn's messages are mailed."""
    people.change_preferences(None, world.pat, off=list(Kind))
    return world.quinn


def write(actor: User | None, patient: Patient, text: str = WORDS, id: UUID | None = None) -> Message:  # noqa: A002
    assert actor
    return messaging.write(actor, patient, id=id or uuid4(), text=text)[0]


def read(patient: Patient, *, by_staff: bool) -> None:
    messaging.read(patient, by_staff=by_staff, up_to=dt.datetime.max.replace(tzinfo=dt.UTC))


def errors(call: pytest.ExceptionInfo[ValidationError]) -> set[str]:
    return set(call.value.message_dict)


# --- Writing


def test_a_message_says_who_wrote_it_and_from_which_side(world: World, quinn: Patient) -> None:
    theirs, ours = write(quinn.user, quinn), write(world.assistant, quinn)
    assert (theirs.author, theirs.by_staff) == (quinn.user, False)
    assert (ours.author, ours.by_staff) == (world.assistant, True)
    assert theirs.read_at is ours.read_at is None


def test_a_text_is_plain_and_keeps_its_line_breaks(quinn: Patient) -> None:
    assert write(quinn.user, quinn, "  One\r\ntwo\rthree \n").text == "One\ntwo\nthree"


@pytest.mark.parametrize("text", ["", " \r\n ", "x" * 2001])
def test_a_text_has_one_to_2000_characters(quinn: Patient, text: str) -> None:
    with pytest.raises(ValidationError) as refused:
        write(quinn.user, quinn, text)
    assert errors(refused) == {"text"}
    assert len(write(quinn.user, quinn, "x" * 1999 + "\r\n" + " ").text) == 1999


def test_sending_the_same_message_twice_sends_it_once(quinn: Patient) -> None:
    id = uuid4()  # noqa: A001
    assert quinn.user
    first, created = messaging.write(quinn.user, quinn, id=id, text=WORDS)
    again, created_again = messaging.write(quinn.user, quinn, id=id, text=f"{WORDS}\r\n")
    assert (created, created_again, first) == (True, False, again)
    assert OutgoingMail.objects.count() == AuditEvent.objects.filter(verb="message.written").count() == 1


def test_the_same_id_with_other_content_is_refused_and_nothing_is_lost(world: World, quinn: Patient) -> None:
    sent = write(quinn.user, quinn)
    for actor, patient, text in (
        (quinn.user, quinn, "Something else"),
        (world.clinician, quinn, WORDS),
        (world.stranger, world.stranger_patient, WORDS),
    ):
        with pytest.raises(Conflict):
            write(actor, patient, text, sent.pk)
    assert [m.text for m in Message.objects.all()] == [WORDS]


@pytest.mark.parametrize("state", set(PatientState) - {PatientState.ACTIVE})
def test_a_thread_of_somebody_who_is_not_active_takes_no_message(
    world: World, quinn: Patient, state: PatientState
) -> None:
    Patient.objects.filter(pk=quinn.pk).update(state=state)
    for actor in (quinn.user, world.clinician):
        with pytest.raises(ValidationError) as refused:
            write(actor, quinn)
        assert errors(refused) == {"patient"}


def test_nobody_writes_more_than_30_messages_in_an_hour(
    world: World, quinn: Patient, clock: time_machine.Traveller
) -> None:
    for _ in range(30):
        write(world.assistant, quinn)
        clock.shift(MINUTE)
    with pytest.raises(ValidationError) as refused:
        write(world.assistant, world.pat)
    assert refused.value.messages == [
        "You have sent 30 messages within an hour. You can send more from 13:00 on."
    ]
    write(world.clinician, quinn)
    write(quinn.user, quinn)
    clock.move_to(local("13:00"))
    write(world.assistant, quinn)


# --- Reading and withdrawing


def test_each_side_has_read_what_the_other_wrote(
    world: World, quinn: Patient, clock: time_machine.Traveller
) -> None:
    theirs, ours = write(quinn.user, quinn), write(world.clinician, quinn)
    clock.shift(MINUTE)
    read(quinn, by_staff=True)
    theirs.refresh_from_db()
    ours.refresh_from_db()
    assert (theirs.read_at, theirs.unread) == (local("12:01"), False)
    assert (ours.read_at, ours.unread) == (None, True)
    clock.shift(MINUTE)
    read(quinn, by_staff=True)
    theirs.refresh_from_db()
    assert theirs.read_at == local("12:01")


def test_what_came_after_the_page_was_made_is_not_read(quinn: Patient, clock: time_machine.Traveller) -> None:
    shown = write(quinn.user, quinn)
    clock.shift(MINUTE)
    write(quinn.user, quinn)
    assert messaging.read(quinn, by_staff=True, up_to=shown.sent_at) == 1
    assert messaging.waiting(quinn, by_staff=False).count() == 1


def test_an_unread_message_can_be_withdrawn_and_leaves_its_place(quinn: Patient) -> None:
    message = write(quinn.user, quinn)
    assert quinn.user
    for _ in range(2):
        messaging.withdraw(quinn.user, message)
    message = Message.objects.get()
    assert message.withdrawn_at == local("12:00")
    assert (message.text, message.unread) == ("", False)
    assert AuditEvent.objects.filter(verb="message.withdrawn").count() == 1


def test_a_message_that_was_read_stays(world: World, quinn: Patient) -> None:
    message = write(world.clinician, quinn)
    read(quinn, by_staff=False)
    with pytest.raises(ValidationError, match="read already"):
        messaging.withdraw(world.clinician, message)
    assert Message.objects.get().text == WORDS


def test_only_the_author_withdraws_a_message(world: World, quinn: Patient) -> None:
    message = write(world.clinician, quinn)
    for other in (world.owner, quinn.user):
        assert other
        with pytest.raises(ValidationError, match="Only whoever wrote"):
            messaging.withdraw(other, message)


def test_staff_let_a_message_wait_again_and_it_still_cannot_be_withdrawn(
    world: World, quinn: Patient
) -> None:
    message = write(quinn.user, quinn)
    read(quinn, by_staff=True)
    messaging.mark_unread(world.assistant, quinn)
    assert messaging.waiting(quinn, by_staff=False).get() == message
    assert quinn.user
    with pytest.raises(ValidationError):
        messaging.withdraw(quinn.user, message)
    with pytest.raises(ValidationError):
        messaging.mark_unread(world.assistant, world.pat)


def test_a_message_without_a_text_is_a_withdrawn_one(quinn: Patient) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Message.objects.create(patient=quinn, author=quinn.user, by_staff=False, text="")


def test_the_audit_trail_names_the_act_and_never_the_words(world: World, quinn: Patient) -> None:
    write(world.clinician, quinn)
    event = AuditEvent.objects.get(verb="message.written")
    assert (event.actor, event.subject_id, event.clinic) == (world.clinician, quinn.pk, world.clinic)
    assert "tighter" not in str(event.__dict__)


# --- Telling the staff


def told() -> list[str]:
    return list(OutgoingMail.objects.filter(kind="message_waits").values_list("to", flat=True))


def test_the_clinician_in_charge_is_told_once_until_it_is_read(world: World, quinn: Patient) -> None:
    write(quinn.user, quinn)
    write(quinn.user, quinn)
    assert told() == [world.clinician.email]
    read(quinn, by_staff=True)
    write(quinn.user, quinn)
    assert told() == [world.clinician.email] * 2


def test_without_a_clinician_in_charge_the_owners_are_told(world: World, quinn: Patient) -> None:
    colleagues.end_membership(world.owner, world.clinician.memberships.get())
    write(quinn.user, quinn)
    assert told() == [world.owner.email]


def test_the_mail_to_staff_names_nobody_and_says_nothing(world: World, quinn: Patient) -> None:
    write(quinn.user, quinn)
    mail = OutgoingMail.objects.get()
    assert mail.subject == "A message waits in Holdwell"
    for inside in (mail.subject, mail.text, mail.html):
        assert "Quinn" not in inside
        assert "tighter" not in inside
    assert f"/desk/{world.clinic.pk}/messages/" in mail.text


def test_a_message_that_was_read_meanwhile_is_not_mailed(world: World, quinn: Patient) -> None:
    write(quinn.user, quinn)
    read(quinn, by_staff=True)
    assert deliver_due()["cancelled"] == 1


def test_a_message_that_was_withdrawn_meanwhile_is_not_mailed(world: World, quinn: Patient) -> None:
    message = write(quinn.user, quinn)
    assert quinn.user
    messaging.withdraw(quinn.user, message)
    assert deliver_due()["cancelled"] == 1


def test_a_message_that_waits_is_mailed(world: World, quinn: Patient) -> None:
    write(quinn.user, quinn)
    assert deliver_due()["sent"] == 1


# --- Telling the patient: a reminder of the kind "message", under the rules of docs/rules.md 7


def sweep(now: dt.datetime, clock: time_machine.Traveller, *, leave: bool = True) -> None:
    """What is handed over leaves at once, unless a test looks at it first."""
    clock.move_to(now)
    reminders.plan(now, reminders.whose_turn(now))
    reminders.dispatch(now)
    if leave:
        deliver_due()


def ends(patient: Patient) -> list[tuple[str, str]]:
    rows = Reminder.objects.filter(patient=patient, kind=Kind.MESSAGE).order_by("due_at")
    return [(row.state, row.reason) for row in rows]


SENT = (ReminderState.SENT, Reason.NONE)


def test_the_patient_is_told_at_once_with_a_way_to_stop_it(
    world: World, quinn: Patient, clock: time_machine.Traveller
) -> None:
    write(world.clinician, quinn)
    sweep(local("12:00"), clock, leave=False)
    mail = OutgoingMail.objects.get()
    assert (mail.to, mail.kind, mail.subject) == (quinn.email, "message", "A message waits in Holdwell")
    assert "You have a message from Holdwell Practice." in mail.text
    assert "tighter" not in mail.text + mail.html
    key = key_of(quinn.reminder_preference, "message")
    assert mail.headers["List-Unsubscribe"].endswith(f"/unsubscribe/{key}/message/>")
    assert deliver_due()["sent"] == 1


def test_the_patient_is_told_once_until_they_have_read(
    world: World, quinn: Patient, clock: time_machine.Traveller
) -> None:
    write(world.clinician, quinn)
    sweep(local("12:00"), clock)
    for time in ("12:10", "14:00"):
        clock.move_to(local(time))
        write(world.assistant, quinn)
        sweep(local(time), clock)
    assert ends(quinn) == [SENT]
    read(quinn, by_staff=False)
    clock.move_to(local("15:00"))
    write(world.clinician, quinn)
    sweep(local("15:00"), clock)
    assert ends(quinn) == [SENT, SENT]


def test_withdrawing_one_of_two_unread_messages_tells_nobody_again(
    world: World, quinn: Patient, clock: time_machine.Traveller
) -> None:
    first = write(world.clinician, quinn)
    sweep(local("12:00"), clock)
    write(world.clinician, quinn)
    messaging.withdraw(world.clinician, first)
    sweep(local("14:00"), clock)
    assert ends(quinn) == [SENT]


def test_in_quiet_hours_the_patient_is_told_when_they_end(
    world: World, quinn: Patient, clock: time_machine.Traveller
) -> None:
    clock.move_to(local("21:30"))
    write(world.clinician, quinn)
    sweep(local("21:30"), clock)
    assert not OutgoingMail.objects.exists()
    sweep(local("08:00", TODAY + dt.timedelta(days=1)), clock)
    assert ends(quinn) == [SENT]


def test_a_mail_that_a_broken_server_kept_into_the_night_goes_out_in_the_morning(
    world: World, quinn: Patient, clock: time_machine.Traveller
) -> None:
    clock.move_to(local("20:55"))
    write(world.clinician, quinn)
    sweep(local("20:55"), clock, leave=False)
    clock.move_to(local("21:10"))
    assert deliver_due()["cancelled"] == 1
    sweep(local("22:00"), clock)
    sweep(local("08:00", TODAY + dt.timedelta(days=1)), clock, leave=False)
    assert deliver_due()["sent"] == 1


def test_what_was_read_or_withdrawn_before_it_was_told_is_not_told(
    world: World, quinn: Patient, clock: time_machine.Traveller
) -> None:
    clock.move_to(local("21:30"))
    write(world.clinician, quinn)
    sweep(local("21:30"), clock)
    read(quinn, by_staff=False)
    sweep(local("08:00", TODAY + dt.timedelta(days=1)), clock)
    assert ends(quinn) == [(ReminderState.DROPPED, Reason.READ)]


def test_a_message_that_nobody_could_be_told_of_for_hours_is_told_late(
    world: World, quinn: Patient, clock: time_machine.Traveller
) -> None:
    write(world.clinician, quinn)
    now = local("18:30")
    clock.move_to(now)
    reminders.plan(now)
    reminders.dispatch(now)
    clock.move_to(local("20:55"))
    assert deliver_due()["sent"] == 1


def test_a_patient_who_does_not_want_it_is_not_told(
    world: World, quinn: Patient, clock: time_machine.Traveller
) -> None:
    write(world.clinician, quinn)
    people.switch_off(None, quinn, Kind.MESSAGE)
    sweep(local("12:00"), clock)
    assert not OutgoingMail.objects.exists()


def test_a_patient_who_left_meanwhile_is_not_told(
    world: World, quinn: Patient, clock: time_machine.Traveller
) -> None:
    write(world.clinician, quinn)
    lifecycle.deactivate(world.clinician, quinn, reason="Moved away")
    sweep(local("12:00"), clock)
    assert not OutgoingMail.objects.exists()


def test_within_the_hour_of_a_reminder_it_waits_or_is_told_along(
    world: World, clock: time_machine.Traveller
) -> None:
    people.change_preferences(None, world.pat, times=["12:30"], off=["nudge", "prescription_changed"])
    reminders.plan(local("12:00"))
    sweep(local("12:30"), clock)
    assert OutgoingMail.objects.get().kind == "session_due"
    clock.move_to(local("12:40"))
    write(world.clinician, world.pat)
    sweep(local("12:40"), clock)
    assert OutgoingMail.objects.count() == 1
    sweep(local("13:31"), clock)
    assert ends(world.pat) == [SENT]


# --- How soon


def test_the_owner_says_how_soon_the_clinic_answers(world: World) -> None:
    colleagues.change_clinic(world.owner, world.clinic, answers_within=3)
    colleagues.change_clinic(world.owner, world.clinic, answers_within=3)
    world.clinic.refresh_from_db()
    assert world.clinic.answers_within == 3
    assert AuditEvent.objects.filter(verb="clinic.changed").count() == 1
    with pytest.raises(ValidationError):
        colleagues.change_clinic(world.owner, world.clinic, answers_within=0)
