"""The queue of alerts at the desk, one alert, and the thresholds of a clinic (docs/rules.md 6)."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import AuditEvent, User
from patients import alerts, lifecycle, thresholds
from patients.models import Alert, ClinicThresholds, Finding, Patient, Session
from patients.models.alerts import AlertState, Rule, SafetyQuestion
from patients.safety import Thresholds
from tests.patients.caring import log_session, make_patients, raise_alert
from tests.world import World

SignIn = Callable[[User], Client]
DAY = dt.timedelta(days=1)


def raised(patient: Patient, rule: Rule = Rule.PAIN_HIGH) -> Alert:
    return raise_alert(patient, rule, timezone.now())


@pytest.fixture
def queue(world: World, signed_in: SignIn) -> Callable[..., list[str]]:
    """The links to alerts that the queue has, in order."""

    def listed(user: User | None = None, **query: str) -> list[str]:
        page = signed_in(user or world.clinician).get(reverse("desk:alerts", args=[world.clinic.pk]), query)
        return re.findall(r"hw-list-name\" href=\"/desk/alerts/([0-9a-f-]+)/", page.content.decode())

    return listed


def ids(*found: Alert) -> list[str]:
    return [str(alert.pk) for alert in found]


def test_the_most_urgent_stand_first_and_unseen_ones_before_seen_ones(
    world: World, queue: Callable[..., list[str]]
) -> None:
    low, high = raised(world.pat, Rule.MISSED), raised(world.pat, Rule.SILENCE)
    seen, unseen = raised(world.pat), raised(world.quinn)
    alerts.acknowledge(world.assistant, seen)
    assert queue() == ids(unseen, seen, high, low)


def test_it_can_be_narrowed_by_level_rule_state_and_whose(
    world: World, queue: Callable[..., list[str]]
) -> None:
    missed, pain = raised(world.pat, Rule.MISSED), raised(world.quinn)
    alerts.assign(world.owner, pain, to=world.assistant)
    alerts.resolve(world.owner, missed, note="On holiday")
    low = raised(world.pat, Rule.LOW_ADHERENCE)
    assert queue(level="low") == ids(low)
    assert queue(rule="pain_high") == ids(pain)
    assert queue(state="resolved") == ids(missed)
    assert queue(state="acknowledged") == []
    assert queue(world.assistant, whose="mine") == ids(pain)
    assert queue(world.clinician, whose="mine") == ids(low), "assigned to nobody, of a patient in my care"
    assert queue(whose="unassigned") == ids(low)
    assert queue(level="nonsense", rule="?") == ids(pain, low)


def test_the_navigation_counts_what_nobody_has_seen(world: World, signed_in: SignIn) -> None:
    raised(world.pat)
    seen = raised(world.quinn)
    client = signed_in(world.viewer)
    assert "2 open" in client.get(reverse("desk:roster", args=[world.clinic.pk])).content.decode()
    alerts.acknowledge(world.assistant, seen)
    assert "1 open" in client.get(reverse("desk:roster", args=[world.clinic.pk])).content.decode()


def test_nothing_waits_and_nothing_found_are_told_apart(world: World, signed_in: SignIn) -> None:
    client, address = signed_in(world.clinician), reverse("desk:alerts", args=[world.clinic.pk])
    assert "Nothing waits" in client.get(address).content.decode()
    assert "None of these" in client.get(address, {"level": "low"}).content.decode()


def test_several_are_acknowledged_at_once_and_the_filter_stays(world: World, signed_in: SignIn) -> None:
    first, second, third = raised(world.pat), raised(world.quinn), raised(world.pat, Rule.MISSED)
    address = reverse("desk:alerts", args=[world.clinic.pk])
    answer = signed_in(world.assistant).post(f"{address}?level=critical", {"alert": ids(first, second)})
    assert answer.headers["Location"] == f"{address}?level=critical"
    assert set(Alert.objects.filter(state=AlertState.ACKNOWLEDGED)) == {first, second}
    signed_in(world.assistant).post(address, {"only": str(third.pk), "alert": ids(first)})
    third.refresh_from_db()
    assert third.acknowledged_by == world.assistant


def test_an_alert_of_another_clinic_cannot_be_ticked(world: World, signed_in: SignIn) -> None:
    theirs = raised(world.stranger_patient)
    address = reverse("desk:alerts", args=[world.clinic.pk])
    assert signed_in(world.assistant).post(address, {"alert": ids(theirs)}).status_code == 404


def test_many_alerts_take_as_many_queries_as_few(
    world: World, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    for patient in make_patients(world, 20):
        raised(patient)
        alerts.acknowledge(world.assistant, raised(patient, Rule.MISSED))
    client = signed_in(world.clinician)
    with django_assert_max_num_queries(11):
        client.get(reverse("desk:alerts", args=[world.clinic.pk]))


# --- One alert


@pytest.fixture
def do(world: World, signed_in: SignIn) -> Callable[..., Any]:
    def post(alert: Alert, what: str, user: User | None = None, **words: str) -> Any:
        data = {"do": what} | {f"{what}-{name}" if name == "note" else name: w for name, w in words.items()}
        return signed_in(user or world.assistant).post(reverse("desk:alert", args=[alert.pk]), data)

    return post


def shown(client: Client, alert: Alert) -> str:
    return client.get(reverse("desk:alert", args=[alert.pk])).content.decode()


def test_it_shows_what_led_to_it_with_a_link_to_these_days(world: World, signed_in: SignIn) -> None:
    log_session(world.prescription, pain=8)
    page = shown(signed_in(world.viewer), Alert.objects.get())
    assert "Pain 8 of 10" in page
    assert f"{reverse('desk:patient', args=[world.pat.pk])}?from=2026-11-06&amp;to=2026-11-19#window" in page


def test_notes_stand_there_with_who_and_when(world: World, do: Callable[..., Any], signed_in: SignIn) -> None:
    alert = raised(world.pat)
    do(alert, "note", note="Rang, no answer")
    do(alert, "note", world.clinician, note="Reached her at noon")
    page = shown(signed_in(world.viewer), alert)
    assert page.index("Assistant wrote a note") < page.index("Rang, no answer") < page.index("Reached her")


def test_it_is_assigned_acknowledged_resolved_and_opened_again(world: World, do: Callable[..., Any]) -> None:
    alert = raised(world.pat)
    do(alert, "assign", to=str(world.clinician.pk))
    do(alert, "acknowledge")
    assert do(alert, "resolve", note="").status_code == 422
    do(alert, "resolve", note="Called; resting today")
    alert.refresh_from_db()
    assert (alert.state, alert.assigned_to, alert.note) == (
        AlertState.RESOLVED,
        world.clinician,
        "Called; resting today",
    )
    do(alert, "reopen", note="Wrong patient")
    alert.refresh_from_db()
    assert (alert.state, alert.resolved_by, alert.resolved_at) == (AlertState.ACKNOWLEDGED, None, None)
    kinds = [act.kind for act in alert.acts.all()]
    assert kinds == ["assigned", "acknowledged", "resolved", "reopened"]
    assert AuditEvent.objects.filter(verb__startswith="alert.").count() == 4
    assert "resting" not in str(list(AuditEvent.objects.values_list("details", flat=True)))


def test_after_a_week_it_stays_resolved(
    world: World, do: Callable[..., Any], clock: time_machine.Traveller
) -> None:
    alert = raised(world.pat)
    do(alert, "resolve", note="Called")
    clock.shift(7 * DAY + dt.timedelta(minutes=1))
    assert do(alert, "reopen", note="Wrong patient").status_code == 422


def test_it_is_not_opened_again_beside_a_newer_one(world: World, do: Callable[..., Any]) -> None:
    alert = raised(world.pat)
    do(alert, "resolve", note="Called")
    raised(world.pat)
    assert do(alert, "reopen", note="Wrong patient").status_code == 422


def test_an_alert_of_somebody_who_left_care_stays_closed(world: World) -> None:
    alert = raised(world.pat, Rule.MISSED)
    lifecycle.discharge(world.clinician, world.pat, reason="Goal reached")
    alert.refresh_from_db()
    with pytest.raises(ValidationError):
        alerts.reopen(world.clinician, alert, note="Wrong patient")


@pytest.mark.parametrize("who", ["viewer", "stranger_clinician"])
def test_it_is_assigned_only_to_a_colleague_who_may_answer(
    world: World, do: Callable[..., Any], who: str
) -> None:
    alert = raised(world.pat)
    assert do(alert, "assign", to=str(getattr(world, who).pk)).status_code == 422
    alert.refresh_from_db()
    assert alert.assigned_to is None


def test_a_viewer_reads_and_changes_nothing(world: World, do: Callable[..., Any], signed_in: SignIn) -> None:
    alert = raised(world.pat)
    assert "<textarea" not in shown(signed_in(world.viewer), alert)
    assert do(alert, "acknowledge", world.viewer).status_code == 403
    assert do(alert, "acknowledge", world.stranger_clinician).status_code == 404


def test_a_session_is_told_by_the_clock_that_the_patient_had(world: World, signed_in: SignIn) -> None:
    session = log_session(world.prescription, pain=8)
    Session.objects.filter(pk=session.pk).update(zone="Europe/Berlin")
    there = session.started_at.astimezone(ZoneInfo("Europe/Berlin"))
    assert f"session of {there:%H:%M}" in shown(signed_in(world.viewer), Alert.objects.get())


def test_a_safety_answer_shows_the_questions_and_leads_a_clinician_to_the_release(
    world: World, signed_in: SignIn
) -> None:
    answers = dict.fromkeys(SafetyQuestion.values, False) | {"recent_fall": True}
    alerts.answer_safety(world.patient, world.pat, answers)
    alert = Alert.objects.get()
    release = reverse("desk:release", args=[world.prescription.pk])
    page = shown(signed_in(world.clinician), alert)
    assert "serious fall" in page
    assert release in page
    assert release not in shown(signed_in(world.assistant), alert)
    alerts.resolve(world.assistant, alert, note="Rang her")
    world.prescription.refresh_from_db()
    assert world.prescription.held_at, "released by a clinician's review alone"


def test_the_list_names_every_safety_question_that_was_answered_yes(world: World, signed_in: SignIn) -> None:
    alerts.answer_safety(world.patient, world.pat, dict.fromkeys(SafetyQuestion.values, True))
    for place, row in (("desk:alerts", world.clinic), ("desk:patient", world.pat)):
        page = signed_in(world.viewer).get(reverse(place, args=[row.pk])).content.decode()
        assert [question for question in SafetyQuestion.labels if str(question) not in page] == []


def test_an_alert_from_before_questions_were_kept_with_it_shows_the_latest_yes(
    world: World, signed_in: SignIn
) -> None:
    answers = dict.fromkeys(SafetyQuestion.values, False) | {"recent_fall": True}
    alerts.answer_safety(world.patient, world.pat, answers)
    Finding.objects.update(figures={})
    assert "serious fall" in shown(signed_in(world.viewer), Alert.objects.get())


def test_whoever_resolves_in_a_second_tab_is_told_what_became_of_their_words(
    world: World, signed_in: SignIn, do: Callable[..., Any]
) -> None:
    alert = raised(world.pat)
    do(alert, "resolve", world.clinician, note="Phoned")
    do(alert, "resolve", world.assistant, note="Daughter says she is well")
    page = shown(signed_in(world.assistant), alert)
    assert "kept with it as a note" in page
    assert "Daughter says she is well" in page


# --- Thresholds


def values(**changes: int) -> dict[str, int]:
    return {name: getattr(Thresholds(), name) for name in thresholds.NAMES} | changes


def test_the_owner_sees_the_defaults_and_changes_them(world: World, signed_in: SignIn) -> None:
    client, address = signed_in(world.owner), reverse("desk:alert_thresholds", args=[world.clinic.pk])
    assert "usually 14" in client.get(address).content.decode()
    assert client.post(address, values(silent_days=10)).status_code == 302
    world.clinic.refresh_from_db()
    assert thresholds.of(world.clinic) == Thresholds(silent_days=10)
    event = AuditEvent.objects.get(verb="thresholds.changed")
    assert event.details == {"former": {"silent_days": 14}, "now": {"silent_days": 10}}


@pytest.mark.parametrize(
    ("name", "value"), [("pain_high", 8), ("silent_days", 0), ("low_percent", 100), ("missed", -1)]
)
def test_what_makes_no_sense_is_told_at_its_field(
    world: World, signed_in: SignIn, name: str, value: int
) -> None:
    address = reverse("desk:alert_thresholds", args=[world.clinic.pk])
    answer = signed_in(world.owner).post(address, values(**{name: value}))
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {name}
    assert not ClinicThresholds.objects.exists()


def test_the_same_again_changes_nothing(world: World) -> None:
    thresholds.change(world.owner, world.clinic, values())
    assert not ClinicThresholds.objects.exists()
    assert not AuditEvent.objects.filter(verb="thresholds.changed").exists()
