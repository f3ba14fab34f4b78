"""What differs between two texts and between two lists."""

from hypothesis import given
from hypothesis import strategies as st

from exercises import wordwise
from exercises.wordwise import Line, Piece

TEXTS = st.text("ab é\n", max_size=30)
LINES = st.lists(
    st.builds(Line, st.just("hold"), st.sampled_from(["a b c", "a b d", "e f", "g"])), max_size=6
)


def test_a_text_is_told_in_whole_words() -> None:
    assert wordwise.words("Hold it gently.", "Hold it very gently.") == [
        Piece("same", "Hold it "),
        Piece("added", "very "),
        Piece("same", "gently."),
    ]


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_from_the_difference(before: str, after: str) -> None:
    pieces = wordwise.words(before, after)
    assert "".join(piece.text for piece in pieces if piece.op != "added") == before
    assert "".join(piece.text for piece in pieces if piece.op != "removed") == after


def test_rows_are_kept_added_removed_moved_and_changed() -> None:
    before = [Line("move", text) for text in ("Sit.", "Lean back a little.", "Stay.", "Breathe.", "Rise.")]
    after = [Line("move", text) for text in ("Rise.", "Lean back a lot.", "Stay.", "Breathe.", "Rest.")]
    told = {(row.op, row.was, row.now) for row in wordwise.rows(before, after)}
    assert told == {
        ("moved", 5, 1),
        ("removed", 1, None),
        ("changed", 2, 2),
        ("same", 3, 3),
        ("same", 4, 4),
        ("added", None, 5),
    }


def test_rows_of_one_key_are_the_same_row_whatever_they_say() -> None:
    (row,) = wordwise.rows([Line("knee: ask", "", "knee")], [Line("knee: avoid", "Never.", "knee")])
    assert row.op == "changed"
    assert list(row.label) == [Piece("added", "knee: avoid"), Piece("removed", "knee: ask")]


@given(LINES, LINES)
def test_every_row_is_told_once(before: list[Line], after: list[Line]) -> None:
    rows = wordwise.rows(before, after)
    assert sorted(row.was for row in rows if row.was) == list(range(1, len(before) + 1))
    assert [row.now for row in rows if row.now] == list(range(1, len(after) + 1))
