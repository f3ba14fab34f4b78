"""The demo's mail: what Django's file-based backend wrote to a folder, read back as letters.

The folder is not trusted: other programs may write to it, and a file may be read while it is being written. What
cannot be read is left out; names of files never come from a visitor.
"""

import datetime as dt
import email
import hashlib
import os
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from pathlib import Path

# What the backend writes after each letter of a file; a letter without it is not finished.
SEPARATOR = b"\n" + b"-" * 79 + b"\n"
MAX_FILES = 300
MAX_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter. `date` is None where it has none that can be read; `html` is empty where it is text only."""

    id: str
    subject: str
    sender: str
    to: tuple[str, ...]
    date: dt.datetime | None
    text: str
    html: str


def letters(*folders: Path, to: str = "") -> list[Letter]:
    """The letters of some folders, newest first; only those to one address, where one is given."""
    found = [letter for file in _newest_files(folders) for letter in _letters_of(file)]
    return [letter for letter in found if to.lower() in letter.to] if to else found


def letter(id: str, *folders: Path) -> Letter | None:  # noqa: A002
    return next((letter for letter in letters(*folders) if letter.id == id), None)


def recipients(all_letters: list[Letter]) -> list[str]:
    return sorted({address for letter in all_letters for address in letter.to})


def _newest_files(folders: Iterable[Path]) -> list[Path]:
    files = sorted((found for folder in folders for found in _files_of(folder)), reverse=True)
    return [path for _, _, path in files[:MAX_FILES]]


def _files_of(folder: Path) -> Iterator[tuple[int, str, Path]]:
    """When a file was written, its name, and where it is."""
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                # Links could lead anywhere; what is not a file of the backend's is not mail.
                if entry.name.endswith(".log") and entry.is_file(follow_symlinks=False):
                    status = entry.stat(follow_symlinks=False)
                    if status.st_size <= MAX_BYTES:
                        yield status.st_mtime_ns, entry.name, Path(entry.path)
    except OSError:
        return  # no mail was written yet


def _letters_of(file: Path) -> list[Letter]:
    """The finished letters of one file, the last written first."""
    try:
        *finished, _unfinished = file.read_bytes().split(SEPARATOR)
    except OSError:
        return []
    return [_letter(file.name, place, raw) for place, raw in reversed(list(enumerate(finished)))]


def _letter(name: str, place: int, raw: bytes) -> Letter:
    message = email.message_from_bytes(raw)
    key = f"{name}/{place}".encode(errors="surrogateescape")
    addresses = getaddresses([_header(message, field) for field in ("To", "Cc", "Bcc")])
    return Letter(
        id=hashlib.sha256(key).hexdigest()[:20],
        subject=_header(message, "Subject"),
        sender=_header(message, "From"),
        to=tuple(address.lower() for _, address in addresses if address),
        date=_date(message),
        text=_part(message, "text/plain"),
        html=_with_pictures(_part(message, "text/html"), message),
    )


def _with_pictures(html: str, message: Message) -> str:
    """The HTML with the pictures that travel in the mail put where it shows them."""
    for part in _leaves(message):
        name = str(part.get("Content-ID", "")).strip("<> ")
        if name and part.get_content_type() == "image/png":
            content = part.get_payload(decode=True)
            png = b64encode(content if isinstance(content, bytes) else b"").decode()
            html = html.replace(f'"cid:{name}"', f'"data:image/png;base64,{png}"')
    return html


def _header(message: Message, field: str) -> str:
    raw = str(message.get(field, ""))
    try:
        return str(make_header(decode_header(raw))).replace("\n", " ").strip()
    except (MessageError, LookupError, ValueError):
        return raw.strip()


def _date(message: Message) -> dt.datetime | None:
    try:
        date = parsedate_to_datetime(str(message.get("Date", "")))
    except (ValueError, IndexError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=dt.UTC)


def _part(message: Message, kind: str) -> str:
    """The first part of a kind that is not an attachment, decoded as well as can be."""
    for part in _leaves(message):
        if part.get_content_type() == kind and part.get_content_disposition() != "attachment":
            payload = part.get_payload(decode=True)
            body = payload if isinstance(payload, bytes) else b""
            try:
                return body.decode(part.get_content_charset() or "utf-8", errors="replace")
            except LookupError:
                return body.decode(errors="replace")
    return ""


def _leaves(message: Message) -> Iterator[Message]:
    return (part for part in message.walk() if not part.is_multipart())
