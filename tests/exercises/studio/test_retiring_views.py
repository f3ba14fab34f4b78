"""Retired with a replacement, brought back, planned to be read again; and who uses a stretch."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import User
from exercises import publishing, usage
from exercises.models import Exercise
from exercises.usage import Everywhere
from tests.exercises.making import WHOLE
from tests.world import World, make_exercise, make_patient, make_prescription


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def sent(user: User, act: str, exercise: Exercise, **data: str) -> str:
    answer = signed_in(user).post(reverse(f"exercises:{act}", args=[exercise.pk]), data, follow=True)
    return answer.content.decode()


def read(user: User, act: str, exercise: Exercise, **query: str) -> str:
    answer = signed_in(user).get(reverse(f"exercises:{act}", args=[exercise.pk]), query)
    assert answer.status_code == 200
    return answer.content.decode()


class TestRetiring:
    def test_names_what_to_use_in_its_place(self, world: World) -> None:
        text = sent(world.reviewer, "retire", world.hamstring, instead=str(world.knee_to_chest.pk))
        assert "In its place: Knee to chest" in text
        assert "Bring it back" in text
        desk = signed_in(world.viewer).get(reverse("desk:patient", args=[world.pat.pk])).content.decode()
        assert "This stretch has been retired from the library. In its place:" in desk

    def test_offers_what_is_found_of_the_same_library(self, world: World) -> None:
        make_exercise("Ours", clinic=world.clinic)
        text = read(world.reviewer, "retire", world.hamstring)
        assert f'value="{world.knee_to_chest.pk}"' in text
        assert "Ours" not in text
        assert f'value="{world.knee_to_chest.pk}"' not in read(
            world.reviewer, "retire", world.hamstring, text="x"
        )

    @pytest.mark.parametrize("act", ["retire", "bring_back"])
    def test_cannot_be_done_twice(self, world: World, act: str) -> None:
        if act == "retire":
            publishing.retire(world.reviewer, world.hamstring)
        assert "This is" in sent(world.reviewer, act, world.hamstring)

    def test_of_a_clinics_own_is_its_prescribers(self, world: World) -> None:
        own = make_exercise("Ours", clinic=world.clinic)
        assert "Retired." in sent(world.clinician, "retire", own)
        assert "in the library again" in sent(world.owner, "bring_back", own)
        assert signed_in(world.viewer).get(reverse("exercises:retire", args=[own.pk])).status_code == 403


class TestTheReviewDate:
    def test_is_planned_changed_and_dropped(self, world: World) -> None:
        day = timezone.localdate() + dt.timedelta(days=90)
        for given, kept in ((day.isoformat(), day), ("", None)):
            sent(world.curator, "schedule_review", world.hamstring, day=given)
            world.hamstring.refresh_from_db()
            assert world.hamstring.review_by == kept

    @pytest.mark.parametrize("day", ["2020-01-01", "soon"])
    def test_is_a_day_to_come(self, world: World, day: str) -> None:
        sent(world.curator, "schedule_review", world.hamstring, day=day)
        world.hamstring.refresh_from_db()
        assert world.hamstring.review_by is None


class TestWhoUsesIt:
    def test_is_told_exactly_to_a_clinics_own_staff(self, world: World) -> None:
        assert "1 active prescription in Holdwell Practice" in read(world.viewer, "detail", world.hamstring)
        text = read(world.stranger_clinician, "detail", world.hamstring)
        assert "0 active prescriptions in Far Clinic" in text
        assert "Holdwell Practice" not in text

    def test_is_a_sum_for_curators_that_names_nobody(self, world: World) -> None:
        text = read(world.curator, "detail", world.hamstring)
        assert "Fewer than 5 active prescriptions" in text
        assert "Holdwell Practice" not in text
        assert "Routine “Two stretches”" in text

    def test_counts_what_is_in_force(self, world: World) -> None:
        (count,) = usage.counters
        assert count(world.hamstring) == {world.clinic.pk: 1}
        today = world.pat.local_date(timezone.now())
        over = make_prescription(world.quinn, world.clinician, [world.hamstring], starts_on=today)
        over.ends_on = over.starts_on = today - dt.timedelta(days=3)
        over.save()
        far = make_patient(world.far_clinic, "fay", world.stranger_clinician)
        stopped = make_prescription(far, world.stranger_clinician, [world.hamstring], starts_on=today)
        stopped.stopped_from = today - dt.timedelta(days=1)
        stopped.save()
        assert count(world.hamstring) == {world.clinic.pk: 1}

    def test_counts_the_newest_revision_of_a_prescription_alone(self, world: World) -> None:
        (count,) = usage.counters
        first = world.prescription.revisions.get()
        first.pk, first.number = None, 2
        first._state.adding = True
        first.save()
        assert count(world.hamstring) == {}

    @pytest.mark.parametrize(
        ("counts", "told"),
        [
            ([], Everywhere(None, None, any=False)),
            ([4], Everywhere(None, None, any=False)),
            ([30, 7], Everywhere(None, None, any=True)),
            ([1, 1, 1], Everywhere(None, None, any=False)),
            ([30, 6, 1], Everywhere(37, 3, any=True)),
        ],
    )
    def test_is_not_told_where_it_would_tell_of_a_clinic(self, counts: list[int], told: Everywhere) -> None:
        assert usage.everywhere(counts) == told


def test_a_stretch_says_whose_variant_it_is(world: World) -> None:
    other = publishing.create_exercise(
        None, clinic=None, slug="sphinx", content=WHOLE | {"easier": world.knee_to_chest}
    )
    assert "easier variant of" not in read(world.viewer, "detail", world.knee_to_chest)
    publishing.publish(None, other.revisions.get())
    text = read(world.viewer, "detail", world.knee_to_chest)
    assert "This is the easier variant of" in text
    assert ">Sphinx</a>" in text
