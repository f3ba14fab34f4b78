"""Made-up lives of patients: what was prescribed to each, and which sessions they did. Facts only, no rows.

Everything comes from one `random.Random`, so the same one gives the same life. Days are local dates.
"""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from patients.demo.names import FAMILY, GIVEN, ZONES
from patients.models.sessions import Difficulty, SkipReason
from patients.schedule import DateRange, Fixed, Flexible, Plan, Revision, Schedule

DAY = dt.timedelta(days=1)
EVERY_DAY, ON_WEEKDAYS = frozenset(range(7)), frozenset(range(5))
SCHEDULES: tuple[Schedule, ...] = (
    Fixed(EVERY_DAY, 1),
    Fixed(EVERY_DAY, 1),
    Fixed(frozenset({0, 2, 4}), 1),
    Fixed(ON_WEEKDAYS, 1),
    Fixed(EVERY_DAY, 2),
    Fixed(frozenset({1, 3, 5}), 1),
    Flexible(3),
    Flexible(4),
    Flexible(5),
)
# Sessions done of those that were due, at the beginning and in the end.
FARES = ((0.95, 0.95), (0.9, 0.8), (0.85, 0.9), (0.8, 0.6), (0.7, 0.4), (0.6, 0.7), (0.5, 0.2), (0.9, 0.5))
NOTES = ("Easier than last week.", "Stiff in the morning.", "Only after work.", "Left side is tighter.")
DIFFICULTIES = (Difficulty.ABOUT_RIGHT, Difficulty.ABOUT_RIGHT, Difficulty.TOO_EASY, Difficulty.TOO_HARD, "")
SKIPS = (SkipReason.NO_TIME, SkipReason.FORGOT, SkipReason.PAIN, SkipReason.NOT_SURE_HOW, SkipReason.TOO_HARD)
# Minutes after midnight at which the sessions of a day begin, give or take.
SLOTS = (7 * 60, 17 * 60, 12 * 60)


class Lived(NamedTuple):
    """One session. `late`: days until it was sent; `skipped`: exercises that were left out, and why."""

    day: dt.date
    minute: int
    seconds: int
    late: int
    before: int
    after: int
    difficulty: str
    note: str
    skipped: int
    reason: str
    voided: bool


@dataclass(frozen=True, slots=True)
class Prescribed:
    """One prescription. `exercises`: how many of the routine's each revision asks for, in the plan's order."""

    plan: Plan
    ends_on: dt.date | None
    stopped_from: dt.date | None
    exercises: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Life:
    """One patient. `moved`: since when they live in `zone`, and where they lived before."""

    name: str
    born: dt.date
    zone: str
    moved: tuple[dt.date, str] | None
    invited: bool
    prescriptions: tuple[Prescribed, ...]
    # How they fare: shares at the beginning and in the end, NPRS likewise, and days of silence in the end.
    keeps: tuple[float, float]
    pain: tuple[int, int]
    silent: int
    full: float

    def zone_on(self, day: dt.date) -> str:
        return self.moved[1] if self.moved and day < self.moved[0] else self.zone


def life(chance: random.Random, clinic_zone: str, today: dt.date, weeks: int, exercises: int) -> Life:
    """Somebody who has been in care for up to `weeks`; `exercises` is how many there are to prescribe."""
    began = today - dt.timedelta(weeks=weeks)
    if chance.random() < 0.2:  # not all of them from the first week on
        began += chance.randrange(7 * weeks + 1) * DAY
    zone = chance.choice(ZONES) if chance.random() < 0.1 else clinic_zone
    moved = None
    if chance.random() < 0.02:
        moved = began + chance.randrange(max(1, (today - began).days)) * DAY, chance.choice(ZONES)
    invited = chance.random() < 0.03
    return Life(
        name=f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}",
        born=dt.date(1940, 1, 1) + chance.randrange(24000) * DAY,
        zone=zone,
        moved=moved,
        invited=invited,
        prescriptions=() if invited else tuple(_prescriptions(chance, began, today, exercises)),
        keeps=chance.choice(FARES),
        pain=(chance.randrange(3, 9), chance.randrange(0, 6)),
        silent=chance.choice((5, 9, 16, 30)) if chance.random() < 0.12 else 0,
        full=chance.choice((0.95, 0.85, 0.7)),
    )


def _prescriptions(
    chance: random.Random, began: dt.date, today: dt.date, exercises: int
) -> Iterator[Prescribed]:
    """One that runs, for some after another that is over."""
    length = (today - began).days
    if length >= 28 and chance.random() < 0.12:
        change = began + (length // 3) * DAY
        yield _prescribed(chance, began, change - DAY, None, exercises)
        began = change
    ends_on = today + chance.randrange(60) * DAY if chance.random() < 0.3 else None
    stopped = today - chance.randrange(7) * DAY if length > 14 and chance.random() < 0.02 else None
    yield _prescribed(chance, began, ends_on, stopped, exercises, until=today)


def _prescribed(
    chance: random.Random,
    first: dt.date,
    ends_on: dt.date | None,
    stopped_from: dt.date | None,
    exercises: int,
    until: dt.date | None = None,
) -> Prescribed:
    days = ((until or ends_on or first) - first).days
    amended = chance.choices((0, 1, 2, 3), (55, 30, 10, 5))[0] if days > 21 else 0
    since = [first, *(first + day * DAY for day in sorted(chance.sample(range(1, days), amended)))]
    paused = []
    if days > 21 and chance.random() < 0.15:
        start = first + chance.randrange(days) * DAY
        paused.append(DateRange(start, start + chance.randrange(2, 14) * DAY))
    revisions = tuple(
        Revision(number, day, chance.choice(SCHEDULES)) for number, day in enumerate(since, start=1)
    )
    last = min([day for day in (ends_on, stopped_from and stopped_from - DAY) if day], default=None)
    return Prescribed(
        plan=Plan(first, last, revisions, tuple(paused)),
        ends_on=ends_on,
        stopped_from=stopped_from,
        exercises=tuple(chance.randrange(min(2, exercises), min(5, exercises) + 1) for _ in revisions),
    )


def sessions(chance: random.Random, person: Life, prescribed: Prescribed, today: dt.date) -> Iterator[Lived]:
    """The sessions of one prescription up to yesterday, in order."""
    plan, dice = prescribed.plan, chance.random
    last = min(today - DAY, plan.last_day or today) - person.silent * DAY
    length = max(1, (today - plan.starts_on).days)
    (keeps, keeps_now), (pain, pain_now) = person.keeps, person.pain
    for span in plan.spans(DateRange(plan.starts_on, max(plan.starts_on, last))):
        for day in DateRange(span.first, span.last):
            if day > last:
                return
            share = (day - plan.starts_on).days / length
            if isinstance(span.schedule, Fixed):
                times = span.schedule.due_on(day)
            else:
                times = int(dice() * 7 < span.schedule.per_week)
            for slot in range(times + (dice() < 0.01)):
                if dice() >= keeps + (keeps_now - keeps) * share:
                    continue
                before = min(10, max(0, round(pain + (pain_now - pain) * share + 2 * dice() - 1)))
                skipped = 0 if dice() < person.full else int(1 + 1.3 * dice())
                yield Lived(
                    day=day,
                    minute=SLOTS[slot % 3] + int(120 * dice()),
                    seconds=240 + int(600 * dice()),
                    late=int(1 + 3 * dice()) if dice() < 0.03 else 0,
                    before=before,
                    after=max(0, before - int(2.2 * dice())),
                    difficulty=DIFFICULTIES[int(5 * dice())],
                    note=NOTES[int(4 * dice())] if dice() < 0.04 else "",
                    skipped=skipped,
                    reason=SKIPS[int(5 * dice())] if skipped else "",
                    voided=dice() < 0.004,
                )
