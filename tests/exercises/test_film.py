"""A film: what a browser needs to draw a figure at any moment, and no more."""

import gzip
import json
from itertools import accumulate

import pytest

from exercises import figures
from exercises.figures.camera import camera_of
from exercises.figures.drawing import scene
from exercises.figures.motion import course
from exercises.figures.pose import read
from exercises.figures.scene import Path
from tests.exercises.test_figures import SHIPPED


@pytest.mark.parametrize("slug", SHIPPED)
class TestEveryShippedFilm:
    def test_is_light(self, slug: str) -> None:
        text = json.dumps(figures.film(SHIPPED[slug]), separators=(",", ":"))
        assert len(text) <= 20 * 1024
        assert len(gzip.compress(text.encode())) <= 4 * 1024

    def test_holds_together(self, slug: str) -> None:
        film = figures.film(SHIPPED[slug])
        columns = len(film["radii"])
        assert all(len(places) == 2 * columns for places in film["places"])
        assert {c for path in film["paths"] for hull in path["hulls"] for c in hull} == set(range(columns))
        assert len(film["shown"]) == len(film["places"])
        assert {n for shown in film["shown"] for n in shown} == set(range(len(film["paths"])))
        assert all(len(set(shown)) == len(shown) for shown in film["shown"])

    @pytest.mark.parametrize("pose", figures.POSES)
    def test_begins_and_ends_with_the_still_pictures(self, slug: str, pose: str) -> None:
        film = figures.film(SHIPPED[slug])
        figure = read(SHIPPED[slug])
        moment = 0 if pose == "start" else len(film["shown"]) - 1
        stance = course(figure)[0 if pose == "start" else -1]
        still = scene(figure, camera_of(figure, "left"), stance.skeleton, stance.pose.stretched)
        places = list(accumulate(film["places"], lambda a, b: [x + y for x, y in zip(a, b, strict=True)]))[
            moment
        ]

        def told(path: dict) -> list:
            return [
                [(places[2 * c], places[2 * c + 1], film["radii"][c]) for c in hull] for hull in path["hulls"]
            ]

        def drawn(path: Path) -> list:
            return [[(round(x), round(y), round(r, 1)) for x, y, r in hull] for hull in path.hulls]

        shown = [film["paths"][n] for n in film["shown"][moment]]
        paths = [*still.ground, *still.shadows, *still.standing]
        assert [path["paint"] for path in shown] == [path.classes for path in paths]
        assert [told(path) for path in shown] == [drawn(path) for path in paths]


def test_the_stretched_region_lights_up_near_the_end_of_the_way() -> None:
    film = figures.film(SHIPPED["knee-to-chest"])
    lit = {n for n, path in enumerate(film["paths"]) if path["paint"] == "fig-lit"}
    at = [bool(lit & set(shown)) for shown in film["shown"]]
    assert at == sorted(at)
    assert not at[0]
    assert at[-1]


def test_a_longer_way_has_more_moments() -> None:
    way = {"joints": {"left_knee": {"flexion": 90}}}
    short = figures.film({"start": {}, "held": {}})
    assert len(figures.film({"start": {}, "way": [way], "held": {}})["shown"]) > len(short["shown"])
