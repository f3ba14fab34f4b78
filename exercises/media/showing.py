"""Who may see a photo or film, and what pages show of a revision's."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from django.core.files.storage import storages
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest

from clinic import access
from clinic.access import Right
from exercises.models import Medium, MediumUse, Revision, RevisionState

# What other rooms know: whether somebody may see a medium for a reason of theirs (it is prescribed to them).
also_seen: list[Callable[[HttpRequest, Medium], bool]] = []


@dataclass(frozen=True, slots=True)
class Shown:
    """A medium as a reader of the active language sees it."""

    medium: Medium
    alt: str


def visible(request: HttpRequest) -> QuerySet[Medium]:
    """Those of the libraries that a person writes in, withdrawn ones too; those of the libraries that they read, while
    a published revision shows them."""
    in_public = MediumUse.objects.filter(medium=OuterRef("pk"), revision__state=RevisionState.PUBLISHED)
    read = access.visible(request, Medium, Right.VIEW_LIBRARY).filter(Exists(in_public), withdrawn_at=None)
    return read | access.visible(request, Medium, Right.WRITE_LIBRARY)


def is_shown_by(request: HttpRequest, revision: UUID) -> Q:
    """The media of a revision; one that the person may not read shows nothing."""
    published = access.visible(request, Revision, Right.VIEW_LIBRARY).filter(state=RevisionState.PUBLISHED)
    read = published | access.visible(request, Revision, Right.WRITE_LIBRARY)
    uses = MediumUse.objects.filter(revision__in=read.filter(pk=revision))
    return Q(pk__in=uses.values("medium"))


def get(request: HttpRequest, pk: UUID) -> Medium:
    """A medium with its files that the asking person may see. Raises Http404; nobody learns that there is one that they
    may not.

    Beside what is `visible` a patient sees what is prescribed to them.
    """
    medium = visible(request).filter(pk=pk, withdrawn_at=None).first()
    if medium is not None:
        return medium
    medium = Medium.objects.filter(pk=pk, withdrawn_at=None).first()
    if medium is None or not any(seen(request, medium) for seen in also_seen):
        raise Http404
    return medium


def shown(revisions: Iterable[Revision]) -> Mapping[UUID, list[Shown]]:
    """Photos and films by their revision, in their order; one query, or none where there are no media."""
    with_media = [revision for revision in revisions if revision.media]
    if not with_media:
        return {}
    wanted = {row["medium"] for revision in with_media for row in revision.media}
    found = {str(medium.pk): medium for medium in Medium.objects.filter(pk__in=wanted, withdrawn_at=None)}
    return {
        revision.pk: [
            Shown(found[row["medium"]], row["alt"]) for row in revision.said.media if row["medium"] in found
        ]
        for revision in with_media
    }


@dataclass(frozen=True, slots=True)
class Printed:
    """A picture for paper; `data` is the file (WebP)."""

    data: bytes
    width: int
    height: int
    alt: str


def on_paper(revision: Revision) -> Printed | None:
    """The first photo, or the still of the first film; None where there is none."""
    for one in shown([revision]).get(revision.pk, []):
        facts = one.medium.files["960"]
        try:
            with storages["private"].open(facts["file"]) as file:
                return Printed(file.read(), facts["width"], facts["height"], one.alt)
        except FileNotFoundError:  # gone in this moment: its consent was taken back
            continue
    return None
