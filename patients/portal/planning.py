"""What the patient's plan page shows: each prescription that is not over, with its coming days and its last change."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils import timezone

from exercises.dosage import session_seconds
from patients import alerts, differences, previewing
from patients.adherence import flexible_week
from patients.models import Item, Patient, Pause, Prescription, PrescriptionRevision
from patients.models.people import PatientState
from patients.models.reminders import Kind
from patients.previewing import Ahead
from patients.progress import plan_of
from patients.reminding import facts
from patients.reminding.facts import Person
from patients.reminding.wishes import slot_time, slots_on
from patients.schedule import DateRange, Flexible, Plan, week_of

DAY = dt.timedelta(days=1)
SHOWN = 14  # days


@dataclass(frozen=True, slots=True)
class ComingDay:
    """One of the coming days; `times` are those of its reminders, "HH:MM", where the patient wants these."""

    date: dt.date
    ahead: Ahead
    times: Sequence[str]


@dataclass(frozen=True, slots=True)
class ComingWeek:
    """An ISO week of the coming days. `asked`: the sessions of a flexible schedule; None for fixed days."""

    days: Sequence[ComingDay]
    asked: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """The last amendment: from when it counts, and what is different. Not begun yet: it is `coming`."""

    counts_from: dt.date
    coming: bool
    said: Sequence[str]


@dataclass(frozen=True, slots=True)
class Course:
    """One prescription, as it is asked for today; one that has not begun, as it begins."""

    prescription: Prescription
    revision: PrescriptionRevision
    items: Sequence[Item]
    weeks: Sequence[ComingWeek]
    pauses: Sequence[Pause]  # running or to come
    change: Change | None
    begun: bool

    @property
    def seconds(self) -> int:
        """Estimated length of one session."""
        return session_seconds([item.dosage for item in self.items])


def of_patient(patient: Patient) -> list[Course]:
    """What is asked of the patient from today on, by first day; nothing of somebody who is not active."""
    if patient.state != PatientState.ACTIVE:
        return []
    now = timezone.now()
    today = patient.local_date(now)
    items = Item.objects.select_related("exercise_revision__exercise")
    revisions = PrescriptionRevision.objects.order_by("number").prefetch_related(Prefetch("items", items))
    rows = alerts.not_over(patient).prefetch_related("pauses", Prefetch("revisions", revisions))
    person = facts.load([patient.pk], now)[patient.pk]
    return [_course(prescription, person, today) for prescription in rows.order_by("starts_on", "created_at")]


def _course(prescription: Prescription, person: Person, today: dt.date) -> Course:
    plan = plan_of(prescription)
    in_force = plan.in_force(max(today, prescription.starts_on))
    assert in_force is not None  # the first revision counts from the first day
    revisions = list(prescription.revisions.all())
    revision = next(r for r in revisions if r.number == in_force.number)
    return Course(
        prescription=prescription,
        revision=revision,
        items=list(revision.items.all()),
        weeks=_weeks(plan, person, today),
        pauses=[pause for pause in prescription.pauses.all() if pause.last_day >= today],
        change=_change(revisions, today),
        begun=prescription.starts_on <= today,
    )


def _weeks(plan: Plan, person: Person, today: dt.date) -> list[ComingWeek]:
    """The coming days of a plan by week, from its first day on and as far as it goes."""
    first = max(today, plan.starts_on)
    last = first + (SHOWN - 1) * DAY
    days = DateRange(first, min(last, plan.last_day) if plan.last_day else last)
    weeks: list[ComingWeek] = []
    for monday in sorted({week_of(day).first for day in days}):
        own = [_day(plan, person, day) for day in days if day in week_of(monday)]
        flexible = any(isinstance(plan.asks(day.date), Flexible) for day in own)
        weeks.append(ComingWeek(own, flexible_week(plan, monday).due if flexible else None))
    return weeks


def _day(plan: Plan, person: Person, day: dt.date) -> ComingDay:
    ahead = previewing.ahead(plan, day)
    wanted = Kind.SESSION_DUE not in person.patient.reminder_preference.off
    slots = slots_on(person, day)
    times = [slot_time(person, slot, slots) for slot in range(1, (ahead.due or 0) + 1)] if wanted else []
    return ComingDay(day, ahead, [f"{time:%H:%M}" for time in times])


def _change(revisions: Sequence[PrescriptionRevision], today: dt.date) -> Change | None:
    if len(revisions) < 2:
        return None
    before, latest = revisions[-2:]
    said = differences.of_plan(before, latest)
    return Change(latest.counts_from, latest.counts_from > today, said) if said else None
