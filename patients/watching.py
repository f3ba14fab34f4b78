"""The daily look at every patient of a clinic, for what no session tells: silence, missed sessions, low adherence
(docs/rules.md 6).

Done once on each local day of a clinic, by a tick. It may be done late, twice or by two workers at once: the same facts
are one finding, and what somebody has resolved is not told again. All figures of a clinic take the same few queries,
however many patients it has.
"""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import QuerySet

from clinic.models import Clinic
from patients import alerts, bands, safety, thresholds
from patients.adherence import BAND_DAYS, lately, units_before
from patients.alerts import Cause
from patients.bands import Facts
from patients.models import DailyLook, Finding, Patient, Session
from patients.models.alerts import Rule
from patients.models.people import PatientState
from patients.progress import last_sessions
from patients.safety import LOOK_BACK, Thresholds, Told
from patients.schedule import DateRange, instant_of, week_of

logger = logging.getLogger(__name__)

DAY = dt.timedelta(days=1)
# The clinic's local time: before the digest of Monday morning is made.
LOOKS_AT = dt.time(5)
RULES = (Rule.SILENCE, Rule.MISSED, Rule.LOW_ADHERENCE)


def look_due(now: dt.datetime) -> int:
    """Look at the clinics whose morning has come and that were not looked at on that day; answer how many.

    One clinic's trouble does not keep the others waiting; it is looked at again by the next tick.
    """
    done = dict(DailyLook.objects.values_list("clinic", "day"))
    looked = 0
    for clinic in Clinic.objects.select_related("thresholds"):
        day = day_of(clinic, now)
        # A clock that was wrong may have written a day to come: another day than this one is not done.
        if done.get(clinic.pk) == day:
            continue
        try:
            look(clinic, now)
        except Exception:
            logger.exception("Clinic %s was not looked at on %s.", clinic.pk, day)
            continue
        DailyLook.objects.update_or_create(clinic=clinic, defaults={"day": day})
        looked += 1
    return looked


def day_of(clinic: Clinic, now: dt.datetime) -> dt.date:
    """The last local day of a clinic whose morning has come."""
    zone = ZoneInfo(str(clinic.time_zone))
    today = now.astimezone(zone).date()
    return today if now >= instant_of(today, LOOKS_AT, zone) else today - DAY


def look(clinic: Clinic, now: dt.datetime) -> int:
    """Raise what the facts of this moment tell and nobody was told; answer how many.

    Patients in active care, each on their own local date. Of whom a prescription is held nothing is expected: they
    cannot start a session.
    """
    patients = Patient.objects.filter(clinic=clinic, state=PatientState.ACTIVE).exclude(
        prescriptions__held_at__isnull=False
    )
    wanted = thresholds.of(clinic)
    seen = _Seen.of(patients, now)
    return sum(
        _raise(patients.filter(pk=patient.pk), now, wanted)
        for patient in patients
        if any(seen.news(patient, now, wanted))
    )


@dataclass(frozen=True, slots=True)
class _Seen:
    """What is known at a moment: plans and sessions, the last session and what was told, by patient."""

    facts: Mapping[UUID, Facts]
    last: Mapping[UUID, dt.date]
    told: Mapping[tuple[UUID, str], Sequence[Told]]

    @classmethod
    def of(cls, patients: QuerySet[Patient], now: dt.datetime) -> "_Seen":
        """As many queries for all as for one."""
        # A day to spare: the patients' dates differ by zone.
        days = DateRange(_since(now.date() - DAY), now.date() + DAY)
        chosen = patients.order_by().values("pk")
        return cls(
            bands.facts_of(patients, [days]),
            last_sessions(Session.objects.filter(patient__in=chosen)),
            _told(Finding.objects.filter(patient__in=chosen)),
        )

    def news(self, patient: Patient, now: dt.datetime, wanted: Thresholds) -> Iterator[tuple[Rule, Cause]]:
        """What a patient's facts tell and nobody was told."""
        facts, last = self.facts.get(patient.pk, ()), self.last.get(patient.pk)
        for rule, cause in met(facts, last, patient.local_date(now), wanted):
            if safety.is_news(cause.first_day, self.told.get((patient.pk, rule), ())):
                yield rule, cause


def met(
    facts: Facts, last_session: dt.date | None, today: dt.date, wanted: Thresholds
) -> Iterator[tuple[Rule, Cause]]:
    """The rules that a patient's last weeks meet, as they stand before `today`."""
    if not facts:
        return
    since = _since(today)
    units = units_before(facts, since, today)
    plans = [plan for plan, _sessions in facts]
    yesterday = today - DAY
    silent = safety.silent_since(plans, units, last_session, today, wanted.silent_days)
    if silent:
        figures = {"days": (today - silent).days}
        yield Rule.SILENCE, Cause(f"since:{silent}", silent, yesterday, figures=figures)
    run = safety.missed_in_a_row(units)
    # A run that begins before what is read here was told of long ago.
    known = run and (run.whole or min(plan.starts_on for plan in plans) >= since)
    if run and known and run.count >= wanted.missed:
        figures = {"missed": run.count}
        yield Rule.MISSED, Cause(f"since:{run.first_day}", run.first_day, run.last_day, figures=figures)
    figures_now = lately(facts, today)
    if safety.adherence_low(figures_now.adherence, figures_now.due, wanted):
        low: dict[str, float | None] = {
            "percent": figures_now.percent,
            "credit": round(float(figures_now.credit), 2),
            "due": figures_now.due,
        }
        first = today - BAND_DAYS * DAY
        yield Rule.LOW_ADHERENCE, Cause(f"since:{first}", first, yesterday, figures=low)


def _since(today: dt.date) -> dt.date:
    """Whole weeks back, for a flexible week counts as a whole."""
    return week_of(today - LOOK_BACK).first


def _told(findings: QuerySet[Finding]) -> Mapping[tuple[UUID, str], list[Told]]:
    """What was told of each patient by each rule of days. What was taken back, or closed itself, was not."""
    rows = findings.filter(rule__in=RULES, withdrawn_at=None, alert__closed_itself=False).values_list(
        "patient", "patient__time_zone", "rule", "first_day", "last_day", "alert__resolved_at"
    )
    told: dict[tuple[UUID, str], list[Told]] = defaultdict(list)
    for patient, zone, rule, first, last, resolved_at in rows.order_by():
        on = resolved_at.astimezone(ZoneInfo(str(zone))).date() if resolved_at else None
        told[patient, rule].append(Told(first, last, on))
    return told


@transaction.atomic
def _raise(one: QuerySet[Patient], now: dt.datetime, wanted: Thresholds) -> int:
    """Raise what is still news of one patient: another worker, a session or a review may have come in between."""
    patient = one.select_for_update(of=("self",)).first()
    if patient is None:
        return 0
    news = list(_Seen.of(one, now).news(patient, now, wanted))
    for rule, cause in news:
        alerts.raise_alert(patient, rule, now, cause)
    return len(news)
