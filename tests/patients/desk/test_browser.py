"""The desk in a real browser: prescribing in few acts, by mouse and by keyboard, on a wide and on a small screen.

An act is what a person counts: a press, a choice, or a value typed into one field.
"""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from patients import alerts, prescribing
from patients.models import Patient
from patients.models.alerts import Rule
from patients.schedule import Flexible
from tests.browser import SMALL_BY_NIGHT, WIDE_BY_DAY, is_sound
from tests.world import World, make_session

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


class Acts:
    """Counts what a person does."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.done = 0

    def press(self, role: Any, name: str) -> None:
        self.done += 1
        self.page.get_by_role(role, name=name, exact=True).click()

    def type(self, label: str, text: str, row: int = 0) -> None:
        self.done += 1
        self.page.get_by_label(label, exact=True).nth(row).fill(text)


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_a_routine_with_a_changed_dosage_takes_at_most_six_acts(
    world: World, browser_page: Any, phone: bool
) -> None:
    page = browser_page(world.clinician, phone=phone)
    page.goto(reverse("desk:patient", args=[world.quinn.pk]))
    acts = Acts(page)
    acts.press("link", "Prescribe")
    acts.press("link", "Two stretches")
    acts.type("Hold (s)", "45", row=1)
    acts.press("button", "Prescribe")
    expect(page.get_by_role("status")).to_contain_text("Prescribed: Two stretches")
    assert acts.done <= 6
    items = world.quinn.prescriptions.get().revisions.get().items.all()
    assert [item.hold for item in items] == [30, 45]


def test_the_estimate_follows_what_is_typed_and_rows_move_without_losing_it(
    world: World, browser_page: Any
) -> None:
    page = browser_page(world.clinician)
    page.goto(reverse("desk:prescribe", args=[world.quinn.pk]) + f"?routine={world.routine.pk}")
    estimate = page.locator("#builder-estimate")
    expect(estimate).to_contain_text("about 3 min")
    page.get_by_label("Hold (s)").first.fill("300")
    expect(estimate).to_contain_text("about 12 min")
    page.get_by_label("Name").fill("Evenings")
    page.get_by_role("button", name="Move Knee to chest down").click()
    expect(page.locator(".builder-name").first).to_have_text("Lying hamstring stretch")
    expect(page.get_by_label("Hold (s)").nth(1)).to_have_value("300")
    expect(page.get_by_label("Name")).to_have_value("Evenings")
    page.get_by_role("button", name="Add Knee to chest").click()
    expect(page.locator(".builder-row")).to_have_count(3)
    page.get_by_role("button", name="Remove Lying hamstring stretch").click()
    expect(page.locator(".builder-row")).to_have_count(2)
    page.get_by_label("Add an exercise").fill("hamst")
    expect(page.locator(".builder-choice")).to_have_count(1)


def test_the_keyboard_alone_is_enough(world: World, browser_page: Any) -> None:
    page = browser_page(world.clinician)
    page.goto(reverse("desk:prescribe", args=[world.quinn.pk]) + f"?routine={world.routine.pk}")
    page.get_by_label("Hold (s)").nth(1).focus()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".builder-name").first).to_have_text("Lying hamstring stretch")
    expect(page.locator(".builder-row").first.locator(":focus")).to_have_count(1)
    # Enter in a field looks again; it never prescribes.
    page.get_by_label("Hold (s)").first.fill("40")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Hold (s)").first).to_have_value("40")
    assert not world.quinn.prescriptions.exists()
    page.get_by_role("button", name="Prescribe", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("Prescribed")


def test_without_scripts_the_same_form_does_the_same(world: World, browser_page: Any) -> None:
    page = browser_page(world.clinician, java_script_enabled=False, allowed=("422",))
    page.goto(reverse("desk:prescribe", args=[world.quinn.pk]) + "?empty")
    page.get_by_label("Name").fill("From nothing")
    page.get_by_label("Add an exercise").fill("knee")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name="Add Knee to chest").click()
    page.get_by_label("Hold (s)").fill("0")
    page.get_by_role("button", name="Prescribe", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("A whole number from 1 to 600.")
    expect(page.get_by_label("Name")).to_have_value("From nothing")
    page.get_by_label("Hold (s)").fill("20")
    page.get_by_role("button", name="Prescribe", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("Prescribed: From nothing")
    assert world.quinn.prescriptions.get().revisions.get().items.get().hold == 20


def test_of_two_who_amend_at_once_the_second_is_shown_the_difference(world: World, browser_page: Any) -> None:
    address = reverse("desk:amend", args=[world.prescription.pk])
    first = browser_page(world.owner)
    second = browser_page(world.clinician, allowed=("409",))
    for page in (first, second):
        page.goto(address)
    first.get_by_label("so many times a week").check()
    first.get_by_label("Sessions per week").fill("5")
    first.get_by_role("button", name="Amend the prescription").click()
    expect(first.get_by_role("status")).to_contain_text("revision 2")
    second.get_by_label("Hold (s)").first.fill("50")
    second.get_by_role("button", name="Amend the prescription").click()
    notice = second.get_by_role("alert")
    expect(notice).to_contain_text("Owner changed this prescription in the meantime")
    expect(notice).to_contain_text("5 times a week, on any days")
    expect(second.get_by_label("Hold (s)").first).to_have_value("50")
    second.get_by_role("button", name="Amend the prescription").click()
    expect(second.get_by_role("status")).to_contain_text("revision 3")


def test_a_press_right_after_a_key_loses_neither(world: World, browser_page: Any) -> None:
    page = browser_page(world.clinician)
    page.goto(reverse("desk:prescribe", args=[world.quinn.pk]) + f"?routine={world.routine.pk}")
    page.get_by_label("Hold (s)").first.fill("77")
    for _again in range(2):
        page.get_by_role("button", name="Add Knee to chest").click()
    expect(page.locator(".builder-row")).to_have_count(4)
    expect(page.get_by_label("Hold (s)").first).to_have_value("77")
    expect(page.locator("#builder-estimate")).to_contain_text("4 exercises")


def test_every_page_fits_and_reads_well(world: World, browser_page: Any) -> None:
    today = world.pat.local_date(timezone.now())
    session = make_session(world.prescription, today)
    alert = alerts.raise_alert(world.pat, Rule.PAIN_HIGH, timezone.now())
    Patient.objects.filter(pk=world.pat.pk).update(conditions=["osteoporosis"])
    paused = prescribing.pause(
        world.clinician, world.prescription, first_day=today, last_day=today, reason="Unwell"
    )
    world.pat.refresh_from_db()
    prescribing.amend(
        world.clinician,
        world.prescription,
        lines=[
            prescribing.Line(line.exercise_revision, line.dosage, "With a towel", "Lying, no load")
            for line in prescribing.lines_of(world.prescription.revisions.get())
        ],
        schedule=Flexible(3),
        expected=1,
    )
    builder = reverse("desk:prescribe", args=[world.pat.pk])
    addresses = [
        reverse("desk:roster", args=[world.clinic.pk]),
        reverse("desk:invite", args=[world.clinic.pk]),
        reverse("desk:reports", args=[world.clinic.pk]),
        reverse("desk:patient", args=[world.pat.pk]),
        reverse("desk:patient", args=[world.quinn.pk]),
        builder,
        f"{builder}?routine={world.routine.pk}",
        reverse("desk:amend", args=[world.prescription.pk]),
        *[reverse(f"desk:{n}", args=[world.prescription.pk]) for n in ("pause", "extend", "stop", "release")],
        reverse("desk:end_pause", args=[paused.pk]),
        reverse("desk:resolve", args=[alert.pk]),
        reverse("desk:void", args=[session.pk]),
    ]
    page = browser_page(world.clinician)
    for address in addresses:
        page.goto(address)
        is_sound(page, WIDE_BY_DAY, SMALL_BY_NIGHT)


def test_the_builder_fits_at_every_width(world: World, browser_page: Any) -> None:
    page = browser_page(world.clinician)
    page.goto(reverse("desk:prescribe", args=[world.quinn.pk]) + f"?routine={world.routine.pk}")
    for width in (360, 480, 600, 700, 820, 940, 1024, 1100, 1200, 1280, 1600):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        rows = page.locator(".builder-rows").bounding_box()
        remove = page.get_by_role("button", name="Remove Knee to chest").bounding_box()
        assert remove["x"] + remove["width"] <= rows["x"] + rows["width"] + 1, width


@pytest.mark.parametrize("phone", [False, True], ids=["desktop", "phone"])
def test_fields_side_by_side_have_their_labels_and_controls_in_line(
    world: World, browser_page: Any, phone: bool
) -> None:
    page = browser_page(world.clinician, phone=phone)
    page.goto(reverse("desk:invite", args=[world.clinic.pk]))
    pair = page.locator(".hw-form-grid").filter(has=page.get_by_label("Reference"))
    for part in ("label", "input"):
        tops = {round(one.bounding_box()["y"]) for one in pair.locator(part).all()}
        assert len(tops) == 1, part
