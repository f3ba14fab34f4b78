"""The session without JavaScript, what was done, and its correction (docs/rules.md 5 and 6)."""

import datetime as dt
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from patients import alerts, prescribing
from patients.lines import lines_of
from patients.models import Alert, SafetyScreen, Session
from patients.models.alerts import Rule, SafetyQuestion
from patients.progress import schedule_of
from tests.patients.portal.conftest import NOW, TODAY
from tests.world import World

SignIn = Callable[[Any], Client]
NO_TO_ALL = dict.fromkeys(SafetyQuestion.values, False)
SAFE = dict.fromkeys(SafetyQuestion.values, "no")


@pytest.fixture
def pat(world: World, signed_in: SignIn) -> Client:
    """Pat, who has answered the safety questions lately."""
    alerts.answer_safety(world.patient, world.pat, NO_TO_ALL)
    return signed_in(world.patient)


def address(world: World) -> str:
    return reverse("portal:session", args=[world.prescription.pk])


def begin(client: Client, world: World, pain: int = 3, **more: str) -> HttpResponse:
    return client.post(address(world), {"pain_before": pain, **more})


def shown_id(client: Client, world: World) -> str:
    page = client.get(address(world)).content.decode()
    found = re.search(r'name="id" value="([0-9a-f-]{36})"', page)
    assert found, "no checklist is shown"
    return found[1]


def told(**changes: Any) -> dict[str, Any]:
    """A checklist with everything done."""
    return {
        "checklist": "1",
        "started_at": "2026-11-19T09:15",
        "how_0": "all",
        "how_1": "all",
        "pain_after": "2",
        "difficulty": "about_right",
        "note": "Went well",
    } | changes


def send(client: Client, world: World, **changes: Any) -> HttpResponse:
    return client.post(address(world), told(id=shown_id(client, world), **changes))


# --- Before


def test_the_first_session_asks_the_safety_questions(world: World, signed_in: SignIn) -> None:
    page = signed_in(world.patient).get(address(world)).content.decode()
    for question in SafetyQuestion.labels:
        assert str(question) in page
    data = json.loads(re.search(r'id="player-data" type="application/json">(.*?)</script>', page)[1])  # type: ignore[index]
    assert data["questions_due"] is True


def test_pain_is_never_preset(world: World, pat: Client) -> None:
    assert "checked" not in pat.get(address(world)).content.decode()


def test_without_an_answer_the_page_says_what_is_missing(world: World, pat: Client) -> None:
    response = pat.post(address(world), {})
    assert response.status_code == 422
    assert "Choose a number from 0 to 10." in response.content.decode()


def test_any_yes_leads_to_urgent_care_holds_the_plan_and_alerts(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.patient)
    response = begin(client, world, **(SAFE | {"bladder_bowel": "yes"}))
    assert response.headers["Location"] == reverse("portal:urgent")
    world.prescription.refresh_from_db()
    assert world.prescription.held_at
    assert Alert.objects.get().rule == Rule.SAFETY_ANSWER
    page = client.get(address(world)).content.decode()
    assert "Your plan waits for your clinic" in page
    assert "Knee to chest" not in page


def test_the_answers_are_kept_and_not_asked_again_for_28_days(
    world: World, signed_in: SignIn, clock: Any
) -> None:
    client = signed_in(world.patient)
    begin(client, world, **SAFE)
    assert SafetyScreen.objects.get().any_yes is False
    clock.move_to(NOW + dt.timedelta(days=27))
    assert "A few questions first" not in _noscript(client, world)
    clock.move_to(NOW + dt.timedelta(days=28, hours=1))
    assert "A few questions first" in _noscript(client, world)


def _noscript(client: Client, world: World) -> str:
    return client.get(address(world), {"list": "1"}).content.decode()


def test_severe_pain_asks_the_questions_although_they_are_not_due(world: World, pat: Client) -> None:
    page = begin(pat, world, pain=8).content.decode()
    assert "A few questions first" in page
    begin(pat, world, pain=8, ask_safety="1", **SAFE)
    assert SafetyScreen.objects.count() == 2
    assert "Your pain is high today." in pat.get(address(world)).content.decode()


def test_a_question_without_an_answer_is_named(world: World, signed_in: SignIn) -> None:
    response = begin(signed_in(world.patient), world, **(SAFE | {"recent_fall": ""}))
    assert response.status_code == 422
    assert "Please answer yes or no." in response.content.decode()
    assert not SafetyScreen.objects.exists()


# --- The checklist


def test_a_checklist_records_what_the_player_would(world: World, pat: Client) -> None:
    begin(pat, world)
    response = send(pat, world)
    session = Session.objects.get()
    assert response.headers["Location"] == reverse("portal:done", args=[session.pk])
    assert (session.performed_sets, session.prescribed_sets) == (4, 4)
    assert (session.pain_before, session.pain_after) == (3, 2)
    assert (session.source, session.difficulty, session.note) == ("checklist", "about_right", "Went well")
    assert session.started_at == NOW
    assert session.local_date == TODAY


def test_a_part_a_skip_and_the_easier_way(world: World, pat: Client) -> None:
    begin(pat, world)
    send(
        pat,
        world,
        how_0="some",
        sets_0_left="1",
        sets_0_right="0",
        skip_0="too_hard",
        eased_0="on",
        pain_0="4",
        how_1="none",
        skip_1="pain",
    )
    first, second = Session.objects.get().items.all()
    assert first.sets == [{"side": "left", "held": 30.0}]
    assert (first.skip_reason, first.eased, first.performed_sets, first.pain) == ("too_hard", True, 1, 4)
    assert (second.skip_reason, second.performed_sets, second.pain) == ("pain", 0, None)


def test_the_list_says_when_to_stop_and_answers_a_reason_with_its_tip(world: World, pat: Client) -> None:
    begin(pat, world)
    page = " ".join(pat.get(address(world) + "?list=1").content.decode().split())
    assert "hurts more than 5, or 3 more than before you began" in page
    assert "At 7 or more, end the session here." in page
    done = pat.get(send(pat, world, how_1="none", skip_1="unwell").headers["Location"]).content.decode()
    assert "Rest first. The stretches wait until you feel better." in done
    assert "That happens to everybody." not in done


def test_severe_pain_in_a_stretch_tells_the_clinic_and_says_so(world: World, pat: Client) -> None:
    begin(pat, world)
    page = pat.get(send(pat, world, how_0="some", sets_0_left="1", pain_0="7").headers["Location"])
    assert "Your pain is high" in page.content.decode()
    assert Alert.objects.get().rule == "pain_high"


def test_a_reason_does_not_stay_with_what_was_done(world: World, pat: Client) -> None:
    begin(pat, world)
    send(pat, world, skip_0="pain")
    assert Session.objects.get().items.all()[0].skip_reason == ""


def test_sending_the_same_list_twice_records_it_once(world: World, pat: Client) -> None:
    begin(pat, world)
    one = shown_id(pat, world)
    first = pat.post(address(world), told(id=one))
    again = pat.post(address(world), told(id=one))
    assert first.headers["Location"] == again.headers["Location"]
    assert Session.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"how_0": ""}, "Say what you did of this stretch."),
        ({"how_0": "some"}, "Say how many sets you did, or choose Not done."),
        ({"how_0": "none", "how_1": "none"}, "Nothing is done yet. If you left it all out, say why."),
        ({"pain_after": ""}, "Choose a number from 0 to 10."),
        ({"pain_0": "11"}, "11 is not one of the available choices"),
        ({"pain_after": "11"}, "11 is not one of the available choices"),
        ({"started_at": "2026-11-19T23:15"}, "A session cannot start in the future."),
        ({"started_at": "2026-10-20T09:15"}, "This session starts before the prescription does."),
        ({"started_at": "yesterday"}, "Enter a date and a time."),
        ({"how_0": "some", "sets_0_left": "9"}, "9 is not one of the available choices"),
        ({"note": "x" * 2001}, "at most 2000 characters"),
    ],
)
def test_bad_input_is_answered_at_its_field_and_nothing_typed_is_lost(
    world: World, pat: Client, changes: dict[str, str], words: str
) -> None:
    begin(pat, world)
    response = send(pat, world, **({"note": "My note"} | changes))
    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert changes.get("note", "My note") in page
    assert not Session.objects.exists()


def test_a_session_told_later_counts_for_the_day_it_was_done(world: World, pat: Client) -> None:
    begin(pat, world)
    send(pat, world, started_at="2026-11-17T19:30")
    assert Session.objects.get().local_date == dt.date(2026, 11, 17)


def test_an_amended_plan_does_not_lose_the_list_of_the_former_one(world: World, pat: Client) -> None:
    begin(pat, world)
    one = shown_id(pat, world)
    revision = world.prescription.revisions.get()
    prescribing.amend(
        world.clinician,
        world.prescription,
        lines=lines_of(revision)[:1],
        schedule=schedule_of(revision),
        expected=1,
    )
    pat.post(address(world), told(id=one))
    assert Session.objects.get().revision == revision


def test_a_plan_that_is_held_meanwhile_takes_no_session(world: World, pat: Client, clock: Any) -> None:
    begin(pat, world)
    one = shown_id(pat, world)
    held = timezone.now() - dt.timedelta(minutes=5)
    type(world.prescription).objects.update(held_at=held)
    page = pat.post(address(world), told(id=one)).content.decode()
    assert "Your clinic has to look at your answers first." in page
    assert not Session.objects.exists()


def test_a_list_that_lay_too_long_begins_once_more(world: World, pat: Client, clock: Any) -> None:
    begin(pat, world)
    one = shown_id(pat, world)
    clock.move_to(NOW + dt.timedelta(hours=13))
    response = pat.post(address(world), told(id=one), follow=True)
    assert "This page was open for too long." in response.content.decode()


def test_a_plan_that_is_over_has_no_session(world: World, pat: Client) -> None:
    world.prescription.ends_on = TODAY - dt.timedelta(days=1)
    world.prescription.save()
    assert "This plan is not running now" in pat.get(address(world)).content.decode()


# --- What the player is given


def test_the_player_is_given_numbers_and_words_but_no_name(world: World, pat: Client) -> None:
    page = pat.get(address(world)).content.decode()
    text = re.search(r'id="player-data" type="application/json">(.*?)</script>', page)[1]  # type: ignore[index]
    data = json.loads(text)
    assert "Pat" not in text
    assert world.pat.email not in text
    assert [item["name"] for item in data["items"]] == ["Knee to chest", "Lying hamstring stretch"]
    assert data["items"][0]["sides"] == ["left", "right"]
    assert set(data["tips"]) == {
        "pain", "forgot", "no_time", "not_sure_how", "too_hard", "unwell", "away", "feeling_better",
    }  # fmt: skip


def test_the_session_page_asks_few_questions_of_the_database(
    world: World, pat: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(13):
        pat.get(address(world))


# --- Done, and corrected


def done(client: Client, world: World, **changes: Any) -> Session:
    begin(client, world)
    send(client, world, **changes)
    return Session.objects.get()


def test_the_done_page_says_what_was_done_and_praises_nothing(world: World, pat: Client) -> None:
    session = done(pat, world, how_1="none", skip_1="no_time")
    page = pat.get(reverse("portal:done", args=[session.pk])).content.decode()
    assert "2 of 4 sets done" in page
    assert "(no time)" in page
    assert "!" not in re.sub(r"<[^>]*>", "", page)


def test_a_session_of_another_day_leads_back_to_progress_where_it_is_found(
    world: World, pat: Client, clock: Any
) -> None:
    session = done(pat, world)
    address = reverse("portal:done", args=[session.pk])
    assert "Back to Today" in pat.get(address).content.decode()
    clock.move_to(NOW + dt.timedelta(days=1))
    later = pat.get(address).content.decode()
    assert "Back to Today" not in later
    assert f'class="hw-back" href="{reverse("portal:progress")}"' in later


def test_a_stretch_left_out_for_pain_says_so_once(world: World, pat: Client) -> None:
    session = done(pat, world, how_1="none", skip_1="pain")
    address = reverse("portal:done", args=[session.pk])
    assert "(pain)" in pat.get(address).content.decode()
    session.items.filter(skip_reason="pain").update(pain=6)
    page = pat.get(address).content.decode()
    assert "(pain 6)" in page
    assert "(pain)" not in page


def test_severe_pain_after_a_session_says_whom_to_call(world: World, pat: Client) -> None:
    session = done(pat, world, pain_after="8")
    page = pat.get(reverse("portal:done", args=[session.pk])).content.decode()
    assert "Your pain is high" in page
    assert reverse("portal:urgent") in page


def test_a_session_is_corrected_on_its_own_day(world: World, pat: Client) -> None:
    session = done(pat, world)
    where = reverse("portal:correct", args=[session.pk])
    page = pat.get(where).content.decode()
    assert 'value="all" id="id_how_0_0" checked' in page
    assert "What you told first is kept beside it" in page
    change = told(pain_before="4", how_1="some", sets_1_left="1", sets_1_right="0")
    response = pat.post(where, change, follow=True)
    assert "Corrected. What you told first is kept as well." in response.content.decode()
    session.refresh_from_db()
    assert (session.performed_sets, session.pain_before) == (3, 4)
    assert session.versions.get().content["pain_before"] == 3


def test_a_correction_keeps_the_seconds_that_were_measured(world: World, pat: Client) -> None:
    session = done(pat, world)
    row = session.items.all()[0]
    row.sets = [{"side": "left", "held": 27.4}, {"side": "right", "held": 29.0}]
    row.pain = 2
    row.save()
    part = session.items.all()[1]
    part.sets = [{"side": "left", "held": 11.0}]
    part.performed_sets = 0
    part.save()
    change = told(pain_before="3", pain_after="4", pain_0="2", how_1="none")
    pat.post(reverse("portal:correct", args=[session.pk]), change)
    first, second = session.items.all()
    assert first.sets == [{"side": "left", "held": 27.4}, {"side": "right", "held": 29.0}]
    assert first.pain == 2
    assert second.sets == [{"side": "left", "held": 11.0}]


def test_a_correction_with_a_mistake_says_where(world: World, pat: Client) -> None:
    session = done(pat, world)
    response = pat.post(reverse("portal:correct", args=[session.pk]), told(pain_before=""))
    assert response.status_code == 422
    assert "Choose a number from 0 to 10." in response.content.decode()


def test_the_next_day_it_is_the_clinics_to_correct(world: World, pat: Client, clock: Any) -> None:
    session = done(pat, world)
    clock.move_to(NOW + dt.timedelta(days=1))
    response = pat.get(reverse("portal:correct", args=[session.pk]), follow=True)
    page = response.content.decode()
    assert "A session can be corrected on its own day." in page
    assert "Correct something" not in page


# --- The wall


def test_a_strangers_session_does_not_exist_and_staff_do_not_sit_in_it(
    world: World, pat: Client, signed_in: SignIn
) -> None:
    session = done(pat, world)
    pages = [
        address(world),
        reverse("portal:done", args=[session.pk]),
        reverse("portal:correct", args=[session.pk]),
    ]
    for user, status in ((world.stranger, 404), (world.quinn.user, 404), (world.clinician, 403)):
        client = signed_in(user)
        assert [client.get(page).status_code for page in pages] == [status] * 3
        assert client.post(pages[0], told(id=str(session.pk))).status_code == status


@pytest.mark.parametrize("place", ["portal:urgent", "portal:session"])
def test_what_must_not_wait_is_named_as_the_safety_questions_name_it(
    world: World, pat: Client, place: str
) -> None:
    page = pat.get(reverse(place, args=[world.prescription.pk] if place == "portal:session" else []))
    named = page.content.decode().partition('class="urgent-steps"')[2].partition("</ul>")[0]
    assert [question for question in SafetyQuestion.labels if str(question) not in named] == []


def test_the_urgent_page_says_what_to_do_and_that_nobody_watches(world: World, pat: Client) -> None:
    world.clinic.phone = "+49 30 1234"
    world.clinic.save()
    page = pat.get(reverse("portal:urgent")).content.decode()
    assert "call your local emergency number" in page
    assert "nobody watches holdwell for emergencies" in " ".join(page.split()).lower()
    assert "+49 30 1234" in page
    assert "your plan waits" not in page  # nothing was answered
