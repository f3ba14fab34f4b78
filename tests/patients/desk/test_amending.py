"""docs/rules.md 3: an amendment adds a revision; the past stays, and two people at once lose nothing."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import User
from exercises.models import Exercise, Revision, RevisionState
from patients import prescribing
from patients.lines import lines_of
from patients.models import PrescriptionRevision
from patients.schedule import Flexible
from tests.patients.desk.conftest import TODAY
from tests.patients.desk.filling_in import form, published, row, rows_of
from tests.world import World, make_session

SignIn = Callable[[User], Client]
DAY = dt.timedelta(days=1)


@pytest.fixture
def clinician(world: World, signed_in: SignIn) -> Client:
    return signed_in(world.clinician)


@pytest.fixture
def change(world: World, clinician: Client) -> Callable[..., Any]:
    """Post the amendment of Pat's prescription."""

    def post(data: dict[str, object]) -> Any:
        address = reverse("desk:amend", args=[world.prescription.pk])
        return clinician.post(address, {"expected": "1", "reason": "", **data})

    return post


def test_an_amendment_counts_from_today_or_from_tomorrow_once_a_session_was_begun(
    world: World, clinician: Client, change: Callable[..., Any]
) -> None:
    address = reverse("desk:amend", args=[world.prescription.pk])
    assert "counts from Thu 19 Nov 2026" in clinician.get(address).content.decode()
    make_session(world.prescription, TODAY, at=dt.time(8))
    assert "counts from Fri 20 Nov 2026" in clinician.get(address).content.decode()
    change(form(row(world.hamstring, hold=45), reason="Longer"))
    latest = PrescriptionRevision.objects.get(prescription=world.prescription, number=2)
    assert (latest.counts_from, latest.reason, latest.created_by) == (
        TODAY + DAY,
        "Longer",
        world.clinician,
    )


def test_a_stale_amendment_is_shown_what_changed_and_loses_nothing(
    world: World, change: Callable[..., Any]
) -> None:
    lines = lines_of(world.prescription.revisions.get(number=1))
    prescribing.amend(world.owner, world.prescription, lines=lines[:1], schedule=Flexible(3), expected=1)
    response = change(form(row(world.hamstring, hold=47), reason="Mine"))
    assert response.status_code == 409
    page = response.content.decode()
    assert "Owner changed this prescription in the meantime" in page
    assert "Lying hamstring stretch was removed." in page
    assert "every day, once a day → 3 times a week, on any days" in page
    assert 'value="47"' in page
    assert 'value="Mine"' in page
    assert world.prescription.revisions.count() == 2
    # Having seen it, the same person presses again.
    expected = response.context["form"].initial["expected"]
    assert change(form(row(world.hamstring, hold=47), expected=str(expected))).status_code == 302
    assert world.prescription.revisions.count() == 3


def test_an_expected_number_that_never_was_is_a_conflict_too(
    world: World, change: Callable[..., Any]
) -> None:
    assert change(form(row(world.hamstring), expected="9")).status_code == 409


def test_what_has_ended_cannot_be_amended(world: World, change: Callable[..., Any]) -> None:
    prescribing.stop(world.clinician, world.prescription, reason="Done")
    response = change(form(row(world.hamstring)))
    assert "has ended" in response.content.decode()
    assert world.prescription.revisions.count() == 1


def test_the_newer_revision_of_a_stretch_is_taken_on_request_alone(
    world: World, clinician: Client, change: Callable[..., Any]
) -> None:
    pinned = published(world.hamstring)
    newer = Revision.objects.create(
        exercise=world.hamstring,
        number=2,
        state=RevisionState.PUBLISHED,
        name="Hamstring, with a towel",
        hold=40,
    )
    Exercise.objects.filter(pk=world.hamstring.pk).update(published=newer)
    page = clinician.get(reverse("desk:amend", args=[world.prescription.pk]))
    assert "A newer revision of this stretch exists (2; here is 1)" in page.content.decode()
    old = row(world.hamstring, exercise=pinned.pk, hold=33)
    changed = change(form(old, do="newer:0"))
    assert rows_of(changed) == ["Hamstring, with a towel"]
    assert changed.context["bench"].rows[0].form["hold"].value() == "33"
    assert change(form(old)).status_code == 302
    kept = world.prescription.revisions.get(number=2).items.get()
    assert kept.exercise_revision == pinned


def test_a_patient_who_has_a_retired_stretch_may_keep_it(world: World, change: Callable[..., Any]) -> None:
    world.hamstring.retired_at = timezone.now()
    world.hamstring.save()
    assert change(form(row(world.hamstring, hold=45))).status_code == 302
