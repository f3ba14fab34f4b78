"""What a reviewer is shown of two revisions, of exercises and routines."""

from typing import Any

import pytest

from exercises import comparing, languages, publishing
from exercises.comparing import Part
from exercises.models import Revision
from exercises.routine_content import RoutineLine
from tests.exercises.making import WHOLE
from tests.world import World


@pytest.fixture
def published(world: World) -> Revision:
    made = publishing.create_exercise(
        world.curator, clinic=None, slug="sphinx", content=WHOLE | {"hold_max": 60}
    )
    return publishing.publish(None, made.revisions.get())


def parts(world: World, published: Revision, **content: Any) -> dict[str, Part]:
    draft = publishing.save_draft(world.curator, published.exercise, content)
    return {part.name: part for part in comparing.changes(published, draft)}


def test_nothing_is_told_of_what_stayed(world: World, published: Revision) -> None:
    assert parts(world, published, hold=published.hold) == {}


def test_dosage_is_one_table_of_before_and_after(world: World, published: Revision) -> None:
    (part,) = parts(world, published, hold=20, sides="both").values()
    changed = {label: (was, now) for label, was, now, differs in part.table if differs}
    assert changed == {"hold (s)": ("30", "20"), "sides": ("no sides", "both sides")}


def test_lists_choices_and_variants_are_told_in_words(world: World, published: Revision) -> None:
    told = parts(world, published, regions=["calf"], position="supine", easier=world.hamstring)
    assert [(p.op, p.text) for p in told["regions"].pieces] == [("added", "calf"), ("removed", "back")]
    assert [(p.op, p.text) for p in told["position"].pieces] == [
        ("added", "on the back"),
        ("removed", "on the front"),
    ]
    assert [(p.op, p.text) for p in told["easier"].pieces] == [("added", "Lying hamstring stretch")]


def test_a_link_and_its_words_are_not_called_the_same(published: Revision) -> None:
    called = list(comparing.labels(published).values())
    assert len(called) == len(set(called))


def test_cautions_are_compared_by_their_condition(world: World, published: Revision) -> None:
    told = parts(world, published, cautions=[{"tag": "knee", "level": "ask", "note": "Kneel softly."}])
    (row,) = told["cautions"].rows
    assert (row.op, row.label[0].text) == ("added", "knee pain, or a knee that bends little: ask first")


def test_a_translation_says_what_no_longer_fits_its_original(world: World, published: Revision) -> None:
    german = {"de": languages.made(published, {"name": "Sphinx", "safety": "Es soll nie wehtun."})}
    told = parts(world, published, translations=german, safety="It must never hurt.")
    (language,) = told["translations"].languages
    assert (language.name, language.op) == ("Deutsch", "added")
    assert language.outdated == ["safety"]
    assert "steps" in language.missing


def test_the_exercises_of_a_routine_are_rows(world: World) -> None:
    lines = [
        RoutineLine(e, e.published.dosage) for e in (world.knee_to_chest, world.hamstring) if e.published
    ]
    content = {"name": "Two", "items": lines, "schedule": {"mode": "flexible", "per_week": 3}}
    routine = publishing.create_routine(world.curator, clinic=None, slug="two", content=content)
    first = publishing.publish(None, routine.revisions.get())
    draft = publishing.save_draft(world.curator, routine, {"items": lines[:1], "notes": "Slowly."})
    told = {part.name: part for part in comparing.changes(first, draft)}
    assert [row.op for row in told["items"].rows] == ["same", "removed"]
    assert told["notes"].shape == "text"
