"""Whatever the order of plan, dispatch, delivery, edits and the clock (docs/rules.md 7).

Pat has two sessions a day, and mails and pushes to choose from; travels, pauses, is held and released, and unsubscribes
with one click. Hypothesis plays the day in many orders; what must hold is asked after each step, of the rows and of the
messages that really left.
"""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction
from django.db.models import QuerySet
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from hypothesis.strategies import sampled_from

from clinic.mail import deliver_due
from clinic.models import OutgoingMail
from patients import alerts, people, prescribing, reminders
from patients.models import OutgoingNote, Patient, Pause, Prescription, PushDevice, Reminder
from patients.models.alerts import SafetyQuestion
from patients.models.people import Channel
from patients.models.reminders import Kind, Reason, ReminderState
from patients.reaching import notes
from patients.schedule import Fixed
from patients.unsubscribing import key_of
from tests.patients.reminding import DAY, EVERY_DAY, TODAY, local, prescribe
from tests.world import make_world

TIMES = ["11:00", "11:40", "13:00", "20:30"]
ALL_BUT_A_MINUTE = ("00:00", "23:59")
QUIET = [("12:00", "14:00"), ("21:00", "08:00"), ("10:30", "11:30"), ALL_BUT_A_MINUTE]
PASSING = sampled_from([0, 45, 100])
# Far enough apart for another local date.
ZONES = ["Asia/Kathmandu", "Europe/Berlin", "Pacific/Auckland"]
FALL = dict.fromkeys(SafetyQuestion.values, False) | {SafetyQuestion.RECENT_FALL: True}
OTHERS = [kind for kind in Kind.values if kind != Kind.SESSION_DUE]


class Days(RuleBasedStateMachine):
    """One patient's days."""

    def __init__(self) -> None:
        super().__init__()
        self.rolled_back = transaction.atomic()
        self.rolled_back.__enter__()
        self.clock = time_machine.travel(dt.datetime(2026, 11, 8, 3, tzinfo=dt.UTC), tick=False)
        self.traveller = self.clock.start()
        self.world = world = make_world()
        Prescription.objects.update(ends_on=TODAY - DAY)
        self.prescription = prescribe(world, Fixed(EVERY_DAY, 2))
        self.pat = world.pat
        PushDevice.objects.create(
            patient=self.pat, endpoint="https://push", p256dh="", auth="", label="Chrome"
        )
        people.change_preferences(None, self.pat, off=OTHERS)
        self.now = local("10:40")
        self.traveller.move_to(self.now)
        self.consents = True
        self.channels: list[str] = [Channel.EMAIL]
        self.quiet = QUIET[0]
        self.edited_at = self.put_back_at = self.now
        self.edited_since_plan = False
        self.dispatches: list[dt.datetime] = []
        self.dropped: dict[Any, str] = {}

    def teardown(self) -> None:
        try:
            self.nothing_is_left_over()
        finally:
            self.clock.stop()
            transaction.set_rollback(True)
            self.rolled_back.__exit__(None, None, None)

    # --- What may happen, in any order

    @initialize(first=sampled_from(TIMES), quiet=sampled_from(QUIET))
    def the_day_begins(self, first: str, quiet: tuple[str, str]) -> None:
        self.other_quiet_hours(quiet)
        self.other_times(first, "15:00")
        self.plan(0)

    def the_clock_goes_on(self, minutes: int) -> None:
        self.now += dt.timedelta(minutes=minutes)
        self.traveller.move_to(self.now)

    @rule(after=PASSING)
    def plan(self, after: int) -> None:
        self.the_clock_goes_on(after)
        reminders.plan(self.now)
        self.look_at_what_was_dropped()
        self.edited_since_plan = False

    @rule(after=PASSING)
    def dispatch(self, after: int) -> None:
        self.the_clock_goes_on(after)
        reminders.dispatch(self.now)
        self.look_at_what_was_dropped()
        self.dispatches.append(self.now)

    @rule(after=PASSING)
    def deliver(self, after: int) -> None:
        self.the_clock_goes_on(after)
        mails, pushes = deliver_due(), notes.deliver_due()
        if mails["cancelled"] or pushes["cancelled"]:
            self.put_back_at = self.now
        if mails["sent"] or pushes["sent"]:
            assert self.consents, "sent after consent was withdrawn"
            assert not self.is_quiet(), "sent in quiet hours"
            assert not self.is_paused(), "sent in a pause"
            assert not self.is_held(), "sent while held"

    @rule(first=sampled_from(TIMES), second=sampled_from(TIMES))
    def other_times(self, first: str, second: str) -> None:
        people.change_preferences(None, self.pat, times=sorted({first, second}))
        self.edited()

    @rule(quiet=sampled_from(QUIET))
    def other_quiet_hours(self, quiet: tuple[str, str]) -> None:
        start, end = map(dt.time.fromisoformat, quiet)
        people.change_preferences(None, self.pat, quiet_from=start, quiet_until=end)
        self.quiet = quiet
        self.edited()

    @rule()
    def consent_is_withdrawn_or_given(self) -> None:
        self.consents = not self.consents
        people.change_preferences(None, self.pat, off=OTHERS if self.consents else Kind.values)
        self.edited()

    @rule(channels=sampled_from([[Channel.EMAIL], [Channel.PUSH], [Channel.EMAIL, Channel.PUSH]]))
    def other_channels(self, channels: list[str]) -> None:
        people.change_preferences(None, self.pat, channels=channels)
        self.channels = channels
        self.edited()

    @rule()
    def one_click_unsubscribes(self) -> None:
        """As a mail program does it, and opening the link does not (RFC 8058)."""
        key = key_of(self.pat.reminder_preference, Kind.SESSION_DUE)
        link = reverse("portal:unsubscribe", args=[key, Kind.SESSION_DUE])
        Client().get(link)
        wanted = Patient.objects.get(pk=self.pat.pk).reminder_preference
        assert (Kind.SESSION_DUE not in wanted.off) == self.consents
        assert Client().post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
        self.consents = False
        self.edited()

    @rule(zone=sampled_from(ZONES))
    def a_journey(self, zone: str) -> None:
        people.change_preferences(None, self.pat, time_zone=ZoneInfo(zone))
        self.pat.refresh_from_db()
        self.edited()

    @rule()
    def a_pause_begins_or_ends(self) -> None:
        today = self.pat.local_date(self.now)
        if running := self.pauses_on(today).first():
            prescribing.end_pause(self.world.clinician, running, last_day=today - DAY)
        elif not self.pauses_on(today + DAY).exists():
            prescribing.pause(self.world.clinician, self.prescription, first_day=today, last_day=today + DAY)
        self.edited()

    @rule()
    def is_held_or_released(self) -> None:
        if self.is_held():
            prescribing.release(self.world.clinician, self.prescription, note="Seen, all well")
        else:
            alerts.answer_safety(self.world.patient, self.pat, FALL)
        self.edited()

    def edited(self) -> None:
        self.edited_at, self.edited_since_plan = self.now, True

    # --- What holds

    def is_quiet(self) -> bool:
        start, end = self.quiet
        time = f"{self.now.astimezone(self.pat.zone):%H:%M}"
        return start <= time < end if start <= end else time >= start or time < end

    def pauses_on(self, day: dt.date) -> QuerySet[Pause]:
        return Pause.objects.filter(prescription=self.prescription, first_day__lte=day, last_day__gte=day)

    def is_paused(self) -> bool:
        return self.pauses_on(self.pat.local_date(self.now)).exists()

    def is_held(self) -> bool:
        self.prescription.refresh_from_db()
        return self.prescription.held_at is not None

    def look_at_what_was_dropped(self) -> None:
        """Each reason is true at the moment at which it is given."""
        for row in Reminder.objects.filter(state=ReminderState.DROPPED).exclude(reason=Reason.MERGED):
            if self.dropped.get(row.pk) == (row.reason, row.handled_at):
                continue
            self.dropped[row.pk] = (row.reason, row.handled_at)
            if row.reason == Reason.UNWANTED:
                assert not self.consents or row.channel not in self.channels
            elif row.reason == Reason.MOVED:
                assert self.edited_since_plan
            elif row.reason == Reason.QUIET:
                assert self.is_quiet()
            elif row.reason == Reason.ALL_DAY:
                assert self.quiet == ALL_BUT_A_MINUTE
            elif row.reason == Reason.PAUSED:
                assert self.pauses_on(row.local_date).exists()
            elif row.reason == Reason.HELD:
                assert self.is_held()
            else:
                assert row.reason == Reason.EXPIRED
                assert not self.chances(row), "due and lost"

    def chances(self, row: Reminder) -> list[dt.datetime]:
        """When a dispatch could have sent this row, as it stands since the last edit."""
        latest = min(row.goes_at + reminders.TOO_LATE, self.now)
        since = max(row.goes_at, self.edited_at, self.put_back_at, row.created_at)
        fair = [at for at in self.dispatches if since < at <= latest]
        sent_rows = Reminder.objects.filter(state=ReminderState.SENT, channel=row.channel)
        told = sent_rows.values_list("handled_at", flat=True)
        return [at for at in fair if not any(at - reminders.APART < sent <= at for sent in told if sent)]

    @invariant()
    def a_key_has_one_row(self) -> None:
        keys = list(Reminder.objects.values_list("patient", "kind", "local_date", "slot", "channel"))
        assert len(keys) == len(set(keys))

    @invariant()
    def a_reminder_leaves_once(self) -> None:
        for model in (OutgoingMail, OutgoingNote):
            keys = model.objects.filter(sent_at__isnull=False).values_list("key", flat=True)  # type: ignore[attr-defined]
            sent = [key.split(":")[1] for key in keys]
            assert len(sent) == len(set(sent))

    def nothing_is_left_over(self) -> None:
        """However it went on: a few hours of ordinary sweeps later nothing due is waiting."""
        for _ in range(4):
            self.plan(40)
            self.dispatch(0)
            self.deliver(0)
        waiting = Reminder.objects.filter(state__in=[ReminderState.PLANNED, ReminderState.CLAIMED])
        overdue = [row for row in waiting if row.goes_at < self.now - reminders.TOO_LATE]
        assert not overdue


@pytest.mark.django_db
def test_whatever_the_order_nothing_is_doubled_lost_or_sent_when_it_must_not_be(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(notes.CARRIERS, Channel.PUSH, lambda note: None)
    run_state_machine_as_test(
        Days,
        settings=settings(
            max_examples=15,
            stateful_step_count=10,
            derandomize=True,
            deadline=None,
            database=None,
            # The first find is enough; making it smaller takes minutes.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
