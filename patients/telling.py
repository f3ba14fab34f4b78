"""What a session tells the clinic, when it arrives, is corrected or taken out (docs/rules.md 6)."""

import datetime as dt
from collections.abc import Iterator, Sequence

from django.utils import timezone

from patients import alerts, bands, safety, thresholds
from patients.adherence import together, units_before
from patients.alerts import Cause
from patients.models import Finding, Patient, Session, SessionItem
from patients.models.alerts import AlertActKind, AlertState, Rule
from patients.models.sessions import SkipReason, Source
from patients.safety import Thresholds
from patients.schedule import DateRange, week_of

SKIPS = (SkipReason.PAIN, SkipReason.NOT_SURE_HOW)
# What rests on one session and those before it; and what rests on days.
OF_SESSIONS = (Rule.PAIN_HIGH, Rule.PAIN_RISE, Rule.SKIPPED)
OF_DAYS = (Rule.MISSED, Rule.LOW_ADHERENCE)


def arrived(session: Session) -> None:
    """Raise what the session tells, and end what it has made untrue."""
    wanted = thresholds.of(session.patient.clinic)
    _raise(session, wanted, session.received_at)
    _look_again(session, wanted, changed=False)


def changed(session: Session) -> None:
    """The session was corrected or taken out: it tells what it tells now, and what was told is looked at again."""
    wanted = thresholds.of(session.patient.clinic)
    if session.voided_at is None:
        _raise(session, wanted, timezone.now())
    _look_again(session, wanted, changed=True)


def _raise(session: Session, wanted: Thresholds, at: dt.datetime) -> None:
    for rule, cause in met(session, wanted):
        alerts.raise_alert(session.patient, rule, at, cause)


def met(session: Session, wanted: Thresholds) -> Iterator[tuple[Rule, Cause]]:
    """The rules that a session meets, with what they rest on. A history that was brought along tells nothing new."""
    if session.source == Source.IMPORT or session.voided_at:
        return
    items = list(session.items.all())
    key, day = f"session:{session.pk}", session.local_date
    worst = safety.pain_high([session.pain_after, *(item.pain for item in items)], wanted)
    if worst is not None:
        yield Rule.PAIN_HIGH, Cause(key, day, day, session, figures={"pain": worst})
    if session.pain_after is not None:
        before = _rated_before(session)
        median = safety.pain_risen(session.pain_after, [pain for _day, pain in before], wanted)
        if median is not None:
            figures = {"pain": session.pain_after, "median": median}
            first = min(day, before[-1][0])
            yield Rule.PAIN_RISE, Cause(key, first, day, session, figures=figures)
    if any(item.skip_reason in SKIPS for item in items):
        skips = _skips_in_a_week(session)
        if len(skips) >= wanted.skips:
            figures = {reason.value: skips.count(reason) for reason in SKIPS}
            first = day - dt.timedelta(days=safety.SKIP_DAYS - 1)
            yield Rule.SKIPPED, Cause(key, first, day, session, figures=figures)


def _rated_before(session: Session) -> Sequence[tuple[dt.date, int]]:
    """Day and NPRS after the last sessions before this one that were rated, the newest first."""
    before = Session.objects.filter(
        patient=session.patient_id,
        voided_at=None,
        started_at__lt=session.started_at,
        local_date__lte=session.local_date,
    ).exclude(pk=session.pk)
    rows = before.exclude(pain_after=None).order_by("-local_date", "-started_at")
    last = rows.values_list("local_date", "pain_after")[: safety.RISES_AGAINST]
    return [(day, pain) for day, pain in last if pain is not None]


def _skips_in_a_week(session: Session) -> list[str]:
    """*Pain* and *not sure how*, as often as an exercise was skipped for it in the seven days up to this session."""
    since = session.local_date - dt.timedelta(days=safety.SKIP_DAYS)
    rows = SessionItem.objects.filter(
        session__patient=session.patient_id,
        session__voided_at=None,
        session__local_date__gt=since,
        session__local_date__lte=session.local_date,
        skip_reason__in=SKIPS,
    )
    return list(rows.order_by().values_list("skip_reason", flat=True))


def _look_again(session: Session, wanted: Thresholds, *, changed: bool) -> None:
    """Of what is not resolved, take back what does not hold any more; a silence ends with a session."""
    found = Finding.objects.filter(patient=session.patient_id, withdrawn_at=None)
    standing = found.exclude(alert__state=AlertState.RESOLVED).select_related(
        "alert__patient__clinic", "session"
    )
    # Without a change only what rests on days can have become untrue.
    for finding in standing if changed else standing.filter(rule__in=[*OF_DAYS, Rule.SILENCE]):
        if finding.rule == Rule.SILENCE:
            if session.voided_at is None and session.local_date >= finding.first_day:
                alerts.close_itself(finding.alert, AlertActKind.RESUMED)
        elif finding.first_day <= session.local_date <= finding.last_day and not _holds(finding, wanted):
            alerts.take_back(finding)


def _holds(finding: Finding, wanted: Thresholds) -> bool:
    """Whether a finding is true by what is known now."""
    if finding.rule in OF_DAYS:
        return _holds_of_days(finding, wanted)
    # Answers and events stand, whatever becomes of the session in which they were told.
    if finding.rule not in OF_SESSIONS or finding.session is None:
        return True
    return finding.rule in {rule for rule, _cause in met(finding.session, wanted)}


def _holds_of_days(finding: Finding, wanted: Thresholds) -> bool:
    first, last = finding.first_day, finding.last_day
    patients = Patient.objects.filter(pk=finding.patient_id)
    facts = bands.facts_of(patients, [DateRange(week_of(first).first, last)]).get(finding.patient_id, ())
    day_after = last + dt.timedelta(days=1)
    if finding.rule == Rule.MISSED:
        run = safety.missed_in_a_row(units_before(facts, first, day_after))
        return run is not None and run.count >= wanted.missed
    figures = together(facts, first, last, day_after)
    return safety.adherence_low(figures.adherence, figures.due, wanted)
