"""What a revision of a routine may say, checked in one place (docs/rules.md 9); see `exercises.content`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from clinic.models import Clinic
from exercises import languages
from exercises.dosage import Dosage
from exercises.models import Exercise, Routine, RoutineItem, RoutineRevision
from exercises.schedules import is_schedule

ITEMS_MAX = 30
DOSAGE_FIELDS = tuple(field.name for field in fields(Dosage))
ITEM_FIELDS = (*DOSAGE_FIELDS, "note")

NOT_CONTENT = {"id", "routine", "number", "state", "edited_by", "edited_at"}
NOT_CONTENT |= {"published_by", "published_at", "given_back_by", "words"}
FIELDS = {f.name: f for f in RoutineRevision._meta.concrete_fields if f.name not in NOT_CONTENT}


@dataclass(frozen=True, slots=True)
class RoutineLine:
    """One exercise of a routine with its default dosage."""

    exercise: Exercise
    dosage: Dosage
    note: str = ""


def defaults() -> dict[str, Any]:
    """The content of an empty draft; `items` is a list of `RoutineLine`."""
    return {name: field.get_default() for name, field in FIELDS.items()} | {"items": []}


def cleaned(content: Mapping[str, Any], *, base: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Complete, checked content: `content` over `base` (of an older revision) over the defaults.

    Raises ValidationError by field: `name`, `items`, `items.<index>.<field>`, `schedule`, ...
    """
    errors: dict[str, list[str]] = {
        name: [_("This field is not known.")] for name in content if name not in {*FIELDS, "items"}
    }
    whole = defaults() | dict(base or {}) | {k: v for k, v in content.items() if k not in errors}
    lines = whole.pop("items")
    if problems := languages.own_problems(whole["language"]):
        errors["language"] = problems
    if problems := languages.problems(whole["translations"]):
        errors["translations"] = problems
    if whole["schedule"] and not is_schedule(whole["schedule"]):
        errors["schedule"] = [_("Choose when it is done.")]
    errors = languages.unkept(whole) | errors | _line_errors(lines)
    revision = RoutineRevision(**{k: v for k, v in whole.items() if k not in errors})
    revision.name = str(revision.name).strip()
    try:
        revision.clean_fields(exclude={*NOT_CONTENT, "schedule", "translations", *errors})
    except ValidationError as error:
        errors = error.message_dict | errors
    if "name" not in errors and not languages.is_seen(revision.name):
        errors["name"] = [str(FIELDS["name"].error_messages["blank"])]
    if errors:
        raise ValidationError(errors)
    return {name: getattr(revision, name) for name in FIELDS} | {"items": list(lines)}


def of(revision: RoutineRevision) -> dict[str, Any]:
    """A revision's content, as `cleaned` takes it."""
    lines = [
        RoutineLine(item.exercise, item.dosage, item.note)
        for item in revision.items.select_related("exercise__published")
    ]
    return {name: getattr(revision, name) for name in FIELDS} | {"items": lines}


def lacking(revision: RoutineRevision) -> dict[str, list[str]]:
    """What publishing still needs, by field; empty when nothing."""
    missing: dict[str, list[str]] = {}
    items = list(revision.items.select_related("exercise__published"))
    if not items:
        missing["items"] = [_("Put at least one exercise into it.")]
    for item in items:
        if item.exercise.published is None or item.exercise.retired_at:
            name = item.exercise.published.name if item.exercise.published else item.exercise.slug
            missing.setdefault("items", []).append(
                _("“%(name)s” cannot be prescribed: it is not published, or retired.") % {"name": name}
            )
    if not is_schedule(revision.schedule):
        missing["schedule"] = [_("Choose when it is done.")]
    return missing


def write(revision: RoutineRevision, checked: Mapping[str, Any]) -> None:
    """Keep checked content in a draft. Raises ValidationError for exercises that its readers do not reach."""
    lines: Sequence[RoutineLine] = checked["items"]
    if errors := foreign(revision.routine, lines):
        raise ValidationError(errors)
    for name in FIELDS:
        setattr(revision, name, checked[name])
    revision.save()
    revision.items.all().delete()
    RoutineItem.objects.bulk_create(
        _item(line, revision=revision, position=position) for position, line in enumerate(lines, start=1)
    )


def foreign(routine: Routine, lines: Sequence[RoutineLine]) -> dict[str, list[str]]:
    """Errors for exercises of a library that the routine's readers do not share."""
    clinic: Clinic | None = routine.clinic
    ours = {None, clinic.pk if clinic else None}
    said = [_("Choose an exercise from the library.")]
    return {
        f"items.{index}.exercise": said
        for index, line in enumerate(lines)
        if line.exercise.clinic_id not in ours
    }


def _item(line: RoutineLine, **where: Any) -> RoutineItem:
    dosage = line.dosage
    return RoutineItem(
        exercise=line.exercise,
        sets=dosage.sets,
        repetitions=dosage.repetitions,
        hold=dosage.hold,
        rest=dosage.rest,
        sides=dosage.sides,
        note=line.note,
        **where,
    )


def _line_errors(lines: Sequence[RoutineLine]) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if len(lines) > ITEMS_MAX:
        errors["items"] = [_("From 1 to %(most)d exercises.") % {"most": ITEMS_MAX}]
    for index, line in enumerate(lines):
        try:
            _item(line).clean_fields(exclude=["revision", "position", "exercise"])
        except ValidationError as error:
            errors |= {f"items.{index}.{field}": said for field, said in error.message_dict.items()}
    return errors
