"""Bands and adherence of all patients of a clinic at once, so that thousands can be filtered and ordered by them.

Nothing is stored and nothing can go stale: each asking loads the facts of the last weeks, as bare columns, and
`patients.adherence` counts them. Half of the time would go into making dates and UUIDs out of columns; they come as
text, and a text that was met before is not read again.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache, reduce
from operator import or_
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast
from django.utils import timezone

from patients.adherence import BAND_DAYS, Done, Lately, Totals, completion, lately, together, totals
from patients.models import Patient, PrescriptionRevision, Session
from patients.models.prescriptions import last_day_of
from patients.progress import WEEK, schedule_from
from patients.schedule import DateRange, Plan, Revision, merged, week_of, window

# Plans with their sessions. Prescriptions are told apart by their id as the database writes it.
Facts = Sequence[tuple[Plan, Sequence[Done]]]
_Chosen = QuerySet[Patient, Any]
# Much more is more than one answer should count for a whole clinic.
WINDOW_DAYS_MAX = 366


class Figures(NamedTuple):
    """A patient's figures over a window, and over the 14 days before its `as_of`."""

    window: Totals
    lately: Lately


def of_all(patients: QuerySet[Patient], zones: Mapping[UUID, ZoneInfo] | None = None) -> dict[UUID, Lately]:
    """The figures of each of these patients before their own today, in the order of the queryset; three queries.

    Whoever has asked for the patients' zones already hands them in, and saves one.
    """
    todays = _todays(patients, zones)
    facts = facts_of(patients, [_fortnights(todays.values())])
    return {pk: lately(facts.get(pk, ()), today) for pk, today in todays.items()}


def of_window(
    patients: QuerySet[Patient],
    first: dt.date,
    last: dt.date,
    as_of: dt.date | None = None,
    zones: Mapping[UUID, ZoneInfo] | None = None,
    *,
    days: bool = False,
) -> dict[UUID, Figures]:
    """The figures of each of these patients from `first` to `last`, both inclusive; as many queries as `of_all`.

    They stand as of each patient's own today, or as of an earlier day, and have all `days` of the window where that
    is asked for (an `Adherence` then). Raises ValueError where the window is none.
    """
    asked = window(first, last)
    todays = _todays(patients, zones)
    if as_of:
        todays = {pk: min(as_of, today) for pk, today in todays.items()}
    # Where the two meet, one range is looked up quicker than two.
    facts = facts_of(
        patients, merged([DateRange(week_of(asked.first).first, last), _fortnights(todays.values())])
    )
    count = together if days else totals
    return {
        pk: Figures(count(own, first, last, today), lately(own, today))
        for pk, today in todays.items()
        for own in [facts.get(pk, ())]
    }


def _todays(patients: _Chosen, zones: Mapping[UUID, ZoneInfo] | None) -> Mapping[UUID, dt.date]:
    """Each patient's own date, in the order of the queryset."""
    now = timezone.now()
    if zones is None:
        zones = dict(patients.values_list("pk", "time_zone"))
    todays = {zone: now.astimezone(ZoneInfo(str(zone))).date() for zone in set(zones.values())}
    return {pk: todays[zone] for pk, zone in zones.items()}


def _fortnights(todays: Collection[dt.date]) -> DateRange:
    """The days that the figures before each of these days look at."""
    last = max(todays, default=dt.date.max)
    return DateRange(min(todays, default=last) - dt.timedelta(days=BAND_DAYS) - WEEK, last)


def facts_of(patients: _Chosen, asked: Sequence[DateRange]) -> Mapping[UUID, Facts]:
    """The plans that say something of these days, with their sessions on them, by patient; two queries."""
    chosen = patients.order_by().values("pk")
    done = _done(chosen, asked)
    facts: dict[UUID, list[tuple[Plan, Sequence[Done]]]] = defaultdict(list)
    for patient, prescription, plan in _plans(chosen, min(days.first for days in asked)):
        facts[patient].append((plan, done.get(prescription, ())))
    return facts


def _plans(chosen: _Chosen, since: dt.date) -> list[tuple[UUID, str, Plan]]:
    # A row for each revision and pause; what comes twice is the same.
    revisions: dict[str, dict[int, Revision]] = defaultdict(dict)
    pauses: dict[str, dict[tuple[str, str], DateRange]] = defaultdict(dict)
    heads: dict[str, tuple[UUID, str, str | None, str | None]] = {}
    not_over = (Q(prescription__ends_on=None) | Q(prescription__ends_on__gte=since)) & (
        Q(prescription__stopped_from=None) | Q(prescription__stopped_from__gt=since)
    )
    # What was done of a prescription that is over is extra, and counted as such.
    done_since = Session.objects.filter(
        patient=OuterRef("prescription__patient"),
        prescription=OuterRef("prescription"),
        local_date__gte=since,
    )
    rows = PrescriptionRevision.objects.filter(
        not_over | Q(Exists(done_since)), prescription__patient__in=chosen
    ).order_by()
    for (
        prescription,
        paused_from,
        paused_to,
        number,
        counts_from,
        *schedule,
        patient,
        starts,
        ends,
        stopped,
    ) in rows.values_list(
        _text("prescription_id"),
        _text("prescription__pauses__first_day"),
        _text("prescription__pauses__last_day"),
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
        mode, weekdays, times_per_day, per_week = schedule
        asked = schedule_from(mode, tuple(weekdays), times_per_day, per_week)
        revisions[prescription][number] = Revision(number, _read(counts_from), asked)
        if paused_from:
            pauses[prescription][paused_from, paused_to] = DateRange(_read(paused_from), _read(paused_to))
        heads[prescription] = patient, starts, ends, stopped
    return [
        (
            patient,
            prescription,
            Plan(
                starts_on=_read(starts),
                last_day=last_day_of(_date(ends), _date(stopped)),
                revisions=tuple(revisions[prescription].values()),
                pauses=tuple(pauses[prescription].values()) if prescription in pauses else (),
            ),
        )
        for prescription, (patient, starts, ends, stopped) in heads.items()
    ]


def _done(chosen: _Chosen, asked: Sequence[DateRange]) -> Mapping[str, Sequence[Done]]:
    """The sessions that count, by prescription."""
    done: dict[str, list[Done]] = defaultdict(list)
    on_them = reduce(or_, (Q(local_date__range=(days.first, days.last)) for days in asked))
    rows = Session.objects.filter(on_them, patient__in=chosen, voided_at=None).order_by()
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
