"""What a prescription is made of: its lines, what may be on them, and the cautions they meet (docs/rules.md 3)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Prefetch, prefetch_related_objects
from django.utils.translation import gettext as _

from exercises import dosage as limits
from exercises import languages
from exercises.dosage import Dosage
from exercises.models import CautionLevel, Condition, Revision, RevisionState, Routine, RoutineItem
from patients.models import Item, Patient, Prescription, PrescriptionRevision

ITEMS_MAX = 30
# People do fewer exercises, better: the builder nudges above this number.
NUDGE_ABOVE = 4


@dataclass(frozen=True, slots=True)
class Line:
    """One exercise as the builder hands it in. `override_reason` answers a caution of level *avoid*."""

    exercise_revision: Revision
    dosage: Dosage
    note: str = ""
    override_reason: str = ""


@dataclass(frozen=True, slots=True)
class Caution:
    """A contraindication tag of one line that meets a condition of the patient."""

    line: int
    exercise: str
    condition: Condition
    level: CautionLevel
    note: str


# --- Where lines come from


def lines_of_routine(routine: Routine, language: str | None = None) -> list[Line]:
    """The routine's exercises as they are published now, with the routine's default dosage.

    Its notes are copied in the language of whoever will read them; None: the active one.
    """
    # Does nothing where the routine came with its items.
    items = Prefetch("published__items", RoutineItem.objects.select_related("exercise__published__exercise"))
    prefetch_related_objects([routine], items)
    assert routine.published is not None  # drafts are nothing to prescribe from
    said = languages.texts(routine.published, language) if language else routine.published.said
    return [
        Line(item.exercise.published, item.dosage, note)
        for item, note in zip(routine.published.items.all(), said.item_notes, strict=True)
        if item.exercise.published and not item.exercise.retired_at
    ]


def lines_of(revision: PrescriptionRevision) -> list[Line]:
    """The lines of a former revision, pinned to the exercise revisions it had."""
    items = revision.items.select_related("exercise_revision__exercise").order_by("position")
    return [Line(i.exercise_revision, i.dosage, i.note, i.override_reason) for i in items]


def lines_now(prescription: Prescription) -> list[Line]:
    """The lines of the latest revision: what an amendment follows."""
    latest = prescription.revisions.order_by("number").last()
    assert latest is not None  # a prescription is made with its first revision
    return lines_of(latest)


def cautions(lines: Sequence[Line], patient: Patient) -> list[Caution]:
    """Each line's contraindication tags against the patient's conditions; *avoid* first."""
    found = [
        Caution(
            index,
            line.exercise_revision.said.name,
            Condition(tag["tag"]),
            CautionLevel(tag["level"]),
            tag.get("note", ""),
        )
        for index, line in enumerate(lines)
        for tag in line.exercise_revision.said.cautions
        if tag["tag"] in patient.conditions
    ]
    return sorted(found, key=lambda c: (list(CautionLevel).index(c.level), c.line))


def override_wanted(caution: Caution) -> str:
    """What is said where an *avoid* stands without a written reason."""
    return _("To be avoided with %(condition)s. Say why you prescribe it all the same.") % {
        "condition": caution.condition.label
    }


# --- What may be prescribed


def line_errors(lines: Sequence[Line], patient: Patient) -> dict[str, list[str]]:
    """What is wrong with the lines, keyed `items` or `items.<index>.<field>`."""
    errors: dict[str, list[str]] = {}
    if not lines:
        errors["items"] = [_("Add at least one exercise.")]
    if len(lines) > ITEMS_MAX:
        errors["items"] = [
            _("At most %(most)d exercises; few are done, and done well.") % {"most": ITEMS_MAX}
        ]
    for index, line in enumerate(lines):
        if not may_be_prescribed(line.exercise_revision, patient):
            errors[f"items.{index}.exercise"] = [_("Choose an exercise from the library.")]
        for field, message in _dosage_errors(line.dosage):
            errors[f"items.{index}.{field}"] = [message]
    for caution in cautions(lines, patient):
        if caution.level == CautionLevel.AVOID and not lines[caution.line].override_reason.strip():
            errors[f"items.{caution.line}.override_reason"] = [override_wanted(caution)]
    return errors


def may_be_prescribed(revision: Revision, patient: Patient) -> bool:
    """Published, of the shared library or the patient's clinic; retired only where the patient has had it before."""
    exercise = revision.exercise
    if revision.state != RevisionState.PUBLISHED or exercise.clinic_id not in (None, patient.clinic_id):
        return False
    if not exercise.retired_at:
        return True
    had = Item.objects.filter(revision__prescription__patient=patient, exercise_revision__exercise=exercise)
    return had.exists()


def _dosage_errors(dosage: Dosage) -> Iterable[tuple[str, str]]:
    """Field and message for each value out of range; the limits stand in `exercises.dosage`."""
    ranges = {
        "sets": (1, limits.SETS_MAX),
        "repetitions": (1, limits.REPETITIONS_MAX),
        "hold": (1, limits.HOLD_MAX),
        "rest": (0, limits.REST_MAX),
    }
    for field, (low, high) in ranges.items():
        if not low <= getattr(dosage, field) <= high:
            yield field, _("A whole number from %(low)d to %(high)d.") % {"low": low, "high": high}
    if dosage.sides not in ("none", "both", "left", "right"):
        yield "sides", _("Choose a side.")
