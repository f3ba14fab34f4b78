"""Reading the library: what a person may choose from, and what curators have in work (docs/rules.md 9)."""

import json

from django.db.models import OuterRef, Prefetch, Q, QuerySet, Subquery
from django.http import HttpRequest

from clinic import access
from clinic.access import Right
from exercises.models import Exercise, Position, Region, Revision, RevisionState, Routine, RoutineItem


def readable(request: HttpRequest) -> QuerySet[Exercise]:
    """Every exercise that has something published, of the shared library and of one's clinics; retired ones too."""
    return (
        access.visible(request, Exercise, Right.VIEW_LIBRARY)
        .filter(published__isnull=False)
        .select_related("published__exercise")
        .order_by("published__name", "pk")
    )


def shelf(request: HttpRequest) -> QuerySet[Exercise]:
    """The exercises to prescribe from: published and not retired."""
    return readable(request).filter(retired_at=None)


def routines(request: HttpRequest) -> QuerySet[Routine]:
    """The routines to prescribe from, with their items and exercises."""
    items = RoutineItem.objects.select_related("exercise__published").order_by("position")
    return (
        access.visible(request, Routine, Right.VIEW_LIBRARY)
        .filter(published_at__isnull=False, retired_at=None)
        .prefetch_related(Prefetch("items", items))
        .order_by("name", "pk")
    )


def in_work(request: HttpRequest) -> QuerySet[Revision]:
    """Drafts and revisions in review that the person may write."""
    return (
        access.visible(request, Revision, Right.WRITE_LIBRARY)
        .exclude(state=RevisionState.PUBLISHED)
        .select_related("exercise", "edited_by")
        .order_by("name", "pk")
    )


def newest(exercises: QuerySet[Exercise]) -> QuerySet[Revision]:
    """The published revision of each exercise."""
    published = Exercise.objects.filter(pk=OuterRef("exercise")).values("published")
    return Revision.objects.filter(pk=Subquery(published), exercise__in=exercises)


def matching(
    revisions: QuerySet[Revision], *, text: str = "", region: str = "", position: str = ""
) -> QuerySet[Revision]:
    """Those whose name, synonyms or muscles hold every word of the text, in a region and a position.

    An unknown region or position is no filter.
    """
    for word in text.split():
        # JSON is kept with its letters escaped on SQLite, plain on PostgreSQL; both are looked for.
        spellings = {word, json.dumps(word)[1:-1]}
        found = Q(name__icontains=word)
        for spelling in spellings:
            found |= Q(synonyms__icontains=spelling) | Q(muscles__icontains=spelling)
        revisions = revisions.filter(found)
    if region in Region.values:
        # The names hold no quotes, so the quoted name is found in the JSON text on every database.
        revisions = revisions.filter(regions__icontains=f'"{region}"')
    if position in Position.values:
        revisions = revisions.filter(position=position)
    return revisions
