"""Weekly reports as CSV, from the facts that page and mail show. The names of columns are for programs too."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from clinic import tables
from patients.adherence import Band
from patients.models import Report
from patients.reporting.facts import ClinicReport, Digest, Figures, Pain
from patients.reporting.kinds import facts_of


def csv_of(report: Report) -> bytes:
    """A row a patient (digest), or a row a colleague (clinic report) and one of all."""
    facts = facts_of(report)
    if isinstance(facts, Digest):
        return tables.content(DIGEST_HEAD, _digest_rows(report, facts))
    return tables.content(CLINIC_HEAD, _clinic_rows(report, facts))


_PERIOD = ("from", "to")
_FIGURES = ("due", "kept", "credit", "adherence_percent", "change_points", "pain_mean", "pain_mean_before")
DIGEST_HEAD = (
    *(*_PERIOD, "patient", "band", "band_before"),
    *_FIGURES,
    *(f"day_{number}" for number in range(1, 8)),
    *("last_session", "open_alerts"),
)
CLINIC_HEAD = (
    *(*_PERIOD, "in_the_care_of", "patients"),
    *(f"band_{one.value}" for one in Band),
    *_FIGURES,
    "open_alerts",
)


def _figures(week: Figures, pain: Pain) -> tuple[Any, ...]:
    return (week.due, week.kept, week.credit, week.percent, week.change, pain.now, pain.before)


def _digest_rows(report: Report, facts: Digest) -> Iterable[Sequence[Any]]:
    for row in facts.rows:
        yield (
            *(report.first_day, report.last_day, row.name, row.band.value, row.band_before.value),
            *_figures(row.week, row.pain),
            *(day.value for day in row.days),
            *(row.last_session, row.alerts),
        )


def _clinic_rows(report: Report, facts: ClinicReport) -> Iterable[Sequence[Any]]:
    all_alerts = sum(facts.alerts_open.values())
    for who, together, alerts in [
        *((one.name or _("nobody"), one.together, one.alerts) for one in facts.care),
        (_("the whole clinic"), facts.together, all_alerts),
    ]:
        yield (
            *(report.first_day, report.last_day, who, together.patients),
            *(together.bands[one] for one in Band),
            *_figures(together.week, together.pain),
            alerts,
        )
