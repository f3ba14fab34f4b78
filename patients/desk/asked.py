"""What is asked of the roster: whom it lists and in which order, as it stands in the address."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

from django.db.models import Case, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.expressions import OrderBy

from clinic.models import User
from patients import alerts
from patients.adherence import Band
from patients.models import Alert, Patient, Prescription, Session
from patients.models.alerts import AlertState, Level
from patients.models.people import IN_CARE, PatientState

ENDS_WITHIN = dt.timedelta(days=14)


class Sort(StrEnum):
    NEED = "need"
    NAME = "name"
    ADHERENCE = "adherence"
    PAIN = "pain"
    LAST_SESSION = "last"


class Who(StrEnum):
    """Whom the roster lists, other than those in care."""

    INACTIVE = "inactive"
    DISCHARGED = "discharged"
    EVERYBODY = "everybody"


class Focus(StrEnum):
    """The views that everybody has."""

    CALL = "call"  # an open alert that is critical or high, or quiet
    LOW = "low"  # slipping or off track
    ENDS = "ends"  # a prescription ends within 14 days
    NEW = "new"

    @property
    def address(self) -> str:
        return f"show={self.value}"


BANDS_IN_FOCUS = {
    Focus.CALL: {Band.QUIET},
    Focus.LOW: {Band.SLIPPING, Band.OFF_TRACK},
    Focus.NEW: {Band.NEW},
}


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked of the roster. Anything unknown in an address is taken as not asked."""

    text: str = ""
    who: Who | None = None
    mine: bool = False
    focus: Focus | None = None
    band: Band | None = None
    sort: Sort = Sort.NEED
    page: str = "1"

    @classmethod
    def of(cls, data: Mapping[str, str]) -> "Query":
        return cls(
            text=data.get("q", "").strip()[:120],
            who=next((w for w in Who if w.value == data.get("who")), None),
            mine=data.get("mine") == "1",
            focus=next((f for f in Focus if f.value == data.get("show")), None),
            band=next((b for b in Band if b.value == data.get("band")), None),
            sort=next((s for s in Sort if s.value == data.get("sort")), Sort.NEED),
            page=data.get("page", "1"),
        )

    @property
    def narrowed(self) -> bool:
        return bool(self.text or self.who or self.mine or self.focus or self.band)

    @property
    def counts(self) -> bool:
        """Whether the figures of everybody found have to be worked out to answer it."""
        return bool(self.band or self.focus in BANDS_IN_FOCUS or self.sort is Sort.ADHERENCE)

    @property
    def address(self) -> str:
        """The same question as the query part of an address, without the page; one spelling for each."""
        asked = {
            "q": self.text,
            "who": self.who or "",
            "mine": "1" if self.mine else "",
            "show": self.focus or "",
            "band": self.band.value if self.band else "",
            "sort": "" if self.sort is Sort.NEED else self.sort.value,
        }
        return urlencode({name: value for name, value in asked.items() if value})

    @property
    def is_focus(self) -> bool:
        """Whether it is one of the views that everybody has, as it stands."""
        return self.focus is not None and self.address == self.focus.address

    def fits(self, band: Band, worst: int | None) -> bool:
        """Whether somebody of this band, with this most urgent alert (0 critical, 1 high), is asked for."""
        if self.band not in (None, band):
            return False
        if self.focus is Focus.CALL and worst is not None and list(Level)[worst] != Level.LOW:
            return True
        return self.focus not in BANDS_IN_FOCUS or band in BANDS_IN_FOCUS[self.focus]


def urgency(field: str) -> Case:
    """An alert's level as a number, 0 the most urgent; for ordering in the database."""
    whens = [When(**{field: level}, then=Value(place)) for place, level in enumerate(Level.values)]
    return Case(*whens, output_field=IntegerField())


def find(patients: QuerySet[Patient], query: Query, user: User, today: dt.date) -> QuerySet[Patient]:
    """Patients in care, or whom the query asks for; a search by name or reference finds everybody.

    Whoever has left, and has a critical alert that came in late, stands among those in care until it is resolved.
    What only the figures tell is not asked here. `today` is the clinic's.
    """
    for word in query.text.split():
        patients = patients.filter(Q(name__icontains=word) | Q(reference__icontains=word))
    if query.mine:
        patients = patients.filter(clinician=user)
    if query.focus is Focus.ENDS:
        ending = Prescription.objects.filter(stopped_from=None, ends_on__range=(today, today + ENDS_WITHIN))
        patients = patients.filter(pk__in=Subquery(ending.values("patient")))
    match query.who:
        case Who.INACTIVE:
            return patients.filter(state=PatientState.INACTIVE)
        case Who.DISCHARGED:
            return patients.filter(state=PatientState.DISCHARGED)
        case None if not query.text:
            return patients.filter(Q(state__in=IN_CARE) | alerts.with_critical())
    return patients


def in_order(found: QuerySet[Patient], sort: Sort) -> QuerySet[Patient]:
    """The order that the database knows. By adherence is by name here: that is worked out, never stored.

    Each look is one into an index for each patient; a join would be a walk through all sessions of the clinic.
    """
    by: list[OrderBy | str] = []
    if sort is Sort.NEED:
        found, by = found.annotate(worst=worst_alert()), [F("worst").asc(nulls_last=True)]
    elif sort is Sort.LAST_SESSION:
        found, by = found.annotate(last_day=last_session()), [F("last_day").asc(nulls_first=True)]
    elif sort is Sort.PAIN:
        found, by = found.annotate(pain=last_pain()), [F("pain").desc(nulls_last=True)]
    return found.order_by(*by, "name", "pk")


def worst_alert() -> Subquery:
    """The level of the most urgent alert that nobody has resolved, as a number."""
    unresolved = Alert.objects.filter(patient=OuterRef("pk")).exclude(state=AlertState.RESOLVED)
    return Subquery(unresolved.annotate(place=urgency("level")).order_by("place").values("place")[:1])


def last_session() -> Subquery:
    """The local date of the last session that counts."""
    sessions = Session.objects.filter(patient=OuterRef("pk"), voided_at=None).order_by("-local_date")
    return Subquery(sessions.values("local_date")[:1])


def last_pain() -> Subquery:
    """NPRS after the last session that counts and was rated."""
    sessions = Session.objects.filter(patient=OuterRef("pk"), voided_at=None).exclude(pain_after=None)
    return Subquery(sessions.order_by("-local_date", "-started_at").values("pain_after")[:1])
