"""Where many patients stand, a page of them at a time: the rows of the roster.

However many patients are asked for, the number of queries is the same.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from patients.adherence import BAND_DAYS, Adherence, Band, Day, Done, band, completion, together
from patients.models import Patient, Prescription, Session
from patients.progress import STRIP_DAYS, WEEK, last_sessions, next_due, plans_of
from patients.schedule import Plan


@dataclass(frozen=True, slots=True)
class Standing:
    """Where one patient stands over a window that ends yesterday. `strip` holds the last 14 days with today."""

    patient: Patient
    adherence: Adherence
    band: Band
    strip: tuple[Day, ...]
    pains: tuple[tuple[dt.date, int], ...]  # (local date, NPRS after), oldest first, over the window
    last_session: dt.date | None
    prescriptions: tuple[Prescription, ...]  # by first day
    next_due: dt.date | None  # today, where something of today is still to do; held ones ask for nothing

    @property
    def pain_trend(self) -> int | None:
        """NPRS points by which the later half of the window differs from the earlier; None below 4 values."""
        values = [pain for _day, pain in self.pains]
        if len(values) < 4:
            return None
        half = len(values) // 2
        return round(sum(values[-half:]) / half - sum(values[:half]) / half)


def of_patients(
    patients: Sequence[Patient],
    days: int = BAND_DAYS,
    last_days: Mapping[UUID, dt.date | None] | None = None,
) -> dict[UUID, Standing]:
    """The standing of many patients over their last `days` (at least 14) before today, in three queries.

    Today is each patient's own. The band always looks at 14 days (docs/rules.md 4). Whoever has asked for the
    days of the patients' last sessions already hands them in, and saves a query.
    """
    now = timezone.now()
    ids = [patient.pk for patient in patients]
    care = _care(ids)
    # A day to spare: the patients' dates differ by zone.
    since = now.date() - dt.timedelta(days=max(days, BAND_DAYS) + 1) - WEEK
    sessions: dict[UUID, list[_Session]] = defaultdict(list)
    rows = Session.objects.filter(patient__in=ids, voided_at=None, local_date__gte=since)
    for patient, *row in rows.order_by("started_at").values_list("patient", *_Session._fields):
        sessions[patient].append(_Session(*row))
    last = last_sessions(Session.objects.filter(patient__in=ids)) if last_days is None else last_days
    return {p.pk: _standing(p, care[p.pk], sessions[p.pk], last.get(p.pk), days, now) for p in patients}


class _Session(NamedTuple):
    """The columns of a session that a standing is made of; a model's instance costs several times as much."""

    prescription_id: UUID
    local_date: dt.date
    performed_sets: int
    prescribed_sets: int
    pain_after: int | None


def _care(patients: Sequence[UUID]) -> dict[UUID, list[tuple[Prescription, Plan]]]:
    """The prescriptions of these patients with their plans, by first day; one query."""
    care: dict[UUID, list[tuple[Prescription, Plan]]] = defaultdict(list)
    for prescription, plan, _revisions in plans_of(Q(prescription__patient__in=patients)):
        care[prescription.patient_id].append((prescription, plan))
    return care


def _standing(
    patient: Patient,
    care: Sequence[tuple[Prescription, Plan]],
    sessions: Sequence[_Session],
    last_session: dt.date | None,
    days: int,
    now: dt.datetime,
) -> Standing:
    today = patient.local_date(now)
    first = today - dt.timedelta(days=days)
    done: dict[UUID, list[Done]] = defaultdict(list)
    for s in sessions:
        done[s.prescription_id].append(Done(s.local_date, completion(s.performed_sets, s.prescribed_sets)))
    facts = [(plan, done[prescription.pk]) for prescription, plan in care]
    # Today is shown and never counts: with it in the window the figures are the same, and the strip is at hand.
    figures = together(facts, first, today, today)
    dates = (next_due(plan, done[p.pk], today) for p, plan in care if not p.held_at)
    return Standing(
        patient=patient,
        adherence=replace(figures, last=today - dt.timedelta(days=1), days=figures.days[:-1]),
        band=band(facts, today),
        strip=figures.days[-STRIP_DAYS:],
        pains=tuple(
            (s.local_date, s.pain_after)
            for s in sessions
            if s.pain_after is not None and s.local_date >= first
        ),
        last_session=last_session,
        prescriptions=tuple(prescription for prescription, _plan in care),
        next_due=min((date for date in dates if date), default=None),
    )
