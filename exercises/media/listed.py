"""What a revision's list of photos and films must be: its shape, whose they are, and what publishing asks of each."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from exercises.models import Medium, MediumUse, Revision

ENTRIES_MAX = 20
ALT_MAX = 600  # characters, as of any entry of a list


def problems(value: Any) -> list[str]:
    """What is wrong with the shape of `Revision.media`; empty when nothing."""
    if not isinstance(value, list) or len(value) > ENTRIES_MAX:
        return [_("A list of photos and films is expected, at most %(most)d.") % {"most": ENTRIES_MAX}]
    found = [
        _("Entry %(number)d: it has exactly a medium and its words (alt), at most %(most)d characters.")
        % {"number": number, "most": ALT_MAX}
        for number, row in enumerate(value, start=1)
        if not _is_row(row)
    ]
    if not found and len({row["medium"] for row in value}) < len(value):
        found.append(_("A photo or film is there twice."))
    return found


def _is_row(row: Any) -> bool:
    match row:
        case {"medium": str(medium), "alt": str(alt), **more} if not more and len(alt) <= ALT_MAX:
            try:
                return str(UUID(medium)) == medium
            except ValueError:
                return False
    return False


def of(revision: Revision) -> list[Medium | None]:
    """The media in the order of the list; None for one that is not there."""
    if not revision.media:
        return []
    found = {str(medium.pk): medium for medium in _named(revision.media)}
    return [found.get(row["medium"]) for row in revision.media]


def check_library(clinic_id: UUID | None, rows: Sequence[dict[str, str]]) -> None:
    """What an exercise of a library may show (`None`: of the shared one). Raises ValidationError for a medium that is
    not there, or is of another library."""
    found = {str(medium.pk) for medium in _named(rows) if medium.clinic_id in (None, clinic_id)}
    if {row["medium"] for row in rows} - found:
        raise ValidationError({"media": _("Choose photos and films of the same library.")})


def note_uses(*revisions: Revision) -> None:
    """Keep beside drafts what they name, so that nothing that is named can be removed."""
    wanted = {(revision.pk, UUID(row["medium"])) for revision in revisions for row in revision.media}
    there = {
        (use.revision_id, use.medium_id): use.pk for use in MediumUse.objects.filter(revision__in=revisions)
    }
    MediumUse.objects.filter(pk__in=[there[use] for use in there.keys() - wanted]).delete()
    MediumUse.objects.bulk_create(
        MediumUse(revision_id=revision, medium_id=medium)
        for revision, medium in sorted(wanted - there.keys())
    )


def lacking(revision: Revision) -> list[str]:
    """What publishing still needs to know of each photo and film, in sentences."""
    found = []
    for number, (row, medium) in enumerate(zip(revision.media, of(revision), strict=True), start=1):
        words = _("Photo") if medium is None or not medium.is_film else _("Film")
        found += [f"{words} {number}: {text}" for text in _lacking(medium, row["alt"])]
    return found


def _lacking(medium: Medium | None, alt: str) -> Iterator[str]:
    if medium is None or medium.withdrawn_at:
        yield _("it has been withdrawn; take it out of the list.")
        return
    if not alt.strip():
        yield _("say in words what it shows.")
    yield from unsaid(medium)


def unsaid(medium: Medium) -> Iterator[str]:
    """What has to be said of a medium itself before it is published."""
    if not medium.licence.strip():
        yield _("name the licence that it may be used under.")
    if medium.shows_person is None:
        yield _("say whether it shows a person.")
    elif medium.shows_person and not (medium.consent_kept.strip() and medium.consent_on):
        yield _("say where the written consent is kept, and of which day it is.")
    if medium.is_film and not (medium.silent or medium.captions):
        yield _("add captions, or say that nothing is spoken in it.")


def _named(rows: Sequence[dict[str, str]]) -> list[Medium]:
    return list(Medium.objects.filter(pk__in=[row["medium"] for row in rows])) if rows else []
