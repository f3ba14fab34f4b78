"""Reading the library: what a person may choose from, and what curators have in work (docs/rules.md 9)."""

from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import F, Prefetch, QuerySet
from django.http import HttpRequest

from clinic import access
from clinic.access import Right
from clinic.models import Clinic
from exercises import languages
from exercises.models import Exercise, Position, Region, Revision, RevisionState, Routine, RoutineItem

RETIRED = "retired"
IN_WORK = (RevisionState.DRAFT, RevisionState.IN_REVIEW)


def admit(request: HttpRequest) -> None:
    """Lists are for staff and curators (PermissionDenied); patients see what they have been prescribed."""
    if not access.has(request.user, Right.VIEW_LIBRARY):
        raise PermissionDenied


def holds(request: HttpRequest, right: Right) -> bool:
    """Whether somebody has a right in the shared library or in one of their clinics' own."""
    return access.has(request.user, right) or bool(access.clinics(request.user, right))


def writes(request: HttpRequest) -> bool:
    return holds(request, Right.WRITE_LIBRARY)


def written(request: HttpRequest, clinic: UUID | None) -> Clinic | None:
    """The library to write in: that of one's clinic, or (None) the shared one. What is not theirs is refused.

    Raises Http404 for a clinic of strangers, PermissionDenied without the right.
    """
    if clinic is not None:
        return access.clinic(request, clinic, Right.WRITE_LIBRARY)
    if not access.has(request.user, Right.WRITE_LIBRARY):
        raise PermissionDenied
    return None


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


def drawn(request: HttpRequest) -> list[tuple[UUID, str]]:
    """The exercises of the shelf that have a figure: their ids and names."""
    return list(shelf(request).exclude(published__figure={}).values_list("pk", "published__name"))


def routines(request: HttpRequest) -> QuerySet[Routine]:
    """The routines to prescribe from, with their items and exercises."""
    items = RoutineItem.objects.select_related("exercise__published").order_by("position")
    return (
        access.visible(request, Routine, Right.VIEW_LIBRARY)
        .filter(published__isnull=False, retired_at=None)
        .select_related("published")
        .prefetch_related(Prefetch("published__items", items))
        .order_by("published__name", "pk")
    )


def in_work(request: HttpRequest) -> QuerySet[Revision]:
    """Drafts and revisions in review that the person may write."""
    return (
        access.visible(request, Revision, Right.WRITE_LIBRARY)
        .filter(state__in=IN_WORK)
        .select_related("exercise", "edited_by")
        .order_by("name", "pk")
    )


def said(request: HttpRequest) -> QuerySet[Revision]:
    """What exercises say now: in public, and in work where it is the person's to write; retired ones too. One join."""
    read = access.visible(request, Revision, Right.VIEW_LIBRARY).filter(pk=F("exercise__published"))
    return read | access.visible(request, Revision, Right.WRITE_LIBRARY).filter(state__in=IN_WORK)


def newest(exercise: Exercise) -> Revision:
    """What is edited next: the open draft, or what is published."""
    rows = exercise.revisions.select_related("exercise__published", "exercise__clinic", "edited_by").order_by(
        "-number"
    )
    return rows[0]


def published(exercises: QuerySet[Exercise]) -> QuerySet[Revision]:
    """What the exercises say in public, by name."""
    revisions = Revision.objects.filter(pk__in=exercises.order_by().values("published"))
    return revisions.select_related("exercise", "edited_by").order_by("name", "pk")


def matching(
    revisions: QuerySet[Revision], *, text: str = "", region: str = "", position: str = ""
) -> QuerySet[Revision]:
    """Those whose name, synonyms or muscles hold every word of the text, in any language and with or without accents.

    An unknown region or position is no filter.
    """
    for word in languages.folded(text).split():
        revisions = revisions.filter(words__contains=word)
    if region in Region.values:
        # The names hold no quotes, so the quoted name is found in the JSON text on every database.
        revisions = revisions.filter(regions__icontains=f'"{region}"')
    if position in Position.values:
        revisions = revisions.filter(position=position)
    return revisions
