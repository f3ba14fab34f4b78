"""Curators' part of the API: drafts, comments and the review, by the same verbs as the pages."""

import datetime as dt
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from clinic.models import User
from exercises import languages, publishing
from exercises.api import marks
from exercises.media import keeping
from exercises.models import Exercise, Medium, Revision, RevisionState, Routine
from tests.exercises.making import WHOLE
from tests.exercises.test_api import client_of
from tests.world import World, make_exercise

LIST = reverse("api:exercise-list")


@pytest.fixture
def curator(world: World) -> APIClient:
    return client_of(world.curator)


@pytest.fixture
def draft(world: World) -> Revision:
    exercise = publishing.create_exercise(world.curator, clinic=None, slug="sphinx", content=WHOLE)
    return exercise.revisions.get()


def at(thing: Exercise | Routine, act: str = "draft") -> str:
    return reverse(f"api:{thing.kind}-{act}", args=[thing.pk])


def etag_of(client: APIClient, thing: Exercise | Routine) -> str:
    return str(client.get(at(thing))["ETag"])


def test_an_exercise_is_begun_written_reviewed_and_published(world: World, curator: APIClient) -> None:
    begun = curator.post(LIST, {"slug": "sphinx", "content": {"name": "Sphinx"}})
    assert begun.status_code == 201
    assert {"steps", "safety", "figure"} <= begun.json()["lacking"].keys()
    exercise = Exercise.objects.get(slug="sphinx")
    written = curator.patch(at(exercise), WHOLE, headers={"If-Match": begun["ETag"]})
    assert (written.status_code, written.json()["lacking"]) == (200, {})
    assert curator.post(at(exercise, "submit")).json()["state"] == RevisionState.IN_REVIEW

    reviewer = client_of(world.reviewer)
    read = etag_of(reviewer, exercise)
    assert curator.post(at(exercise, "publish"), headers={"If-Match": read}).status_code == 403
    assert reviewer.post(at(exercise, "publish"), headers={"If-Match": read}).status_code == 200
    exercise.refresh_from_db()
    assert exercise.published is not None
    assert [row["state"] for row in curator.get(at(exercise, "history")).json()] == ["published"]


class TestWritingADraft:
    def test_says_what_it_was_made_from(self, curator: APIClient, draft: Revision) -> None:
        assert curator.patch(at(draft.exercise), {"name": "Other"}).status_code == 428

    def test_is_refused_when_somebody_else_wrote_meanwhile(
        self, world: World, curator: APIClient, draft: Revision
    ) -> None:
        read = etag_of(curator, draft.exercise)
        publishing.save_draft(world.reviewer, draft.exercise, {"summary": "Theirs."})
        refused = curator.patch(at(draft.exercise), {"name": "Other"}, headers={"If-Match": read})
        assert (refused.status_code, refused["Content-Type"]) == (412, "application/problem+json")
        draft.refresh_from_db()
        assert draft.name == "Sphinx"
        anyway = curator.patch(at(draft.exercise), {"name": "Other"}, headers={"If-Match": "*"})
        assert (anyway.json()["name"], anyway.json()["summary"]) == ("Other", "Theirs.")

    @pytest.mark.parametrize(
        ("content", "field"),
        [
            ({"colour": "blue"}, "colour"),
            ({"steps": [{"kind": "jump", "text": "Up."}]}, "steps"),
            ({"hold": 600}, "hold"),
            ({"easier": "00000000-0000-4000-8000-000000000000"}, "easier"),
            ({"hold": "long"}, "hold"),
        ],
    )
    def test_names_what_is_wrong(
        self, curator: APIClient, draft: Revision, content: dict[str, Any], field: str
    ) -> None:
        answer = curator.patch(at(draft.exercise), content, headers={"If-Match": "*"})
        assert answer.status_code == 400
        assert field in {error["field"] for error in answer.json()["errors"]}

    @pytest.mark.parametrize("sign", [r"\ud800", r"\u0000"])
    @pytest.mark.parametrize(
        "content",
        [
            '{"steps": [{"kind": "hold", "text": "Stay%s."}]}',
            '{"muscles": ["%s"]}',
            '{"cautions": [{"tag": "osteoporosis", "level": "avoid", "note": "%s"}]}',
            '{"media": [{"medium": "00000000-0000-4000-8000-000000000000", "alt": "%s"}]}',
            '{"translations": {"es": {"texts": {"name": "%s"}, "of": {"name": "x"}}}}',
            '{"figure": {"%s": 1}}',
            '{"name": "%s"}',
        ],
    )
    def test_of_signs_that_no_database_keeps_is_refused(
        self, curator: APIClient, draft: Revision, content: str, sign: str
    ) -> None:
        answer = curator.generic(
            "PATCH",
            at(draft.exercise),
            content % sign,
            content_type="application/json",
            headers={"If-Match": "*"},
        )
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")

    def test_throws_it_away(self, curator: APIClient, draft: Revision) -> None:
        gone = curator.delete(at(draft.exercise), headers={"If-Match": etag_of(curator, draft.exercise)})
        assert gone.status_code == 204
        assert not Exercise.objects.filter(slug="sphinx").exists()


def test_comments_are_written_and_settled(curator: APIClient, draft: Revision) -> None:
    said = curator.post(at(draft.exercise, "comments"), {"text": "Which knee?", "about": "steps"})
    assert said.status_code == 201
    settle = reverse("api:exercise-settle", args=[draft.exercise_id, said.json()["id"]])
    assert curator.post(settle).json()["settled_at"]
    assert len(curator.get(at(draft.exercise, "comments")).json()) == 1
    other = reverse("api:exercise-settle", args=[draft.exercise_id, draft.pk])
    assert curator.post(other).status_code == 404


def test_retiring_bringing_back_and_the_next_review(world: World, curator: APIClient) -> None:
    hamstring = world.hamstring
    instead = {"replaced_by": str(world.knee_to_chest.pk)}
    assert curator.post(at(hamstring, "retire"), instead).status_code == 403, "as on its page"
    reviewer = client_of(world.reviewer)
    assert reviewer.post(at(hamstring, "retire"), instead).status_code == 204
    hamstring.refresh_from_db()
    assert hamstring.replaced_by == world.knee_to_chest
    assert curator.post(at(hamstring, "bring-back")).status_code == 403
    assert reviewer.post(at(hamstring, "bring-back")).status_code == 204
    today = timezone.localdate()
    late = curator.post(at(hamstring, "schedule-review"), {"day": str(today - dt.timedelta(days=1))})
    assert (late.status_code, late.json()["errors"][0]["message"]) == (400, "Choose today or a later day.")
    assert curator.post(at(hamstring, "schedule-review"), {"day": str(today)}).status_code == 204
    assert curator.get(reverse("api:exercise-detail", args=[hamstring.pk])).json()["review_by"] == str(today)


def test_a_routine_is_written_in_the_same_way(world: World, curator: APIClient) -> None:
    items = [{"exercise": str(world.hamstring.pk), "hold": 20, "note": "Towel."}]
    written = curator.patch(
        at(world.routine), {"items": items}, headers={"If-Match": etag_of(curator, world.routine)}
    )
    assert written.status_code == 200
    assert (written.json()["revision"], written.json()["items"][0]["hold"]) == (2, 20)
    assert world.routine.published.items.count() == 2


def test_a_routine_is_begun_as_a_draft_of_the_shared_library(world: World, curator: APIClient) -> None:
    begun = curator.post(reverse("api:routine-begin"), {"content": {"name": "Evening stretches"}})
    assert begun.status_code == 201
    routine = Routine.objects.get(slug="evening-stretches")
    assert (routine.clinic, routine.published, begun.json()["thing"]) == (None, None, str(routine.pk))
    written = curator.patch(at(routine), {"notes": "Slowly."}, headers={"If-Match": begun["ETag"]})
    assert written.json()["notes"] == "Slowly."
    elsewhere = {"clinic": str(world.clinic.pk), "content": {"name": "Ours"}}
    assert curator.post(reverse("api:routine-begin"), elsewhere).status_code == 400


class TestTheETag:
    def test_of_a_packed_answer_is_as_good(self, curator: APIClient, draft: Revision) -> None:
        packed = curator.get(at(draft.exercise), headers={"Accept-Encoding": "gzip"})
        assert packed["ETag"].startswith("W/")
        written = curator.patch(at(draft.exercise), {"name": "Other"}, headers={"If-Match": packed["ETag"]})
        assert written.status_code == 200

    def test_is_another_one_when_the_draft_lacks_something_else(
        self, world: World, curator: APIClient
    ) -> None:
        """What is said of a photo is no part of the draft that shows it."""
        medium = Medium.objects.create(kind="photo", name="Knee", sha256="0" * 64, bytes=5, width=4, height=3)
        exercise = publishing.create_exercise(world.curator, clinic=None, slug="cat", content=WHOLE)
        keeping.attach(world.curator, exercise, medium, alt="A knee.")
        before = curator.get(at(exercise))
        assert "media" in before.json()["lacking"]
        keeping.describe(world.curator, medium, {"licence": "CC BY 4.0", "shows_person": False})
        again = curator.get(at(exercise), headers={"If-None-Match": before["ETag"]})
        assert (again.status_code, again.json()["lacking"]) == (200, {})
        written = curator.patch(at(exercise), {"name": "Cat"}, headers={"If-Match": before["ETag"]})
        assert written.status_code == 200, "the draft is as it was read"

    @pytest.mark.parametrize("act", ["draft", "comments"])
    def test_is_asked_for_without_a_change(self, world: World, curator: APIClient, act: str) -> None:
        """HEAD is GET without its body, whatever else is sent with it."""
        address = at(world.hamstring, act)
        assert curator.head(address, headers={"If-Match": "*"}).status_code == 200
        assert world.hamstring.revisions.count() == 1

    def test_is_looked_at_once_more_as_something_is_written(
        self, world: World, curator: APIClient, draft: Revision, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Between the look at the ETag and the act somebody else may write."""
        publishing.submit(world.curator, draft)
        reviewer, address = client_of(world.reviewer), at(draft.exercise)
        real = marks.read

        def read(request: Any, mark: str) -> str | None:
            found = real(request, mark)
            publishing.save_draft(world.curator, draft.exercise, {"name": "In between"})
            publishing.submit(world.curator, draft.exercise.revisions.get())
            return found

        for method, act in (("post", "publish"), ("delete", "draft"), ("patch", "draft")):
            tag = etag_of(reviewer, draft.exercise)
            with monkeypatch.context() as patched:
                patched.setattr(marks, "read", read)
                answer = getattr(reviewer, method)(at(draft.exercise, act), headers={"If-Match": tag})
            assert answer.status_code == 412, act
        assert reviewer.get(address).json()["state"] == RevisionState.IN_REVIEW


@pytest.mark.parametrize("comment", ["-" * 36, "0" * 36, "a-b"])
def test_a_comment_of_no_id_does_not_exist(curator: APIClient, draft: Revision, comment: str) -> None:
    address = f"{at(draft.exercise, 'comments')}{comment}/settle/"
    assert curator.post(address).status_code == 404


class TestWhatIsInWork:
    def test_is_listed_for_those_who_write_there(
        self, world: World, curator: APIClient, draft: Revision
    ) -> None:
        publishing.create_exercise(
            world.clinician, clinic=world.clinic, slug="ours", content={"name": "Ours"}
        )
        publishing.save_draft(world.clinician, world.routine, {"summary": "New."})
        listed = reverse("api:exercise-in-work")
        (row,) = curator.get(listed).json()["results"]
        assert (row["thing"], row["state"], row["name"]) == (str(draft.exercise_id), "draft", "Sphinx")
        (own,) = client_of(world.owner).get(listed).json()["results"]
        assert (own["clinic"], own["name"]) == (str(world.clinic.pk), "Ours")
        assert client_of(world.stranger_clinician).get(listed).json()["results"] == []
        assert client_of(world.viewer).get(listed).status_code == 403
        (routine,) = curator.get(reverse("api:routine-in-work")).json()["results"]
        assert (routine["thing"], routine["revision"]) == (str(world.routine.pk), 2)

    @pytest.mark.parametrize("kind", ["exercise", "routine"])
    def test_takes_as_many_queries_however_much_it_is(
        self, world: World, kind: str, django_assert_num_queries: Any
    ) -> None:
        begin = publishing.create_exercise if kind == "exercise" else publishing.create_routine
        for number in (1, 2, 3):
            begin(world.curator, clinic=None, slug=f"a-{number}", content={"name": f"A {number}"})
            client = client_of(User.objects.get(pk=world.curator.pk))
            with django_assert_num_queries(3):  # the person's places, how many, the rows
                listed = client.get(reverse(f"api:{kind}-in-work")).json()
            assert listed["count"] == number


class TestFormerRevisions:
    @pytest.mark.parametrize("kind", ["exercise", "routine"])
    def test_are_read_by_whoever_reads_the_library(self, world: World, draft: Revision, kind: str) -> None:
        publishing.publish(world.reviewer, publishing.submit(world.curator, draft))
        thing: Any = draft.exercise if kind == "exercise" else world.routine
        thing.refresh_from_db()
        before = thing.published.summary
        publishing.publish(None, publishing.save_draft(None, thing, {"summary": "Another."}))
        publishing.save_draft(world.curator, thing, {"summary": "In work."})
        viewer = client_of(world.viewer)
        history = viewer.get(at(thing, "history")).json()
        assert [row["revision"] for row in history] == [2, 1]
        assert {name for row in history for name in (row["edited_by"], row["published_by"])} == {None}
        written = client_of(world.curator).get(at(thing, "history")).json()
        assert (written[0]["revision"], written[0]["edited_by"]) == (3, "Curator")

        def read(number: int) -> Any:
            return viewer.get(reverse(f"api:{kind}-former", args=[thing.pk, number]))

        assert [read(number).json()["summary"] for number in (1, 2)] == [before, "Another."]
        again = viewer.get(
            reverse(f"api:{kind}-former", args=[thing.pk, 1]), headers={"If-None-Match": read(1)["ETag"]}
        )
        assert again.status_code == 304
        assert [read(number).status_code for number in (0, 3, 999999999)] == [404, 404, 404]

    def test_of_another_clinic_do_not_exist(self, world: World) -> None:
        ours = make_exercise("Ours", clinic=world.clinic)
        for address in (at(ours, "history"), reverse("api:exercise-former", args=[ours.pk, 1])):
            assert client_of(world.viewer).get(address).status_code == 200
            for who in (world.stranger_clinician, world.curator, world.patient):
                assert client_of(who).get(address).status_code == 404


class TestReading:
    def test_is_in_the_language_that_is_asked_for(self, world: World) -> None:
        exercise = world.knee_to_chest
        made = languages.made(exercise.published, {"name": "Rodilla al pecho"})
        Revision.objects.filter(pk=exercise.published_id).update(translations={"es": made})
        address = reverse("api:exercise-detail", args=[exercise.pk])
        answer = client_of(world.viewer).get(address, headers={"Accept-Language": "es"})
        assert answer.json()["published"]["name"] == "Rodilla al pecho"
        assert (answer["Content-Language"], answer.json()["published"]["translated"]) == ("es", ["es"])
        assert "Accept-Language" in answer["Vary"]

    @pytest.mark.parametrize("name", ["exercise", "routine"])
    def test_again_costs_nothing_while_nothing_changed(self, world: World, name: str) -> None:
        viewer = client_of(world.viewer)
        for address in (
            reverse(f"api:{name}-list"),
            reverse(
                f"api:{name}-detail", args=[(world.routine if name == "routine" else world.hamstring).pk]
            ),
        ):
            first = viewer.get(address)
            again = viewer.get(address, headers={"If-None-Match": first["ETag"]})
            assert (again.status_code, again.content) == (304, b"")
            other = viewer.get(address, headers={"If-None-Match": '"other"'})
            assert other.status_code == 200

    def test_is_new_once_something_is_published(self, world: World) -> None:
        viewer = client_of(world.viewer)
        first = viewer.get(LIST)
        publishing.retire(world.curator, world.hamstring)
        assert viewer.get(LIST, headers={"If-None-Match": first["ETag"]}).status_code == 200
