"""What a clinic offers to the library that all share (docs/rules.md 9).

An offer is an exercise or routine of the shared library whose first revision is in review; it is based on the
clinic's published revision. Curators read the clinic's name beside it, and nothing else of the clinic; the clinic
reads what becomes of it, and no word of what curators say among themselves.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from clinic import audit
from clinic.models import AuditEvent, Clinic, User
from clinic.ui.lists import listed
from exercises import publishing
from exercises.copying import said_by
from exercises.models import Exercise, Medium, RevisionState, Routine
from exercises.routine_content import RoutineLine
from exercises.variants import DIRECTIONS

T = TypeVar("T", bound=Exercise | Routine)


@transaction.atomic
def offer(actor: User, own: T) -> T:
    """Hand in what the clinic has published for the review of the shared library; answers what is in review there.

    What the clinic has not published, or has offered already, is refused; so is what names other things of the
    clinic's own that all clinics could not read. Curators do not learn who in the clinic wrote it.
    """
    own = publishing.locked(own)
    if own.clinic is None or own.published is None or own.retired_at is not None:
        raise ValidationError(_("Publish it in your clinic first."))
    before = standing(own)
    if before is not None and before.is_open:
        raise ValidationError(_("It is offered already, and not decided yet."))
    if before is not None and before.state == "published":
        raise ValidationError(_("The shared library has it already."))
    content = _for_all(said_by(own))
    shared = type(own)(clinic=None, based_on=own.published)
    publishing.create(None, shared, content, like=own.slug)
    publishing.submit(None, shared.revisions.get())
    audit.record(None, f"{own.kind}.offered", shared, clinic_name=own.clinic.name)
    audit.record(actor, f"{own.kind}.offered", own, clinic=own.clinic, revision=own.published.number)
    return shared


@transaction.atomic
def withdraw(actor: User, own: T) -> None:
    """Take an offer back that is not decided yet; what curators have written into it goes with it."""
    own = publishing.locked(own)
    found = standing(own)
    if found is None or not found.is_open:
        raise ValidationError(_("There is no open offer to take back."))
    publishing.discard(None, found.shared.revisions.get())
    audit.record(actor, f"{own.kind}.offer_withdrawn", own, clinic=own.clinic)


def _for_all(content: Mapping[str, Any]) -> dict[str, Any]:
    """Content that names nothing of a clinic's own: what the shared library has taken over stands in its place.

    Raises ValidationError with the names of what it has not, and for the clinic's photos and films: whoever is shown
    there has consented to that clinic alone.
    """
    found, left = dict(content), set()
    shown = [row["medium"] for row in found.get("media", ())]
    if Medium.objects.filter(pk__in=shown, clinic__isnull=False).exists():
        raise ValidationError(
            _("It shows photos or films of your clinic, which stay there. Publish it without them first.")
        )
    exercises = [found[name] for name in DIRECTIONS if found.get(name)]
    exercises += [line.exercise for line in found.get("items", ())]
    taken = _taken_over(exercise for exercise in exercises if exercise.clinic_id is not None)

    def shared(exercise: Exercise) -> Exercise:
        if exercise.clinic_id is None:
            return exercise
        if exercise.pk not in taken:
            left.add(exercise.published.name if exercise.published else exercise.slug)
        return taken.get(exercise.pk, exercise)

    for name in DIRECTIONS:
        if found.get(name):
            found[name] = shared(found[name])
    if "items" in found:
        found["items"] = [RoutineLine(shared(one.exercise), one.dosage, one.note) for one in found["items"]]
    if left:
        raise ValidationError(
            _("It names stretches that only your clinic has: %(names)s. Offer these first.")
            % {"names": listed(sorted(left))}
        )
    return found


def _taken_over(exercises: Iterable[Exercise]) -> dict[UUID, Exercise]:
    """Of a clinic's own exercises those that the shared library has published after an offer, by the clinic's."""
    rows = Exercise.objects.filter(
        clinic=None, published__isnull=False, retired_at=None, based_on__exercise__in=list(exercises)
    )
    return {
        row.based_on.exercise_id: row
        for row in rows.select_related("based_on", "published")
        if row.based_on is not None
    }


# --- What became of it


@dataclass(frozen=True, slots=True)
class Standing:
    """How the last offer stands, as its clinic may know it.

    `state`: "in_review", "in_work" (curators change something), "published", "declined". `shared` is what it has become
    in the shared library, None for one that was declined.
    """

    state: str
    at: dt.datetime
    shared: Any

    @property
    def is_open(self) -> bool:
        return self.state in ("in_review", "in_work")


def standing(own: Exercise | Routine) -> Standing | None:
    """None while the clinic has offered nothing, or has taken it back."""
    if own.clinic_id is None:
        return None
    rows: Any = type(own)._default_manager.filter(clinic=None, **{f"based_on__{own.kind}": own})
    shared = rows.select_related("published").order_by("-created_at").first()
    if shared is None:
        return _declined(own)
    if shared.published is not None:
        return Standing("published", shared.published.published_at, shared)
    in_review = shared.latest.state == RevisionState.IN_REVIEW
    return Standing("in_review" if in_review else "in_work", shared.created_at, shared)


def _declined(own: Exercise | Routine) -> Standing | None:
    """Curators who decline an offer throw it away: that it was, the clinic's own trail remembers."""
    acts = [f"{own.kind}.offer_declined", f"{own.kind}.offered", f"{own.kind}.offer_withdrawn"]
    last = AuditEvent.objects.filter(clinic=own.clinic_id, object_id=str(own.pk), verb__in=acts).first()
    return Standing("declined", last.at, None) if last and last.verb == acts[0] else None


def offered_by(shared: Exercise | Routine) -> Clinic | None:
    """The clinic whose name curators read beside an offer."""
    if not publishing.is_offered(shared) or shared.based_on is None:
        return None
    clinic: Clinic | None = shared.based_on.thing.clinic
    return clinic
