"""A clinic's own library through the API: copied from the shared one, told of its news, offered to it."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from clinic.models import Clinic, Membership, Role, User
from exercises import copying, offering, publishing
from exercises.api import marks
from exercises.dosage import Dosage
from exercises.models import Exercise, Routine
from exercises.routine_content import RoutineLine
from exercises.routines import save_routine
from tests.exercises.making import WHOLE
from tests.exercises.test_api import client_of
from tests.exercises.test_api_curation import at
from tests.world import World

pytestmark = pytest.mark.django_db

Thing = Exercise | Routine


@pytest.fixture
def clinician(world: World) -> APIClient:
    return client_of(world.clinician)


@pytest.fixture(params=["exercise", "routine"])
def original(request: pytest.FixtureRequest, world: World) -> Thing:
    """What the shared library has published."""
    if request.param == "routine":
        return world.routine
    exercise = publishing.create_exercise(world.curator, clinic=None, slug="sphinx", content=WHOLE)
    publish_anew(exercise)
    return exercise


def publish_anew(thing: Thing, **said: Any) -> None:
    publishing.publish(None, publishing.save_draft(None, thing, said))
    thing.refresh_from_db()


def copied(world: World, original: Thing) -> Thing:
    return copying.copy(world.clinician, original, world.clinic)


def own(world: World, kind: str) -> Thing:
    """What the clinic has published and may offer."""
    if kind == "routine":
        lines = [RoutineLine(world.knee_to_chest, Dosage(1, 2, 30, 10, "both"))]
        weekly = {"mode": "flexible", "per_week": 3}
        return save_routine(world.clinician, world.clinic, name="Evening", lines=lines, schedule=weekly)
    exercise = publishing.create_exercise(world.clinician, clinic=world.clinic, slug="ours", content=WHOLE)
    publish_anew(exercise)
    return exercise


class TestACopy:
    def test_is_a_draft_of_the_clinic_s_own(
        self, world: World, clinician: APIClient, original: Thing
    ) -> None:
        made = clinician.post(at(original, "copy"))
        assert made.status_code == 201
        copy = type(original)._default_manager.get(pk=made.json()["thing"])
        assert (copy.clinic, copy.based_on, copy.published) == (world.clinic, original.published, None)
        written = clinician.patch(at(copy), {"summary": "Ours."}, headers={"If-Match": made["ETag"]})
        assert written.json()["summary"] == "Ours."

    def test_goes_where_one_writes(self, world: World, clinician: APIClient, original: Thing) -> None:
        far = {"clinic": str(world.far_clinic.pk)}
        refused = clinician.post(at(original, "copy"), far)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "clinic")
        other = Clinic.objects.create(name="Near Clinic", time_zone="Asia/Kathmandu")
        Membership.objects.create(user=world.clinician, clinic=other, role=Role.CLINICIAN)
        both = client_of(User.objects.get(pk=world.clinician.pk))
        unsaid = both.post(at(original, "copy"))
        assert unsaid.json()["errors"] == [
            {"field": "clinic", "code": "invalid", "message": "Choose the clinic."}
        ]
        assert both.post(at(original, "copy"), {"clinic": str(other.pk)}).status_code == 201
        assert type(original)._default_manager.get(clinic=other).based_on == original.published

    def test_is_made_of_what_is_published_in_the_shared_library(
        self, world: World, clinician: APIClient, original: Thing
    ) -> None:
        copy = copied(world, original)
        assert clinician.post(at(copy, "copy")).status_code == 404
        publishing.retire(world.reviewer, original)
        retired = clinician.post(at(original, "copy"))
        assert "published in the shared library" in retired.json()["errors"][0]["message"]
        for who in (world.viewer, world.assistant, world.curator):
            assert client_of(who).post(at(original, "copy")).status_code == 403
        assert client_of(world.patient).post(at(original, "copy")).status_code == 404


class TestNewsOfTheOriginal:
    def test_is_listed_and_told_part_by_part(
        self, world: World, clinician: APIClient, original: Thing
    ) -> None:
        copy = copied(world, original)
        news = reverse(f"api:{original.kind}-news")
        quiet = clinician.get(at(copy, "original")).json()
        assert (quiet["changed"], quiet["changes"], clinician.get(news).json()) == (False, [], [])
        publishing.save_draft(world.clinician, copy, {"summary": "Ours."})
        publish_anew(original, summary="Theirs.", name="Renamed")
        (row,) = clinician.get(news).json()
        assert (row["id"], row["changed"], row["retired"]) == (str(copy.pk), True, False)
        told = clinician.get(at(copy, "original")).json()
        assert (told["original"], told["changed"]) == (str(original.pk), True)
        assert told["newest"] == told["seen"] + 1
        changes = {change["part"]: change for change in told["changes"]}
        assert (changes["summary"]["conflict"], changes["name"]["conflict"]) == (True, False)
        assert changes["summary"]["after"] == {"summary": "Theirs."}
        assert changes["summary"]["own"] == {"summary": "Ours."}
        other = reverse(f"api:{'routine' if original.kind == 'exercise' else 'exercise'}-news")
        assert clinician.get(other).json() == []

    def test_is_taken_over_in_part_and_no_news_any_more(
        self, world: World, clinician: APIClient, original: Thing
    ) -> None:
        copy = copied(world, original)
        publish_anew(original, summary="Theirs.", name="Renamed")
        address, read = at(copy, "take-over"), clinician.get(at(copy, "original"))["ETag"]
        assert clinician.post(address, {"parts": ["name"]}).status_code == 428
        for parts in (["colour"], []):
            refused = clinician.post(address, {"parts": parts}, headers={"If-Match": read})
            assert refused.status_code == 400
        taken = clinician.post(address, {"parts": ["name"]}, headers={"If-Match": read})
        assert (taken.status_code, taken.json()["name"]) == (200, "Renamed")
        assert taken.json()["summary"] != "Theirs."
        assert clinician.get(reverse(f"api:{copy.kind}-news")).json() == []
        again = clinician.post(address, {"parts": ["name"]}, headers={"If-Match": "*"})
        assert again.status_code == 400

    def test_is_left_alone_until_the_next_change(
        self, world: World, clinician: APIClient, original: Thing
    ) -> None:
        copy = copied(world, original)
        publish_anew(original, name="Renamed")
        assert clinician.post(at(copy, "leave")).status_code == 428
        read = clinician.get(at(copy, "original"))["ETag"]
        assert clinician.post(at(copy, "leave"), headers={"If-Match": read}).status_code == 204
        assert clinician.get(at(copy, "original")).json()["changed"] is False
        publish_anew(original, name="Renamed again")
        assert clinician.get(at(copy, "original")).json()["changed"] is True

    def test_that_nobody_has_read_is_neither_taken_over_nor_left(
        self, world: World, clinician: APIClient, original: Thing, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The original is published once more between reading and deciding, or even as somebody decides."""
        copy = copied(world, original)
        publish_anew(original, name="Read")
        read = clinician.get(at(copy, "original"))["ETag"]
        publish_anew(original, name="Not read")
        for act in ("take-over", "leave"):
            late = clinician.post(at(copy, act), {"parts": ["name"]}, headers={"If-Match": read})
            assert late.status_code == 412
        real = marks.read

        def meanwhile(request: Any, mark: str) -> str | None:
            found = real(request, mark)
            publish_anew(original, name=f"{original.published.name}!")  # type: ignore[union-attr]
            return found

        for act in ("take-over", "leave"):
            read = clinician.get(at(copy, "original"))["ETag"]
            with monkeypatch.context() as patched:
                patched.setattr(marks, "read", meanwhile)
                late = clinician.post(at(copy, act), {"parts": ["name"]}, headers={"If-Match": read})
            assert late.status_code == 412, act
        assert clinician.get(at(copy, "original")).json()["changed"] is True

    def test_is_told_of_copies_alone(self, world: World, clinician: APIClient, original: Thing) -> None:
        assert client_of(world.curator).get(at(original, "original")).status_code == 404
        assert clinician.get(at(own(world, original.kind), "original")).status_code == 404

    def test_takes_as_many_queries_however_many_copies_have_some(self, world: World, original: Thing) -> None:
        def asked() -> tuple[int, int]:
            client = client_of(User.objects.get(pk=world.clinician.pk))
            with CaptureQueriesContext(connection) as queries:
                rows = client.get(reverse(f"api:{original.kind}-news")).json()
            return len(rows), len(queries)

        copied(world, original)
        publish_anew(original, name="Renamed")
        one = asked()
        for _ in range(3):
            copied(world, original)
        publish_anew(original, name="Renamed again")
        assert (one[0], asked()) == (1, (4, one[1]))
        assert one[1] == 2, "the person's places, and the rows"


@pytest.mark.parametrize("kind", ["exercise", "routine"])
class TestAnOffer:
    def test_is_made_taken_back_and_taken_over(self, world: World, clinician: APIClient, kind: str) -> None:
        thing = own(world, kind)
        address = at(thing, "offer")
        nothing = {"state": "none", "at": None, "published_as": None}
        assert clinician.get(address).json() == nothing
        assert clinician.post(address).json()["state"] == "in_review"
        assert clinician.post(address).status_code == 400, "one is open at a time"
        shared = offering.standing(thing).shared  # type: ignore[union-attr]
        assert clinician.get(at(shared)).status_code == 403
        assert client_of(world.reviewer).get(at(shared)).json()["offered_by"] == world.clinic.name
        assert str(shared.pk) not in clinician.get(address).content.decode()
        assert clinician.delete(address).status_code == 204
        assert clinician.delete(address).status_code == 400
        assert clinician.post(address).status_code == 201
        shared = offering.standing(thing).shared  # type: ignore[union-attr]
        publishing.publish(world.reviewer, shared.revisions.get())
        told = clinician.get(address).json()
        assert (told["state"], told["published_as"]) == ("published", str(shared.pk))

    def test_is_the_business_of_the_clinic_s_prescribers(self, world: World, kind: str) -> None:
        address = at(own(world, kind), "offer")
        for who, status in (
            ("viewer", 403),
            ("assistant", 403),
            ("stranger_clinician", 404),
            ("curator", 404),
        ):
            client = client_of(world.people()[who])
            for method in ("get", "post", "delete"):
                assert getattr(client, method)(address).status_code == status, (who, method)

    def test_is_none_of_what_is_shared_or_not_published(
        self, world: World, clinician: APIClient, kind: str
    ) -> None:
        shared: Thing = world.routine if kind == "routine" else world.knee_to_chest
        assert client_of(world.reviewer).post(at(shared, "offer")).status_code == 404
        assert clinician.post(at(copied(world, shared), "offer")).status_code == 404


def test_another_clinic_s_ids_do_not_exist(world: World, original: Thing) -> None:
    copy = copied(world, original)
    publish_anew(copy)
    publish_anew(original, name="Renamed")
    asked = [
        ("get", "original"),
        ("post", "take-over"),
        ("post", "leave"),
        ("post", "copy"),
        ("get", "offer"),
    ]
    asked += [
        ("post", "offer"),
        ("delete", "offer"),
        ("post", "retire"),
        ("get", "draft"),
        ("get", "history"),
    ]
    if original.kind == "exercise":
        asked.append(("get", "usage"))
    for who in ("stranger_clinician", "curator", "reviewer", "stranger", "patient", "operator"):
        client = client_of(world.people()[who])
        for method, act in asked:
            answer = getattr(client, method)(at(copy, act), headers={"If-Match": "*"})
            assert answer.status_code == 404, (who, method, act)


def test_who_uses_a_stretch_is_told_as_on_its_page(world: World) -> None:
    address = at(world.knee_to_chest, "usage")
    staff = client_of(world.viewer).get(address).json()
    assert staff["own"] == [{"clinic": str(world.clinic.pk), "prescriptions": 1}]
    assert (staff["everywhere"], staff["routines"]) == (None, [str(world.routine.pk)])
    curator = client_of(world.curator).get(address).json()
    assert curator["own"] == []
    assert curator["everywhere"] == {"number": None, "clinics": None, "any": False}
    assert client_of(world.patient).get(address).status_code == 404
