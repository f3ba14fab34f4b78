"""docs/rules.md 6: safety and alerts."""

import datetime as dt
from uuid import uuid4

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from clinic.errors import Conflict
from clinic.models import AuditEvent
from patients import alerts, prescribing, telling
from patients.lines import lines_of_routine
from patients.models import Alert, Prescription
from patients.models.alerts import AlertActKind, AlertState, Rule, SafetyQuestion
from patients.schedule import Flexible
from tests.patients.caring import raise_alert
from tests.world import World, make_prescription, make_session

ALL_NO = dict.fromkeys(SafetyQuestion.values, False)


def test_the_first_session_asks_the_safety_questions(world: World) -> None:
    assert alerts.questions_due(world.pat, timezone.now())
    alerts.answer_safety(world.patient, world.pat, ALL_NO)
    assert not alerts.questions_due(world.pat, timezone.now())


def test_they_are_asked_again_every_28_days(world: World) -> None:
    alerts.answer_safety(world.patient, world.pat, ALL_NO)
    now = timezone.now()
    assert not alerts.questions_due(world.pat, now + dt.timedelta(days=27))
    assert alerts.questions_due(world.pat, now + dt.timedelta(days=28))


@pytest.mark.parametrize("field", ["pain_before", "pain_after"])
def test_they_are_asked_after_any_nprs_of_7_or_more(world: World, field: str) -> None:
    alerts.answer_safety(world.patient, world.pat, ALL_NO)
    session = make_session(world.prescription, world.pat.local_date(timezone.now()))
    session.received_at = timezone.now()
    setattr(session, field, 7)
    session.save()
    assert alerts.questions_due(world.pat, timezone.now())


def test_severe_pain_during_an_exercise_alerts_and_asks_again(world: World) -> None:
    alerts.answer_safety(world.patient, world.pat, ALL_NO)
    session = make_session(world.prescription, world.pat.local_date(timezone.now()))
    session.received_at = timezone.now()
    session.save()
    session.items.filter(pk=session.items.all()[0].pk).update(pain=8)
    telling.arrived(session)
    assert Alert.objects.get().rule == "pain_high"
    assert alerts.questions_due(world.pat, timezone.now())


def test_a_question_without_an_answer_is_refused(world: World) -> None:
    with pytest.raises(ValidationError) as info:
        alerts.answer_safety(world.patient, world.pat, {"leg_weakness": False})
    assert len(info.value.message_dict) == len(SafetyQuestion.values) - 1


def test_any_yes_holds_the_prescription_and_raises_a_critical_alert(world: World) -> None:
    alerts.answer_safety(world.patient, world.pat, ALL_NO | {"leg_weakness": True})
    world.prescription.refresh_from_db()
    assert world.prescription.held_at
    alert = Alert.objects.get()
    assert (alert.level, alert.state) == ("critical", AlertState.OPEN)


def test_any_yes_holds_what_was_stopped_from_tomorrow_and_leaves_what_is_over(world: World) -> None:
    today = world.pat.local_date(timezone.now())
    over = make_prescription(
        world.pat, world.clinician, [world.hamstring], starts_on=today - dt.timedelta(days=9)
    )
    Prescription.objects.filter(pk=over.pk).update(ends_on=today - dt.timedelta(days=1))
    make_session(world.prescription, today)
    prescribing.stop(world.clinician, world.prescription, reason="Done")
    alerts.answer_safety(world.patient, world.pat, ALL_NO | {"leg_weakness": True})
    world.prescription.refresh_from_db()
    over.refresh_from_db()
    assert world.prescription.held_at
    assert over.held_at is None
    prescribing.release(world.clinician, world.prescription, note="Seen")
    assert Alert.objects.get().state == AlertState.RESOLVED


def test_what_is_prescribed_while_an_answer_waits_is_held_as_well(world: World) -> None:
    alerts.answer_safety(world.patient, world.pat, ALL_NO | {"leg_weakness": True})
    new = prescribing.prescribe(
        world.clinician,
        world.pat,
        name="More",
        lines=lines_of_routine(world.routine),
        schedule=Flexible(2),
        starts_on=world.pat.local_date(timezone.now()),
    )
    assert new.held_at


def test_a_later_review_leaves_a_resolved_alert_as_it_is(world: World) -> None:
    alerts.answer_safety(world.patient, world.pat, ALL_NO | {"leg_weakness": True})
    alerts.resolve(world.clinician, Alert.objects.get(), note="Phoned")
    prescribing.release(world.owner, world.prescription, note="Seen")
    assert (Alert.objects.get().note, Alert.objects.get().resolved_by) == ("Phoned", world.clinician)


def test_the_audit_trail_holds_no_answer(world: World) -> None:
    alerts.answer_safety(world.patient, world.pat, ALL_NO | {"leg_weakness": True})
    assert "leg_weakness" not in str(AuditEvent.objects.get(verb="safety.answered").details)


def test_a_held_prescription_goes_on_once_a_clinician_has_reviewed_it(world: World) -> None:
    alerts.answer_safety(world.patient, world.pat, ALL_NO | {"recent_fall": True})
    with pytest.raises(ValidationError):
        prescribing.release(world.clinician, world.prescription, note="")
    prescribing.release(world.clinician, world.prescription, note="Seen today, nothing broken")
    world.prescription.refresh_from_db()
    assert world.prescription.held_at is None


def test_an_alert_is_open_then_acknowledged_then_resolved_with_who_and_a_note(world: World) -> None:
    alert = (
        alerts.answer_safety(world.patient, world.pat, ALL_NO | {"fever_unwell": True})
        and Alert.objects.get()
    )
    alerts.acknowledge(world.assistant, alert)
    with pytest.raises(ValidationError):
        alerts.resolve(world.clinician, alert, note="")
    alerts.resolve(world.clinician, alert, note="Phoned; sent to the emergency department")
    alert.refresh_from_db()
    assert (alert.state, alert.acknowledged_by, alert.resolved_by) == (
        AlertState.RESOLVED,
        world.assistant,
        world.clinician,
    )


def test_of_two_who_resolve_one_alert_nobody_loses_their_words(world: World) -> None:
    alert = raise_alert(world.pat, Rule.PAIN_HIGH, timezone.now())
    assert alerts.resolve(world.clinician, alert, note="Phoned")
    assert not alerts.resolve(world.assistant, alert, note="Daughter says she is well")
    assert not alerts.resolve(world.clinician, alert, note="Phoned"), "the button was pressed twice"
    alert.refresh_from_db()
    assert (alert.resolved_by, alert.note) == (world.clinician, "Phoned")
    assert [(act.kind, act.by, act.text) for act in alert.acts.all()] == [
        (AlertActKind.RESOLVED, world.clinician, "Phoned"),
        (AlertActKind.NOTED, world.assistant, "Daughter says she is well"),
    ]


def test_after_a_resolved_alert_the_next_one_is_new(world: World) -> None:
    for _time in range(2):
        alerts.answer_safety(world.patient, world.pat, ALL_NO | {"fever_unwell": True})
        alerts.resolve(
            world.clinician, Alert.objects.exclude(state=AlertState.RESOLVED).get(), note="Looked at"
        )
    assert Alert.objects.count() == 2


def test_answers_sent_again_after_the_release_hold_nothing(world: World) -> None:
    made, when = uuid4(), timezone.now() - dt.timedelta(minutes=3)
    yes = ALL_NO | {"leg_weakness": True}
    screen = alerts.answer_safety(world.patient, world.pat, yes, id=made, answered_at=when)
    world.prescription.refresh_from_db()
    prescribing.release(world.clinician, world.prescription, note="Seen")
    again = alerts.answer_safety(world.patient, world.pat, yes, id=made, answered_at=when)
    assert again == screen
    world.prescription.refresh_from_db()
    assert world.prescription.held_at is None
    alert = Alert.objects.get()
    assert (alert.state, alert.occurrences) == (AlertState.RESOLVED, 1)
    assert AuditEvent.objects.filter(verb="safety.answered").count() == 1


def test_other_answers_under_the_same_id_are_refused(world: World) -> None:
    made, when = uuid4(), timezone.now()
    alerts.answer_safety(world.patient, world.pat, ALL_NO, id=made, answered_at=when)
    with pytest.raises(Conflict):
        alerts.answer_safety(
            world.patient, world.pat, ALL_NO | {"recent_fall": True}, id=made, answered_at=when
        )
    with pytest.raises(Conflict):
        alerts.answer_safety(
            world.patient, world.pat, ALL_NO, id=made, answered_at=when - dt.timedelta(hours=1)
        )
    world.prescription.refresh_from_db()
    assert world.prescription.held_at is None


def test_answers_given_28_days_ago_but_for_their_way_are_asked_for_again(world: World) -> None:
    given = timezone.now() - dt.timedelta(days=10)
    alerts.answer_safety(world.patient, world.pat, ALL_NO, id=uuid4(), answered_at=given)
    assert alerts.questions_due(world.pat, timezone.now() + dt.timedelta(days=18))


def test_a_clock_that_is_ahead_holds_from_now(world: World) -> None:
    ahead = timezone.now() + dt.timedelta(minutes=9)
    yes = ALL_NO | {"leg_weakness": True}
    alerts.answer_safety(world.patient, world.pat, yes, id=uuid4(), answered_at=ahead)
    world.prescription.refresh_from_db()
    assert world.prescription.held_at
    assert world.prescription.held_at <= timezone.now()
