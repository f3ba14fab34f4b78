"""What the library uses already, offered while somebody writes: muscles, equipment, sources, whole sentences."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from exercises.models import Exercise, Revision

READ = 500  # published revisions, the newest: a large library is not read whole for a page
MOST = 60  # of a kind
SENTENCES = 6
COMMON = 2  # revisions in which a sentence stands before it is offered

_SENTENCE = re.compile(r"(?<=[.!?؟])\s+")


@dataclass(frozen=True, slots=True)
class Suggestions:
    """By field what is used most; `sentences` are those that several safety texts have in common."""

    known: dict[str, list[str]] = field(default_factory=dict)
    sentences: list[str] = field(default_factory=list)

    def unsaid(self, safety: str) -> list[str]:
        return [sentence for sentence in self.sentences if sentence not in safety]


def suggestions(exercise: Exercise, language: str) -> Suggestions:
    """What is published in the exercise's library and the shared one, in a language. One query."""
    names = ("muscles", "equipment", "sources", "licence", "credit", "safety")
    ours = Q(clinic=None) | Q(clinic=exercise.clinic_id)
    published = Exercise.objects.filter(ours, retired_at=None).values("published")
    found = Revision.objects.filter(pk__in=published, language=language).order_by("-published_at")
    rows = list(found.values_list(*names)[:READ])
    columns = dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())
    known = {name: _most_used(columns[name]) for name in names if name != "safety"}
    said = Counter(
        sentence for text in columns["safety"] for sentence in set(_SENTENCE.split(text.strip())) if sentence
    )
    common = [sentence for sentence, times in said.most_common() if times >= COMMON][:SENTENCES]
    return Suggestions(known, sorted(common, key=lambda sentence: _place(sentence, columns["safety"])))


def _most_used(values: Iterable[str | list[str]]) -> list[str]:
    used = Counter(
        text for value in values for text in ([value] if isinstance(value, str) else value) if text
    )
    return sorted(text for text, _times in used.most_common(MOST))


def _place(sentence: str, texts: Iterable[str]) -> float:
    """Where it usually stands, so that they are offered in the order in which they are written."""
    places = [text.index(sentence) for text in texts if sentence in text]
    return sum(places) / len(places)
