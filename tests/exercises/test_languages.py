"""docs/rules.md 9: a revision's texts in several languages, and what happens when an original changes."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from exercises import languages, library, publishing
from exercises.models import Revision
from tests.exercises.making import WHOLE
from tests.world import World

SPANISH = {
    "name": "Esfinge",
    "steps": ["Apóyese en los antebrazos.", "Mantenga."],
    "safety": "No debe doler.",
}


@pytest.fixture
def draft(world: World) -> Revision:
    exercise = publishing.create_exercise(world.curator, clinic=None, slug="sphinx", content=WHOLE)
    made = languages.made(exercise.revisions.get(), SPANISH)
    saved: Revision = publishing.save_draft(world.curator, exercise, {"translations": {"es": made}})
    return saved


def test_a_reader_sees_the_translation_and_the_original_where_there_is_none(draft: Revision) -> None:
    told = languages.texts(draft, "es")
    assert told.name == "Esfinge"
    assert told.steps[1] == {"kind": "hold", "text": "Mantenga."}
    assert told.alt_held == WHOLE["alt_held"]
    with translation.override("de"):
        assert draft.said.name == "Sphinx"
    with translation.override("es-mx"):
        assert draft.said.name == "Esfinge"


def test_it_is_found_in_every_language_with_or_without_accents(draft: Revision) -> None:
    accented = languages.made(draft, {"name": "Sphínx en el suelo", "synonyms": ["Ésfinge"]})
    publishing.save_draft(None, draft.exercise, {"translations": {"es": accented}})
    for text in ("sphinx", "SUELO", "esfinge", "ésfinge sphínx"):
        assert list(library.matching(Revision.objects.all(), text=text)) == [draft], text
    assert not library.matching(Revision.objects.all(), text="sphinx kobra").exists()


def test_a_text_whose_original_changed_is_shown_in_the_originals_language(
    world: World, draft: Revision
) -> None:
    again = publishing.save_draft(world.curator, draft.exercise, {"safety": "Stop if it hurts."})
    assert languages.texts(again, "es").safety == "Stop if it hurts."
    assert languages.texts(again, "es").name == "Esfinge"
    stale = [text.field for text in languages.standing(again, "es") if text.translation and not text.holds]
    assert stale == ["safety"]


def test_steps_of_another_number_are_not_mixed(world: World, draft: Revision) -> None:
    steps = [*WHOLE["steps"], {"kind": "release", "text": "Come back."}]
    again = publishing.save_draft(world.curator, draft.exercise, {"steps": steps})
    assert [step["text"] for step in languages.texts(again, "es").steps][-1] == "Come back."


def test_a_language_is_whole_when_every_text_is_there(world: World, draft: Revision) -> None:
    assert not languages.is_whole(draft, "es")
    every: dict[str, Any] = {
        text.field: text.original if isinstance(text.original, list) else "Texto"
        for text in languages.standing(draft, "es")
    }
    made = languages.made(draft, every)
    whole = publishing.save_draft(world.curator, draft.exercise, {"translations": {"es": made}})
    assert languages.read_in(whole) == ["en", "es"]


@pytest.mark.parametrize(
    "wrong",
    [
        [],
        {"xx": {"texts": {}, "of": {}}},
        {"es": "Esfinge"},
        {"es": {"texts": {"name": "Esfinge"}, "of": {}}},
        {"es": {"texts": {"figure": "x"}, "of": {"figure": "x"}}},
        {"es": {"texts": {"name": ["Esfinge"]}, "of": {"name": "x"}}},
        {"es": {"texts": {"name": "x" * 121}, "of": {"name": "x"}}},
        {"es": {"texts": {"steps": "x"}, "of": {"steps": "x"}}},
    ],
)
def test_another_shape_is_refused(world: World, draft: Revision, wrong: Any) -> None:
    with pytest.raises(ValidationError) as error:
        publishing.save_draft(world.curator, draft.exercise, {"translations": wrong})
    assert list(error.value.message_dict) == ["translations"]
