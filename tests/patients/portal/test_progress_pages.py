"""How it has gone, with counts, without blame; and the explanation of the formula."""

import datetime as dt
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from patients import sessions
from patients.models import Patient, Pause, SessionItem
from patients.models.alerts import Rule
from tests.patients.portal.conftest import NOW
from tests.patients.portal.test_today import do
from tests.world import World, make_patient

SignIn = Callable[[Any], Client]


def words(client: Client, **query: str) -> str:
    response = client.get(reverse("portal:progress"), query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def test_counts_stand_beside_every_percentage_and_are_reported_by_the_patient(
    world: World, signed_in: SignIn
) -> None:
    for days in (1, 2, 3):
        do(world, at=NOW - dt.timedelta(days=days))
    do(world, at=NOW - dt.timedelta(days=4), performed=2)
    text = words(signed_in(world.patient))
    assert "As reported by you." in text
    assert "25 %" in text
    assert "3.5 of 14" in text
    assert "you did something in 4 of the 14 sessions that were due" in text
    assert "3.5 of 21" in text  # four weeks: the plan is three weeks old


def test_nothing_due_is_neither_nothing_nor_everything(world: World, signed_in: SignIn) -> None:
    text = words(signed_in(world.quinn.user))
    assert "In the last 14 days nothing was due." in text
    assert "0 %" not in text
    assert "None yet." in text
    assert "Week by week" not in text
    assert "of 0" not in text


def test_more_than_was_asked_is_shown_as_extra(world: World, signed_in: SignIn) -> None:
    for hour in (1, 2):
        do(world, at=NOW - dt.timedelta(days=1, hours=hour))
    assert "You did one session more than was asked." in words(signed_in(world.patient))


def test_pain_is_drawn_and_stands_in_a_table_beside(world: World, signed_in: SignIn) -> None:
    for days, (before, after) in enumerate([(4, 3), (5, 2)], start=1):
        session = do(world, at=NOW - dt.timedelta(days=days))
        session.pain_before, session.pain_after = before, after
        session.save()
    text = words(signed_in(world.patient))
    assert "Your pain, over 4 weeks" in text
    assert "Show as a table" in text


def test_sessions_are_listed_latest_first_and_a_voided_one_says_so(world: World, signed_in: SignIn) -> None:
    old = do(world, at=NOW - dt.timedelta(days=2), performed=3)
    sessions.void(world.clinician, old, reason="told twice")
    do(world, at=NOW - dt.timedelta(days=1))
    text = words(signed_in(world.patient))
    assert text.index("Wed 18 Nov, 09:15") < text.index("Tue 17 Nov, 09:15")
    assert "Taken out by your clinic" in text
    assert "3 of 4 sets" in text


def test_weeks_are_told_with_their_goals_and_a_paused_one_is_paused(world: World, signed_in: SignIn) -> None:
    # The plan began on Thursday, 29 October. Paused: the whole week of 2 November, three days of the one after it.
    Pause.objects.create(
        prescription=world.prescription,
        first_day=dt.date(2026, 11, 2),
        last_day=dt.date(2026, 11, 11),
        created_by=world.clinician,
    )
    for day in (12, 13, 14, 15):
        do(world, at=dt.datetime(2026, 11, day, 3, 30, tzinfo=dt.UTC))
    text = words(signed_in(world.patient))
    said = dict(re.findall(r'hw-list-name">([^<]+)</span>.*?<span class="hw-number">([^<]+)</span>', text))
    assert said["This week"] == "0 of 7"
    assert said["9 Nov – 15 Nov"] == "4 of 4"
    assert said["2 Nov – 8 Nov"] == "paused"
    assert said["26 Oct – 1 Nov"] == "0 of 4"
    assert "Because of the pause it is 4 instead of 7." in text
    assert "In 1 of the last 2 weeks every session was begun." in text


def test_that_no_week_was_done_in_full_is_not_said(world: World, signed_in: SignIn) -> None:
    do(world, at=NOW - dt.timedelta(days=8))
    text = words(signed_in(world.patient))
    assert "Week by week" in text
    assert "every session was begun" not in text


def test_pain_and_adherence_are_told_in_words_a_picture_and_a_table(world: World, signed_in: SignIn) -> None:
    for days, after in ((9, 6), (8, 7), (1, 2)):
        session = do(world, at=NOW - dt.timedelta(days=days))
        session.pain_after = after
        session.save()
    text = words(signed_in(world.patient))
    assert "After your sessions it was 6 of 10 at first and 2 last; between 2 and 7." in text
    for title in ("Pain, 0 to 10", "Adherence by week, per cent", "Calendar", "The last 14 days"):
        assert f"<title>{title}</title>" in text
        assert f"<caption>{title}</caption>" in text
    assert "29 %, 2 of 7" in text


# --- What the clinic sees


def seen(client: Client, **query: str) -> str:
    response = client.get(reverse("portal:seen"), query)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def figures(text: str) -> list[str]:
    return re.findall(r'hw-key-(?:value|counts)">([^<]+)<', text)


def test_the_patient_sees_the_figures_of_the_desk(world: World, signed_in: SignIn) -> None:
    for days in (1, 2, 3, 9):
        do(world, at=NOW - dt.timedelta(days=days), performed=3)
    client = signed_in(world.patient)
    own = figures(seen(client))
    client.force_login(world.clinician)
    desk = client.get(reverse("desk:patient", args=[world.pat.pk])).content.decode()
    assert len(own) == 6
    assert own == figures(" ".join(desk.split()))[:6]


def test_every_rule_that_alerts_the_clinic_is_told(world: World, signed_in: SignIn) -> None:
    text = seen(signed_in(world.patient))
    assert "Your pain is 7 of 10 or more" in text
    assert len(re.findall("<li>", text.split("When they are told to look")[1].split("</ul>")[0])) == len(Rule)
    assert "pointed out to them, so that they can help: pain, not sure how." in text


def test_notes_and_reasons_are_shown_as_the_clinic_has_them(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.patient)
    assert "you wrote no note and left no stretch out" in seen(client)
    session = do(world, at=NOW - dt.timedelta(days=1), performed=2)
    session.note = "The left side is tighter."
    session.save()
    item = world.prescription.revisions.get().items.first()
    SessionItem.objects.create(session=session, item=item, performed_sets=0, skip_reason="pain")
    text = seen(client)
    assert "The left side is tighter." in text
    assert "Knee to chest: pain" in text


def test_each_clinic_sees_its_own(world: World, signed_in: SignIn) -> None:
    other = make_patient(world.far_clinic, "pat2", world.stranger_clinician, zone="America/St_Johns")
    Patient.objects.filter(pk=other.pk).update(user=world.patient)
    do(world, at=NOW - dt.timedelta(days=1))
    client = signed_in(world.patient)
    assert "The staff of Far Clinic see" in seen(client, patient=str(other.pk))
    assert "nothing was due" in seen(client, patient=str(other.pk))
    assert "1 of 14" in seen(client, patient=str(world.pat.pk))


def test_nobody_is_blamed(world: World, signed_in: SignIn) -> None:
    text = words(signed_in(world.patient)).lower()
    for word in ("missed", "failed", "only 0", "forgot", "compliance"):
        assert word not in text


def test_a_patient_of_two_clinics_looks_at_one_at_a_time(world: World, signed_in: SignIn) -> None:
    other = make_patient(world.far_clinic, "pat2", world.stranger_clinician, zone="America/St_Johns")
    other.user = world.patient
    other.save()
    client = signed_in(world.patient)
    assert "Holdwell Practice" in words(client)
    assert 'aria-current="page">Holdwell Practice' in words(client, patient=str(world.pat.pk))
    assert client.get(reverse("portal:progress"), {"patient": str(world.quinn.pk)}).status_code == 404


@pytest.mark.parametrize("count", [1, 15])
def test_the_number_of_queries_does_not_grow_with_the_sessions(
    world: World, signed_in: SignIn, count: int, django_assert_num_queries: Any
) -> None:
    for days in range(count):
        do(world, at=NOW - dt.timedelta(days=days))
    client = signed_in(world.patient)
    with django_assert_num_queries(10):
        words(client)


def test_the_formula_is_explained_to_everybody(world: World, client: Client) -> None:
    text = " ".join(client.get(reverse("portal:explained")).content.decode().split())
    assert "4.5 of 8, or <strong>56 %</strong>" in text
    assert "at least 80 % of its time" in text


def test_the_worked_example_is_what_the_rules_compute() -> None:
    """The page's example is the first row of docs/rules.md 4."""
    from fractions import Fraction

    from patients.adherence import Done, adherence
    from patients.schedule import Fixed, Plan, Revision

    plan = Plan(
        starts_on=dt.date(2026, 11, 2),
        last_day=None,
        revisions=(Revision(1, dt.date(2026, 11, 2), Fixed(frozenset({0, 2, 4}), 1)),),
        pauses=(),
    )
    full = [Done(dt.date(2026, 11, day), Fraction(1)) for day in (2, 4, 9, 13, 14)]
    found = adherence(
        plan,
        [*full, Done(dt.date(2026, 11, 6), Fraction(1, 2))],
        dt.date(2026, 11, 2),
        dt.date(2026, 11, 18),
        dt.date(2026, 11, 19),
    )
    assert (found.due, found.kept, found.credit, found.extra) == (8, 5, Fraction(9, 2), 1)
    assert round(float(found.adherence or 0) * 100) == 56
