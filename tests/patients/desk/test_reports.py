"""docs/rules.md 8: the weekly report, listed, opened and made now."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import User, WorkState
from patients import reports
from patients.models import Report
from patients.models.reports import ReportKind
from tests.patients.desk.conftest import TODAY
from tests.world import World, make_session

SignIn = Callable[[User], Client]
DAY = dt.timedelta(days=1)


@pytest.fixture
def listed(world: World, signed_in: SignIn) -> Callable[..., Any]:
    def get(user: User | None = None) -> Any:
        return signed_in(user or world.clinician).get(reverse("desk:reports", args=[world.clinic.pk]))

    return get


def send_now(client: Client, world: World) -> Report:
    client.post(reverse("desk:reports", args=[world.clinic.pk]))
    return Report.objects.get()


def test_no_report_yet_says_when_the_first_comes_to_whom_one_will_come(
    world: World, listed: Callable[..., Any]
) -> None:
    assert "The first one is made on Monday morning" in listed().content.decode()
    of_assistant = listed(world.assistant).content.decode()
    assert "No report yet" in of_assistant
    assert "Monday" not in of_assistant, "patients are in the care of those who prescribe"


def test_the_report_of_the_last_seven_days_is_made_on_request(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.clinician)
    report = send_now(client, world)
    assert (report.recipient, report.first_day, report.last_day) == (
        world.clinician,
        TODAY - 7 * DAY,
        TODAY - DAY,
    )
    page = client.get(reverse("desk:report", args=[report.pk])).content.decode()
    assert "not made yet" in page


def test_asking_twice_makes_one(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.clinician)
    assert send_now(client, world) == send_now(client, world)


def test_a_report_shows_the_figures_that_were_mailed(world: World, signed_in: SignIn) -> None:
    for ago in (1, 2, 3):
        make_session(world.prescription, TODAY - ago * DAY)
    client = signed_in(world.clinician)
    report = send_now(client, world)
    reports.make_due(timezone.now())
    page = client.get(reverse("desk:report", args=[report.pk])).content.decode()
    assert "3 of 7" in page
    assert reverse("desk:patient", args=[world.pat.pk]) in page
    make_session(world.prescription, TODAY - 4 * DAY)
    assert "3 of 7" in client.get(reverse("desk:report", args=[report.pk])).content.decode()


def test_one_that_was_not_made_says_why_and_when_it_is_tried_again(
    world: World, listed: Callable[..., Any], signed_in: SignIn
) -> None:
    report = Report.objects.create(
        clinic=world.clinic,
        kind=ReportKind.DIGEST,
        recipient=world.clinician,
        first_day=TODAY - 7 * DAY,
        last_day=TODAY - DAY,
        state=WorkState.FAILED,
        error="The disk was full.",
    )
    assert "The disk was full. It is tried again" in listed().content.decode()
    page = signed_in(world.clinician).get(reverse("desk:report", args=[report.pk])).content.decode()
    assert "The disk was full." in page


def test_everybody_has_their_own_list(world: World, listed: Callable[..., Any], signed_in: SignIn) -> None:
    report = send_now(signed_in(world.clinician), world)
    address = reverse("desk:report", args=[report.pk])
    assert address in listed(world.clinician).content.decode()
    assert address not in listed(world.owner).content.decode()


def test_reports_need_the_right_and_stay_in_the_clinic(world: World, signed_in: SignIn) -> None:
    report = send_now(signed_in(world.clinician), world)
    addresses = (
        reverse("desk:reports", args=[world.clinic.pk]),
        reverse("desk:report", args=[report.pk]),
    )
    for address in addresses:
        assert signed_in(world.assistant).get(address).status_code == 200
        assert signed_in(world.viewer).get(address).status_code == 403
        assert signed_in(world.stranger_clinician).get(address).status_code == 404
        assert signed_in(world.stranger).get(address).status_code == 404
