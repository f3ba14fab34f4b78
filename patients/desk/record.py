"""All that the patient's page shows, read in a constant number of queries."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.utils import timezone

from clinic.models import AuditEvent
from clinic.ui.charts import Chart
from exercises.dosage import session_seconds
from exercises.models import CautionLevel, Exercise, Revision
from patients import cautions, drawing, lifecycle, wording
from patients.adherence import Adherence, Band, Day, Done, band, completion, together
from patients.alerts import with_story
from patients.desk.asked import urgency
from patients.desk.builder import newer_of
from patients.desk.window import Window
from patients.lines import Caution
from patients.models import (
    Alert,
    Item,
    Patient,
    Pause,
    Prescription,
    PrescriptionAct,
    PrescriptionRevision,
    RecordRead,
    Session,
    SessionItem,
    SessionVersion,
    StateChange,
)
from patients.models.alerts import AlertState, SafetyQuestion
from patients.models.people import IN_CARE
from patients.models.prescriptions import ActKind
from patients.progress import STRIP_DAYS, WEEK, WINDOWS, plan_of, schedule_of, windows
from patients.safety import LATEST
from patients.schedule import Plan

SESSIONS_AT_FIRST = 10
SESSIONS_AT_MOST = 100
TRAIL = 30
READS = 30


@dataclass(frozen=True, slots=True)
class Entry:
    """One exercise of a prescription, with what the desk has to notice about it."""

    item: Item
    newer: Revision | None
    retired: bool
    # What the library has instead of a retired one, as it is published.
    replacement: Revision | None


@dataclass(frozen=True, slots=True)
class Course:
    """One prescription as the page shows it on a day."""

    prescription: Prescription
    latest: PrescriptionRevision
    counts: PrescriptionRevision  # the revision that counts on that day; the first one before the start
    revisions: Sequence[PrescriptionRevision]
    entries: Sequence[Entry]
    time_line: Chart
    # Contraindications that no prescriber has answered, of what counts and of what will.
    unanswered: Sequence[Caution]
    pauses: Sequence[Pause]
    acts: Sequence[PrescriptionAct]  # all but the pauses, which are told by themselves
    paused: Pause | None
    today: dt.date

    @property
    def begun(self) -> bool:
        return self.prescription.starts_on <= self.today

    @property
    def over(self) -> bool:
        last_day = self.prescription.last_day
        return last_day is not None and last_day < self.today

    @property
    def takes_sessions(self) -> bool:
        """Whether a session of its days may still be told (docs/rules.md 5: up to 14 days late)."""
        last_day = self.prescription.last_day
        return self.begun and (last_day is None or last_day >= self.today - LATEST)

    @property
    def ending(self) -> bool:
        """Stopped, and only today left."""
        return self.prescription.stopped_from is not None and not self.over

    @property
    def resumable(self) -> bool:
        """Stopped, with days left on which it could go on."""
        ends_on = self.prescription.ends_on
        return self.prescription.stopped_from is not None and (ends_on is None or ends_on >= self.today)

    @property
    def to_avoid(self) -> bool:
        return any(caution.level == CautionLevel.AVOID for caution in self.unanswered)

    @property
    def seconds(self) -> int:
        return session_seconds([entry.item.dosage for entry in self.entries])

    @property
    def newer(self) -> list[Revision]:
        return [entry.newer for entry in self.entries if entry.newer]


@dataclass(frozen=True, slots=True)
class Record:
    patient: Patient
    today: dt.date
    current: Sequence[Course]
    former: Sequence[Course]
    windows: Sequence[Adherence]  # the usual ones, which end yesterday
    shown: Adherence  # over the window that was asked for
    rated: Sequence["Facts"]  # its sessions that count, oldest first
    band: Band
    strip: Sequence[Day]
    sessions: Sequence[Session]  # newest first, of the window, voided ones included
    more_sessions: bool  # than are listed
    alerts: Sequence[Alert]  # not resolved, the most urgent first
    resolved: Sequence[Alert]
    trail: Sequence[AuditEvent]
    reads: Sequence[RecordRead]
    # Why and since when the patient is discharged or inactive; the discharge that is to come.
    left: StateChange | None
    leaving: StateChange | None

    @property
    def held(self) -> list[Prescription]:
        return [c.prescription for c in self.current if c.prescription.held_at]

    @property
    def pain(self) -> Chart | None:
        """Pain before and after the sessions that count; None while there is nothing to draw."""
        before = [(s.local_date, s.pain_before) for s in self.rated if s.pain_before is not None]
        after = [(s.local_date, s.pain_after) for s in self.rated if s.pain_after is not None]
        return drawing.pain(before, after) if before or after else None

    @property
    def calendar(self) -> Chart:
        return drawing.calendar(self.shown.days)

    @property
    def by_week(self) -> Chart | None:
        return drawing.by_week(self.shown.days)

    @property
    def latest_sessions(self) -> Sequence[Session]:
        return self.sessions[:SESSIONS_AT_FIRST]

    @property
    def earlier_sessions(self) -> Sequence[Session]:
        return self.sessions[SESSIONS_AT_FIRST:]


def of(patient: Patient, trail: QuerySet[AuditEvent], window: Window) -> Record:
    """The record of one patient as it stands now; `trail` are the audit entries that may be shown."""
    now = timezone.now()
    today = patient.local_date(now)
    prescriptions = list(_prescriptions(patient))
    courses = [_course(p, patient, today) for p in prescriptions]
    longest = today - dt.timedelta(days=max(WINDOWS))
    counted = _counted(patient, min(window.first, longest) - WEEK)
    done: dict[UUID, list[Done]] = defaultdict(list)
    for s in counted:
        done[s.prescription].append(Done(s.local_date, completion(s.performed_sets, s.prescribed_sets)))
    facts = [(plan_of(p), done[p.pk]) for p in prescriptions]
    sessions = _sessions(patient, window)
    alerts = list(with_story(patient.alerts.all()).order_by(urgency("level"), "-last_at"))
    return Record(
        patient=patient,
        today=today,
        current=[c for c in courses if not c.over],
        former=[c for c in courses if c.over],
        windows=windows(facts, today),
        shown=together(facts, window.first, window.last, today),
        rated=[s for s in counted if window.first <= s.local_date <= window.last],
        band=band(facts, today),
        strip=together(facts, today - dt.timedelta(days=STRIP_DAYS - 1), today, today).days,
        sessions=sessions[:SESSIONS_AT_MOST],
        more_sessions=len(sessions) > SESSIONS_AT_MOST,
        alerts=[a for a in alerts if a.state != AlertState.RESOLVED],
        resolved=[a for a in alerts if a.state == AlertState.RESOLVED],
        trail=list(trail[:TRAIL]),
        reads=list(patient.reads.select_related("user")[:READS]),
        left=None if patient.state in IN_CARE else lifecycle.last_change(patient),
        leaving=lifecycle.coming_discharge(patient),
    )


def _prescriptions(patient: Patient) -> QuerySet[Prescription]:
    items = Item.objects.select_related(
        "exercise_revision__exercise__published", "exercise_revision__exercise__replaced_by__published"
    )
    revisions = PrescriptionRevision.objects.select_related("created_by").order_by("number")
    return patient.prescriptions.select_related("routine", "created_by").prefetch_related(
        Prefetch("revisions", revisions.prefetch_related(Prefetch("items", items))),
        Prefetch("pauses", Pause.objects.select_related("created_by")),
        Prefetch("acts", PrescriptionAct.objects.select_related("created_by")),
    )


def _course(prescription: Prescription, patient: Patient, today: dt.date) -> Course:
    prescription.patient = patient
    revisions = list(prescription.revisions.all())
    plan = plan_of(prescription)
    in_force = plan.in_force(max(today, prescription.starts_on))
    assert in_force is not None  # the first revision counts from the first day
    items = list(revisions[-1].items.all())
    pauses = list(prescription.pauses.all())
    counts = next(r for r in revisions if r.number == in_force.number)
    unanswered = {
        (caution.exercise, caution.condition): caution
        for revision in {counts.number: counts, revisions[-1].number: revisions[-1]}.values()
        for caution in cautions.unanswered(revision, patient)
    }
    return Course(
        prescription=prescription,
        latest=revisions[-1],
        counts=counts,
        revisions=revisions,
        time_line=_time_line(plan, revisions, today),
        entries=[
            Entry(
                item=item,
                newer=newer_of(item.exercise_revision),
                retired=item.exercise_revision.exercise.retired_at is not None,
                replacement=_replacement(item.exercise_revision.exercise),
            )
            for item in items
        ],
        unanswered=list(unanswered.values()),
        pauses=pauses,
        acts=[act for act in prescription.acts.all() if act.kind != ActKind.PAUSED],
        paused=next((p for p in pauses if p.first_day <= today <= p.last_day), None),
        today=today,
    )


def _replacement(exercise: Exercise) -> Revision | None:
    """What stands in the library in its place, where somebody named it when it was retired."""
    if not isinstance(exercise.replaced_by, Exercise) or exercise.replaced_by.retired_at:
        return None
    return exercise.replaced_by.published


def _time_line(plan: Plan, revisions: Sequence[PrescriptionRevision], today: dt.date) -> Chart:
    said = {r.number: wording.schedule(schedule_of(r)) for r in revisions}
    return drawing.revisions(plan, said, plan.pauses, today)


class Facts(NamedTuple):
    """What figures and charts need of a session that counts."""

    prescription: UUID
    local_date: dt.date
    performed_sets: int
    prescribed_sets: int
    pain_before: int | None
    pain_after: int | None


def _counted(patient: Patient, since: dt.date) -> list[Facts]:
    rows = patient.sessions.filter(local_date__gte=since, voided_at=None).order_by("started_at")
    return [Facts(*row) for row in rows.values_list(*Facts._fields)]


def _sessions(patient: Patient, window: Window) -> list[Session]:
    """The sessions to list, and one more where there are more, with the stretches that something was said of."""
    told = SessionItem.objects.exclude(skip_reason="", eased=False, pain=None)
    return list(
        patient.sessions.filter(local_date__range=(window.first, window.last))
        .select_related("prescription", "revision", "voided_by", "recorded_by")
        .prefetch_related(
            Prefetch("items", told.select_related("item__exercise_revision"), to_attr="told"),
            Prefetch("versions", SessionVersion.objects.select_related("changed_by")),
        )
        .order_by("-started_at")[: SESSIONS_AT_MOST + 1]
    )


def answered_yes(patient: Patient) -> list[str]:
    """The safety questions that were answered yes when it last happened, as they were asked."""
    screen = patient.safety_screens.filter(any_yes=True).first()
    return [str(SafetyQuestion(q).label) for q, yes in screen.answers.items() if yes] if screen else []
