"""Exchange through the API: a library taken out, a file brought, read and taken in; as the pages do it."""

import datetime as dt
import io
import json
import zipfile
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from clinic import tokens
from clinic.models import AuditEvent, User, WorkState
from exercises import publishing, shipping
from exercises.api import exchange, marks
from exercises.exchange import jobs
from exercises.models import Exercise, LibraryImport
from tests.exercises.exchange.making import changed, empty_the_library, members, packed, shipped, taken
from tests.exercises.exchange.test_round_trip import rows
from tests.exercises.making import WHOLE, entry
from tests.exercises.media.test_api import Unread
from tests.exercises.test_api import client_of
from tests.world import World, make_exercise

pytestmark = pytest.mark.django_db

OUT = reverse("api:library-archive")
LIST = reverse("api:library-import-list")
KNEE = "exercises/knee-to-chest.json"
NOON = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)


def by_key(user: User) -> APIClient:
    _, secret = tokens.create(None, user, "library")
    return APIClient(headers={"Authorization": f"Bearer {secret}"})


def of(job: Any, act: str = "detail") -> str:
    return reverse(f"api:library-import-{act}", args=[job["id"] if isinstance(job, dict) else job.pk])


def bring(client: APIClient, raw: bytes, name: str = "library.zip", **more: str) -> Any:
    return client.post(LIST, {"file": SimpleUploadedFile(name, raw)} | more, format="multipart")


def tick() -> None:
    jobs.make_due(timezone.now())


def looked_at(client: APIClient, raw: bytes, **more: str) -> Any:
    """The answer that tells of a file which has been looked at."""
    brought = bring(client, raw, **more)
    assert brought.status_code == 201, brought.content.decode()
    tick()
    return client.get(brought["Location"])


def confirmed(client: APIClient, read: Any) -> Any:
    return client.post(of(read.json(), "confirm"), headers={"If-Match": read["ETag"]})


def sentences(answer: Any) -> list[tuple[str | None, str]]:
    assert answer["Content-Type"] == "application/problem+json"
    return [(error["field"], error["message"]) for error in answer.json()["errors"]]


def taken_out(client: APIClient, **wishes: Any) -> bytes:
    answer: Any = client.post(OUT, wishes)
    assert answer.status_code == 200
    raw: bytes = answer.getvalue()
    return raw


# --- Out


class TestALibraryTakenOut:
    def test_is_the_page_s_file_and_is_recorded(self, world: World) -> None:
        client = by_key(world.curator)
        answer: Any = client.post(OUT, {}, headers={"Accept": "application/zip"})
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/zip")
        assert answer["Content-Disposition"].startswith('attachment; filename="holdwell-library-')
        assert answer.getvalue() == packed()
        event = AuditEvent.objects.get(verb="library.exported")
        assert (event.actor, event.via, event.clinic) == (world.curator, "api", None)
        assert event.details == {"exercises": 2, "routines": 1, "media": 0, "drafts": False}

    def test_has_its_drafts_where_they_are_wanted(self, world: World) -> None:
        publishing.save_draft(world.curator, world.knee_to_chest, {"name": "Knee hug"})
        client = client_of(world.curator)
        assert json.loads(members(taken_out(client))[KNEE])["draft"] is None
        assert json.loads(members(taken_out(client, drafts=True))[KNEE])["draft"]["number"] == 2

    def test_of_a_clinic_holds_its_own_alone(self, world: World) -> None:
        make_exercise("Ours", clinic=world.clinic)
        client = client_of(world.clinician)
        raw = taken_out(client, clinic=str(world.clinic.pk))
        assert raw == packed(world.clinic)
        assert KNEE not in zipfile.ZipFile(io.BytesIO(raw)).namelist()
        assert AuditEvent.objects.get(verb="library.exported").clinic == world.clinic

    def test_is_one_that_they_write(self, world: World) -> None:
        clinician = client_of(world.clinician)
        assert sentences(clinician.post(OUT, {})) == [
            ("clinic", "Choose the clinic whose library it is for.")
        ]
        for user in (world.clinician, world.curator):
            refused = client_of(user).post(OUT, {"clinic": str(world.far_clinic.pk)})
            assert sentences(refused) == [("clinic", "Unknown.")]
        assert client_of(world.viewer).post(OUT, {"clinic": str(world.clinic.pk)}).status_code == 403
        assert not AuditEvent.objects.filter(verb="library.exported").exists()

    def test_is_named_by_words_that_are_known(self, world: World) -> None:
        client = client_of(world.curator)
        assert [field for field, _ in sentences(client.post(OUT, {"library": "x", "drafts": "maybe"}))] == [
            "drafts"
        ]
        assert sentences(client.post(OUT, {"library": "x"})) == [("library", "This field is not known.")]
        assert client.post(OUT, []).status_code == 400

    def test_is_not_fetched_unasked(self, world: World) -> None:
        client = client_of(world.curator)
        assert {client.get(OUT).status_code, client.head(OUT).status_code} <= {403, 405}

    def test_is_not_made_without_end(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(exchange.LibraryArchiveThrottle, "rate", "2/hour")
        client = client_of(world.curator)
        assert [len(taken_out(client)) > 0 for _ in range(2)] == [True, True]
        answer = client.post(OUT, {})
        assert (answer.status_code, "Retry-After" in answer.headers) == (429, True)
        assert client.get(LIST).status_code == 200, "the rest of the API is not shut by it"


# --- In


class TestAFile:
    def test_is_brought_followed_read_and_taken_in(self, world: World) -> None:
        client = by_key(world.curator)
        raw = json.dumps([entry(), entry(id="Press", name="Press", category="strength")]).encode()
        brought = bring(client, raw, "exercises.json", category="stretching")
        told = brought.json()
        assert (brought.status_code, brought["Location"]) == (201, of(told))
        assert (told["state"], told["open"], told["report"], told["may"]) == ("waiting", True, None, ["drop"])
        assert (told["file_name"], told["size"], told["requested_by"], told["clinic"]) == (
            "exercises.json",
            len(raw),
            world.curator.name,
            None,
        )
        assert client.get(of(told, "report")).status_code == 404
        assert AuditEvent.objects.get(verb="library.import_begun").via == "api"

        tick()
        read = client.get(of(told))
        told = read.json()
        assert (told["state"], told["open"], told["format"]) == ("done", False, "free-exercise-db")
        assert (told["done"], told["total"], told["counts"]) == (1, 1, {"new": 1})
        assert (told["report"], told["may"]) == (of(told, "report"), ["confirm", "drop"])
        [line] = client.get(told["report"]).json()["results"]
        assert (line["kind"], line["name"], line["verdict"]) == ("exercise", "Cat Stretch", "new")
        assert line["notes"] > 0

        going = confirmed(client, read)
        assert (going.status_code, going.json()["open"], going.json()["confirmed_by"]) == (
            202,
            True,
            world.curator.name,
        )
        tick()
        told = client.get(of(told)).json()
        assert (told["taken_in"], told["open"], told["may"]) == (True, False, [])
        draft = Exercise.objects.get(origin="free-exercise-db:Cat_Stretch").revisions.get()
        assert (draft.state, draft.edited_by) == ("draft", world.curator)

    def test_of_free_exercise_db_is_looked_at_whole_unless_a_category_is_named(self, world: World) -> None:
        client = client_of(world.curator)
        raw = json.dumps([entry(), entry(id="Press", name="Press", category="strength")]).encode()
        assert looked_at(client, raw).json()["counts"] == {"new": 2}
        assert [field for field, _ in sentences(bring(client, raw, category="yoga"))] == ["category"]

    def test_goes_into_their_own_library_for_prescribers(self, world: World) -> None:
        client = client_of(world.clinician)
        read = looked_at(client, shipped(), clinic=str(world.clinic.pk))
        assert confirmed(client, read).status_code == 202
        tick()
        assert Exercise.objects.filter(clinic=world.clinic, published=None).count() == 10

    def test_goes_where_they_write(self, world: World) -> None:
        client = client_of(world.clinician)
        assert sentences(bring(client, shipped())) == [
            ("clinic", "Choose the clinic whose library it is for.")
        ]
        for user in (world.clinician, world.curator):
            far = bring(client_of(user), shipped(), clinic=str(world.far_clinic.pk))
            assert sentences(far) == [("clinic", "Unknown.")]
        assert not LibraryImport.objects.exists()

    @pytest.mark.parametrize(
        ("parts", "said"),
        [
            ({}, "Choose a file."),
            ({"file": "no file"}, "Choose a file."),
            ({"file": SimpleUploadedFile("a.zip", b"")}, "The file is empty."),
            (
                {"file": [SimpleUploadedFile("a.zip", b"1"), SimpleUploadedFile("b.zip", b"2")]},
                "Send one file at a time.",
            ),
        ],
        ids=["nothing", "text", "empty", "two"],
    )
    def test_that_is_none_or_two_is_answered_by_field(
        self, world: World, parts: dict[str, Any], said: str
    ) -> None:
        answer = client_of(world.curator).post(LIST, parts, format="multipart")
        assert (answer.status_code, sentences(answer)) == (400, [("file", said)])
        assert not LibraryImport.objects.exists()

    @pytest.mark.parametrize("size", [str(exchange.BODY_MAX + 1), "9" * 400, "-1", "many"])
    def test_that_is_announced_too_large_is_refused_before_it_is_read(self, world: World, size: str) -> None:
        answer = sent_unread(world.curator, size)
        assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")
        assert answer.json()["detail"] == "The file is larger than 200 MB; an operator can import it."

    @pytest.mark.parametrize("who", ["viewer", "assistant", "patient", "stranger", "operator"])
    def test_of_somebody_who_writes_no_library_is_not_read(self, world: World, who: str) -> None:
        assert sent_unread(world.people()[who], "100000000").status_code == 403

    def test_that_is_larger_than_it_may_be_is_not_kept(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(jobs, "FILE_MAX", 10)
        answer = bring(client_of(world.curator), shipped())
        assert sentences(answer) == [("file", "The file is larger than 200 MB; an operator can import it.")]
        assert not LibraryImport.objects.exists()

    @pytest.mark.parametrize(
        "harm",
        [
            lambda raw: raw[:-500],
            lambda raw: raw + b"<script>",
            lambda raw: b"PK\x03\x04",
            lambda raw: b"<html>",
            lambda raw: b"%PDF-1.7",
            lambda raw: b"[" * 9_000,
            lambda raw: changed(raw, "manifest.json", version=2),
            lambda raw: named(raw, "../../etc/passwd"),
        ],
        ids=["truncated", "longer", "letters", "page", "pdf", "nested", "version", "path"],
    )
    def test_that_is_hostile_is_refused_with_the_page_s_sentence(
        self, client: Client, world: World, harm: Any
    ) -> None:
        raw = harm(shipped())
        client.force_login(world.curator)
        form = {"file": SimpleUploadedFile("library.zip", raw), "category": "stretching"}
        assert client.post(reverse("exercises:import"), form).status_code == 302
        tick()
        by_page = LibraryImport.objects.get().error
        told = looked_at(client_of(world.curator), raw).json()
        assert by_page
        assert (told["error"], told["state"], told["open"]) == (by_page, WorkState.FAILED, False)
        assert (told["report"], told["may"]) == (None, ["drop"])

    def test_with_a_refused_entry_says_so_in_its_report_and_takes_nothing_in(self, world: World) -> None:
        client = client_of(world.curator)
        read = looked_at(client, changed(shipped(), KNEE, content__hold=0))
        assert (read.json()["counts"]["refused"], read.json()["may"]) == (1, ["drop"])
        [line] = client.get(of(read.json(), "report"), {"verdict": "refused"}).json()["results"]
        assert (line["called"], line["reasons"]) == ("knee-to-chest", ["hold: 0 is out of range."])
        refused = confirmed(client, read)
        assert sentences(refused) == [(None, "There is nothing to take in here, or it was taken in already.")]


def sent_unread(user: User, size: str) -> Any:
    _, secret = tokens.create(None, user, "key")
    return Client().generic(
        "POST",
        LIST,
        content_type="multipart/form-data; boundary=x",
        headers={"Authorization": f"Bearer {secret}"},
        CONTENT_LENGTH=size,
        **{"wsgi.input": Unread()},
    )


def named(raw: bytes, name: str) -> bytes:
    """The archive with one more file."""
    file = io.BytesIO(raw)
    with zipfile.ZipFile(file, "a") as target:
        target.writestr(name, b"{}")
    return file.getvalue()


# --- The report


class TestAReport:
    def test_comes_in_pages_and_by_verdict(self, world: World) -> None:
        client = client_of(world.curator)
        read = looked_at(client, shipped())
        address = of(read.json(), "report")
        whole = client.get(address).json()
        assert whole["count"] == 11
        assert sum(read.json()["counts"].values()) == 11
        first = client.get(address, {"page_size": 4}).json()
        assert first["results"] == whole["results"][:4]
        assert client.get(first["next"]).json()["results"] == whole["results"][4:8]
        for verdict, number in read.json()["counts"].items():
            some = client.get(address, {"verdict": verdict}).json()
            assert (some["count"], {line["verdict"] for line in some["results"]}) == (number, {verdict})
        assert client.get(address, {"verdict": "same"}).json()["results"] == []
        assert [field for field, _ in sentences(client.get(address, {"verdict": "fine"}))] == ["verdict"]
        assert client.get(address, {"page": 9}).status_code == 404

    def test_is_not_sent_with_each_look(self, world: World) -> None:
        client = client_of(world.curator)
        read = looked_at(client, shipped())
        for answer in (read, client.get(LIST)):
            assert "supine-twist" not in answer.content.decode()

    def test_that_is_unchanged_is_not_sent_again(self, world: World) -> None:
        client = client_of(world.curator)
        told = looked_at(client, shipped()).json()
        for address in (LIST, of(told), of(told, "report")):
            first = client.get(address)
            again = client.get(address, headers={"If-None-Match": first["ETag"]})
            assert (again.status_code, again.content) == (304, b"")
        before = client.get(of(told))["ETag"]
        LibraryImport.objects.update(state="running", done=3)
        assert client.get(of(told), headers={"If-None-Match": before}).status_code == 200

    def test_is_what_is_confirmed(self, world: World) -> None:
        """Brought into an empty library, which then is filled by somebody else."""
        client = client_of(world.clinician)
        read = looked_at(client, shipped(), clinic=str(world.clinic.pk))
        address = of(read.json(), "confirm")
        assert client.post(address).status_code == 428
        other = client.post(address, headers={"If-Match": '"other.tag"'})
        assert (other.status_code, other["Content-Type"]) == (412, "application/problem+json")
        by_report = client.get(of(read.json(), "report"), {"page_size": 2})["ETag"]
        assert client.post(address, headers={"If-Match": by_report}).status_code == 202
        # Meanwhile all of it comes in by another way; so the report reads otherwise, and waits for a word again.
        taken(shipped(), world.owner, world.clinic)
        tick()
        anew = client.get(of(read.json()))
        assert (anew.json()["counts"], anew.json()["confirmed_by"]) == ({"same": 11}, None)
        assert confirmed(client, read).status_code == 412
        assert confirmed(client, anew).status_code == 400

    def test_that_is_made_anew_at_the_same_moment_is_not_confirmed(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        client = client_of(world.curator)
        read = looked_at(client, shipped())
        real = marks.read

        def first(request: Any, mark: str) -> str | None:
            found = real(request, mark)
            LibraryImport.objects.update(made_at=NOON)
            return found

        monkeypatch.setattr(marks, "read", first)
        assert confirmed(client, read).status_code == 412
        assert not LibraryImport.objects.filter(confirmed_at__isnull=False).exists()

    def test_is_confirmed_once(self, world: World) -> None:
        client = client_of(world.curator)
        read = looked_at(client, shipped())
        assert confirmed(client, read).status_code == 202
        assert confirmed(client, read).status_code == 400


# --- What else may be done with it


def test_what_failed_is_tried_again_on_demand(world: World) -> None:
    client = client_of(world.curator)
    told = bring(client, shipped()).json()
    assert client.post(of(told, "again")).status_code == 409
    LibraryImport.objects.update(state="failed", due_at=None, error="The disk is full.")
    assert client.get(of(told)).json()["may"] == ["again", "drop"]
    again = client.post(of(told, "again"))
    assert (again.status_code, again.json()["state"], again.json()["error"]) == (202, "waiting", "")
    tick()
    assert client.get(of(told)).json()["may"] == ["confirm", "drop"]


def test_what_is_given_up_leaves_nothing(world: World, django_capture_on_commit_callbacks: Any) -> None:
    client = client_of(world.curator)
    read = looked_at(client, shipped())
    with django_capture_on_commit_callbacks(execute=True):
        dropped = client.post(of(read.json(), "drop"))
    assert (dropped.status_code, dropped.json()["may"], dropped.json()["dropped_at"] is None) == (
        200,
        [],
        False,
    )
    assert LibraryImport.objects.get().file == ""
    assert client.post(of(read.json(), "drop")).status_code == 200, "it is given up, as was wanted"
    assert confirmed(client, read).status_code == 400
    assert client.post(of(read.json(), "again")).status_code == 409
    assert AuditEvent.objects.filter(verb="library.import_dropped").count() == 1


def test_what_is_taken_in_is_not_given_up(world: World) -> None:
    client = client_of(world.curator)
    read = looked_at(client, shipped())
    confirmed(client, read)
    tick()
    late = client.post(of(read.json(), "drop"))
    assert (late.status_code, late.json()["detail"]) == (
        409,
        "It was taken in already; throw its drafts away one by one.",
    )


# --- Who sees what


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("viewer", 403),
        ("assistant", 403),
        ("stranger_clinician", 404),
        ("curator", 404),
        ("reviewer", 404),
        ("patient", 404),
        ("stranger", 404),
        ("operator", 404),
    ],
)
def test_a_clinic_s_imports_are_its_writers_alone(world: World, who: str, status: int) -> None:
    read = looked_at(client_of(world.clinician), shipped(), clinic=str(world.clinic.pk))
    before = LibraryImport.objects.values().get()
    client = by_key(world.people()[who])
    asked = [client.get(of(read.json())), client.get(of(read.json(), "report"))]
    asked += [
        client.post(of(read.json(), act), headers={"If-Match": read["ETag"]})
        for act in ("confirm", "again", "drop")
    ]
    assert [answer.status_code for answer in asked] == [status] * len(asked)
    assert LibraryImport.objects.values().get() == before
    listed = client.get(LIST)
    assert listed.status_code == 403 or listed.json()["results"] == []
    assert client_of(world.owner).get(of(read.json())).status_code == 200


def test_an_id_that_is_none_does_not_exist(world: World) -> None:
    assert client_of(world.curator).get(f"{LIST}nowhere/").status_code == 404


def test_the_list_is_the_newest_first_and_narrowed_by_library_and_state(world: World) -> None:
    def listed(user: User, **query: str) -> list[str]:
        return [row["file_name"] for row in client_of(user).get(LIST, query).json()["results"]]

    for number, clinic in enumerate((None, world.clinic, world.far_clinic, None)):
        LibraryImport.objects.create(
            requested_by=world.curator,
            clinic=clinic,
            file_name=str(number),
            state="done" if number else "failed",
            created_at=NOON + dt.timedelta(hours=number),
        )
    assert listed(world.curator) == ["3", "0"]
    assert listed(world.clinician) == ["1"]
    assert listed(world.curator, state="failed") == ["0"]
    assert listed(world.clinician, shared="true") == []
    assert listed(world.clinician, clinic=str(world.clinic.pk)) == ["1"]
    assert listed(world.clinician, clinic=str(world.far_clinic.pk)) == []


# --- There and back


@pytest.fixture
def one_moment() -> Any:
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.mark.usefixtures("one_moment")
def test_a_library_goes_out_and_comes_in_as_by_command() -> None:
    curator = User.objects.create_user("curator@example.org", name="Curator", library_role="curator")
    client = client_of(curator)
    shipping.load()
    publishing.save_draft(curator, Exercise.objects.get(slug="supine-twist"), {"name": "Twist, lying"})
    publishing.create_exercise(curator, clinic=None, slug="sphinx", content=WHOLE)
    before, raw = rows(), taken_out(client, drafts=True)
    assert raw == packed(drafts=True)

    empty_the_library()
    taken(raw, restore=True)
    assert rows() == before

    empty_the_library()
    taken(raw, curator)
    as_drafts, archived = rows(), packed(drafts=True)

    empty_the_library()
    read = looked_at(client, raw)
    confirmed(client, read)
    tick()
    assert client.get(of(read.json())).json()["taken_in"]
    assert rows() == as_drafts
    assert taken_out(client, drafts=True) == archived
    assert looked_at(client, raw).json()["counts"] == {"same": 12}


# --- Queries


def queries(user: User, address: str) -> int:
    client = client_of(User.objects.get(pk=user.pk))
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize("who", ["curator", "owner"])
def test_list_and_report_take_as_many_queries_however_long_they_are(world: World, who: str) -> None:
    user = world.people()[who]
    clinic = None if who == "curator" else world.clinic

    def brought(lines: int) -> LibraryImport:
        line = {"kind": "exercise", "called": "a", "name": "A", "verdict": "new", "reasons": [], "notes": 0}
        return LibraryImport.objects.create(
            requested_by=user,
            confirmed_by=user,
            clinic=clinic,
            state="done",
            made_at=NOON,
            report=[line] * lines,
        )

    one = brought(1)
    few = [queries(user, address) for address in (LIST, of(one), of(one, "report"))]
    many = [brought(500) for _ in range(5)].pop()
    assert [queries(user, address) for address in (LIST, of(many), of(many, "report"))] == few
    assert max(few) <= 3, "the person's places, how many, the rows"
