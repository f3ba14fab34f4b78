"""How many prescriptions ask for a stretch of the library: told to the library, which knows no patient."""

from collections.abc import Mapping
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.utils import timezone

from exercises.models import Exercise
from patients.models import Item, PrescriptionRevision
from patients.models.people import IN_CARE


def active(exercise: Exercise) -> Mapping[UUID, int]:
    """Prescriptions whose newest revision has the exercise, not over and of patients in care, by clinic.

    Days are those of the installation's own zone: a count to judge by, not a figure of anybody.
    """
    today = timezone.localdate()
    place = "revision__prescription"
    newest = PrescriptionRevision.objects.filter(prescription=OuterRef(place)).order_by("-number")
    items = (
        Item.objects.filter(exercise_revision__exercise=exercise)
        .filter(Q(**{f"{place}__ends_on": None}) | Q(**{f"{place}__ends_on__gte": today}))
        .filter(Q(**{f"{place}__stopped_from": None}) | Q(**{f"{place}__stopped_from__gt": today}))
        .filter(**{f"{place}__patient__state__in": IN_CARE})
        .annotate(newest=Subquery(newest.values("pk")[:1]), clinic=F(f"{place}__patient__clinic"))
        .filter(revision=F("newest"))
    )
    counted = items.values("clinic").annotate(number=Count(place, distinct=True)).order_by()
    return {row["clinic"]: row["number"] for row in counted}
