"""Moving figures in a real browser: drawn there as the server draws them, and stopped by whoever wants no motion."""

import re
from typing import Any

import pytest
from django.urls import reverse
from playwright.sync_api import Locator, Page, expect

from exercises import figures, shipping
from exercises.models import Exercise
from tests.browser import OpenPage
from tests.exercises.test_figures import SHIPPED
from tests.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# The boxes of what the browser draws at one end of a film, and of the still picture that the server draws.
BOXES = """async ([reel, still, side, part]) => {
  const moving = document.querySelector("script[src*='figures/moving']").src;
  const { Film } = await import(new URL("film.js", moving));
  const film = new Film(reel, { side, title: "", description: "" });
  film.show(part);
  const place = document.body.appendChild(document.createElement("div"));
  place.innerHTML = still;
  place.append(film.svg);
  const boxes = (svg) => [...svg.querySelectorAll("path:not(.fig-arrow, .fig-shadow)")].map((path) => {
    const { x, y, width, height } = path.getBBox();
    return [path.getAttribute("class"), x, y, width, height];
  });
  return [...place.children].map(boxes);
}"""


@pytest.fixture
def stretch(world: World, browser_page: OpenPage) -> Any:
    """Open the page of a shipped stretch."""

    def open_stretch(slug: str = "supine-twist", **context: Any) -> Page:
        page = browser_page(world.viewer, **context)
        page.clock.install()
        page.goto(reverse("exercises:detail", args=[Exercise.objects.get(slug=slug).pk]))
        return page

    Exercise.objects.filter(slug="knee-to-chest").update(slug="of-the-cast")
    shipping.load()
    return open_stretch


def moving(page: Page) -> Locator:
    return page.locator(".fig-moving").first


def drawn(page: Page) -> str:
    return moving(page).locator("svg").nth(1).evaluate("(svg) => svg.innerHTML")


def moves(page: Page) -> bool:
    """Whether it looks otherwise within some seconds: at either end the movement rests."""
    before = drawn(page)
    for _half in range(12):
        page.clock.run_for(500)
        if drawn(page) != before:
            return True
    return False


def test_the_browser_draws_both_ends_as_the_server_does(stretch: Any) -> None:
    page = stretch()
    for slug in ("supine-twist", "hamstring-stretch-with-towel", "chair-supported-forward-bend"):
        for side in ("left", "right"):
            for part, pose in enumerate(figures.POSES):
                still = figures.render(SHIPPED[slug], pose=pose, side=side, title="", description="")
                asked = [figures.film(SHIPPED[slug]), str(still), side, part]
                here, there = page.evaluate(BOXES, asked)
                assert [name for name, *_box in here] == [name for name, *_box in there]
                for (_name, *box), (_same, *other) in zip(here, there, strict=True):
                    assert box == pytest.approx(other, abs=4), (slug, side, pose, _name)


def test_a_stretch_moves_and_stops_when_asked(stretch: Any) -> None:
    page = stretch()
    expect(moving(page).get_by_role("img")).to_have_accessible_name(
        "Supine twist, left side: start, then held"
    )
    expect(moving(page)).to_have_class(re.compile("is-moving"))
    assert moves(page)
    moving(page).get_by_role("button", name="Stop the movement").click()
    assert not moves(page)
    moving(page).get_by_role("button", name="Show the movement").click()
    assert moves(page)


def test_where_motion_is_unwelcome_stands_the_plate(stretch: Any) -> None:
    page = stretch(reduced_motion="reduce")
    page.clock.run_for(3000)
    expect(moving(page).locator("svg").first).to_be_visible()
    expect(moving(page).locator("svg").nth(1)).to_be_hidden()
    expect(moving(page).get_by_role("button", name="Show the movement")).to_be_visible()


def test_on_paper_stands_the_plate(stretch: Any) -> None:
    page = stretch()
    expect(moving(page).locator("svg").first).to_be_hidden()
    page.emulate_media(media="print")
    expect(moving(page).locator("svg").first).to_be_visible()
    expect(moving(page).locator("svg").nth(1)).to_be_hidden()
    expect(moving(page).get_by_role("button")).to_be_hidden()
    for screen_only in (
        page.locator("body > header"),
        page.get_by_role("navigation"),
        page.locator(".hw-back"),
    ):
        expect(screen_only.first).to_be_hidden()


def test_without_scripts_stands_the_plate(stretch: Any, world: World, browser_page: OpenPage) -> None:
    page = browser_page(world.viewer, java_script_enabled=False)
    page.goto(reverse("exercises:detail", args=[Exercise.objects.get(slug="supine-twist").pk]))
    expect(moving(page).get_by_role("img", name="Supine twist, left side: start, then held")).to_be_visible()
