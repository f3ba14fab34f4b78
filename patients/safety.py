"""Safety rules, and when something is an alert (docs/rules.md 6). Pure: numbers and dates in, decisions out."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from itertools import groupby
from statistics import median_low

from patients.counting import Unit
from patients.schedule import DateRange, Plan, week_of

ASK_EVERY = dt.timedelta(days=28)
CLOCK_ERROR = dt.timedelta(minutes=10)  # how far a client's clock may be ahead
LATEST = dt.timedelta(days=14)  # how late answers and sessions may arrive
SEVERE = 7  # NPRS: the session ends, a clinician is told
STOP_ABOVE = 5  # NPRS during an exercise: stop it, offer the easier variant
STOP_RISE = 3  # NPRS points above the start: the same


class Advice(Enum):
    """What to do about a pain figure given during a session."""

    GO_ON = "go_on"
    STOP_EXERCISE = "stop_exercise"
    END_SESSION = "end_session"


def advise(pain: int, at_start: int) -> Advice:
    """What a pain of `pain` (NPRS) during an exercise means, when the session began with `at_start`."""
    if pain >= SEVERE:
        return Advice.END_SESSION
    if pain > STOP_ABOVE or pain - at_start >= STOP_RISE:
        return Advice.STOP_EXERCISE
    return Advice.GO_ON


def questions_due(last_asked: dt.datetime | None, severe_since: bool, now: dt.datetime) -> bool:
    """The first session, every 28 days, and after any NPRS of 7 or more since they were last asked."""
    return last_asked is None or severe_since or now - last_asked >= ASK_EVERY


# --- When something is an alert


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From when on a clinic wants an alert; the defaults are those of docs/rules.md 6."""

    pain_high: int = SEVERE  # NPRS after a session, or in it
    pain_rise: int = 2  # NPRS points above the median of the sessions before
    silent_days: int = 14
    missed: int = 3  # due occasions in a row
    low_percent: int = 50  # adherence over 14 days, below which
    low_due: int = 3  # of at least so many due
    skips: int = 2  # exercises skipped for pain, or not sure how, in SKIP_DAYS


# What a clinic may choose from, both ends included. It may hear of severe pain earlier than at the value at which the
# player ends a session and says that the clinic is told, never later.
RANGES: dict[str, tuple[int, int]] = {
    "pain_high": (4, SEVERE),
    "pain_rise": (1, 5),
    "silent_days": (3, 42),
    "missed": (2, 7),
    "low_percent": (10, 90),
    "low_due": (1, 14),
    "skips": (2, 10),
}
RISES_AGAINST = 3  # sessions
SKIP_DAYS = 7
# As far as the daily look reads back: the longest silence, or a weekly session missed most often, and a week to spare.
LOOK_BACK = dt.timedelta(weeks=8)


def pain_high(pains: Iterable[int | None], thresholds: Thresholds) -> int | None:
    """The worst of a session's pains (NPRS, after it and in it) where it is an alert; None where it is none."""
    worst = max((pain for pain in pains if pain is not None), default=None)
    return worst if worst is not None and worst >= thresholds.pain_high else None


def pain_risen(after: int | None, before: Sequence[int], thresholds: Thresholds) -> int | None:
    """The median that a session's pain has risen above; None where it has not, or fewer than 3 were rated before.

    `before` are the NPRS after the rated sessions before, the newest first.
    """
    if after is None or len(before) < RISES_AGAINST:
        return None
    median = median_low(before[:RISES_AGAINST])
    return median if after - median >= thresholds.pain_rise else None


@dataclass(frozen=True, slots=True)
class Run:
    """Due occasions missed in a row; local dates from the first to the last of them, both included."""

    first_day: dt.date
    last_day: dt.date
    count: int
    whole: bool  # whether something kept, or nothing at all, came before


def missed_in_a_row(units: Sequence[Unit]) -> Run | None:
    """The due occasions missed at the end of these units, which are in the order of their dates; None for none.

    Sessions fill a day's slots from the first. Of a flexible week nobody can say which sessions were missed: it is
    missed as a whole, when nothing of it was kept, and ends a run when anything was. Days on which nothing was due,
    such as paused ones, neither add to a run nor end it.
    """
    count, first, last = 0, None, None
    for _date, of_day in groupby(reversed(units), key=lambda unit: (unit.date, unit.flexible)):
        same = list(of_day)
        due, kept = sum(unit.due for unit in same), sum(unit.kept for unit in same)
        missed = 0 if same[0].flexible and kept else due - kept
        if missed:
            count += missed
            first = week_of(same[0].date).first if same[0].flexible else same[0].date
            last = last or same[0].date
        if kept and first and last:
            return Run(first, last, count, whole=True)
        if kept:
            return None
    return Run(first, last, count, whole=False) if first and last else None


def silent_since(
    plans: Sequence[Plan], units: Sequence[Unit], last_session: dt.date | None, today: dt.date, least: int
) -> dt.date | None:
    """Since which day there is no session, when that lasts `least` days on which a plan held, and some was due.

    Paused days, and those before the first plan and after the last, do not count; neither does today. None where it
    does not last so long, and while no plan holds. `units` reach back `LOOK_BACK`.
    """
    if not any(plan.expects(today - dt.timedelta(days=1)) for plan in plans):
        return None
    begun = min(plan.starts_on for plan in plans)
    since = max(begun, last_session + dt.timedelta(days=1)) if last_session else begun
    seen = max(since, today - LOOK_BACK)
    if seen >= today or not any(unit.due for unit in units if unit.date >= seen):
        return None
    days = DateRange(seen, today - dt.timedelta(days=1))
    asked = sum(any(plan.expects(day) for plan in plans) for day in days)
    return since if asked >= least else None


def adherence_low(share: Fraction | None, due: int, thresholds: Thresholds) -> bool:
    """Whether adherence over 14 days is an alert, of so many due."""
    return share is not None and due >= thresholds.low_due and share * 100 < thresholds.low_percent


@dataclass(frozen=True, slots=True)
class Told:
    """Facts of which an alert told before, and the day on which somebody resolved it, if anybody did."""

    first_day: dt.date
    last_day: dt.date
    resolved_on: dt.date | None


def is_news(first_day: dt.date, told: Iterable[Told]) -> bool:
    """Whether facts that begin on a day are new: after all that was told, and not before it was resolved.

    So a run of missed sessions that goes on, or a fortnight that shares a day with the last one, tells nothing again.
    """
    return all(
        first_day > one.last_day and (one.resolved_on is None or first_day >= one.resolved_on) for one in told
    )
