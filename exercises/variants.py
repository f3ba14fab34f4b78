"""Easier and harder: which stretch is whose variant, told from both ends, and never in a circle (docs/rules.md 9).

A link is one statement, whichever of the two makes it: “A has B as its easier variant” and “B has A as its harder
variant” both say that B is easier than A. What is published and what is in work both count; of the exercise that is
being written only what it is about to say.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from exercises.models import Exercise, Revision, RevisionState

DIRECTIONS = ("easier", "harder")
OPPOSITE = {"easier": "harder", "harder": "easier"}
# The key of PostgreSQL's lock that whoever links variants holds: any number that nothing else here uses.
LINKING = 0x76617269


@dataclass(frozen=True, slots=True)
class NamedBy:
    """An exercise that names another one: `revision` names it as its `direction` variant."""

    direction: str
    revision: Revision

    @property
    def back(self) -> str:
        """What the other one is to this: the harder variant of whatever is easier."""
        return OPPOSITE[self.direction]


def current() -> QuerySet[Revision]:
    """What exercises say: in public, and in work."""
    return Revision.objects.filter(
        ~Q(state=RevisionState.PUBLISHED) | Q(pk=F("exercise__published")), exercise__retired_at=None
    )


def naming(exercise: Exercise, revisions: QuerySet[Revision]) -> list[NamedBy]:
    """Who of the revisions names the exercise, each exercise once for a direction, its newest revision foremost."""
    found: dict[tuple[UUID, str], NamedBy] = {}
    rows = revisions.filter(Q(easier=exercise) | Q(harder=exercise)).select_related("exercise")
    for revision in rows.order_by("name", "exercise", "-number"):
        for direction in DIRECTIONS:
            if getattr(revision, f"{direction}_id") == exercise.pk:
                found.setdefault((revision.exercise_id, direction), NamedBy(direction, revision))
    return list(found.values())


def check(exercise: Exercise, wanted: Mapping[str, Exercise | None]) -> None:
    """Whether an exercise may name these as its `easier` and `harder` variants. Raises ValidationError by field.

    What it names already is not asked about again: whoever changes a text need not put right what others linked.
    """
    named = {name: variant for name, variant in wanted.items() if variant is not None}
    errors: dict[str, list[str]] = {}
    for name, variant in named.items():
        if variant.pk == exercise.pk:
            errors[name] = [_("A stretch is no variant of itself.")]
        elif variant.clinic_id not in (None, exercise.clinic_id):
            errors[name] = [_("Choose another exercise of the same library.")]
    if not errors and len({variant.pk for variant in named.values()}) < len(named):
        errors["harder"] = [_("The same stretch cannot be both the easier and the harder one.")]
    if errors:
        raise ValidationError(errors)
    said = _said_by(exercise) if named else set()
    anew = {name: variant for name, variant in named.items() if (name, variant.pk) not in said}
    if anew:
        _alone()
    for name, variant in anew.items():
        # The circle closes at the exercise itself, or at what it names on its other side.
        ends = {exercise.pk, *(other.pk for side, other in named.items() if side != name)}
        if way := _way(exercise, name, variant, ends):
            errors[name] = [_circle(exercise, name, [pk for pk in way if pk != exercise.pk])]
    if errors:
        raise ValidationError(errors)


def _alone() -> None:
    """Let nobody else link variants until the transaction ends: each of two could close half of a circle.

    SQLite has one writer at a time anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LINKING])


def _said_by(exercise: Exercise) -> set[tuple[str, UUID]]:
    rows = current().filter(exercise=exercise).values_list(*(f"{name}_id" for name in DIRECTIONS))
    return {(name, pk) for row in rows for name, pk in zip(DIRECTIONS, row, strict=True) if pk}


def _binding(exercise: Exercise) -> QuerySet[Revision]:
    """What its links must agree with: its own library and, for a clinic's own, what the shared one has published.

    The shared library is not bound by what a clinic says in its own; nor does a clinic learn what is in work there.
    """
    ours = Q(exercise__clinic=exercise.clinic_id)
    if exercise.clinic_id is not None:
        ours |= Q(exercise__clinic=None, state=RevisionState.PUBLISHED)
    return current().filter(ours)


def _way(exercise: Exercise, name: str, variant: Exercise, ends: set[UUID]) -> list[UUID]:
    """From the variant by ever easier (harder) ones to one of the ends, which is included; empty: there is no way.

    A level of the way is one query.
    """
    reached: dict[UUID, UUID | None] = {variant.pk: None}
    level = {variant.pk}
    while level and not ends & reached.keys():
        following: set[UUID] = set()
        for one, other in _steps(level, name, exercise):
            if other not in reached:
                reached[other] = one
                following.add(other)
        level = following
    way: list[UUID] = []
    at: UUID | None = next((end for end in ends if end in reached), None)
    while at is not None:
        way.append(at)
        at = reached[at]
    return way[::-1]


def _steps(level: set[UUID], name: str, exercise: Exercise) -> list[tuple[UUID, UUID]]:
    """(one, other) for each of the level and every other exercise that is said to be easier (harder) than it."""
    back = OPPOSITE[name]
    rows = (
        _binding(exercise)
        .filter(Q(exercise__in=level) | Q(**{f"{back}__in": level}))
        .exclude(exercise=exercise)
        .values_list("exercise_id", f"{name}_id", f"{back}_id")
    )
    found = []
    for one, onward, behind in rows:
        if one in level and onward:
            found.append((one, onward))
        if behind in level:
            found.append((behind, one))
    return found


def _circle(exercise: Exercise, name: str, way: list[UUID]) -> str:
    rows = _binding(exercise).filter(exercise__in=way).order_by("number")
    names = dict(rows.values_list("exercise_id", "name"))
    chain = " → ".join(names.get(pk, "?") for pk in way)
    if name == "easier":
        said = _("By what is linked already, it is harder than this stretch: %(chain)s → this one.")
    else:
        said = _("By what is linked already, it is easier than this stretch: %(chain)s → this one.")
    return f"{said % {'chain': chain}} {_('Choose another, or change those links first.')}"
