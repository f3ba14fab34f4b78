"""A clinic's own routines: what its clinicians keep to prescribe from again (docs/rules.md 9)."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit
from clinic.models import Clinic, User
from exercises import publishing, routine_content
from exercises.models import RevisionState, Routine, RoutineRevision
from exercises.routine_content import ITEMS_MAX, RoutineLine
from exercises.schedules import is_schedule


@transaction.atomic
def save_routine(
    actor: User,
    clinic: Clinic,
    *,
    name: str,
    lines: Sequence[RoutineLine],
    schedule: Mapping[str, Any],
    summary: str = "",
) -> Routine:
    """Keep these exercises as a routine of the clinic, ready to prescribe from: a template asks for no review.

    `schedule` is its default, in the shape of `RoutineRevision`. Raises ValidationError by field: `name`, `summary`,
    `items`, `items.<index>.<field>`, `schedule`.
    """
    name = name.strip()
    checked, errors = _checked(
        {"name": name, "summary": summary.strip(), "items": lines, "schedule": dict(schedule)}
    )
    if not name:
        errors["name"] = [_("Give the routine a name.")]
    elif Routine.objects.filter(clinic=clinic, published__name__iexact=name, retired_at=None).exists():
        errors["name"] = [_("The clinic has a routine of this name already. Choose another one.")]
    if not lines:
        errors["items"] = [_("From 1 to %(most)d exercises.") % {"most": ITEMS_MAX}]
    if not is_schedule(schedule):
        errors["schedule"] = [_("Choose when it is done.")]
    routine = Routine(clinic=clinic)
    errors |= routine_content.foreign(routine, lines)
    for index, line in enumerate(lines):
        if line.exercise.published_id is None or line.exercise.retired_at:
            errors[f"items.{index}.exercise"] = [_("Choose an exercise from the library.")]
    if errors:
        raise ValidationError(errors)
    publishing.begin(routine, like=name)
    now = timezone.now()
    revision = RoutineRevision(routine=routine, number=1, edited_by=actor, edited_at=now)
    routine_content.write(revision, checked)
    revision.state, revision.published_by, revision.published_at = RevisionState.PUBLISHED, actor, now
    revision.save()
    routine.published = revision
    routine.save()
    audit.record(actor, "routine.saved", routine, clinic=clinic, items=len(lines))
    return routine


def _checked(content: dict[str, Any]) -> tuple[dict[str, Any], dict[str, list[str]]]:
    try:
        return routine_content.cleaned(content), {}
    except ValidationError as error:
        return {}, error.message_dict
