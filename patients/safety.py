"""Safety rules (docs/rules.md 6). Pure: numbers and dates in, decisions out."""

import datetime as dt
from enum import Enum

ASK_EVERY = dt.timedelta(days=28)
CLOCK_ERROR = dt.timedelta(minutes=10)  # how far a client's clock may be ahead
LATEST = dt.timedelta(days=14)  # how late answers may arrive
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
