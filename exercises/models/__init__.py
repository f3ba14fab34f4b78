"""The stretch library: exercises and routines with numbered revisions (docs/rules.md 1 and 9)."""

from exercises.models.comments import Comment
from exercises.models.curated import Curated, CuratedRevision, DosageFields, RevisionState
from exercises.models.exercises import Exercise, Revision
from exercises.models.imports import LibraryImport
from exercises.models.media import Medium, MediumKind, MediumUse
from exercises.models.routines import Routine, RoutineItem, RoutineRevision
from exercises.models.shipped import Shipped
from exercises.models.vocabulary import (
    CautionLevel,
    Condition,
    Position,
    Region,
    ScheduleMode,
    Sides,
    StepKind,
)

__all__ = [
    "CautionLevel",
    "Comment",
    "Condition",
    "Curated",
    "CuratedRevision",
    "DosageFields",
    "Exercise",
    "LibraryImport",
    "Medium",
    "MediumKind",
    "MediumUse",
    "Position",
    "Region",
    "Revision",
    "RevisionState",
    "Routine",
    "RoutineItem",
    "RoutineRevision",
    "ScheduleMode",
    "Shipped",
    "Sides",
    "StepKind",
]
