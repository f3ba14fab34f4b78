"""A clinic's own routines: what its clinicians keep to prescribe from again (docs/rules.md 9)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from clinic import audit
from clinic.models import Clinic, User
from exercises.dosage import Dosage
from exercises.models import Exercise, Routine, RoutineItem

ITEMS_MAX = 30


@dataclass(frozen=True, slots=True)
class RoutineLine:
    """One exercise of a routine with its default dosage."""

    exercise: Exercise
    dosage: Dosage
    note: str = ""


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
    """Keep these exercises as a routine of the clinic, ready to prescribe from.

    `schedule` is its default, in the shape of `Routine`. Raises ValidationError by field: `name`, `summary`, `items`,
    `items.<index>.<field>`, `schedule`.
    """
    routine = Routine(
        clinic=clinic,
        name=name.strip(),
        summary=summary.strip(),
        schedule=dict(schedule),
        published_at=timezone.now(),
        edited_by=actor,
    )
    errors = _line_errors(lines, clinic)
    if not routine.name:
        errors["name"] = [_("Give the routine a name.")]
    elif Routine.objects.filter(clinic=clinic, name__iexact=routine.name, retired_at=None).exists():
        errors["name"] = [_("The clinic has a routine of this name already. Choose another one.")]
    if not _is_schedule(schedule):
        errors["schedule"] = [_("Choose when it is done.")]
    try:
        routine.clean_fields(exclude=["slug", "schedule"])
    except ValidationError as error:
        errors = error.message_dict | errors
    if errors:
        raise ValidationError(errors)
    routine.slug = _free_slug(clinic, routine.name)
    routine.save()
    RoutineItem.objects.bulk_create(
        RoutineItem(
            routine=routine,
            position=position,
            exercise=line.exercise,
            sets=line.dosage.sets,
            repetitions=line.dosage.repetitions,
            hold=line.dosage.hold,
            rest=line.dosage.rest,
            sides=line.dosage.sides,
            note=line.note,
        )
        for position, line in enumerate(lines, start=1)
    )
    audit.record(actor, "routine.saved", routine, clinic=clinic, items=len(lines))
    return routine


def _line_errors(lines: Sequence[RoutineLine], clinic: Clinic) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if not 1 <= len(lines) <= ITEMS_MAX:
        errors["items"] = [_("From 1 to %(most)d exercises.") % {"most": ITEMS_MAX}]
    for index, line in enumerate(lines):
        exercise = line.exercise
        ours = exercise.clinic_id in (None, clinic.pk)
        if not ours or exercise.published_id is None or exercise.retired_at:
            errors[f"items.{index}.exercise"] = [_("Choose an exercise from the library.")]
        dosage = line.dosage
        item = RoutineItem(
            sets=dosage.sets,
            repetitions=dosage.repetitions,
            hold=dosage.hold,
            rest=dosage.rest,
            sides=dosage.sides,
            note=line.note,
        )
        try:
            item.clean_fields(exclude=["routine", "position", "exercise"])
        except ValidationError as error:
            errors |= {f"items.{index}.{field}": said for field, said in error.message_dict.items()}
    return errors


def _is_schedule(schedule: Mapping[str, Any]) -> bool:
    match dict(schedule):
        case {"mode": "fixed", "weekdays": [*days], "times_per_day": int(times)}:
            return bool(days) and set(days) <= set(range(7)) and 1 <= times <= 6
        case {"mode": "flexible", "per_week": int(times)}:
            return 1 <= times <= 14
    return False


def _free_slug(clinic: Clinic, name: str) -> str:
    """A short name that the clinic does not have yet; names in other scripts than Latin have none of their own."""
    base = slugify(name)[:70] or "routine"
    taken = set(Routine.objects.filter(clinic=clinic, slug__startswith=base).values_list("slug", flat=True))
    return next(
        slug for slug in [base, *(f"{base}-{n}" for n in range(2, len(taken) + 3))] if slug not in taken
    )
