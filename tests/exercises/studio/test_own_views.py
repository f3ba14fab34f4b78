"""A clinic's own library in the browser: copied, changed, reviewed by a colleague, prescribed, offered."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import Clinic, Membership, Role, User
from exercises import copying, offering, publishing
from exercises.models import Exercise, RevisionState
from tests.exercises.making import WHOLE
from tests.world import World

In = Callable[[User], Client]


@pytest.fixture
def as_person() -> In:
    def sign_in(person: User) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return sign_in


@pytest.fixture
def original(world: World) -> Exercise:
    exercise = publishing.create_exercise(world.curator, clinic=None, slug="sphinx", content=WHOLE)
    publishing.publish(None, exercise.revisions.get())
    exercise.refresh_from_db()
    return exercise


def publish_anew(exercise: Exercise, **fields: Any) -> None:
    publishing.publish(None, publishing.save_draft(None, exercise, fields))


def page(client: Client, name: str, /, *of: Any, status: int = 200, **asked: Any) -> str:
    answer = client.get(reverse(f"exercises:{name}", args=of), asked)
    assert answer.status_code == status
    return answer.content.decode()


def press(client: Client, name: str, /, *of: Any, **typed: Any) -> Any:
    return client.post(reverse(f"exercises:{name}", args=of), typed)


def test_a_copy_is_changed_published_by_a_colleague_and_prescribed(
    world: World, original: Exercise, as_person: In
) -> None:
    clinician, owner = as_person(world.clinician), as_person(world.owner)
    assert "Copy into your clinic" in page(clinician, "detail", original.pk)
    press(clinician, "copy", original.pk)
    own = Exercise.objects.get(clinic=world.clinic, slug="sphinx")
    draft = publishing.save_draft(
        world.clinician, own, {"hold": 45, "steps": [{"kind": "hold", "text": "Stay long."}]}
    )
    assert "Based on" in page(clinician, "revision", draft.pk)
    press(clinician, "submit", draft.pk)
    press(clinician, "publish", draft.pk)
    own.refresh_from_db()
    assert own.published is None, "four eyes"
    press(owner, "publish", draft.pk)
    own.refresh_from_db()
    assert own.published == draft

    build = reverse("desk:prescribe", args=[world.quinn.pk])
    typed = {
        "name": "Evening",
        "mode": "flexible",
        "per_week": 3,
        "starts_on": "2030-01-01",
        "items-TOTAL_FORMS": 1,
        "items-INITIAL_FORMS": 0,
        "items-0-exercise": str(draft.pk),
        "items-0-sets": 1,
        "items-0-repetitions": 1,
        "items-0-hold": 45,
        "items-0-rest": 10,
        "items-0-sides": "none",
        "do": "save",
    }
    assert clinician.post(build, typed).status_code == 302
    assert world.quinn.prescriptions.get().revisions.get().items.get().exercise_revision == draft


def test_another_clinic_finds_nothing_of_it(world: World, original: Exercise, as_person: In) -> None:
    own = copying.copy(world.clinician, original, world.clinic)
    publishing.publish(None, own.revisions.get())
    publish_anew(original, hold=40)
    routine = copying.copy(world.clinician, world.routine, world.clinic)
    far = as_person(world.stranger_clinician)
    for name in ("detail", "copy", "original", "offer", "retire", "compare"):
        page(far, name, own.pk, status=404)
    for name in ("revision",):
        page(far, name, own.revisions.get().pk, status=404)
    for name in ("routine", "routine_copy", "routine_original", "routine_offer"):
        page(far, name, routine.pk, status=404)
    for name in ("routine_revision", "routine_edit"):
        page(far, name, routine.revisions.get().pk, status=404)
    for asked in ({}, {"library": str(world.clinic.pk)}):
        assert str(own.pk) not in page(far, "list", **asked)
        assert str(routine.pk) not in page(far, "routines", **asked)


def test_who_prescribes_in_several_clinics_chooses_one(
    world: World, original: Exercise, as_person: In
) -> None:
    other = Clinic.objects.create(name="Near Clinic", time_zone="Asia/Kathmandu")
    Membership.objects.create(user=world.clinician, clinic=other, role=Role.CLINICIAN)
    clinician = as_person(world.clinician)
    assert "Near Clinic" in page(clinician, "copy", original.pk)
    assert press(clinician, "copy", original.pk).status_code == 422
    assert press(clinician, "copy", original.pk, clinic=str(world.far_clinic.pk)).status_code == 422
    press(clinician, "copy", original.pk, clinic=str(other.pk))
    assert Exercise.objects.get(clinic=other).based_on == original.published
    assert "has a copy already" in page(clinician, "copy", original.pk)


class TestWhenTheOriginalChanges:
    @pytest.fixture
    def own(self, world: World, original: Exercise) -> Exercise:
        own = copying.copy(world.clinician, original, world.clinic)
        publishing.publish(None, own.revisions.get())
        publishing.save_draft(world.clinician, own, {"safety": "Ours."})
        publish_anew(original, hold=40, safety="Theirs.")
        return own

    def test_it_is_said_in_the_list_and_on_the_page(self, world: World, own: Exercise, as_person: In) -> None:
        clinician = as_person(world.clinician)
        assert "Originals of your copies have changed" in page(clinician, "list")
        assert "The original has changed" in page(clinician, "detail", own.pk)
        assert "Originals" not in page(as_person(world.viewer), "list")
        assert "Originals" not in page(as_person(world.curator), "list")

    def test_the_comparison_names_what_both_have_changed(
        self, world: World, own: Exercise, as_person: In
    ) -> None:
        text = page(as_person(world.clinician), "original", own.pk)
        assert "You have changed these as well" in text
        assert 'value="hold" checked' in text
        assert 'value="safety">' in text

    def test_chosen_parts_are_taken_over(self, world: World, own: Exercise, as_person: In) -> None:
        clinician = as_person(world.clinician)
        read = publishing.mark(own.latest)
        assert press(clinician, "original", own.pk, do="take", part=["hold"], read=read).status_code == 302
        newest = own.latest
        assert (newest.hold, newest.safety, newest.state) == (40, "Ours.", RevisionState.DRAFT)
        assert "The original has changed" not in page(clinician, "detail", own.pk)

    def test_or_one_s_own_is_left_as_it_is(self, world: World, own: Exercise, as_person: In) -> None:
        clinician = as_person(world.clinician)
        press(clinician, "original", own.pk, do="leave")
        assert own.latest.hold == 30
        assert "The original has changed" not in page(clinician, "list")

    def test_a_retired_original_is_said(
        self, world: World, original: Exercise, own: Exercise, as_person: In
    ) -> None:
        publishing.retire(None, original)
        assert "The original has been retired" in page(as_person(world.viewer), "detail", own.pk)


class TestAnOffer:
    @pytest.fixture
    def own(self, world: World, original: Exercise) -> Exercise:
        own = copying.copy(world.clinician, original, world.clinic)
        publishing.publish(None, own.revisions.get())
        own.refresh_from_db()
        return own

    def test_shows_its_reviewers_the_clinic_and_nobody_in_it(
        self, world: World, own: Exercise, as_person: In
    ) -> None:
        clinician = as_person(world.clinician)
        assert "nothing else of your clinic" in page(clinician, "offer", own.pk)
        press(clinician, "offer", own.pk, do="offer")
        standing = offering.standing(own)
        assert standing is not None
        text = page(as_person(world.reviewer), "revision", standing.shared.revisions.get().pk)
        assert "Offered by Holdwell Practice." in text
        assert str(own.pk) not in text
        assert world.clinician.name not in text

    def test_tells_the_clinic_what_became_of_it_and_no_comment(
        self, world: World, own: Exercise, as_person: In
    ) -> None:
        shared = offering.offer(world.clinician, own)
        clinician = as_person(world.clinician)
        assert "it waits for a reviewer" in page(clinician, "detail", own.pk)
        publishing.take_back(world.reviewer, shared.revisions.get(), "Too long by half.")
        text = page(clinician, "detail", own.pk)
        assert "curators are changing something" in text
        assert "Too long by half." not in text
        publishing.publish(None, shared.revisions.get())
        assert "which published it" in page(clinician, "detail", own.pk)
        assert "Offered by" not in page(as_person(world.stranger_clinician), "detail", shared.pk)

    def test_is_taken_back(self, world: World, own: Exercise, as_person: In) -> None:
        offering.offer(world.clinician, own)
        owner = as_person(world.owner)
        assert "Take the offer back" in page(owner, "offer", own.pk)
        press(owner, "offer", own.pk, do="withdraw")
        assert offering.standing(own) is None
        assert press(owner, "offer", own.pk, do="withdraw").status_code == 422


def test_the_list_shows_one_library_alone(world: World, original: Exercise, as_person: In) -> None:
    own = copying.copy(world.clinician, original, world.clinic)
    publishing.publish(None, own.revisions.get())
    clinician = as_person(world.clinician)
    ours = page(clinician, "list", library=str(world.clinic.pk))
    assert str(own.pk) in ours
    assert f"/{original.pk}/" not in ours
    assert str(own.pk) not in page(clinician, "list", library="shared")


def test_what_came_in_between_and_was_not_read_is_still_news(
    world: World, original: Exercise, as_person: In
) -> None:
    own = copying.copy(world.clinician, original, world.clinic)
    publish_anew(original, hold=40)
    original.refresh_from_db()
    clinician, read = as_person(world.clinician), str(original.published_id)
    assert f'name="of" value="{read}"' in page(clinician, "original", own.pk)
    publish_anew(original, hold=50)
    for typed in ({"do": "leave"}, {"part": "hold"}):
        press(clinician, "original", own.pk, of=read, **typed)
        own.refresh_from_db()
        assert "Revision 3 is the one" in page(clinician, "original", own.pk)
        assert own.revisions.get().hold != 50
