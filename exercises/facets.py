"""By what an exercise is found beside its words: tokens, kept beside each revision, a line each; pure.

"position:supine", "region:back", "equipment:chair", "tag:pregnancy", "language:de" (it can be read whole in it). What a
translation calls things stands behind its language: "=de:equipment:stuhl", "=de:name:Knie zur Brust". A list of any
length is counted and narrowed from these lines, without a look into the content.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Protocol

from exercises import languages
from exercises.languages import Speaks

TRANSLATED = "="


class Sorted(Speaks, Protocol):
    """What has facets: a revision of an exercise."""

    regions: list[str]
    position: str
    equipment: list[str]
    cautions: list[dict[str, Any]]


def of(revision: Sorted) -> str:
    """All tokens of a revision, as they are kept."""
    return "\n".join(dict.fromkeys(_tokens(revision)))


def _tokens(revision: Sorted) -> Iterator[str]:
    yield f"position:{revision.position}"
    yield from (f"region:{region}" for region in revision.regions)
    yield from (f"equipment:{plain(thing)}" for thing in revision.equipment)
    yield from (f"tag:{caution['tag']}" for caution in revision.cautions)
    yield from (f"language:{code}" for code in languages.read_in(revision))
    for code in revision.translations:
        for text in languages.standing(revision, code):
            if text.holds and text.field == "equipment" and isinstance(text.translation, list):
                yield from (f"{TRANSLATED}{code}:equipment:{plain(thing)}" for thing in text.translation)
            elif text.holds and text.field == "name":
                yield f"{TRANSLATED}{code}:name:{text.translation}"


def plain(text: str) -> str:
    """Free text as it is counted: "Yoga  mat" and "yoga mat" are one thing."""
    return " ".join(text.lower().split())


@lru_cache(maxsize=20_000)
def read(kept: str, language: str) -> tuple[frozenset[str], str]:
    """The tokens as a reader of a language has them, and the name in that language (empty: there is none).

    Kept by content: the same few thousand lists of tokens are read at each look into the library.
    """
    tokens = frozenset(kept.split("\n"))
    if TRANSLATED not in kept:
        return tokens, ""
    start = f"{TRANSLATED}{language}:"
    told = {token.removeprefix(start) for token in tokens if token.startswith(start)}
    name = next((token.removeprefix("name:") for token in told if token.startswith("name:")), "")
    things = {token for token in told if token.startswith("equipment:")}
    if things:
        tokens = tokens - {token for token in tokens if token.startswith("equipment:")} | things
    return frozenset(token for token in tokens if not token.startswith(TRANSLATED)), name
