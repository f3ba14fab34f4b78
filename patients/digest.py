"""The facts of a clinician's weekly digest (docs/rules.md 8), as plain JSON: mail and page are drawn from them.

Shape (dates are ISO local dates, percentages whole numbers or None where nothing was due):

    own: bool                    the recipient's own patients, or (False) all of the clinic
    bands: {Band: count}
    total: {due, kept, credit, percent, change}; {} without patients
    rows: [{id, name, band, due, kept, credit, percent, change, pain, pain_before, last_session, alerts}]
          who needs a look first; `credit`: what the percentage is of, one decimal; `change`: since the week
          before, in percentage points; `pain`: mean NPRS after sessions of the week and of the one before, one
          decimal; `alerts`: how many are not resolved
    alerts: [{patient, name, level, rule, since}]   not resolved, the gravest first
    new: [{id, name, day}]       their first prescription began in the week
    ending: [{id, name, day}]    their last prescription ends within `ENDS_SOON` after the week

However many patients there are, the number of queries is the same.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from typing import Any
from uuid import UUID

from django.db.models import Max, QuerySet

from clinic.models import Clinic, User
from patients.adherence import Adherence, Band, Done, band, combine, together
from patients.models import Alert, Patient, Prescription, Session
from patients.models.alerts import AlertState, Level
from patients.models.people import PatientState
from patients.progress import plan_of
from patients.schedule import DateRange, Plan

DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(days=7)
ENDS_SOON = dt.timedelta(days=14)
# The bands look at the 14 days before the week's end, and at the whole ISO weeks that these touch.
LOOK_BACK = dt.timedelta(days=21)
NEEDS_A_LOOK = (Band.QUIET, Band.OFF_TRACK, Band.SLIPPING, Band.NEW, Band.ON_TRACK)


def patients_of(clinic: Clinic, recipient: User) -> QuerySet[Patient]:
    """The patients in somebody's own care; of the whole clinic for a colleague who has none in theirs."""
    active = Patient.objects.filter(clinic=clinic, state=PatientState.ACTIVE).order_by("name")
    own = active.filter(clinician=recipient)
    return own if own.exists() else active


def facts(clinic: Clinic, recipient: User, week: DateRange, now: dt.datetime) -> dict[str, Any]:
    """The digest of the seven days of `week`, as they stand at `now`."""
    patients = list(patients_of(clinic, recipient))
    care = _load(patients, week)
    figures = {p.pk: _Figures.of(care[p.pk], week, p.local_date(now)) for p in patients}
    alerts = list(
        Alert.objects.filter(patient__in=patients)
        .exclude(state=AlertState.RESOLVED)
        .select_related("patient")
        .order_by("opened_at")
    )
    open_alerts = Counter(alert.patient_id for alert in alerts)
    rows = [_row(p, care[p.pk], figures[p.pk], open_alerts[p.pk], week, now) for p in patients]
    rows.sort(key=lambda r: (NEEDS_A_LOOK.index(Band(r["band"])), -r["alerts"], r["name"]))
    soon = DateRange(week.last + DAY, week.last + ENDS_SOON)
    return {
        "own": any(patient.clinician_id == recipient.pk for patient in patients),
        "bands": {one.value: sum(r["band"] == one.value for r in rows) for one in Band},
        "total": _Figures.together(list(figures.values())),
        "rows": rows,
        "alerts": [_alert(a) for a in sorted(alerts, key=lambda a: list(Level).index(Level(a.level)))],
        "new": _on_day(patients, {p.pk: care[p.pk].begins for p in patients}, week),
        "ending": _on_day(patients, {p.pk: care[p.pk].ends for p in patients}, soon),
    }


@dataclass(slots=True)
class _Care:
    """What is known of one patient's care: plans with what was done, pain, and the first and last day of it all."""

    plans: dict[UUID, tuple[Plan, list[Done]]] = field(default_factory=dict)
    pains: list[tuple[dt.date, int]] = field(default_factory=list)
    last_session: dt.date | None = None

    @property
    def begins(self) -> dt.date | None:
        return min((plan.starts_on for plan, _ in self.plans.values()), default=None)

    @property
    def ends(self) -> dt.date | None:
        """The last day of the last prescription; None where there is none, or one has an open end."""
        days = [plan.last_day for plan, _ in self.plans.values()]
        return None if None in days else max((day for day in days if day), default=None)

    def over(self, days: DateRange, today: dt.date) -> Adherence:
        return together(self.plans.values(), days.first, days.last, today)

    def pain(self, days: DateRange) -> float | None:
        values = [pain for day, pain in self.pains if day in days]
        return _tenths(Fraction(sum(values), len(values))) if values else None


def _load(patients: Sequence[Patient], week: DateRange) -> dict[UUID, _Care]:
    care: dict[UUID, _Care] = defaultdict(_Care)
    for prescription in Prescription.objects.filter(patient__in=patients).prefetch_related(
        "revisions", "pauses"
    ):
        care[prescription.patient_id].plans[prescription.pk] = (plan_of(prescription), [])
    sessions = Session.objects.filter(patient__in=patients, voided_at=None, local_date__lte=week.last)
    for session in (
        sessions.filter(local_date__gt=week.last - LOOK_BACK)
        .only(
            "patient_id", "prescription_id", "local_date", "performed_sets", "prescribed_sets", "pain_after"
        )
        .order_by("started_at")
    ):
        of_patient = care[session.patient_id]
        _, done = of_patient.plans[session.prescription_id]
        done.append(Done(session.local_date, session.completion))
        if session.pain_after is not None:
            of_patient.pains.append((session.local_date, session.pain_after))
    latest = sessions.values_list("patient").annotate(Max("local_date")).order_by()
    for patient, day in latest:
        care[patient].last_session = day
    return care


@dataclass(frozen=True, slots=True)
class _Figures:
    """The week, and the one before it for comparison."""

    now: Adherence
    before: Adherence

    @classmethod
    def of(cls, care: _Care, week: DateRange, today: dt.date) -> "_Figures":
        return cls(care.over(week, today), care.over(_week_before(week), today))

    @staticmethod
    def together(all_figures: Sequence["_Figures"]) -> dict[str, Any]:
        """Those of several patients as one; {} when there is nobody."""
        if not all_figures:
            return {}
        return _Figures(
            combine([f.now for f in all_figures]), combine([f.before for f in all_figures])
        ).as_json()

    def as_json(self) -> dict[str, Any]:
        percent, before = _percent(self.now), _percent(self.before)
        # Of the whole percentages, so that the mail adds up.
        change = percent - before if percent is not None and before is not None else None
        return {
            "due": self.now.due,
            "kept": self.now.kept,
            "credit": _tenths(self.now.credit),
            "percent": percent,
            "change": change,
        }


def _week_before(week: DateRange) -> DateRange:
    return DateRange(week.first - WEEK, week.last - WEEK)


def _tenths(number: Fraction) -> float:
    """Rounded half up to one decimal."""
    return floor(number * 10 + Fraction(1, 2)) / 10


def _percent(figures: Adherence) -> int | None:
    """Adherence in whole per cent, rounded half up; None when nothing was due."""
    share = figures.adherence
    return None if share is None else floor(share * 100 + Fraction(1, 2))


def _row(
    patient: Patient, care: _Care, figures: _Figures, alerts: int, week: DateRange, now: dt.datetime
) -> dict[str, Any]:
    day_after = min(patient.local_date(now), week.last + DAY)
    return {
        "id": str(patient.pk),
        "name": patient.name,
        "band": band(list(care.plans.values()), day_after).value,
        **figures.as_json(),
        "pain": care.pain(week),
        "pain_before": care.pain(_week_before(week)),
        "last_session": care.last_session.isoformat() if care.last_session else None,
        "alerts": alerts,
    }


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "patient": str(alert.patient_id),
        "name": alert.patient.name,
        "level": alert.level,
        "rule": alert.rule,
        "since": alert.opened_at.astimezone(alert.patient.zone).date().isoformat(),
    }


def _on_day(
    patients: Sequence[Patient], days: Mapping[UUID, dt.date | None], asked: DateRange
) -> list[dict[str, Any]]:
    """The patients whose day lies in the asked range, by day."""
    found = [(day, p) for p in patients if (day := days[p.pk]) is not None and day in asked]
    return [
        {"id": str(p.pk), "name": p.name, "day": day.isoformat()}
        for day, p in sorted(found, key=lambda one: (one[0], one[1].name))
    ]
