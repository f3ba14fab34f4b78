"""The pages of a patient's life cycle in a real browser: small screens, screen readers, and the ways through."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from patients import imports
from patients.models import Patient, Session
from tests.browser import fits, follow, serious
from tests.world import World, make_session

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NARROW = {"width": 320, "height": 640}
FILE = b"name;email;reference\nAda Far;ada@example.org;A-1\nBo Near;bo@example.org;B-2\n"


def addresses(world: World) -> list[str]:
    today = world.pat.local_date(timezone.now())
    session = make_session(world.prescription, today - dt.timedelta(days=1))
    wrong = imports.draft(
        world.clinician, world.clinic, content=FILE.replace(b"@", b" at "), clinician=world.clinician
    )
    of_patient = (
        "patient",
        "details",
        "move",
        "deactivate",
        "discharge",
        "reinvite",
        "reactivate",
        "readmit",
    )
    return [
        *(reverse(f"desk:{name}", args=[world.pat.pk]) for name in of_patient),
        reverse("desk:log", args=[world.prescription.pk]),
        reverse("desk:correct", args=[session.pk]),
        reverse("desk:import_start", args=[world.clinic.pk]),
        reverse("desk:import", args=[wrong.pk]),
    ]


def test_every_page_fits_a_small_screen_and_has_nothing_serious(world: World, browser_page: Any) -> None:
    """Every other one is looked at in the dark: they are made of the same parts."""
    looks = [browser_page(world.clinician, viewport=NARROW, color_scheme=look) for look in ("light", "dark")]
    for number, address in enumerate(addresses(world)):
        page = looks[number % 2]
        page.goto(address)
        assert fits(page)
        assert serious(page) == []


def test_a_patient_is_discharged_and_taken_back(world: World, browser_page: Any) -> None:
    page = browser_page(world.clinician)
    page.goto(reverse("desk:patient", args=[world.pat.pk]))
    page.get_by_text("More", exact=True).click()
    follow(page.get_by_role("link", name="Discharge"))
    page.get_by_label("Reason").fill("Goal reached")
    page.get_by_role("button", name="Discharge the patient").click()
    expect(page.get_by_role("status")).to_contain_text("Pat is discharged")
    page.get_by_role("link", name="Take back into care").click()
    page.get_by_role("button", name="Take back into care").click()
    expect(page.get_by_role("status")).to_contain_text("1 prescription goes on")


def test_a_condition_that_a_colleague_told_meanwhile_stays(world: World, browser_page: Any) -> None:
    page = browser_page(world.clinician)
    page.goto(reverse("desk:details", args=[world.pat.pk]))
    Patient.objects.filter(pk=world.pat.pk).update(conditions=["osteoporosis"])
    page.get_by_label("Name").fill("Pat Able")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    world.pat.refresh_from_db()
    assert (world.pat.name, world.pat.conditions) == ("Pat Able", ["osteoporosis"])


def test_a_session_told_by_telephone_is_logged(world: World, browser_page: Any) -> None:
    page = browser_page(world.assistant)
    page.goto(reverse("desk:patient", args=[world.pat.pk]))
    follow(page.get_by_role("link", name="Log a session"))
    for answer in page.get_by_role("radio", name="All of it").all():
        answer.check(force=True)
    page.get_by_label("Pain after").select_option("3")
    page.get_by_role("button", name="Log the session").click()
    expect(page.get_by_role("status")).to_contain_text("4 of 4 sets")
    assert Session.objects.get().source == "staff"


def test_a_file_is_looked_at_and_taken_in(world: World, browser_page: Any) -> None:
    page = browser_page(world.assistant)
    page.goto(reverse("desk:import_start", args=[world.clinic.pk]))
    page.get_by_label("CSV file").set_input_files(
        {"name": "patients.csv", "mimeType": "text/csv", "buffer": FILE}
    )
    page.get_by_role("button", name="Look at the rows").click()
    page.get_by_role("button", name="Take in 2 patients").click()
    expect(page.get_by_role("status").filter(has_text="taken in")).to_contain_text(
        "2 patients were taken in."
    )
    expect(page.get_by_role("link", name="Ada Far")).to_be_visible()
