"""Easier and harder: which stretch is whose variant, told from both ends, and never in a circle (docs/rules.md 9).

A link is one statement, whichever of the two makes it: “A has B as its easier variant” and “B has A as its harder
variant” both say that B is easier than A. What is published and what is in work both count; of the exercise that is
being written only what it is about to say.
"""

from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Protocol, TypeVar
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
SHOWN_MAX = 6  # names of a circle

N = TypeVar("N", bound=Hashable)


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


class Links(Protocol[N]):
    """What exercises say of each other, wherever that stands; `N` is how an exercise is called there."""

    def said_by(self, who: N) -> set[tuple[str, N]]:
        """(direction, variant) of all that it says already."""

    def steps(self, level: Set[N], name: str, without: N) -> Iterable[tuple[N, N]]:
        """(one, other) for each of the level and every other exercise that is said to be easier (harder) than it, by
        whomever but the one that is left out."""

    def called(self, way: Sequence[N]) -> list[str]:
        """The names of these, for people."""

    def hold(self) -> None:
        """Let nobody else link variants from here on until what is asked about is written."""


def check(exercise: Exercise, wanted: Mapping[str, Exercise | None]) -> None:
    """Whether an exercise may name these as its `easier` and `harder` variants. Raises ValidationError by field."""
    named = {name: variant for name, variant in wanted.items() if variant is not None}
    foreign = {
        name: [_("Choose another exercise of the same library.")]
        for name, variant in named.items()
        if variant.clinic_id not in (None, exercise.clinic_id)
    }
    pks = {name: variant.pk for name, variant in named.items()}
    if errors := foreign or wrong(exercise.pk, pks, _Kept(exercise.clinic_id)):
        raise ValidationError(errors)


def wrong(who: N, named: Mapping[str, N], links: Links[N]) -> dict[str, list[str]]:
    """Why an exercise may not name these as its `easier` and `harder` variants, by field; empty when it may.

    What it names already is not asked about again: whoever changes a text need not put right what others linked.
    """
    errors = {name: [_("A stretch is no variant of itself.")] for name, it in named.items() if it == who}
    if not errors and len(set(named.values())) < len(named):
        errors["harder"] = [_("The same stretch cannot be both the easier and the harder one.")]
    if errors or not named:
        return errors
    said = links.said_by(who)
    anew = {name: variant for name, variant in named.items() if (name, variant) not in said}
    if anew:
        links.hold()
    for name, variant in anew.items():
        # The circle closes at the exercise itself, or at what it names on its other side.
        ends = {who, *(other for side, other in named.items() if side != name)}
        if way := _way(who, name, variant, ends, links):
            errors[name] = [_circle(name, links.called([one for one in way if one != who]))]
    return errors


def alone() -> None:
    """Let nobody else link variants until the transaction ends: each of two could close half of a circle.

    SQLite has one writer at a time anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LINKING])


def binding(clinic: UUID | None) -> QuerySet[Revision]:
    """What the links of a library must agree with: itself and, for a clinic's own, what the shared one has published.

    The shared library is not bound by what a clinic says in its own; nor does a clinic learn what is in work there.
    """
    ours = Q(exercise__clinic=clinic)
    if clinic is not None:
        ours |= Q(exercise__clinic=None, state=RevisionState.PUBLISHED)
    return current().filter(ours)


class _Kept:
    """The links in the database, as far as they bind a library. A level of a way is one query."""

    def __init__(self, clinic: UUID | None) -> None:
        self._rows = binding(clinic)

    def said_by(self, who: UUID) -> set[tuple[str, UUID]]:
        rows = current().filter(exercise=who).values_list(*(f"{name}_id" for name in DIRECTIONS))
        return {(name, pk) for row in rows for name, pk in zip(DIRECTIONS, row, strict=True) if pk}

    def steps(self, level: Set[UUID], name: str, without: UUID) -> list[tuple[UUID, UUID]]:
        back = OPPOSITE[name]
        rows = (
            self._rows.filter(Q(exercise__in=level) | Q(**{f"{back}__in": level}))
            .exclude(exercise=without)
            .values_list("exercise_id", f"{name}_id", f"{back}_id")
        )
        found = []
        for one, onward, behind in rows:
            if one in level and onward:
                found.append((one, onward))
            if behind in level:
                found.append((behind, one))
        return found

    def called(self, way: Sequence[UUID]) -> list[str]:
        found = names(self._rows, way)
        return [found.get(pk, "?") for pk in way]

    def hold(self) -> None:
        alone()


def names(rows: QuerySet[Revision], exercises: Collection[UUID]) -> dict[UUID, str]:
    """What these exercises are called in the newest of the revisions."""
    return dict(rows.filter(exercise__in=exercises).order_by("number").values_list("exercise_id", "name"))


def _way(who: N, name: str, variant: N, ends: set[N], links: Links[N]) -> list[N]:
    """From the variant by ever easier (harder) ones to one of the ends, which is included; empty: there is no way."""
    reached: dict[N, N | None] = {variant: None}
    level = {variant}
    while level and not ends & reached.keys():
        following: set[N] = set()
        for one, other in links.steps(level, name, who):
            if other not in reached:
                reached[other] = one
                following.add(other)
        level = following
    way: list[N] = []
    at: N | None = next((end for end in ends if end in reached), None)
    while at is not None:
        way.append(at)
        at = reached[at]
    return way[::-1]


def _circle(name: str, way: list[str]) -> str:
    chain = " → ".join(way if len(way) <= SHOWN_MAX else [*way[: SHOWN_MAX - 1], "…", way[-1]])
    if name == "easier":
        said = _("By what is linked already, it is harder than this stretch: %(chain)s → this one.")
    else:
        said = _("By what is linked already, it is easier than this stretch: %(chain)s → this one.")
    return f"{said % {'chain': chain}} {_('Choose another, or change those links first.')}"
