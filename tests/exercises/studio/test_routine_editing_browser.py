"""A routine edited in a real browser: rows moved by keys and by dragging, one added, and the whole saved."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from exercises import publishing
from tests.browser import OpenPage, follow, serious
from tests.world import World, make_exercise

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_rows_are_moved_dragged_added_and_saved(world: World, browser_page: OpenPage) -> None:
    make_exercise("Sphinx")
    draft = publishing.save_draft(world.curator, world.routine, {"notes": "In the evening."})
    page = browser_page(world.curator)
    # No row's link lies over the rest of the page.
    page.goto(reverse("exercises:routine_revision", args=[draft.pk]))
    follow(page.get_by_role("link", name="Edit", exact=True))
    rows = page.locator(".builder-row")

    page.locator("#id_items-0-hold").focus()
    page.keyboard.press("Alt+ArrowDown")
    expect(rows.nth(1)).to_contain_text("Knee to chest")
    expect(page.locator("#builder-said")).to_contain_text("number 2 of 2")

    page.fill("#find", "sphi")
    page.get_by_role("button", name="Add Sphinx").click()
    expect(rows).to_have_count(3)

    page.locator(".builder-handle").nth(2).hover()
    page.mouse.down()
    top = rows.nth(0).bounding_box()
    assert top is not None
    page.mouse.move(top["x"] + 20, top["y"] + 2, steps=5)
    page.mouse.up()
    expect(rows.nth(0)).to_contain_text("Sphinx")
    assert serious(page) == []
    names = ["Sphinx", "Lying hamstring stretch", "Knee to chest"]
    expect(page.locator(".builder-name")).to_have_text(names)

    page.get_by_role("button", name="Save the draft").click()
    expect(page.get_by_role("heading", name="Revision 2: draft")).to_be_visible()
    assert [item.exercise.slug for item in draft.items.all()] == [
        "sphinx",
        "lying-hamstring-stretch",
        "knee-to-chest",
    ]
