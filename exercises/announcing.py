"""Mails about the library, to those who keep it right: no patient appears in them, so they may show a stretch."""

from typing import Any

from django.utils import timezone, translation

from clinic import access, mail
from clinic.access import Right
from clinic.models import LibraryRole, OutgoingMail, User
from exercises import figures, picturing
from exercises.models import Revision, RevisionState, RoutineRevision

KIND = "review"
GIVEN_BACK = "given_back"
PLATE_WIDTH = 1040  # pixels: twice what a mail program shows, for sharp screens


def review_wanted(revision: Revision | RoutineRevision) -> None:
    """Tell every reviewer but the last editor that a draft waits for them, with its pictures where it is a stretch.

    Handed in again after a change, it is told again. A clinic's own things are its own business.
    """
    if revision.thing.clinic_id is not None:
        return
    for reviewer in User.objects.filter(library_role=LibraryRole.REVIEWER, is_active=True):
        if reviewer.email is None or reviewer.pk == revision.edited_by_id:
            continue
        with translation.override(reviewer.language):
            shown = _plates(revision)
        mail.enqueue(
            "review_wanted",
            to=reviewer.email,
            kind=KIND,
            key=f"{_handed_in(revision)}:{reviewer.pk}",
            language=reviewer.language,
            context={
                "name": reviewer.name,
                "revision": revision,
                "editor": revision.edited_by,
                "pictures": shown,
                "is_routine": isinstance(revision, RoutineRevision),
            },
        )


def _handed_in(revision: Revision | RoutineRevision) -> str:
    """One handing in of one revision: whoever edits it takes it back."""
    return f"{KIND}:{revision.pk}:{revision.edited_at.timestamp()}"


def _revision_of(letter: OutgoingMail) -> Revision | RoutineRevision | None:
    """The revision that a mail is about, while it is still in review as it was handed in."""
    revision = _named_by(letter, state=RevisionState.IN_REVIEW)
    return revision if revision and str(letter.key).startswith(_handed_in(revision)) else None


def _named_by(letter: OutgoingMail, **stands: Any) -> Revision | RoutineRevision | None:
    """The revision of an exercise or a routine that a mail's key names, where it stands so."""
    asked = {"pk": str(letter.key).split(":")[1], **stands}
    return Revision.objects.filter(**asked).first() or RoutineRevision.objects.filter(**asked).first()


def _plates(revision: Revision | RoutineRevision) -> dict[str, str]:
    """What each drawn side shows, in words; a routine has no picture of its own."""
    if not isinstance(revision, Revision):
        return {}
    return {side: picturing.words(revision, figures.PLATE, side)[0] for side in picturing.sides(revision)}


def still_wanted(letter: OutgoingMail) -> bool:
    return _revision_of(letter) is not None


def pictures(letter: OutgoingMail) -> dict[str, bytes]:
    """A plate for each side of the stretch that is drawn."""
    revision = _revision_of(letter)
    if not isinstance(revision, Revision):
        return {}
    return {
        side: figures.png(revision.figure, pose=figures.PLATE, side=side, width=PLATE_WIDTH)
        for side in picturing.sides(revision)
    }


# --- To whoever wrote it


def given_back(revision: Revision | RoutineRevision) -> None:
    """Tell the last editor that somebody wants something changed, once for each time it is given back.

    Not whoever may write there no longer. What is wanted is read on the page, beside the draft.
    """
    editor, reviewer = revision.edited_by, revision.given_back_by
    if editor is None or editor.email is None or reviewer is None:
        return
    if not access.has(editor, Right.WRITE_LIBRARY, revision.thing.clinic_id):
        return
    mail.enqueue(
        "given_back",
        to=editor.email,
        kind=GIVEN_BACK,
        key=f"{GIVEN_BACK}:{revision.pk}:{timezone.now().timestamp()}",
        language=editor.language,
        context={
            "name": editor.name,
            "revision": revision,
            "reviewer": reviewer,
            "is_routine": isinstance(revision, RoutineRevision),
        },
    )


def still_given_back(letter: OutgoingMail) -> bool:
    """Whether nobody has written into it or handed it in again since."""
    return _named_by(letter, given_back_by__isnull=False) is not None
