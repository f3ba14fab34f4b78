"""Reading the library: what a person may choose from (docs/rules.md 9)."""

from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest

from clinic import access
from clinic.access import Right
from exercises.models import Exercise, Routine, RoutineItem


def shelf(request: HttpRequest) -> QuerySet[Exercise]:
    """The exercises to prescribe from: published, not retired, of the shared library and of one's clinics."""
    return (
        access.visible(request, Exercise, Right.VIEW_LIBRARY)
        .filter(published__isnull=False, retired_at=None)
        .select_related("published__exercise")
        .order_by("published__name", "pk")
    )


def routines(request: HttpRequest) -> QuerySet[Routine]:
    """The routines to prescribe from, with their items and exercises."""
    items = RoutineItem.objects.select_related("exercise__published").order_by("position")
    return (
        access.visible(request, Routine, Right.VIEW_LIBRARY)
        .filter(published_at__isnull=False, retired_at=None)
        .prefetch_related(Prefetch("items", items))
        .order_by("name", "pk")
    )
