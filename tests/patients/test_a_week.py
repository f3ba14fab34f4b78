"""A week of the practice, from Monday to Monday, on a clock that is moved: what the ticks of Celery make of it
(docs/rules.md 6, 7 and 8).

The ticks are those of beat's schedule, run as a worker runs them; nothing else sends, looks or reports. Whatever was
queued beside them is lost, as with a broker that was wiped.
"""

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail as postbox
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from django.urls import reverse

from clinic.celery import app
from clinic.models import AuditEvent, User
from patients.models import Alert, Report, Session
from patients.models.alerts import AlertState, Rule
from patients.models.reports import ReportKind
from tests.patients.caring import log_session
from tests.world import ZONE, World, make_prescription, make_session

DAY = dt.timedelta(days=1)
MONDAY = dt.date(2026, 11, 16)
MON, TUE, WED, THU, FRI, SAT, SUN = (MONDAY + number * DAY for number in range(7))
NEXT_MONDAY = MONDAY + 7 * DAY
STEP = dt.timedelta(hours=6)


def local(day: dt.date, time: str) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(time), tzinfo=ZoneInfo(ZONE)).astimezone(dt.UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(local(MON, "00:00"), tick=False) as clock:
        yield clock


def tick() -> None:
    """All ticks of beat once; that of the mails, which comes the most often, last. Their errors are the test's."""
    ticks = app.conf.beat_schedule
    for entry in [*(ticks[name] for name in ticks if name != "mail"), ticks["mail"]]:
        app.tasks[entry["task"]].apply(throw=True)


class Week:
    """The clock, the people, and what reached them."""

    def __init__(self, clock: time_machine.Traveller, world: World) -> None:
        self.clock, self.world = clock, world
        self.now = local(MON, "00:00")

    def until(self, day: dt.date, time: str) -> None:
        """Let the time pass, with a round of ticks every six hours, and one at the end."""
        end = local(day, time)
        while self.now < end:
            self.now = min(self.now + STEP, end)
            self.clock.move_to(self.now)
            tick()

    def pat_does(self, day: dt.date, *, pain: int) -> Session:
        self.until(day, "09:20")
        return log_session(self.world.prescription, self.now, pain=pain)


def letters(person: User, containing: str = "") -> list[EmailMultiAlternatives]:
    return [
        letter
        for letter in postbox.outbox
        if isinstance(letter, EmailMultiAlternatives)
        and person.email in letter.to
        and containing in f"{letter.subject}\n{letter.body}"
    ]


def open_rules(world: World) -> set[tuple[str, str]]:
    alerts = Alert.objects.exclude(state=AlertState.RESOLVED).filter(patient__clinic=world.clinic)
    return {(alert.patient.name, alert.rule) for alert in alerts.select_related("patient")}


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def week(clock: time_machine.Traveller, world: World) -> Week:
    """Pat has done every session so far. Quinn was prescribed the same two weeks ago, and has done none."""
    app.loader.import_default_modules()  # the tasks, as a worker finds them
    for number in range(1, 22):
        make_session(world.prescription, MON - number * DAY)
    make_prescription(world.quinn, world.clinician, [world.hamstring], starts_on=MON - 14 * DAY)
    return Week(clock, world)


def test_a_week_from_sessions_to_alert_mail_acknowledgement_and_digest(week: Week) -> None:
    world = week.world
    desk = signed_in(world.clinician)

    # Before anybody is up the clinic is looked at: of Quinn nothing was heard for fourteen days.
    week.until(MON, "06:00")
    quiet = {("Quinn", Rule.SILENCE), ("Quinn", Rule.MISSED), ("Quinn", Rule.LOW_ADHERENCE)}
    assert open_rules(world) == quiet
    assert not letters(world.clinician, "alert"), "none of it is critical: it waits for the digest"

    # Pat is reminded at nine, and does what was asked.
    week.pat_does(MON, pain=3)
    week.pat_does(TUE, pain=3)
    assert len(letters(world.patient)) == 2

    # On Wednesday it hurts. The next tick tells the clinician, and no word of why.
    week.pat_does(WED, pain=8)
    assert open_rules(world) == quiet | {("Pat", Rule.PAIN_HIGH), ("Pat", Rule.PAIN_RISE)}
    week.until(WED, "09:21")
    (told,) = letters(world.clinician, "alert")
    severe = Alert.objects.get(rule=Rule.PAIN_HIGH)
    page = reverse("desk:alert", args=[severe.pk])
    assert page in told.body
    assert "Pat, since Wed 18 Nov, 09:20" in told.body
    assert "Pat" not in told.subject
    assert "pain" not in told.body.lower()

    # Quinn is back; the silence closes itself.
    week.until(WED, "18:00")
    log_session(world.quinn.prescriptions.get(), week.now, pain=2)
    assert ("Quinn", Rule.SILENCE) not in open_rules(world)

    # On Thursday the clinician follows the link and acknowledges.
    week.pat_does(THU, pain=4)
    assert "Pain 8 of 10" in desk.get(page).content.decode()
    assert desk.post(page, {"do": "acknowledge"}).status_code == 302
    week.until(THU, "23:00")
    assert len(letters(world.clinician, "alert")) == 1, "nobody is told twice of the same"

    # On Friday it happens again: what was seen is open again, and mailed again.
    week.pat_does(FRI, pain=7)
    week.until(FRI, "09:21")
    assert len(letters(world.clinician, "alert")) == 2
    severe.refresh_from_db()
    assert (severe.state, severe.occurrences) == (AlertState.OPEN, 2)
    desk.post(page, {"do": "resolve", "resolve-note": "Phoned. Less far into the stretch from now on."})

    # Saturday is left out. On Sunday everything is as it was. Each day had its one reminder.
    week.pat_does(SUN, pain=3)
    assert len(letters(world.patient, "session for today")) == 7

    # On Monday at six there is the digest: nobody asked for it.
    week.until(NEXT_MONDAY, "05:30")
    assert not Report.objects.filter(last_day=SUN).exists()
    week.until(NEXT_MONDAY, "06:00")
    (digest,) = letters(world.clinician, "Your week")
    assert "Monday, 16 November to Sunday, 22 November 2026" in digest.body
    assert "- Pat: on track; 86 %, 6 of 7, down 14" in digest.body
    assert "- Quinn: quiet; 14 %, 1 of 7, up 14" in digest.body
    assert "- Pat: more pain than in the sessions before (high, open since 18 November)" in digest.body
    assert "- Quinn: sessions missed in a row (low, open since 16 November)" in digest.body
    assert digest.message().as_bytes().count(b"\nContent-ID: <") == 2, "a chart by day and by night"
    assert "severe pain" not in digest.body, "resolved"
    assert "no session for a long time" not in digest.body, "closed itself"
    assert open_rules(world) == {("Pat", Rule.PAIN_RISE)} | quiet - {("Quinn", Rule.SILENCE)}

    # Its page says the same, and so does the owner's report of the clinic, without a name.
    report = Report.objects.get(kind=ReportKind.DIGEST, recipient=world.clinician, last_day=SUN)
    assert "6 of 7" in desk.get(reverse("desk:report", args=[report.pk])).content.decode()
    (of_clinic,) = letters(world.owner, "clinic")
    assert "5 opened, 2 resolved" in of_clinic.body
    assert "Pat" not in of_clinic.body.replace("Patients", "")

    # The ticks go on, and say nothing twice.
    sent = len(postbox.outbox)
    week.until(NEXT_MONDAY, "08:00")
    assert len(postbox.outbox) == sent
    assert len({letter.extra_headers["Message-ID"] for letter in postbox.outbox}) == sent

    # What the clinician did stands in the audit trail, and that it was done on a page.
    trail = AuditEvent.objects.filter(actor=world.clinician, verb__startswith="alert.").order_by("at")
    assert list(trail.values_list("verb", "via")) == [
        ("alert.acknowledged", "page"),
        ("alert.resolved", "page"),
    ]
