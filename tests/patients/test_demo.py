"""The demo that `make run` makes: two clinics, a dozen patients, eight weeks, and something due at once."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db import transaction
from django.db.models import F
from pytest_django import DjangoDbBlocker

from clinic.demo import DEMO_ACCOUNTS, DEMO_PASSWORD
from clinic.models import Clinic, Membership, OutgoingMail, Role, User
from exercises import content
from exercises.models import Revision
from patients import alerts, progress, reports, standings
from patients.adherence import Band
from patients.models import Message, Patient, PrescriptionRevision, Report, Session
from patients.models.alerts import Level
from patients.models.people import PatientState
from patients.progress import Now
from patients.sessions import content_of, counted_sets

AFTERNOON = dt.datetime(2026, 11, 23, 14, 20, 40, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(AFTERNOON, tick=False) as clock:
        yield clock


@pytest.fixture(scope="module")
def loaded(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The demo as that afternoon makes it: loaded once, and whatever a test does to it is taken back."""
    with (
        django_db_blocker.unblock(),
        time_machine.travel(AFTERNOON, tick=False),
        transaction.atomic(),
    ):
        call_command("load_library", verbosity=0)
        call_command("load_demo", verbosity=0)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def demo(loaded: None, db: None) -> Clinic:
    """The larger clinic."""
    return Clinic.objects.get(name="Lindenhof Physiotherapy")


def lena() -> Patient:
    return Patient.objects.get(user__email="patient@demo.holdwell.invalid")


def active() -> list[Patient]:
    return list(Patient.objects.filter(state=PatientState.ACTIVE))


def test_it_has_a_clinic_with_a_dozen_patients_and_a_small_one(demo: Clinic) -> None:
    counts = Counter(patient.clinic.name for patient in active())
    assert counts == {"Lindenhof Physiotherapy": 12, "Harbour Street Clinic": 2}
    assert set(demo.memberships.values_list("role", flat=True)) == set(Role.values)
    assert Patient.objects.filter(state=PatientState.INVITED).count() == 1


def test_everybody_of_the_sign_in_page_can_sign_in(demo: Clinic) -> None:
    for account in DEMO_ACCOUNTS:
        assert authenticate(None, email=account.email, password=DEMO_PASSWORD), account.email


def test_a_stretch_is_left_for_a_newcomer_to_pose(demo: Clinic) -> None:
    draft = Revision.objects.get(name="Child's pose")
    assert content.lacking(draft).keys() == {"figure"}
    assert draft.edited_by == User.objects.get(email="curator@demo.holdwell.invalid")


def test_nobody_belongs_to_both_clinics(demo: Clinic) -> None:
    assert not Membership.objects.values("user").distinct().count() < Membership.objects.count()
    for patient in active():
        assert patient.clinician
        assert patient.clinician.memberships.get().clinic == patient.clinic


def test_the_patients_fare_differently(demo: Clinic) -> None:
    bands = Counter(standing.band for standing in standings.of_patients(active()).values())
    assert set(bands) == set(Band)
    assert bands[Band.ON_TRACK] >= 4


def test_the_history_is_eight_weeks_and_never_of_today_or_later(demo: Clinic) -> None:
    days = set(Session.objects.values_list("local_date", flat=True))
    assert min(days) <= dt.date(2026, 9, 30)
    assert max(days) == dt.date(2026, 11, 22)


def test_it_has_a_pause_an_amendment_a_flexible_plan_and_one_for_twice_a_day(demo: Clinic) -> None:
    revisions = PrescriptionRevision.objects.all()
    assert revisions.filter(number=2).exists()
    assert revisions.filter(mode="flexible").exists()
    assert revisions.filter(times_per_day=2).exists()
    paused = Patient.objects.get(prescriptions__pauses__isnull=False)
    pause = paused.prescriptions.get().pauses.get()
    assert not paused.sessions.filter(local_date__range=(pause.first_day, pause.last_day)).exists()


def test_messages_were_exchanged_and_one_waits_on_either_side(demo: Clinic) -> None:
    waiting = Message.objects.filter(unread=True)
    assert [m.patient.name for m in waiting.filter(by_staff=False)] == ["Gerda Brandt"]
    assert [m.patient for m in waiting.filter(by_staff=True)] == [lena()]
    assert Message.objects.values("patient").distinct().count() == 3
    assert not OutgoingMail.objects.filter(kind__startswith="message").exists()


def test_sessions_are_kept_as_recorded_ones_are(demo: Clinic) -> None:
    assert Session.objects.count() > 300
    assert not Session.objects.filter(received_at__lt=F("ended_at")).exists()
    for session in Session.objects.order_by("started_at")[:10]:
        rows = list(session.items.select_related("item"))
        done = sum(row.performed_sets for row in rows)
        assert session.performed_sets == done
        assert session.prescribed_sets == sum(row.item.dosage.total_sets for row in rows)
        assert content_of(session)["source"] == "player"
        assert counted_sets(rows[0].item.dosage, []) == 0


def test_the_worst_stands_open_for_a_clinician(demo: Clinic) -> None:
    held = Patient.objects.get(prescriptions__held_at__isnull=False)
    assert held.alerts.get(rule="safety_answer").level == Level.CRITICAL
    severe = Session.objects.filter(pain_after__gte=7)
    assert {s.patient_id for s in severe} == set(
        Patient.objects.filter(alerts__rule="pain_high").values_list("pk", flat=True)
    )


def test_the_demos_patient_has_a_session_due_and_no_questions_before_it(
    demo: Clinic, clock: time_machine.Traveller
) -> None:
    clock.move_to(AFTERNOON + dt.timedelta(minutes=5))
    (today,) = progress.today_of(lena())
    assert (today.state, len(today.items)) == (Now.DUE, 6)
    assert not alerts.questions_due(lena(), AFTERNOON)


def test_the_week_before_is_reported_at_once_and_this_week_on_demand(demo: Clinic) -> None:
    clinician = User.objects.get(email="clinician@demo.holdwell.invalid")
    reports.make_due(AFTERNOON)
    assert Report.objects.filter(recipient=clinician, state="done").count() == 1
    reports.request(clinician, demo, "digest", clinician, dt.date(2026, 11, 22))
    reports.make_due(AFTERNOON)
    mails = OutgoingMail.objects.filter(kind="digest", to=clinician.email)
    assert mails.count() == 2
    assert "Lena Hartmann" in mails[0].html
    assert "Aoife Kelly" not in mails[0].html


def test_the_invitation_and_the_review_that_wait_are_in_the_mailbox(demo: Clinic) -> None:
    assert sorted(OutgoingMail.objects.values_list("kind", flat=True)) == ["invitation", "review"]


def test_a_second_start_changes_nothing(demo: Clinic, clock: time_machine.Traveller) -> None:
    def everything() -> dict[str, list[object]]:
        return {
            model._meta.label: sorted(map(str, model._base_manager.values_list()))
            for model in apps.get_models()
            if model._meta.app_label in ("clinic", "exercises", "patients")
        }

    before = everything()
    clock.move_to(AFTERNOON + dt.timedelta(days=3))
    call_command("load_library", verbosity=0)
    call_command("load_demo", verbosity=0)
    assert everything() == before
