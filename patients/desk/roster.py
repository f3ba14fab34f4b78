"""The roster: a row a patient, worked out for one page at a time in a constant number of queries."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Min, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.expressions import OrderBy
from django.utils import timezone

from clinic.access import Right
from patients import alerts
from patients.adherence import Band
from patients.desk.record import urgency
from patients.models import Patient, Prescription, Session
from patients.models.alerts import AlertState, Level
from patients.models.people import IN_CARE, PatientState
from patients.progress import Standing, of_patients

PAGE_SIZE = 50
ENDS_SOON = dt.timedelta(days=7)
# An invitation that has lain this long is worth a second letter.
INVITED_LONG_AGO = dt.timedelta(days=5)


class Sort(StrEnum):
    NEED = "need"
    NAME = "name"
    ADHERENCE = "adherence"
    LAST_SESSION = "last"


class Who(StrEnum):
    """Whom the roster lists, other than those in care."""

    INACTIVE = "inactive"
    DISCHARGED = "discharged"
    EVERYBODY = "everybody"


# Sorting by adherence is not here: it is worked out, never stored.
IN_DATABASE: dict[Sort, list[OrderBy | str]] = {
    Sort.NEED: [F("worst").asc(nulls_last=True), "name"],
    Sort.NAME: ["name"],
    Sort.LAST_SESSION: [F("last_day").asc(nulls_first=True), "name"],
}


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
    open_alerts: int
    worst: Level | None
    action: Action
    # The prescription that the action is about, where it is about one.
    prescription: Prescription | None

    @property
    def last_pain(self) -> int | None:
        """NPRS after the last session of the window."""
        return self.standing.pains[-1][1] if self.standing.pains else None

    @property
    def pain_rise(self) -> int:
        return max(self.standing.pain_trend or 0, 0)

    @property
    def pain_fall(self) -> int:
        return max(-(self.standing.pain_trend or 0), 0)


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of the roster. Anything unknown in an address is taken as not asked."""

    text: str = ""
    who: Who | None = None
    band: Band | None = None
    sort: Sort = Sort.NEED
    page: str = "1"

    @classmethod
    def of(cls, data: Mapping[str, str]) -> "Query":
        return cls(
            text=data.get("q", "").strip(),
            who=next((w for w in Who if w.value == data.get("who")), None),
            band=next((b for b in Band if b.value == data.get("band")), None),
            sort=next((s for s in Sort if s.value == data.get("sort")), Sort.NEED),
            page=data.get("page", "1"),
        )

    @property
    def narrowed(self) -> bool:
        return bool(self.text or self.who or self.band)


@dataclass(frozen=True, slots=True)
class Roster:
    rows: Sequence[Row]
    page: Page


def find(patients: QuerySet[Patient], query: Query) -> QuerySet[Patient]:
    """Patients in care, or whom the query asks for; a search by name or reference finds everybody.

    Whoever has left, and has a critical alert that came in late, stands among those in care until it is resolved.
    """
    if query.text:
        patients = patients.filter(Q(name__icontains=query.text) | Q(reference__icontains=query.text))
    match query.who:
        case Who.INACTIVE:
            return patients.filter(state=PatientState.INACTIVE)
        case Who.DISCHARGED:
            return patients.filter(state=PatientState.DISCHARGED)
        case None if not query.text:
            return patients.filter(Q(state__in=IN_CARE) | alerts.with_critical())
    return patients


def read(patients: QuerySet[Patient], query: Query, rights: frozenset[Right]) -> Roster:
    """One page of the roster. `patients` are those whom the asking person may see.

    Bands and shares are worked out from the sessions. Where the page cannot be chosen without them (a band is
    asked for, or the order is by adherence) they are worked out for everybody found, with as many queries.
    """
    open_alerts = ~Q(alerts__state=AlertState.RESOLVED)
    found = find(patients, query).select_related("invitation")
    counted = found.annotate(
        open_alerts=Count("alerts", filter=open_alerts, distinct=True),
        worst=Min(urgency("alerts__level"), filter=open_alerts),
    )
    if query.sort is Sort.LAST_SESSION:
        # A look into the index for each patient; joined, it would be a walk through all sessions of the clinic.
        sessions = Session.objects.filter(patient=OuterRef("pk"), voided_at=None).order_by("-local_date")
        counted = counted.annotate(last_day=Subquery(sessions.values("local_date")[:1]))
    ordered = counted.order_by(*IN_DATABASE.get(query.sort, ["name"])).prefetch_related(
        Prefetch("prescriptions", Prescription.objects.order_by("starts_on"))
    )
    if query.band or query.sort is Sort.ADHERENCE:
        everybody = list(ordered)
        standings = of_patients(everybody)
        chosen = [p for p in everybody if query.band in (None, standings[p.pk].band)]
        if query.sort is Sort.ADHERENCE:
            chosen.sort(key=lambda p: _lowest_first(standings[p.pk].adherence.adherence))
        page = Paginator(chosen, PAGE_SIZE).get_page(query.page)
    else:
        page = Paginator(ordered, PAGE_SIZE).get_page(query.page)
        standings = of_patients(list(page.object_list))
    now = timezone.now()
    return Roster([_row(p, standings[p.pk], rights, now) for p in page.object_list], page)


def _lowest_first(share: Fraction | None) -> tuple[bool, Fraction]:
    """Those of whom nothing was due come last."""
    return share is None, share or Fraction(0)


def _row(patient: Patient, standing: Standing, rights: frozenset[Right], now: dt.datetime) -> Row:
    # `open_alerts` and `worst` are annotations of `read`.
    open_alerts: int = patient.open_alerts  # type: ignore[attr-defined]
    place: int | None = patient.worst  # type: ignore[attr-defined]
    action, prescription = _next_action(patient, standing, open_alerts, rights, now)
    return Row(
        patient=patient,
        standing=standing,
        open_alerts=open_alerts,
        worst=None if place is None else list(Level)[place],
        action=action,
        prescription=prescription,
    )


def _next_action(
    patient: Patient, standing: Standing, open_alerts: int, rights: frozenset[Right], now: dt.datetime
) -> tuple[Action, Prescription | None]:
    today = patient.local_date(now)
    current = [p for p in patient.prescriptions.all() if p.last_day is None or p.last_day >= today]
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
