"""Which stretch will be whose variant once a file is taken in: what the library says, and what the file says anew."""

from collections.abc import Callable, Collection, Iterable, Sequence, Set
from graphlib import CycleError, TopologicalSorter
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from exercises import variants
from exercises.variants import DIRECTIONS, OPPOSITE

# The names of these exercises, for people.
Called = Callable[[Sequence[UUID]], list[str]]


class Said(NamedTuple):
    """What a revision of an exercise says of its variants."""

    who: UUID
    easier: UUID | None
    harder: UUID | None

    @property
    def named(self) -> dict[str, UUID]:
        return {name: pk for name in DIRECTIONS if (pk := getattr(self, name)) is not None}


class Links:
    """Links in memory, as `variants.wrong` asks for them. Whoever writes what was asked about holds the library."""

    def __init__(self, before: Collection[Said], anew: Collection[Said], called: Called) -> None:
        self._before: dict[UUID, set[tuple[str, UUID]]] = {}
        self._by: dict[UUID, list[Said]] = {}
        self._about: dict[tuple[str, UUID], list[UUID]] = {}
        self._called = called
        for said in before:
            self._before.setdefault(said.who, set()).update(said.named.items())
        for said in (*before, *anew):
            self._by.setdefault(said.who, []).append(said)
            for name, other in said.named.items():
                self._about.setdefault((name, other), []).append(said.who)

    def said_by(self, who: UUID) -> set[tuple[str, UUID]]:
        return self._before.get(who, set())

    def steps(self, level: Set[UUID], name: str, without: UUID) -> Iterable[tuple[UUID, UUID]]:
        for one in level:
            for said in self._by.get(one, ()) if one != without else ():
                if name in said.named:
                    yield one, said.named[name]
            for other in self._about.get((OPPOSITE[name], one), ()):
                if other != without:
                    yield one, other

    def called(self, way: Sequence[UUID]) -> list[str]:
        return self._called(way)

    def hold(self) -> None:
        """`writing.write` holds the library, and looks whether its links are still these."""

    def ring(self) -> set[UUID]:
        """Those of one ring, whoever says it; without one there is nothing that `variants.wrong` could find."""
        sorter: TopologicalSorter[UUID] = TopologicalSorter()
        for said in chain.from_iterable(self._by.values()):
            if said.easier:
                sorter.add(said.who, said.easier)
            if said.harder:
                sorter.add(said.harder, said.who)
        try:
            sorter.prepare()
        except CycleError as found:
            return set(found.args[1])
        return set()


def wrong(before: Collection[Said], anew: Collection[Said], called: Called) -> dict[UUID, list[str]]:
    """What a file may not say of variants, in sentences by exercise; the one rule is `variants.wrong`.

    Of several rings one may be named alone; the others show once that one is mended.
    """
    links = Links(before, anew, called)
    ring = links.ring()
    found: dict[UUID, list[str]] = {}
    # A long chain without a ring is walked once and not from each of its links.
    for portion in ([s for s in anew if s.who in ring], [s for s in anew if ring and s.who not in ring]):
        for said in portion:
            if errors := variants.wrong(said.who, said.named, links):
                found[said.who] = [f"{name}: {text}" for name, texts in errors.items() for text in texts]
        if found:
            break
    return found
