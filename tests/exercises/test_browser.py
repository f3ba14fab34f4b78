"""The library in a real browser: readable by everybody, and a draft taken through its review by two people."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page, expect

from exercises import publishing, shipping
from exercises.models import Exercise
from tests.browser import SMALL_BY_NIGHT, WIDE_BY_DAY, follow, is_sound, look_at
from tests.exercises.making import WHOLE
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_shelf_and_a_stretch_are_accessible_and_fit(world: World, browser_page: Any) -> None:
    Exercise.objects.filter(slug="knee-to-chest").update(slug="of-the-cast", retired_at=timezone.now())
    shipping.load()
    page = browser_page(world.viewer)
    page.goto(reverse("exercises:list"))
    is_sound(page, WIDE_BY_DAY, SMALL_BY_NIGHT)
    follow(page.get_by_role("link", name="Knee to chest", exact=True))
    expect(page.get_by_role("img", name="Knee to chest, left side: start, then held")).to_be_visible()
    is_sound(page, WIDE_BY_DAY, SMALL_BY_NIGHT)


def test_a_search_narrows_the_shelf_by_keyboard(world: World, browser_page: Any) -> None:
    shipping.load()
    page = browser_page(world.clinician)
    page.goto(reverse("exercises:list"))
    page.get_by_label("Name, synonym or muscle").focus()
    page.keyboard.type("figure-four")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2)).to_have_text(["Piriformis stretch"])


def test_facets_narrow_the_shelf_one_by_one_and_stay_in_the_address(world: World, browser_page: Any) -> None:
    shipping.load()
    page = browser_page(world.clinician)
    page.goto(reverse("exercises:list"))
    page.get_by_label("Hamstrings").check()
    expect(page.get_by_role("status")).to_have_text("5 exercises")
    expect(page.get_by_label("Hamstrings")).to_be_focused()
    page.keyboard.press("Tab")
    page.get_by_label("On the back").check()
    expect(page.get_by_role("link", name="leave it out")).to_have_count(2)
    found = page.get_by_role("heading", level=2).all_inner_texts()
    page.reload()
    expect(page.get_by_role("heading", level=2)).to_have_text(found)
    page.get_by_role("link", name="hamstrings leave it out").click()
    expect(page.get_by_label("Hamstrings")).not_to_be_checked()
    expect(page.get_by_label("On the back")).to_be_checked()


def test_on_a_phone_and_without_scripts_the_facets_fold_away(world: World, browser_page: Any) -> None:
    shipping.load()
    page = browser_page(world.clinician, phone=True, java_script_enabled=False)
    page.goto(reverse("exercises:list"))
    expect(page.get_by_label("Calf")).to_be_hidden()
    page.get_by_text("Narrow it down").click()
    page.get_by_label("Calf").check()
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_role("heading", level=2)).to_have_text(["Hamstring stretch with a towel"])


def pressed(page: Page, name: str) -> None:
    follow(page.get_by_role("button", name=name, exact=True))


def test_two_people_take_a_stretch_from_draft_to_retired(world: World, browser_page: Any) -> None:
    """Draft, handed in, commented on, given back, posed and handed in again, compared, published, replaced."""
    exercise = publishing.create_exercise(world.curator, clinic=None, slug="sphinx", content=WHOLE)
    publishing.publish(None, exercise.revisions.get())
    draft = publishing.save_draft(
        world.curator, exercise, {"safety": "It must never hurt.", "hold": 20, "steps": WHOLE["steps"][::-1]}
    )
    curator, reviewer = browser_page(world.curator), browser_page(world.reviewer)

    # Handed in
    curator.goto(reverse("exercises:list"))
    follow(curator.get_by_role("region", name="Your drafts").get_by_role("link", name="Sphinx"))
    is_sound(curator, WIDE_BY_DAY)
    pressed(curator, "Hand in for review")
    expect(curator.get_by_role("status")).to_contain_text("Handed in")

    # Read, commented on, given back
    reviewer.goto(reverse("exercises:list"))
    follow(reviewer.get_by_role("region", name="To be reviewed").get_by_role("link", name="Sphinx"))
    safety = reviewer.get_by_role("region", name="Safety")
    expect(safety.locator("del")).to_have_text("should")
    expect(safety.locator("ins")).to_have_text("must")
    expect(reviewer.get_by_role("row", name="moved")).to_have_count(1)
    is_sound(reviewer, WIDE_BY_DAY, SMALL_BY_NIGHT)
    look_at(reviewer, *WIDE_BY_DAY)
    reviewer.get_by_role("link", name="Comment on steps").click()
    expect(reviewer.get_by_label("About")).to_have_value("steps")
    reviewer.get_by_label("Comment", exact=True).fill("Which comes first?")
    pressed(reviewer, "Keep the comment")
    reviewer.get_by_label("What should be different").fill("The picture does not fit any more.")
    pressed(reviewer, "Give it back")
    expect(reviewer.get_by_role("status")).to_contain_text("Given back")

    # Changed and handed in again
    curator.goto(reverse("exercises:list"))
    follow(curator.get_by_role("region", name="Given back to you").get_by_role("link", name="Sphinx"))
    expect(curator.get_by_text("The picture does not fit any more.")).to_be_visible()
    follow(curator.get_by_role("button", name="Settle").first)
    follow(curator.get_by_role("link", name="Pose the figure"))
    curator.get_by_label("The held position in words").fill("The person props up on the forearms.")
    pressed(curator, "Save the figure")
    pressed(curator, "Hand in for review")

    # Published from a page that was opened before the last edit: refused, read anew, published
    reviewer.goto(reverse("exercises:revision", args=[draft.pk]))
    publishing.submit(world.curator, publishing.save_draft(world.curator, exercise, {"hold": 25}))
    pressed(reviewer, "Publish")
    expect(reviewer.get_by_text("Somebody changed this in the meantime.")).to_be_visible()
    expect(reviewer.get_by_role("region", name="Dosage").locator("ins")).to_have_text("25")
    pressed(reviewer, "Publish")
    expect(reviewer.get_by_role("status")).to_contain_text("Published.")

    # Retired, with what to use in its place
    follow(reviewer.get_by_role("link", name="Retire it"))
    reviewer.get_by_label("What to use in its place").first.fill("chest")
    expect(reviewer.get_by_role("radio")).to_have_count(2)
    reviewer.get_by_label("Knee to chest").check()
    is_sound(reviewer, WIDE_BY_DAY, SMALL_BY_NIGHT)
    pressed(reviewer, "Retire it")
    reader = browser_page(world.viewer)
    reader.goto(reverse("exercises:detail", args=[exercise.pk]))
    expect(reader.get_by_role("link", name="In its place: Knee to chest")).to_be_visible()
    reader.goto(reverse("exercises:list"))
    expect(reader.get_by_role("link", name="Sphinx", exact=True)).to_have_count(0)
