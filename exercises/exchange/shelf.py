"""How a library stands, as bare values: what entries are held against, and found unchanged before they are written."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Max, QuerySet

from clinic.models import Clinic
from exercises import variants
from exercises.exchange.entries import EXERCISE, ROUTINE
from exercises.exchange.linking import Said
from exercises.models import Exercise, Revision, RevisionState, Routine, RoutineRevision
from exercises.variants import DIRECTIONS

MODELS: dict[str, tuple[type[Exercise] | type[Routine], type[Revision] | type[RoutineRevision]]] = {
    EXERCISE: (Exercise, Revision),
    ROUTINE: (Routine, RoutineRevision),
}


@dataclass(frozen=True, slots=True)
class Here:
    """A thing of the library: the number of its newest revision, and whether that is still in work."""

    pk: UUID
    slug: str
    origin: str
    retired: bool
    published: UUID | None
    number: int
    in_work: UUID | None
    touched: str


class Shelf:
    """A library as it stood when this was made. `clinic=None`: the shared one."""

    def __init__(self, clinic: Clinic | None) -> None:
        self.clinic = clinic
        self.things = {kind: self._here(kind) for kind in MODELS}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Shelf) and all(
            getattr(self, name) == getattr(other, name) for name in ("things", "shared", "links")
        )

    __hash__ = None  # type: ignore[assignment]

    @property
    def exercises(self) -> dict[str, Here]:
        return self.things[EXERCISE]

    def by_origin(self, kind: str) -> dict[str, Here]:
        return self._origins[kind]

    @cached_property
    def _origins(self) -> dict[str, dict[str, Here]]:
        return {
            kind: {here.origin: here for here in things.values() if here.origin}
            for kind, things in self.things.items()
        }

    @cached_property
    def shared(self) -> dict[str, UUID]:
        """What a clinic's own library may refer to beside itself: the published ones of the shared library."""
        if self.clinic is None:
            return {}
        rows = Exercise.objects.filter(clinic=None, published__isnull=False)
        return dict(rows.values_list("slug", "pk"))

    @cached_property
    def links(self) -> frozenset[Said]:
        """All that is said of variants, and that those of this library must agree with."""
        rows = self._binding.exclude(easier=None, harder=None)
        return frozenset(Said(*row) for row in rows.values_list("exercise", *DIRECTIONS))

    def names(self, pks: Collection[UUID]) -> dict[UUID, str]:
        """What these are called, of those whose links bind this library."""
        return variants.names(self._binding, pks)

    @property
    def _binding(self) -> QuerySet[Revision]:
        return variants.binding(self.clinic.pk if self.clinic else None)

    def _here(self, kind: str) -> dict[str, Here]:
        model, revisions = MODELS[kind]
        owner: Any = f"{kind}_id"
        rows = model._default_manager.filter(clinic=self.clinic)
        in_work = {
            found[0]: found[1:]
            for found in revisions._default_manager.filter(**{f"{kind}__clinic": self.clinic})
            .exclude(state=RevisionState.PUBLISHED)
            .values_list(owner, "pk", "edited_at", "state")
        }
        values = rows.annotate(newest=Max("revisions__number")).values_list(
            "pk", "slug", "origin", "retired_at", "published", "newest"
        )
        found = {}
        for pk, slug, origin, retired, published, newest in values:
            draft, *touched = in_work.get(pk, (None,))
            mark = " ".join(str(one) for one in touched)
            found[slug] = Here(pk, slug, origin, retired is not None, published, newest or 0, draft, mark)
        return found
