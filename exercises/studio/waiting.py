"""What waits in the library for somebody who writes or publishes in it: the start of a curator's day."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Q, Value
from django.http import HttpRequest

from clinic import access
from clinic.access import Right
from exercises import library, routine_library
from exercises.models import RevisionState

SHOWN = 5
# Why something waits, the most pressing first.
KINDS = ("given_back", "to_review", "comments", "drafts")


@dataclass(frozen=True, slots=True)
class Work:
    """A revision that is not published, in bare columns."""

    is_routine: bool
    pk: UUID
    name: str
    state: str
    clinic: UUID | None
    edited_by: UUID | None
    given_back_by: UUID | None
    open_comments: int


@dataclass(frozen=True, slots=True)
class Pile:
    """Some of what waits for one reason. `kind`: one of `KINDS`."""

    kind: str
    work: Sequence[Work]

    @property
    def first(self) -> Sequence[Work]:
        return self.work[:SHOWN]

    @property
    def more(self) -> int:
        return len(self.work) - len(self.first)


def piles(request: HttpRequest) -> list[Pile]:
    """What waits for the asking person, the most pressing first; each revision once. One query."""
    me = access.person(request).pk
    rows = _work(library.in_work(request), "exercise").union(
        _work(routine_library.in_work(request), "routine")
    )
    left = [Work(kind == "routine", *row) for *row, kind, _edited_at in rows.order_by("-edited_at", "pk")]

    def waits_for_a_reviewer(work: Work) -> bool:
        in_review = work.state == RevisionState.IN_REVIEW
        return in_review and work.edited_by != me and _publishes(request, work.clinic)

    reasons: dict[str, Callable[[Work], Any]] = {
        "given_back": lambda work: work.edited_by == me and work.given_back_by,
        "to_review": waits_for_a_reviewer,
        "comments": lambda work: work.open_comments,
        "drafts": lambda work: work.edited_by == me and work.state == RevisionState.DRAFT,
    }
    found = []
    for kind in KINDS:
        waits = reasons[kind]
        pile = Pile(kind, [work for work in left if waits(work)])
        left = [work for work in left if not waits(work)]
        if pile.work:
            found.append(pile)
    return found


def _work(rows: Any, kind: str) -> Any:
    unsettled = Count("comments", filter=Q(comments__settled_at=None))
    columns = ("pk", "name", "state", "clinic", "edited_by", "given_back_by", "open_comments")
    rows = rows.annotate(clinic=F(f"{kind}__clinic"), open_comments=unsettled, kind=Value(kind))
    return rows.order_by().values_list(*columns, "kind", "edited_at")


def _publishes(request: HttpRequest, clinic: UUID | None) -> bool:
    return access.has(request.user, Right.PUBLISH_LIBRARY, clinic)
