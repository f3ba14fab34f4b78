"""Two revisions beside each other in the API: what the page tells, for whom the page tells it."""

from typing import Any

import pytest
from django.urls import reverse

from clinic.models import User
from exercises import comparing, copying, languages, publishing
from exercises.api.serializers import DraftSerializer, RoutineDraftSerializer
from exercises.models import Exercise, Revision, Routine
from exercises.routine_content import RoutineLine
from tests.exercises.making import WHOLE
from tests.exercises.test_api import client_of
from tests.world import World, make_exercise


@pytest.fixture
def exercise(world: World) -> Exercise:
    """Published twice; a third revision is in work."""
    made = publishing.create_exercise(world.curator, clinic=None, slug="sphinx", content=WHOLE)
    publishing.publish(None, made.revisions.get())
    publishing.publish(None, publishing.save_draft(world.curator, made, {"safety": "It must never hurt."}))
    publishing.save_draft(world.curator, made, {"safety": "It must never, never hurt.", "hold": 20})
    made.refresh_from_db()
    return made


def compared(user: User, thing: Exercise | Routine, **query: Any) -> Any:
    """`before` and `after` are asked for as `from` and `to`."""
    asked = {{"before": "from", "after": "to"}[name]: value for name, value in query.items()}
    return client_of(user).get(reverse(f"api:{thing.kind}-compare", args=[thing.pk]), asked)


def numbers(answer: Any) -> tuple[int, int]:
    return answer.json()["before"], answer.json()["after"]


def changes(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200
    return {change["field"]: change for change in answer.json()["changes"]}


class TestAStretch:
    def test_says_what_reads_differently_word_by_word(self, world: World, exercise: Exercise) -> None:
        (change,) = changes(compared(world.viewer, exercise, before=1, after=2)).values()
        assert (change["field"], change["label"], change["shape"]) == ("safety", "safety", "text")
        assert (change["before"], change["after"]) == (
            {"safety": WHOLE["safety"]},
            {"safety": "It must never hurt."},
        )
        assert {"op": "added", "text": "must "} in change["pieces"]

    def test_says_the_dosage_as_a_whole(self, world: World, exercise: Exercise) -> None:
        dosage = changes(compared(world.curator, exercise, before=2, after=3))["hold"]
        assert (dosage["label"], dosage["shape"]) == ("Dosage", "table")
        assert (dosage["before"]["hold"], dosage["after"]["hold"]) == (30, 20)
        assert [row for row in dosage["table"] if row["changed"]] == [
            {"label": "hold (s)", "before": "30", "after": "20", "changed": True}
        ]

    def test_says_rows_poses_variants_and_translations(self, world: World, exercise: Exercise) -> None:
        draft = exercise.latest
        figure = draft.figure | {"held": draft.figure["start"]}
        german = {"de": languages.made(draft, {"name": "Sphinx", "safety": "Nie soll es wehtun."})}
        publishing.save_draft(
            world.curator,
            exercise,
            {
                "figure": figure,
                "steps": draft.steps[:-1],
                "easier": world.hamstring,
                "regions": ["calf"],
                "translations": german,
            },
        )
        told = changes(compared(world.curator, exercise))
        assert [row["op"] for row in told["steps"]["rows"]][-1] == "removed"
        assert told["figure"]["shape"] == "poses"
        assert told["figure"]["after"]["figure"]["held"] == draft.figure["start"]
        assert told["easier"]["after"] == {"easier": str(world.hamstring.pk)}
        assert told["easier"]["pieces"] == [{"op": "added", "text": "Lying hamstring stretch"}]
        assert {"op": "removed", "text": "back"} in told["regions"]["pieces"]
        (language,) = told["translations"]["languages"]
        assert (language["language"], language["name"], language["op"]) == ("de", "Deutsch", "added")
        assert "steps" in language["missing"]
        assert {text["label"] for text in language["texts"]} == {"name", "safety"}

    def test_is_the_newest_one_against_what_is_published(self, world: World, exercise: Exercise) -> None:
        assert numbers(compared(world.curator, exercise)) == (2, 3)
        assert numbers(compared(world.viewer, exercise)) == (1, 2), "as far as they read it"
        assert numbers(compared(world.curator, exercise, after=2)) == (1, 2)
        assert numbers(compared(world.curator, exercise, before=1)) == (1, 3)
        assert numbers(compared(world.viewer, world.hamstring)) == (1, 1)
        assert changes(compared(world.viewer, world.hamstring)) == {}

    def test_in_work_is_for_those_who_write_there(self, world: World, exercise: Exercise) -> None:
        for user in (world.curator, world.reviewer):
            assert compared(user, exercise, before=1, after=3).status_code == 200
        for user in (world.viewer, world.clinician):
            assert compared(user, exercise, before=1, after=3).status_code == 404
        own = make_exercise("Ours", clinic=world.clinic)
        publishing.save_draft(world.clinician, own, {"summary": "New."})
        assert compared(world.clinician, own, after=2).status_code == 200
        assert compared(world.viewer, own, after=2).status_code == 404

    def test_of_another_clinic_or_never_published_does_not_exist(self, world: World) -> None:
        own = make_exercise("Ours", clinic=world.clinic)
        assert compared(world.viewer, own).status_code == 200
        for user in (world.stranger_clinician, world.curator, world.patient):
            assert compared(user, own).status_code == 404
        begun = publishing.create_exercise(world.curator, clinic=None, slug="new", content={"name": "New"})
        assert compared(world.curator, begun).status_code == 404

    def test_is_read_once_it_is_retired(self, world: World, exercise: Exercise) -> None:
        publishing.retire(world.reviewer, exercise)
        assert numbers(compared(world.viewer, exercise)) == (1, 2)

    @pytest.mark.parametrize("number", ["x", "²", "0", "-1", "1.5", "9" * 30])
    @pytest.mark.parametrize("name", ["before", "after"])
    def test_of_what_is_no_number_is_answered_by_field(self, world: World, name: str, number: str) -> None:
        answer = compared(world.viewer, world.hamstring, **{name: number})
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
        (error,) = answer.json()["errors"]
        assert error["field"] == {"before": "from", "after": "to"}[name]
        assert error["message"].endswith(".")

    def test_of_a_number_that_nobody_gave_is_not_found(self, world: World) -> None:
        assert compared(world.viewer, world.hamstring, before=2).status_code == 404
        assert compared(world.viewer, world.hamstring, after=999_999_999).status_code == 404


def test_a_routine_is_compared_item_by_item(world: World) -> None:
    lines = [
        RoutineLine(e, e.published.dosage) for e in (world.knee_to_chest, world.hamstring) if e.published
    ]
    publishing.save_draft(world.curator, world.routine, {"items": lines[1:], "notes": "Slowly."})
    told = changes(compared(world.curator, world.routine))
    assert [row["op"] for row in told["items"]["rows"]] == ["removed", "same"]
    assert [item["exercise"] for item in told["items"]["after"]["items"]] == [str(world.hamstring.pk)]
    assert told["notes"]["after"] == {"notes": "Slowly."}
    assert compared(world.viewer, world.routine, after=2).status_code == 404
    assert compared(world.patient, world.routine).status_code == 404


def test_every_field_that_a_page_compares_has_its_values(world: World) -> None:
    for serializer, revision in (
        (DraftSerializer, world.hamstring.published),
        (RoutineDraftSerializer, world.routine.published),
    ):
        assert revision is not None
        assert comparing.labels(revision).keys() <= serializer().fields.keys()


def test_labels_and_words_are_in_the_language_that_is_asked_for(world: World, exercise: Exercise) -> None:
    address = reverse("api:exercise-compare", args=[exercise.pk])
    answer = client_of(world.curator).get(address, headers={"Accept-Language": "de"})
    assert changes(answer)["hold"]["label"] == "Dosierung"


@pytest.mark.parametrize("kind", ["exercise", "routine"])
def test_a_comparison_that_stayed_the_same_is_not_sent_again(
    world: World, exercise: Exercise, kind: str
) -> None:
    thing: Any = exercise if kind == "exercise" else world.routine
    client, address = client_of(world.curator), reverse(f"api:{kind}-compare", args=[thing.pk])
    first = client.get(address)
    again = client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    publishing.save_draft(world.curator, thing, {"summary": "Another."})
    assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 200


@pytest.mark.parametrize("kind", ["exercise", "routine"])
def test_a_comparison_takes_as_many_queries_however_much_differs(
    world: World, exercise: Exercise, kind: str, django_assert_num_queries: Any
) -> None:
    thing: Any = exercise if kind == "exercise" else world.routine
    lines = [RoutineLine(e, e.published.dosage) for e in (world.knee_to_chest, world.hamstring)]  # type: ignore[union-attr]
    little: dict[str, Any] = {"summary": "Another."}
    much = {
        "exercise": {"easier": world.hamstring, "harder": world.knee_to_chest, "steps": [], "figure": {}},
        "routine": {"items": lines * 4, "notes": "Slowly."},
    }[kind]
    address = reverse(f"api:{kind}-compare", args=[thing.pk])
    for content in (little, little | much):
        publishing.save_draft(world.curator, thing, content)
        client = client_of(User.objects.get(pk=world.curator.pk))
        # The person's places, the thing, the numbers, the two; of a routine the exercises of both, as words and values.
        items = 4 if content != little and kind == "routine" else 2 if kind == "routine" else 0
        with django_assert_num_queries(4 + items):
            assert len(client.get(address).json()["changes"]) >= 1


def test_a_copy_compares_with_its_own_revisions_alone(world: World, exercise: Exercise) -> None:
    copy = copying.copy(world.clinician, exercise, world.clinic)
    publishing.publish(None, copy.revisions.get())
    assert numbers(compared(world.clinician, copy)) == (1, 1)
    assert Revision.objects.filter(exercise=copy).count() == 1
