"""The facts of weekly reports, read from the database (docs/rules.md 8).

A digest takes the same number of queries however many patients there are. The report of a whole clinic reads its
patients in portions, and keeps nothing of a portion but sums: its memory does not grow with the clinic.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet

from clinic.models import Clinic, User
from patients.adherence import Band, Day, DayState, Done, band, completion, together
from patients.models import Alert, Message, Patient, Prescription, Session, StateChange
from patients.models.alerts import AlertState, Level, Rule
from patients.models.people import PatientState
from patients.progress import last_sessions, plan_of
from patients.reporting.facts import (
    NEEDS_A_LOOK,
    Care,
    ClinicReport,
    Digest,
    Figures,
    OnDay,
    OpenAlert,
    Pain,
    Row,
    SevenDays,
    Standing,
)
from patients.schedule import DateRange, Plan, instant_of

DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(days=7)
ENDS_SOON = dt.timedelta(days=14)
WEEKS = 4
# Four weeks, and the days of a flexible week that lie before them. The bands look back no further.
LOOK_BACK = WEEKS * WEEK + 6 * DAY
PORTION = 500


def patients_of(clinic: Clinic, recipient: User) -> QuerySet[Patient]:
    """The patients in somebody's own care; of the whole clinic for a colleague who has none in theirs."""
    own = _active(clinic).filter(clinician=recipient)
    return own if own.exists() else _active(clinic)


def digest(clinic: Clinic, recipient: User, week: DateRange, now: dt.datetime) -> Digest:
    """A colleague's digest of the seven days of `week`, as they stand at `now`."""
    patients = list(patients_of(clinic, recipient))
    counted = list(_counted(patients, week, now))
    alerts = list(_not_resolved(patients).select_related("patient").order_by("opened_at"))
    of_patient = Counter(alert.patient_id for alert in alerts)
    rows = [one.row(of_patient[one.patient.pk]) for one in counted]
    rows.sort(key=lambda row: (NEEDS_A_LOOK.index(row.band), -row.alerts, row.name))
    sums = _Sums(week)
    for one in counted:
        sums.add(one)
    return Digest(
        own=any(patient.clinician_id == recipient.pk for patient in patients),
        together=sums.standing(),
        rows=tuple(rows),
        alerts=tuple(_alert(a) for a in sorted(alerts, key=lambda a: _gravity(a.level))),
        new=_on_day(counted, {one.patient.pk: one.begins for one in counted}, week),
        ending=_on_day(counted, {one.patient.pk: one.ends for one in counted}, _soon(week)),
    )


def clinic_report(clinic: Clinic, week: DateRange, now: dt.datetime) -> ClinicReport:
    """The clinic's report of the seven days of `week`, as they stand at `now`."""
    everybody, of_each = _Sums(week), defaultdict[UUID | None, _Sums](lambda: _Sums(week))
    new = ending = 0
    patients = _active(clinic).order_by("pk")
    for portion in _portions(patients):
        for one in _counted(portion, week, now):
            everybody.add(one)
            of_each[one.patient.clinician_id].add(one)
            new += one.begins is not None and one.begins in week
            ending += one.ends is not None and one.ends in _soon(week)
    zone = ZoneInfo(str(clinic.time_zone))
    span = (instant_of(week.first, dt.time(), zone), instant_of(week.last + DAY, dt.time(), zone))
    alerts = Alert.objects.filter(patient__clinic=clinic)
    not_resolved = alerts.exclude(state=AlertState.RESOLVED)
    oldest = not_resolved.order_by("opened_at").values_list("opened_at", flat=True).first()
    return ClinicReport(
        together=everybody.standing(),
        care=_care(clinic, of_each),
        alerts_open=_by_level(not_resolved),
        alerts_opened=_by_level(alerts.filter(opened_at__gte=span[0], opened_at__lt=span[1])),
        alerts_resolved=alerts.filter(resolved_at__gte=span[0], resolved_at__lt=span[1]).count(),
        oldest_alert=oldest.astimezone(zone).date() if oldest else None,
        new=new,
        ending=ending,
        discharged=StateChange.objects.filter(
            patient__clinic=clinic,
            state=PatientState.DISCHARGED,
            since__range=(week.first, week.last),
            counted_at__isnull=False,
        ).count(),
        invited=clinic.patients.filter(state=PatientState.INVITED).count(),
        threads_waiting=Message.objects.filter(patient__clinic=clinic, by_staff=False, unread=True)
        .values("patient")
        .distinct()
        .count(),
        sessions=Session.objects.filter(
            patient__clinic=clinic, voided_at=None, local_date__range=(week.first, week.last)
        ).count(),
    )


def _active(clinic: Clinic) -> QuerySet[Patient]:
    return Patient.objects.filter(clinic=clinic, state=PatientState.ACTIVE).order_by("name")


def _soon(week: DateRange) -> DateRange:
    return DateRange(week.last + DAY, week.last + ENDS_SOON)


def _before(week: DateRange) -> DateRange:
    return DateRange(week.first - WEEK, week.last - WEEK)


def _portions(patients: QuerySet[Patient]) -> Iterator[list[Patient]]:
    """All of them by their id, so that nobody is met twice or left out while others come in."""
    portion = list(patients[:PORTION])
    while portion:
        yield portion
        portion = list(patients.filter(pk__gt=portion[-1].pk)[:PORTION])


# --- One patient


@dataclass(slots=True)
class _Told:
    """What is known of one patient: plans with what was done, pain, and the last session."""

    plans: dict[UUID, tuple[Plan, list[Done]]] = field(default_factory=dict)
    pains: list[tuple[dt.date, int]] = field(default_factory=list)
    last_session: dt.date | None = None


@dataclass(frozen=True, slots=True)
class _Counted:
    """One patient's figures, exact. `weeks`: the sums of four times seven days, the oldest first."""

    patient: Patient
    band: Band
    band_before: Band
    weeks: tuple["_Sum", ...]
    days: tuple[DayState, ...]
    pains: Sequence[int]
    pains_before: Sequence[int]
    begins: dt.date | None
    ends: dt.date | None
    last_session: dt.date | None

    @classmethod
    def of(cls, patient: Patient, told: _Told, week: DateRange, now: dt.datetime) -> "_Counted":
        today = patient.local_date(now)
        plans = list(told.plans.values())
        over = together(plans, week.last - WEEKS * WEEK + DAY, week.last, today).days
        day_after = min(today, week.last + DAY)
        ends = [plan.last_day for plan, _ in plans]
        return cls(
            patient=patient,
            band=band(plans, day_after),
            band_before=band(plans, day_after - WEEK),
            weeks=tuple(_Sum.of(over[at : at + 7]) for at in range(0, 7 * WEEKS, 7)),
            days=tuple(day.state for day in over[-7:]),
            pains=[pain for day, pain in told.pains if day in week],
            pains_before=[pain for day, pain in told.pains if day in _before(week)],
            begins=min((plan.starts_on for plan, _ in plans), default=None),
            # The last day of the last prescription; None where there is none, or one has an open end.
            ends=None if None in ends else max((day for day in ends if day), default=None),
            last_session=told.last_session,
        )

    def row(self, alerts: int) -> Row:
        return Row(
            id=self.patient.pk,
            name=self.patient.name,
            band=self.band,
            band_before=self.band_before,
            week=_figures(self.weeks),
            days=self.days,
            pain=Pain(_mean(self.pains), _mean(self.pains_before)),
            last_session=self.last_session,
            alerts=alerts,
        )


def _counted(patients: Sequence[Patient], week: DateRange, now: dt.datetime) -> Iterator[_Counted]:
    told = _told(patients, week)
    for patient in patients:
        yield _Counted.of(patient, told.pop(patient.pk, _Told()), week, now)


def _told(patients: Sequence[Patient], week: DateRange) -> dict[UUID, _Told]:
    told: dict[UUID, _Told] = defaultdict(_Told)
    prescriptions = Prescription.objects.filter(patient__in=patients).prefetch_related("revisions", "pauses")
    for prescription in prescriptions:
        told[prescription.patient_id].plans[prescription.pk] = (plan_of(prescription), [])
    sessions = Session.objects.filter(patient__in=patients, voided_at=None, local_date__lte=week.last)
    lately = sessions.filter(local_date__gt=week.last - LOOK_BACK).order_by("started_at")
    for patient, prescription_id, day, performed, prescribed, pain in lately.values_list(
        "patient", "prescription", "local_date", "performed_sets", "prescribed_sets", "pain_after"
    ):
        told[patient].plans[prescription_id][1].append(Done(day, completion(performed, prescribed)))
        if pain is not None:
            told[patient].pains.append((day, pain))
    for patient, day in last_sessions(sessions).items():
        told[patient].last_session = day
    return told


# --- Several of them


@dataclass(frozen=True, slots=True)
class _Sum:
    """What was due and done on some days, exact."""

    due: int = 0
    kept: int = 0
    credit: Fraction = Fraction(0)

    @classmethod
    def of(cls, days: Sequence[Day]) -> "_Sum":
        return cls(
            sum(day.due for day in days),
            sum(day.kept for day in days),
            sum((day.credit for day in days), Fraction(0)),
        )

    def __add__(self, other: "_Sum") -> "_Sum":
        return _Sum(self.due + other.due, self.kept + other.kept, self.credit + other.credit)

    @property
    def percent(self) -> int | None:
        """Adherence in whole per cent, rounded half up; None when nothing was due."""
        return floor(self.credit / self.due * 100 + Fraction(1, 2)) if self.due else None


@dataclass(slots=True)
class _Sums:
    """Patients added up, one by one."""

    week: DateRange
    patients: int = 0
    bands: Counter[Band] = field(default_factory=Counter)
    bands_before: Counter[Band] = field(default_factory=Counter)
    weeks: tuple[_Sum, ...] = (_Sum(),) * WEEKS
    pain: tuple[int, int] = (0, 0)  # sum and number
    pain_before: tuple[int, int] = (0, 0)

    def add(self, one: _Counted) -> None:
        self.patients += 1
        self.bands[one.band] += 1
        self.bands_before[one.band_before] += 1
        self.weeks = tuple(mine + theirs for mine, theirs in zip(self.weeks, one.weeks, strict=True))
        self.pain = (self.pain[0] + sum(one.pains), self.pain[1] + len(one.pains))
        before = one.pains_before
        self.pain_before = (self.pain_before[0] + sum(before), self.pain_before[1] + len(before))

    def standing(self) -> Standing:
        first = self.week.last - WEEKS * WEEK + DAY
        mondays = [first + place * WEEK for place in range(WEEKS)]
        return Standing(
            patients=self.patients,
            bands={one: self.bands[one] for one in Band},
            bands_before={one: self.bands_before[one] for one in Band},
            week=_figures(self.weeks),
            weeks=tuple(
                SevenDays(day, day + 6 * DAY, sum_.due, _tenths(sum_.credit), sum_.percent)
                for day, sum_ in zip(mondays, self.weeks, strict=True)
            ),
            pain=Pain(_share(*self.pain), _share(*self.pain_before)),
        )


def _figures(weeks: Sequence[_Sum]) -> Figures:
    now, before = weeks[-1], weeks[-2]
    # Of the whole percentages, so that the mail adds up.
    change = None if now.percent is None or before.percent is None else now.percent - before.percent
    return Figures(now.due, now.kept, _tenths(now.credit), now.percent, change)


def _tenths(number: Fraction) -> float:
    """Rounded half up to one decimal."""
    return floor(number * 10 + Fraction(1, 2)) / 10


def _share(total: int, number: int) -> float | None:
    return _tenths(Fraction(total, number)) if number else None


def _mean(values: Sequence[int]) -> float | None:
    return _share(sum(values), len(values))


# --- Alerts, days and colleagues


def _not_resolved(patients: Sequence[Patient]) -> QuerySet[Alert]:
    return Alert.objects.filter(patient__in=patients).exclude(state=AlertState.RESOLVED)


def _gravity(level: str) -> int:
    return list(Level).index(Level(level))


def _alert(alert: Alert) -> OpenAlert:
    return OpenAlert(
        patient=alert.patient_id,
        name=alert.patient.name,
        level=Level(alert.level),
        rule=Rule(alert.rule),
        since=alert.opened_at.astimezone(alert.patient.zone).date(),
    )


def _by_level(alerts: QuerySet[Alert]) -> dict[Level, int]:
    found = dict(alerts.order_by().values_list("level").annotate(Count("pk")))
    return {level: found.get(level.value, 0) for level in Level}


def _on_day(
    counted: Sequence[_Counted], days: Mapping[UUID, dt.date | None], asked: DateRange
) -> tuple[OnDay, ...]:
    """The patients whose day lies in the asked range, by day."""
    found = [
        OnDay(one.patient.pk, one.patient.name, day)
        for one in counted
        if (day := days[one.patient.pk]) is not None and day in asked
    ]
    return tuple(sorted(found, key=lambda one: (one.day, one.name)))


def _care(clinic: Clinic, of_each: Mapping[UUID | None, _Sums]) -> tuple[Care, ...]:
    """Who has how many patients in their care, by name; those in nobody's care last."""
    names = dict(User.objects.filter(pk__in=[pk for pk in of_each if pk]).values_list("pk", "name"))
    open_alerts = dict(
        Alert.objects.filter(patient__clinic=clinic, patient__state=PatientState.ACTIVE)
        .exclude(state=AlertState.RESOLVED)
        .order_by()
        .values_list("patient__clinician")
        .annotate(Count("pk"))
    )
    care = [
        Care(pk, names[pk] if pk else "", sums.standing(), open_alerts.get(pk, 0))
        for pk, sums in of_each.items()
    ]
    return tuple(sorted(care, key=lambda one: (one.id is None, one.name)))
