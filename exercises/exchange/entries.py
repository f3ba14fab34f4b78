"""What an exchange speaks of: entries of a file, what becomes of each, and the report that people read.

Pure. An entry's facts have the shape of the archive's files (`library.schema.json`), wherever they come from.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any

from exercises.variants import DIRECTIONS

EXERCISE, ROUTINE = "exercise", "routine"
# Before the short name of what belongs to the library of all, in the archive of a clinic's own.
SHARED = "shared:"
REVISION: dict[str, Any] = {"number": 1, "state": "draft", "edited_at": None, "published_at": None}
ABOUT: dict[str, Any] = {
    "created_at": None,
    "review_by": None,
    "retired_at": None,
    "replaced_by": None,
    "based_on": None,
    "shipped": None,
}


class Verdict(StrEnum):
    """What becomes of an entry."""

    NEW = "new"
    SAME = "same"
    CHANGED = "changed"
    CONFLICTING = "conflicting"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Entry:
    """One exercise or routine of a file. `problems` say why it cannot be read; then `facts` are empty.

    `label` is what the file calls it. What comes `once` is never compared: it is its curators' from then on.
    """

    kind: str
    slug: str
    facts: dict[str, Any] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    label: str = ""
    once: bool = False

    @property
    def origin(self) -> str:
        return str(self.facts.get("origin", ""))

    @property
    def revision(self) -> dict[str, Any]:
        """The revision that is looked at: what was published, else what is in work."""
        found: dict[str, Any] = self.facts["published"] or self.facts["draft"]
        return found

    @property
    def name(self) -> str:
        return str(self.revision["content"]["name"]) if self.facts else self.called

    @property
    def called(self) -> str:
        return self.label or self.slug

    @property
    def revisions(self) -> dict[str, dict[str, Any]]:
        """All that the file says of it: what was published, what is in work."""
        return {name: self.facts[name] for name in ("published", "draft") if self.facts[name]}

    @property
    def names(self) -> list[str]:
        """The short names of the exercises that it refers to."""
        return names(self.kind, self.revision["content"])


def names(kind: str, content: dict[str, Any]) -> list[str]:
    """The short names of the exercises that a revision refers to."""
    if kind == ROUTINE:
        return [item["exercise"] for item in content["items"]]
    return [content[name] for name in DIRECTIONS if content.get(name) is not None]


def draft(slug: str, origin: str, content: dict[str, Any], *, label: str) -> Entry:
    """An exercise that another collection tells of."""
    facts: dict[str, Any] = ABOUT | {"slug": slug, "origin": origin, "published": None}
    facts["draft"] = REVISION | {"content": content}
    return Entry(EXERCISE, slug, facts, label=label, once=True)


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of one entry, and why, in sentences; `notes` counts what a curator has to check in it."""

    kind: str
    called: str
    name: str
    verdict: Verdict
    reasons: tuple[str, ...] = ()
    notes: int = 0


@dataclass(slots=True)
class Report:
    """What a file would do, entry by entry. A file with a refused entry does nothing at all."""

    lines: list[Line] = field(default_factory=list)

    @property
    def counts(self) -> Counter[str]:
        return Counter(line.verdict.value for line in self.lines)

    @property
    def refused(self) -> list[str]:
        return [f"{line.called}: {text}" for line in self.of(Verdict.REFUSED) for text in line.reasons]

    def of(self, verdict: Verdict) -> list[Line]:
        return [line for line in self.lines if line.verdict == verdict]

    def as_json(self) -> list[dict[str, Any]]:
        return [asdict(line) | {"reasons": list(line.reasons)} for line in self.lines]


def report_of(lines: Iterable[dict[str, Any]]) -> Report:
    """A report as it was kept."""
    return Report(
        [
            Line(**line | {"verdict": Verdict(line["verdict"]), "reasons": tuple(line["reasons"])})
            for line in lines
        ]
    )
