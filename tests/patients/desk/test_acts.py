"""docs/rules.md 3, 5 and 6: dated acts, each with what it changes, a reason, and its actor."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import AuditEvent, User
from patients import alerts, prescribing
from patients.models import Alert, Pause, Prescription
from patients.models.alerts import AlertState, Rule, SafetyQuestion
from tests.patients.caring import raise_alert
from tests.patients.desk.conftest import TODAY
from tests.world import World, make_prescription, make_session

SignIn = Callable[[User], Client]
DAY = dt.timedelta(days=1)


@pytest.fixture
def act(world: World, signed_in: SignIn) -> Callable[..., Any]:
    def post(name: str, subject: Any = None, user: User | None = None, **typed: object) -> Any:
        address = reverse(f"desk:{name}", args=[(subject or world.prescription).pk])
        return signed_in(user or world.clinician).post(address, typed)

    return post


def errors_of(response: Any) -> set[str]:
    assert response.status_code == 422
    return set(response.context["form"].errors)


def done_by(verb: str) -> User | None:
    return AuditEvent.objects.get(verb=verb).actor


# --- Pause


def test_an_assistant_pauses(world: World, act: Callable[..., Any]) -> None:
    response = act("pause", user=world.assistant, first_day=TODAY, last_day=TODAY + 6 * DAY, reason="Away")
    assert response.url == reverse("desk:patient", args=[world.pat.pk])
    paused = Pause.objects.get()
    assert (paused.first_day, paused.last_day, paused.reason) == (TODAY, TODAY + 6 * DAY, "Away")
    assert done_by("prescription.paused") == world.assistant


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({"first_day": TODAY, "last_day": TODAY - DAY}, "last_day"),
        ({"first_day": TODAY - DAY, "last_day": TODAY}, "first_day"),
        ({"first_day": "", "last_day": TODAY}, "first_day"),
        ({"first_day": TODAY, "last_day": "Friday"}, "last_day"),
    ],
)
def test_a_pause_that_cannot_be_is_refused_at_its_field(
    act: Callable[..., Any], typed: dict[str, object], wrong: str
) -> None:
    response = act("pause", **typed, reason="Holiday in Pokhara")
    assert errors_of(response) == {wrong}
    assert "Holiday in Pokhara" in response.content.decode()
    assert not Pause.objects.exists()


def test_a_second_pause_over_the_same_days_is_refused(world: World, act: Callable[..., Any]) -> None:
    act("pause", first_day=TODAY, last_day=TODAY + 6 * DAY)
    assert errors_of(act("pause", first_day=TODAY + DAY, last_day=TODAY + 2 * DAY)) == {"first_day"}


def test_a_pause_ends_early_or_is_taken_back(world: World, act: Callable[..., Any]) -> None:
    paused = prescribing.pause(world.clinician, world.prescription, first_day=TODAY, last_day=TODAY + 6 * DAY)
    act("end_pause", paused, last_day=TODAY + DAY)
    paused.refresh_from_db()
    assert paused.last_day == TODAY + DAY
    act("end_pause", paused, last_day=TODAY - DAY)
    assert not Pause.objects.exists()


def test_a_pause_cannot_end_in_the_past(world: World, act: Callable[..., Any]) -> None:
    paused = prescribing.pause(world.clinician, world.prescription, first_day=TODAY, last_day=TODAY + 6 * DAY)
    assert errors_of(act("end_pause", paused, last_day=TODAY - 2 * DAY)) == {"last_day"}


# --- Extend and stop


def test_the_last_day_is_moved_or_left_open(world: World, act: Callable[..., Any]) -> None:
    act("extend", ends_on=TODAY + 30 * DAY)
    world.prescription.refresh_from_db()
    assert world.prescription.ends_on == TODAY + 30 * DAY
    act("extend", ends_on="")
    world.prescription.refresh_from_db()
    assert world.prescription.ends_on is None


def test_the_last_day_cannot_lie_in_the_past(act: Callable[..., Any]) -> None:
    assert errors_of(act("extend", ends_on=TODAY - 2 * DAY)) == {"ends_on"}


def test_stopping_needs_a_reason_and_says_from_when(
    world: World, act: Callable[..., Any], signed_in: SignIn
) -> None:
    assert errors_of(act("stop", reason=" ")) == {"reason"}
    make_session(world.prescription, TODAY, at=dt.time(8))
    address = reverse("desk:stop", args=[world.prescription.pk])
    assert (
        "From Fri 20 Nov 2026 on nothing is due" in signed_in(world.clinician).get(address).content.decode()
    )
    act("stop", reason="Goal reached")
    world.prescription.refresh_from_db()
    assert (world.prescription.stopped_from, world.prescription.stop_reason) == (TODAY + DAY, "Goal reached")
    assert done_by("prescription.stopped") == world.clinician


def test_what_is_stopped_cannot_be_stopped_or_extended_again(act: Callable[..., Any]) -> None:
    act("stop", reason="Goal reached")
    assert "has ended" in act("stop", reason="Once more").content.decode()
    assert "has ended" in act("extend", ends_on=TODAY + 9 * DAY).content.decode()


# --- Held prescriptions and alerts


def test_releasing_shows_the_answers_and_needs_a_note(
    world: World, act: Callable[..., Any], signed_in: SignIn
) -> None:
    alerts.answer_safety(
        world.patient, world.pat, {q: q == SafetyQuestion.RECENT_FALL for q in SafetyQuestion.values}
    )
    address = reverse("desk:release", args=[world.prescription.pk])
    page = signed_in(world.clinician).get(address).content.decode()
    assert "A serious fall or accident" in page
    assert "Fever" not in page
    assert errors_of(act("release", note="")) == {"note"}
    act("release", note="Fell on the stairs, seen today, no injury")
    world.prescription.refresh_from_db()
    assert world.prescription.held_at is None
    alert = Alert.objects.get()
    assert (alert.state, alert.resolved_by) == (AlertState.RESOLVED, world.clinician)
    assert alert.note == "Fell on the stairs, seen today, no injury"


def test_the_alert_closes_with_the_last_prescription_that_was_held(
    world: World, act: Callable[..., Any]
) -> None:
    second = make_prescription(world.pat, world.clinician, [world.hamstring], starts_on=TODAY)
    alerts.answer_safety(world.patient, world.pat, dict.fromkeys(SafetyQuestion.values, True))
    act("release", note="Seen today")
    assert Alert.objects.get().state == AlertState.OPEN
    act("release", second, note="And lying down is fine")
    alert = Alert.objects.get()
    assert (alert.state, alert.note) == (AlertState.RESOLVED, "Seen today\nAnd lying down is fine")


def test_what_is_not_held_cannot_be_released(act: Callable[..., Any]) -> None:
    assert errors_of(act("release", note="All well")) == {"note"}


def test_an_alert_is_acknowledged_then_resolved_with_a_note(world: World, act: Callable[..., Any]) -> None:
    alert = raise_alert(world.pat, Rule.PAIN_HIGH, timezone.now())
    act("acknowledge", alert, user=world.assistant)
    assert errors_of(act("resolve", alert, note="")) == {"note"}
    act("resolve", alert, note="Called; resting today")
    alert.refresh_from_db()
    assert (alert.state, alert.note) == (AlertState.RESOLVED, "Called; resting today")
    assert (alert.acknowledged_by, alert.resolved_by) == (world.assistant, world.clinician)


def test_looking_changes_nothing(world: World, signed_in: SignIn) -> None:
    alert = raise_alert(world.pat, Rule.PAIN_HIGH, timezone.now())
    client = signed_in(world.clinician)
    assert client.get(reverse("desk:acknowledge", args=[alert.pk])).status_code == 405
    for name in ("pause", "extend", "stop", "release"):
        assert client.get(reverse(f"desk:{name}", args=[world.prescription.pk])).status_code == 200
    alert.refresh_from_db()
    assert alert.state == AlertState.OPEN
    assert Prescription.objects.get(stopped_from=None) == world.prescription


# --- Sessions


def test_a_session_is_taken_out_with_a_reason(world: World, act: Callable[..., Any]) -> None:
    session = make_session(world.prescription, TODAY - DAY)
    assert errors_of(act("void", session, reason="")) == {"reason"}
    act("void", session, user=world.assistant, reason="Recorded by a relative by mistake")
    session.refresh_from_db()
    assert (session.voided_by, session.void_reason) == (
        world.assistant,
        "Recorded by a relative by mistake",
    )


# --- Who may

CARE, PRESCRIBE = {"owner", "clinician", "assistant"}, {"owner", "clinician"}
MAY = {
    "pause": CARE,
    "end_pause": CARE,
    "resolve": CARE,
    "acknowledge": CARE,
    "void": CARE,
    "extend": PRESCRIBE,
    "stop": PRESCRIBE,
    "release": PRESCRIBE,
}


@pytest.mark.parametrize("name", MAY)
def test_an_act_is_open_to_those_with_the_right_alone(
    world: World, act: Callable[..., Any], name: str
) -> None:
    subjects = {
        "end_pause": prescribing.pause(
            world.clinician, world.prescription, first_day=TODAY + 9 * DAY, last_day=TODAY + 9 * DAY
        ),
        "resolve": raise_alert(world.pat, Rule.SKIPPED, timezone.now()),
        "void": make_session(world.prescription, TODAY - DAY),
    }
    subjects["acknowledge"] = subjects["resolve"]
    subject = subjects.get(name, world.prescription)
    for role in ("owner", "clinician", "assistant", "viewer"):
        status = act(name, subject, user=getattr(world, role)).status_code
        assert status == (403 if role not in MAY[name] else 302 if name == "acknowledge" else 200), role
    # An alert is the clinic's own; of everything else the patient knows, and may not do it.
    own = 404 if name in ("resolve", "acknowledge") else 403
    assert act(name, subject, user=world.patient).status_code == own
    for user in (world.stranger_clinician, world.stranger, world.curator):
        assert act(name, subject, user=user).status_code == 404
