"""The figures of weekly reports: one patient's, and those of many added up, exact until they are told.

Pure but for the names of the patients: facts in, facts of `patients.reporting.facts` out.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import floor
from uuid import UUID

from patients.adherence import Band, Counts, DayState, Done, band, together
from patients.models import Patient
from patients.reporting.facts import Figures, Pain, Row, SevenDays, Standing
from patients.schedule import DateRange, Plan

DAY = dt.timedelta(days=1)
WEEK = dt.timedelta(days=7)
WEEKS = 4


@dataclass(slots=True)
class Known:
    """What is known of one patient: plans with what was done, pain, and the last session."""

    plans: dict[UUID, tuple[Plan, list[Done]]] = field(default_factory=dict)
    pains: list[tuple[dt.date, int]] = field(default_factory=list)
    last_session: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """One patient's figures, exact. `weeks`: the sums of four times seven days, the oldest first."""

    patient: Patient
    band: Band
    band_before: Band
    weeks: tuple[Counts, ...]
    days: tuple[DayState, ...]
    pains: Sequence[int]
    pains_before: Sequence[int]
    begins: dt.date | None
    ends: dt.date | None
    last_session: dt.date | None

    @classmethod
    def of(cls, patient: Patient, known: Known, week: DateRange, now: dt.datetime) -> "Counted":
        today = patient.local_date(now)
        plans = list(known.plans.values())
        over = together(plans, week.last - WEEKS * WEEK + DAY, week.last, today).days
        day_after = min(today, week.last + DAY)
        ends = [plan.last_day for plan, _ in plans]
        return cls(
            patient=patient,
            band=band(plans, day_after),
            band_before=band(plans, day_after - WEEK),
            weeks=tuple(Counts.of(over[at : at + 7]) for at in range(0, 7 * WEEKS, 7)),
            days=tuple(day.state for day in over[-7:]),
            pains=[pain for day, pain in known.pains if day in week],
            pains_before=[pain for day, pain in known.pains if day in _before(week)],
            begins=min((plan.starts_on for plan, _ in plans), default=None),
            # The last day of the last prescription; None where there is none, or one has an open end.
            ends=None if None in ends else max((day for day in ends if day), default=None),
            last_session=known.last_session,
        )

    def row(self, alerts: int) -> Row:
        return Row(
            id=self.patient.pk,
            name=self.patient.name,
            band=self.band,
            band_before=self.band_before,
            week=_figures(self.weeks),
            days=self.days,
            pain=Pain(_mean(self.pains), _mean(self.pains_before)),
            last_session=self.last_session,
            alerts=alerts,
        )


@dataclass(slots=True)
class Sums:
    """Patients added up, one by one."""

    week: DateRange
    patients: int = 0
    bands: Counter[Band] = field(default_factory=Counter)
    bands_before: Counter[Band] = field(default_factory=Counter)
    weeks: tuple[Counts, ...] = (Counts(),) * WEEKS
    pain: tuple[int, int] = (0, 0)  # sum and number
    pain_before: tuple[int, int] = (0, 0)

    def add(self, one: Counted) -> None:
        self.patients += 1
        self.bands[one.band] += 1
        self.bands_before[one.band_before] += 1
        self.weeks = tuple(map(Counts.of, zip(self.weeks, one.weeks, strict=True)))
        self.pain = (self.pain[0] + sum(one.pains), self.pain[1] + len(one.pains))
        before = one.pains_before
        self.pain_before = (self.pain_before[0] + sum(before), self.pain_before[1] + len(before))

    def standing(self) -> Standing:
        first = self.week.last - WEEKS * WEEK + DAY
        mondays = [first + place * WEEK for place in range(WEEKS)]
        return Standing(
            patients=self.patients,
            bands={one: self.bands[one] for one in Band},
            bands_before={one: self.bands_before[one] for one in Band},
            week=_figures(self.weeks),
            weeks=tuple(
                SevenDays(day, day + 6 * DAY, sum_.due, _tenths(sum_.credit), sum_.percent)
                for day, sum_ in zip(mondays, self.weeks, strict=True)
            ),
            pain=Pain(_share(*self.pain), _share(*self.pain_before)),
        )


def _before(week: DateRange) -> DateRange:
    return DateRange(week.first - WEEK, week.last - WEEK)


def _figures(weeks: Sequence[Counts]) -> Figures:
    """The last of these weeks, against the one before."""
    now, before = weeks[-1], weeks[-2]
    # Of the whole percentages, so that the mail adds up.
    change = None if now.percent is None or before.percent is None else now.percent - before.percent
    return Figures(now.due, now.kept, _tenths(now.credit), now.percent, change)


def _tenths(number: Fraction) -> float:
    """Rounded half up to one decimal."""
    return floor(number * 10 + Fraction(1, 2)) / 10


def _share(total: int, number: int) -> float | None:
    return _tenths(Fraction(total, number)) if number else None


def _mean(values: Sequence[int]) -> float | None:
    return _share(sum(values), len(values))
