"""The kinds of weekly report: what each holds, who reads it, and how its facts are loaded (docs/rules.md 8)."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from clinic import access
from clinic import facts as kept_facts
from clinic.access import ROLE_RIGHTS, Right
from clinic.models import Clinic, User
from patients.models import Report
from patients.models.reports import ReportKind
from patients.reporting import loading
from patients.reporting.facts import ClinicReport, Digest
from patients.schedule import DateRange

Facts = Digest | ClinicReport


@dataclass(frozen=True, slots=True)
class Sort:
    """What a kind of report holds, and the right that it takes to receive and to read it."""

    shape: type[Digest] | type[ClinicReport]
    right: Right
    load: Callable[[Report, DateRange, dt.datetime], Facts]

    @property
    def roles(self) -> list[str]:
        return [role for role, rights in ROLE_RIGHTS.items() if self.right in rights]


SORTS: dict[str, Sort] = {
    ReportKind.DIGEST: Sort(
        Digest,
        Right.REPORT,
        lambda report, week, now: loading.digest(report.clinic, report.recipient, week, now),
    ),
    ReportKind.CLINIC: Sort(
        ClinicReport,
        Right.MANAGE_CLINIC,
        lambda report, week, now: loading.clinic_report(report.clinic, week, now),
    ),
}


def may_receive(clinic: Clinic, kind: str, person: User) -> bool:
    """A report goes to colleagues with the right to it, for as long as they have it."""
    return (
        person.is_active
        and clinic.memberships.filter(user=person, is_active=True, role__in=SORTS[kind].roles).exists()
    )


def open_to(rows: QuerySet[Report], user: User) -> QuerySet[Report]:
    """Those that a colleague may read, of rows of clinics in which they may read any."""
    reach = Q(pk__in=[])
    for kind, sort in SORTS.items():
        reach |= Q(kind=kind, clinic__in=access.clinics(user, sort.right))
    return rows.filter(reach)


def facts_of(report: Report) -> Facts:
    """What a report said when it was made."""
    return kept_facts.from_json(SORTS[report.kind].shape, report.facts)
