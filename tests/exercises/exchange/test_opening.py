"""Files that are no archive, or pretend to be one: each is refused in a sentence, and nothing is written."""

import io
import json
import stat
import struct
import zipfile
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from exercises.exchange import opening
from exercises.models import Exercise
from tests.exercises.exchange.making import changed, dry, members, shipped, without, zipped

pytestmark = pytest.mark.django_db

KNEE = "exercises/knee-to-chest.json"


@pytest.fixture
def raw(db: None) -> bytes:
    return shipped()


def why(raw: bytes) -> str:
    """What is said of a file that is refused as a whole."""
    before = Exercise.objects.count()
    with pytest.raises(ValidationError) as error:
        dry(raw)
    assert Exercise.objects.count() == before
    return "\n".join(error.value.messages)


def with_member(raw: bytes, info: zipfile.ZipInfo | str, content: bytes = b"{}") -> bytes:
    file = io.BytesIO(raw)
    with zipfile.ZipFile(file, "a") as target:
        target.writestr(info, content)
    return file.getvalue()


class TestAZip:
    @pytest.mark.parametrize("cut", [1, 22, 500, 5000])
    def test_that_is_cut_off(self, raw: bytes, cut: int) -> None:
        assert (
            why(raw[:-cut]) == "The end of the archive is missing: it was cut off, or is no archive at all."
        )

    def test_that_has_something_behind_its_end(self, raw: bytes) -> None:
        assert "end of the archive" in why(raw + b"<script>")

    def test_that_is_nothing_but_the_first_letters(self) -> None:
        assert "end of the archive" in why(b"PK\x03\x04")

    def test_whose_directory_is_garbage(self, raw: bytes) -> None:
        broken = bytearray(raw)
        start = struct.unpack("<L", raw[-6:-2])[0]
        broken[start : start + 60] = b"\xff" * 60
        assert why(bytes(broken)) == "The archive is damaged: its list of files cannot be read."

    def test_whose_content_is_damaged_names_the_entry(self, raw: bytes) -> None:
        place = raw.index(KNEE.encode()) + len(KNEE) + 40
        broken = raw[:place] + bytes(byte ^ 0xFF for byte in raw[place : place + 20]) + raw[place + 20 :]
        assert dry(broken).refused == ["knee-to-chest: The file is damaged."]

    @pytest.mark.parametrize(
        "name",
        [
            *("../../etc/passwd", "/etc/passwd", "exercises/../x.json", "exercises\\x.json", "C:x.json"),
            *("exercises/a/b.json", "exercises/.json", "media/x.svg", "évil.json", "x" * 5000),
        ],
    )
    def test_with_a_path_that_no_archive_has(self, raw: bytes, name: str) -> None:
        said = why(with_member(raw, zipfile.ZipInfo(name)))
        assert "an archive has no file of this name." in said
        assert len(said) < 200

    def test_with_a_name_that_goes_on_behind_a_zero(self, raw: bytes) -> None:
        shown = with_member(raw, "exercises/a.jsonX.html").replace(
            b"exercises/a.jsonX", b"exercises/a.json\0"
        )
        assert "an archive has no file of this name." in why(shown)

    def test_with_a_link(self, raw: bytes) -> None:
        link = zipfile.ZipInfo("exercises/link.json")
        link.create_system, link.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        assert why(with_member(raw, link, b"/etc/passwd")).endswith("it is a link, not a file.")

    @pytest.mark.filterwarnings("ignore:Duplicate name")
    def test_with_a_name_twice(self, raw: bytes) -> None:
        assert "it is there twice" in why(with_member(raw, KNEE))

    def test_that_is_encrypted(self, raw: bytes) -> None:
        flagged = bytearray(raw)
        flagged[raw.index(b"PK\x01\x02") + 8] |= 1
        assert "encrypted" in why(bytes(flagged))

    def test_packed_in_another_way(self, raw: bytes) -> None:
        strange = zipfile.ZipInfo("exercises/x.json")
        strange.compress_type = zipfile.ZIP_BZIP2
        assert "packed in a way that is not taken" in why(with_member(raw, strange))

    def test_that_is_a_bomb(self, raw: bytes) -> None:
        bomb = zipfile.ZipInfo("exercises/bomb.json")
        bomb.compress_type = zipfile.ZIP_DEFLATED
        assert "far too tightly" in why(with_member(raw, bomb, b" " * 900_000))
        assert "too large" in why(with_member(raw, bomb, b" " * 50_000_000))

    def test_that_lies_about_the_size_of_a_member(self, raw: bytes) -> None:
        bomb = zipfile.ZipInfo("exercises/bomb.json")
        bomb.compress_type = zipfile.ZIP_DEFLATED
        lying = bytearray(
            changed(with_member(raw, bomb, b"[" + b" " * 5_000_000 + b"]"), "manifest.json", exercises=11)
        )
        for mark, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
            place = (
                lying.rindex(b"exercises/bomb.json")
                if mark == b"PK\x01\x02"
                else lying.index(b"exercises/bomb.json")
            )
            start = lying.rindex(mark, 0, place)
            lying[start + at : start + at + 4] = struct.pack("<L", 9_000)
        assert any("damaged" in text or "not JSON" in text for text in dry(bytes(lying)).refused)

    def test_with_too_many_files(self, raw: bytes) -> None:
        many = raw[:-12] + struct.pack("<H", opening.MEMBERS_MAX + 1) + raw[-10:]
        assert "too many files" in why(many)

    def test_with_a_directory_that_says_it_is_endless(self, raw: bytes) -> None:
        endless = raw[:-10] + struct.pack("<L", 2**31) + raw[-6:]
        assert "too many files" in why(endless)

    def test_with_64_bit_sizes(self, raw: bytes) -> None:
        assert "too many files" in why(raw[:-22] + opening.LOCATOR_64 + b"\0" * 16 + raw[-22:])

    def test_of_something_else(self) -> None:
        assert "no file of this name" in why(zipped({"[Content_Types].xml": b"<x/>"}))
        assert "no manifest.json" in why(zipped({}))


class TestTheManifest:
    def test_of_another_version(self, raw: bytes) -> None:
        assert why(changed(raw, "manifest.json", version=2)) == (
            "The archive has version 2; this Holdwell reads version 1."
        )

    @pytest.mark.parametrize("wrong", [b"", b"[]", b"{", b"\xff", b'{"format": "zip"}', b"[" * 100_000])
    def test_that_is_none(self, raw: bytes, wrong: bytes) -> None:
        assert "manifest" in why(zipped(members(raw) | {"manifest.json": wrong}))

    def test_that_misses_something(self, raw: bytes) -> None:
        manifest = json.loads(members(raw)["manifest.json"])
        del manifest["licences"]
        said = why(zipped(members(raw) | {"manifest.json": json.dumps(manifest).encode()}))
        assert said == "manifest.json: the file: “licences” is missing."

    def test_that_counts_more_than_there_is(self, raw: bytes) -> None:
        assert "not whole" in why(without(raw, KNEE))


class TestTheJson:
    @pytest.mark.parametrize(
        ("wrong", "said"),
        [
            (b"", "not JSON: it cannot be read from line 1, character 1 on."),
            (b'{"slug":\n  knee}', "not JSON: it cannot be read from line 2, character 3 on."),
            (b"\xff\xfe", "no text in UTF-8"),
            (b"[" * 9_000, "it is nested too deeply."),
            (b'{"slug": NaN}', "NaN is not a number"),
            (b'{"slug": 1e999}', "1e999 is not a number"),
            (b'{"slug": ' + b"9" * 5000 + b"}", "a number is too long."),
            (b'{"slug": "a", "slug": "b"}', "a key is there twice"),
            (b'{"slug": "\\u0000"}', "cannot be kept"),
            (b'{"slug": "\\ud800"}', "cannot be kept"),
            (b"[]", "an object is expected"),
            (b"null", "an object is expected"),
            (b'"knee-to-chest"', "an object is expected"),
        ],
    )
    def test_of_an_entry_is_named_with_its_reason(self, raw: bytes, wrong: bytes, said: str) -> None:
        [found] = dry(zipped(members(raw) | {KNEE: wrong})).refused
        assert found.startswith("knee-to-chest: ")
        assert said in found
        assert len(found) < 300

    @pytest.mark.parametrize(
        ("field", "value", "said"),
        [
            ("content__name", 7, "name: a text is expected."),
            ("content__name", "x" * 121, "name: at most 120 characters are expected."),
            ("content__hold", 10**9, "hold: 1000000000 is out of range."),
            ("content__hold", True, "hold: a whole number is expected."),
            ("content__regions", ["moon"], "regions.0: “moon” is not known here."),
            ("content__regions", [*range(3), "x", [1]] * 9_000, "regions: at most 20 entries are expected."),
            ("created_at", "0001-01-01T00:00:00.000000Z", "A date is none."),
            ("content__steps", [{"kind": "hold"}], "steps.0: “text” is missing."),
            ("content__extra", 1, "published.content: “extra” is not known here."),
            ("content__language", "xx", "language: “xx” is not a language that is known here."),
            (
                "content__translations",
                {"xx": {"texts": {}, "of": {}}},
                "translations: “xx” is not a language that is known here.",
            ),
            ("content__easier", "nowhere", "“nowhere” is neither in the file nor in the library."),
            ("content__easier", "knee-to-chest", "easier: A stretch is no variant of itself."),
            (
                "content__easier",
                "shared:knee-to-chest",
                "“shared:knee-to-chest” is not in the shared library.",
            ),
            ("content__easier", "../x", "easier: “../x” does not fit."),
            (
                "content__media",
                [{"medium": "0" * 64, "alt": ""}],
                "Photo or film 000000000000…: it is not in the file.",
            ),
            ("content__hold_min", 99, "hold: The hold lies outside its range of 99 to 60 seconds."),
            ("slug", "another", "slug: it is not the name of the file."),
            ("created_at", "2026-99-99T00:00:00.000000Z", "A date is none."),
            ("published", None, "published: an object is expected."),
        ],
    )
    def test_with_what_does_not_fit(self, raw: bytes, field: str, value: Any, said: str) -> None:
        assert f"knee-to-chest: {said}" in dry(changed(raw, KNEE, **{field: value})).refused

    def test_with_several_faults_has_a_sentence_for_each(self, raw: bytes) -> None:
        assert dry(changed(raw, KNEE, content__hold=0, content__name="", content__sides=1)).refused == [
            "knee-to-chest: name: a text is expected.",
            "knee-to-chest: hold: 0 is out of range.",
            "knee-to-chest: sides: “1” is not known here.",
        ]

    def test_with_a_figure_that_no_body_can_do(self, raw: bytes) -> None:
        figure = {"start": {}, "held": {"joints": {"left_knee": {"flexion": 400}}}}
        [found] = dry(changed(raw, KNEE, content__figure=figure)).refused
        assert "knee" in found

    def test_without_a_language_at_all(self, raw: bytes) -> None:
        files = members(raw)
        told = json.loads(files[KNEE])
        del told["published"]["content"]["language"]
        files[KNEE] = json.dumps(told).encode()
        assert dry(zipped(files)).refused == ["knee-to-chest: published.content: “language” is missing."]
