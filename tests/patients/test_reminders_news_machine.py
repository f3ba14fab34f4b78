"""Whatever the order of acts, messages, outages, journeys and other quiet hours: what happened is told once, and one
message an hour leaves (docs/rules.md 7). The day's own sessions: `test_reminders_machine.py`.
"""

import datetime as dt
from itertools import pairwise
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.mail.backends.locmem import EmailBackend
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from hypothesis.strategies import sampled_from

from clinic.mail import deliver_due
from clinic.models import MailState, OutgoingMail
from patients import messaging, people, prescribing, reminders
from patients.models import Reminder
from patients.models.reminders import Kind
from patients.reminding.facts import WAS_TOLD
from tests.patients.reminding import DAY, TODAY, local
from tests.world import make_world

QUIET = [("21:00", "08:00"), ("23:30", "07:00"), ("13:00", "14:30")]
ZONES = ["Asia/Kathmandu", "Europe/Berlin", "Pacific/Auckland"]
TICK = dt.timedelta(minutes=10)


class Server(EmailBackend):
    """A mail server that answers or does not."""

    up = True

    def open(self) -> None:
        if not self.up:
            raise ConnectionRefusedError("nobody there")


class News(RuleBasedStateMachine):
    """What is done with one prescription, and written to its patient; ticks come every ten minutes."""

    def __init__(self) -> None:
        super().__init__()
        self.rolled_back = transaction.atomic()
        self.rolled_back.__enter__()
        self.clock = time_machine.travel(dt.datetime(2026, 11, 8, 3, tzinfo=dt.UTC), tick=False)
        self.traveller = self.clock.start()
        Server.up = True
        self.world = make_world()
        self.pat = self.world.pat
        self.now = local("10:40")
        self.traveller.move_to(self.now)
        people.change_preferences(None, self.pat, off=[Kind.NUDGE, Kind.WEEKLY_SUMMARY], times=["12:00"])
        self.acts: list[dt.datetime] = []
        self.undisturbed = True

    def teardown(self) -> None:
        try:
            self.in_the_end_all_is_told()
        finally:
            self.clock.stop()
            transaction.set_rollback(True)
            self.rolled_back.__exit__(None, None, None)

    # --- What may happen, in any order

    @rule(minutes=sampled_from([10, 20, 60, 300]))
    def time_goes_on(self, minutes: int) -> None:
        self.sweep(minutes // 10, TICK)

    def sweep(self, times: int, every: dt.timedelta) -> None:
        for _ in range(times):
            self.now += every
            self.traveller.move_to(self.now)
            reminders.plan(self.now)
            reminders.dispatch(self.now)
            deliver_due()

    @rule()
    def an_act(self) -> None:
        first = TODAY + (20 + 2 * len(self.acts)) * DAY
        prescribing.pause(self.world.clinician, self.world.prescription, first_day=first, last_day=first)
        self.acts.append(self.now)

    @rule()
    def a_message(self) -> None:
        messaging.write(self.world.clinician, self.pat, id=uuid4(), text="Hello")

    @rule(quiet=sampled_from(QUIET))
    def other_quiet_hours(self, quiet: tuple[str, str]) -> None:
        start, end = map(dt.time.fromisoformat, quiet)
        people.change_preferences(None, self.pat, quiet_from=start, quiet_until=end)
        self.undisturbed = False

    @rule(zone=sampled_from(ZONES))
    def a_journey(self, zone: str) -> None:
        people.change_preferences(None, self.pat, time_zone=ZoneInfo(zone))
        self.pat.refresh_from_db()
        self.undisturbed = False

    @rule()
    def the_mail_server_goes_or_comes_back(self) -> None:
        Server.up = not Server.up
        self.undisturbed = False

    # --- What holds

    def told(self, kind: Kind) -> list[Reminder]:
        return list(Reminder.objects.filter(WAS_TOLD, kind=kind).order_by("due_at"))

    @invariant()
    def each_notice_has_news(self) -> None:
        before = dt.datetime.min.replace(tzinfo=dt.UTC)
        for row in self.told(Kind.PRESCRIPTION_CHANGED):
            assert any(before < act <= row.due_at for act in self.acts), "told twice"
            before = row.due_at

    @invariant()
    def each_message_is_told_once(self) -> None:
        numbers = [row.slot for row in self.told(Kind.MESSAGE)]
        assert len(numbers) == len(set(numbers))

    @invariant()
    def one_an_hour_leaves(self) -> None:
        sent = OutgoingMail.objects.filter(key__startswith="reminder:", state=MailState.SENT)
        times = sent.order_by("sent_at").values_list("sent_at", flat=True)
        assert all(later - earlier >= reminders.APART for earlier, later in pairwise(times))

    def in_the_end_all_is_told(self) -> None:
        """Where neither the server failed nor the patient chose anew while something waited."""
        Server.up = True
        self.sweep(36, 6 * TICK)
        if self.undisturbed and self.acts:
            assert self.told(Kind.PRESCRIPTION_CHANGED)[-1].due_at >= self.acts[-1]
        if messaging.waiting(self.pat, by_staff=True).exists():
            assert self.told(Kind.MESSAGE)


@pytest.mark.django_db
def test_whatever_the_order_what_happened_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("django.conf.settings.EMAIL_BACKEND", f"{__name__}.Server")
    run_state_machine_as_test(
        News,
        settings=settings(
            max_examples=6,
            stateful_step_count=8,
            derandomize=True,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
