"""Reading prose: what the text states is taken, what it leaves open is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exercises import prose
from exercises.dosage import HOLD_MAX
from exercises.models import Position, Sides, StepKind


def read(*paragraphs: str, name: str = "A stretch") -> prose.Reading:
    return prose.read(name, list(paragraphs))


def kinds(*paragraphs: str) -> list[str]:
    return [step["kind"] for step in read(*paragraphs).steps]


def noted(reading: prose.Reading, words: str) -> bool:
    return any(words in note for note in reading.notes)


class TestSteps:
    def test_what_comes_before_the_starting_position_gets_ready(self) -> None:
        reading = read(
            "Lie on your back. Raise one leg. This will be your starting position.", "Pull the leg in."
        )
        assert reading.steps == [
            {"kind": "get_ready", "text": "Lie on your back. Raise one leg."},
            {"kind": "move", "text": "Pull the leg in."},
        ]

    def test_a_stance_at_the_beginning_gets_ready(self) -> None:
        assert kinds("Stand tall. Bend to one side.") == ["get_ready", "move"]

    def test_one_sentence_that_moves_holds_and_changes_is_three_steps(self) -> None:
        reading = read("Sit up.", "Turn to the right, and hold for 10-20 seconds and then switch sides.")
        assert [(s["kind"], s["text"]) for s in reading.steps[1:]] == [
            ("move", "Turn to the right."),
            ("hold", "Hold for 10-20 seconds."),
            ("release", "Switch sides."),
        ]

    @pytest.mark.parametrize(
        ("sentence", "kind"),
        [
            ("Hold for 15 seconds.", StepKind.HOLD),
            ("Roll slowly, pausing at points of tension for 10-30 seconds.", StepKind.HOLD),
            ("Hold the foot with your hand.", StepKind.MOVE),
            ("Return to the starting position.", StepKind.RELEASE),
            ("After a brief pause, return to the start.", StepKind.RELEASE),
            ("When you are done with the right foot, then repeat with the left leg.", StepKind.RELEASE),
            ("Breathe normally as you perform the movement.", StepKind.BREATHE),
            ("Remember to exhale during this movement.", StepKind.BREATHE),
            ("Keep your back straight.", StepKind.FORM),
            ("Don't force it.", StepKind.FORM),
            ("Lift your hips.", StepKind.MOVE),
        ],
    )
    def test_sentences_are_told_apart(self, sentence: str, kind: StepKind) -> None:
        assert kinds("Lift one arm.", sentence)[-1] == kind

    def test_no_word_is_lost(self) -> None:
        text = "Lie down. (Don't hurry yet.) Pull it in, then hold for 5 seconds. \"Breathe\" deeply. That's okay."
        told = " ".join(step["text"] for step in read(text).steps)
        for word in ("Lie", "(Don't hurry yet.)", "Pull it in", "5 seconds", '"Breathe"', "okay"):
            assert word in told


class TestHold:
    @pytest.mark.parametrize(
        ("sentence", "expected"),
        [
            ("Hold for 15 seconds.", (15, 15, 15)),
            ("Hold for 10-20 seconds.", (15, 10, 20)),
            ("Hold for 20 to 30 seconds.", (25, 20, 30)),
            ("Hold for about twenty seconds.", (20, 20, 20)),
            ("Hold for 10 or more seconds.", (10, 10, 30)),
        ],
    )
    def test_is_read_where_it_is_stated(self, sentence: str, expected: tuple[int, int, int]) -> None:
        reading = read("Stand tall.", sentence)
        assert (reading.hold, reading.hold_min, reading.hold_max) == expected

    def test_is_a_noted_guess_where_it_is_not(self) -> None:
        reading = read("Stand tall.", "Bend forward.")
        assert (reading.hold, noted(reading, "a guess")) == (20, True)

    def test_seconds_of_something_else_are_noted(self) -> None:
        assert noted(
            read("Stand tall.", "Make circles for about ten seconds."), "not plainly those of a hold"
        )

    def test_several_are_noted(self) -> None:
        assert noted(read("Hold for 10 seconds.", "Lift it. Hold for 30 seconds."), "several times")


class TestSides:
    @pytest.mark.parametrize(
        "sentence",
        [
            "Switch sides.",
            "Repeat with the other leg.",
            "Hold for 10 seconds, then twist to the other side.",
            "Repeat 5 times on each leg.",
            "Continue to alternate.",
        ],
    )
    def test_are_both_where_the_text_says_so(self, sentence: str) -> None:
        reading = read("Lie on your back.", sentence)
        assert reading.sides == Sides.BOTH
        assert not noted(reading, "one side")

    def test_are_a_noted_guess_where_it_names_one(self) -> None:
        reading = read("Reach your left arm across your body.")
        assert (reading.sides, noted(reading, "one side")) == (Sides.BOTH, True)

    def test_are_none_where_both_limbs_work_together(self) -> None:
        assert read("Pull both knees to your chest.").sides == Sides.NONE


class TestPosition:
    @pytest.mark.parametrize(
        ("opening", "position"),
        [
            ("Lie on your back with your legs straight.", Position.SUPINE),
            ("Lie face down on the floor.", Position.PRONE),
            ("Start off by lying on your right side.", Position.SIDE_LYING),
            ("Get on your hands and knees.", Position.KNEELING),
            ("Sit in a chair.", Position.SEATED),
            ("Stand with your palms face down.", Position.STANDING),
            ("Reach up.", Position.UNKNOWN),
        ],
    )
    def test_is_read_from_the_opening(self, opening: str, position: Position) -> None:
        assert read(opening).position == position

    def test_or_from_the_name(self) -> None:
        assert read("Raise your arms.", name="Standing Biceps Stretch").position == Position.STANDING

    def test_lying_alone_is_a_noted_guess(self) -> None:
        reading = read("Lie down.")
        assert (reading.position, noted(reading, "on the back is a guess")) == (Position.SUPINE, True)


class TestDoubts:
    @pytest.mark.parametrize(
        ("text", "doubt"),
        [
            ("Sit on a foam roll and roll.", "self-massage"),
            ("Have your partner hold your feet.", "second person"),
            ("Jump forward several feet.", "never bounce"),
            ("Lunge forward.", "strength work"),
            ("Make a big circle with your knee.", "moves in circles|circle"),
            ("Repeat for 10-20 repetitions.", "counted in repetitions"),
            ("Lift it to shoulder height, as pictured.", "no picture"),
        ],
    )
    def test_what_may_be_no_stretch_is_for_a_person_to_judge(self, text: str, doubt: str) -> None:
        assert any(noted(read("Stand tall.", text), words) for words in doubt.split("|"))

    def test_a_plain_stretch_raises_none(self) -> None:
        reading = read(
            "Lie on your back.", "Pull one knee in. Hold for 20 seconds, then repeat with the other leg."
        )
        assert reading.notes == []

    def test_no_instructions_at_all(self) -> None:
        assert prose.read("Nothing", []).notes == ["The source has no instructions at all."]


@given(st.text(max_size=40), st.lists(st.text(min_size=1, max_size=200), max_size=5))
def test_any_text_is_read_without_complaint(name: str, paragraphs: list[str]) -> None:
    reading = prose.read(name, paragraphs)
    assert 1 <= reading.hold_min <= reading.hold <= reading.hold_max <= HOLD_MAX
    assert {step["kind"] for step in reading.steps} <= set(StepKind.values)
    assert reading.sides in Sides.values
