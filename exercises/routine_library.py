"""Reading the routines: what a person may choose from, and what curators have in work (docs/rules.md 9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import get_language

from clinic import access
from clinic.access import Right
from exercises import languages, library
from exercises.dosage import session_seconds
from exercises.models import RevisionState, Routine, RoutineItem, RoutineRevision

SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Entry:
    """A routine as its reader has it: its texts `said`, each item with its note, seconds of a session."""

    revision: RoutineRevision
    said: object
    items: Sequence[tuple[RoutineItem, str]]
    seconds: int


def readable(request: HttpRequest) -> QuerySet[Routine]:
    """Every routine that has something published, of the shared library and of one's clinics; retired ones too."""
    rows = access.visible(request, Routine, Right.VIEW_LIBRARY).filter(published__isnull=False)
    return rows.select_related("published__routine", "clinic").order_by("published__name", "pk")


def in_work(request: HttpRequest) -> QuerySet[RoutineRevision]:
    """Drafts and revisions in review that the person may write."""
    rows = access.visible(request, RoutineRevision, Right.WRITE_LIBRARY)
    return rows.exclude(state=RevisionState.PUBLISHED).order_by("name", "pk")


def of_shelf(
    request: HttpRequest, *, state: str = "", text: str = "", where: str = ""
) -> QuerySet[RoutineRevision]:
    """One compartment (published, the default, draft, in_review or retired), whose name holds every word.

    `where` is "shared" or a clinic's id; one's own libraries alone are looked at.
    """
    if state in (RevisionState.DRAFT, RevisionState.IN_REVIEW):
        rows = in_work(request).filter(state=state)
    else:
        routines = readable(request).filter(retired_at__isnull=state != library.RETIRED)
        rows = published(routines)
    if where:
        rows = rows.filter(_within(where))
    for word in languages.folded(text).split():
        rows = rows.filter(words__contains=word)
    return with_items(rows).select_related("routine__clinic").order_by("name", "pk")


def _within(where: str) -> Q:
    if where == SHARED:
        return Q(routine__clinic=None)
    try:
        return Q(routine__clinic=UUID(where))
    except ValueError:
        return Q(pk__in=[])


def with_items(rows: QuerySet[RoutineRevision]) -> QuerySet[RoutineRevision]:
    return rows.prefetch_related(items())


def items() -> Any:
    """The exercises of a revision, in their order, with what is published of each."""
    rows = RoutineItem.objects.select_related("exercise__published", "exercise__replaced_by__published")
    return Prefetch("items", rows.order_by("position"))


def published(routines: QuerySet[Routine]) -> QuerySet[RoutineRevision]:
    """What the routines say in public, by name."""
    revisions = RoutineRevision.objects.filter(pk__in=routines.order_by().values("published"))
    return revisions.select_related("routine").order_by("name", "pk")


def entry(revision: RoutineRevision, language: str = "") -> Entry:
    """A revision whose items were fetched, in a language, or the reader's own."""
    said = languages.texts(revision, language or get_language() or revision.language)
    items = list(revision.items.all())
    notes: Sequence[str] = said.item_notes
    return Entry(
        revision,
        said,
        list(zip(items, notes, strict=True)),
        session_seconds([item.dosage for item in items]),
    )


def newest(routine: Routine) -> RoutineRevision:
    """What is edited next: the open draft, or what is published."""
    rows = routine.revisions.select_related("routine__published", "routine__clinic", "edited_by")
    return with_items(rows).order_by("-number")[0]


def holding_retired(request: HttpRequest) -> list[RoutineItem]:
    """Where published routines that one may write hold a stretch that has been retired, by name; one query."""
    rows = access.visible(request, Routine, Right.WRITE_LIBRARY).filter(retired_at=None)
    items = RoutineItem.objects.filter(
        revision__in=rows.values("published"), exercise__retired_at__isnull=False
    )
    related = ("revision__routine", "exercise__published", "exercise__replaced_by__published")
    return list(items.select_related(*related).order_by("revision__name", "position"))


def holders(request: HttpRequest) -> list[RoutineRevision]:
    """The routines that hold a retired stretch, each once."""
    return list({item.revision_id: item.revision for item in holding_retired(request)}.values())
