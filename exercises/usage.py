"""Who uses an exercise (docs/rules.md 9). Prescriptions are another room's: it puts its counter here at its start."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.http import HttpRequest

from clinic import access
from clinic.access import Right
from clinic.models import Clinic
from exercises.models import Exercise, Routine

# Fewer than this many prescriptions, or clinics, are not told to anybody outside of the clinics.
TOLD_FROM, CLINICS_FROM = 5, 3


# Each gives the active prescriptions that have an exercise, in whichever revision: how many in a clinic that has any.
counters: list[Callable[[Exercise], Mapping[UUID, int]]] = []


@dataclass(frozen=True, slots=True)
class Everywhere:
    """A sum over all clinics, as a curator may know it: `number` and `clinics` None are too few to be told."""

    number: int | None
    clinics: int | None
    any: bool


@dataclass(frozen=True, slots=True)
class Usage:
    """Exact in one's own clinics; of all clinics together a sum, for curators of the shared library alone."""

    own: Sequence[tuple[Clinic, int]]
    everywhere: Everywhere | None


def of(request: HttpRequest, exercise: Exercise) -> Usage:
    counted: Counter[UUID] = Counter()
    for count in counters:
        counted.update(count(exercise))
    places = access.clinics(request.user, Right.VIEW_PATIENTS)
    own = [(clinic, counted[clinic.pk]) for clinic in places if exercise.clinic_id in (None, clinic.pk)]
    curates = exercise.clinic_id is None and access.has(request.user, Right.WRITE_LIBRARY)
    return Usage(own, everywhere(list(counted.values())) if curates else None)


def everywhere(counts: Sequence[int]) -> Everywhere:
    """Of the prescriptions in each clinic that has any; a sum of few would tell of a clinic."""
    enough, spread = sum(counts) >= TOLD_FROM, len(counts) >= CLINICS_FROM
    told = enough and spread
    return Everywhere(sum(counts) if told else None, len(counts) if told else None, any=enough)


def routines(request: HttpRequest, exercise: Exercise) -> QuerySet[Routine]:
    """The routines on the shelf that hold the exercise."""
    return (
        access.visible(request, Routine, Right.VIEW_LIBRARY)
        .filter(Q(published__items__exercise=exercise), retired_at=None)
        .select_related("published", "clinic")
        .order_by("published__name", "pk")
        .distinct()
    )
