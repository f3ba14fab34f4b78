"""How the library changes: draft → in review → published → retired (docs/rules.md 9).

Verbs check what is asked, write it, and record who did; rights are the doors' business. `actor=None` is the system
itself, which loads what Holdwell ships.
"""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit
from clinic.errors import Conflict
from clinic.models import Clinic, User
from exercises import announcing
from exercises import content as contents
from exercises.models import Exercise, Revision, RevisionState


@transaction.atomic
def create_exercise(
    actor: User | None, *, clinic: Clinic | None, slug: str, content: Mapping[str, Any], origin: str = ""
) -> Exercise:
    """A new exercise with its first draft; `clinic=None` puts it into the shared library."""
    try:
        validate_slug(slug)
    except ValidationError as error:
        raise ValidationError({"slug": error.messages}) from error
    if Exercise.objects.filter(clinic=clinic, slug=slug).exists():
        raise ValidationError({"slug": _("An exercise of this short name exists already.")})
    if origin and Exercise.objects.filter(clinic=clinic, origin=origin).exists():
        raise ValidationError({"origin": _("This exercise was brought in before.")})
    checked = contents.cleaned(content)
    exercise = Exercise.objects.create(clinic=clinic, slug=slug, origin=origin)
    audit.record(actor, "exercise.created", exercise, clinic=clinic)
    _write(actor, Revision(exercise=exercise, number=1), checked)
    return exercise


def mark(revision: Revision) -> str:
    """How a revision stands: another mark after every edit and every step of the review."""
    return f"{revision.number} {revision.state} {revision.edited_at.isoformat()}"


@transaction.atomic
def save_draft(
    actor: User | None, exercise: Exercise, content: Mapping[str, Any], *, expected: str | None = None
) -> Revision:
    """Write into the open draft, or begin one from the newest revision. What is not given stays as it is.

    An edit during a review takes the draft back: the reviewer must see what will be published. `expected` is the
    mark of the newest revision as the writer saw it: Conflict when it stands otherwise by now.
    """
    exercise = Exercise.objects.select_for_update().get(pk=exercise.pk)
    newest = exercise.revisions.order_by("-number").first()
    if newest is not None and expected is not None and expected != mark(newest):
        raise Conflict(_("Somebody changed this stretch in the meantime."))
    if newest is None:
        return _write(actor, Revision(exercise=exercise, number=1), contents.cleaned(content))
    checked = contents.cleaned(content, base=contents.of(newest))
    if newest.state == RevisionState.PUBLISHED:
        newest = Revision(exercise=exercise, number=newest.number + 1)
    return _write(actor, newest, checked)


def _write(actor: User | None, revision: Revision, checked: dict[str, Any]) -> Revision:
    exercise = revision.exercise
    for name in ("easier", "harder"):
        variant: Exercise | None = checked[name]
        if variant is not None and (
            variant.pk == exercise.pk or variant.clinic_id not in (None, exercise.clinic_id)
        ):
            raise ValidationError({name: _("Choose another exercise of the same library.")})
    for name, value in checked.items():
        setattr(revision, name, value)
    revision.state = RevisionState.DRAFT
    revision.edited_by = actor
    revision.edited_at = timezone.now()
    revision.save()
    audit.record(actor, "exercise.drafted", exercise, clinic=exercise.clinic, revision=revision.number)
    return revision


@transaction.atomic
def submit(actor: User | None, revision: Revision) -> Revision:
    """Ask for a review of a draft that has all that publishing needs."""
    revision = _locked(revision)
    if revision.state != RevisionState.DRAFT:
        raise ValidationError(_("Only a draft can be handed in for review."))
    if missing := contents.lacking(revision):
        raise ValidationError(missing)
    revision.state = RevisionState.IN_REVIEW
    revision.save(update_fields=["state"])
    exercise = revision.exercise
    audit.record(actor, "exercise.submitted", exercise, clinic=exercise.clinic, revision=revision.number)
    announcing.review_wanted(revision)
    return revision


@transaction.atomic
def publish(actor: User | None, revision: Revision) -> Revision:
    """Make a reviewed draft what everybody reads. Whoever edited it last may not do this."""
    revision = _locked(revision)
    if revision.state == RevisionState.PUBLISHED:
        raise ValidationError(_("This revision is published already."))
    if actor is not None:
        if revision.state != RevisionState.IN_REVIEW:
            raise ValidationError(_("A draft is handed in for review before it is published."))
        if revision.edited_by_id == actor.pk:
            raise ValidationError(_("You edited this last; somebody else has to publish it."))
    if missing := contents.lacking(revision):
        raise ValidationError(missing)
    revision.state = RevisionState.PUBLISHED
    revision.published_by = actor
    revision.published_at = timezone.now()
    revision.save(update_fields=["state", "published_by", "published_at"])
    exercise = revision.exercise
    exercise.published = revision
    exercise.save(update_fields=["published"])
    audit.record(actor, "exercise.published", exercise, clinic=exercise.clinic, revision=revision.number)
    return revision


@transaction.atomic
def retire(actor: User | None, exercise: Exercise) -> Exercise:
    """Hide an exercise from the library; prescriptions that use it keep their revision."""
    exercise = Exercise.objects.select_for_update().get(pk=exercise.pk)
    if exercise.retired_at is not None:
        raise ValidationError(_("This exercise is retired already."))
    exercise.retired_at = timezone.now()
    exercise.save(update_fields=["retired_at"])
    audit.record(actor, "exercise.retired", exercise, clinic=exercise.clinic)
    return exercise


def _locked(revision: Revision) -> Revision:
    """The revision as it stands in the database, with its exercise locked against a second writer."""
    exercise = Exercise.objects.select_for_update().get(pk=revision.exercise_id)
    fresh = Revision.objects.get(pk=revision.pk)
    fresh.exercise = exercise
    return fresh
