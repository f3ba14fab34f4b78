"""How it has gone, with counts, without blame; and the explanation of the formula."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from patients import sessions
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
    with django_assert_num_queries(13):
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
