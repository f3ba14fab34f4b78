"""Photos and films travel by their content: packed once, looked at like an upload, and the same bytes after it."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from clinic.models import LibraryRole, User
from exercises.exchange import facts, schema
from exercises.media import checking, keeping
from exercises.models import Medium, MediumUse, Revision
from tests.exercises.exchange.making import dry, empty_the_library, looked_at, members, packed, taken, zipped
from tests.exercises.media import corpus
from tests.exercises.media.conftest import empty, kept
from tests.exercises.media.making import film, photo, stretch

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_file_left_over() -> Iterator[None]:
    empty()
    yield
    empty()


@pytest.fixture
def curator() -> User:
    return User.objects.create_user("curator@example.org", name="Curator", library_role=LibraryRole.CURATOR)


@pytest.fixture
def shown(curator: User) -> list[Medium]:
    """A stretch in a draft that shows a photo and a film with captions."""
    media = [photo(curator), film(curator, silent=False)]
    keeping.describe(curator, media[1], {}, captions_of={"en": corpus.VTT})
    exercise = stretch(curator)
    for medium in media:
        keeping.attach(curator, exercise, medium, alt="A knee is drawn to the chest.")
    return [Medium.objects.get(pk=medium.pk) for medium in media]


def read(name: str) -> bytes:
    with keeping.storage().open(name) as file:
        return bytes(file.read())


def gone() -> None:
    """Nothing of the media is here any more."""
    empty_the_library()
    Medium.objects.all().delete()
    empty()


def without_what_stays(medium: Medium) -> dict[str, Any]:
    told = {f.name: getattr(medium, f.name) for f in Medium._meta.concrete_fields}
    told = {name: value for name, value in told.items() if name not in facts.LEFT_OUT[Medium]}
    files = {part: {k: v for k, v in file.items() if k != "file"} for part, file in told["files"].items()}
    return told | {"files": files}


@pytest.fixture
def raw(shown: list[Medium]) -> bytes:
    return packed(drafts=True)


def test_photos_and_films_come_back_as_they_were(shown: list[Medium], raw: bytes) -> None:
    before = [without_what_stays(medium) for medium in shown]
    bytes_before = sorted(read(name) for name in kept())
    gone()

    taken(raw, restore=True)

    assert [without_what_stays(medium) for medium in Medium.objects.all()] == before
    assert sorted(read(name) for name in kept()) == bytes_before
    revision = Revision.objects.get(exercise__slug="sphinx")
    assert [row["medium"] for row in revision.media] == [str(medium.pk) for medium in Medium.objects.all()]
    assert MediumUse.objects.filter(revision=revision).count() == 2
    assert packed(drafts=True) == raw


def test_what_is_told_fits_the_schema_and_names_nobody(curator: User, raw: bytes) -> None:
    told = [
        json.loads(data)
        for name, data in members(raw).items()
        if name.startswith("media/") and ".json" in name
    ]
    assert [schema.problems("medium", one) for one in told] == [[], []]
    assert curator.name not in json.dumps(told)


def test_one_that_is_here_is_not_taken_in_twice(shown: list[Medium], raw: bytes) -> None:
    empty_the_library()
    taken(raw)
    assert set(Medium.objects.all()) == set(shown)


def test_a_film_that_is_packed_anew_stays_the_one_it_was(
    shown: list[Medium], raw: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone()
    checked = checking.checked

    def longer(came: Path, made: Path) -> Any:
        found = checked(came, made)
        if (made / "film").exists():
            (made / "film").write_bytes((made / "film").read_bytes() + b"\0" * 8)
        return found

    with monkeypatch.context() as patch:
        patch.setattr(checking, "checked", longer)
        taken(raw, restore=True)
    assert Medium.objects.get(kind="film").files["film"]["sha256"] != shown[1].files["film"]["sha256"]
    assert set(dry(raw).counts) == {"same"}
    taken(raw)
    assert Medium.objects.count() == 2


def test_what_is_said_otherwise_of_one_that_is_here_stays_and_is_told(
    shown: list[Medium], raw: bytes
) -> None:
    keeping.describe(None, shown[0], {"licence": "CC0", "shows_person": False})
    [line] = dry(raw).lines
    [text] = line.reasons
    assert line.verdict == "same"
    assert text.startswith("Other things are said of photo or film “")
    assert text.endswith(" here, and they stay: licence, shows a person.")
    empty_the_library()
    assert text in taken(raw).lines[0].reasons
    assert Medium.objects.get(pk=shown[0].pk).licence == "CC0"


@pytest.mark.django_db(transaction=True)
def test_files_are_looked_at_while_others_can_write(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    gone()
    held, told = [], []
    checked = checking.checked

    def seen(came: Path, made: Path) -> Any:
        held.append(connection.in_atomic_block)
        return checked(came, made)

    with looked_at(raw) as looked:
        monkeypatch.setattr(checking, "checked", seen)
        looked.write(None, tick=lambda *numbers: told.append(numbers))
    assert held == [False]
    assert told == [(0, 2), (1, 2), (2, 2)]


def test_of_an_import_that_is_given_up_meanwhile_no_file_stays(raw: bytes) -> None:
    gone()

    def given_up(_count: int) -> None:
        raise RuntimeError

    with looked_at(raw) as looked, pytest.raises(RuntimeError):
        looked.write(None, over=given_up)
    assert kept() == []
    assert not Medium.objects.exists()


def test_a_date_at_the_end_of_the_calendar_is_none(raw: bytes) -> None:
    files = members(raw)
    gone()
    for name in [name for name in files if name.startswith("media/") and ".json" in name]:
        told = json.loads(files[name])
        told["facts"]["uploaded_at"] = "0001-01-01T00:00:00.000000Z"
        files[name] = json.dumps(told).encode()
    assert dry(zipped(files)).refused[0].endswith("A date is none.")


def test_what_was_withdrawn_travels_as_its_words_alone(
    curator: User, shown: list[Medium], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        for medium in shown:
            keeping.withdraw(curator, medium)
    raw = packed(drafts=True)
    assert all(name.endswith(".json") for name in members(raw) if name.startswith("media/"))
    gone()
    taken(raw, restore=True)
    assert Medium.objects.filter(withdrawn_at=None).count() == 0
    assert kept() == []
    assert packed(drafts=True) == raw


def swapped(raw: bytes, name: str, data: bytes) -> bytes:
    """The archive with another file in the place of one of its pictures, told of as if it were honest."""
    files, digest = members(raw), hashlib.sha256(data).hexdigest()
    text = {
        key: value.replace(name.encode(), digest.encode()) for key, value in files.items() if ".json" in key
    }
    del files[f"media/{name}"]
    files |= text | {f"media/{digest}": data}
    for key in [key for key in text if key.startswith("media/")]:
        told = json.loads(files[key])
        if digest not in told["files"].values():
            continue
        for part in told["facts"]["parts"].values():
            part["bytes"] = len(data) if part["sha256"] == digest else part["bytes"]
        files[key] = json.dumps(told).encode()
    return zipped(files)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (lambda picture: corpus.SVG, "SVG"),
        (lambda picture: picture + b"PK\x03\x04 behind its end", "not what it says"),
        (lambda picture: corpus.jpeg(), "not what it says"),
    ],
)
def test_a_file_is_looked_at_like_an_upload(shown: list[Medium], raw: bytes, data: Any, why: str) -> None:
    part = shown[0].files["480"]
    picture = read(part["file"])
    gone()
    [refused] = dry(swapped(raw, part["sha256"], data(picture))).refused
    assert why in refused
    assert not Medium.objects.exists()


def test_a_file_that_is_not_what_its_name_says_is_refused(shown: list[Medium], raw: bytes) -> None:
    digest = shown[0].files["480"]["sha256"]
    gone()
    [why] = dry(zipped(members(raw) | {f"media/{digest}": b"something else"})).refused
    assert why.endswith("a file is missing, or not the one that its name says.")
