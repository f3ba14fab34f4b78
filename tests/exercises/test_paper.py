"""Figures outside a page: they carry their colours, and look as they did when somebody last looked at them."""

import io
import re
from copy import deepcopy
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image, ImageChops

from exercises import figures
from exercises.figures import paper
from tests.exercises.test_figures import SHIPPED, STANDING

GOLDEN = Path(__file__).parent / "golden"
GOLDEN_WIDTH = 320
# Rasterisers round edges differently: so much of a picture may look different (by a tenth of all levels) …
TOLERANCE = 0.002


def picture(figure: dict[str, Any], theme: str = "light", pose: str = "held") -> str:
    return figures.picture(figure, pose=pose, side="left", title="A & B", description="In words", theme=theme)


def plate(figure: dict[str, Any]) -> bytes:
    return figures.png(figure, pose=figures.PLATE, side="left", width=GOLDEN_WIDTH)


def pixels(content: bytes) -> Image.Image:
    """On white, as on paper."""
    image = Image.open(io.BytesIO(content)).convert("RGBA")
    ground = Image.new("RGBA", image.size, "white")
    ground.alpha_composite(image)
    return ground.convert("L")


def unlike(one: bytes, other: bytes) -> float:
    """The share of pixels that look different, 0..1."""
    a, b = pixels(one), pixels(other)
    if a.size != b.size:
        return 1.0
    counts = ImageChops.difference(a, b).histogram()
    return sum(counts[26:]) / sum(counts)


class TestAPictureByItself:
    @pytest.mark.parametrize("theme", paper.THEMES)
    @pytest.mark.parametrize("slug", SHIPPED)
    def test_has_colours_and_neither_classes_nor_variables(self, slug: str, theme: str) -> None:
        svg = picture(SHIPPED[slug], theme, figures.PLATE)
        assert not re.search(r"class=|var\(|style", svg)
        for path in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}path"):  # noqa: S314
            assert re.fullmatch(r"#[0-9a-f]{6}|none", path.attrib["fill"])

    def test_keeps_its_words(self) -> None:
        assert "<title>A &amp; B</title><desc>In words</desc>" in picture(STANDING)

    def test_is_darker_in_the_dark(self) -> None:
        assert picture(STANDING, "dark") != picture(STANDING, "light") != picture(STANDING, "print")

    def test_an_unknown_theme_is_refused(self) -> None:
        with pytest.raises(KeyError):
            picture(STANDING, "sepia")


class TestPixels:
    def test_are_as_wide_as_asked_on_a_ground_that_shows_through(self) -> None:
        image = Image.open(io.BytesIO(figures.png(STANDING, pose="held", side="left", width=200)))
        assert image.format == "PNG"
        assert image.width == 200
        assert image.convert("RGBA").getpixel((0, 0))[3] == 0

    def test_are_never_more_than_a_page_needs(self) -> None:
        for pose in ("held", figures.PLATE):
            image = Image.open(io.BytesIO(figures.png(STANDING, pose=pose, side="left", width=50_000)))
            assert paper.MOST - 5 <= max(image.size) <= paper.MOST + 5

    @pytest.mark.parametrize("slug", SHIPPED)
    def test_are_those_that_were_looked_at(self, slug: str) -> None:
        """`python -m tests.exercises.golden` writes them anew; open them before they are committed."""
        assert unlike((GOLDEN / f"{slug}.png").read_bytes(), plate(SHIPPED[slug])) <= TOLERANCE

    def test_of_a_foot_that_is_moved_are_told_apart(self) -> None:
        """… and one ankle that bends by 20 degrees is more than that."""
        moved = deepcopy(SHIPPED["knee-to-chest"])
        moved["held"]["joints"]["left_ankle"]["flexion"] += 20
        assert TOLERANCE < unlike(plate(SHIPPED["knee-to-chest"]), plate(moved)) < 0.5
