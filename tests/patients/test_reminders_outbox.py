"""A reminder is looked at again when its mail leaves, not only when it is written (docs/rules.md 7).

Pat lives in Kathmandu; it is Wednesday, 18 November, and the mail server does not answer at first.
"""

import datetime as dt
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.core import management
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.urls import reverse

from clinic import mail, outbox
from clinic import people as colleagues
from clinic.mail import deliver_due
from clinic.models import MailState, OutgoingMail
from patients import alerts, critical, lifecycle, messaging, people, prescribing, reminders
from patients.lines import lines_of_routine
from patients.models import Patient, Reminder
from patients.models.alerts import SafetyQuestion
from patients.models.reminders import Kind, Reason, ReminderState
from patients.schedule import Fixed
from tests.patients.caring import log_session
from tests.patients.reminding import (
    DAY,
    EVERY_DAY,
    SENT,
    TODAY,
    clock,
    dropped,
    ends,
    local,
    pat,
    prescribe,
    sweep,
)
from tests.world import World

__all__ = ["clock", "pat"]

NOTHING = {"sent": 0, "delayed": 0, "failed": 0, "cancelled": 0}


class Server(EmailBackend):
    """A mail server that answers or does not."""

    up = False

    def open(self) -> None:
        if not self.up:
            raise ConnectionRefusedError("nobody there")


@pytest.fixture(autouse=True)
def server(settings: Any) -> type[Server]:
    settings.EMAIL_BACKEND = f"{__name__}.Server"
    Server.up = False
    return Server


class Afternoon:
    """Hands a reminder to the outbox while no server answers, and lets it come back later."""

    def __init__(self, clock: time_machine.Traveller) -> None:
        self.clock = clock

    def hand_over(self, time: str, day: dt.date = TODAY) -> None:
        self.clock.move_to(local(time, day))
        sweep(local(time, day))
        assert deliver_due() == NOTHING | {"delayed": 1}

    def server_is_back(self, time: str, day: dt.date = TODAY) -> dict[str, int]:
        self.clock.move_to(local(time, day))
        Server.up = True
        return deliver_due()


@pytest.fixture
def outage(clock: time_machine.Traveller) -> Afternoon:
    return Afternoon(clock)


def test_what_is_still_wanted_goes_out_late(pat: Patient, outage: Afternoon) -> None:
    outage.hand_over("09:00")
    assert outage.server_is_back("10:59") == NOTHING | {"sent": 1}
    assert ends(pat) == [SENT]


def test_what_was_switched_off_meanwhile_stays_unsent(pat: Patient, outage: Afternoon) -> None:
    outage.hand_over("09:00")
    people.change_preferences(None, pat, off=list(Kind))
    assert outage.server_is_back("09:30") == NOTHING | {"cancelled": 1}
    sweep(local("09:30"))
    assert ends(pat) == [dropped(Reason.UNWANTED)]
    mail = OutgoingMail.objects.get()
    assert (mail.state, mail.text, mail.html) == (MailState.CANCELLED, "", "")


def test_what_was_done_meanwhile_stays_unsent(world: World, pat: Patient, outage: Afternoon) -> None:
    outage.hand_over("09:00")
    outage.clock.move_to(local("09:20"))
    log_session(world.prescription)
    assert outage.server_is_back("09:40") == NOTHING | {"cancelled": 1}
    sweep(local("09:40"))
    assert ends(pat) == [dropped(Reason.DONE)]


def test_nothing_leaves_in_quiet_hours(pat: Patient, outage: Afternoon) -> None:
    people.change_preferences(None, pat, times=["20:30"])
    outage.hand_over("20:31")
    assert outage.server_is_back("21:31") == NOTHING | {"cancelled": 1}
    sweep(local("21:31"))
    assert ends(pat) == [dropped(Reason.QUIET)]


def test_after_two_hours_it_has_expired(pat: Patient, outage: Afternoon) -> None:
    outage.hand_over("09:00")
    assert outage.server_is_back("11:01") == NOTHING | {"cancelled": 1}
    sweep(local("11:01"))
    assert ends(pat) == [dropped(Reason.EXPIRED)]


def test_a_weekly_summary_is_not_more_than_two_hours_late_either(
    world: World, pat: Patient, outage: Afternoon
) -> None:
    monday = TODAY + 5 * DAY
    people.change_preferences(None, pat, off=[Kind.NUDGE, Kind.SESSION_DUE])
    outage.hand_over("09:00", monday)
    assert OutgoingMail.objects.get().expires_at == local("11:00", monday)
    assert outage.server_is_back("11:01", monday) == NOTHING | {"cancelled": 1}


def test_what_was_told_in_the_same_mail_is_told_by_a_new_one(
    world: World, pat: Patient, outage: Afternoon
) -> None:
    monday = TODAY + 5 * DAY
    people.change_preferences(None, pat, off=[Kind.NUDGE])
    outage.hand_over("09:00", monday)
    assert set(ends(pat, Kind.WEEKLY_SUMMARY, monday)) == {dropped(Reason.MERGED)}
    people.change_preferences(None, pat, off=[Kind.NUDGE, Kind.SESSION_DUE])
    assert outage.server_is_back("09:30", monday) == NOTHING | {"cancelled": 1}
    sweep(local("09:30", monday))
    assert deliver_due() == NOTHING | {"sent": 1}
    assert ends(pat, Kind.SESSION_DUE, monday) == [dropped(Reason.UNWANTED)]
    assert ends(pat, Kind.WEEKLY_SUMMARY, monday) == [SENT]


def test_what_falls_due_within_the_hour_may_be_told_along_late(
    world: World, pat: Patient, outage: Afternoon
) -> None:
    prescribing.prescribe(
        world.clinician,
        pat,
        name="Evening stretches",
        lines=lines_of_routine(world.routine),
        schedule=Fixed(EVERY_DAY, 2),
        starts_on=TODAY + DAY,
    )
    people.change_preferences(None, pat, times=["09:00", "09:45"])
    outage.hand_over("09:00", TODAY + DAY)
    assert outage.server_is_back("09:10", TODAY + DAY) == NOTHING | {"sent": 1}
    assert ends(pat, day=TODAY + DAY) == [SENT, dropped(Reason.MERGED)]


def test_a_worker_that_died_in_between_leaves_nothing_unwanted(pat: Patient, outage: Afternoon) -> None:
    outage.hand_over("09:00")
    Reminder.objects.update(state=ReminderState.PLANNED, mail=None)
    assert outage.server_is_back("09:30") == NOTHING | {"cancelled": 1}


def test_what_a_dead_worker_had_and_is_not_wanted_any_more_is_told_anew_and_still_counted(
    pat: Patient, outage: Afternoon, capsys: pytest.CaptureFixture[str]
) -> None:
    """It may have gone out, so there are two messages at most, and operators hear of the one that is in doubt."""
    outage.hand_over("09:00")
    doubtful = OutgoingMail.objects.get()
    OutgoingMail.objects.update(state=MailState.SENDING, attempts=1, claimed_until=local("09:05"))
    people.change_preferences(None, pat, times=["09:30"])
    assert outage.server_is_back("09:10") == NOTHING | {"cancelled": 1}
    sweep(local("09:30"))
    assert outage.server_is_back("09:30") == NOTHING | {"sent": 1}
    doubtful.refresh_from_db()
    assert (doubtful.state, doubtful.unknown_at) == (MailState.CANCELLED, local("09:10"))
    assert OutgoingMail.objects.count() == 2
    management.call_command("reminders", "--at", local("09:31").isoformat())
    assert json.loads(capsys.readouterr().out)["mails"] == {"sent": 1, "unknown": 1}


def test_what_somebody_waits_for_is_urgent_and_a_reminder_is_not(
    world: World, pat: Patient, outage: Afternoon, client: Client
) -> None:
    outage.hand_over("09:00")
    client.post(reverse("account_request_login_code"), {"email": world.patient.email})
    client.post(reverse("account_reset_password"), {"email": world.patient.email})
    people.invite_patient(world.clinician, world.clinic, name="Ada", email="ada@example.org")
    colleagues.invite_colleague(world.owner, world.clinic, name="Bo", email="bo@example.org", role="viewer")
    alerts.answer_safety(world.patient, world.pat, dict.fromkeys(SafetyQuestion.values, True))
    critical.tell_due(local("09:00"))
    urgent = dict(OutgoingMail.objects.values_list("kind", "urgent"))
    assert urgent == {Kind.SESSION_DUE: False, "account": True, "invitation": True, critical.KIND: True}
    assert OutgoingMail.objects.filter(urgent=True).count() >= 5


# What may be done to a patient between a look at many mails and the sending of one of them.
ACTS: dict[str, Callable[[World], object]] = {
    "switched off": lambda world: people.change_preferences(None, world.pat, off=list(Kind)),
    "done": lambda world: log_session(world.prescription),
    "paused": lambda world: prescribing.pause(
        world.clinician, world.prescription, first_day=TODAY, last_day=TODAY
    ),
    "stopped": lambda world: prescribing.stop(world.clinician, world.prescription, reason="Goal reached"),
    "held": lambda world: alerts.answer_safety(
        world.patient, world.pat, dict.fromkeys(SafetyQuestion.values, True)
    ),
    "left": lambda world: lifecycle.deactivate(world.clinician, world.pat, reason="Moved away"),
}


def test_a_glance_at_many_asks_one_thing_while_nothing_happens(
    pat: Patient, outage: Afternoon, django_assert_num_queries: Any
) -> None:
    outage.hand_over("09:00")
    mails = list(OutgoingMail.objects.all())
    looked_at = local("09:20")
    outage.clock.move_to(looked_at)
    with django_assert_num_queries(1):
        assert reminders.changed(mails, looked_at) == set()


@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_whatever_happens_after_the_look_is_seen_at_a_glance(
    world: World, pat: Patient, outage: Afternoon, act: Callable[[World], object]
) -> None:
    outage.hand_over("09:00")
    mails = list(OutgoingMail.objects.all())
    looked_at = local("09:20")
    outage.clock.move_to(looked_at)
    assert reminders.wanted_of(mails) == {mails[0].pk}
    assert reminders.changed(mails, looked_at) == set()
    act(world)
    assert reminders.changed(mails, looked_at) == {mails[0].pk}
    assert reminders.wanted_of(mails) == set()


def test_what_falls_due_while_a_message_waits_for_its_server_is_one_with_it_or_waits(
    world: World, pat: Patient, outage: Afternoon
) -> None:
    """At most one message an hour leaves, also when the server comes back to two that were due."""
    prescribe(world, Fixed(EVERY_DAY, 2))
    off = [kind for kind in Kind if kind != Kind.SESSION_DUE]
    people.change_preferences(None, pat, times=["09:00", "10:05"], off=off)
    outage.hand_over("09:00")
    for time in ("10:05", "10:40"):
        outage.clock.move_to(local(time))
        sweep(local(time))
        deliver_due()
    assert outage.server_is_back("10:45") == NOTHING | {"sent": 1}
    for time in ("10:50", "11:30", "11:44"):
        outage.clock.move_to(local(time))
        sweep(local(time))
        assert deliver_due() == NOTHING
    outage.clock.move_to(local("11:46"))
    sweep(local("11:46"))
    assert deliver_due() == NOTHING | {"sent": 1}
    assert ends(pat) == [SENT, SENT]


def test_a_message_is_told_although_the_mail_that_would_have_told_it_came_too_late(
    world: World, pat: Patient, outage: Afternoon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a look at many, a moment ago, has found that mail wanted."""
    outage.clock.move_to(local("08:55"))
    messaging.write(world.clinician, pat, id=uuid4(), text="Hello")
    outage.hand_over("09:00")
    wanted = reminders.wanted_of

    def slowly(sent: Any) -> Any:
        found = wanted(sent)
        outage.clock.shift(dt.timedelta(seconds=2))
        return found

    monkeypatch.setitem(mail.looks, Kind.SESSION_DUE, outbox.Look(slowly, reminders.changed))
    assert outage.server_is_back("10:59:59") == NOTHING | {"cancelled": 1}
    sweep(local("11:01"))
    assert deliver_due() == NOTHING | {"sent": 1}
    assert ends(pat) == [dropped(Reason.EXPIRED)]
    assert ends(pat, Kind.MESSAGE) == [SENT]


def test_a_mail_does_not_go_to_an_address_that_its_patient_has_left(pat: Patient, outage: Afternoon) -> None:
    outage.hand_over("09:00")
    assert pat.user
    pat.user.email = "pat@elsewhere.example"
    pat.user.save()
    assert outage.server_is_back("09:30") == NOTHING | {"cancelled": 1}
    sweep(local("09:31"))
    assert deliver_due() == NOTHING | {"sent": 1}
    assert OutgoingMail.objects.get(state=MailState.SENT).to == "pat@elsewhere.example"
