"""How a library stands, as bare values: what entries are held against, and found unchanged before they are written."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import F, Max, Q

from clinic.models import Clinic
from exercises.exchange.entries import EXERCISE, ROUTINE, SHARED
from exercises.models import Exercise, Revision, RevisionState, Routine, RoutineRevision

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
        return isinstance(other, Shelf) and self.things == other.things and self.shared == other.shared

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
    def links(self) -> list[tuple[str, str | None, str | None]]:
        """Short name, easier and harder variant of all that exercises say now, in public and in work."""
        rows = Revision.objects.filter(
            ~Q(state=RevisionState.PUBLISHED) | Q(pk=F("exercise__published")),
            exercise__clinic=self.clinic,
            exercise__retired_at=None,
        ).exclude(easier=None, harder=None)
        names = rows.values_list(
            "exercise__slug", "easier__slug", "easier__clinic", "harder__slug", "harder__clinic"
        )
        return [
            (slug, self._named(easier, of_easier), self._named(harder, of_harder))
            for slug, easier, of_easier, harder, of_harder in names
        ]

    def _named(self, slug: str | None, clinic: UUID | None) -> str | None:
        own = self.clinic.pk if self.clinic else None
        return slug if slug is None or clinic == own else SHARED + slug

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
