"""docs/rules.md 8: the roster as CSV: whom the filter finds, with counts beside the percentage."""

import csv
import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import AuditEvent, User
from patients.desk import roster_file
from patients.models import Patient
from tests.patients.caring import make_patients
from tests.patients.desk.conftest import TODAY
from tests.world import World, make_session

DAY = dt.timedelta(days=1)


@pytest.fixture
def taken(world: World, signed_in: Callable[[User], Client]) -> Callable[..., list[dict[str, str]]]:
    def take(user: User | None = None, **query: str) -> list[dict[str, str]]:
        client = signed_in(user or world.clinician)
        answer: Any = client.get(reverse("desk:roster_csv", args=[world.clinic.pk]), query)
        assert answer["Content-Disposition"] == 'attachment; filename="patients-2026-11-19.csv"'
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    return take


def test_it_has_a_row_a_patient_with_counts_and_iso_dates(
    world: World, taken: Callable[..., list[dict[str, str]]]
) -> None:
    for ago in (1, 2, 5):
        make_session(world.prescription, TODAY - ago * DAY)
    make_session(world.prescription, TODAY - 3 * DAY, done=2)
    pat, quinn = taken(sort="name")
    assert (pat["patient"], pat["reference"], pat["date_of_birth"]) == ("Pat", "PAT-1", "1980-05-17")
    assert (pat["in_the_care_of"], pat["state"], pat["band"]) == ("Clinician", "active", "off_track")
    figures = ("due_14_days", "kept_14_days", "credit_14_days", "adherence_percent_14_days")
    assert [pat[name] for name in figures] == ["14", "4", "3.5", "25"]
    assert (pat["last_session"], pat["last_pain"], pat["open_alerts"]) == ("2026-11-18", "3", "0")
    assert [quinn[name] for name in figures] == ["0", "0", "0", ""]


def test_it_holds_whom_the_filter_finds_in_its_order(
    world: World, taken: Callable[..., list[dict[str, str]]]
) -> None:
    make_session(world.prescription, TODAY - DAY)
    assert [row["patient"] for row in taken(band="new")] == ["Quinn"]
    assert [row["patient"] for row in taken(sort="adherence")] == ["Pat", "Quinn"]
    assert [row["patient"] for row in taken(q="quinn-1")] == ["Quinn"]
    assert taken(q="nobody") == []


def test_all_pages_are_in_it_read_in_portions(
    world: World, taken: Callable[..., list[dict[str, str]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(roster_file, "PORTION", 7)
    make_patients(world, 30)
    names = [row["patient"] for row in taken(sort="name")]
    assert len(names) == len(set(names)) == 32
    assert names == sorted(names)


def test_a_name_that_a_spreadsheet_would_run_is_text(
    world: World, taken: Callable[..., list[dict[str, str]]]
) -> None:
    Patient.objects.filter(pk=world.pat.pk).update(name='=HYPERLINK("http://x")', reference="@SUM(1)")
    row = taken(sort="name")[0]
    assert (row["patient"], row["reference"]) == ('\'=HYPERLINK("http://x")', "'@SUM(1)")


def test_nobody_of_another_clinic_is_in_it_and_the_trail_says_that_it_was_taken(
    world: World, taken: Callable[..., list[dict[str, str]]], client: Client
) -> None:
    assert {row["patient"] for row in taken(world.assistant)} == {"Pat", "Quinn"}
    (entry,) = AuditEvent.objects.filter(verb="roster.exported")
    assert (entry.actor, entry.details) == (world.assistant, {"patients": 2})
    address = reverse("desk:roster_csv", args=[world.clinic.pk])
    for person, status in ((world.viewer, 403), (world.stranger_clinician, 404), (world.patient, 404)):
        client.force_login(person)
        assert client.get(address).status_code == status


def test_the_roster_leads_to_its_file_with_the_same_filter(
    world: World, signed_in: Callable[[User], Client]
) -> None:
    roster = reverse("desk:roster", args=[world.clinic.pk])
    address = reverse("desk:roster_csv", args=[world.clinic.pk])
    assert (
        f'href="{address}?band=new"'
        in signed_in(world.clinician).get(roster, {"band": "new"}).content.decode()
    )
    assert address not in signed_in(world.viewer).get(roster).content.decode()
