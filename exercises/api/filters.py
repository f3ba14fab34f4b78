"""What the library's lists can be narrowed by: in the pages' words, and found by their functions (docs/rules.md 9)."""

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any

import django_filters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest

from exercises import facets, library, routine_library, searching
from exercises.models import Condition, Position, Region
from exercises.studio import waiting


def of_clinic(field: str = "clinic") -> django_filters.UUIDFilter:
    return django_filters.UUIDFilter(field_name=field, label="of this clinic's own library")


def of_shared(field: str = "clinic") -> django_filters.BooleanFilter:
    label = "of the shared library, or (false) of clinics' own"
    return django_filters.BooleanFilter(field_name=field, lookup_expr="isnull", label=label)


class OfLibrary(django_filters.FilterSet):
    """By the library that a row belongs to."""

    clinic = of_clinic()
    shared = of_shared()


class StateFilter(django_filters.ChoiceFilter):
    """Published things, unless retired ones are asked for. Raises PermissionDenied for whoever writes in no library."""

    def filter(self, rows: Any, value: str) -> Any:
        retired = value == library.RETIRED
        if retired:
            _for_writers(self.parent.request)
        return rows.filter(retired_at__isnull=not retired)


class Words(django_filters.FilterSet):
    """Rows are found by what they say. Of revisions that is what they say themselves."""

    said_in = "pk"

    search = django_filters.CharFilter(
        method="matching",
        max_length=searching.TEXT_MAX,
        label="words of the name, a synonym or a muscle, in any language",
    )

    @staticmethod
    def said_by(rows: QuerySet[Any], /) -> QuerySet[Any]:
        """The revisions that speak for the rows; each row knows its own as `said_in`."""
        return rows

    def narrow(self, rows: QuerySet[Any], to: Callable[[QuerySet[Any]], Any]) -> QuerySet[Any]:
        """`to` answers revisions, or their ids."""
        found = to(self.said_by(rows))
        ids = found.order_by().values("pk") if isinstance(found, QuerySet) else found
        return rows.filter(**{f"{self.said_in}__in": ids})

    def matching(self, rows: QuerySet[Any], name: str, value: str | list[str]) -> QuerySet[Any]:
        """Every word of `search`; of all else any of the values."""
        field = "text" if name == "search" else name
        wanted = [value] if isinstance(value, str) else value
        return self.narrow(
            rows, lambda said: reduce(or_, (library.matching(said, **{field: one}) for one in wanted))
        )


class FreeField(django_filters.MultipleChoiceFilter.field_class):
    """Any words, as often as one likes: what nobody says finds nothing."""

    def valid_value(self, value: str) -> bool:
        return True


class FreeFilter(django_filters.MultipleChoiceFilter):
    field_class = FreeField


class ByFacets(Words):
    """The facets of the shelf. Of one facet any chosen value is enough; all of them narrow each other."""

    region = django_filters.MultipleChoiceFilter(choices=Region.choices, method="matching")
    position = django_filters.MultipleChoiceFilter(choices=Position.choices, method="matching")
    equipment = FreeFilter(method="taking", label="what it takes; case does not count")
    tag = django_filters.MultipleChoiceFilter(
        choices=Condition.choices, method="having", label="it has a caution for this"
    )
    language = FreeFilter(method="having", label="it can be read whole in this language (a code)")
    review = django_filters.MultipleChoiceFilter(
        choices=[(searching.OVERDUE, searching.OVERDUE)],
        method="overdue",
        label="somebody should have read it again by now; for those who write in a library",
    )

    def taking(self, rows: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        return self.having(rows, name, [facets.plain(one) for one in value])

    def having(self, rows: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        query = searching.Query(state="", chosen=tuple(f"{name}:{one}" for one in value))
        return self.narrow(rows, lambda said: searching.keys(said, query))

    def overdue(self, rows: QuerySet[Any], name: str, value: list[str]) -> QuerySet[Any]:
        _for_writers(self.request)
        return self.having(rows, name, value)


class OfShelf(OfLibrary):
    """What is published, or what was retired."""

    state = StateFilter(
        choices=[(state, state) for state in (searching.PUBLISHED, library.RETIRED)],
        label="published (the default) or, for those who write in a library, retired",
    )


class ExerciseFilter(ByFacets, OfShelf):
    said_in = "published"
    said_by = staticmethod(library.published)


class RoutineFilter(Words, OfShelf):
    said_in = "published"
    said_by = staticmethod(routine_library.published)


class InWork(Words):
    """Drafts, and what is in review."""

    state = django_filters.ChoiceFilter(choices=[(state.value, state.value) for state in library.IN_WORK])
    waits = django_filters.ChoiceFilter(
        choices=[(kind, kind) for kind in waiting.KINDS],
        method="waiting_for",
        label="what waits for you: given back to you, to be reviewed by you, with comments, or your other drafts",
    )

    def waiting_for(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        found = (pile.work for pile in waiting.piles(self.request) if pile.kind == value)
        return rows.filter(pk__in=[work.pk for work in next(found, ())])


class ExerciseInWork(ByFacets, InWork):
    clinic = of_clinic("exercise__clinic")
    shared = of_shared("exercise__clinic")


class RoutineInWork(InWork):
    clinic = of_clinic("routine__clinic")
    shared = of_shared("routine__clinic")


def _for_writers(request: HttpRequest) -> None:
    if not library.writes(request):
        raise PermissionDenied
