"""The pose editor in a real browser: a new stretch is posed by hand and by keyboard, reviewed, and published."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import Page, expect

from exercises import publishing
from exercises.figures.basics import basic
from exercises.models import Revision, RevisionState
from tests.browser import SMALL_BY_NIGHT, follow, is_sound, serious
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

CHILDS_POSE = Path(settings.BASE_DIR) / "patients/demo/childs_pose.json"


@pytest.fixture
def draft(world: World) -> Revision:
    """The stretch that the demo leaves to its newcomers: all its words, and no figure."""
    content = json.loads(CHILDS_POSE.read_text())
    exercise = publishing.create_exercise(world.curator, clinic=None, slug="childs-pose", content=content)
    return exercise.revisions.get()


def figure_of(page: Page) -> dict[str, Any]:
    """The figure as the page would send it."""
    found: dict[str, Any] = json.loads(page.get_by_label("The figure as text").input_value())
    return found


def answered(page: Page, act: Any) -> None:
    """Do something, and wait for the picture of it."""
    with page.expect_response(lambda answer: answer.url.endswith(reverse("exercises:preview"))):
        act()
    expect(page.locator("[data-part='stage']")).to_have_attribute("aria-busy", "false")


def drag(page: Page, joint: str, right: int, down: int) -> None:
    """Take a joint with the mouse and let it go so many pixels away, or nearer where the body cannot follow."""
    for share in (1, 0.6, 0.3, 0.1):
        page.mouse.move(0, 0)
        box = page.get_by_role("button", name=joint, exact=True).bounding_box()
        assert box
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        # In one go: of a long drag, more or less is asked of the server on the way, as it can answer.
        page.mouse.move(x + right * share, y + down * share)
        answered(page, page.mouse.up)
        page.wait_for_timeout(200)
        if page.locator(".posing-problems").is_hidden():
            return
        answered(page, lambda: page.keyboard.press("Control+z"))
    raise AssertionError(f"{joint} could not be moved")


def number(page: Page, name: str, value: float) -> None:
    answered(page, lambda: page.get_by_label(f"{name} (°)").fill(str(value)))


def opened(page: Page, *groups: str) -> None:
    for group in groups:
        page.locator("summary", has_text=group).click()


def test_a_new_stretch_is_posed_reviewed_and_published(
    world: World, browser_page: Any, draft: Revision
) -> None:
    page = browser_page(world.curator)
    page.goto(reverse("exercises:revision", args=[draft.pk]))
    follow(page.get_by_role("link", name="Pose the figure"))

    # From hands and knees to kneeling on the heels
    page.get_by_label("Begin from").select_option("On all fours")
    answered(page, page.get_by_role("button", name="For both poses").click)
    answered(page, page.get_by_role("button", name="Held", exact=True).click)
    page.get_by_label("Begin from").select_option("Kneeling, sitting on the heels")
    answered(page, page.get_by_role("button", name="For this pose alone").click)

    # Folded forward: sliders by keyboard, the head by its handle
    opened(page, "Trunk", "Left leg", "Right leg", "Stretched regions", "Arrow", "Support, in both poses")
    number(page, "Whole body tilt forward", 70)
    for side in ("Left", "Right"):
        page.get_by_role("slider", name=f"{side} hip flexion").focus()
        answered(page, lambda: page.keyboard.press("End"))
    number(page, "Lower back flexion", 34)
    page.get_by_role("slider", name="Upper back flexion").focus()
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Head", exact=True).focus()
    answered(page, lambda: page.keyboard.press("ArrowDown"))

    # Arms long on the floor, by the mouse
    drag(page, "Left hand", -110, 40)
    drag(page, "Right hand", -50, 15)
    text = page.get_by_label("The figure as text")
    for side in ("left", "right"):
        expect(text).to_have_value(re.compile(rf'"held".*"hands".*"{side}": {{\s*"to": \[', re.DOTALL))

    # A region too many is taken back
    page.get_by_label("Lower back", exact=True).check()
    page.get_by_label("Left calf").check()
    answered(page, lambda: page.keyboard.press("Control+z"))
    expect(page.get_by_label("Left calf")).not_to_be_checked()
    expect(page.get_by_label("Lower back", exact=True)).to_be_checked()
    expect(page.locator(".posing-picture .fig-lit:not(.fig-shade)")).to_have_count(1)

    # An arrow that follows a hand; the way there, looked at
    answered(page, lambda: page.get_by_label("It follows").select_option("Left hand"))
    before = page.locator(".posing-picture svg").inner_html()
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".posing-picture g.fig-shadows")).to_have_count(1)
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".posing-picture g.fig-shadows")).to_have_count(0)
    assert page.locator(".posing-picture svg").inner_html() == before

    # A longer mat
    answered(page, lambda: page.get_by_label("Mat, length (cm)").fill("200"))
    expect(page.locator(".posing-problems")).to_be_hidden()
    assert serious(page) == []
    page.get_by_role("button", name="Save the figure").click()
    expect(page.get_by_text("The figure is saved in revision 1.")).to_be_visible()
    page.get_by_role("button", name="Hand in for review").click()
    expect(page.get_by_role("status")).to_contain_text("Handed in")

    draft.refresh_from_db()
    assert draft.state == RevisionState.IN_REVIEW
    held = draft.figure["held"]
    assert held["root"]["pitch"] == 70
    assert held["joints"]["left_hip"]["flexion"] == 135
    assert held["stretched"] == ["lower_back"]
    assert draft.figure["arrow"] == {"point": "left_hand"}
    assert draft.figure["support"][0]["size"] == 200

    reviewer = browser_page(world.reviewer)
    reviewer.goto(reverse("exercises:revision", args=[draft.pk]))
    reviewer.get_by_role("button", name="Publish").click()
    expect(reviewer.get_by_role("status")).to_contain_text("Published.")
    reader = browser_page(world.viewer)
    reader.goto(reverse("exercises:list"))
    reader.get_by_role("link", name="Child's pose", exact=True).click()
    expect(reader.get_by_role("img", name="Child's pose: start, then held")).to_be_visible()


def test_a_sphinx_is_posed_from_lying_on_the_front_saved_and_previewed(
    world: World, browser_page: Any, draft: Revision
) -> None:
    page = browser_page(world.curator)
    page.goto(reverse("exercises:figure", args=[draft.pk]))
    page.get_by_label("Begin from").select_option("Lying on the front")
    answered(page, page.get_by_role("button", name="For both poses").click)
    answered(page, page.get_by_role("button", name="Held", exact=True).click)
    page.get_by_label("Begin from").select_option("Lying on the front, on the forearms")
    answered(page, page.get_by_role("button", name="For this pose alone").click)
    opened(page, "Head and neck", "Stretched regions", "Arrow")
    number(page, "Neck flexion", -4)
    page.get_by_label("Belly", exact=True).check()
    page.get_by_label("It follows").select_option("Back of the head")
    expect(page.locator(".posing-problems")).to_be_hidden()
    page.get_by_role("button", name="Preview").click()
    expect(page.locator(".posing-picture g.fig-shadows")).to_have_count(1)
    page.get_by_role("button", name="Preview").click()
    page.get_by_role("button", name="Save the figure").click()
    expect(page.get_by_text("The figure is saved in revision 1.")).to_be_visible()
    expect(page.get_by_role("img", name="Child's pose: start, then held")).to_be_visible()

    draft.refresh_from_db()
    assert draft.figure["start"] == basic("prone")["start"]
    assert draft.figure["held"]["bears"] == basic("prone_on_forearms")["held"]["bears"]
    assert draft.figure["held"]["stretched"] == ["abdomen"]


def test_who_sits_on_the_floor_bends_forward_by_the_chest(
    world: World, browser_page: Any, draft: Revision
) -> None:
    page = browser_page(world.curator)
    page.goto(reverse("exercises:figure", args=[draft.pk]))
    page.get_by_label("Begin from").select_option("Sitting on the floor, legs forward")
    answered(page, page.get_by_role("button", name="For both poses").click)
    answered(page, page.get_by_role("button", name="Held", exact=True).click)
    drag(page, "Chest", -90, 60)
    opened(page, "Left arm", "Right arm")
    for side in ("Left", "Right"):
        hold = page.locator(f"[data-hold={side.lower()}]")
        answered(page, lambda hold=hold, side=side: hold.select_option(f"{side} shin, above the ankle"))
    expect(page.locator(".posing-problems")).to_be_hidden()
    held = figure_of(page)["held"]
    assert held["root"]["pitch"] > 0
    assert held["joints"]["left_hip"]["flexion"] == held["joints"]["right_hip"]["flexion"] > 85


def test_on_a_phone_what_is_impossible_is_named_and_a_reload_loses_nothing(
    world: World, browser_page: Any, draft: Revision
) -> None:
    draft = publishing.save_draft(world.curator, draft.exercise, {"figure": basic("standing")})
    phone = {"width": 320, "height": 700}
    page = browser_page(world.curator, allowed=("422",), color_scheme="dark", viewport=phone)
    page.goto(reverse("exercises:figure", args=[draft.pk]))
    expect(page.get_by_role("button", name="Left knee", exact=True)).to_be_visible()
    opened(page, "Left leg")
    number(page, "Left knee flexion", 170)
    problem = page.get_by_role("button", name="Start, left knee flexion: 170 is outside 0 to 155.")
    expect(problem).to_be_visible()
    expect(page.get_by_role("slider", name="Left knee flexion")).to_have_attribute("aria-invalid", "true")
    is_sound(page, SMALL_BY_NIGHT)

    page.on("dialog", lambda dialog: dialog.accept())
    page.get_by_label("Left knee flexion (°)").blur()
    page.reload()
    expect(problem).to_be_visible()
    follow(page.get_by_role("button", name="Save the figure"))
    expect(page.get_by_role("alert")).to_contain_text("Start, left knee flexion: 170 is outside 0 to 155.")
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(problem).to_be_hidden()
    assert figure_of(page) == basic("standing")


def test_without_scripts_the_text_does_it(world: World, browser_page: Any, draft: Revision) -> None:
    page = browser_page(world.curator, java_script_enabled=False)
    page.goto(reverse("exercises:figure", args=[draft.pk]))
    page.get_by_label("Begin from").select_option("On all fours")
    follow(page.get_by_role("button", name="For both poses"))
    follow(page.get_by_role("button", name="Save the figure"))
    draft.refresh_from_db()
    assert draft.figure == basic("all_fours")
