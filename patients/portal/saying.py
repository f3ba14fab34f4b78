"""A patient's course in words: pain and adherence over time, what raises an alert, what they told their clinic."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clinic.ui.lists import listed
from patients.goals import Goal
from patients.models import Session, SessionItem
from patients.models.alerts import Rule
from patients.models.sessions import SkipReason
from patients.safety import Thresholds
from patients.telling import SKIPS

SAID_AT_MOST = 30


def pain(values: Sequence[int]) -> str:
    """NPRS after each session, oldest first: "At first 6, last 2; never above 7." Nothing where there is none."""
    if not values:
        return ""
    if len(values) == 1:
        return _("After the one session that you rated it was %(last)d of 10.") % {"last": values[0]}
    words = {"first": values[0], "last": values[-1], "low": min(values), "high": max(values)}
    if words["low"] == words["high"]:
        return _("After your sessions it was always %(last)d of 10.") % words
    return (
        _(
            "After your sessions it was %(first)d of 10 at first and %(last)d last; between %(low)d and %(high)d."
        )
        % words
    )


def weeks(finished: Sequence[Goal]) -> str:
    """How many of the finished weeks were done in full. Weeks without anything due say nothing, and "none" is not said:
    the list below tells what was done in each."""
    asked = [goal for goal in finished if goal.asked]
    full = sum(goal.kept >= goal.asked for goal in asked)
    if not full:
        return ""
    words = {"full": full, "asked": len(asked)}
    return (
        ngettext(
            "In %(full)d of the last %(asked)d week every session was begun.",
            "In %(full)d of the last %(asked)d weeks every session was begun.",
            len(asked),
        )
        % words
    )


def alert_rules(wanted: Thresholds) -> list[str]:
    """What makes the clinic look at a patient, told to the patient, with the numbers of that clinic."""
    words = {
        Rule.SAFETY_ANSWER: _(
            "You answer one of the safety questions with yes. Your plan then waits for them."
        ),
        Rule.PAIN_HIGH: _("Your pain is %(pain_high)d of 10 or more, in a session or after it."),
        Rule.ADVERSE_EVENT: _("You tell that something went wrong."),
        Rule.PAIN_RISE: ngettext(
            "Your pain after a session is %(pain_rise)d point or more above that of the sessions before.",
            "Your pain after a session is %(pain_rise)d points or more above that of the sessions before.",
            wanted.pain_rise,
        ),
        Rule.SILENCE: _("There is no session for %(silent_days)d days on which your plan holds."),
        Rule.MISSED: _("%(missed)d sessions that were due, one after another, are not done."),
        Rule.LOW_ADHERENCE: _("Less than %(low_percent)d %% of what was due in 14 days is done."),
        Rule.SKIPPED: _(
            "You leave a stretch out because of pain, or because you are not sure how, %(skips)d times in 7 days."
        ),
    }
    return [words[rule] % asdict(wanted) for rule in Rule]


def reasons() -> tuple[str, str]:
    """The reasons for leaving a stretch out: those that are pointed out to the clinic, and the others."""
    telling = listed(str(reason.label) for reason in SKIPS)
    others = listed(str(reason.label) for reason in SkipReason if reason not in SKIPS)
    return telling, others


@dataclass(frozen=True, slots=True)
class Said:
    """What was said of one session beside its figures."""

    session: Session
    skipped: Sequence[str]  # "Knee to chest: pain"


def said_of(sessions: QuerySet[Session]) -> list[Said]:
    """The notes and reasons that stand with these sessions, the newest first; two queries."""
    left_out = SessionItem.objects.exclude(skip_reason="").select_related("item__exercise_revision")
    rows = sessions.prefetch_related(Prefetch("items", left_out, to_attr="left_out")).order_by("-started_at")
    found = []
    for session in rows:
        skipped = [f"{row}: {row.get_skip_reason_display()}" for row in session.left_out]
        if session.note or skipped:
            found.append(Said(session, skipped))
    return found[:SAID_AT_MOST]
