"""The library's lists in the API: what is retired, and narrowed as the shelf is; by those to whom the pages show it."""

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from django.urls import reverse
from django.utils import timezone

from clinic.models import User
from exercises import copying, publishing
from exercises.models import Exercise, Routine
from exercises.routine_content import RoutineLine
from tests.exercises.making import WHOLE
from tests.exercises.test_api import client_of
from tests.exercises.test_searching import made
from tests.world import World, make_exercise

Query = dict[str, Any]
CAUTION = {"tag": "osteoporosis", "level": "avoid", "note": ""}


def asked(user: User, name: str, **query: Any) -> Any:
    return client_of(user).get(reverse(f"api:{name}"), query)


def names(user: User, name: str, **query: Any) -> list[str]:
    answer = asked(user, name, **query)
    assert answer.status_code == 200, answer.json()
    return [(row.get("published") or row)["name"] for row in answer.json()["results"]]


def begun(name: str, by: User, **content: Any) -> Exercise:
    return publishing.create_exercise(
        by, clinic=content.pop("clinic", None), slug=name.lower(), content=WHOLE | {"name": name} | content
    )


def detail(user: User, thing: Exercise | Routine) -> Any:
    return client_of(user).get(reverse(f"api:{thing.kind}-detail", args=[thing.pk]))


class TestWhatIsRetired:
    @pytest.fixture(autouse=True)
    def retired(self, world: World) -> None:
        publishing.retire(world.reviewer, world.hamstring, replaced_by=world.knee_to_chest)
        publishing.retire(world.reviewer, world.routine)

    def test_is_listed_when_somebody_who_writes_asks_for_it(self, world: World) -> None:
        for user in (world.curator, world.clinician, world.stranger_clinician):
            assert names(user, "exercise-list", state="retired") == ["Lying hamstring stretch"]
            assert names(user, "routine-list", state="retired") == ["Two stretches"]

    def test_is_on_no_list_unasked(self, world: World) -> None:
        for query in ({}, {"state": "published"}, {"state": ""}):
            assert names(world.curator, "exercise-list", **query) == ["Knee to chest"]
            assert names(world.curator, "routine-list", **query) == []

    @pytest.mark.parametrize("name", ["exercise-list", "routine-list"])
    def test_is_not_listed_for_those_who_only_read(self, world: World, name: str) -> None:
        for user in (world.viewer, world.assistant, world.patient):
            assert asked(user, name, state="retired").status_code == 403
        assert asked(world.viewer, name).status_code == 200

    def test_says_since_when_and_what_to_use_instead(self, world: World) -> None:
        world.hamstring.refresh_from_db()
        for user in (world.viewer, world.curator):
            told = detail(user, world.hamstring).json()
            assert (told["state"], told["replaced_by"]) == ("retired", str(world.knee_to_chest.pk))
            assert dt.datetime.fromisoformat(told["retired_at"]) == world.hamstring.retired_at
            assert told["published"]["name"] == "Lying hamstring stretch"
        (row,) = asked(world.curator, "exercise-list", state="retired").json()["results"]
        assert row == detail(world.curator, world.hamstring).json()
        told = detail(world.viewer, world.routine).json()
        assert (told["state"], told["replaced_by"], len(told["items"])) == ("retired", None, 2)

    def test_leaves_what_is_published_as_it_was(self, world: World) -> None:
        told = detail(world.viewer, world.knee_to_chest).json()
        assert (told["state"], told["retired_at"], told["replaced_by"]) == ("published", None, None)

    def test_still_has_its_picture(self, world: World) -> None:
        picture = reverse("api:exercise-picture", args=[world.hamstring.pk])
        assert client_of(world.viewer).get(picture).status_code == 200

    def test_of_another_clinic_does_not_exist(self, world: World) -> None:
        theirs = make_exercise("Theirs", clinic=world.far_clinic)
        publishing.retire(world.stranger_clinician, theirs)
        assert detail(world.stranger_clinician, theirs).status_code == 200
        for user in (world.clinician, world.curator, world.patient):
            assert detail(user, theirs).status_code == 404
        assert "Theirs" not in names(world.clinician, "exercise-list", state="retired")
        assert names(world.stranger_clinician, "exercise-list", state="retired", shared="false") == ["Theirs"]

    def test_is_narrowed_like_the_rest(self, world: World) -> None:
        assert names(world.curator, "exercise-list", state="retired", search="knee") == []
        assert len(names(world.curator, "exercise-list", state="retired", tag="osteoporosis")) == 1
        assert names(world.curator, "routine-list", state="retired", search="STRETCHES two") == [
            "Two stretches"
        ]
        assert names(world.curator, "routine-list", state="retired", clinic=str(world.clinic.pk)) == []

    def test_is_as_it_was_once_it_is_brought_back(self, world: World) -> None:
        publishing.bring_back(world.reviewer, world.hamstring)
        assert len(names(world.viewer, "exercise-list")) == 2
        assert detail(world.viewer, world.hamstring).json()["state"] == "published"


class TestTheShelf:
    @pytest.fixture(autouse=True)
    def three(self, world: World) -> None:
        """Three of our own in place of the cast's two."""
        Exercise.objects.update(retired_at=timezone.now())
        made("Arch", regions=["back"], position="prone", equipment=["Yoga  Mat"])
        made("Bend", regions=["back", "calf"], position="standing", equipment=["Chair"])
        knee = {"tag": "knee", "level": "ask", "note": ""}
        curl = made("Curl", regions=["calf"], position="supine", cautions=[knee])
        publishing.schedule_review(None, curl, timezone.localdate() - dt.timedelta(days=1))

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({"region": "calf"}, ["Bend", "Curl"]),
            ({"region": ["back", "calf"]}, ["Arch", "Bend", "Curl"]),
            ({"position": ["prone", "supine"], "region": "back"}, ["Arch"]),
            ({"equipment": "Yoga mat"}, ["Arch"]),
            ({"equipment": ["yoga mat", "chair"]}, ["Arch", "Bend"]),
            ({"equipment": ["mat", "nonsense"]}, []),
            ({"tag": ["knee", "osteoporosis"], "search": "curl"}, ["Curl"]),
            ({"language": "en", "region": "back"}, ["Arch", "Bend"]),
            ({"language": "de"}, []),
            ({"review": "overdue"}, ["Curl"]),
            ({"shared": "false"}, []),
        ],
    )
    def test_is_narrowed_as_on_its_page(self, world: World, query: Query, found: list[str]) -> None:
        assert names(world.clinician, "exercise-list", **query) == found

    def test_tells_what_is_overdue_to_those_who_write(self, world: World) -> None:
        assert asked(world.viewer, "exercise-list", review="overdue").status_code == 403

    @pytest.mark.parametrize(
        ("name", "query"),
        [
            ("exercise-list", {"state": "draft"}),
            ("exercise-list", {"region": ["back", "elbow"]}),
            ("exercise-list", {"position": "hanging"}),
            ("exercise-list", {"tag": "boredom"}),
            ("exercise-list", {"review": "soon"}),
            ("exercise-list", {"clinic": "ours"}),
            ("exercise-list", {"search": "x" * 121}),
            ("routine-list", {"state": "draft"}),
            ("routine-list", {"clinic": "ours"}),
            ("exercise-in-work", {"state": "published"}),
            ("exercise-in-work", {"waits": "long"}),
            ("exercise-in-work", {"region": "elbow"}),
            ("exercise-in-work", {"clinic": "ours"}),
            ("routine-in-work", {"state": "retired"}),
            ("routine-in-work", {"waits": "long"}),
            ("routine-in-work", {"search": "x" * 121}),
        ],
    )
    def test_says_what_is_wrong_with_a_question(self, world: World, name: str, query: Query) -> None:
        answer = asked(world.curator, name, **query)
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
        (error,) = answer.json()["errors"]
        assert error["field"] in query
        assert error["message"].endswith(".")

    def test_does_not_know_another_clinic(self, world: World) -> None:
        make_exercise("Theirs", clinic=world.far_clinic)
        for clinic in (world.far_clinic.pk, uuid4()):
            for name in ("exercise-list", "routine-list", "exercise-in-work", "routine-in-work"):
                assert names(world.clinician, name, clinic=str(clinic)) == []


class TestWhatIsInWork:
    @pytest.fixture(autouse=True)
    def work(self, world: World) -> None:
        begun("Arch", world.curator, regions=["back"], equipment=["Chair"])
        publishing.submit(world.curator, begun("Bend", world.curator, regions=["calf"]).latest)
        begun("Curl", world.reviewer, regions=["calf"], position="supine", cautions=[])
        begun("Ours", world.clinician, clinic=world.clinic)

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ({}, ["Arch", "Bend", "Curl"]),
            ({"state": "draft"}, ["Arch", "Curl"]),
            ({"state": "in_review"}, ["Bend"]),
            ({"search": "CURL"}, ["Curl"]),
            ({"region": ["calf"]}, ["Bend", "Curl"]),
            ({"region": ["calf", "back"], "state": "draft"}, ["Arch", "Curl"]),
            ({"position": "supine"}, ["Curl"]),
            ({"equipment": "chair"}, ["Arch"]),
            ({"tag": "osteoporosis"}, []),
            ({"language": "en"}, ["Arch", "Bend", "Curl"]),
            ({"language": "es"}, []),
            ({"review": "overdue"}, []),
            ({"shared": "true"}, ["Arch", "Bend", "Curl"]),
            ({"shared": "false"}, []),
        ],
    )
    def test_is_narrowed_as_the_shelf_is(self, world: World, query: Query, found: list[str]) -> None:
        assert names(world.curator, "exercise-in-work", **query) == found

    def test_is_ones_own_libraries_alone(self, world: World) -> None:
        for query in ({}, {"clinic": str(world.clinic.pk)}, {"shared": "false"}):
            assert names(world.clinician, "exercise-in-work", **query) == ["Ours"]
            assert names(world.stranger_clinician, "exercise-in-work", **query) == []
        assert names(world.curator, "exercise-in-work", clinic=str(world.clinic.pk)) == []

    def test_says_what_waits_for_whom(self, world: World) -> None:
        assert names(world.reviewer, "exercise-in-work", waits="to_review") == ["Bend"]
        assert names(world.curator, "exercise-in-work", waits="to_review") == []
        assert names(world.curator, "exercise-in-work", waits="drafts") == ["Arch"]
        bend = Exercise.objects.get(slug="bend")
        publishing.take_back(world.reviewer, bend.latest, "Which knee?")
        assert names(world.curator, "exercise-in-work", waits="given_back") == ["Bend"]
        assert names(world.reviewer, "exercise-in-work", waits="comments") == ["Bend"]

    def test_says_so_of_what_is_published_and_overdue(self, world: World) -> None:
        publishing.save_draft(world.curator, world.hamstring, {"summary": "New."})
        publishing.schedule_review(None, world.hamstring, timezone.localdate() - dt.timedelta(days=1))
        assert names(world.curator, "exercise-in-work", review="overdue") == ["Lying hamstring stretch"]

    @pytest.mark.parametrize("name", ["exercise-in-work", "routine-in-work"])
    def test_is_not_for_those_who_only_read(self, world: World, name: str) -> None:
        for user in (world.viewer, world.assistant, world.patient):
            assert asked(user, name, state="draft").status_code == 403

    def test_of_routines_is_narrowed_by_words_state_library_and_reason(self, world: World) -> None:
        publishing.save_draft(world.curator, world.routine, {"summary": "New."})
        own = copying.copy(world.clinician, world.routine, world.clinic)
        assert names(world.curator, "routine-in-work", search="stretches", state="draft") == ["Two stretches"]
        for query in ({"search": "knee"}, {"state": "in_review"}, {"shared": "false"}):
            assert names(world.curator, "routine-in-work", **query) == []
        assert names(world.curator, "routine-in-work", waits="drafts") == ["Two stretches"]
        assert names(world.reviewer, "routine-in-work", waits="drafts") == []
        publishing.submit(world.curator, world.routine.latest)
        assert names(world.reviewer, "routine-in-work", waits="to_review") == ["Two stretches"]
        (row,) = asked(world.clinician, "routine-in-work", clinic=str(world.clinic.pk)).json()["results"]
        assert row["thing"] == str(own.pk)

    def test_comes_in_pages_and_not_again(self, world: World) -> None:
        address = reverse("api:exercise-in-work")
        query = {"region": ["calf", "back"], "page_size": "2"}
        first = client_of(world.curator).get(address, query)
        assert (first.json()["count"], len(first.json()["results"])) == (3, 2)
        assert "region=calf&region=back" in first.json()["next"]
        again = client_of(world.curator).get(address, query, headers={"If-None-Match": first["ETag"]})
        assert again.status_code == 304


@pytest.mark.parametrize(
    ("name", "query", "queries"),
    [
        # The person's places, how many, the rows; and one question more for each facet, or for what waits.
        ("exercise-list", {"state": "retired"}, 3),
        ("exercise-list", {"region": ["back", "calf"], "tag": "osteoporosis", "language": "en"}, 5),
        ("exercise-in-work", {"state": "draft", "region": ["back"], "search": "more"}, 3),
        ("exercise-in-work", {"tag": "osteoporosis", "waits": "drafts"}, 5),
        ("routine-list", {"state": "retired"}, 4),
        ("routine-in-work", {"state": "draft", "waits": "drafts"}, 4),
    ],
)
def test_a_narrowed_list_takes_as_many_queries_however_much_there_is(
    world: World, name: str, query: Query, queries: int, django_assert_num_queries: Any
) -> None:
    for number in range(1, 4):
        make_more(world, name, number)
        client = client_of(User.objects.get(pk=world.curator.pk))
        with django_assert_num_queries(queries):
            found = client.get(reverse(f"api:{name}"), query).json()["results"]
        assert sum((row.get("published") or row)["name"].startswith("More") for row in found) == number


def make_more(world: World, name: str, number: int) -> None:
    """One more of what a list shows: in work, or published, and also retired what is narrowed by nothing else."""
    called = f"More {number}"
    if name == "exercise-in-work":
        begun(called.replace(" ", "-"), world.curator, cautions=[CAUTION])
    elif name == "exercise-list":
        made(called, cautions=[CAUTION])
        publishing.retire(None, made(f"{called} retired", cautions=[CAUTION]))
    else:
        lines = [
            RoutineLine(e, e.published.dosage) for e in (world.knee_to_chest, world.hamstring) if e.published
        ]
        content = {"name": called, "items": lines, "schedule": {"mode": "flexible", "per_week": 3}}
        routine = publishing.create_routine(
            world.curator, clinic=None, slug=f"more-{number}", content=content
        )
        if name == "routine-list":
            publishing.publish(None, routine.latest)
            publishing.retire(None, routine)
