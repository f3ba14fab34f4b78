"""The facts of weekly reports, read from the database (docs/rules.md 8).

A digest takes the same number of queries however many patients there are. The report of a whole clinic reads its
patients in portions, and keeps nothing of a portion but sums: its memory does not grow with the clinic.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, QuerySet

from clinic.models import Clinic, User
from patients.adherence import Done, completion
from patients.models import Alert, Message, Patient, Prescription, Session, StateChange
from patients.models.alerts import AlertState, Level, Rule
from patients.models.people import PatientState
from patients.progress import last_sessions, plan_of
from patients.reporting.facts import NEEDS_A_LOOK, Care, ClinicReport, Digest, OnDay, OpenAlert
from patients.reporting.sums import DAY, WEEK, WEEKS, Counted, Known, Sums
from patients.schedule import DateRange, instant_of

ENDS_SOON = dt.timedelta(days=14)
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
    sums = Sums(week)
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
    everybody, of_each = Sums(week), defaultdict[UUID | None, Sums](lambda: Sums(week))
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


def _portions(patients: QuerySet[Patient]) -> Iterator[list[Patient]]:
    """All of them by their id, so that nobody is met twice or left out while others come in."""
    portion = list(patients[:PORTION])
    while portion:
        yield portion
        portion = list(patients.filter(pk__gt=portion[-1].pk)[:PORTION])


# --- One patient


def _counted(patients: Sequence[Patient], week: DateRange, now: dt.datetime) -> Iterator[Counted]:
    known = _known(patients, week)
    for patient in patients:
        yield Counted.of(patient, known.pop(patient.pk, Known()), week, now)


def _known(patients: Sequence[Patient], week: DateRange) -> dict[UUID, Known]:
    known: dict[UUID, Known] = defaultdict(Known)
    prescriptions = Prescription.objects.filter(patient__in=patients).prefetch_related("revisions", "pauses")
    for prescription in prescriptions:
        known[prescription.patient_id].plans[prescription.pk] = (plan_of(prescription), [])
    sessions = Session.objects.filter(patient__in=patients, voided_at=None, local_date__lte=week.last)
    lately = sessions.filter(local_date__gt=week.last - LOOK_BACK).order_by("started_at")
    for patient, prescription_id, day, performed, prescribed, pain in lately.values_list(
        "patient", "prescription", "local_date", "performed_sets", "prescribed_sets", "pain_after"
    ):
        # A prescription of this very moment is not among those read above.
        if prescription_id in known[patient].plans:
            known[patient].plans[prescription_id][1].append(Done(day, completion(performed, prescribed)))
        if pain is not None:
            known[patient].pains.append((day, pain))
    for patient, day in last_sessions(sessions).items():
        known[patient].last_session = day
    return known


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
    counted: Sequence[Counted], days: Mapping[UUID, dt.date | None], asked: DateRange
) -> tuple[OnDay, ...]:
    """The patients whose day lies in the asked range, by day."""
    found = [
        OnDay(one.patient.pk, one.patient.name, day)
        for one in counted
        if (day := days[one.patient.pk]) is not None and day in asked
    ]
    return tuple(sorted(found, key=lambda one: (one.day, one.name)))


def _care(clinic: Clinic, of_each: Mapping[UUID | None, Sums]) -> tuple[Care, ...]:
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
