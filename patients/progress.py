"""What the pages, reports and the API read of a patient's progress: facts loaded here, figures from
`patients.adherence`, never from a stored score.

However many patients are asked for, the number of queries is the same.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from uuid import UUID

from django.db.models import Max, Prefetch, Q
from django.utils import timezone

from exercises.dosage import session_seconds
from patients.adherence import (
    BAND_DAYS,
    Adherence,
    Band,
    Day,
    Done,
    band,
    flexible_week,
    together,
)
from patients.models import Item, Patient, Prescription, PrescriptionRevision, Session
from patients.models.prescriptions import ScheduleMode
from patients.schedule import DateRange, Fixed, Flexible, Plan, Revision, Schedule, week_of

STRIP_DAYS = 14
# A flexible week counts in the window that holds its last day: up to six days before a window belong to it.
WEEK = dt.timedelta(days=6)


def schedule_of(revision: PrescriptionRevision) -> Schedule:
    if revision.mode == ScheduleMode.FIXED:
        return Fixed(frozenset(revision.weekdays), revision.times_per_day or 0)
    return Flexible(revision.per_week or 0)


def plan_of(prescription: Prescription) -> Plan:
    """The dated facts of a prescription, for the pure rules. Reads revisions and pauses (prefetch them)."""
    return Plan(
        starts_on=prescription.starts_on,
        last_day=prescription.last_day,
        revisions=tuple(
            Revision(r.number, r.counts_from, schedule_of(r)) for r in prescription.revisions.all()
        ),
        pauses=tuple(DateRange(p.first_day, p.last_day) for p in prescription.pauses.all()),
    )


def revision_on(prescription: Prescription, day: dt.date) -> PrescriptionRevision | None:
    """The revision in force on a local date, with its items; None before the first day."""
    rows = prescription.revisions.order_by("number").prefetch_related(
        Prefetch("items", Item.objects.select_related("exercise_revision__exercise"))
    )
    return rows.filter(counts_from__lte=day).last()


def of_prescriptions(
    prescriptions: Sequence[Prescription], first: dt.date, last: dt.date, today: dt.date
) -> Adherence:
    """Adherence of one patient's prescriptions, over one window, as it stands on `today`.

    Raises ValueError when the window is reversed or longer than ten years.
    """
    return together(facts_of(prescriptions, week_of(first).first, last), first, last, today)


def band_of(prescriptions: Sequence[Prescription], today: dt.date) -> Band:
    """The band of one patient's prescriptions over the 14 days before `today`."""
    return band(facts_of(prescriptions, today - dt.timedelta(days=BAND_DAYS) - WEEK, today), today)


def facts_of(
    prescriptions: Sequence[Prescription], first: dt.date, last: dt.date
) -> list[tuple[Plan, list[Done]]]:
    """Each prescription's plan with its sessions from `first` to `last`; one query, plus the plans' own."""
    done: dict[UUID, list[Done]] = {prescription.pk: [] for prescription in prescriptions}
    rows = Session.objects.filter(
        prescription__in=prescriptions, voided_at=None, local_date__range=(first, last)
    ).order_by()
    for session in rows.only("prescription_id", "local_date", "performed_sets", "prescribed_sets"):
        done[session.prescription_id].append(Done(session.local_date, session.completion))
    return [(plan_of(prescription), done[prescription.pk]) for prescription in prescriptions]


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one patient stands over a window that ends yesterday. `strip` holds the last 14 days with today."""

    patient: Patient
    adherence: Adherence
    band: Band
    strip: tuple[Day, ...]
    pains: tuple[tuple[dt.date, int], ...]  # (local date, NPRS after), oldest first, over the window
    last_session: dt.date | None

    @property
    def pain_trend(self) -> int | None:
        """NPRS points by which the later half of the window differs from the earlier; None below 4 values."""
        values = [pain for _day, pain in self.pains]
        if len(values) < 4:
            return None
        half = len(values) // 2
        return round(sum(values[-half:]) / half - sum(values[:half]) / half)


def of_patients(patients: Sequence[Patient], days: int = BAND_DAYS) -> dict[UUID, Standing]:
    """The standing of many patients over their last `days` days before today, in five queries.

    Today is each patient's own. The band always looks at 14 days (docs/rules.md 4).
    """
    now = timezone.now()
    ids = [patient.pk for patient in patients]
    plans: dict[UUID, dict[UUID, Plan]] = defaultdict(dict)
    for prescription in Prescription.objects.filter(patient__in=ids).prefetch_related("revisions", "pauses"):
        plans[prescription.patient_id][prescription.pk] = plan_of(prescription)
    # A day to spare: the patients' dates differ by zone.
    since = now.date() - dt.timedelta(days=max(days, BAND_DAYS) + 1) - WEEK
    sessions: dict[UUID, list[Session]] = defaultdict(list)
    rows = Session.objects.filter(patient__in=ids, voided_at=None, local_date__gte=since)
    for session in rows.only(
        "patient_id", "prescription_id", "local_date", "performed_sets", "prescribed_sets", "pain_after"
    ).order_by("started_at"):
        sessions[session.patient_id].append(session)
    last_days = dict(
        Session.objects.filter(patient__in=ids, voided_at=None)
        .values_list("patient")
        .annotate(Max("local_date"))
        .order_by()
    )
    return {p.pk: _standing(p, plans[p.pk], sessions[p.pk], last_days.get(p.pk), days, now) for p in patients}


def _standing(
    patient: Patient,
    plans: dict[UUID, Plan],
    sessions: list[Session],
    last_session: dt.date | None,
    days: int,
    now: dt.datetime,
) -> Standing:
    today = patient.local_date(now)
    yesterday = today - dt.timedelta(days=1)
    first = today - dt.timedelta(days=days)
    done: dict[UUID, list[Done]] = {pk: [] for pk in plans}
    for session in sessions:
        done[session.prescription_id].append(Done(session.local_date, session.completion))
    facts = [(plan, done[pk]) for pk, plan in plans.items()]
    return Standing(
        patient=patient,
        adherence=together(facts, first, yesterday, today),
        band=band(facts, today),
        strip=together(facts, today - dt.timedelta(days=STRIP_DAYS - 1), today, today).days,
        pains=tuple(
            (s.local_date, s.pain_after)
            for s in sessions
            if s.pain_after is not None and s.local_date >= first
        ),
        last_session=last_session,
    )


class Now(Enum):
    """What a prescription asks of its patient at this moment."""

    DUE = "due"
    DONE = "done"  # all that was due today, or this week, is done
    REST = "rest"  # nothing is due today
    PAUSED = "paused"
    HELD = "held"  # waits for a clinician (docs/rules.md 6)


@dataclass(frozen=True, slots=True)
class Today:
    """One prescription today. For a flexible schedule `due` and `done` speak of the week, else of the day."""

    prescription: Prescription
    revision: PrescriptionRevision
    items: Sequence[Item]
    state: Now
    due: int
    done: int
    sessions: Sequence[Session]  # today's, oldest first
    next_day: dt.date | None  # when it is due again, if not now

    @property
    def flexible(self) -> bool:
        return self.revision.mode == ScheduleMode.FLEXIBLE

    @property
    def seconds(self) -> int:
        """Estimated length of one session."""
        return session_seconds([item.dosage for item in self.items])


def today_of(patient: Patient, now: dt.datetime | None = None) -> list[Today]:
    """What is asked of a patient today, prescription by prescription; a constant number of queries."""
    now = now or timezone.now()
    today = patient.local_date(now)
    week = week_of(today)
    current = (
        patient.prescriptions.filter(Q(ends_on=None) | Q(ends_on__gte=today))
        .filter(Q(stopped_from=None) | Q(stopped_from__gt=today))
        .filter(starts_on__lte=today)
        .order_by("starts_on", "created_at")
        .prefetch_related(
            "pauses",
            Prefetch(
                "revisions",
                PrescriptionRevision.objects.order_by("number").prefetch_related(
                    Prefetch("items", Item.objects.select_related("exercise_revision__exercise"))
                ),
            ),
            Prefetch(
                "sessions",
                Session.objects.filter(voided_at=None, local_date__range=(week.first, today)).order_by(
                    "started_at"
                ),
                to_attr="sessions_this_week",
            ),
        )
    )
    return [_today(prescription, today, week) for prescription in current]


def _today(prescription: Prescription, today: dt.date, week: DateRange) -> Today:
    plan = plan_of(prescription)
    in_force = plan.in_force(today)
    assert in_force is not None  # the first revision counts from the first day
    revision = next(r for r in prescription.revisions.all() if r.number == in_force.number)
    sessions: list[Session] = prescription.sessions_this_week  # type: ignore[attr-defined]
    of_today = [s for s in sessions if s.local_date == today]
    if isinstance(in_force.schedule, Flexible):
        counted = flexible_week(plan, today)
        due, begun = counted.due, [s for s in sessions if s.local_date in counted.days]
    else:
        due, begun = plan.due_on(today), of_today
    # As it will be counted: a session in which nothing was done keeps nothing (docs/rules.md 4).
    done = sum(session.performed_sets > 0 for session in begun)
    if prescription.held_at:
        state = Now.HELD
    elif not plan.expects(today):
        state = Now.PAUSED
    elif due == 0:
        state = Now.REST
    else:
        state = Now.DONE if done >= due else Now.DUE
    return Today(
        prescription=prescription,
        revision=revision,
        items=list(revision.items.all()),
        state=state,
        due=due,
        done=done,
        sessions=of_today,
        next_day=None if state is Now.DUE else _next_day(plan, today, week if done >= due else None),
    )


def _next_day(plan: Plan, today: dt.date, done_week: DateRange | None) -> dt.date | None:
    """The next day after today on which something is asked; a flexible week that is done asks from Monday on."""
    for ahead in range(1, 366):
        day = today + dt.timedelta(days=ahead)
        if plan.last_day and day > plan.last_day:
            return None
        in_force = plan.in_force(day)
        if in_force is None or not plan.expects(day):
            continue
        if isinstance(in_force.schedule, Flexible) and (done_week is None or day > done_week.last):
            return day
        if isinstance(in_force.schedule, Fixed) and plan.due_on(day):
            return day
    return None
