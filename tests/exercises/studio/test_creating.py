"""A new stretch, from nothing or from a copy, in the library that somebody writes; and a draft thrown away."""

import re

import pytest
from django.urls import reverse

from clinic import reading
from clinic.models import Membership, Role
from exercises import library, publishing
from exercises.models import Exercise, Revision
from tests.exercises.making import FIGURE, WHOLE
from tests.exercises.studio.test_editing import desk, signed_in
from tests.world import World, make_exercise


@pytest.fixture
def draft(world: World) -> Revision:
    exercise = publishing.create_exercise(world.curator, clinic=None, slug="sphinx", content=WHOLE)
    return exercise.revisions.get()


class TestANewOne:
    PLACE = reverse("exercises:create")

    def test_begins_from_nothing_with_a_short_name_made_from_its_name(self, world: World) -> None:
        form = {"name": "Knee to chest", "slug": "", "language": "en", "do": "create"}
        answer = signed_in(world.curator).post(self.PLACE, form)
        made = Exercise.objects.get(slug="knee-to-chest-2")
        assert answer["Location"] == desk(library.newest(made))
        assert (made.clinic, library.newest(made).steps) == (None, [])

    @pytest.mark.parametrize("kind", ["create", "routine_create"])
    def test_is_written_in_the_language_of_its_writer_unless_they_choose_another(
        self, world: World, kind: str
    ) -> None:
        reading.change(world.curator, language="es")
        page = signed_in(world.curator).get(reverse(f"exercises:{kind}")).content.decode()
        assert re.findall(r'<option value="(\w+)" selected>', page) == ["es"]

    def test_of_a_copy_is_in_the_language_of_the_other(self, world: World) -> None:
        reading.change(world.curator, language="es")
        page = (
            signed_in(world.curator).get(self.PLACE, {"source": str(world.knee_to_chest.pk)}).content.decode()
        )
        assert re.findall(r'<option value="(\w+)" selected>', page) == ["en"]

    def test_of_a_name_without_latin_letters_has_a_short_name_too(self, world: World) -> None:
        signed_in(world.curator).post(self.PLACE, {"name": "تمدد", "language": "en", "do": "create"})
        assert Exercise.objects.filter(slug="exercise").exists()

    def test_begins_from_a_copy(self, world: World, draft: Revision) -> None:
        draft = publishing.save_draft(world.curator, draft.exercise, {"review_notes": ["Who?"]})
        publishing.publish(None, draft)
        form = {"name": "Cobra", "language": "en", "source": str(draft.exercise_id), "do": "create"}
        signed_in(world.curator).post(self.PLACE, form)
        copy = library.newest(Exercise.objects.get(slug="cobra"))
        assert (copy.name, copy.steps, copy.figure) == ("Cobra", WHOLE["steps"], FIGURE)
        assert copy.review_notes == []

    def test_looks_for_what_to_copy_and_makes_nothing(self, world: World) -> None:
        form = {"name": "Half", "find": "hamstring", "do": "look"}
        page = signed_in(world.curator).post(self.PLACE, form).content.decode()
        assert "Lying hamstring stretch" in page
        assert "Its short name will be half" in page
        assert not Exercise.objects.filter(slug="half").exists()

    def test_of_nothing_that_one_may_read_is_no_copy_made(self, world: World) -> None:
        theirs = make_exercise("Theirs", clinic=world.far_clinic)
        assert signed_in(world.curator).get(self.PLACE, {"source": str(theirs.pk)}).status_code == 404
        assert signed_in(world.curator).get(self.PLACE, {"source": "x"}).status_code == 404

    def test_of_a_taken_short_name_is_refused(self, world: World) -> None:
        form = {"name": "Mine", "slug": "knee-to-chest", "language": "en", "do": "create"}
        answer = signed_in(world.curator).post(self.PLACE, form)
        assert answer.status_code == 422
        assert "This short name is taken already." in answer.content.decode()

    def test_of_a_clinic_is_for_its_prescribers(self, world: World) -> None:
        form = {"name": "Ours", "language": "en", "do": "create"}
        signed_in(world.clinician).post(self.PLACE, form)
        assert Exercise.objects.get(slug="ours").clinic == world.clinic
        for person in (world.assistant, world.viewer, world.patient, world.operator):
            assert signed_in(person).get(self.PLACE).status_code == 403

    def test_goes_where_somebody_with_two_libraries_says(self, world: World) -> None:
        Membership.objects.create(user=world.curator, clinic=world.clinic, role=Role.CLINICIAN)
        form = {"name": "Ours", "language": "en", "do": "create"}
        assert signed_in(world.curator).post(self.PLACE, form).status_code == 422
        signed_in(world.curator).post(self.PLACE, form | {"library": str(world.clinic.pk)})
        assert Exercise.objects.get(slug="ours").clinic == world.clinic
        other = form | {"library": str(world.far_clinic.pk)}
        assert signed_in(world.curator).post(self.PLACE, other).status_code == 422


class TestAClinicsOwn:
    def test_is_written_by_its_prescribers_alone(self, world: World) -> None:
        own = publishing.create_exercise(world.owner, clinic=world.clinic, slug="own", content=WHOLE)
        draft = own.revisions.get()
        for person, status in (
            (world.clinician, 200),
            (world.viewer, 403),
            (world.curator, 404),
            (world.stranger_clinician, 404),
        ):
            assert signed_in(person).get(desk(draft)).status_code == status
        assert "In the library of Holdwell Practice." in (
            signed_in(world.clinician).get(desk(draft)).content.decode()
        )


class TestThrowingADraftAway:
    def test_says_first_what_goes(self, world: World, draft: Revision) -> None:
        publishing.comment(world.reviewer, draft, "Nice.")
        place = reverse("exercises:discard", args=[draft.pk])
        page = signed_in(world.curator).get(place).content.decode()
        assert "1 comment on it" in page
        assert "the exercise itself" in page
        answer = signed_in(world.curator).post(place)
        assert answer["Location"] == reverse("exercises:list")
        assert not Exercise.objects.filter(slug="sphinx").exists()

    def test_leaves_what_is_published(self, world: World, draft: Revision) -> None:
        publishing.publish(None, draft)
        second = publishing.save_draft(world.curator, draft.exercise, {"name": "Second"})
        place = reverse("exercises:discard", args=[second.pk])
        page = signed_in(world.curator).get(place).content.decode()
        assert "Revision 1 stays published" in page
        signed_in(world.curator).post(place)
        assert library.newest(draft.exercise).number == 1
        published = reverse("exercises:discard", args=[draft.pk])
        assert signed_in(world.curator).post(published)["Location"].endswith(f"{draft.pk}/")

    def test_is_refused_in_words_where_another_one_names_it(self, world: World, draft: Revision) -> None:
        publishing.save_draft(world.curator, world.hamstring, {"easier": draft.exercise})
        answer = signed_in(world.curator).post(reverse("exercises:discard", args=[draft.pk]), follow=True)
        assert "Something else of the library names it" in answer.content.decode()
