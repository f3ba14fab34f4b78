"""Cautions of what is prescribed already that a condition told later meets (docs/rules.md 3)."""

from exercises.models import CautionLevel
from patients.lines import Caution, Line, cautions
from patients.models import Patient, PrescriptionRevision


def unanswered(revision: PrescriptionRevision, patient: Patient) -> list[Caution]:
    """The cautions that no prescriber has answered yet; *avoid* first. Reads the revision's items (prefetch them).

    What the builder showed when the revision was written counts as answered, *avoid* only with a written reason. A
    condition that was added since opens every question of the revision anew.
    """
    items = list(revision.items.all())
    lines = [Line(i.exercise_revision, i.dosage, override_reason=i.override_reason) for i in items]
    added_at = patient.condition_added_at
    added_since = added_at is not None and added_at > revision.created_at
    return [
        caution
        for caution in cautions(lines, patient)
        if added_since or (caution.level == CautionLevel.AVOID and not lines[caution.line].override_reason)
    ]
