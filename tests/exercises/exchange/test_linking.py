"""Variants of a file in memory: the rule of the desk, and quick however long a chain is."""

from time import process_time
from uuid import UUID

from exercises.exchange.linking import Said, wrong


def at(number: int) -> UUID:
    return UUID(int=number)


def called(way: object) -> list[str]:
    return [str(pk.int) for pk in way]  # type: ignore[attr-defined]


def chain(length: int) -> list[Said]:
    """0 has 1 as its easier variant, 1 has 2, and so on."""
    return [Said(at(number), at(number + 1), None) for number in range(length)]


def test_a_chain_is_no_ring() -> None:
    assert wrong([], chain(9), called) == {}


def test_a_ring_through_both_ends_is_refused_at_each_of_them() -> None:
    found = wrong(chain(2), [Said(at(2), at(0), None), Said(at(7), at(0), None)], called)
    assert list(found) == [at(2)]
    assert "0 → 1 → this one" in found[at(2)][0]


def test_what_was_said_before_is_not_asked_again_and_a_ring_behind_it_is_found() -> None:
    old = [Said(at(1), at(2), None), Said(at(2), at(1), None)]
    assert wrong(old, [Said(at(1), at(2), None)], called) == {}
    assert list(wrong(old, [Said(at(1), at(2), None), Said(at(8), at(9), at(9))], called)) == [at(8)]


def test_a_long_ring_is_shown_in_short() -> None:
    [text, *_rest] = wrong(chain(50), [Said(at(50), at(0), None)], called)[at(50)]
    assert "0 → 1 → 2 → 3 → 4 → … → 49 → this one" in text


def test_five_thousand_in_a_row_are_looked_at_once() -> None:
    began = process_time()
    assert wrong([], chain(5_000), called) == {}
    assert process_time() - began < 2
