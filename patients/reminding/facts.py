"""What has to be known of many patients before anybody is reminded of anything, in a constant number of queries."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar
from uuid import UUID

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce

from clinic.models import Clinic
from patients.adherence import Done
from patients.models import (
    ChannelTrouble,
    Message,
    Patient,
    Pause,
    Phone,
    Prescription,
    PrescriptionAct,
    PrescriptionRevision,
    PushDevice,
    Reminder,
    Session,
)
from patients.models.people import PatientState
from patients.models.prescriptions import Origin
from patients.models.reminders import Kind, Reason, ReminderState
from patients.progress import plan_from
from patients.schedule import DateRange, Plan

Row = TypeVar("Row", PrescriptionRevision, Pause, PrescriptionAct)

# A reminder that has been told: by a message of its own, or along with another one.
WAS_TOLD = Q(state=ReminderState.SENT) | Q(reason=Reason.MERGED)
# These speak of something that was done, and not of a time of day.
OF_WHAT_HAPPENED = (Kind.PRESCRIPTION_CHANGED, Kind.MESSAGE)
# The weekly summary looks back to Monday of last week; local dates differ from the UTC date by a day at most.
LOOK_BACK = dt.timedelta(days=15)


@dataclass(frozen=True, slots=True)
class News:
    """Something that a clinician did with a prescription, and that its patient is told of."""

    at: dt.datetime
    new: bool  # the prescription itself is the news


@dataclass(frozen=True, slots=True)
class Course:
    """One prescription with its plan, and what was logged of it since Monday of last week."""

    prescription: Prescription
    plan: Plan
    revisions: tuple[PrescriptionRevision, ...]
    pauses: tuple[Pause, ...]
    acts: tuple[PrescriptionAct, ...]
    done: tuple[Done, ...]
    logged: Counter[dt.date]
    news: tuple[News, ...]

    def known_since(self, day: dt.date) -> dt.datetime:
        """When that was written which holds on `day`."""
        in_force = self.plan.in_force(day)
        number = in_force.number if in_force else 1
        return next(r.created_at for r in self.revisions if r.number == number)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the clinic has written and the patient has not read: the latest message that they are told of.

    `number`: of all those that this patient was told of, so that one of a later hour is another one.
    """

    number: int
    written_at: dt.datetime


@dataclass(frozen=True, slots=True)
class Told:
    """A message that has been told, by whichever channel: what it spoke of keeps its day and number.

    `at`: the time that was wanted for it; of what was done later it has said nothing.
    """

    local_date: dt.date
    slot: int
    at: dt.datetime


@dataclass(frozen=True, slots=True)
class Person:
    """One patient with clinic, user and preference at hand."""

    patient: Patient
    courses: tuple[Course, ...]
    waiting: Waiting | None
    told: Mapping[str, Sequence[Told]]  # by kind, the earliest first
    has_device: bool  # some phone takes pushes
    number: str  # that takes text messages; empty when there is none, or it is not confirmed
    troubles: Mapping[str, ChannelTrouble]

    @property
    def address(self) -> str:
        """The patient's own address, if they have one; that of the invitation only while they have no account."""
        return (self.patient.user.email if self.patient.user else self.patient.email) or ""


def recent_prescriptions(now: dt.datetime) -> QuerySet[Prescription]:
    """Those that run, will run, or ended so lately that the last weekly summary still speaks of them."""
    since = now.date() - LOOK_BACK
    return Prescription.objects.filter(
        Q(ends_on__isnull=True) | Q(ends_on__gte=since),
        Q(stopped_from__isnull=True) | Q(stopped_from__gte=since),
    )


def who_may_be_reminded(now: dt.datetime) -> QuerySet[Patient]:
    """Active patients with a prescription that matters now, or with a message that waits for them."""
    return Patient.objects.filter(
        Exists(recent_prescriptions(now).filter(patient=OuterRef("pk")))
        | Exists(Message.objects.filter(patient=OuterRef("pk"), by_staff=True, unread=True)),
        state=PatientState.ACTIVE,
        reminder_preference__isnull=False,
    )


def load(patients: Collection[UUID], now: dt.datetime) -> dict[UUID, Person]:
    """The facts of these patients by id, in a constant number of queries however many they are."""
    since = now.date() - LOOK_BACK
    done: dict[UUID, list[Done]] = defaultdict(list)
    # Plain values: thousands of sessions are read for each batch, and only to be counted.
    for prescription_id, local_date, performed, prescribed in (
        Session.objects.filter(patient__in=patients, local_date__gte=since, voided_at=None)
        .order_by()
        .values_list("prescription_id", "local_date", "performed_sets", "prescribed_sets")
    ):
        done[prescription_id].append(Done(local_date, Fraction(performed, prescribed)))
    prescriptions = list(
        recent_prescriptions(now).filter(patient__in=patients).order_by("starts_on", "created_at")
    )
    revisions = _by_prescription(PrescriptionRevision, prescriptions)
    pauses = _by_prescription(Pause, prescriptions)
    acts = _by_prescription(PrescriptionAct, prescriptions)
    courses: dict[UUID, list[Course]] = defaultdict(list)
    for prescription in prescriptions:
        sessions, own = done[prescription.pk], revisions[prescription.pk]
        paused = (DateRange(pause.first_day, pause.last_day) for pause in pauses[prescription.pk])
        courses[prescription.patient_id].append(
            Course(
                prescription,
                plan_from(prescription, own, paused),
                tuple(own),
                tuple(pauses[prescription.pk]),
                tuple(acts[prescription.pk]),
                tuple(sessions),
                Counter(session.local_date for session in sessions if session.completion),
                tuple(_news(prescription, own, acts[prescription.pk])),
            )
        )
    waiting = dict(_waiting(patients))
    told = _told({*waiting, *_with_news(courses, since)}, since)
    troubles: dict[UUID, dict[str, ChannelTrouble]] = defaultdict(dict)
    for trouble in ChannelTrouble.objects.filter(patient__in=patients):
        troubles[trouble.patient_id][trouble.channel] = trouble
    confirmed = Phone.objects.filter(patient=OuterRef("pk"), verified_at__isnull=False)
    rows = list(
        Patient.objects.filter(pk__in=patients)
        .select_related("user", "reminder_preference", "invitation")
        .annotate(
            has_device=Exists(PushDevice.objects.filter(patient=OuterRef("pk"))),
            number=Coalesce(Subquery(confirmed.values("number")), Value("")),
        )
    )
    # One object a clinic: making it anew for each of its patients is a sixth of the work.
    clinics = Clinic.objects.in_bulk({patient.clinic_id for patient in rows})
    for patient in rows:
        patient.clinic = clinics[patient.clinic_id]
    return {
        p.pk: Person(
            p,
            tuple(courses[p.pk]),
            waiting.get(p.pk),
            told[p.pk],
            p.has_device,
            p.number,
            troubles[p.pk],
        )
        for p in rows
    }


def _waiting(patients: Collection[UUID]) -> Iterator[tuple[UUID, Waiting]]:
    told = Q(announced=True)
    threads = (
        Message.objects.filter(patient__in=patients, by_staff=True)
        .order_by()
        .values("patient")
        .annotate(
            unread=Count("pk", filter=Q(unread=True)),
            number=Count("pk", filter=told),
            written_at=Max("sent_at", filter=told),
        )
        .filter(unread__gt=0, number__gt=0)
    )
    for thread in threads:
        yield thread["patient"], Waiting(thread["number"], thread["written_at"])


def _with_news(courses: Mapping[UUID, Iterable[Course]], since: dt.date) -> Iterator[UUID]:
    """Those with whose prescriptions something was done lately; mostly nobody."""
    for patient, own in courses.items():
        if any(news.at.date() >= since for course in own for news in course.news):
            yield patient


def _told(patients: Collection[UUID], since: dt.date) -> dict[UUID, dict[str, list[Told]]]:
    """What has been told of what happened. Reminders of a time of day need no such memory: their time is their name."""
    ends: dict[tuple[UUID, str], dict[tuple[dt.date, int], dt.datetime]] = defaultdict(dict)
    rows = Reminder.objects.filter(
        WAS_TOLD, patient__in=patients, kind__in=OF_WHAT_HAPPENED, local_date__gte=since
    )
    # In this order, of channels that told it at different times the latest stays.
    # Of nobody nothing is asked: Django answers an empty list of ids by itself.
    for patient, kind, day, slot, at in rows.order_by("due_at").values_list(
        "patient", "kind", "local_date", "slot", "due_at"
    ):
        ends[patient, kind][day, slot] = at
    found: dict[UUID, dict[str, list[Told]]] = defaultdict(lambda: defaultdict(list))
    for (patient, kind), keys in ends.items():
        told = (Told(day, slot, at) for (day, slot), at in keys.items())
        found[patient][kind] = sorted(told, key=lambda one: one.at)
    return found


def _by_prescription(model: type[Row], prescriptions: Collection[Prescription]) -> dict[UUID, list[Row]]:
    """In the order of their kind. Plain lists: a manager and a query for each of thousands is a fifth of the work."""
    found: dict[UUID, list[Row]] = defaultdict(list)
    for row in model._default_manager.filter(prescription__in=prescriptions):
        found[row.prescription_id].append(row)
    return found


def _news(
    prescription: Prescription, revisions: Iterable[PrescriptionRevision], acts: Iterable[PrescriptionAct]
) -> Iterator[News]:
    """Its revisions and acts. A history that was imported is no news."""
    if prescription.origin == Origin.IMPORT:
        return
    for revision in revisions:
        yield News(revision.created_at, new=revision.number == 1)
    for act in acts:
        yield News(act.created_at, new=False)
