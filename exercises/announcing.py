"""Mails about the library, to those who keep it right: no patient appears in them, so they may show a stretch."""

from clinic import mail
from clinic.models import LibraryRole, User
from exercises import figures, picturing
from exercises.models import Revision

PLATE_WIDTH = 1040  # pixels: twice what a mail program shows, for sharp screens


def review_wanted(revision: Revision) -> None:
    """Tell every reviewer but the last editor that a draft waits for them, with its pictures.

    Handed in again after a change, it is told again. A clinic's own exercises are its own business.
    """
    if revision.exercise.clinic_id is not None:
        return
    pictures = _pictures(revision)
    reviewers = User.objects.filter(library_role=LibraryRole.REVIEWER, is_active=True)
    for reviewer in reviewers:
        if reviewer.email is None or reviewer.pk == revision.edited_by_id:
            continue
        mail.enqueue(
            "review_wanted",
            to=reviewer.email,
            kind="review",
            key=f"review:{revision.pk}:{revision.edited_at.timestamp()}:{reviewer.pk}",
            language=reviewer.language,
            pictures=pictures,
            context={
                "name": reviewer.name,
                "revision": revision,
                "editor": revision.edited_by,
                "pictures": {name: picturing.words(revision, figures.PLATE, name)[0] for name in pictures},
            },
        )


def _pictures(revision: Revision) -> dict[str, bytes]:
    """A plate for each side of the stretch that is drawn."""
    return {
        side: figures.png(revision.figure, pose=figures.PLATE, side=side, width=PLATE_WIDTH)
        for side in picturing.sides(revision)
    }
