"""Half-built work survives: kept for one person and one patient, offered on return, gone once it is prescribed."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from clinic.models import User
from patients import prescribing
from patients.lines import lines_of
from patients.models import Draft
from patients.schedule import Flexible
from tests.patients.desk.filling_in import form, row, rows_of
from tests.world import World

SignIn = Callable[[User], Client]


@pytest.fixture
def clinician(world: World, signed_in: SignIn) -> Client:
    return signed_in(world.clinician)


def leave(client: Client, world: World, **typed: object) -> None:
    """Type something for Quinn, and close the tab."""
    address = reverse("desk:estimate", args=[world.quinn.pk])
    client.post(address, form(row(world.hamstring, hold="47"), do="look", **typed))


def test_one_goes_on_where_one_left_off(world: World, clinician: Client) -> None:
    leave(clinician, world, name="For the ev", ends_on="soon", weekdays=["5"])
    address = reverse("desk:prescribe", args=[world.quinn.pk])
    assert "Go on where you left off" in clinician.get(address).content.decode()
    page = clinician.get(f"{address}?draft")
    assert rows_of(page) == ["Lying hamstring stretch"]
    shown = page.content.decode()
    for value in ("47", "For the ev", "soon"):
        assert f'value="{value}"' in shown
    assert page.context["form"].initial["weekdays"] == ["5"]


def test_a_start_elsewhere_asks_first_and_starting_afresh_loses_nothing_yet(
    world: World, clinician: Client
) -> None:
    leave(clinician, world)
    address = reverse("desk:prescribe", args=[world.quinn.pk])
    asked = clinician.get(address, {"routine": world.routine.pk})
    assert "Start afresh" in asked.content.decode()
    afresh = clinician.get(address + asked.context["afresh"])
    assert rows_of(afresh) == ["Knee to chest", "Lying hamstring stretch"]
    assert Draft.objects.count() == 1


def test_a_draft_is_nobody_elses_and_of_no_other_patient(
    world: World, clinician: Client, signed_in: SignIn
) -> None:
    leave(clinician, world)
    other = reverse("desk:prescribe", args=[world.pat.pk])
    assert clinician.get(other).context["draft"] is None
    owner = signed_in(world.owner)
    assert owner.get(reverse("desk:prescribe", args=[world.quinn.pk])).context["draft"] is None


def test_once_prescribed_it_is_gone(world: World, clinician: Client) -> None:
    leave(clinician, world)
    address = reverse("desk:prescribe", args=[world.quinn.pk])
    assert clinician.post(address, form(row(world.hamstring, hold=0))).status_code == 422
    assert Draft.objects.count() == 1
    clinician.post(address, form(row(world.hamstring)))
    assert not Draft.objects.exists()


def test_after_two_weeks_it_is_not_offered_any_more(
    world: World, clinician: Client, clock: time_machine.Traveller
) -> None:
    leave(clinician, world)
    clock.shift(dt.timedelta(days=14))
    clinician.force_login(world.clinician)
    address = reverse("desk:prescribe", args=[world.quinn.pk])
    assert clinician.get(address).context["draft"] is None
    clinician.post(
        reverse("desk:prescribe", args=[world.pat.pk]), form(row(world.hamstring), starts_on="2026-12-24")
    )
    assert not Draft.objects.exists()


def test_an_amendment_left_half_built_still_knows_what_it_followed(world: World, clinician: Client) -> None:
    address = reverse("desk:amend", args=[world.prescription.pk])
    live = f"{reverse('desk:estimate', args=[world.pat.pk])}?prescription={world.prescription.pk}"
    typed = form(row(world.hamstring, hold="47"), do="look", expected="1", reason="Longer")
    clinician.post(live, typed)
    lines = lines_of(world.prescription.revisions.get())
    prescribing.amend(world.owner, world.prescription, lines=lines, schedule=Flexible(3), expected=1)
    assert "Start afresh" in clinician.get(address).content.decode()
    page = clinician.get(f"{address}?draft")
    assert page.context["form"].initial["expected"] == "1"
    assert clinician.post(address, typed | {"do": "save"}).status_code == 409
    assert rows_of(clinician.get(f"{address}?afresh")) == ["Knee to chest", "Lying hamstring stretch"]


def test_another_patients_prescription_is_no_place_for_a_draft(world: World, clinician: Client) -> None:
    live = f"{reverse('desk:estimate', args=[world.quinn.pk])}?prescription={world.prescription.pk}"
    assert clinician.post(live, form(row(world.hamstring), do="look")).status_code == 404
    assert not Draft.objects.exists()


@pytest.mark.parametrize("name", ["prescribe", "amend"])
def test_who_may_not_prescribe_leaves_no_draft(world: World, signed_in: SignIn, name: str) -> None:
    subject: Any = world.prescription if name == "amend" else world.pat
    client = signed_in(world.assistant)
    client.post(reverse(f"desk:{name}", args=[subject.pk]), form(row(world.hamstring), do="look"))
    client.post(reverse("desk:estimate", args=[world.pat.pk]), form(row(world.hamstring), do="look"))
    assert not Draft.objects.exists()
