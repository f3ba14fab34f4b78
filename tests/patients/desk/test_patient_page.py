"""docs/rules.md 3-6: one patient, seen by the clinic."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import strip_tags

from clinic.models import User
from exercises.models import Revision, RevisionState
from patients import alerts, prescribing, sessions
from patients.lines import Line, lines_of
from patients.models import Patient, RecordRead, Session, SessionItem
from patients.models.alerts import Rule, SafetyQuestion
from patients.models.sessions import SkipReason
from patients.schedule import Fixed, Flexible
from tests.patients.caring import raise_alert
from tests.patients.desk.conftest import TODAY
from tests.world import World, make_session

SignIn = Callable[[User], Client]
DAY = dt.timedelta(days=1)
DAILY = Fixed(frozenset(range(7)), 1)


@pytest.fixture
def page(world: World, signed_in: SignIn) -> Callable[..., str]:
    def get(user: User | None = None, patient: Patient | None = None, query: str = "") -> str:
        client = signed_in(user or world.clinician)
        address = reverse("desk:patient", args=[(patient or world.pat).pk]) + query
        return str(client.get(address).content.decode())

    return get


def lines(world: World) -> list[Line]:
    return lines_of(world.prescription.revisions.get(number=1))


def test_the_banner_says_who_it_is(page: Callable[..., str]) -> None:
    banner = page().partition('class="hw-patient"')[2].partition("</section>")[0]
    for fact in ("Pat", "17 May 1980", "PAT-1"):
        assert fact in banner


def test_the_prescription_stands_there_in_words(page: Callable[..., str]) -> None:
    shown = page()
    for words in ("Six stretches", "Knee to chest", "30 s, each side", "every day, once a day", "open end"):
        assert words in shown


def test_revisions_tell_who_when_and_from_which_day(world: World, page: Callable[..., str]) -> None:
    prescribing.amend(
        world.owner,
        world.prescription,
        lines=lines(world),
        schedule=Flexible(3),
        expected=1,
        reason="Too much",
    )
    shown = page()
    assert "2 revisions" in shown
    assert "Revision 2, written by Owner on Thu 19 Nov 2026: Too much" in shown
    assert "3 times a week, on any days" in shown


def test_a_revision_of_tomorrow_is_announced(world: World, page: Callable[..., str]) -> None:
    make_session(world.prescription, TODAY, at=dt.time(8))
    prescribing.amend(
        world.clinician, world.prescription, lines=lines(world), schedule=Flexible(3), expected=1
    )
    assert "Revision 2 below counts from Fri 20 Nov 2026" in page()


def test_a_newer_revision_of_a_stretch_is_a_notice_and_changes_nothing(
    world: World, page: Callable[..., str]
) -> None:
    exercise = world.hamstring
    pinned = exercise.published
    assert pinned is not None
    exercise.published = Revision.objects.create(
        exercise=exercise, number=2, state=RevisionState.PUBLISHED, name="Lying hamstring stretch", hold=45
    )
    exercise.save()
    shown = page()
    assert "A newer revision of this stretch exists (2; prescribed is 1)" in shown
    assert "45 s" not in shown


def test_a_retired_stretch_is_a_notice(world: World, page: Callable[..., str]) -> None:
    world.hamstring.retired_at = timezone.now()
    world.hamstring.save()
    assert "retired from the library" in page()


def test_adherence_stands_with_its_counts_as_reported(world: World, page: Callable[..., str]) -> None:
    for ago in range(1, 12):
        make_session(world.prescription, TODAY - ago * DAY)
    make_session(world.prescription, TODAY - 12 * DAY, done=2)
    shown = page()
    assert "as reported by the patient" in shown
    assert "11.5 of 14" in shown
    assert "82 %" in shown
    assert "11.5 of 21" in shown  # four and twelve weeks: the prescription began three weeks ago


def test_pain_is_drawn_and_told_in_a_table(world: World, page: Callable[..., str]) -> None:
    assert "No ratings yet" in page()
    Session.objects.filter(pk=make_session(world.prescription, TODAY - DAY).pk).update(
        pain_before=0, pain_after=4
    )
    shown = page()
    assert "18 Nov 2026" in shown
    assert "0 → 4" in shown


def test_telling_skips_stand_out_and_others_do_not(world: World, page: Callable[..., str]) -> None:
    session = make_session(world.prescription, TODAY - DAY)
    first, second = SessionItem.objects.filter(session=session)
    SessionItem.objects.filter(pk=first.pk).update(skip_reason=SkipReason.PAIN)
    SessionItem.objects.filter(pk=second.pk).update(skip_reason=SkipReason.NO_TIME)
    shown = page()
    assert shown.count('class="desk-telling"') == 1
    assert "no time" in shown


def test_a_session_that_was_taken_out_stays_in_sight_and_counts_nowhere(
    world: World, page: Callable[..., str]
) -> None:
    session = make_session(world.prescription, TODAY - DAY)
    sessions.void(world.assistant, session, reason="Recorded for somebody else")
    shown = page()
    assert "Taken out by Assistant" in shown
    assert "0 of 14" in shown


def test_alerts_are_there_with_their_acts(world: World, page: Callable[..., str]) -> None:
    alert = raise_alert(world.pat, Rule.PAIN_HIGH, timezone.now())
    shown = page()
    assert "Severe pain after a session" in shown
    assert reverse("desk:acknowledge", args=[alert.pk]) in shown
    alerts.acknowledge(world.assistant, alert)
    shown = page()
    assert "acknowledged by Assistant" in shown
    assert reverse("desk:acknowledge", args=[alert.pk]) not in shown
    alerts.resolve(world.clinician, alert, note="Called, better today")
    shown = page()
    assert reverse("desk:resolve", args=[alert.pk]) not in shown
    assert "Called, better today" in shown


def test_a_held_prescription_says_so_and_can_be_released(world: World, page: Callable[..., str]) -> None:
    alerts.answer_safety(
        world.patient, world.pat, {q: q == SafetyQuestion.RECENT_FALL for q in SafetyQuestion.values}
    )
    release = reverse("desk:release", args=[world.prescription.pk])
    assert release in page()
    assert release not in page(world.assistant)
    assert "is held" in page(world.assistant)


def test_pauses_stand_with_their_days(world: World, page: Callable[..., str]) -> None:
    paused = prescribing.pause(
        world.assistant, world.prescription, first_day=TODAY, last_day=TODAY + 3 * DAY, reason="Flu"
    )
    shown = page()
    assert "Paused from Thu 19 Nov to Sun 22 Nov 2026. Flu" in " ".join(shown.split())
    assert reverse("desk:end_pause", args=[paused.pk]) in shown


def test_what_is_over_stands_apart_and_can_be_prescribed_again(
    world: World, page: Callable[..., str]
) -> None:
    prescribing.stop(world.clinician, world.prescription, reason="Goal reached")
    shown = page()
    assert "Former prescriptions" in shown
    assert "Goal reached" in shown
    assert f"?former={world.prescription.pk}" in shown


def test_a_window_is_chosen_by_weeks_or_by_days_and_stands_in_the_address(
    world: World, page: Callable[..., str]
) -> None:
    make_session(world.prescription, TODAY - 3 * DAY)
    make_session(world.prescription, TODAY - 18 * DAY)
    shown = page(query="?weeks=2")
    assert "5 Nov 2026 – 19 Nov 2026" in shown
    assert ">1 of 14</span>, begun 1 of 14" in shown
    assert '?weeks=2#window" aria-current="page"' in shown
    shown = page(query="?from=2026-10-30&to=2026-11-02")
    assert ">1 of 4</span>" in shown
    assert 'value="2026-10-30"' in shown
    assert "No session on these days" in page(query="?from=2026-10-01&to=2026-10-03")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?from=2026-11-05&to=2026-11-01", "The last day is before the first one."),
        ("?from=2020-11-05&to=2026-11-01", "Choose two years at most."),
        ("?from=2026-11-20&to=2026-11-21", "This day is still to come."),
        ("?from=soon&to=2026-11-21", "Write the date as year-month-day"),
        ("?from=2026-11-01", "This field is required."),
        ("?from=0001-01-01&to=2026-11-21", "Choose a day from 1900 on."),
    ],
)
def test_days_that_make_no_window_are_told_at_their_field(
    page: Callable[..., str], query: str, said: str
) -> None:
    shown = page(query=query)
    assert said in shown
    assert "27 Aug 2026 – 19 Nov 2026" in shown  # twelve weeks instead


def test_the_calendar_tells_every_day_in_its_table(world: World, page: Callable[..., str]) -> None:
    make_session(world.prescription, TODAY - 3 * DAY)  # Monday
    make_session(world.prescription, TODAY - 2 * DAY, done=2)
    table = page(query="?weeks=2").partition("<caption>Calendar</caption>")[2].partition("</table>")[0]
    week = table.partition("16 Nov 2026</th>")[2].partition("</tr>")[0]
    assert week.startswith("<td>done</td><td>partly done</td><td>not done</td><td>open</td>")


def test_adherence_by_week_stands_with_its_counts(world: World, page: Callable[..., str]) -> None:
    for ago in (4, 5, 6):  # Sunday, Saturday, Friday
        make_session(world.prescription, TODAY - ago * DAY)
    assert "43 %, 3 of 7" in page(query="?weeks=4")


def test_what_was_said_of_a_single_stretch_is_there(world: World, page: Callable[..., str]) -> None:
    session = make_session(world.prescription, TODAY - DAY)
    SessionItem.objects.filter(session=session, item__position=1).update(eased=True, pain=6)
    assert "Knee to chest: eased pain 6" in " ".join(strip_tags(page()).split())


def test_revisions_and_pauses_are_drawn_on_a_line_of_days(world: World, page: Callable[..., str]) -> None:
    prescribing.amend(world.owner, world.prescription, lines=lines(world), schedule=Flexible(3), expected=1)
    prescribing.pause(
        world.assistant, world.prescription, first_day=TODAY, last_day=TODAY + 3 * DAY, reason="Flu"
    )
    table = page().partition("<caption>Revisions</caption>")[2].partition("</table>")[0]
    assert "Revision 1</th><td>29 Oct 2026</td><td>18 Nov 2026</td><td>every day, once a day</td>" in table
    assert "Revision 2</th><td>19 Nov 2026</td>" in table
    assert "Pause</th><td>19 Nov 2026</td><td>22 Nov 2026</td><td>nothing due</td>" in table


def test_who_looked_is_written_down_once_a_day(world: World, page: Callable[..., str], clock: Any) -> None:
    for _turn in range(2):
        page()
    page(world.viewer)
    clock.shift(DAY)
    shown = page()
    reads = RecordRead.objects.filter(patient=world.pat).values_list("user__name", "day").order_by("pk")
    assert list(reads) == [("Clinician", TODAY), ("Viewer", TODAY), ("Clinician", TODAY + DAY)]
    assert shown.partition("Who opened this record")[2].count("Clinician") == 2


def test_the_audit_of_the_patient_names_act_and_actor(world: World, page: Callable[..., str]) -> None:
    prescribing.stop(world.owner, world.prescription, reason="Goal reached")
    trail = page().partition('id="trail"')[2]
    assert "Stopped: Six stretches" in trail
    assert "owner@example.org" in trail


CARING = {"pause", "log", "correct", "void", "resolve", "acknowledge", "details", "move", "deactivate"}
PRESCRIBING = {"prescribe", "amend", "extend", "stop", "release", "discharge"}
OF_ROLE = {
    "owner": CARING | PRESCRIBING,
    "clinician": CARING | PRESCRIBING,
    "assistant": CARING,
    "viewer": set(),
}


@pytest.mark.parametrize("role", OF_ROLE)
def test_nobody_sees_a_button_that_they_may_not_press(
    world: World, page: Callable[..., str], role: str
) -> None:
    session = make_session(world.prescription, TODAY - DAY)
    alert = raise_alert(world.pat, Rule.PAIN_HIGH, timezone.now())
    alerts.answer_safety(world.patient, world.pat, dict.fromkeys(SafetyQuestion.values, True))
    subjects = {"correct": session, "void": session, "resolve": alert, "acknowledge": alert}
    subjects |= dict.fromkeys(("prescribe", "details", "move", "deactivate", "discharge"), world.pat)
    shown = page(getattr(world, role))
    offered = {
        act
        for act in CARING | PRESCRIBING
        if f'"{reverse(f"desk:{act}", args=[subjects.get(act, world.prescription).pk])}"' in shown
    }
    assert offered == OF_ROLE[role]


def test_a_stranger_finds_nobody_and_the_patient_may_not_look_here(world: World, signed_in: SignIn) -> None:
    address = reverse("desk:patient", args=[world.pat.pk])
    assert signed_in(world.stranger_clinician).get(address).status_code == 404
    assert signed_in(world.patient).get(address).status_code == 403
    assert signed_in(world.stranger).get(address).status_code == 404


def test_a_patient_without_anything_has_a_page_too(world: World, page: Callable[..., str]) -> None:
    shown = page(patient=world.quinn)
    assert "Nothing is prescribed" in shown
    assert "No session yet" in shown


def test_a_long_history_takes_no_more_queries(
    world: World, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    for ago in range(1, 21):
        make_session(world.prescription, TODAY - ago * DAY)
    for number in range(1, 6):
        prescribing.amend(
            world.clinician, world.prescription, lines=lines(world), schedule=DAILY, expected=number
        )
    client = signed_in(world.clinician)
    with django_assert_max_num_queries(30):
        client.get(reverse("desk:patient", args=[world.pat.pk]))
