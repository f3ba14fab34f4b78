"""The desk in a real browser: prescribing in few acts, by mouse and by keyboard, on a wide and on a small screen.

An act is what a person counts: a press, a choice, or a value typed into one field.
"""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from patients import prescribing
from patients.lines import Line, lines_of
from patients.models import Draft, Patient, Reminder
from patients.models.alerts import Rule
from patients.schedule import Flexible
from tests.browser import SMALL_BY_NIGHT, WIDE_BY_DAY, is_sound, serious
from tests.patients.caring import raise_alert
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


def said(page: Page, words: str) -> None:
    """The page that comes after an act says what was done."""
    expect(page.get_by_role("status").filter(has_text=words)).to_have_count(1)


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
    said(page, "Prescribed: Two stretches")
    assert acts.done <= 6
    items = world.quinn.prescriptions.get().revisions.get().items.all()
    assert [item.hold for item in items] == [30, 45]
    assert not Draft.objects.exists()


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
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        page.keyboard.press("Enter")
    expect(page.get_by_label("Hold (s)").first).to_have_value("40")
    assert not world.quinn.prescriptions.exists()
    page.get_by_role("button", name="Prescribe", exact=True).press("Enter")
    said(page, "Prescribed")


def test_a_row_is_dragged_the_patients_view_opens_and_a_closed_tab_loses_nothing(
    world: World, browser_page: Any
) -> None:
    page = browser_page(world.clinician)
    builder = reverse("desk:prescribe", args=[world.quinn.pk])
    page.goto(f"{builder}?routine={world.routine.pk}")
    handle = page.locator(".builder-handle").first.bounding_box()
    last = page.locator(".builder-row").nth(1).bounding_box()
    page.mouse.move(handle["x"] + 4, handle["y"] + 4)
    page.mouse.down()
    page.mouse.move(handle["x"] + 4, last["y"] + last["height"] - 4, steps=4)
    page.mouse.up()
    expect(page.locator(".builder-name").first).to_have_text("Lying hamstring stretch")
    expect(page.locator("#builder-said")).to_have_text("Knee to chest is now number 2 of 2.")
    page.get_by_text("Change several at once").click()
    page.get_by_label("Change Knee to chest together with others").check()
    page.get_by_label("Hold (s), for several").fill("50")
    page.get_by_role("button", name="Change them").click()
    expect(page.locator("#builder-said")).to_have_text("1 row was changed.")
    expect(page.locator("#time-1")).to_contain_text("1 min 40 s held")
    page.get_by_role("button", name="See it as the patient").click()
    expect(page.get_by_role("dialog")).to_contain_text("50 s, each side")
    assert serious(page) == []
    page.keyboard.press("Escape")
    # From the search field to what was found and back, without a mouse.
    page.get_by_label("Add an exercise").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".builder-row")).to_have_count(3)
    page.goto("about:blank")
    page.goto(builder)
    page.get_by_role("link", name="Go on where you left off").click()
    expect(page.locator(".builder-name")).to_have_text(
        ["Lying hamstring stretch", "Knee to chest", "Knee to chest"]
    )
    expect(page.get_by_label("Hold (s)", exact=True).nth(1)).to_have_value("50")


def test_the_preview_of_an_act_follows_what_is_chosen(world: World, browser_page: Any) -> None:
    page = browser_page(world.assistant)
    page.goto(reverse("desk:pause", args=[world.prescription.pk]))
    expect(page.locator("#preview")).to_contain_text("Due no longer on 7 days")
    first = page.get_by_label("First day").input_value()
    page.get_by_label("Last day").fill(first)
    page.get_by_label("Last day").blur()
    expect(page.locator("#preview")).to_contain_text("Due no longer on 1 day")
    page.get_by_role("button", name="Pause", exact=True).click()
    said(page, "Paused from")


def test_without_scripts_the_same_form_does_the_same(world: World, browser_page: Any) -> None:
    page = browser_page(world.clinician, java_script_enabled=False, allowed=("422",))
    page.goto(reverse("desk:prescribe", args=[world.quinn.pk]) + "?empty")
    page.get_by_label("Name").fill("From nothing")
    page.get_by_label("Add an exercise").fill("knee")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("button", name="Add Knee to chest").click()
    page.get_by_label("Hold (s)", exact=True).fill("0")
    page.get_by_role("button", name="Prescribe", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("A whole number from 1 to 600.")
    expect(page.get_by_label("Name")).to_have_value("From nothing")
    page.get_by_label("Hold (s)", exact=True).fill("20")
    page.get_by_role("button", name="Prescribe", exact=True).click()
    said(page, "Prescribed: From nothing")
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
    said(first, "revision 2")
    second.get_by_label("Hold (s)").first.fill("50")
    second.get_by_role("button", name="Amend the prescription").click()
    notice = second.get_by_role("alert")
    expect(notice).to_contain_text("Owner changed this prescription in the meantime")
    expect(notice).to_contain_text("5 times a week, on any days")
    expect(second.get_by_label("Hold (s)").first).to_have_value("50")
    second.get_by_role("button", name="Amend the prescription").click()
    said(second, "revision 3")


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
    alert = raise_alert(world.pat, Rule.PAIN_HIGH, timezone.now())
    Patient.objects.filter(pk=world.pat.pk).update(conditions=["osteoporosis"])
    paused = prescribing.pause(
        world.clinician, world.prescription, first_day=today, last_day=today, reason="Unwell"
    )
    world.pat.refresh_from_db()
    prescribing.amend(
        world.clinician,
        world.prescription,
        lines=[
            Line(line.exercise_revision, line.dosage, "With a towel", "Lying, no load")
            for line in lines_of(world.prescription.revisions.get())
        ],
        schedule=Flexible(3),
        expected=1,
    )
    builder = reverse("desk:prescribe", args=[world.pat.pk])
    six = dt.datetime(2026, 11, 18, 0, 15, tzinfo=dt.UTC)
    eight = {"due_at": six + dt.timedelta(hours=2), "moved_from": six, "local_date": six.date()}
    for kind, end in (("session_due", {"state": "dropped", "reason": "failed"}), ("nudge", {})):
        Reminder.objects.create(patient=world.pat, kind=kind, **eight, **end)
    addresses = [
        reverse("desk:roster", args=[world.clinic.pk]),
        reverse("desk:invite", args=[world.clinic.pk]),
        reverse("desk:reports", args=[world.clinic.pk]),
        reverse("desk:report_preview", args=[world.clinic.pk, "digest"]),
        reverse("desk:patient", args=[world.pat.pk]),
        reverse("desk:patient", args=[world.quinn.pk]),
        reverse("desk:sent", args=[world.pat.pk]),
        builder,
        f"{builder}?routine={world.routine.pk}",
        reverse("desk:amend", args=[world.prescription.pk]),
        *[
            reverse(f"desk:{n}", args=[world.prescription.pk])
            for n in ("pause", "extend", "stop", "release", "resume")
        ],
        reverse("desk:end_pause", args=[paused.pk]),
        reverse("desk:resolve", args=[alert.pk]),
        reverse("desk:void", args=[session.pk]),
    ]
    page = browser_page(world.clinician)
    for address in addresses:
        page.goto(address)
        is_sound(page, WIDE_BY_DAY, SMALL_BY_NIGHT)
    page = browser_page(world.owner)
    for address in (
        reverse("desk:report_preview", args=[world.clinic.pk, "clinic"]),
        reverse("desk:archives", args=[world.clinic.pk]),
    ):
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
