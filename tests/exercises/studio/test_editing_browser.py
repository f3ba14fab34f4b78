"""The writing desk in a real browser: a stretch is written by keyboard alone, kept over a reload, and never lost."""

from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Page, expect

from exercises import library, publishing
from exercises.models import Exercise, Revision
from tests.browser import SMALL_BY_NIGHT, follow, is_sound, serious
from tests.exercises.making import WHOLE
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def draft(world: World) -> Revision:
    exercise = publishing.create_exercise(world.curator, clinic=None, slug="sphinx", content=WHOLE)
    return exercise.revisions.get()


def desk(revision: Revision) -> str:
    return reverse("exercises:edit", args=[revision.pk])


def looked(page: Page, act: Any) -> None:
    """Do something, and wait for the server's answer to it."""
    with page.expect_response(lambda answer: answer.url.endswith("/look/")):
        act()


def has_steps(page: Page, *texts: str) -> None:
    fields = page.locator("[name='step-text']")
    expect(fields).to_have_count(len(texts))
    for number, text in enumerate(texts):
        expect(fields.nth(number)).to_have_value(text)


def test_a_stretch_is_written_by_keyboard(world: World, browser_page: Any) -> None:
    page = browser_page(world.curator)
    keys = page.keyboard
    page.goto(reverse("exercises:list"))
    follow(page.get_by_role("link", name="A new stretch"))
    page.get_by_label("Name", exact=True).focus()
    keys.type("Sphinx")
    expect(page.get_by_text("Its short name will be sphinx")).to_be_visible()
    keys.press("Tab")
    follow(page.get_by_role("button", name="Begin the draft"), "Enter")

    # Steps: Enter begins the next one, Alt with an arrow moves it
    page.get_by_role("button", name="Add a step").press("Enter")
    expect(page.get_by_label("Step 1", exact=True)).to_be_focused()
    keys.type("Lie on your front.")
    looked(page, lambda: keys.press("Enter"))
    expect(page.get_by_label("Step 2", exact=True)).to_be_focused()
    keys.type("Stay there.")
    looked(page, lambda: keys.press("Enter"))
    expect(page.get_by_label("Step 3", exact=True)).to_be_focused()
    keys.type("Prop yourself up.")
    looked(page, lambda: keys.press("Alt+ArrowUp"))
    expect(page.get_by_label("Step 2", exact=True)).to_have_value("Prop yourself up.")
    has_steps(page, "Lie on your front.", "Prop yourself up.", "Stay there.")
    page.get_by_label("Kind of step 3").select_option("hold")
    expect(page.locator("#editing-preview li", has_text="Prop yourself up.").first).to_be_visible()

    # Taken out, and put back
    looked(page, lambda: page.get_by_role("button", name="Remove step 1").press("Enter"))
    expect(page.get_by_label("Step 3", exact=True)).to_have_count(0)
    looked(page, lambda: page.get_by_role("button", name="Put the removed row back").press("Enter"))
    expect(page.get_by_label("Step 3", exact=True)).to_have_value("Stay there.")

    # A list makes room for the next entry
    page.get_by_label("Target muscles 1").focus()
    keys.type("erector spinae")
    keys.press("Tab")
    expect(page.get_by_label("Target muscles 2")).to_be_focused()

    # The amounts in a sentence, as they are typed
    page.get_by_label("Sets").fill("2")
    looked(page, lambda: page.get_by_label("Sides").select_option("both"))
    expect(page.locator("#editing-dosage")).to_contain_text("2 × 30 s, each side, about 2 min 52 s.")

    # What is missing leads to where it is written
    missing = page.locator(".writing-missing summary")
    expect(missing).to_have_text("Still missing: 6 things")
    missing.press("Enter")
    page.get_by_role("link", name="Safety", exact=True).press("Enter")
    expect(page.get_by_label("What to watch for")).to_be_focused()
    looked(page, lambda: keys.insert_text("It should never hurt."))
    expect(missing).to_have_text("Still missing: 5 things")

    # An easier stretch, from the library
    page.get_by_label("Link another stretch").focus()
    looked(page, lambda: keys.insert_text("hamstring"))
    looked(page, lambda: page.get_by_role("button", name="Lying hamstring stretch: Is easier").press("Enter"))
    expect(page.get_by_text("Easier stretch: Lying hamstring stretch")).to_be_visible()

    # Saved without losing one's place
    page.get_by_role("textbox", name="Evidence", exact=True).focus()
    keys.type("Little.")
    keys.press("Control+s")
    expect(page.locator(".writing-status")).to_have_text("Saved in revision 1.")
    expect(page.get_by_role("textbox", name="Evidence", exact=True)).to_be_focused()
    saved = library.newest(Exercise.objects.get(slug="sphinx"))
    assert [step["kind"] for step in saved.steps] == ["get_ready", "get_ready", "hold"]
    assert (saved.sides, saved.muscles, saved.evidence) == ("both", ["erector spinae"], "Little.")
    assert saved.easier == world.hamstring
    keys.type(" More.")
    keys.press("Control+s")
    expect(page.get_by_role("textbox", name="Evidence", exact=True)).to_be_focused()
    expect(page.locator(".writing-status")).to_have_text("Saved in revision 1.")
    page.reload()
    expect(page.get_by_role("textbox", name="Evidence", exact=True)).to_have_value("Little. More.")
    page.get_by_role("radio", name="On paper").press("ArrowLeft")
    expect(page.locator("[data-view=clinician]")).to_be_visible()
    is_sound(page, SMALL_BY_NIGHT)


def test_rows_are_dragged_by_their_handle(world: World, browser_page: Any, draft: Revision) -> None:
    page = browser_page(world.curator)
    page.goto(desk(draft))
    handle = page.locator(".writing-step .builder-handle")
    first, second = handle.nth(0).bounding_box(), handle.nth(1).bounding_box()
    assert first
    assert second
    page.mouse.move(first["x"] + 5, first["y"] + 12)
    page.mouse.down()
    page.mouse.move(second["x"] + 5, second["y"] + 40, steps=4)
    looked(page, page.mouse.up)
    expect(page.get_by_label("Step 1", exact=True)).to_have_value("Stay.")


def test_a_reload_loses_nothing_and_can_be_undone(world: World, browser_page: Any, draft: Revision) -> None:
    page = browser_page(world.curator, allowed=("409",))
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(desk(draft))
    page.get_by_label("In one sentence").fill("Not saved yet.")
    looked(page, lambda: page.get_by_role("button", name="Remove step 1").click())
    has_steps(page, "Stay.")
    page.reload()
    expect(page.get_by_text("What you had not saved is here again.")).to_be_visible()
    expect(page.get_by_label("In one sentence")).to_have_value("Not saved yet.")
    has_steps(page, "Stay.")

    # Posed in between, in another window: what was typed is still here.
    publishing.save_draft(world.curator, draft.exercise, {"alt_held": "On the forearms."})
    page.reload()
    expect(page.get_by_label("In one sentence")).to_have_value("Not saved yet.")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("alert")).to_contain_text("it stays as they saved it: the held position in words")
    page.get_by_role("button", name="Leave it, and show what is saved").click()
    expect(page.get_by_label("In one sentence")).to_have_value("")
    has_steps(page, "Prop yourself up.", "Stay.")


def test_two_tabs_are_told_of_each_other(world: World, browser_page: Any, draft: Revision) -> None:
    page = browser_page(world.curator, allowed=("409", "422"))
    page.goto(desk(draft))
    other = page.context.new_page()
    other.goto(desk(draft))
    other.get_by_label("What to watch for").fill("Theirs.")
    other.keyboard.press("Control+s")
    expect(other.locator(".writing-status")).to_have_text("Saved in revision 1.")

    # Wrong first, and told at its place
    page.get_by_label("What to watch for").fill("Mine.")
    page.get_by_label("Hold (s)", exact=True).fill("900")
    looked(page, lambda: page.get_by_role("button", name="Add a caution").click())
    page.get_by_label("Caution 1, note").fill("Mind it.")
    page.keyboard.press("Control+s")
    expect(page.get_by_role("alert")).to_contain_text("A whole number from 1 to 600.")
    expect(page.get_by_label("Caution 1, with")).to_have_accessible_description("Choose the condition.")
    assert serious(page) == []
    looked(page, lambda: page.get_by_role("button", name="Remove caution 1").click())
    expect(page.get_by_label("Caution 1, with")).to_have_count(0)
    page.get_by_role("alert").get_by_role("link", name="Hold (s)").click()
    expect(page.get_by_label("Hold (s)", exact=True)).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("20")

    page.keyboard.press("Control+s")
    told = page.get_by_role("alert")
    expect(told).to_contain_text("Somebody changed this in the meantime.")
    expect(told.locator("del")).to_have_text(["removed", "30", "Theirs."])
    expect(told.locator("ins")).to_have_text(["added", "20", "Mine."])
    assert serious(page) == []
    expect(page.get_by_label("What to watch for")).to_have_value("Mine.")
    page.get_by_role("button", name="Save mine over it").click()
    expect(page.locator(".writing-status")).to_have_text("Saved in revision 1.")
    expect(told).to_have_count(0)
    draft.refresh_from_db()
    assert (draft.safety, draft.hold) == ("Mine.", 20)
