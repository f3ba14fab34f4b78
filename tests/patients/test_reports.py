"""docs/rules.md 8 as sentences. The clinic is in Kathmandu; it is Monday, 23 November 2026, early."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from clinic.models import AuditEvent, Membership, OutgoingMail, Role, WorkState
from patients import prescribing, reports
from patients.models import Patient, Prescription, Report
from patients.models.alerts import Rule
from patients.models.people import PatientState
from patients.models.reports import ReportKind
from patients.models.sessions import Source
from patients.reporting import loading
from patients.schedule import DateRange, Fixed
from tests.patients.caring import log_session, make_patients
from tests.world import ZONE, World, make_prescription

MONDAY = dt.date(2026, 11, 23)
DAY = dt.timedelta(days=1)
WEEK = DateRange(dt.date(2026, 11, 16), dt.date(2026, 11, 22))
DAILY = Fixed(frozenset(range(7)), 1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """The cast comes in on 2 November; the prescription of the cast began three weeks before."""
    with time_machine.travel(dt.datetime(2026, 11, 2, 3, tzinfo=dt.UTC), tick=False) as clock:
        yield clock


@pytest.fixture
def monday(world: World, clock: time_machine.Traveller) -> dt.datetime:
    """Six in the morning of the clinic. Across the wall nobody has a patient, and the owner has had their report."""
    Patient.objects.filter(pk=world.stranger_patient.pk).update(state=PatientState.INVITED)
    Report.objects.create(
        clinic=world.clinic,
        kind=ReportKind.CLINIC,
        recipient=world.owner,
        first_day=WEEK.first,
        last_day=WEEK.last,
        state=WorkState.DONE,
    )
    morning = local("06:00")
    clock.move_to(morning)
    return morning


def local(time: str, day: dt.date = MONDAY, zone: str = ZONE) -> dt.datetime:
    return dt.datetime.combine(day, dt.time.fromisoformat(time), tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)


def sessions_of(prescription: Prescription, *days: int, **more: Any) -> None:
    """Sessions at noon on these days of November."""
    for day in days:
        log_session(prescription, local("12:00", dt.date(2026, 11, day)), source=Source.IMPORT, **more)


def digests() -> QuerySet[Report]:
    return Report.objects.filter(kind=ReportKind.DIGEST)


def row_of(patient: Patient, report: Report) -> dict[str, Any]:
    return next(row for row in report.facts["rows"] if row["id"] == str(patient.pk))


def digest_of(world: World) -> Report:
    reports.make_due(local("06:00"))
    return Report.objects.get(recipient=world.clinician)


# --- When, and for whom


def test_the_digest_is_made_on_the_clinics_monday_morning_for_the_week_before(
    world: World, monday: dt.datetime
) -> None:
    reports.make_due(local("05:59"))
    assert not digests().filter(last_day=WEEK.last).exists()
    reports.make_due(local("06:00"))
    report = digests().get(clinic=world.clinic, last_day=WEEK.last)
    assert (report.first_day, report.last_day) == (WEEK.first, WEEK.last)
    assert report.state == WorkState.DONE


def test_each_clinic_has_its_own_monday_morning(world: World) -> None:
    reports.make_due(local("06:00"))
    assert set(digests().filter(last_day=WEEK.last).values_list("clinic", flat=True)) == {world.clinic.pk}
    reports.make_due(local("06:00", zone="America/St_Johns"))
    assert digests().filter(last_day=WEEK.last, clinic=world.far_clinic).count() == 1


def test_a_report_whose_period_ends_before_it_begins_cannot_be_kept(world: World) -> None:
    period = {"first_day": WEEK.last, "last_day": WEEK.first}
    with pytest.raises(IntegrityError), transaction.atomic():
        Report.objects.create(clinic=world.clinic, kind=ReportKind.DIGEST, recipient=world.owner, **period)


def test_a_morning_that_was_missed_is_caught_up_with(world: World) -> None:
    reports.make_due(local("15:00", MONDAY + 2 * DAY))
    assert digests().get(clinic=world.clinic).last_day == WEEK.last


def test_it_is_made_once_however_often_the_tick_comes(world: World, monday: dt.datetime) -> None:
    for _ in range(3):
        reports.make_due(monday)
    assert digests().filter(clinic=world.clinic).count() == 1
    assert OutgoingMail.objects.filter(clinic=world.clinic).count() == 1


def test_whoever_has_patients_in_their_care_gets_one_and_nobody_else(
    world: World, monday: dt.datetime
) -> None:
    reports.make_due(monday)
    assert set(digests().filter(clinic=world.clinic).values_list("recipient", flat=True)) == {
        world.clinician.pk
    }
    Patient.objects.filter(pk=world.quinn.pk).update(clinician=world.assistant)
    reports.make_due(monday)
    assert Report.objects.filter(recipient=world.assistant).exists()


def test_a_colleague_without_the_right_gets_none(world: World, monday: dt.datetime) -> None:
    Membership.objects.filter(user=world.clinician).update(role=Role.VIEWER)
    reports.make_due(monday)
    assert not digests().filter(clinic=world.clinic).exists()


def test_whoever_had_no_patients_in_that_week_gets_none_for_it(world: World, monday: dt.datetime) -> None:
    Patient.objects.update(created_at=local("08:00"))
    reports.make_due(local("09:00"))
    assert not digests().filter(clinic=world.clinic).exists()


def test_a_digest_never_reaches_across_the_wall(world: World, monday: dt.datetime) -> None:
    Membership.objects.create(user=world.clinician, clinic=world.far_clinic, role=Role.CLINICIAN)
    Patient.objects.filter(pk=world.stranger_patient.pk).update(
        clinician=world.clinician, state=PatientState.ACTIVE
    )
    reports.make_due(local("12:00"))
    here = Report.objects.get(recipient=world.clinician, clinic=world.clinic, last_day=WEEK.last)
    assert {row["name"] for row in here.facts["rows"]} == {"Pat", "Quinn"}
    assert "Stranger" not in here.mail.html


# --- What is in it


def test_it_counts_the_week_and_compares_it_with_the_week_before(world: World, monday: dt.datetime) -> None:
    sessions_of(world.prescription, 9, 10, 11)
    sessions_of(world.prescription, 16, 17, 18, 19)
    sessions_of(world.prescription, 20, half=True)
    row = row_of(world.pat, digest_of(world))
    assert (row["week"]["kept"], row["week"]["credit"], row["week"]["due"], row["week"]["percent"]) == (
        5,
        4.5,
        7,
        64,
    )
    assert row["week"]["change"] == 64 - 43


def test_nothing_due_is_no_percentage(world: World, monday: dt.datetime) -> None:
    row = row_of(world.quinn, digest_of(world))
    assert (row["week"]["due"], row["week"]["percent"], row["week"]["change"]) == (0, None, None)


def test_it_says_who_stands_in_which_band_and_names_first_who_needs_a_look(
    world: World, clock: time_machine.Traveller
) -> None:
    more = make_patients(world, 2)
    clock.move_to(local("06:00"))
    sessions_of(world.prescription, *range(9, 23))
    slipping = more[0].prescriptions.get()
    sessions_of(slipping, 9, 10, 12, 13, 15, 16, 18, 20, 22)
    facts = digest_of(world).facts
    assert facts["together"]["bands"] == {"new": 1, "quiet": 1, "on_track": 1, "slipping": 1, "off_track": 0}
    assert [row["band"] for row in facts["rows"]] == ["quiet", "slipping", "new", "on_track"]


def test_it_shows_pain_after_sessions_against_the_week_before(world: World, monday: dt.datetime) -> None:
    sessions_of(world.prescription, 9, 10, pain=5)
    sessions_of(world.prescription, 16, pain=4)
    sessions_of(world.prescription, 17, pain=3)
    row = row_of(world.pat, digest_of(world))
    assert (row["pain"]["now"], row["pain"]["before"]) == (3.5, 5.0)


def test_a_pain_of_none_is_not_a_pain_of_zero(world: World, monday: dt.datetime) -> None:
    sessions_of(world.prescription, 16, pain=0)
    sessions_of(world.prescription, 17)
    row = row_of(world.pat, digest_of(world))
    assert (row["pain"]["now"], row["pain"]["before"]) == (0.0, None)


def test_it_lists_the_alerts_that_are_not_resolved(world: World, monday: dt.datetime) -> None:
    log_session(world.prescription, local("12:00", dt.date(2026, 11, 20)), pain=8)
    report = digest_of(world)
    assert [(a["name"], a["rule"], a["level"]) for a in report.facts["alerts"]] == [
        ("Pat", Rule.PAIN_HIGH, "critical")
    ]
    assert row_of(world.pat, report)["alerts"] == 1
    assert "severe pain after a session" in report.mail.text


def test_it_says_who_is_new_and_whose_prescription_ends_soon(
    world: World, clock: time_machine.Traveller
) -> None:
    clock.move_to(local("10:00", WEEK.first + DAY))
    make_prescription(world.quinn, world.clinician, [world.hamstring], starts_on=WEEK.first + DAY)
    prescribing.extend(world.clinician, world.prescription, ends_on=MONDAY + 10 * DAY)
    clock.move_to(local("06:00"))
    facts = digest_of(world).facts
    assert [(one["name"], one["day"]) for one in facts["new"]] == [("Quinn", "2026-11-17")]
    assert [(one["name"], one["day"]) for one in facts["ending"]] == [("Pat", "2026-12-03")]


def test_a_patient_who_left_is_not_in_it(world: World, monday: dt.datetime) -> None:
    Patient.objects.filter(pk=world.pat.pk).update(state=PatientState.DISCHARGED)
    assert [row["name"] for row in digest_of(world).facts["rows"]] == ["Quinn"]


def test_the_mail_has_the_figures_in_it_and_names_nobody_in_its_subject(
    world: World, monday: dt.datetime
) -> None:
    sessions_of(world.prescription, 16, 17, 18, pain=2)
    report = digest_of(world)
    assert report.mail.to == "clinician@example.org"
    assert report.mail.subject == "Your weekly report, 16 November to 22 November 2026"
    for part in (report.mail.text, report.mail.html):
        assert "Pat" in part
        assert "43 %" in part
        assert "3 of 7" in part
        assert f"/desk/reports/{report.pk}/" in part


def test_the_number_of_queries_does_not_grow_with_the_patients(
    world: World, monday: dt.datetime, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(8):
        loading.digest(world.clinic, world.clinician, WEEK, monday)
    make_patients(world, 10)
    with django_assert_num_queries(8):
        loading.digest(world.clinic, world.clinician, WEEK, monday)


# --- Asked for by hand


def test_a_report_can_be_had_at_any_time(world: World, clock: time_machine.Traveller) -> None:
    clock.move_to(local("15:00", WEEK.first + 2 * DAY))
    today = WEEK.first + 2 * DAY
    report = reports.request(world.clinician, world.clinic, ReportKind.DIGEST, world.clinician, today)
    assert (report.first_day, report.state) == (today - 6 * DAY, WorkState.WAITING)
    reports.make_due(local("15:00", today))
    report.refresh_from_db()
    assert report.state == WorkState.DONE
    assert AuditEvent.objects.filter(verb="report.requested", actor=world.clinician).exists()


def test_asking_again_makes_it_again_and_mails_it_again(world: World, monday: dt.datetime) -> None:
    report = digest_of(world)
    sessions_of(world.prescription, 18)
    assert row_of(world.pat, report)["week"]["kept"] == 0
    assert (
        reports.request(world.clinician, world.clinic, ReportKind.DIGEST, world.clinician, WEEK.last)
        == report
    )
    reports.make_due(local("06:10"))
    report.refresh_from_db()
    assert row_of(world.pat, report)["week"]["kept"] == 1
    keys = OutgoingMail.objects.filter(clinic=world.clinic).values_list("key", flat=True)
    assert set(keys) == {f"report:{report.pk}:1", f"report:{report.pk}:2"}


def test_asking_twice_at_once_makes_it_once(world: World, monday: dt.datetime) -> None:
    for _ in range(2):
        reports.request(world.clinician, world.clinic, ReportKind.DIGEST, world.clinician, WEEK.last)
    reports.make_due(monday)
    assert OutgoingMail.objects.filter(clinic=world.clinic).count() == 1


def test_a_colleague_without_own_patients_sees_the_whole_clinic(world: World, monday: dt.datetime) -> None:
    report = reports.request(world.owner, world.clinic, ReportKind.DIGEST, world.owner, WEEK.last)
    reports.make_due(monday)
    report.refresh_from_db()
    assert report.facts["own"] is False
    assert {row["name"] for row in report.facts["rows"]} == {"Pat", "Quinn"}


def test_a_report_for_a_stranger_or_of_a_day_to_come_is_refused(world: World, monday: dt.datetime) -> None:
    for recipient in (world.stranger_clinician, world.viewer, world.patient):
        with pytest.raises(ValidationError) as refused:
            reports.request(world.owner, world.clinic, ReportKind.DIGEST, recipient, WEEK.last)
        assert set(refused.value.message_dict) == {"recipient"}
    with pytest.raises(ValidationError) as refused:
        reports.request(world.owner, world.clinic, ReportKind.DIGEST, world.clinician, MONDAY + DAY)
    assert set(refused.value.message_dict) == {"last_day"}
    assert not digests().exists()


# --- When something goes wrong


def test_one_that_could_not_be_made_says_why_and_is_tried_again_later(
    world: World, monday: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(loading, "digest", _breaks)
        assert reports.make_due(monday)["failed"] == 1
    report = digests().get(clinic=world.clinic)
    assert (report.state, report.error) == (WorkState.FAILED, "RuntimeError: The disk is full.")
    assert not OutgoingMail.objects.exists()
    assert reports.make_due(monday + dt.timedelta(minutes=1))["made"] == 0
    assert reports.make_due(monday + dt.timedelta(minutes=2))["made"] == 1
    report.refresh_from_db()
    assert (report.state, report.error) == (WorkState.DONE, "")


def _breaks(*_: object) -> None:
    raise RuntimeError("The disk is full.")


def test_waits_grow_from_attempt_to_attempt(
    world: World, monday: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loading, "digest", _breaks)
    now, waits = monday, []
    for _ in range(4):
        reports.make_due(now)
        due = digests().get(clinic=world.clinic).due_at
        waits.append((due - now).total_seconds() / 60)
        now = due
    assert waits == [2, 4, 8, 16]


def test_a_colleague_who_left_is_not_mailed(world: World, monday: dt.datetime) -> None:
    report = reports.request(world.owner, world.clinic, ReportKind.DIGEST, world.clinician, WEEK.last)
    Membership.objects.filter(user=world.clinician).update(is_active=False)
    reports.make_due(monday)
    report.refresh_from_db()
    assert report.state == WorkState.FAILED
    assert "does not read such reports" in report.error
    assert not OutgoingMail.objects.exists()
    for days in range(20):
        reports.make_due(monday + days * DAY)
    report.refresh_from_db()
    assert report.attempts == 1  # time alone mends nothing
    Membership.objects.filter(user=world.clinician).update(is_active=True)
    reports.request(world.owner, world.clinic, ReportKind.DIGEST, world.clinician, WEEK.last)
    reports.make_due(monday)
    report.refresh_from_db()
    assert report.state == WorkState.DONE


def test_a_worker_that_dies_leaves_nothing_behind(
    world: World, monday: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(loading, "digest", _killed)
        with pytest.raises(KeyboardInterrupt):
            reports.make_due(monday)
    assert digests().get(clinic=world.clinic).state == WorkState.RUNNING
    assert reports.make_due(monday + dt.timedelta(minutes=9))["made"] == 0
    assert reports.make_due(monday + dt.timedelta(minutes=10))["made"] == 1
    assert OutgoingMail.objects.count() == 1


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_worker_whose_lease_ran_out_does_not_mail_what_another_has_mailed(
    world: World, monday: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts = loading.digest

    def slow(*args: Any) -> Any:
        monkeypatch.undo()
        assert reports.make_due(monday + dt.timedelta(minutes=11))["made"] == 1
        return facts(*args)

    monkeypatch.setattr(loading, "digest", slow)
    assert reports.make_due(monday)["made"] == 0
    assert OutgoingMail.objects.count() == 1
