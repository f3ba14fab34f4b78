"""The roster as CSV: everybody who fits the query, a row a patient, counts beside the percentage (docs/rules.md 8).

It is written row by row; what is kept for all of them are ids and figures.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet

from patients import bands
from patients.desk.asked import Query, last_pain, last_session, worst_alert
from patients.desk.roster import chosen
from patients.models import Patient
from patients.models.alerts import AlertState, Level

PORTION = 500
# The names of columns are for programs too; figures are those of the 14 days before today.
HEAD = (
    *("patient", "reference", "date_of_birth", "state", "in_the_care_of", "time_zone"),
    *("band", "due_14_days", "kept_14_days", "credit_14_days", "adherence_percent_14_days"),
    *("last_session", "last_pain", "open_alerts", "worst_alert"),
)


def rows(found: QuerySet[Patient], query: Query) -> Iterator[Sequence[Any]]:
    """As text, numbers and dates; nothing due is an empty percentage, never 0."""
    ids = list(chosen(found, query))
    figures = bands.of_all(found)
    unresolved = ~Q(alerts__state=AlertState.RESOLVED)
    everything = found.select_related("clinician").annotate(
        open_alerts=Count("alerts", filter=unresolved),
        worst=worst_alert(),
        last_day=last_session(),
        pain=last_pain(),
    )
    for at in range(0, len(ids), PORTION):
        portion = ids[at : at + PORTION]
        patients: dict[Any, Any] = everything.in_bulk(portion)
        for patient in (patients[pk] for pk in portion if pk in patients):
            lately = figures[patient.pk]
            worst = None if patient.worst is None else list(Level)[patient.worst].value
            yield (
                *(patient.name, patient.reference, patient.birth_date, patient.state),
                *(patient.clinician and patient.clinician.name, str(patient.time_zone)),
                *(lately.band.value, lately.due, lately.kept, lately.credit, lately.percent),
                *(patient.last_day, patient.pain, patient.open_alerts, worst),
            )
