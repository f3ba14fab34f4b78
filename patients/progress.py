"""What the pages, reports and the API read of a patient's progress: facts loaded here, figures from
`patients.adherence`, never from a stored score.

However many patients are asked for, the number of queries is the same.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache, reduce
from operator import or_
from uuid import UUID

from django.db.models import F, Max, Prefetch, Q, QuerySet
from django.utils import timezone

from exercises.dosage import session_seconds
from exercises.models import ScheduleMode
from patients.adherence import (
    BAND_DAYS,
    Adherence,
    Band,
    Done,
    band,
    completion,
    flexible_week,
    together,
)
from patients.goals import Goal, of_week
from patients.models import Item, Patient, Prescription, PrescriptionRevision, Session
from patients.schedule import DateRange, Fixed, Flexible, Plan, Revision, Schedule, merged, week_of, window

STRIP_DAYS = 14
# Adherence is shown over two weeks, four and twelve: at the desk and to the patient.
WINDOWS = (14, 28, 84)
# A flexible week counts in the window that holds its last day: up to six days before a window belong to it.
WEEK = dt.timedelta(days=6)


def schedule_of(revision: PrescriptionRevision) -> Schedule:
    return schedule_from(revision.mode, tuple(revision.weekdays), revision.times_per_day, revision.per_week)


@lru_cache(maxsize=1024)
def schedule_from(
    mode: str, weekdays: tuple[int, ...], times_per_day: int | None, per_week: int | None
) -> Schedule:
    """The schedule that a revision's columns write down. Many patients share a few."""
    if mode == ScheduleMode.FIXED:
        return Fixed(frozenset(weekdays), times_per_day or 0)
    return Flexible(per_week or 0)


def plan_of(prescription: Prescription) -> Plan:
    """The dated facts of a prescription, for the pure rules. Reads revisions and pauses (prefetch them)."""
    pauses = (DateRange(pause.first_day, pause.last_day) for pause in prescription.pauses.all())
    return plan_from(prescription, prescription.revisions.all(), pauses)


def plan_from(
    prescription: Prescription, revisions: Iterable[PrescriptionRevision], pauses: Iterable[DateRange]
) -> Plan:
    """The same where revisions and pauses are at hand."""
    return Plan(
        starts_on=prescription.starts_on,
        last_day=prescription.last_day,
        revisions=tuple(Revision(r.number, r.counts_from, schedule_of(r)) for r in revisions),
        pauses=tuple(pauses),
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


def figures_of(
    prescriptions: Sequence[Prescription], first: dt.date, last: dt.date, today: dt.date
) -> tuple[Adherence, Band]:
    """Adherence of one patient's prescriptions over a window, and their band, as of `today`; two queries.

    Raises as `of_prescriptions` does.
    """
    asked = window(first, last)
    lately = DateRange(today - dt.timedelta(days=BAND_DAYS) - WEEK, today)
    facts = _facts(prescriptions, [DateRange(week_of(asked.first).first, last), lately])
    return together(facts, first, last, today), band(facts, today)


def facts_of(
    prescriptions: Sequence[Prescription], first: dt.date, last: dt.date
) -> list[tuple[Plan, list[Done]]]:
    """Each prescription's plan with its sessions from `first` to `last`; two queries."""
    return _facts(prescriptions, [DateRange(first, max(first, last))])


def _facts(
    prescriptions: Sequence[Prescription], asked: Sequence[DateRange]
) -> list[tuple[Plan, list[Done]]]:
    ids = [prescription.pk for prescription in prescriptions]
    plans = {prescription.pk: plan for prescription, plan, _revisions in plans_of(Q(prescription__in=ids))}
    done: dict[UUID, list[Done]] = {pk: [] for pk in ids}
    on_them = reduce(or_, (Q(local_date__range=(days.first, days.last)) for days in merged(asked)))
    rows = Session.objects.filter(
        on_them,
        # By the patients too: the index that covers this begins with them.
        patient__in={prescription.patient_id for prescription in prescriptions},
        prescription__in=ids,
        voided_at=None,
    ).order_by()
    for pk, day, performed, prescribed in rows.values_list(
        "prescription", "local_date", "performed_sets", "prescribed_sets"
    ):
        done[pk].append(Done(day, completion(performed, prescribed)))
    return [(plans[pk], done[pk]) for pk in ids]


def windows(facts: Sequence[tuple[Plan, Sequence[Done]]], today: dt.date) -> list[Adherence]:
    """One patient's figures over each of `WINDOWS`, which end yesterday; the desk and the patient see these."""
    yesterday = today - dt.timedelta(days=1)
    return [together(facts, today - dt.timedelta(days=days), yesterday, today) for days in WINDOWS]


def last_sessions(sessions: QuerySet[Session]) -> dict[UUID, dt.date]:
    """The local date of the last of these sessions that counts, by patient; one query."""
    counted = sessions.filter(voided_at=None).order_by()
    return dict(counted.values_list("patient").annotate(Max("local_date")))


_Revisions = Mapping[int, PrescriptionRevision]


def plans_of(which: Q) -> list[tuple[Prescription, Plan, _Revisions]]:
    """Prescriptions with their plan and revisions by number, by first day; one query: a row a revision and pause.

    `which` speaks of revisions.
    """
    revisions: dict[Prescription, dict[int, PrescriptionRevision]] = {}
    pauses: dict[UUID, dict[DateRange, None]] = defaultdict(dict)
    rows = PrescriptionRevision.objects.filter(which).annotate(
        paused_from=F("prescription__pauses__first_day"), paused_to=F("prescription__pauses__last_day")
    )
    by = ("prescription__starts_on", "prescription__created_at", "number", "paused_from")
    for revision in rows.select_related("prescription").order_by(*by):
        revisions.setdefault(revision.prescription, {})[revision.number] = revision
        if revision.paused_from:
            pauses[revision.prescription_id][DateRange(revision.paused_from, revision.paused_to)] = None
    return [
        (prescription, plan_from(prescription, own.values(), pauses[prescription.pk]), own)
        for prescription, own in revisions.items()
    ]


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
    week: Goal
    paused_until: dt.date | None  # the last day of the running pause

    @property
    def flexible(self) -> bool:
        return self.revision.mode == ScheduleMode.FLEXIBLE

    @property
    def seconds(self) -> int:
        """Estimated length of one session."""
        return session_seconds([item.dosage for item in self.items])


def today_of(patient: Patient, now: dt.datetime | None = None) -> list[Today]:
    """What is asked of a patient today, prescription by prescription; three queries."""
    now = now or timezone.now()
    today = patient.local_date(now)
    week = week_of(today)
    current = Q(
        Q(prescription__ends_on=None) | Q(prescription__ends_on__gte=today),
        Q(prescription__stopped_from=None) | Q(prescription__stopped_from__gt=today),
        prescription__patient=patient,
        prescription__starts_on__lte=today,
    )
    found = [
        (prescription, plan, revisions[in_force.number])
        for prescription, plan, revisions in plans_of(current)
        # The first revision counts from the first day.
        if (in_force := plan.in_force(today))
    ]
    if not found:
        return []
    items: dict[UUID, list[Item]] = defaultdict(list)
    for item in (
        Item.objects.filter(revision__in=[revision.pk for _prescription, _plan, revision in found])
        .select_related("exercise_revision")
        .order_by("position")
    ):
        items[item.revision_id].append(item)
    sessions: dict[UUID, list[Session]] = defaultdict(list)
    for session in Session.objects.filter(
        patient=patient, voided_at=None, local_date__range=(week.first, today)
    ).order_by("started_at"):
        sessions[session.prescription_id].append(session)
    told = []
    for prescription, plan, revision in found:
        prescription.patient = patient
        own = sessions[prescription.pk]
        told.append(_today(prescription, plan, revision, items[revision.pk], own, today))
    return told


def _today(
    prescription: Prescription,
    plan: Plan,
    revision: PrescriptionRevision,
    items: Sequence[Item],
    sessions: Sequence[Session],
    today: dt.date,
) -> Today:
    """`sessions` are those of the prescription and of this week, oldest first."""
    due, done = _due_and_done(plan, [s.local_date for s in sessions if s.performed_sets], today)
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
        items=items,
        state=state,
        due=due,
        done=done,
        sessions=[s for s in sessions if s.local_date == today],
        next_day=None
        if state is Now.DUE
        else _next_day(plan, today, week_of(today) if done >= due else None),
        week=of_week([(plan, [Done(s.local_date, s.completion) for s in sessions])], today, today),
        paused_until=max((pause.last for pause in plan.pauses if today in pause), default=None),
    )


def _due_and_done(plan: Plan, begun: Sequence[dt.date], today: dt.date) -> tuple[int, int]:
    """What is asked now, and what of it is done: of the week under a flexible schedule, else of the day.

    `begun` are the dates of the sessions in which something was done; as it will be counted, one in which nothing
    was done keeps nothing (docs/rules.md 4).
    """
    in_force = plan.in_force(today)
    if in_force and isinstance(in_force.schedule, Flexible):
        week = flexible_week(plan, today)
        return week.due, sum(day in week.days for day in begun)
    return plan.due_on(today), sum(day == today for day in begun)


def next_due(plan: Plan, sessions: Sequence[Done], today: dt.date) -> dt.date | None:
    """The day from today on which something is still to do; None where nothing is asked within a year."""
    due, done = _due_and_done(plan, [s.local_date for s in sessions if s.completion], today)
    if plan.expects(today) and done < due:
        return today
    return _next_day(plan, today, week_of(today) if plan.runs_on(today) and done >= due else None)


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
