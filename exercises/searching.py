"""What is asked of the library's list, and what it holds: facets with their counts, from bare columns in one query.

Within a facet one of the chosen values is enough; facets, words and state narrow each other. A value's count says how
many there would be with it: what its own facet has chosen is left aside.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from uuid import UUID
from zlib import crc32

from django.db.models import Case, CharField, Count, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Cast
from django.http import HttpRequest, QueryDict
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext as _

from clinic import access
from exercises import facets, languages, library
from exercises.models import Condition, Position, Region, Revision, RevisionState

PUBLISHED = RevisionState.PUBLISHED.value
STATES = (PUBLISHED, RevisionState.IN_REVIEW.value, RevisionState.DRAFT.value, library.RETIRED)
# In the order of the page. `library` and `review` are asked of the exercise, the others stand in its `facets`.
FACETS = ("region", "position", "equipment", "tag", "language", "library", "review")
SHARED, OVERDUE = "shared", "overdue"
TEXT_MAX = 120  # characters
CHOSEN_MAX = 40  # values of one facet
COLUMNS = ("key", "name", "facets", "stands", "clinic", "overdue")

# Its key as text, its name as its reader has it, its tokens, and those that stand beside the revision.
_Entry = tuple[str, str, frozenset[str], frozenset[str]]


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked; what nobody knows narrows nothing, or finds nothing. `chosen` are tokens: "region:back".

    An empty state is any.
    """

    text: str = ""
    state: str = PUBLISHED
    chosen: tuple[str, ...] = ()
    page: str = "1"

    @classmethod
    def of(cls, data: QueryDict, *, writes: bool) -> "Query":
        """What an address asks; what is not published is asked for by those alone who write."""
        state = data.get("state", "")
        known = {"region": set(Region.values), "position": set(Position.values), "tag": set(Condition.values)}
        chosen = [
            f"{facet}:{value}"
            for facet in FACETS
            for value in dict.fromkeys(data.getlist(facet)[:CHOSEN_MAX])
            if value and value in known.get(facet, {value})
        ]
        return cls(
            text=data.get("text", "").strip()[:TEXT_MAX],
            state=state if writes and state in STATES else PUBLISHED,
            chosen=tuple(chosen),
            page=data.get("page", "1"),
        )

    @property
    def narrowed(self) -> bool:
        return bool(self.text or self.chosen)

    @property
    def address(self) -> str:
        """The same question as the query part of an address, without the page."""
        pairs = [("text", self.text), ("state", "" if self.state == PUBLISHED else self.state)]
        pairs += [(facet, value) for facet, _colon, value in (t.partition(":") for t in self.chosen)]
        return "?" + urlencode([(name, value) for name, value in pairs if value])

    def without(self, token: str) -> "Query":
        return replace(self, chosen=tuple(one for one in self.chosen if one != token))


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet: how many there would be with it."""

    facet: str
    value: str
    label: str
    count: int
    chosen: bool

    @property
    def id(self) -> str:
        """Of its box: the same at each answer, so that the keyboard stays where it is, and of its own in any script."""
        return f"{self.facet}-{crc32(self.value.encode()):08x}"


@dataclass(frozen=True, slots=True)
class Facet:
    name: str
    label: str
    choices: Sequence[Choice]

    # What is looked at before the rest is asked for.
    FIRST = 8

    @property
    def first(self) -> Sequence[Choice]:
        return [c for place, c in enumerate(self.choices) if place < self.FIRST or c.chosen]

    @property
    def more(self) -> Sequence[Choice]:
        return [c for c in self.choices if c not in self.first]


@dataclass(frozen=True, slots=True)
class Chip:
    """Something chosen, and the question without it."""

    label: str
    address: str


@dataclass(frozen=True, slots=True)
class Found:
    """What fits, by name; counts of tokens; how many there are in each state."""

    keys: Sequence[str]
    facets: Sequence[Facet]
    chips: Sequence[Chip]
    states: Sequence[tuple[str, int]]
    # Published ones that somebody should have read again by now, whatever was asked; 0 for those who only read.
    overdue: int


def find(request: HttpRequest, query: Query, *, writes: bool) -> Found:
    """Everything that the person may read, and what they have in work, against the question."""
    counted = _counted(_all(request, writes=writes), query)
    counts = counted.tokens
    labels = _Labels(access.memberships(request.user))
    shown = [name for name in FACETS if writes or name != "review"]
    found_facets = [labels.facet(name, counts, query) for name in shown]
    return Found(
        keys=counted.keys,
        facets=[facet for facet in found_facets if facet.choices],
        chips=list(_chips(query, labels)),
        states=[(state, counts[f"state:{state}"]) for state in STATES] if writes else [],
        overdue=counted.overdue if writes else 0,
    )


def keys(rows: QuerySet[Revision], query: Query) -> Sequence[str]:
    """The ids, as text, of those of the rows that fit, by name; one query."""
    return _counted(rows, query).keys


def _counted(rows: QuerySet[Revision], query: Query) -> "_Counted":
    worded = library.matching(rows, text=query.text).order_by()
    return _Counted.of(_entries(worded, get_language() or "en", timezone.localdate()), query)


def _all(request: HttpRequest, *, writes: bool) -> QuerySet[Revision]:
    """What is published, and for those who write also what is retired and in work: one join, whoever asks."""
    rows = library.said(request)
    return rows if writes else rows.filter(state=PUBLISHED, exercise__retired_at=None)


def _entries(rows: QuerySet[Revision], language: str, today: dt.date) -> Iterator[_Entry]:
    """All that the rows say of themselves, as text and numbers: nothing has to be converted row by row."""
    is_retired = When(state=PUBLISHED, exercise__retired_at__isnull=False, then=Value(library.RETIRED))
    bare = rows.annotate(
        key=Cast("pk", CharField()),
        stands=Case(is_retired, default=F("state"), output_field=CharField()),
        clinic=Cast("exercise__clinic", CharField()),
        overdue=Case(When(exercise__review_by__lt=today, then=1), default=0, output_field=IntegerField()),
    )
    for key, name, kept, *beside in bare.values_list(*COLUMNS).iterator():
        tokens, told = facets.read(kept, language)
        yield key, told or name, tokens, _beside(*beside)


@lru_cache(maxsize=1_000)
def _beside(state: str, clinic: str | None, overdue: int) -> frozenset[str]:
    late = [f"review:{OVERDUE}"] if overdue else []
    return frozenset([f"state:{state}", f"library:{UUID(clinic) if clinic else SHARED}", *late])


@dataclass(frozen=True, slots=True)
class _Counted:
    """Those that fit, each with its name, folded; how many have each token as far as its own facet does not count."""

    fitting: list[tuple[str, str]]
    tokens: Counter[str]
    overdue: int  # of what is published, whatever was chosen

    @property
    def keys(self) -> list[str]:
        return [key for _name, key in sorted(self.fitting)]

    @classmethod
    def of(cls, entries: Iterable[_Entry], query: Query) -> "_Counted":
        """One pass, which keeps nothing of what does not fit."""
        wanted: dict[str, set[str]] = {"state": {f"state:{query.state}"}} if query.state else {}
        for token in query.chosen:
            wanted.setdefault(token.partition(":")[0], set()).add(token)
        asked = list(wanted.items())
        fitting: list[tuple[str, str]] = []
        counts: Counter[str] = Counter()
        # A few kinds of these among thousands: put together at the end.
        all_beside: Counter[frozenset[str]] = Counter()
        fitting_beside: Counter[frozenset[str]] = Counter()
        for key, name, tokens, beside in entries:
            all_beside[beside] += 1
            missed = [f for f, any_of in asked if any_of.isdisjoint(beside) and any_of.isdisjoint(tokens)]
            if not missed:
                fitting.append((languages.folded(name), key))
                counts.update(tokens)
                fitting_beside[beside] += 1
            elif len(missed) == 1:
                counts.update(token for token in tokens | beside if token.startswith(f"{missed[0]}:"))
        for beside, number in fitting_beside.items():
            counts.update(dict.fromkeys(beside, number))
        due = {f"review:{OVERDUE}", f"state:{PUBLISHED}"}
        return cls(fitting, counts, sum(n for beside, n in all_beside.items() if due <= beside))


class _Labels:
    """What tokens are called, in the reader's language."""

    def __init__(self, memberships: Iterable[Any]) -> None:
        self.clinics = {str(place.clinic_id): place.clinic.name for place in memberships}
        self.words: dict[str, dict[str, str]] = {
            "region": {value: str(label) for value, label in Region.choices},
            "position": {value: str(label) for value, label in Position.choices},
            "tag": {value: str(label) for value, label in Condition.choices},
            "library": {SHARED: _("shared by all clinics")} | self.clinics,
            "review": {OVERDUE: _("review overdue")},
        }
        self.headings = {
            "region": _("Region"),
            "position": _("Position"),
            "equipment": _("Equipment"),
            "tag": _("Has a caution for"),
            "language": _("Complete in"),
            "library": _("Library"),
            "review": _("Review"),
        }

    def of(self, token: str) -> str:
        facet, _colon, value = token.partition(":")
        if facet == "language":
            return _("complete in %(language)s") % {"language": self._language(value)}
        return self.words.get(facet, {}).get(value, value)

    def facet(self, name: str, counts: Counter[str], query: Query) -> Facet:
        return Facet(name, self.headings[name], list(self._choices(name, counts, query)))

    def _choices(self, name: str, counts: Counter[str], query: Query) -> Iterator[Choice]:
        """Fixed words in their order, free ones by their number; nothing is offered that finds nothing."""
        values = [
            token.partition(":")[2] for token in {*counts, *query.chosen} if token.startswith(f"{name}:")
        ]
        order = list(self.words.get(name, {}))
        values.sort(key=lambda v: (order.index(v) if v in order else 99, -counts[f"{name}:{v}"], v))
        if name == "library" and len(values) < 2 and f"{name}:{''.join(values)}" not in query.chosen:
            return  # there is one library alone
        for value in values:
            token = f"{name}:{value}"
            label = self._language(value) if name == "language" else self.of(token)
            yield Choice(name, value, label, counts[token], token in query.chosen)

    @staticmethod
    def _language(code: str) -> str:
        try:
            return str(get_language_info(code)["name_translated"])
        except KeyError:
            return code


def _chips(query: Query, labels: _Labels) -> Iterator[Chip]:
    if query.text:
        yield Chip(_("“%(text)s”") % {"text": query.text}, replace(query, text="").address)
    yield from (Chip(labels.of(token), query.without(token).address) for token in query.chosen)


def on_page(keys: Sequence[str]) -> list[Revision]:
    """What a page of the list shows of these, in their order; `open_comments` are those that nobody has settled."""
    unsettled = Count("comments", filter=Q(comments__isnull=False, comments__settled_at=None))
    rows = Revision.objects.select_related("exercise").annotate(open_comments=unsettled)
    found = rows.in_bulk([UUID(key) for key in keys])
    return [found[pk] for pk in map(UUID, keys) if pk in found]
