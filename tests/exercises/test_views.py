"""The library's pages: who sees what, how it is searched, and a draft on its way through review."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import User
from exercises import publishing, shipping
from exercises.models import Exercise, Revision, RevisionState
from exercises.views import EXERCISES_A_PAGE
from tests.exercises.making import WHOLE
from tests.world import World, make_exercise

LIST = reverse("exercises:list")


@pytest.fixture
def draft(world: World) -> Revision:
    notes = {"review_notes": ["Is the <hold> right?"]}
    exercise = publishing.create_exercise(world.curator, clinic=None, slug="sphinx", content=WHOLE | notes)
    return exercise.revisions.get()


@pytest.fixture
def shipped(world: World) -> None:
    """The library that Holdwell ships, in place of the cast's own two stretches."""
    Exercise.objects.filter(slug="knee-to-chest").update(slug="of-the-cast")
    Exercise.objects.update(retired_at=timezone.now())
    shipping.load()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def names(client: Client, **query: str) -> list[str]:
    page = client.get(LIST, query).content.decode()
    return re.findall(r'class="hw-list-name" href="[^"]*">([^<]*)<', page)


def page(client: Client, name: str, pk: object) -> str:
    answer = client.get(reverse(name, args=[pk]))
    assert answer.status_code == 200
    return answer.content.decode()


class TestTheShelf:
    def test_shows_what_is_published_by_name(self, world: World, draft: Revision) -> None:
        assert names(signed_in(world.viewer)) == ["Knee to chest", "Lying hamstring stretch"]

    def test_shows_a_clinics_own_exercises_to_that_clinic_alone(self, world: World) -> None:
        make_exercise("Ours alone", clinic=world.clinic)
        assert "Ours alone" in names(signed_in(world.viewer))
        assert "Ours alone" not in names(signed_in(world.stranger_clinician))
        assert "Ours alone" not in names(signed_in(world.curator))

    def test_hides_what_is_retired(self, world: World) -> None:
        publishing.retire(world.reviewer, world.knee_to_chest)
        assert names(signed_in(world.viewer)) == ["Lying hamstring stretch"]
        assert names(signed_in(world.curator), state="retired") == ["Knee to chest"]

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"text": "figure four"}, ["Piriformis stretch"]),
            ({"text": "ILIACUS"}, []),
            ({"text": "iliopsoas"}, ["Hip flexor lunge"]),
            ({"text": "knee chest"}, ["Knee to chest"]),
            ({"region": "calf"}, ["Hamstring stretch with a towel"]),
            (
                {"region": "back", "position": "standing"},
                ["Chair-supported forward bend", "Standing back flexion"],
            ),
            ({"position": "side_lying"}, ["Side-lying quadriceps stretch"]),
            ({"text": "%"}, []),
            ({"text": '"'}, []),
        ],
    )
    def test_is_searched_by_words_region_and_position(
        self, world: World, shipped: None, query: dict[str, str], found: list[str]
    ) -> None:
        assert names(signed_in(world.viewer), **query) == found

    def test_keeps_what_was_asked_and_offers_to_drop_it(self, world: World) -> None:
        text = signed_in(world.viewer).get(LIST, {"text": "<nothing>", "region": "back"}).content.decode()
        assert 'value="&lt;nothing&gt;"' in text
        assert 'name="region" value="back" checked>' in text
        assert 'href="?text=%3Cnothing%3E">back' in text
        assert "No exercise fits" in text

    def test_does_not_mind_nonsense_in_the_address(self, world: World) -> None:
        query = {"region": "x", "position": "y", "state": "draft", "page": "minus one"}
        assert len(names(signed_in(world.viewer), **query)) == 2

    def test_finds_letters_with_marks(self, world: World, draft: Revision) -> None:
        publishing.save_draft(world.curator, draft.exercise, {"synonyms": ["Étirement"]})
        assert names(signed_in(world.curator), state="draft", text="Étirement") == ["Sphinx"]

    def test_takes_the_same_few_queries_for_a_full_page(
        self, world: World, django_assert_max_num_queries: object
    ) -> None:
        for number in range(EXERCISES_A_PAGE + 2):
            make_exercise(f"Stretch {number}")
        client = signed_in(world.clinician)
        with django_assert_max_num_queries(10):  # type: ignore[operator]
            assert len(names(client)) == EXERCISES_A_PAGE
        assert len(names(client, page="2")) == 4


class TestDrafts:
    def test_are_on_the_shelf_of_curators_only(self, world: World, draft: Revision) -> None:
        assert names(signed_in(world.curator), state="draft") == ["Sphinx"]
        assert names(signed_in(world.curator), state="in_review") == []
        assert "Sphinx" not in names(signed_in(world.owner), state="draft")

    def test_come_in_from_a_file_that_the_shelf_leads_to(self, world: World) -> None:
        shelf, file = reverse("exercises:list"), reverse("exercises:import")
        assert file in signed_in(world.curator).get(shelf).content.decode()
        assert file not in signed_in(world.viewer).get(shelf).content.decode()

    def test_show_what_is_to_be_checked(self, world: World, draft: Revision) -> None:
        text = page(signed_in(world.curator), "exercises:revision", draft.pk)
        assert "Is the &lt;hold&gt; right?" in text

    def test_say_what_is_missing_instead_of_offering_to_hand_in(self, world: World) -> None:
        exercise = publishing.create_exercise(
            world.curator, clinic=None, slug="bare", content={"name": "Bare"}
        )
        text = page(signed_in(world.curator), "exercises:revision", exercise.revisions.get().pk)
        assert "Still missing" in text
        assert text.count("Say in words what the picture shows.") == 1
        assert "Hand in for review" not in text

    def test_show_what_changed_against_the_published_revision(self, world: World, draft: Revision) -> None:
        publishing.publish(None, draft)
        second = publishing.save_draft(world.curator, draft.exercise, {"safety": "Now <different>."})
        text = page(signed_in(world.reviewer), "exercises:revision", second.pk)
        assert "Changed against revision 1" in text
        assert "It should never hurt." in text
        assert "Now &lt;different&gt;." in text

    def test_are_announced_to_curators_on_the_published_page(self, world: World, draft: Revision) -> None:
        publishing.publish(None, draft)
        publishing.save_draft(world.curator, draft.exercise, {"safety": "Different."})
        assert "is in work" in page(signed_in(world.curator), "exercises:detail", draft.exercise.pk)
        assert "is in work" not in page(signed_in(world.viewer), "exercises:detail", draft.exercise.pk)

    def test_do_not_exist_for_staff_before_they_are_published(self, world: World, draft: Revision) -> None:
        for user in (world.owner, world.curator):
            assert (
                signed_in(user).get(reverse("exercises:detail", args=[draft.exercise.pk])).status_code == 404
            )


class TestTheReview:
    def test_curator_hands_in_reviewer_publishes_everybody_reads(self, world: World, draft: Revision) -> None:
        submit, publish = (reverse(f"exercises:{act}", args=[draft.pk]) for act in ("submit", "publish"))
        curator, reviewer = signed_in(world.curator), signed_in(world.reviewer)

        assert "Hand in for review" in page(curator, "exercises:revision", draft.pk)
        curator.post(submit)
        assert "A reviewer reads it" in page(curator, "exercises:revision", draft.pk)
        assert 'type="submit" class="btn btn-primary">Publish' in page(
            reviewer, "exercises:revision", draft.pk
        )
        answer = reviewer.post(publish, follow=True)

        assert "Published." in answer.content.decode()
        assert "Sphinx" in names(signed_in(world.viewer))

    def test_the_last_editor_is_told_that_somebody_else_publishes(
        self, world: World, draft: Revision
    ) -> None:
        publishing.save_draft(world.reviewer, draft.exercise, {"summary": "Mine."})
        publishing.submit(world.reviewer, draft)
        reviewer = signed_in(world.reviewer)
        assert "You edited this last" in page(reviewer, "exercises:revision", draft.pk)
        answer = reviewer.post(reverse("exercises:publish", args=[draft.pk]), follow=True)
        assert "somebody else has to publish it" in answer.content.decode()
        draft.refresh_from_db()
        assert draft.state == RevisionState.IN_REVIEW

    def test_looking_changes_nothing(self, world: World, draft: Revision) -> None:
        for act in ("submit", "publish"):
            assert (
                signed_in(world.reviewer).get(reverse(f"exercises:{act}", args=[draft.pk])).status_code == 405
            )


class TestOneStretch:
    def test_has_figures_steps_cautions_dosage_and_evidence(self, world: World, shipped: None) -> None:
        exercise = Exercise.objects.get(slug="knee-to-chest")
        text = page(signed_in(world.viewer), "exercises:detail", exercise.pk)
        assert text.count('<svg xmlns="http://www.w3.org/2000/svg" class="fig"') == 2
        assert text.count('<script id="film"') == 1
        for words in (
            "Draw the knee towards your chest",
            "avoid",
            "30 s, each side",
            "Mayo Clinic",
            "Licence: MIT.",
        ):
            assert words in text

    def test_without_a_figure_has_its_words(self, world: World) -> None:
        text = page(signed_in(world.viewer), "exercises:detail", world.knee_to_chest.pk)
        assert "There is no picture yet." in text
        assert "No picture yet" in signed_in(world.viewer).get(LIST).content.decode()

    def test_says_when_it_is_retired(self, world: World) -> None:
        publishing.retire(world.reviewer, world.knee_to_chest)
        assert "has been retired" in page(signed_in(world.viewer), "exercises:detail", world.knee_to_chest.pk)

    def test_of_another_clinic_does_not_exist(self, world: World) -> None:
        theirs = make_exercise("Theirs", clinic=world.far_clinic)
        for user in (world.owner, world.reviewer):
            client = signed_in(user)
            assert client.get(reverse("exercises:detail", args=[theirs.pk])).status_code == 404
            assert client.get(reverse("exercises:revision", args=[theirs.published_id])).status_code == 404
            assert client.post(reverse("exercises:publish", args=[theirs.published_id])).status_code == 404
