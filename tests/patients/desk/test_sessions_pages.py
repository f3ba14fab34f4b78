"""docs/rules.md 5: a session told by telephone is written down by staff, and corrected later with a reason."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import AuditEvent, User
from patients import alerts, prescribing, progress, sessions
from patients.lines import lines_now
from patients.models import Alert, Prescription, Session
from patients.models.alerts import Rule, SafetyQuestion
from patients.schedule import Flexible
from tests.patients.desk.conftest import TODAY
from tests.world import World, make_session

SignIn = Callable[[User], Client]
DAY = dt.timedelta(days=1)


def told(prescription: Prescription, **typed: object) -> dict[str, object]:
    """The form as a browser sends it: everything done, yesterday at seven in the evening."""
    latest = prescription.revisions.order_by("number").last()
    assert latest is not None
    done = {f"how_{index}": "all" for index in range(latest.items.count())}
    return {
        "id": str(uuid4()),
        "revision": latest.number,
        "started_at": f"{TODAY - DAY}T19:00",
        "pain_before": "4",
        "pain_after": "2",
        "difficulty": "about_right",
        "note": "Told on the phone",
        **done,
        **typed,
    }


@pytest.fixture
def log(world: World, signed_in: SignIn) -> Callable[..., Any]:
    address = reverse("desk:log", args=[world.prescription.pk])

    def post(user: User | None = None, **typed: object) -> Any:
        return signed_in(user or world.assistant).post(address, told(world.prescription, **typed))

    return post


@pytest.fixture
def correct(world: World, signed_in: SignIn) -> Callable[..., Any]:
    def post(session: Session, **typed: object) -> Any:
        form: dict[str, object] = {"how_0": "all", "how_1": "all", "pain_before": "4", "pain_after": "3"}
        form |= {"difficulty": "", "note": "", "reason": "Misheard"}
        address = reverse("desk:correct", args=[session.pk])
        return signed_in(world.assistant).post(address, form | typed)

    return post


def errors_of(response: Any) -> set[str]:
    assert response.status_code == 422
    return set(response.context["form"].errors)


def week(world: World) -> Any:
    return progress.of_prescriptions([world.prescription], TODAY - 7 * DAY, TODAY - DAY, TODAY)


# --- Told


def test_it_is_recorded_as_told_to_the_clinic_for_the_day_it_was_done(
    world: World, log: Callable[..., Any], signed_in: SignIn
) -> None:
    page = signed_in(world.assistant).get(log().url).content.decode()
    session = Session.objects.get()
    assert (session.source, session.recorded_by, session.local_date) == (
        "staff",
        world.assistant,
        TODAY - DAY,
    )
    assert (session.pain_before, session.pain_after, session.note) == (4, 2, "Told on the phone")
    assert "Told to the clinic, written down by Assistant" in page
    assert week(world).kept == 1
    assert AuditEvent.objects.get(verb="session.recorded").details["source"] == "staff"


def test_the_time_is_the_patients_own(world: World, log: Callable[..., Any]) -> None:
    log(started_at=f"{TODAY - DAY}T23:50")
    session = Session.objects.get()
    assert (session.local_date, session.zone) == (TODAY - DAY, "Asia/Kathmandu")


def test_some_sets_and_a_reason_count_as_told(world: World, log: Callable[..., Any]) -> None:
    log(how_0="some", sets_0_left="1", sets_0_right="0", skip_0="no_time", how_1="none", skip_1="forgot")
    session = Session.objects.get()
    assert (session.performed_sets, session.prescribed_sets) == (1, 4)
    assert [item.skip_reason for item in session.items.all()] == ["no_time", "forgot"]


def test_what_was_not_told_stays_open(world: World, log: Callable[..., Any]) -> None:
    log(pain_before="", pain_after="", difficulty="", note="")
    session = Session.objects.get()
    assert (session.pain_before, session.pain_after, session.difficulty) == (None, None, "")


def test_the_same_form_sent_twice_is_one_session(world: World, log: Callable[..., Any]) -> None:
    again = str(uuid4())
    assert [log(id=again).status_code for _ in range(2)] == [302, 302]
    assert Session.objects.count() == 1
    assert "kept already" in log(id=again, note="Other words").content.decode()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("started_at", {"started_at": ""}),
        ("started_at", {"started_at": "yesterday"}),
        ("started_at", {"started_at": f"{TODAY + DAY}T08:00"}),
        ("started_at", {"started_at": f"{TODAY - 15 * DAY}T08:00"}),
        ("started_at", {"started_at": f"{TODAY - 40 * DAY}T08:00"}),
        ("how_0", {"how_0": ""}),
        ("how_0", {"how_0": "some"}),
        ("pain_after", {"pain_after": "11"}),
        ("__all__", {"how_0": "none", "how_1": "none"}),
    ],
)
def test_what_cannot_be_is_said_at_its_field_with_the_rest_kept(
    log: Callable[..., Any], field: str, typed: dict[str, object]
) -> None:
    response = log(**typed)
    assert errors_of(response) == {field}
    assert "Told on the phone" in response.content.decode()
    assert not Session.objects.exists()


def test_a_day_before_an_amendment_asks_for_the_exercises_of_that_day(
    world: World, log: Callable[..., Any]
) -> None:
    lines = lines_now(world.prescription)
    prescribing.amend(world.clinician, world.prescription, lines=lines[:1], schedule=Flexible(3), expected=1)
    response = log()
    assert response.status_code == 422
    page = response.content.decode()
    assert "revision 1 counted" in page
    assert "Lying hamstring stretch" in page
    assert "Told on the phone" in page
    assert log(revision=1, how_1="all").status_code == 302
    assert Session.objects.get().revision.number == 1


def test_a_severe_pain_that_was_told_is_an_alert(world: World, log: Callable[..., Any]) -> None:
    log(pain_after="8")
    assert Alert.objects.get().rule == Rule.PAIN_HIGH


def test_what_is_held_takes_only_what_was_done_before(
    world: World, log: Callable[..., Any], clock: Any
) -> None:
    alerts.answer_safety(world.patient, world.pat, dict.fromkeys(SafetyQuestion.values, True))
    clock.shift(3600)
    assert "__all__" in errors_of(log(started_at=f"{TODAY}T10:10"))
    assert log().status_code == 302


def test_a_session_of_a_prescription_that_has_ended_lately_can_be_told(
    world: World, log: Callable[..., Any], signed_in: SignIn
) -> None:
    prescribing.stop(world.clinician, world.prescription, reason="Done")
    link = reverse("desk:log", args=[world.prescription.pk])
    page = signed_in(world.assistant).get(reverse("desk:patient", args=[world.pat.pk]))
    assert link in page.content.decode()
    assert log().status_code == 302


# --- Corrected


def test_a_correction_counts_and_what_was_said_first_is_kept(
    world: World, correct: Callable[..., Any], signed_in: SignIn
) -> None:
    session = make_session(world.prescription, TODAY - DAY)
    assert week(world).credit == 1
    response = correct(session, how_1="none", skip_1="forgot", pain_after="5", note="Only the first")
    session.refresh_from_db()
    assert (session.performed_sets, session.pain_after) == (2, 5)
    assert week(world).credit == 0.5
    version = session.versions.get()
    assert (version.changed_by, version.reason, version.content["pain_after"]) == (
        world.assistant,
        "Misheard",
        3,
    )
    page = " ".join(signed_in(world.viewer).get(response.url).content.decode().split())
    assert "Corrected by Assistant on Thu 19 Nov 2026: Misheard. Before: 4 sets, pain 4 → 3" in page


def test_a_correction_needs_a_reason_and_changes_nothing_without(
    world: World, correct: Callable[..., Any]
) -> None:
    session = make_session(world.prescription, TODAY - DAY)
    response = correct(session, reason="", note="Only the first")
    assert errors_of(response) == {"reason"}
    assert "Only the first" in response.content.decode()
    assert not session.versions.exists()


def test_staff_correct_long_after_its_day(world: World, correct: Callable[..., Any]) -> None:
    session = make_session(world.prescription, TODAY - 20 * DAY)
    assert correct(session).status_code == 302
    assert session.versions.count() == 1


def test_what_was_taken_out_is_not_corrected(world: World, correct: Callable[..., Any]) -> None:
    session = make_session(world.prescription, TODAY - DAY)
    sessions.void(world.assistant, session, reason="Somebody else's")
    assert errors_of(correct(session)) == {"__all__"}


def test_measured_seconds_stay_where_nothing_is_changed(world: World, correct: Callable[..., Any]) -> None:
    session = make_session(world.prescription, TODAY - DAY)
    first = session.items.all()[0]
    first.sets = [{"side": "left", "held": 27.5}, {"side": "right", "held": 30.0}]
    first.save()
    correct(session, note="A note alone")
    assert session.items.get(item=first.item).sets == first.sets


def test_the_first_of_several_versions_is_kept_too(world: World, correct: Callable[..., Any]) -> None:
    session = make_session(world.prescription, TODAY - DAY)
    for pain in ("5", "6"):
        correct(session, pain_after=pain)
    assert [version.content["pain_after"] for version in session.versions.all()] == [3, 5]


@pytest.mark.parametrize("name", ["log", "correct"])
def test_a_viewer_may_not_and_a_stranger_finds_nothing(world: World, signed_in: SignIn, name: str) -> None:
    subject = world.prescription if name == "log" else make_session(world.prescription, TODAY - DAY)
    address = reverse(f"desk:{name}", args=[subject.pk])
    assert signed_in(world.viewer).get(address).status_code == 403
    assert signed_in(world.stranger_clinician).get(address).status_code == 404
