"""The roster: a row a patient, worked out for one page at a time in a constant number of queries."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q, QuerySet
from django.utils import timezone

from clinic.access import Right
from patients import bands
from patients.adherence import Band
from patients.desk.asked import Query, Sort, in_order, last_session, worst_alert
from patients.models import Patient, Prescription
from patients.models.alerts import AlertState, Level
from patients.models.people import IN_CARE, PatientState
from patients.reaching import standing as reaching
from patients.standings import Standing, of_patients

PAGE_SIZE = 25
ENDS_SOON = dt.timedelta(days=7)
# An invitation that has lain this long is worth a second letter.
INVITED_LONG_AGO = dt.timedelta(days=5)


class Action(StrEnum):
    """What the desk proposes to do next, the most pressing first."""

    RELEASE = "release"
    ALERT = "alert"
    PRESCRIBE = "prescribe"
    REINVITE = "reinvite"
    EXTEND = "extend"
    CALL = "call"
    OPEN = "open"


NEEDS: dict[Action, Right] = {
    Action.RELEASE: Right.PRESCRIBE,
    Action.ALERT: Right.CARE_FOR_PATIENTS,
    Action.PRESCRIBE: Right.PRESCRIBE,
    Action.REINVITE: Right.CARE_FOR_PATIENTS,
    Action.EXTEND: Right.PRESCRIBE,
    Action.CALL: Right.CARE_FOR_PATIENTS,
    Action.OPEN: Right.VIEW_PATIENTS,
}


@dataclass(frozen=True, slots=True)
class Row:
    patient: Patient
    standing: Standing
    today: dt.date  # the patient's
    open_alerts: int
    worst: Level | None
    action: Action
    # The prescription that the action is about, where it is about one.
    prescription: Prescription | None
    refused: bool  # mails to the patient's address

    @property
    def last_pain(self) -> int | None:
        """NPRS after the last session of the window."""
        return self.standing.pains[-1][1] if self.standing.pains else None


@dataclass(frozen=True, slots=True)
class Roster:
    rows: Sequence[Row]
    page: Page


def read(found: QuerySet[Patient], query: Query, rights: frozenset[Right]) -> Roster:
    """One page of those found, by what the query asks. The number of queries is constant.

    The database orders and cuts the page. Where that takes figures (a band is asked for, or the order is by
    adherence), they are worked out for everybody found, from today's facts.
    """
    page = Paginator(chosen(found, query), PAGE_SIZE).get_page(query.page)
    patients = _patients(found, list(page.object_list))
    # `last_day`, `open_alerts` and `worst` are annotations of `_patients`.
    standings = of_patients(patients, last_days={p.pk: p.last_day for p in patients})  # type: ignore[attr-defined]
    now = timezone.now()
    refused = reaching.refused(patients)
    return Roster([_row(p, standings[p.pk], rights, now, refused=p.pk in refused) for p in patients], page)


def chosen(found: QuerySet[Patient], query: Query) -> Sequence[UUID] | QuerySet[Patient, UUID]:
    """The ids of all who fit the query, in its order."""
    ordered = in_order(found, query.sort)
    return _counted(found, query) if query.counts else ordered.values_list("pk", flat=True)


def _counted(found: QuerySet[Patient], query: Query) -> list[UUID]:
    """Those of the asked bands, in the asked order."""
    everybody = list(
        in_order(found, query.sort).annotate(worst=worst_alert()).values_list("pk", "time_zone", "worst")
    )
    figures = bands.of_all(found, {pk: zone for pk, zone, _worst in everybody})
    chosen = [pk for pk, _zone, worst in everybody if query.fits(figures[pk].band, worst)]
    if query.sort is Sort.ADHERENCE:
        chosen.sort(key=lambda pk: _lowest_first(figures[pk].adherence))
    return chosen


def _patients(found: QuerySet[Patient], chosen: Sequence[UUID]) -> list[Patient]:
    unresolved = ~Q(alerts__state=AlertState.RESOLVED)
    rows = found.filter(pk__in=chosen).select_related("invitation", "user")
    rows = rows.annotate(
        open_alerts=Count("alerts", filter=unresolved), worst=worst_alert(), last_day=last_session()
    )
    return sorted(rows, key=lambda patient: chosen.index(patient.pk))


def _lowest_first(share: Fraction | None) -> tuple[bool, Fraction]:
    """Those of whom nothing was due come last."""
    return share is None, share or Fraction(0)


def _row(
    patient: Patient, standing: Standing, rights: frozenset[Right], now: dt.datetime, *, refused: bool
) -> Row:
    open_alerts: int = patient.open_alerts  # type: ignore[attr-defined]
    place: int | None = patient.worst  # type: ignore[attr-defined]
    action, prescription = _next_action(patient, standing, open_alerts, rights, now)
    return Row(
        patient=patient,
        standing=standing,
        today=patient.local_date(now),
        open_alerts=open_alerts,
        worst=None if place is None else list(Level)[place],
        action=action,
        prescription=prescription,
        refused=refused,
    )


def _next_action(
    patient: Patient, standing: Standing, open_alerts: int, rights: frozenset[Right], now: dt.datetime
) -> tuple[Action, Prescription | None]:
    today = patient.local_date(now)
    current = [p for p in standing.prescriptions if p.last_day is None or p.last_day >= today]
    held = next((p for p in current if p.held_at), None)
    ends = next((p for p in current if p.last_day and p.last_day - today <= ENDS_SOON), None)
    invited = patient.invitation
    unanswered = (
        patient.state == PatientState.INVITED
        and invited is not None
        and now - invited.created_at > INVITED_LONG_AGO
    )
    wishes = (
        (Action.RELEASE, held is not None, held),
        (Action.ALERT, open_alerts > 0, None),
        (Action.PRESCRIBE, not current and patient.state in IN_CARE, None),
        (Action.REINVITE, unanswered, None),
        (Action.EXTEND, ends is not None and ends.stopped_from is None, ends),
        (Action.CALL, patient.state in IN_CARE and standing.band in (Band.QUIET, Band.OFF_TRACK), None),
    )
    for action, wanted, prescription in wishes:
        if wanted and NEEDS[action] in rights:
            return action, prescription
    return Action.OPEN, None
