"""Photos and films through the API: by the pages' verbs, for the same people, with the same sentences."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from clinic import tokens
from clinic.models import AuditEvent, User
from exercises import content, publishing
from exercises.api import marks
from exercises.media import keeping, views
from exercises.models import Exercise, Medium
from tests.exercises.media import corpus
from tests.exercises.media.conftest import kept
from tests.exercises.media.making import film, photo, published, stretch, upload
from tests.exercises.test_api import client_of
from tests.exercises.test_api_curation import at, etag_of
from tests.world import World, make_prescription

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("decoded_once")]

LIST = reverse("api:medium-list")
NOWHERE = "00000000-0000-4000-8000-000000000000"


def of(medium: Medium, act: str = "detail", *more: str) -> str:
    return reverse(f"api:medium-{act}", args=[medium.pk, *more])


def bring(client: APIClient, **parts: Any) -> Any:
    return client.post(LIST, parts, format="multipart")


def listed(user: User, **query: Any) -> set[str]:
    answer = client_of(user).get(LIST, query)
    assert answer.status_code == 200
    return {row["id"] for row in answer.json()["results"]}


def sentences(answer: Any) -> list[tuple[str | None, str]]:
    assert answer["Content-Type"] == "application/problem+json"
    return [(error["field"], error["message"]) for error in answer.json()["errors"]]


def body(answer: HttpResponseBase | Any) -> bytes:
    return answer.getvalue() if answer.streaming else answer.content


# --- From the file to the page


def test_a_film_is_brought_described_shown_and_published(world: World) -> None:
    _, secret = tokens.create(None, world.clinician, "studio")
    client = APIClient(headers={"Authorization": f"Bearer {secret}"})
    brought = bring(client, file=upload(corpus.film(), "knee.mp4"), clinic=str(world.clinic.pk))
    assert brought.status_code == 201
    told = brought.json()
    assert (told["kind"], told["name"], told["clinic"]) == ("film", "knee.mp4", str(world.clinic.pk))
    assert [part["part"] for part in told["parts"]] == ["480", "960", "1600", "film"]
    medium = Medium.objects.get()
    assert AuditEvent.objects.get(verb="medium.added").via == "api"
    assert (medium.clinic, medium.uploaded_by) == (world.clinic, world.clinician)

    said = {
        "licence": "CC BY 4.0",
        "shows_person": True,
        "consent_kept": "reception",
        "consent_on": "2026-03-01",
        "silent": False,
        "captions": {"en": corpus.VTT.decode()},
    }
    described = client.patch(of(medium), said, headers={"If-Match": brought["ETag"]})
    assert described.status_code == 200
    assert described.json()["captions"] == ["en"]
    assert described["ETag"] != brought["ETag"]
    captions = body(client.get(of(medium, "part", "captions-en")))
    assert captions.startswith(b"WEBVTT")

    exercise = stretch(world.clinician, world.clinic)
    shown = client.post(
        at(exercise, "attach"),
        {"medium": str(medium.pk), "alt": " One knee comes up. "},
        headers={"If-Match": etag_of(client, exercise)},
    )
    assert shown.json()["media"] == [{"medium": str(medium.pk), "alt": "One knee comes up."}]
    assert shown.json()["lacking"] == {}
    publishing.submit(world.clinician, exercise.revisions.get())
    publishing.publish(world.owner, exercise.revisions.get())
    read = client_of(world.viewer).get(reverse("api:exercise-detail", args=[exercise.pk])).json()
    assert read["published"]["media"] == shown.json()["media"]


def test_a_draft_shows_it_no_more(world: World) -> None:
    medium = photo(world.curator)
    exercise = published(world.curator, world.reviewer, medium)
    client = client_of(world.curator)
    address = reverse("api:exercise-detach", args=[exercise.pk, medium.pk])
    assert client.delete(address).status_code == 428
    gone = client.delete(address, headers={"If-Match": etag_of(client, exercise)})
    assert (gone.status_code, gone.json()["revision"], gone.json()["media"]) == (200, 2, [])
    assert exercise.published is not None
    assert len(exercise.published.media) == 1
    again = client.delete(address, headers={"If-Match": gone["ETag"]})
    assert again.status_code == 404


# --- What is refused


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (corpus.HTML, "This is a web page, not a photo or film."),
        (corpus.SVG, "This is a drawing with code in it (SVG). Save it as PNG, or pose the figure instead."),
        (corpus.GARBAGE_MP4, "The file cannot be read to its end: it is damaged, or not what its name says."),
        (corpus.PLAYLIST, "This is a list of addresses that a player would follow, not a film."),
        (b"PK\x03\x04" + bytes(50), "This is an archive."),
        (b"#!/bin/sh\n", "This is a program, not a photo or film."),
    ],
)
def test_a_hostile_file_is_refused_with_the_page_s_sentence(world: World, data: bytes, sentence: str) -> None:
    refused = bring(client_of(world.curator), file=upload(data, "knee.jpg"))
    assert refused.status_code == 400
    ((field, message),) = sentences(refused)
    assert (field, message.startswith(sentence)) == ("file", True)
    assert kept() == []
    assert not Medium.objects.exists()


def test_bombs_and_empty_files_are_refused(world: World) -> None:
    client = client_of(world.curator)
    assert "25 million" in sentences(bring(client, file=upload(corpus.pixel_bomb())))[0][1]
    empty = upload(b"x")
    empty.file.truncate(0)  # type: ignore[union-attr]
    empty.size = 0
    assert sentences(bring(client, file=empty)) == [("file", "The file is empty.")]
    assert kept() == []


@pytest.mark.parametrize(
    "parts",
    [{}, {"file": "no file"}, {"clinic": NOWHERE}, {"file": ""}],
    ids=["nothing", "text", "other", ""],
)
def test_a_form_without_its_file_says_so(world: World, parts: dict[str, str]) -> None:
    assert ("file", "Choose a photo or film first.") in sentences(bring(client_of(world.curator), **parts))


def test_more_than_one_file_is_refused_and_a_flood_of_them_too(world: World) -> None:
    client = client_of(world.curator)
    assert sentences(bring(client, file=[upload(), upload()])) == [
        ("file", "Send one photo or film at a time.")
    ]
    flood = bring(client, **{f"file{number}": upload(b"x") for number in range(200)})
    assert (flood.status_code, flood["Content-Type"]) == (413, "application/problem+json")
    fields = bring(client, **{f"field{number}": "x" for number in range(2000)})
    assert (fields.status_code, fields["Content-Type"]) == (413, "application/problem+json")
    assert kept() == []


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=x", "image/jpeg"])
def test_a_body_that_is_no_form_is_a_problem(world: World, kind: str) -> None:
    answer = client_of(world.curator).generic("POST", LIST, b"garbage", content_type=kind)
    assert (answer.status_code, answer["Content-Type"]) in {
        (400, "application/problem+json"),
        (415, "application/problem+json"),
    }


class Unread:
    """A body that nobody may read."""

    def read(self, *_size: Any) -> bytes:
        raise AssertionError("It was read.")

    readline = read


def sent_unread(client: Client, size: str, **headers: str) -> Any:
    return client.generic(
        "POST",
        LIST,
        content_type="multipart/form-data; boundary=x",
        headers=headers,
        CONTENT_LENGTH=size,
        **{"wsgi.input": Unread()},
    )


@pytest.mark.parametrize("size", [str(views.BODY_MAX + 1), "9" * 400, "-1", "many"])
def test_a_body_that_is_too_large_is_refused_before_it_is_read(world: World, size: str) -> None:
    client = Client()
    client.force_login(world.curator)
    answer = sent_unread(client, size)
    assert (answer.status_code, answer["Content-Type"]) == (413, "application/problem+json")
    assert "200 MB" in answer.json()["detail"]


@pytest.mark.parametrize("who", ["viewer", "assistant", "patient", "stranger", "operator"])
def test_who_writes_no_library_sends_nothing_with_their_key(world: World, who: str) -> None:
    _, secret = tokens.create(None, world.people()[who], "key")
    answer = sent_unread(Client(), "100000000", Authorization=f"Bearer {secret}")
    assert answer.status_code == 403
    assert sent_unread(Client(), "100000000", Authorization="Bearer hw_wrong").status_code == 401


def test_a_file_comes_into_a_library_that_one_writes(world: World) -> None:
    clinician = client_of(world.clinician)
    for clinic, field in (({}, "clinic"), ({"clinic": str(world.far_clinic.pk)}, "clinic")):
        refused = bring(clinician, file=upload(), **clinic)
        assert refused.status_code == 400
        assert [name for name, _text in sentences(refused)] == [field]
    assert bring(client_of(world.curator), file=upload(), clinic=str(world.clinic.pk)).status_code == 400
    assert bring(client_of(world.reviewer), file=upload()).status_code == 201
    assert Medium.objects.get().clinic is None


# --- What is said of it


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"silent": True}, "silent"),
        ({"captions": {"en": corpus.VTT.decode()}}, "captions"),
        ({"captions": "WEBVTT"}, "captions"),
        ({"consent_on": "2999-01-01"}, "consent_on"),
        ({"consent_on": "soon"}, "consent_on"),
        ({"licence": "x" * 81}, "licence"),
        ({"licence": None}, "licence"),
        ({"shows_person": "perhaps"}, "shows_person"),
        ({"withdrawn_at": None}, "withdrawn_at"),
        ({"files": {}}, "files"),
        ({"clinic": None}, "clinic"),
    ],
)
def test_what_cannot_be_said_is_answered_by_field(world: World, said: dict[str, Any], field: str) -> None:
    medium = photo(world.curator)
    answer = client_of(world.curator).patch(of(medium), said, headers={"If-Match": "*"})
    assert answer.status_code == 400
    assert [name for name, _text in sentences(answer)] == [field]


@pytest.mark.parametrize("sign", [r"\ud800", r"\u0000"])
def test_captions_of_signs_that_are_none_are_refused(world: World, sign: str) -> None:
    sent = f'{{"captions": {{"en": "WEBVTT {sign}"}}}}'
    answer = client_of(world.curator).generic(
        "PATCH", of(film(world.curator)), sent, content_type="application/json", headers={"If-Match": "*"}
    )
    assert [name for name, _text in sentences(answer)] == ["captions.en"]


@pytest.mark.parametrize("sent", [[], "text", 5, None])
def test_a_body_of_another_shape_is_a_problem(world: World, sent: Any) -> None:
    answer = client_of(world.curator).patch(of(photo(world.curator)), sent, headers={"If-Match": "*"})
    assert answer.status_code in (200, 400)


def test_of_two_who_describe_it_at_once_the_second_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    medium = photo(world.curator)
    client = client_of(world.curator)
    tag = client.get(of(medium))["ETag"]
    assert client.patch(of(medium), {"credit": "Me"}).status_code == 428
    assert client.delete(of(medium)).status_code == 428
    real = marks.read

    def read(request: Any, mark: str) -> str | None:
        found = real(request, mark)
        keeping.describe(world.reviewer, medium, {"credit": "In between"})
        return found

    with monkeypatch.context() as patched:
        patched.setattr(marks, "read", read)
        late = client.patch(of(medium), {"credit": "Me"}, headers={"If-Match": tag})
    assert (late.status_code, late["Content-Type"]) == (412, "application/problem+json")
    for method in ("patch", "delete"):
        assert getattr(client, method)(of(medium), headers={"If-Match": tag}).status_code == 412
    assert client.patch(of(medium), {"credit": "Me"}, headers={"If-Match": "*"}).json()["credit"] == "Me"


def test_it_is_removed_while_no_revision_names_it(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    medium, client = photo(world.curator), client_of(world.curator)
    exercise = stretch(world.curator)
    revision = keeping.attach(world.curator, exercise, medium)
    refused = client.delete(of(medium), headers={"If-Match": client.get(of(medium))["ETag"]})
    assert (refused.status_code, "take it out there" in sentences(refused)[0][1]) == (400, True)
    keeping.detach(world.curator, revision.exercise, medium)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(of(medium), headers={"If-Match": "*"}).status_code == 204
    assert kept() == []
    assert client.get(of(medium)).status_code == 404


def test_withdrawn_its_files_are_gone_and_its_words_stay(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    medium, client = photo(world.curator), client_of(world.curator)
    exercise = published(world.curator, world.reviewer, medium)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(of(medium, "withdraw")).status_code == 204
        assert client.post(of(medium, "withdraw")).status_code == 204
    assert kept() == []
    told = client.get(of(medium)).json()
    assert (told["parts"], told["withdrawn_at"] is None) == ([], False)
    assert client.get(of(medium, "part", "480")).status_code == 404
    assert client_of(world.viewer).get(of(medium)).status_code == 404
    assert listed(world.curator, withdrawn="true") == {str(medium.pk)}
    assert listed(world.curator, withdrawn="false") == set()
    read = client_of(world.viewer).get(reverse("api:exercise-detail", args=[exercise.pk])).json()
    assert read["published"]["media"][0]["alt"] == "A knee is drawn to the chest."


# --- Who sees what


def test_the_list_is_narrowed_by_library_kind_and_revision(world: World) -> None:
    shared, own, moving = photo(world.curator), photo(world.clinician, world.clinic), film(world.curator)
    draft = keeping.attach(world.curator, stretch(world.curator), moving)
    assert listed(world.curator) == {str(shared.pk), str(moving.pk)}
    assert listed(world.curator, kind="film") == {str(moving.pk)}
    assert listed(world.curator, revision=str(draft.pk)) == {str(moving.pk)}
    assert listed(world.clinician) == {str(own.pk)}, "what no published revision shows is its writers' alone"
    assert listed(world.clinician, shared="true") == set()
    assert listed(world.clinician, clinic=str(world.clinic.pk)) == {str(own.pk)}
    assert listed(world.clinician, revision=str(draft.pk)) == set()
    assert listed(world.stranger_clinician, clinic=str(world.clinic.pk)) == set()
    wrong = client_of(world.curator).get(LIST, {"revision": "one", "kind": "song"})
    assert {name for name, _text in sentences(wrong)} == {"revision", "kind"}


def test_readers_are_told_what_pages_show_and_nothing_of_the_consent(world: World) -> None:
    medium = photo(world.clinician, world.clinic, consent_note="Asked twice.")
    exercise = stretch(world.clinician, world.clinic)
    revision = keeping.attach(world.clinician, exercise, medium, alt="A knee.")
    assert client_of(world.viewer).get(of(medium)).status_code == 404
    publishing.publish(world.owner, publishing.submit(world.clinician, revision))
    read = client_of(world.viewer).get(of(medium))
    assert (read.json()["licence"], read.json()["kind"]) == ("CC BY 4.0", "photo")
    for secret in ("reception", "Asked twice", "knee.jpg", "2026-03-01", medium.sha256):
        assert secret not in read.content.decode()
        assert secret in client_of(world.owner).get(of(medium)).content.decode()
    assert listed(world.viewer, revision=str(revision.pk)) == {str(medium.pk)}
    # A draft says no more to a reader than that it is not there.
    draft = publishing.save_draft(world.clinician, exercise, {"summary": "New."})
    assert listed(world.viewer, revision=str(draft.pk)) == set()


@pytest.mark.parametrize(
    "who", ["stranger_clinician", "stranger", "curator", "reviewer", "operator", "patient"]
)
def test_another_clinic_s_ids_do_not_exist(world: World, who: str) -> None:
    medium = photo(world.clinician, world.clinic)
    exercise = stretch(world.clinician, world.clinic)
    revision = keeping.attach(world.clinician, exercise, medium, alt="A knee.")
    publishing.publish(world.owner, publishing.submit(world.clinician, revision))
    client = client_of(world.people()[who])
    asked = [
        client.get(of(medium)),
        client.patch(of(medium), {"credit": "Mine"}, headers={"If-Match": "*"}),
        client.delete(of(medium), headers={"If-Match": "*"}),
        client.post(of(medium, "withdraw")),
        client.get(of(medium, "part", "480")),
        client.post(at(exercise, "attach"), {"medium": str(medium.pk)}, headers={"If-Match": "*"}),
        client.delete(
            reverse("api:exercise-detach", args=[exercise.pk, medium.pk]), headers={"If-Match": "*"}
        ),
    ]
    assert [answer.status_code for answer in asked] == [404] * len(asked)


def test_nobody_shows_what_they_may_not_see(world: World) -> None:
    """Shown in one's own published stretch, a photo would be seen by everybody there."""
    theirs, drafted = photo(world.stranger_clinician, world.far_clinic), photo(world.curator)
    exercise = stretch(world.clinician, world.clinic)
    client = client_of(world.clinician)
    for medium in (theirs, drafted):
        asked = {"medium": str(medium.pk)}
        one = client.post(at(exercise, "attach"), asked, headers={"If-Match": "*"})
        assert sentences(one) == [("medium", "Unknown.")]
        rows = {"media": [{"medium": str(medium.pk), "alt": ""}]}
        other = client.patch(at(exercise), rows, headers={"If-Match": "*"})
        assert sentences(other) == [("media", "Choose photos and films of the same library.")]
        begun = {"clinic": str(world.clinic.pk), "content": {"name": "New"} | rows}
        assert client.post(reverse("api:exercise-list"), begun).status_code == 400
    assert (
        client.post(at(exercise, "attach"), {"medium": NOWHERE}, headers={"If-Match": "*"}).status_code == 400
    )
    published(world.curator, world.reviewer, drafted)
    now = client.post(at(exercise, "attach"), {"medium": str(drafted.pk)}, headers={"If-Match": "*"})
    assert now.status_code == 200
    assert content.of(exercise.revisions.get())["media"] == [{"medium": str(drafted.pk), "alt": ""}]


# --- The files


def test_a_file_is_read_with_a_key_whole_in_part_and_once(world: World) -> None:
    medium = film(world.curator)
    published(world.curator, world.reviewer, medium)
    _, secret = tokens.create(None, world.viewer, "player")
    client = APIClient(headers={"Authorization": f"Bearer {secret}", "Accept": "video/*"})
    address = of(medium, "part", "film")
    whole = client.get(address)
    data = body(whole)
    assert (whole.status_code, len(data), whole["Content-Type"]) == (200, medium.film["bytes"], "video/mp4")
    assert {"Authorization", "Cookie"} <= {name.strip() for name in whole["Vary"].split(",")}
    part = client.get(address, headers={"Range": "bytes=10-19"})
    assert (part.status_code, body(part)) == (206, data[10:20])
    assert client.get(address, headers={"If-None-Match": whole["ETag"]}).status_code == 304
    head = client.head(address)
    assert (head.status_code, head["Content-Length"], body(head)) == (200, str(len(data)), b"")
    none = client.get(address, headers={"Range": "bytes=99999999-"})
    assert (none.status_code, none["Content-Type"]) == (416, "application/problem+json")
    assert none["Content-Range"] == f"bytes */{len(data)}"
    other = client.get(address, headers={"If-Match": '"other"'})
    assert (other.status_code, other["Content-Type"]) == (412, "application/problem+json")
    for nothing in ("2000", "captions-xx", "480-", "film-en"):
        assert client.get(of(medium, "part", nothing)).status_code == 404


def test_a_patient_reads_the_files_of_what_is_prescribed_to_them(world: World) -> None:
    medium = photo(world.curator)
    exercise = published(world.curator, world.reviewer, medium)
    client = client_of(world.stranger)
    assert client.get(of(medium, "part", "480")).status_code == 404
    make_prescription(
        world.stranger_patient,
        world.stranger_clinician,
        [exercise],
        starts_on=world.prescription.starts_on,
    )
    answer = client.get(of(medium, "part", "480"))
    body(answer)
    assert answer.status_code == 200
    assert client.get(of(medium)).status_code == 404, "what is said of it is no business of theirs"
    assert client.get(LIST).status_code == 403


# --- ETags and queries


def test_what_is_unchanged_is_not_sent_again(world: World) -> None:
    medium, client = photo(world.curator), client_of(world.curator)
    for address in (LIST, of(medium)):
        first = client.get(address)
        again = client.get(address, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
    keeping.describe(world.curator, medium, {"credit": "Somebody"})
    for address in (LIST, of(medium)):
        assert client.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 200


@contextmanager
def counted() -> Iterator[CaptureQueriesContext]:
    with CaptureQueriesContext(connection) as queries:
        yield queries


@pytest.mark.parametrize("who", ["curator", "viewer", "owner"])
def test_a_list_takes_as_many_queries_however_long_it_is(world: World, who: str) -> None:
    def shown() -> Exercise:
        return published(world.curator, world.reviewer, photo(world.curator))

    first = shown()
    user = User.objects.get(pk=world.people()[who].pk)

    def asked() -> tuple[int, int, int]:
        client = client_of(User.objects.get(pk=user.pk))
        with counted() as queries:
            many = len(client.get(LIST).json()["results"])
        client = client_of(User.objects.get(pk=user.pk))
        with counted() as of_exercises:
            client.get(reverse("api:exercise-list"))
        return many, len(queries), len(of_exercises)

    few = asked()
    for number in range(3):
        first.slug = f"other-{number}"
        first.save()
        first = shown()
    photo(world.clinician, world.clinic)
    many = asked()
    assert many[0] > few[0]
    assert many[1:] == few[1:]
    assert many[1] <= 4, "the person's places, how many, the rows"
