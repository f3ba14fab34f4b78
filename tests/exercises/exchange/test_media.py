"""Photos and films travel by a plain interface: packed once, named by their content, checked before they are kept."""

import hashlib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing
from typing import IO, Any

import pytest
from django.core.exceptions import ValidationError

from clinic.models import Clinic, User
from exercises import publishing
from exercises.exchange import media
from exercises.exchange.media import Files, Packed
from exercises.models import Revision
from tests.exercises.exchange.making import dry, empty_the_library, members, packed, taken, zipped
from tests.exercises.making import WHOLE

pytestmark = pytest.mark.django_db

PHOTO = b"a photo"
SHOWN = WHOLE | {"media": [{"medium": "here-1", "alt": "A person lies on the front."}]}


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class Cupboard:
    """The plainest thing that keeps media."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[dict[str, Any], bytes]] = {"here-1": ({"licence": "CC0"}, PHOTO)}

    def pack(self, media: Iterable[str]) -> Iterator[Packed]:
        for medium in sorted(set(media) & self.kept.keys()):
            facts, content = self.kept[medium]
            yield Packed(medium, digest(b"key" + content), facts, {"photo": digest(content)})

    def open(self, medium: str, part: str) -> AbstractContextManager[IO[bytes]]:
        return closing(io.BytesIO(self.kept[medium][1]))

    def here(self, clinic: Clinic | None) -> Mapping[str, str]:
        return {packed.key: packed.medium for packed in self.pack(self.kept)}

    def problems(self, facts: Mapping[str, Any], files: Files) -> list[str]:
        with files["photo"]() as file:
            return [] if file.read() == PHOTO else ["It is no photo."]

    def take_in(
        self, actor: User | None, clinic: Clinic | None, facts: Mapping[str, Any], files: Files
    ) -> str:
        with files["photo"]() as file:
            self.kept["there-1"] = (dict(facts), file.read())
        return "there-1"


@pytest.fixture
def cupboard(monkeypatch: pytest.MonkeyPatch) -> Cupboard:
    kept = Cupboard()
    monkeypatch.setattr(media, "keeper", kept)
    publishing.create_exercise(None, clinic=None, slug="sphinx", content=SHOWN)
    return kept


def test_a_photo_travels_with_what_shows_it(cupboard: Cupboard) -> None:
    raw = packed(drafts=True)
    assert members(raw)[f"media/{digest(PHOTO)}"] == PHOTO
    empty_the_library()
    cupboard.kept.clear()

    taken(raw, restore=True)

    assert cupboard.kept == {"there-1": ({"licence": "CC0"}, PHOTO)}
    assert Revision.objects.get().media == [{"medium": "there-1", "alt": "A person lies on the front."}]
    assert packed(drafts=True) == raw


def test_one_that_is_here_is_not_taken_in_twice(cupboard: Cupboard) -> None:
    raw = packed(drafts=True)
    empty_the_library()
    taken(raw)
    assert Revision.objects.get().media[0]["medium"] == "here-1"
    assert set(cupboard.kept) == {"here-1"}


def test_a_file_that_is_not_what_its_name_says_is_refused(cupboard: Cupboard) -> None:
    files = members(packed(drafts=True)) | {f"media/{digest(PHOTO)}": b"something else"}
    empty_the_library()
    cupboard.kept.clear()
    [why] = dry(zipped(files)).refused
    assert why.endswith("a file is missing, or not the one that its name says.")


def test_what_the_keeper_refuses_is_refused_with_its_reason(cupboard: Cupboard) -> None:
    raw = members(packed(drafts=True))
    key = next(name for name in raw if name.startswith("media/") and name.endswith(".json"))
    told = json.loads(raw[key])
    told["files"]["photo"] = digest(b"<svg>")
    del raw[f"media/{digest(PHOTO)}"]
    raw |= {key: json.dumps(told).encode(), f"media/{digest(b'<svg>')}": b"<svg>"}
    empty_the_library()
    cupboard.kept.clear()
    assert dry(zipped(raw)).refused[0].endswith("It is no photo.")


def test_nothing_is_left_out_in_silence(cupboard: Cupboard, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = packed(drafts=True)
    monkeypatch.setattr(media, "keeper", None)
    with pytest.raises(ValidationError, match="cannot be put into an archive"):
        packed(drafts=True)
    empty_the_library()
    assert dry(raw).refused == ["sphinx: It shows photos or films, which cannot be taken in here."]
