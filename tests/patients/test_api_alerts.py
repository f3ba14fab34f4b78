"""Alerts, adverse events and thresholds through the API (docs/rules.md 6)."""

import datetime as dt
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clinic.models import Clinic, Membership, Role
from patients import alerts, thresholds
from patients.models import AdverseEvent, Alert
from patients.models.alerts import Rule
from tests.patients.caring import raise_alert
from tests.patients.test_api import NOW, TODAY, Api, fields
from tests.world import World, make_session


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def alert(world: World) -> Alert:
    return raise_alert(world.pat, Rule.PAIN_HIGH, timezone.now())


def listed(api: Api, **query: Any) -> list[str]:
    return [one["rule"] for one in api.get("alerts/", **query).json()["results"]]


def test_the_list_is_the_clinic_s_and_can_be_narrowed(world: World, alert: Alert) -> None:
    raise_alert(world.quinn, Rule.MISSED, timezone.now() - dt.timedelta(days=1))
    raise_alert(world.stranger_patient, Rule.SILENCE, timezone.now())
    api = Api(world.viewer)
    assert listed(api) == ["pain_high", "missed"]
    assert listed(api, level="low") == ["missed"]
    assert listed(api, patient=world.pat.pk) == ["pain_high"]
    assert listed(api, clinic=world.far_clinic.pk) == []
    alerts.assign(world.owner, alert, to=world.assistant)
    assert listed(api, assigned_to=world.assistant.pk) == ["pain_high"]
    assert listed(api, unassigned="true") == ["missed"]
    assert listed(Api(world.patient)) == [], "an alert is the clinic's own"


def test_it_is_answered_as_on_the_desk(world: World, alert: Alert) -> None:
    api, path = Api(world.assistant), f"alerts/{alert.pk}/"
    assert api.post(f"{path}acknowledge/", {}).json()["state"] == "acknowledged"
    api.post(f"{path}notes/", {"note": "Rang, no answer"})
    assert api.post(f"{path}assign/", {"to": str(world.clinician.pk)}).json()["assigned_to"]
    assert fields(api.post(f"{path}resolve/", {"note": " "})) == {"note"}
    assert api.post(f"{path}resolve/", {"note": "Called"}).json()["state"] == "resolved"
    answer = api.post(f"{path}reopen/", {"note": "Wrong patient"}).json()
    assert (answer["state"], answer["note"]) == ("acknowledged", "")
    assert [act["kind"] for act in answer["acts"]] == [
        "acknowledged",
        "noted",
        "assigned",
        "resolved",
        "reopened",
    ]


def test_a_colleague_without_the_right_and_a_stranger(world: World, alert: Alert) -> None:
    path = f"alerts/{alert.pk}/resolve/"
    assert Api(world.viewer).post(path, {"note": "x"}).status_code == 403
    assert Api(world.stranger_clinician).post(path, {"note": "x"}).status_code == 404
    assert fields(Api(world.owner).post(f"alerts/{alert.pk}/assign/", {"to": str(world.viewer.pk)})) == {"to"}


def event_body(world: World, **changes: Any) -> dict[str, Any]:
    told = {"id": str(uuid4()), "patient": str(world.pat.pk), "text": "Dizzy", "happened_on": str(TODAY)}
    return told | changes


def test_an_adverse_event_is_told_once(world: World) -> None:
    api, body = Api(world.patient), event_body(world)
    assert api.post("adverse-events/", body).status_code == 201
    assert api.post("adverse-events/", body).status_code == 200
    assert api.post("adverse-events/", body | {"text": "Else"}).status_code == 409
    assert Alert.objects.get().rule == Rule.ADVERSE_EVENT
    assert api.get(f"adverse-events/{body['id']}/").json()["by_staff"] is False


def test_it_names_only_what_is_the_patient_s(world: World) -> None:
    session = make_session(world.prescription, TODAY)
    api = Api(world.clinician)
    body = event_body(world, patient=str(world.quinn.pk), session=str(session.pk))
    assert fields(api.post("adverse-events/", body)) == {"session"}
    assert api.post("adverse-events/", event_body(world, session=str(session.pk))).status_code == 201
    assert AdverseEvent.objects.get().by_staff
    theirs = event_body(world, patient=str(world.stranger_patient.pk))
    assert fields(api.post("adverse-events/", theirs)) == {"patient"}
    assert Api(world.viewer).post("adverse-events/", event_body(world)).status_code == 403


def test_the_thresholds_are_those_of_one_s_clinics(world: World) -> None:
    thresholds.change(world.owner, world.clinic, {"missed": 4})
    (answer,) = Api(world.viewer).get("thresholds/").json()
    assert (answer["clinic"], answer["missed"], answer["silent_days"]) == (str(world.clinic.pk), 4, 14)
    assert Api(world.patient).get("thresholds/").json() == []


def test_the_thresholds_of_many_clinics_take_as_many_queries_as_those_of_one(
    world: World, django_assert_num_queries: Any
) -> None:
    api = Api(world.viewer)
    api.get("thresholds/")  # the first one asks for more than the thresholds
    with CaptureQueriesContext(connection) as one:
        api.get("thresholds/")
    for number in range(3):
        clinic = Clinic.objects.create(name=f"Branch {number}")
        Membership.objects.create(user=world.viewer, clinic=clinic, role=Role.VIEWER)
    with django_assert_num_queries(len(one)):
        assert len(api.get("thresholds/").json()) == 4
