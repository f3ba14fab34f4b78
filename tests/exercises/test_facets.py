"""What a revision is narrowed by, as its reader has it."""

import pytest

from exercises import facets, languages
from exercises.models import Revision


def revision(**more: object) -> Revision:
    content = {"name": "Knee to chest", "regions": ["back"], "position": "supine", "equipment": ["Yoga  mat"]}
    return Revision(**content | {"cautions": [{"tag": "knee", "level": "ask", "note": ""}]} | more)


def in_german(**texts: object) -> Revision:
    shown = revision()
    shown.translations = {"de": languages.made(shown, texts)}  # type: ignore[arg-type]
    return shown


def test_a_revision_has_a_token_for_each_thing_it_says() -> None:
    tokens, name = facets.read(facets.of(revision()), "en")
    assert tokens == {"region:back", "position:supine", "equipment:yoga mat", "tag:knee", "language:en"}
    assert name == ""


def test_a_reader_of_a_translation_has_its_name_and_its_equipment() -> None:
    kept = facets.of(in_german(name="Knie zur Brust", equipment=["Matte"]))
    tokens, name = facets.read(kept, "de")
    assert name == "Knie zur Brust"
    assert {token for token in tokens if token.startswith("equipment:")} == {"equipment:matte"}
    assert "equipment:yoga mat" in facets.read(kept, "en")[0]


@pytest.mark.parametrize(("equipment", "whole"), [(["Matte"], True), ([], False)])
def test_a_language_counts_once_everything_can_be_read_in_it(equipment: list[str], whole: bool) -> None:
    shown = in_german(name="Knie zur Brust", equipment=equipment)
    assert ("language:de" in facets.of(shown).split("\n")) is whole


def test_a_translation_that_no_longer_fits_is_not_read() -> None:
    shown = in_german(name="Knie zur Brust", equipment=["Matte"])
    shown.name = "Both knees to chest"
    tokens, name = facets.read(facets.of(shown), "de")
    assert name == ""
    assert "language:de" not in tokens
