"""The translation page: side by side, marks of what changed, and nothing of somebody else written over."""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from exercises import languages, publishing
from exercises.models import Revision
from tests.exercises.making import WHOLE
from tests.world import World

TYPED = {"name": "Esfinge", "steps-0": "Apóyese en los antebrazos.", "steps-1": "Mantenga."}


@pytest.fixture
def draft(world: World) -> Revision:
    exercise = publishing.create_exercise(world.curator, clinic=None, slug="sphinx", content=WHOLE)
    return exercise.revisions.get()


@pytest.fixture
def curator(world: World, client: Client) -> Client:
    client.force_login(world.curator)
    return client


def address(revision: Revision, language: str = "es") -> str:
    return reverse("exercises:translate", args=[revision.pk, language])


def send(curator: Client, revision: Revision, **typed: str) -> HttpResponse:
    data = {"based_on": publishing.mark(revision), **TYPED} | typed
    return curator.post(address(revision), data)


def test_each_text_and_each_step_stands_beside_its_translation(curator: Client, draft: Revision) -> None:
    page = curator.get(address(draft)).content.decode()
    for original in ("Sphinx", "Prop yourself up.", "It should never hurt."):
        assert original in page
    assert page.count('lang="es"') == 6  # name, two steps, safety, two pictures in words
    assert "not translated" in page


def test_it_is_reached_from_the_draft_and_from_what_is_published(
    world: World, curator: Client, draft: Revision
) -> None:
    page = curator.get(reverse("exercises:revision", args=[draft.pk])).content.decode()
    assert address(draft, "de") in page
    publishing.publish(None, draft)
    shelf = reverse("exercises:detail", args=[draft.exercise_id])
    assert address(draft, "de") in curator.get(shelf).content.decode()
    curator.force_login(world.viewer)
    assert address(draft, "de") not in curator.get(shelf).content.decode()


def test_what_is_typed_is_kept_in_the_draft(curator: Client, draft: Revision) -> None:
    assert send(curator, draft).status_code == 302
    draft.refresh_from_db()
    told = languages.texts(draft, "es")
    assert (told.name, told.steps[1]["text"], told.safety) == ("Esfinge", "Mantenga.", WHOLE["safety"])
    page = curator.get(address(draft)).content.decode()
    assert "2/5" in page


def test_a_published_revision_stays_and_a_draft_begins(curator: Client, draft: Revision) -> None:
    publishing.publish(None, draft)
    draft.refresh_from_db()
    send(curator, draft)
    later = draft.exercise.revisions.get(number=2)
    assert languages.texts(later, "es").name == "Esfinge"
    assert Revision.objects.get(pk=draft.pk).translations == {}


class TestAChangedOriginal:
    @pytest.fixture
    def changed(self, curator: Client, draft: Revision) -> Revision:
        publishing.publish(None, draft)
        draft.refresh_from_db()
        send(curator, draft, safety="No debe doler.")
        later = draft.exercise.revisions.get(number=2)
        saved: Revision = publishing.save_draft(None, later.exercise, {"safety": "Stop when it hurts."})
        return saved

    def test_is_marked_with_what_it_said_before(self, curator: Client, changed: Revision) -> None:
        page = curator.get(address(changed)).content.decode()
        assert "changed since translated" in page
        assert "It should never hurt." in page

    def test_stays_marked_when_other_texts_are_saved(self, curator: Client, changed: Revision) -> None:
        send(curator, changed, safety="No debe doler.", name="La esfinge")
        changed.refresh_from_db()
        assert languages.texts(changed, "es").name == "La esfinge"
        assert languages.texts(changed, "es").safety == "Stop when it hurts."

    @pytest.mark.parametrize(
        "typed",
        [{"safety": "Pare si duele."}, {"safety": "No debe doler.", "safety-holds": "on"}],
        ids=["written anew", "confirmed"],
    )
    def test_holds_again_once_somebody_has_looked(
        self, curator: Client, changed: Revision, typed: dict[str, str]
    ) -> None:
        send(curator, changed, **typed)
        changed.refresh_from_db()
        assert languages.texts(changed, "es").safety == typed["safety"]


def test_half_of_the_steps_is_kept_and_not_shown(curator: Client, draft: Revision) -> None:
    send(curator, draft, **{"steps-1": ""})
    draft.refresh_from_db()
    assert draft.translations["es"]["texts"]["steps"] == ["Apóyese en los antebrazos.", ""]
    assert languages.texts(draft, "es").steps == draft.steps


def test_what_somebody_else_saved_is_not_written_over_unasked(
    world: World, curator: Client, draft: Revision
) -> None:
    seen = publishing.mark(draft)
    publishing.save_draft(world.reviewer, draft.exercise, {"summary": "Theirs."})
    refused = send(curator, draft, based_on=seen)
    assert refused.status_code == 409
    page = refused.content.decode()
    assert "Esfinge" in page
    draft.refresh_from_db()
    assert draft.translations == {}
    send(curator, draft, based_on=seen, over=publishing.mark(draft))
    draft.refresh_from_db()
    assert (languages.texts(draft, "es").name, draft.summary) == ("Esfinge", "Theirs.")


def test_a_text_that_is_too_long_is_refused_and_kept_as_typed(curator: Client, draft: Revision) -> None:
    refused = send(curator, draft, name="x" * 121)
    assert refused.status_code == 422
    assert "x" * 121 in refused.content.decode()


@pytest.mark.parametrize("language", ["en", "xx", "fr"])
def test_there_is_no_page_for_other_languages(curator: Client, draft: Revision, language: str) -> None:
    assert curator.get(address(draft, language)).status_code == 404
