"""docs/rules.md 2, 4 and 6: who is in the clinic's care, and who needs somebody."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import Clinic, Membership, Role, User
from patients import alerts, people, prescribing
from patients.models import Patient, Session
from patients.models.alerts import Rule, SafetyQuestion
from patients.models.people import PatientState
from tests.patients.caring import make_patients, raise_alert
from tests.patients.desk.conftest import TODAY
from tests.world import World, make_prescription, make_session

SignIn = Callable[[User], Client]
DAY = dt.timedelta(days=1)


@pytest.fixture
def desk(world: World, signed_in: SignIn) -> Callable[..., Any]:
    client = signed_in(world.clinician)

    def get(**query: str) -> Any:
        return client.get(reverse("desk:roster", args=[world.clinic.pk]), query)

    return get


def names(response: Any) -> list[str]:
    return [row.patient.name for row in response.context["rows"]]


def actions(response: Any) -> dict[str, str]:
    return {row.patient.name: row.action for row in response.context["rows"]}


def test_a_row_shows_band_counts_and_share(world: World, desk: Callable[..., Any]) -> None:
    for ago in (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13):
        make_session(world.prescription, TODAY - ago * DAY)
    page = desk().content.decode()
    assert "12 of 14" in page
    assert "86 %" in page
    assert "on track" in page


def test_nothing_due_is_said_in_words_never_as_a_percentage(world: World, desk: Callable[..., Any]) -> None:
    page = desk(q="quinn").content.decode()
    assert "nothing due" in page
    assert "0 %" not in page


def test_only_patients_of_this_clinic_are_listed(world: World, desk: Callable[..., Any]) -> None:
    assert names(desk()) == ["Pat", "Quinn"]


def test_somebody_of_two_clinics_sees_one_at_a_time(world: World, signed_in: SignIn) -> None:
    Membership.objects.create(user=world.clinician, clinic=world.far_clinic, role=Role.CLINICIAN)
    client = signed_in(world.clinician)
    page = client.get(reverse("desk:roster", args=[world.far_clinic.pk]))
    assert names(page) == ["Stranger"]
    assert reverse("desk:roster", args=[world.clinic.pk]) in page.content.decode()


def test_search_finds_by_name_and_by_reference(world: World, desk: Callable[..., Any]) -> None:
    assert names(desk(q="qui")) == ["Quinn"]
    assert names(desk(q="PAT-1")) == ["Pat"]
    assert names(desk(q="nobody")) == []
    assert "Nobody fits" in desk(q="nobody").content.decode()


def test_discharged_patients_are_found_by_search_alone(world: World, desk: Callable[..., Any]) -> None:
    Patient.objects.filter(pk=world.quinn.pk).update(state=PatientState.DISCHARGED)
    assert names(desk()) == ["Pat"]
    assert names(desk(q="quinn")) == ["Quinn"]


def test_the_band_filter_keeps_those_of_the_band(world: World, desk: Callable[..., Any]) -> None:
    assert names(desk(band="quiet")) == ["Pat"]  # three weeks due, nothing done
    assert names(desk(band="new")) == ["Quinn"]
    assert names(desk(band="on_track")) == []


def test_an_unknown_band_sort_or_page_is_taken_as_not_asked(world: World, desk: Callable[..., Any]) -> None:
    assert names(desk(band="purple", sort="shoe-size", page="minus one")) == ["Pat", "Quinn"]


def test_who_needs_somebody_comes_first(world: World, desk: Callable[..., Any]) -> None:
    raise_alert(world.quinn, Rule.PAIN_HIGH, timezone.now())
    assert names(desk()) == ["Quinn", "Pat"]
    assert names(desk(sort="name")) == ["Pat", "Quinn"]


def test_the_lowest_adherence_comes_first_and_nothing_due_last(
    world: World, desk: Callable[..., Any]
) -> None:
    better = make_patients(world, 1)[0]
    prescription = better.prescriptions.get()
    make_session(prescription, TODAY - DAY)
    assert names(desk(sort="adherence")) == ["Pat", better.name, "Quinn"]


def test_the_longest_silence_comes_first(world: World, desk: Callable[..., Any]) -> None:
    make_session(world.prescription, TODAY - DAY)
    assert names(desk(sort="last")) == ["Quinn", "Pat"]


def test_the_next_act_is_the_most_pressing_one(world: World, desk: Callable[..., Any]) -> None:
    assert actions(desk()) == {"Pat": "call", "Quinn": "prescribe"}
    raise_alert(world.pat, Rule.SKIPPED, timezone.now())
    assert actions(desk())["Pat"] == "alert"
    alerts.answer_safety(world.patient, world.pat, dict.fromkeys(SafetyQuestion.values, True))
    assert actions(desk())["Pat"] == "release"


def test_an_end_that_is_near_asks_for_a_decision(world: World, desk: Callable[..., Any]) -> None:
    prescribing.extend(world.clinician, world.prescription, ends_on=TODAY + 3 * DAY)
    assert actions(desk())["Pat"] == "extend"


def test_an_invitation_without_an_answer_is_sent_again_after_some_days(
    world: World, desk: Callable[..., Any], clock: Any
) -> None:
    lena = people.invite_patient(world.clinician, world.clinic, name="Lena", email="lena@example.org")
    make_prescription(lena, world.clinician, [world.hamstring], starts_on=TODAY)
    assert actions(desk(q="lena"))["Lena"] == "open"
    clock.shift(dt.timedelta(days=6))
    assert actions(desk(q="lena"))["Lena"] == "reinvite"


def test_a_viewer_is_offered_nothing_that_they_may_not_do(world: World, signed_in: SignIn) -> None:
    page = signed_in(world.viewer).get(reverse("desk:roster", args=[world.clinic.pk]))
    assert set(actions(page).values()) == {"open"}
    assert reverse("desk:invite", args=[world.clinic.pk]) not in page.content.decode()


def test_an_assistant_is_not_offered_to_prescribe(world: World, signed_in: SignIn) -> None:
    page = signed_in(world.assistant).get(reverse("desk:roster", args=[world.clinic.pk]))
    assert actions(page) == {"Pat": "call", "Quinn": "open"}


def test_an_empty_clinic_says_what_to_do_first(signed_in: SignIn, world: World) -> None:
    empty = Clinic.objects.create(name="Empty", time_zone="UTC")
    for user, role in ((world.owner, Role.OWNER), (world.viewer, Role.VIEWER)):
        Membership.objects.create(user=user, clinic=empty, role=role)
    page = signed_in(world.owner).get(reverse("desk:roster", args=[empty.pk])).content.decode()
    assert reverse("desk:invite", args=[empty.pk]) in page
    page = signed_in(world.viewer).get(reverse("desk:roster", args=[empty.pk])).content.decode()
    assert "No patients yet" in page
    assert reverse("desk:invite", args=[empty.pk]) not in page


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"band": "quiet"},
        {"show": "call"},
        {"show": "ends", "mine": "1"},
        {"sort": "adherence"},
        {"sort": "last"},
        {"sort": "pain"},
        {"q": "a"},
    ],
)
def test_the_number_of_queries_does_not_grow_with_the_patients(
    world: World,
    desk: Callable[..., Any],
    query: dict[str, str],
    django_assert_max_num_queries: Any,
) -> None:
    for patient in make_patients(world, 12):
        make_session(patient.prescriptions.get(), TODAY - DAY)
        raise_alert(patient, Rule.SKIPPED, timezone.now())
    with django_assert_max_num_queries(13):
        desk(**query)


def test_a_long_roster_comes_in_pages(world: World, desk: Callable[..., Any]) -> None:
    make_patients(world, 30)
    assert len(desk().context["rows"]) == 25
    assert len(desk(page="2").context["rows"]) == 7
    assert len(desk(page="2", sort="adherence").context["rows"]) == 7


def test_a_row_says_when_something_is_due_next(world: World, desk: Callable[..., Any]) -> None:
    assert ">today</td>" in desk(q="pat").content.decode().replace(" ", "")
    make_session(world.prescription, TODAY, at=dt.time(8))
    assert "Fri 20 Nov" in desk(q="pat").content.decode()


def test_pain_is_told_with_its_direction_in_words(world: World, desk: Callable[..., Any]) -> None:
    for ago, pain in ((2, 6), (3, 5), (6, 2), (7, 3)):
        session = make_session(world.prescription, TODAY - ago * DAY)
        Session.objects.filter(pk=session.pk).update(pain_after=pain)
    assert "up 3" in desk(q="pat").content.decode()
    Session.objects.update(pain_after=2)
    assert "level" in desk(q="pat").content.decode()


def test_the_most_pain_comes_first_and_who_never_rated_last(world: World, desk: Callable[..., Any]) -> None:
    more, less = make_patients(world, 2)
    for patient, pain in ((more, 8), (less, 0)):
        session = make_session(patient.prescriptions.get(), TODAY - DAY)
        Session.objects.filter(pk=session.pk).update(pain_after=pain)
    assert names(desk(sort="pain")) == [more.name, less.name, "Pat", "Quinn"]


def test_who_needs_a_call_has_an_urgent_alert_or_is_quiet(world: World, desk: Callable[..., Any]) -> None:
    low, high, resolved = make_patients(world, 3)
    for patient in (low, high, resolved):
        for ago in (1, 2, 3):
            make_session(patient.prescriptions.get(), TODAY - ago * DAY)
    raise_alert(low, Rule.SKIPPED, timezone.now())
    raise_alert(high, Rule.PAIN_HIGH, timezone.now())
    alerts.resolve(world.clinician, raise_alert(resolved, Rule.PAIN_HIGH, timezone.now()), note="Better")
    assert names(desk(show="call", sort="name")) == [high.name, "Pat"]


def test_the_views_that_everybody_has(world: World, desk: Callable[..., Any]) -> None:
    steady = make_patients(world, 1)[0]
    for ago in (2, 5, 7):
        make_session(steady.prescriptions.get(), TODAY - ago * DAY)
    assert names(desk(show="low")) == [steady.name]
    assert names(desk(show="new")) == ["Quinn"]
    assert names(desk(show="ends")) == []
    prescribing.extend(world.clinician, world.prescription, ends_on=TODAY + 14 * DAY)
    assert names(desk(show="ends")) == ["Pat"]
    prescribing.extend(world.clinician, world.prescription, ends_on=TODAY + 15 * DAY)
    assert names(desk(show="ends")) == []


def test_mine_are_those_in_my_care(world: World, desk: Callable[..., Any]) -> None:
    Patient.objects.filter(pk=world.pat.pk).update(clinician=world.owner)
    assert names(desk(mine="1")) == ["Quinn"]


def test_while_somebody_types_only_what_was_found_comes_anew(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.clinician)
    address = reverse("desk:roster", args=[world.clinic.pk])
    part = client.get(address, {"q": "qui"}, headers={"HX-Request": "true"})
    assert names(part) == ["Quinn"]
    assert "<html" not in part.content.decode()
    assert "1 patient, with “qui”" in " ".join(part.content.decode().split())
    back = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    whole = client.get(address, {"q": "qui"}, headers=back)
    assert "<html" in whole.content.decode()
    assert "HX-Request" in whole["Vary"]
