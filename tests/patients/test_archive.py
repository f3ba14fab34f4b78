"""My data as a file: everything, in open formats, for its owner alone, and safe to open."""

import csv
import datetime as dt
import io
import json
import zipfile
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.apps import apps
from django.contrib.auth.base_user import AbstractBaseUser
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from clinic import tokens
from clinic.models import AuditEvent
from patients import archive, leaving, messaging, prescribing, reading, sessions
from patients.models import (
    ChannelTrouble,
    CriticalNotice,
    Draft,
    OutgoingNote,
    Patient,
    PatientZone,
    ReminderPreference,
)
from patients.models.people import PatientState
from patients.sessions import SessionData
from tests.world import PASSWORD, World, make_session

NOW = dt.datetime(2026, 11, 19, 3, 30, tzinfo=dt.UTC)

# What is not of a patient's record, and why it is left out.
LEFT_OUT = {
    Draft: "what a colleague has half built",
    ChannelTrouble: "how well a channel works at the moment, shown in the settings",
    OutgoingNote: "its words are deleted once it is sent; reminders has that it was",
    CriticalNotice: "which colleague was written to about an alert",
    Patient: "everything.json has it under person",
}


@pytest.fixture(autouse=True)
def clock() -> Any:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


def opened(content: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name).decode("utf-8-sig") for name in packed.namelist()}


def everything(content: bytes) -> dict[str, Any]:
    (name,) = [name for name in opened(content) if name.endswith("everything.json")]
    found: dict[str, Any] = json.loads(opened(content)[name])
    return found


def table(content: bytes, name: str) -> list[dict[str, str]]:
    (path,) = [path for path in opened(content) if path.endswith(f"/{name}.csv")]
    return list(csv.DictReader(io.StringIO(opened(content)[path])))


def lived(world: World, days: int) -> None:
    today = world.pat.local_date(timezone.now())
    for ago in range(days):
        make_session(world.prescription, today - dt.timedelta(days=ago))


def test_every_table_of_a_patient_is_in_it_or_left_out_for_a_reason() -> None:
    def belongs_to_a_patient(model: Any, seen: tuple[Any, ...] = ()) -> bool:
        if model is Patient:
            return True
        others = [
            f.related_model for f in model._meta.fields if f.is_relation and f.related_model not in seen
        ]
        inside = [
            o for o in others if o._meta.app_label == "patients" and not issubclass(o, AbstractBaseUser)
        ]
        return any(belongs_to_a_patient(other, (*seen, model)) for other in inside)

    there = {table.model for table in archive.TABLES} | set(LEFT_OUT)
    missing = [
        m for m in apps.get_app_config("patients").get_models() if belongs_to_a_patient(m) and m not in there
    ]
    assert missing == []


def test_it_has_what_was_prescribed_done_corrected_said_and_opened(world: World) -> None:
    lived(world, 2)
    today = world.pat.local_date(timezone.now())
    session = world.pat.sessions.get(local_date=today)
    sessions.correct(
        world.patient,
        session,
        SessionData(
            id=session.pk,
            prescription=world.prescription,
            revision=session.revision,
            started_at=session.started_at,
            ended_at=session.ended_at,
            items=[],
            source=session.source,
            pain_before=4,
            pain_after=2,
            note="It was easier than I wrote.",
        ),
    )
    messaging.write(world.patient, world.pat, id=uuid4(), text='=HYPERLINK("http://x")')
    prescribing.pause(
        world.clinician,
        world.prescription,
        first_day=today,
        last_day=today + dt.timedelta(days=3),
        reason="Away",
    )
    reading.note(world.viewer, world.pat)
    leaving.decline(
        world.owner, leaving.ask(world.patient, world.pat), reason="It has to be kept until 2036."
    )
    content = archive.take(world.patient, [world.pat])
    found = everything(content)
    assert found["person"]["name"] == "Pat"
    assert found["person"]["clinic"] == "Holdwell Practice"
    assert found["person"]["birth_date"] == "1980-05-17"
    assert len(found["sessions"]) == 2
    assert found["session-versions"][0]["content"]["pain_after"] == 3
    assert [row["exercise"] for row in found["prescribed-exercises"]] == [
        "Knee to chest",
        "Lying hamstring stretch",
    ]
    assert found["pauses"][0]["reason"] == "Away"
    assert found["opened-by"][0]["who"] == "Viewer"
    assert found["deletion-requests"][0]["declined_because"] == "It has to be kept until 2036."
    assert {row["verb"] for row in found["changes"]} >= {"session.corrected", "prescription.paused"}
    # A spreadsheet must not compute what somebody wrote; the JSON has it as it is.
    assert found["messages"][0]["text"] == '=HYPERLINK("http://x")'
    assert table(content, "messages")[0]["text"] == '\'=HYPERLINK("http://x")'
    assert {row["pain_after"] for row in table(content, "sessions")} == {"2", "3"}
    readme = opened(content)["README.txt"]
    assert all(f"{one.name}.csv" in readme for one in archive.TABLES)


def test_a_longer_history_takes_no_more_queries(
    world: World, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    expected = len(archive.TABLES) + 2 + 3  # passkeys and browsers; the audit entry in its transaction
    lived(world, 1)
    with django_assert_num_queries(expected):
        archive.take(world.patient, [world.pat])
    lived(world, 21)
    with django_assert_num_queries(expected):
        content = archive.take(world.patient, [world.pat])
    assert len(table(content, "sessions")) == 22


def second_clinic(world: World) -> Patient:
    """Pat is treated by Far Clinic as well."""
    there = Patient.objects.create(
        clinic=world.far_clinic,
        user=world.patient,
        clinician=world.stranger_clinician,
        state=PatientState.ACTIVE,
        name="Pat",
        email=world.pat.email,
        time_zone="America/St_Johns",
    )
    PatientZone.objects.create(
        patient=there, time_zone="America/St_Johns", since=dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    )
    ReminderPreference.objects.create(patient=there, times=["08:00"], unsubscribe_key="far-pat")
    return there


def test_each_clinic_is_a_folder_of_its_own(world: World) -> None:
    content = archive.take(world.patient, [world.pat, second_clinic(world)])
    folders = {name.split("/")[0] for name in opened(content) if "/" in name}
    assert folders == {"1-holdwell-practice", "2-far-clinic"}
    for clinic in (world.clinic, world.far_clinic):
        assert AuditEvent.objects.filter(clinic=clinic, verb="patient.archive_taken").count() == 1


def signed_in(world: World) -> Client:
    client = Client()
    client.force_login(world.patient)
    address = client.get(reverse("portal:my_data"))["Location"]
    client.post(address, {"password": PASSWORD, "next": reverse("portal:my_data")})
    return client


def test_the_page_asks_first_who_it_is_and_then_gives_the_file(world: World) -> None:
    stranger = Client()
    stranger.force_login(world.patient)
    assert stranger.post(reverse("portal:archive"))["Location"].startswith(reverse("account_reauthenticate"))
    client = signed_in(world)
    assert "Download my data" in client.get(reverse("portal:my_data")).content.decode()
    answer = client.post(reverse("portal:archive"))
    assert answer["Content-Disposition"] == 'attachment; filename="holdwell-2026-11-19.zip"'
    assert answer["Cache-Control"] == "private, no-store"
    assert everything(answer.content)["person"]["name"] == "Pat"


def test_it_is_not_made_again_and_again(world: World) -> None:
    client = signed_in(world)
    for _time in range(10):
        assert client.post(reverse("portal:archive")).status_code == 200
    assert client.post(reverse("portal:archive")).status_code == 302


def test_the_api_gives_the_same_to_a_key_and_nothing_to_an_open_browser(world: World) -> None:
    _key, secret = tokens.create(None, world.patient, "mine")
    answer = Client().get(reverse("api:my-archive"), headers={"authorization": f"Bearer {secret}"})
    assert everything(answer.content)["person"]["name"] == "Pat"
    browser = signed_in(world)
    assert browser.get(reverse("api:my-archive")).status_code == 401
    _key, staff = tokens.create(None, world.owner, "staff")
    assert (
        Client().get(reverse("api:my-archive"), headers={"authorization": f"Bearer {staff}"}).status_code
        == 403
    )
