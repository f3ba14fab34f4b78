"""How the library changes: draft → in review → published → retired (docs/rules.md 9), exercises and routines alike.

Verbs check what is asked, write it, and record who did; rights are the doors' business. `actor=None` is the system
itself, which loads what Holdwell ships.
"""

import datetime as dt
from collections.abc import Mapping, Set
from itertools import chain, count
from typing import Any, Protocol, TypeVar, cast

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError, QuerySet
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from clinic import audit
from clinic.errors import Conflict
from clinic.models import Clinic, Membership, Role, User
from exercises import announcing, routine_content, variants
from exercises import content as exercise_content
from exercises.models import (
    Comment,
    Curated,
    CuratedRevision,
    Exercise,
    Revision,
    RevisionState,
    Routine,
    RoutineRevision,
)

PUBLISHERS = (Role.CLINICIAN, Role.OWNER)

T = TypeVar("T", bound=Exercise | Routine)
R = TypeVar("R", bound=Revision | RoutineRevision)


class Rules(Protocol):
    """What a kind of content may say, and how it is kept (`exercises.content`, `exercises.routine_content`)."""

    FIELDS: Mapping[str, Any]

    def cleaned(
        self, content: Mapping[str, Any], *, base: Mapping[str, Any] | None = None
    ) -> dict[str, Any]: ...
    def of(self, revision: Any) -> dict[str, Any]: ...
    def lacking(self, revision: Any) -> dict[str, list[str]]: ...
    def write(self, revision: Any, checked: Mapping[str, Any]) -> None: ...


def rules_of(thing: Curated | CuratedRevision) -> Rules:
    """The rules that hold for an exercise or a routine, or one of their revisions."""
    is_routine = isinstance(thing, Routine | RoutineRevision)
    return cast("Rules", routine_content if is_routine else exercise_content)


# --- Drafts


def create_exercise(
    actor: User | None, *, clinic: Clinic | None, slug: str = "", content: Mapping[str, Any], origin: str = ""
) -> Exercise:
    """A new exercise with its first draft; `clinic=None` puts it into the shared library.

    Without a short name it gets one that is like its name.
    """
    return create(actor, Exercise(clinic=clinic, slug=slug, origin=origin), content)


def create_routine(
    actor: User | None, *, clinic: Clinic | None, slug: str = "", content: Mapping[str, Any], origin: str = ""
) -> Routine:
    """A new routine with its first draft."""
    return create(actor, Routine(clinic=clinic, slug=slug, origin=origin), content)


@transaction.atomic
def create(actor: User | None, thing: T, content: Mapping[str, Any], *, like: str = "") -> T:
    """A new thing, not saved yet, with its first draft. Without a short name it gets one that is `like` a text, or like
    its own name."""
    if thing.slug:
        refuse_taken(thing)
    checked = rules_of(thing).cleaned(content)
    if any(checked.get(name) for name in variants.DIRECTIONS):
        # Before the first row, as an import does: neither waits for the other one's short name meanwhile.
        variants.alone()
    begin(thing, like=like or checked["name"])
    _record(actor, "created", thing)
    _write(actor, _next(thing, 1), checked)
    return thing


def begin(thing: Exercise | Routine, *, like: str) -> None:
    """Save a new thing, under a short name that is `like` a text where it has none.

    Raises ValidationError for what somebody else has taken, be it in this very moment.
    """
    chosen = thing.slug
    while True:
        thing.slug = chosen or free_slug(thing, thing.clinic, like)
        try:
            with transaction.atomic():
                thing.save()
        except IntegrityError:
            if chosen or not _others(thing).filter(slug=thing.slug).exists():
                refuse_taken(thing)
                raise
        else:
            return


def refuse_taken(thing: Exercise | Routine) -> None:
    """Raises ValidationError for a short name or an origin that its library has already, or that is none."""
    try:
        validate_slug(thing.slug)
    except ValidationError as error:
        raise ValidationError({"slug": error.messages}) from error
    if _others(thing).filter(slug=thing.slug).exists():
        raise ValidationError({"slug": _("This short name is taken already.")})
    if thing.origin and _others(thing).filter(origin=thing.origin).exists():
        raise ValidationError({"origin": _("This was brought in before.")})


def _others(thing: Curated) -> QuerySet[Any]:
    return type(thing)._default_manager.filter(clinic=thing.clinic)


def free_slug(like: Exercise | Routine, clinic: Clinic | None, name: str) -> str:
    """A short name for another one of its kind that the library does not have yet."""
    rows = type(like)._default_manager.filter(clinic=clinic, slug__startswith=slug_base(like.kind, name))
    return slug_beside(set(rows.values_list("slug", flat=True)), like.kind, name)


def slug_beside(taken: Set[str], kind: str, name: str) -> str:
    """A short name that is not among those that are taken."""
    base = slug_base(kind, name)
    numbered = (f"{base}-{number}" for number in count(2))
    return next(slug for slug in chain([base], numbered) if slug not in taken)


def slug_base(kind: str, name: str) -> str:
    """What a name begins a short name with. Names in other scripts than Latin have none of their own."""
    return slugify(name)[:70].strip("-") or kind


def mark(revision: CuratedRevision) -> str:
    """How a revision stands: another mark after every edit and every step of the review."""
    return f"{revision.number} {revision.state} {revision.edited_at.isoformat()}"


def _check_mark(revision: CuratedRevision, expected: str | None) -> None:
    if expected is not None and expected != mark(revision):
        raise Conflict(_("Somebody changed this in the meantime."))


@transaction.atomic
def save_draft(
    actor: User | None, thing: Exercise | Routine, content: Mapping[str, Any], *, expected: str | None = None
) -> Any:
    """Write into the open draft, or begin one from the newest revision. What is not given stays as it is.

    An edit during a review takes the draft back: the reviewer must see what will be published. `expected` is the
    mark of the newest revision as the writer saw it: Conflict when it stands otherwise by now.
    """
    thing = locked(thing)
    newest = thing.revisions.order_by("-number").first()
    if newest is not None:
        _check_mark(newest, expected)
    rules = rules_of(thing)
    if newest is None:
        return _write(actor, _next(thing, 1), rules.cleaned(content))
    checked = rules.cleaned(content, base=rules.of(newest))
    if newest.state == RevisionState.PUBLISHED:
        newest = _next(thing, newest.number + 1)
    return _write(actor, newest, checked)


def _next(thing: Exercise | Routine, number: int) -> Revision | RoutineRevision:
    if isinstance(thing, Routine):
        return RoutineRevision(routine=thing, number=number)
    return Revision(exercise=thing, number=number)


def _write(actor: User | None, revision: R, checked: Mapping[str, Any]) -> R:
    revision.state = RevisionState.DRAFT
    revision.edited_by = actor
    revision.edited_at = timezone.now()
    revision.given_back_by = None
    rules_of(revision).write(revision, checked)
    _record(actor, "drafted", revision.thing, revision=revision.number)
    return revision


@transaction.atomic
def discard(actor: User | None, revision: Revision | RoutineRevision, *, expected: str | None = None) -> bool:
    """Throw a draft away; with it the exercise or routine of which it is all there is. Answers whether that is gone.

    A clinic that had offered it is told so by its own trail. `expected` is the mark of the revision as it was read:
    Conflict when it stands otherwise by now.
    """
    revision = _fresh(revision)
    _check_mark(revision, expected)
    if revision.state == RevisionState.PUBLISHED:
        raise ValidationError(_("A published revision never changes; edit a draft instead."))
    thing = revision.thing
    alone = thing.revisions.count() == 1
    _record(actor, "discarded", thing, revision=revision.number)
    try:
        revision.delete()
        if alone:
            thing.delete()
    except ProtectedError as error:
        raise ValidationError(_("Something else of the library names it; change that first.")) from error
    if alone and actor is not None:
        _record_at_its_clinic(thing, "offer_declined")
    return alone


# --- The review


@transaction.atomic
def submit(actor: User | None, revision: R) -> R:
    """Ask for a review of a draft that has all that publishing needs."""
    revision = _fresh(revision)
    if revision.state != RevisionState.DRAFT:
        raise ValidationError(_("Only a draft can be handed in for review."))
    if missing := rules_of(revision).lacking(revision):
        raise ValidationError(missing)
    revision.state = RevisionState.IN_REVIEW
    revision.given_back_by = None
    revision.save(update_fields=["state", "given_back_by"])
    _record(actor, "submitted", revision.thing, revision=revision.number)
    announcing.review_wanted(revision)
    return revision


@transaction.atomic
def take_back(actor: User, revision: R, text: str = "") -> R:
    """Make what is in review a draft again, with a remark where there is one: it was handed in too early, or a reviewer
    wants something changed."""
    revision = _fresh(revision)
    if revision.state != RevisionState.IN_REVIEW:
        raise ValidationError(_("Only what is in review can be given back."))
    if text.strip():
        comment(actor, revision, text)
    revision.state = RevisionState.DRAFT
    revision.given_back_by = actor if actor.pk != revision.edited_by_id else None
    revision.save(update_fields=["state", "given_back_by"])
    _record(actor, "taken_back", revision.thing, revision=revision.number)
    if revision.given_back_by:
        announcing.given_back(revision)
    return revision


@transaction.atomic
def publish(actor: User | None, revision: R, *, expected: str | None = None) -> R:
    """Make a reviewed draft what everybody reads. Whoever edited it last may not do this (`may_publish`).

    `expected` is the mark of the revision as the reviewer read it: Conflict when it stands otherwise by now.
    """
    revision = _fresh(revision)
    _check_mark(revision, expected)
    if revision.state == RevisionState.PUBLISHED:
        raise ValidationError(_("This revision is published already."))
    if actor is not None:
        if revision.state != RevisionState.IN_REVIEW and needs_review(revision.thing):
            raise ValidationError(_("A draft is handed in for review before it is published."))
        if not may_publish(actor, revision):
            raise ValidationError(_("You edited this last; somebody else has to publish it."))
    if missing := rules_of(revision).lacking(revision):
        raise ValidationError(missing)
    revision.state = RevisionState.PUBLISHED
    revision.published_by = actor
    revision.published_at = timezone.now()
    revision.save(update_fields=["state", "published_by", "published_at"])
    thing = revision.thing
    thing.published = revision
    thing.save(update_fields=["published"])
    _record(actor, "published", thing, revision=revision.number)
    if revision.number == 1:
        _record_at_its_clinic(thing, "offer_published")
    return revision


def needs_review(thing: Curated) -> bool:
    """Whether a second person reads it first. A clinic's own routine is a template of its prescribers: none has to."""
    return thing.clinic_id is None or not isinstance(thing, Routine)


def may_publish(person: User, revision: CuratedRevision) -> bool:
    """Four eyes see what is published. In a clinic with a single prescriber there are only two, and they have to do.

    What a clinic has offered and nobody has edited since was written by whoever wrote it there.
    """
    thing = revision.thing
    last = revision if revision.edited_by_id or not is_offered(thing) else thing.based_on
    if last.edited_by_id != person.pk or not needs_review(thing):
        return True
    clinic_id = thing.clinic_id
    if clinic_id is None:
        return False
    others = Membership.objects.filter(
        clinic=clinic_id, role__in=PUBLISHERS, is_active=True, user__is_active=True
    ).exclude(user=person)
    return not others.exists()


def is_offered(thing: Exercise | Routine) -> bool:
    """Whether a clinic has given it to the shared library (`exercises.offering`)."""
    return thing.clinic_id is None and thing.based_on_id is not None


@transaction.atomic
def comment(actor: User, revision: Revision | RoutineRevision, text: str, *, about: str = "") -> Comment:
    """Say something about a revision, or about one field of it."""
    if about and about not in {*rules_of(revision).FIELDS, "items"}:
        raise ValidationError({"about": _("This field is not known.")})
    where = {"routine_revision" if isinstance(revision, RoutineRevision) else "revision": revision}
    said = Comment(text=text.strip(), about=about, author=actor, **where)
    said.full_clean(exclude=["author", *where])
    said.save()
    _record(actor, "commented", revision.thing, revision=revision.number)
    return said


def settle(actor: User, said: Comment) -> Comment:
    """A comment has been answered, by words or by a change. Settling it twice changes nothing."""
    Comment.objects.filter(pk=said.pk, settled_at=None).update(settled_by=actor, settled_at=timezone.now())
    said.refresh_from_db()
    return said


# --- What happens to what is published


@transaction.atomic
def retire(actor: User | None, thing: T, *, replaced_by: T | None = None) -> T:
    """Hide it from the library, with what to use instead; prescriptions that use it keep their revision."""
    thing = locked(thing)
    if thing.retired_at is not None:
        raise ValidationError(_("This is retired already."))
    replaced_by = replaced_by and locked(replaced_by)
    if replaced_by is not None and (
        replaced_by.pk == thing.pk
        or replaced_by.published_id is None
        or replaced_by.retired_at is not None
        or replaced_by.clinic_id not in (None, thing.clinic_id)
    ):
        raise ValidationError(
            {"replaced_by": _("Choose another one that is published, of the same library.")}
        )
    thing.retired_at = timezone.now()
    thing.replaced_by = replaced_by
    thing.save(update_fields=["retired_at", "replaced_by"])
    _record(actor, "retired", thing)
    return thing


@transaction.atomic
def bring_back(actor: User, thing: T) -> T:
    """Put a retired one into the library again."""
    thing = locked(thing)
    if thing.retired_at is None:
        raise ValidationError(_("This is not retired."))
    if isinstance(thing, Exercise) and thing.published is not None:
        # While it was away others may have been linked the other way round.
        variants.check(thing, {name: getattr(thing.published, name) for name in variants.DIRECTIONS})
    thing.retired_at = thing.replaced_by = None
    thing.save(update_fields=["retired_at", "replaced_by"])
    _record(actor, "brought_back", thing)
    return thing


def day_to_review(day: dt.date | None) -> dt.date | None:
    """A day as somebody plans it: from today on. Raises ValidationError (`day`)."""
    if day and day < timezone.localdate():
        raise ValidationError({"day": _("Choose today or a later day.")})
    return day


@transaction.atomic
def schedule_review(actor: User | None, thing: T, day: dt.date | None) -> T:
    """Plan by which day somebody reads it again; None: no day is planned. What is published does not change by it."""
    thing = locked(thing)
    if thing.review_by != day:
        thing.review_by = day
        thing.save(update_fields=["review_by"])
        _record(actor, "review_scheduled", thing, day=day and day.isoformat())
    return thing


def _record(actor: User | None, act: str, thing: Exercise | Routine, **details: Any) -> None:
    audit.record(actor, f"{thing.kind}.{act}", thing, clinic=thing.clinic, **details)


def _record_at_its_clinic(thing: Exercise | Routine, act: str) -> None:
    """What became of an offer, in the trail of the clinic that made it; who did it is none of its business."""
    if is_offered(thing) and thing.based_on is not None:
        own = thing.based_on.thing
        audit.record(None, f"{own.kind}.{act}", own, clinic=own.clinic)


def locked(thing: T) -> T:
    """The thing as it stands in the database, held against a second writer; others may go on to name it."""
    return cast("T", type(thing)._default_manager.select_for_update(no_key=True).get(pk=thing.pk))


def _fresh(revision: R) -> R:
    """The revision as it stands in the database, with its exercise or routine locked against a second writer."""
    thing = locked(revision.thing)
    fresh = cast("R", type(revision)._default_manager.get(pk=revision.pk))
    setattr(fresh, thing.kind, thing)
    return fresh
