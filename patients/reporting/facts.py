"""What the weekly reports say (docs/rules.md 8). One set of facts is behind page, mail, PDF and CSV.

Dates are local dates; "before" is the seven days before those of the report. Figures are as reported by the patients.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from patients.adherence import Band, DayState
from patients.models.alerts import Level, Rule

# Who needs a look comes first.
NEEDS_A_LOOK = (Band.QUIET, Band.OFF_TRACK, Band.SLIPPING, Band.NEW, Band.ON_TRACK)


@dataclass(frozen=True, slots=True)
class Figures:
    """Adherence of the seven days. `percent` is None where nothing was due.

    `credit`: what the percentage is of, one decimal; `change`: against the days before, in percentage points.
    """

    due: int
    kept: int
    credit: float
    percent: int | None
    change: int | None


@dataclass(frozen=True, slots=True)
class Pain:
    """Mean NPRS after the sessions of the seven days and of those before, one decimal; None without a rating."""

    now: float | None
    before: float | None


@dataclass(frozen=True, slots=True)
class SevenDays:
    """One of the last four weeks in the course of adherence."""

    first: dt.date
    last: dt.date
    due: int
    credit: float
    percent: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Several patients together: how many in each band, what they did, how it went over four weeks."""

    patients: int
    bands: Mapping[Band, int]
    bands_before: Mapping[Band, int]
    week: Figures
    weeks: tuple[SevenDays, ...]  # oldest first; the last one is that of the report
    pain: Pain


@dataclass(frozen=True, slots=True)
class Row:
    """One patient. `days` are the seven days; `alerts` how many are not resolved."""

    id: UUID
    name: str
    band: Band
    band_before: Band
    week: Figures
    days: tuple[DayState, ...]
    pain: Pain
    last_session: dt.date | None
    alerts: int


@dataclass(frozen=True, slots=True)
class OpenAlert:
    patient: UUID
    name: str
    level: Level
    rule: Rule
    since: dt.date


@dataclass(frozen=True, slots=True)
class OnDay:
    """Somebody, and the day that is told of them."""

    id: UUID
    name: str
    day: dt.date


@dataclass(frozen=True, slots=True)
class Digest:
    """A clinician's patients; `own` is False where it is all of the clinic, for a colleague without any."""

    own: bool
    together: Standing
    rows: tuple[Row, ...]  # who needs a look first
    alerts: tuple[OpenAlert, ...]  # not resolved, the gravest first
    new: tuple[OnDay, ...]  # their first prescription began in the seven days
    ending: tuple[OnDay, ...]  # their last prescription ends in the two weeks after


@dataclass(frozen=True, slots=True)
class Care:
    """The patients in one colleague's care; without an id those in nobody's."""

    id: UUID | None
    name: str
    together: Standing
    alerts: int  # not resolved


@dataclass(frozen=True, slots=True)
class ClinicReport:
    """The whole clinic, for its owners. It names colleagues, and no patient."""

    together: Standing
    care: tuple[Care, ...]  # by name
    alerts_open: Mapping[Level, int]
    alerts_opened: Mapping[Level, int]  # in the seven days
    alerts_resolved: int  # in the seven days
    oldest_alert: dt.date | None  # since when the oldest one that is not resolved is open
    new: int
    ending: int
    discharged: int
    invited: int  # have not accepted yet
    threads_waiting: int  # patients with a message that waits for the clinic
    sessions: int = 0  # logged in the seven days
