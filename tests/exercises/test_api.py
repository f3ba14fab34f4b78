"""The library through the API: to read, for staff and curators, in few queries."""

import io
import json
from typing import Any

import pytest
from django.core.management import call_command
from django.urls import reverse
from PIL import Image
from rest_framework.serializers import ModelSerializer
from rest_framework.test import APIClient
from rest_framework.utils.encoders import JSONEncoder

from clinic.models import User
from exercises import publishing, shipping
from exercises.api.serializers import RevisionSerializer
from exercises.models import Exercise, Revision, RevisionState
from tests.world import World, make_exercise

LIST = reverse("api:exercise-list")


def client_of(user: User) -> APIClient:
    client = APIClient()
    client.force_authenticate(user)
    return client


def listed(user: User, **query: str) -> list[str]:
    answer = client_of(user).get(LIST, query)
    assert answer.status_code == 200
    return [row["published"]["name"] for row in answer.json()["results"]]


def test_an_exercise_says_what_its_published_revision_says(world: World) -> None:
    Exercise.objects.filter(slug="knee-to-chest").update(slug="another")
    shipping.load()
    exercise = Exercise.objects.get(slug="knee-to-chest")
    answer = client_of(world.viewer).get(reverse("api:exercise-detail", args=[exercise.pk])).json()
    said: dict[str, Any] = answer["published"]
    assert (answer["slug"], answer["clinic"], said["revision"]) == ("knee-to-chest", None, 1)
    assert (said["hold"], said["sides"], said["licence"]) == (30, "both", "MIT")
    assert said["steps"][0]["kind"] == "get_ready"
    assert {"tag": "osteoporosis", "level": "avoid"}.items() <= said["cautions"][0].items()


def test_patients_may_not_list_the_library(world: World) -> None:
    for name in ("api:exercise-list", "api:routine-list"):
        answer = client_of(world.patient).get(reverse(name))
        assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")


def test_drafts_and_retired_ones_are_not_listed(world: World) -> None:
    publishing.create_exercise(world.curator, clinic=None, slug="new", content={"name": "New"})
    publishing.retire(world.reviewer, world.hamstring)
    assert listed(world.curator) == ["Knee to chest"]


def test_a_clinics_own_are_its_own(world: World) -> None:
    make_exercise("Ours", clinic=world.clinic)
    assert "Ours" in listed(world.viewer)
    assert "Ours" not in listed(world.stranger_clinician)
    assert "Ours" not in listed(world.curator)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"search": "knee"}, ["Knee to chest"]),
        ({"search": "chest KNEE"}, ["Knee to chest"]),
        ({"region": "back"}, ["Knee to chest", "Lying hamstring stretch"]),
        ({"region": "calf"}, []),
        ({"position": "supine", "search": "lying"}, ["Lying hamstring stretch"]),
    ],
)
def test_the_list_is_searched_like_the_page(world: World, query: dict[str, str], found: list[str]) -> None:
    assert listed(world.viewer, **query) == found


def test_an_unknown_region_is_answered_by_field(world: World) -> None:
    answer = client_of(world.viewer).get(LIST, {"region": "elbow"})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == "region"


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_nothing_is_written_here(world: World, method: str) -> None:
    for address in (LIST, reverse("api:exercise-detail", args=[world.knee_to_chest.pk])):
        assert getattr(client_of(world.reviewer), method)(address, {}, format="json").status_code in (
            403,
            405,
        )


class TestThePicture:
    def address(self, world: World) -> str:
        return reverse("api:exercise-picture", args=[world.hamstring.pk])

    def test_is_an_svg_with_its_words_and_colours(self, world: World) -> None:
        answer = client_of(world.viewer).get(self.address(world), {"side": "right"})
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
        svg = answer.content.decode()
        assert "<title>Lying hamstring stretch, right side, held</title>" in svg
        assert "class=" not in svg

    @pytest.mark.parametrize("accepts", ["image/png", "image/*", "text/html", "application/json"])
    def test_is_a_png_for_whatever_a_program_accepts(self, world: World, accepts: str) -> None:
        query = {"kind": "png", "view": "plate", "width": "200", "theme": "print"}
        answer = client_of(world.viewer).get(self.address(world), query, headers={"accept": accepts})
        assert (answer.status_code, answer["Content-Type"]) == (200, "image/png")
        assert Image.open(io.BytesIO(answer.content)).width == 200

    def test_is_a_film_as_data(self, world: World) -> None:
        answer = client_of(world.viewer).get(self.address(world), {"kind": "film"})
        assert answer["Content-Type"] == "application/json"
        assert {"box", "paths", "places", "shown"} <= set(answer.json())

    def test_is_not_sent_again_to_who_has_it(self, world: World) -> None:
        client = client_of(world.viewer)
        first = client.get(self.address(world))
        again = client.get(self.address(world), headers={"if-none-match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again["Cache-Control"] == "private, no-cache"
        other = client.get(self.address(world), {"view": "start"}, headers={"if-none-match": first["ETag"]})
        assert other.status_code == 200
        assert other["ETag"] != first["ETag"]

    def test_of_a_stretch_without_a_figure_does_not_exist(self, world: World) -> None:
        address = reverse("api:exercise-picture", args=[world.knee_to_chest.pk])
        answer = client_of(world.viewer).get(address, headers={"accept": "image/png"})
        assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
        assert answer.json()["detail"] == "This stretch has no drawn figure."

    @pytest.mark.parametrize(
        ("field", "value"),
        [("width", "99999"), ("width", "x"), ("view", "back"), ("theme", "sepia"), ("kind", "gif")],
    )
    def test_that_cannot_be_made_is_answered_by_field(self, world: World, field: str, value: str) -> None:
        answer = client_of(world.viewer).get(self.address(world), {field: value})
        assert answer.status_code == 400
        assert answer.json()["errors"][0]["field"] == field

    def test_of_another_clinics_stretch_does_not_exist(self, world: World) -> None:
        theirs = make_exercise("Theirs", clinic=world.far_clinic)
        address = reverse("api:exercise-picture", args=[theirs.pk])
        assert client_of(world.viewer).get(address).status_code == 404


def test_lists_take_few_queries(world: World, django_assert_max_num_queries: Any) -> None:
    for number in range(30):
        make_exercise(f"Stretch {number}")
    for name in ("api:exercise-list", "api:routine-list"):
        client = client_of(User.objects.get(pk=world.clinician.pk))
        with django_assert_max_num_queries(4):
            client.get(reverse(name))


def test_a_routine_lists_its_items_in_order(world: World) -> None:
    [routine] = client_of(world.viewer).get(reverse("api:routine-list")).json()["results"]
    assert [item["name"] for item in routine["items"]] == ["Knee to chest", "Lying hamstring stretch"]
    assert routine["schedule"] == {"mode": "fixed", "weekdays": [0, 2, 4], "times_per_day": 1}


@pytest.mark.django_db
def test_what_is_told_as_it_is_kept_is_what_each_field_would_say() -> None:
    call_command("load_library", verbosity=0)
    for revision in Revision.objects.filter(state=RevisionState.PUBLISHED):
        serializer = RevisionSerializer()
        field_by_field = ModelSerializer.to_representation(serializer, revision)
        assert json.dumps(serializer.to_representation(revision), cls=JSONEncoder) == json.dumps(
            field_by_field, cls=JSONEncoder
        )
