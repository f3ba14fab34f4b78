"""Bands and adherence of all patients of a clinic at once, so that thousands can be filtered and ordered by them.

Nothing is stored and nothing can go stale: each asking loads the facts of the last weeks, as bare columns, and
`patients.adherence` counts them. Half of the time would go into making dates and UUIDs out of columns; they come as
text, and a text that was met before is not read again.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import CharField, Q, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone

from patients.adherence import BAND_DAYS, Done, Lately, completion, lately
from patients.models import Patient, Pause, PrescriptionRevision, Session
from patients.models.prescriptions import last_day_of
from patients.progress import WEEK, schedule_from
from patients.schedule import DateRange, Plan, Revision

# Plans with their sessions. Prescriptions are told apart by their id as the database writes it.
Facts = Sequence[tuple[Plan, Sequence[Done]]]
_Chosen = QuerySet[Patient, Any]


def of_all(patients: QuerySet[Patient], zones: Mapping[UUID, ZoneInfo] | None = None) -> dict[UUID, Lately]:
    """The figures of each of these patients before their own today, in the order of the queryset; four queries.

    Whoever has asked for the patients' zones already hands them in, and saves one.
    """
    now = timezone.now()
    # A day to spare: the patients' dates differ by zone.
    since = now.date() - dt.timedelta(days=BAND_DAYS + 1) - WEEK
    facts = facts_of(patients.order_by().values("pk"), since)
    if zones is None:
        zones = dict(patients.values_list("pk", "time_zone"))
    todays = {zone: now.astimezone(ZoneInfo(str(zone))).date() for zone in set(zones.values())}
    return {pk: lately(facts.get(pk, ()), todays[zone]) for pk, zone in zones.items()}


def facts_of(chosen: _Chosen, since: dt.date) -> Mapping[UUID, Facts]:
    """The plans that may have asked for something since then, with their sessions, by patient; three queries.

    `chosen` are patients, as a query of their ids.
    """
    done = _done(chosen, since)
    facts: dict[UUID, list[tuple[Plan, Sequence[Done]]]] = defaultdict(list)
    for patient, prescription, plan in _plans(chosen, since):
        facts[patient].append((plan, done.get(prescription, ())))
    return facts


def _plans(chosen: _Chosen, since: dt.date) -> list[tuple[UUID, str, Plan]]:
    pauses: dict[str, list[DateRange]] = defaultdict(list)
    paused = Pause.objects.filter(prescription__patient__in=chosen, last_day__gte=since).order_by()
    for prescription, *days in paused.values_list(
        _text("prescription_id"), _text("first_day"), _text("last_day")
    ):
        pauses[prescription].append(DateRange(*map(_read, days)))
    revisions: dict[str, list[Revision]] = defaultdict(list)
    heads: dict[str, tuple[UUID, str, str | None, str | None]] = {}
    not_over = (Q(prescription__ends_on=None) | Q(prescription__ends_on__gte=since)) & (
        Q(prescription__stopped_from=None) | Q(prescription__stopped_from__gt=since)
    )
    rows = PrescriptionRevision.objects.filter(not_over, prescription__patient__in=chosen).order_by()
    for prescription, number, counts_from, mode, weekdays, times_per_day, per_week, *head in rows.values_list(
        _text("prescription_id"),
        "number",
        _text("counts_from"),
        "mode",
        "weekdays",
        "times_per_day",
        "per_week",
        "prescription__patient",
        _text("prescription__starts_on"),
        _text("prescription__ends_on"),
        _text("prescription__stopped_from"),
    ).iterator(chunk_size=2000):
        schedule = schedule_from(mode, tuple(weekdays), times_per_day, per_week)
        revisions[prescription].append(Revision(number, _read(counts_from), schedule))
        heads[prescription] = tuple(head)
    return [
        (
            patient,
            prescription,
            Plan(
                starts_on=_read(starts_on),
                last_day=last_day_of(_date(ends_on), _date(stopped_from)),
                revisions=tuple(revisions[prescription]),
                pauses=tuple(pauses.get(prescription, ())),
            ),
        )
        for prescription, (patient, starts_on, ends_on, stopped_from) in heads.items()
    ]


def _done(chosen: _Chosen, since: dt.date) -> Mapping[str, Sequence[Done]]:
    """The sessions that count, by prescription."""
    done: dict[str, list[Done]] = defaultdict(list)
    rows = Session.objects.filter(patient__in=chosen, voided_at=None, local_date__gte=since).order_by()
    for prescription, day, performed, prescribed in rows.values_list(
        _text("prescription_id"), _text("local_date"), "performed_sets", "prescribed_sets"
    ).iterator(chunk_size=2000):
        done[prescription].append(_one(day, performed, prescribed))
    return done


def _text(column: str) -> Cast:
    return Cast(column, CharField())


@lru_cache(maxsize=4096)
def _read(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def _date(text: str | None) -> dt.date | None:
    return _read(text) if text else None


@lru_cache(maxsize=8192)
def _one(day: str, performed: int, prescribed: int) -> Done:
    return Done(_read(day), completion(performed, prescribed))
