"""Large clinics for benchmarks and demonstrations: the same people for the same seed, and facts that agree."""

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F, Sum

from clinic.demo import DEMO_ACCOUNTS
from clinic.models import Clinic, Membership, Role
from patients import bands, progress
from patients.adherence import Band
from patients.models import Alert, Patient, Prescription, Session
from patients.models.people import PatientState

NOW = dt.datetime(2026, 11, 26, 14, 20, tzinfo=dt.UTC)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def library() -> None:
    call_command("load_library", verbosity=0)


def make(**options: Any) -> None:
    call_command("load_demo", **({"patients": 60, "weeks": 5, "verbosity": 0} | options))


def facts() -> list[tuple[object, ...]]:
    people = Patient.objects.order_by("pk").values_list("name", "birth_date", "time_zone", "state")
    done = Session.objects.order_by("pk").values_list(
        "started_at", "pain_after", "performed_sets", "voided_at"
    )
    return [*people, *done]


def test_the_same_seed_makes_the_same_people_and_another_makes_others(library: None) -> None:
    made = []
    for seed in (5, 5, 6):
        with transaction.atomic():
            make(seed=seed)
            made.append(facts())
            transaction.set_rollback(True)
    assert made[0] == made[1] != made[2]


def test_what_is_made_agrees_with_itself(library: None) -> None:
    make(patients=60, weeks=4)
    clinic = Clinic.objects.get()
    assert clinic.memberships.filter(role=Role.CLINICIAN).count() == 2
    assert Patient.objects.filter(clinician__memberships__clinic=F("clinic")).count() == 60
    for prescription in Prescription.objects.prefetch_related("revisions", "pauses", "patient__zones"):
        plan = progress.plan_of(prescription)
        for session in prescription.sessions.select_related("revision"):
            zone = prescription.patient.zone_at(session.started_at)
            assert session.local_date == session.started_at.astimezone(zone).date()
            in_force = plan.in_force(session.local_date)
            assert in_force
            assert session.revision.number == in_force.number
            assert session.started_at < session.ended_at <= session.received_at <= NOW
    recent = Session.objects.annotate(told=Sum("items__performed_sets")).exclude(told=None)
    assert recent.exists()
    assert not recent.exclude(told=F("performed_sets")).exists()
    assert {lately.band for lately in bands.of_all(Patient.objects.all()).values()} == set(Band)
    assert {state for (state,) in Patient.objects.values_list("state")} == {
        PatientState.ACTIVE,
        PatientState.INVITED,
    }
    assert Alert.objects.exists()


def test_the_demos_colleagues_find_the_first_clinic(library: None) -> None:
    call_command("load_demo", verbosity=0)
    make(beside=True)
    email = next(account.email for account in DEMO_ACCOUNTS if account.role == "clinician")
    assert Membership.objects.filter(user__email=email, clinic__name__endswith="Physiotherapy 1").exists()


def test_an_installation_in_use_is_left_alone_unless_that_is_asked_for(library: None) -> None:
    make()
    with pytest.raises(CommandError, match="--beside"):
        make(seed=2)
    with pytest.raises(CommandError, match="Take another --seed"):
        make(beside=True)
    assert Patient.objects.count() == 60


@pytest.mark.parametrize(
    "wrong", [{"patients": 0}, {"weeks": 0}, {"weeks": 105}, {"seed": -1}, {"seed": 2**32}]
)
def test_numbers_that_nobody_means_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(CommandError, match="takes a number"):
        make(**wrong)


def test_without_the_library_there_is_nothing_to_prescribe() -> None:
    with pytest.raises(CommandError, match="load_library"):
        make()
