"""docs/rules.md 6: what a session tells when it arrives, is corrected or taken out."""

import datetime as dt
from collections.abc import Iterator
from uuid import uuid4

import pytest
import time_machine

from clinic.models import AuditEvent
from patients import alerts, sessions, thresholds
from patients.models import Alert, Finding, Patient, Session
from patients.models.alerts import AlertActKind, AlertState, Rule
from patients.sessions import ItemDone, SessionData
from tests.patients.caring import log_session
from tests.world import World

NOW = dt.datetime(2026, 11, 19, 3, 30, tzinfo=dt.UTC)  # Thursday, 09:15 in Kathmandu
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def pains(world: World, *values: int) -> list[Session]:
    """Sessions on the last days, one a day, the last one today."""
    first = NOW - (len(values) - 1) * DAY
    return [log_session(world.prescription, first + n * DAY, pain=pain) for n, pain in enumerate(values)]


def skipping(world: World, days_ago: int, *reasons: str) -> Session:
    revision = world.prescription.revisions.get()
    items = list(revision.items.all())
    done = [ItemDone(item.pk, skip_reason=reason) for item, reason in zip(items, reasons, strict=False)]
    data = SessionData(
        uuid4(), world.prescription, revision, NOW - days_ago * DAY, None, done, "player", pain_after=1
    )
    return sessions.record(world.patient, data)[0]


def corrected(world: World, session: Session, *, pain: int) -> None:
    data = SessionData(
        session.pk,
        session.prescription,
        session.revision,
        session.started_at,
        None,
        [],
        session.source,
        pain_after=pain,
    )
    sessions.correct(world.clinician, session, data, reason="Misread")


def open_rules(patient: Patient) -> set[str]:
    return set(alerts.unresolved(patient).values_list("rule", flat=True))


def test_nprs_up_2_against_the_median_of_the_3_sessions_before_is_high(world: World) -> None:
    pains(world, 3, 9, 2, 5)
    alert = world.pat.alerts.get(rule=Rule.PAIN_RISE)
    assert alert.level == "high"
    finding = alert.findings.get()
    assert finding.figures == {"pain": 5, "median": 3}
    assert (finding.first_day, finding.last_day) == (dt.date(2026, 11, 16), dt.date(2026, 11, 19))


def test_a_voided_session_is_no_measure(world: World) -> None:
    first, *_others = pains(world, 1, 1, 1)
    sessions.void(world.clinician, first, reason="Wrong person")
    log_session(world.prescription, pain=5)
    assert Rule.PAIN_RISE not in open_rules(world.pat)


def test_two_stretches_skipped_for_pain_in_one_session_are_twice(world: World) -> None:
    skipping(world, 0, "pain", "pain")
    assert world.pat.alerts.get().findings.get().figures == {"pain": 2, "not_sure_how": 0}


def test_pain_once_and_not_sure_how_once_in_7_days_are_twice(world: World) -> None:
    skipping(world, 6, "pain")
    assert not open_rules(world.pat)
    skipping(world, 0, "not_sure_how")
    assert open_rules(world.pat) == {Rule.SKIPPED}


def test_on_the_eighth_day_it_is_once_again(world: World) -> None:
    skipping(world, 7, "pain")
    skipping(world, 0, "pain")
    skipping(world, 0, "too_hard", "no_time")
    assert not open_rules(world.pat)


def test_the_thresholds_of_the_clinic_hold_for_its_patients(world: World) -> None:
    thresholds.change(world.owner, world.clinic, {"pain_high": 5, "skips": 3})
    world.prescription.refresh_from_db()
    log_session(world.prescription, pain=5)
    skipping(world, 0, "pain", "pain")
    assert open_rules(world.pat) == {Rule.PAIN_HIGH}


def test_the_same_session_is_found_once_however_often_it_is_corrected(world: World) -> None:
    (session,) = pains(world, 8)
    corrected(world, session, pain=9)
    alert = world.pat.alerts.get()
    assert (alert.occurrences, alert.findings.count()) == (1, 1)


def test_a_high_alert_closes_itself_when_what_it_rested_on_is_taken_out(world: World) -> None:
    *_others, last = pains(world, 1, 1, 1, 4)
    sessions.void(world.clinician, last, reason="Wrong person")
    alert = world.pat.alerts.get()
    assert (alert.state, alert.closed_itself, alert.resolved_by) == (AlertState.RESOLVED, True, None)
    assert alert.acts.get().kind == AlertActKind.UNFOUNDED
    assert AuditEvent.objects.get(verb="alert.closed").actor is None


def test_an_alert_closes_when_an_earlier_session_that_it_needed_is_taken_out(world: World) -> None:
    earlier = skipping(world, 3, "pain")
    skipping(world, 0, "pain")
    assert open_rules(world.pat) == {Rule.SKIPPED}
    sessions.void(world.clinician, earlier, reason="Wrong person")
    assert not open_rules(world.pat)


def test_a_critical_alert_is_closed_by_a_person_alone(world: World) -> None:
    (session,) = pains(world, 8)
    corrected(world, session, pain=2)
    alert = world.pat.alerts.get()
    assert alert.state == AlertState.OPEN
    assert alert.findings.get().withdrawn_at is not None
    assert alert.occurrences == 0


def test_what_was_taken_back_and_is_true_after_all_is_found_again(world: World) -> None:
    *_others, last = pains(world, 1, 1, 1, 4)
    corrected(world, last, pain=1)
    assert not open_rules(world.pat)
    corrected(world, last, pain=5)
    assert open_rules(world.pat) == {Rule.PAIN_RISE}
    assert Finding.objects.filter(rule=Rule.PAIN_RISE).count() == 1


def test_what_recurs_opens_an_acknowledged_critical_alert_again(world: World) -> None:
    log_session(world.prescription, NOW - DAY, pain=8)
    alerts.acknowledge(world.assistant, Alert.objects.get())
    log_session(world.prescription, pain=9)
    alert = world.pat.alerts.get(rule=Rule.PAIN_HIGH)
    assert (alert.state, alert.occurrences, alert.acknowledged_by) == (AlertState.OPEN, 2, None)
    assert [act.kind for act in alert.acts.all()] == [AlertActKind.ACKNOWLEDGED, AlertActKind.RECURRED]


def test_a_session_after_the_silence_ends_it(world: World) -> None:
    cause = alerts.Cause("since:2026-11-02", dt.date(2026, 11, 2), dt.date(2026, 11, 18))
    alerts.raise_alert(world.pat, Rule.SILENCE, NOW, cause)
    log_session(world.prescription)
    alert = world.pat.alerts.get()
    assert (alert.state, alert.closed_itself) == (AlertState.RESOLVED, True)
    assert alert.acts.get().kind == AlertActKind.RESUMED


def test_a_late_session_that_fills_the_gap_takes_back_what_was_missed(world: World) -> None:
    cause = alerts.Cause("since:2026-11-16", dt.date(2026, 11, 16), dt.date(2026, 11, 18))
    alerts.raise_alert(world.pat, Rule.MISSED, NOW, cause)
    log_session(world.prescription, NOW - 2 * DAY)
    assert not open_rules(world.pat)
