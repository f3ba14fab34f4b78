"""What a revision may say: every problem at once, by field, in words."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError

from exercises import content
from exercises.models import Revision
from tests.exercises.making import FIGURE, WHOLE


def problems(**fields: Any) -> dict[str, list[str]]:
    with pytest.raises(ValidationError) as error:
        content.cleaned(WHOLE | fields)
    return error.value.message_dict


def test_what_is_right_comes_back_complete() -> None:
    checked = content.cleaned(WHOLE)
    assert set(checked) == set(content.FIELDS)
    assert (checked["name"], checked["sets"], checked["figure"]) == ("Sphinx", 1, FIGURE)


def test_what_is_not_given_stays_as_it_was() -> None:
    before = content.cleaned(WHOLE | {"summary": "Before."})
    after = content.cleaned({"name": "After"}, base=before)
    assert (after["name"], after["summary"]) == ("After", "Before.")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 121),
        ("position", "flying"),
        ("sides", "middle"),
        ("sets", 0),
        ("repetitions", 31),
        ("hold", 601),
        ("hold", "long"),
        ("rest", -1),
        ("regions", ["elbow"]),
        ("regions", ["back", "back"]),
        ("regions", "back"),
        ("synonyms", [""]),
        ("synonyms", [3]),
        ("muscles", {"a": 1}),
        ("equipment", ["x" * 601]),
        ("sources", ["x"] * 61),
        ("steps", [{"kind": "jump", "text": "Jump."}]),
        ("steps", [{"kind": "move"}]),
        ("steps", [{"kind": "move", "text": " "}]),
        ("steps", [{"kind": "move", "text": "Go.", "style": "x"}]),
        ("steps", ["Go."]),
        ("steps", [{"kind": ["move"], "text": "Go."}]),
        ("cautions", [{"tag": "pregnancy", "level": "maybe", "note": ""}]),
        ("cautions", [{"tag": "pregnancy", "level": "ask", "note": ""}] * 2),
        ("cautions", [{"tag": "luck", "level": "ask", "note": ""}]),
        ("figure", {"start": {}}),
        ("figure", []),
        ("easier", "knee-to-chest"),
        ("licence", None),
        ("name", "\u200b \u202e"),
        ("language", "tlh"),
        ("language", ["en"]),
        ("colour", "red"),
    ],
)
def test_what_is_wrong_is_named_by_field(field: str, value: Any) -> None:
    found = problems(**{field: value})
    assert list(found) == [field]
    assert all(text.endswith(".") for text in found[field])


def test_the_hold_lies_within_its_range() -> None:
    assert problems(hold=90) == {"hold": ["The hold lies outside its range of 5 to 60 seconds."]}


def test_every_problem_is_told_at_once() -> None:
    assert set(problems(name="", sets=99, steps=[{}], colour="red")) == {"name", "sets", "steps", "colour"}


def test_an_impossible_pose_names_the_joint_and_the_range() -> None:
    figure = {"start": {}, "held": {"joints": {"right_knee": {"flexion": -5}}}}
    assert problems(figure=figure) == {"figure": ["held right_knee flexion: -5 is outside 0 to 155."]}


def test_a_figure_that_is_published_says_what_carries_the_body_and_where_it_goes() -> None:
    still = Revision(**WHOLE | {"figure": {"start": {}, "held": {}}})
    assert content.lacking(still)["figure"] == [
        "Say what carries the body in the start pose.",
        "Say what carries the body in the held pose.",
        "Start and held pose are the same.",
    ]
