"""A file from elsewhere, looked at before anything of it is believed: a ZIP of ours, or a JSON text.

A ZIP is never unpacked onto a disk. Its directory is measured before it is read, every name must be one that archives
have, and each member is read up to a limit, whatever the directory says of its size.
"""

import hashlib
import json
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import IO, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from exercises.exchange import archive as ours
from exercises.exchange import schema

MEMBERS_MAX = 20_000
DIRECTORY_MAX = 3_000_000  # bytes; 20,000 members of the longest names
JSON_MAX = 1_000_000  # bytes of one JSON file; a stretch with its figure has 10 KB
ALL_JSON_MAX = 300_000_000  # bytes of all of them
MEDIUM_MAX = 500_000_000  # bytes of a photo or film
ALL_MEDIA_MAX = 4_000_000_000
RATIO_MAX = 200  # unpacked : packed; JSON of ours has 4 to 10
SMALL = 10_000  # bytes; below it no ratio says anything
NAME_SHOWN = 80

END = b"PK\x05\x06"
END_SIZE = 22
LOCATOR_64 = b"PK\x06\x07"
LOCATOR_64_SIZE = 20
ENCRYPTED = 0x1

SLUG = r"[-a-zA-Z0-9_]{1,80}"
NAMES = re.compile(
    rf"manifest\.json|README\.txt|library\.schema\.json|(?:exercises|routines)/{SLUG}\.json|media/[0-9a-f]{{64}}(?:\.json)?"
)
FOLDERS = (ours.EXERCISES, ours.ROUTINES, ours.MEDIA)
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error, OSError)


def is_archive(file: IO[bytes]) -> bool:
    """Whether a file begins as a ZIP does. What it is called says nothing."""
    file.seek(0)
    start = file.read(4)
    file.seek(0)
    return start[:2] == b"PK"


class Archive:
    """A ZIP that has been looked at: its manifest fits, and every member is one that archives have."""

    def __init__(self, zipped: zipfile.ZipFile) -> None:
        self._zip = zipped
        self.manifest: dict[str, Any] = {}
        self.names = {member.filename for member in zipped.infolist() if not member.is_dir()}

    def slugs(self, folder: str) -> list[str]:
        return sorted(
            name.removeprefix(folder).removesuffix(".json") for name in self.names if name.startswith(folder)
        )

    @property
    def media(self) -> list[str]:
        """The keys of the photos and films in it."""
        return sorted(
            name.removeprefix(ours.MEDIA).removesuffix(".json")
            for name in self.names
            if name.startswith(ours.MEDIA) and name.endswith(".json")
        )

    def json(self, name: str) -> Any:
        """A JSON file of it. Raises ValidationError."""
        try:
            with self._zip.open(name) as member:
                raw = member.read(JSON_MAX + 1)
        except BROKEN as error:
            raise ValidationError(_("The file is damaged.")) from error
        if len(raw) > JSON_MAX:
            raise ValidationError(_("The file is too large."))
        return parsed(raw)

    def files(self, told: Mapping[str, Any]) -> dict[str, Any]:
        """The files of a photo or film, as whoever keeps them takes them."""
        return {part: partial(self.part, sha256) for part, sha256 in told["files"].items()}

    @contextmanager
    def part(self, sha256: str) -> Iterator[IO[bytes]]:
        """A file of a photo or film."""
        with self._zip.open(f"{ours.MEDIA}{sha256}") as file:
            yield file

    def is_whole(self, sha256: str) -> bool:
        """Whether a file of a photo or film is the one that its name says."""
        digest, size = hashlib.sha256(), 0
        try:
            with self.part(sha256) as file:
                while block := file.read(1 << 16):
                    size += len(block)
                    if size > MEDIUM_MAX:
                        return False
                    digest.update(block)
        except (*BROKEN, KeyError):
            return False
        return digest.hexdigest() == sha256


@contextmanager
def opened(file: IO[bytes]) -> Iterator[Archive]:
    """A ZIP of ours in an open file. Raises ValidationError, in a sentence for each thing that is wrong."""
    _measure_directory(file)
    try:
        zipped = zipfile.ZipFile(file)
    except (*BROKEN, ValueError) as error:
        raise ValidationError(_("The archive is damaged: its list of files cannot be read.")) from error
    with zipped:
        if problems := _strange(zipped.infolist()):
            raise ValidationError(problems)
        archive = Archive(zipped)
        archive.manifest = _manifest(archive)
        yield archive


def parsed(raw: bytes) -> Any:
    """JSON, strictly: UTF-8, every key once, numbers and signs that can be kept. Raises ValidationError."""
    try:
        value = json.loads(
            raw.decode("utf-8-sig"),
            parse_constant=_no_number,
            parse_float=_a_number,
            parse_int=_a_whole_number,
            object_pairs_hook=_each_once,
        )
        if b"\\u" in raw or b"\x00" in raw:
            _refuse_unkept(value)
    except UnicodeDecodeError as error:
        raise ValidationError(_("The file is not JSON: it is no text in UTF-8.")) from error
    except (ValueError, RecursionError) as error:
        raise ValidationError(_("The file is not JSON: %(why)s") % {"why": _why_no_json(error)}) from error
    return value


# --- JSON


def _why_no_json(error: ValueError | RecursionError) -> str:
    """In words for people; Python's own are for programmers."""
    if isinstance(error, json.JSONDecodeError):
        words = _("it cannot be read from line %(line)d, character %(column)d on.")
        return words % {"line": error.lineno, "column": error.colno}
    if isinstance(error, RecursionError):
        return _("it is nested too deeply.")
    return str(error)


def _a_whole_number(said: str) -> int:
    try:
        return int(said)
    except ValueError as error:  # Python reads no more than some thousand digits
        raise ValueError(_("a number is too long.")) from error


def _no_number(name: str) -> float:
    raise ValueError(_("%(value)s is not a number.") % {"value": name})


def _a_number(said: str) -> float:
    number = float(said)
    if number in (float("inf"), float("-inf")):
        raise ValueError(_("%(value)s is not a number.") % {"value": said[:20]})
    return number


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError(_("a key is there twice."))
    return found


def _refuse_unkept(value: Any) -> None:
    """No database keeps U+0000 in a text, and half a surrogate pair is no sign at all."""
    if isinstance(value, str):
        if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise ValueError(_("a text has a sign that cannot be kept."))
    elif isinstance(value, dict):
        for key, entry in value.items():
            _refuse_unkept(key)
            _refuse_unkept(entry)
    elif isinstance(value, list):
        for entry in value:
            _refuse_unkept(entry)


# --- ZIP


def _measure_directory(file: IO[bytes]) -> None:
    """Python reads the whole directory when it opens a ZIP, however large; so what it says is measured first.

    Only the plain end of a ZIP is taken: no comment behind it, no 64-bit sizes, which no archive of ours needs.
    """
    size = file.seek(0, 2)
    tail_size = min(size, END_SIZE + LOCATOR_64_SIZE)
    file.seek(-tail_size, 2)
    tail = file.read(tail_size)
    end = tail[-END_SIZE:]
    if len(end) < END_SIZE or end[:4] != END or end[-2:] != b"\0\0":
        raise ValidationError(
            _("The end of the archive is missing: it was cut off, or is no archive at all.")
        )
    members, directory = struct.unpack("<HL", end[10:16])
    if members > MEMBERS_MAX or directory > DIRECTORY_MAX or tail[:4] == LOCATOR_64:
        raise ValidationError(_("The archive has too many files; at most 20,000 are taken."))
    file.seek(0)


def _strange(members: list[zipfile.ZipInfo]) -> list[str]:
    """What no archive has, a sentence for the first few."""
    if len(members) > MEMBERS_MAX:
        return [_("The archive has too many files; at most 20,000 are taken.")]
    found: list[str] = []
    seen: set[str] = set()
    packed_out = {"json": 0, "media": 0}
    for member in members:
        name = member.filename
        if why := _why_strange(member, seen):
            found.append(f"{name[:NAME_SHOWN]!r}: {why}")
        if len(found) == schema.SAID_MAX:
            break
        seen.add(name)
        packed_out["media" if _is_part(name) else "json"] += member.file_size
    if packed_out["json"] > ALL_JSON_MAX or packed_out["media"] > ALL_MEDIA_MAX:
        found.append(_("Unpacked, the archive would be too large."))
    return found


def _why_strange(member: zipfile.ZipInfo, seen: set[str]) -> str:
    name = member.filename
    if name in seen:
        return _("it is there twice.")
    if member.flag_bits & ENCRYPTED:
        return _("it is encrypted; make an archive without a password.")
    if stat.S_ISLNK(member.external_attr >> 16):
        return _("it is a link, not a file.")
    if member.is_dir() and name in FOLDERS:
        return ""
    # Python cuts a name at its first zero; what the file says in full stands beside it.
    if member.orig_filename != name or not NAMES.fullmatch(name):
        return _("an archive has no file of this name.")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return _("it is packed in a way that is not taken.")
    if member.file_size > (MEDIUM_MAX if _is_part(name) else JSON_MAX):
        return _("it is too large.")
    if member.file_size > max(SMALL, RATIO_MAX * member.compress_size):
        return _("it is packed far too tightly to be what it says.")
    return ""


def _is_part(name: str) -> bool:
    return name.startswith(ours.MEDIA) and not name.endswith((".json", "/"))


def _manifest(archive: Archive) -> dict[str, Any]:
    if ours.MANIFEST not in archive.names:
        raise ValidationError(_("The archive has no manifest.json; it is no library of Holdwell."))
    try:
        said = archive.json(ours.MANIFEST)
    except ValidationError as error:
        raise ValidationError([f"manifest.json: {text}" for text in error.messages]) from error
    if not isinstance(said, dict) or said.get("format") != ours.FORMAT:
        raise ValidationError(_("The manifest does not say that this is a library of Holdwell."))
    if said.get("version") != ours.VERSION:
        raise ValidationError(
            _("The archive has version %(version)s; this Holdwell reads version %(known)d.")
            % {"version": str(said.get("version"))[:20], "known": ours.VERSION}
        )
    if problems := schema.problems("manifest", said):
        raise ValidationError([f"manifest.json: {text}" for text in problems])
    there = {
        "exercises": len(archive.slugs(ours.EXERCISES)),
        "routines": len(archive.slugs(ours.ROUTINES)),
        "media": len(archive.media),
    }
    if any(said[name] != number for name, number in there.items()):
        raise ValidationError(_("The archive is not whole: it has other files than its manifest says."))
    return said
