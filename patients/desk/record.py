"""All that the patient's page shows, read in a constant number of queries."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Case, IntegerField, Prefetch, QuerySet, Value, When
from django.utils import timezone

from clinic.models import AuditEvent
from clinic.ui.charts import Chart
from exercises.dosage import session_seconds
from exercises.models import CautionLevel, Revision
from patients import cautions, drawing, lifecycle
from patients.adherence import Adherence, Band, Day, Done, together
from patients.desk.builder import newer_of
from patients.models import (
    Alert,
    Item,
    Patient,
    Pause,
    Prescription,
    PrescriptionRevision,
    Session,
    SessionItem,
    SessionVersion,
    StateChange,
)
from patients.models.alerts import AlertState, Level, SafetyQuestion
from patients.models.people import IN_CARE
from patients.prescribing import Caution
from patients.progress import WEEK, of_patients, plan_of
from patients.sessions import LATEST

# Adherence is shown over two weeks, four and twelve.
WINDOWS = (14, 28, 84)
SESSIONS_AT_FIRST = 10
TRAIL = 30


def urgency(field: str) -> Case:
    """An alert's level as a number, 0 the most urgent; for ordering in the database."""
    whens = [When(**{field: level}, then=Value(place)) for place, level in enumerate(Level.values)]
    return Case(*whens, output_field=IntegerField())


@dataclass(frozen=True, slots=True)
class Entry:
    """One exercise of a prescription, with what the desk has to notice about it."""

    item: Item
    newer: Revision | None
    retired: bool


@dataclass(frozen=True, slots=True)
class Course:
    """One prescription as the page shows it on a day."""

    prescription: Prescription
    latest: PrescriptionRevision
    counts: PrescriptionRevision  # the revision that counts on that day; the first one before the start
    revisions: Sequence[PrescriptionRevision]
    entries: Sequence[Entry]
    # Contraindications that no prescriber has answered, of what counts and of what will.
    unanswered: Sequence[Caution]
    pauses: Sequence[Pause]
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
    windows: Sequence[Adherence]
    band: Band
    strip: Sequence[Day]
    sessions: Sequence[Session]  # newest first, of the longest window, voided ones included
    alerts: Sequence[Alert]  # not resolved, the most urgent first
    resolved: Sequence[Alert]
    trail: Sequence[AuditEvent]
    # Why and since when the patient is discharged or inactive; the discharge that is to come.
    left: StateChange | None
    leaving: StateChange | None

    @property
    def held(self) -> list[Prescription]:
        return [c.prescription for c in self.current if c.prescription.held_at]

    @property
    def pain(self) -> Chart | None:
        """Pain before and after the sessions that count; None while there is nothing to draw."""
        counted = [s for s in reversed(self.sessions) if not s.voided_at]
        before = [(s.local_date, s.pain_before) for s in counted if s.pain_before is not None]
        after = [(s.local_date, s.pain_after) for s in counted if s.pain_after is not None]
        return drawing.pain(before, after) if before or after else None

    @property
    def latest_sessions(self) -> Sequence[Session]:
        return self.sessions[:SESSIONS_AT_FIRST]

    @property
    def earlier_sessions(self) -> Sequence[Session]:
        return self.sessions[SESSIONS_AT_FIRST:]


def of(patient: Patient, trail: QuerySet[AuditEvent]) -> Record:
    """The record of one patient as it stands now; `trail` are the audit entries that may be shown."""
    now = timezone.now()
    today = patient.local_date(now)
    courses = [_course(p, patient, today) for p in _prescriptions(patient)]
    sessions = _sessions(patient, today)
    alerts = list(
        patient.alerts.select_related("acknowledged_by", "resolved_by").order_by(urgency("level"), "-last_at")
    )
    standing = of_patients([patient])[patient.pk]
    return Record(
        patient=patient,
        today=today,
        current=[c for c in courses if not c.over],
        former=[c for c in courses if c.over],
        windows=_windows([c.prescription for c in courses], sessions, today),
        band=standing.band,
        strip=standing.strip,
        sessions=sessions,
        alerts=[a for a in alerts if a.state != AlertState.RESOLVED],
        resolved=[a for a in alerts if a.state == AlertState.RESOLVED],
        trail=list(trail[:TRAIL]),
        left=None if patient.state in IN_CARE else lifecycle.last_change(patient),
        leaving=lifecycle.coming_discharge(patient),
    )


def _prescriptions(patient: Patient) -> QuerySet[Prescription]:
    items = Item.objects.select_related("exercise_revision__exercise__published")
    revisions = PrescriptionRevision.objects.select_related("created_by").order_by("number")
    return patient.prescriptions.select_related("routine", "created_by").prefetch_related(
        Prefetch("revisions", revisions.prefetch_related(Prefetch("items", items))),
        Prefetch("pauses", Pause.objects.select_related("created_by")),
    )


def _course(prescription: Prescription, patient: Patient, today: dt.date) -> Course:
    prescription.patient = patient
    revisions = list(prescription.revisions.all())
    in_force = plan_of(prescription).in_force(max(today, prescription.starts_on))
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
        entries=[
            Entry(
                item=item,
                newer=newer_of(item.exercise_revision),
                retired=item.exercise_revision.exercise.retired_at is not None,
            )
            for item in items
        ],
        unanswered=list(unanswered.values()),
        pauses=pauses,
        paused=next((p for p in pauses if p.first_day <= today <= p.last_day), None),
        today=today,
    )


def _sessions(patient: Patient, today: dt.date) -> list[Session]:
    since = today - dt.timedelta(days=max(WINDOWS)) - WEEK
    skips = SessionItem.objects.exclude(skip_reason="").select_related("item__exercise_revision")
    return list(
        patient.sessions.filter(local_date__gte=since)
        .select_related("prescription", "revision", "voided_by", "recorded_by")
        .prefetch_related(
            Prefetch("items", skips, to_attr="skips"),
            Prefetch("versions", SessionVersion.objects.select_related("changed_by")),
        )
        .order_by("-started_at")
    )


def _windows(
    prescriptions: Sequence[Prescription], sessions: Sequence[Session], today: dt.date
) -> list[Adherence]:
    """Adherence over all prescriptions together, for each window that ends yesterday."""
    done = {
        p.pk: [
            Done(s.local_date, s.completion)
            for s in sessions
            if s.prescription_id == p.pk and not s.voided_at
        ]
        for p in prescriptions
    }
    yesterday = today - dt.timedelta(days=1)
    facts = [(plan_of(p), done[p.pk]) for p in prescriptions]
    return [together(facts, today - dt.timedelta(days=days), yesterday, today) for days in WINDOWS]


def answered_yes(patient: Patient) -> list[str]:
    """The safety questions that were answered yes when it last happened, as they were asked."""
    screen = patient.safety_screens.filter(any_yes=True).first()
    return [str(SafetyQuestion(q).label) for q, yes in screen.answers.items() if yes] if screen else []
