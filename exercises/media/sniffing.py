"""What a file is, by its first bytes; never by its name or by what the browser says of it. Pure.

Nothing is parsed here: a known beginning chooses the one reader that `decoder` will use. What is not among the five
kinds is refused with a sentence that says what to do instead.
"""

from collections.abc import Sequence

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

HEAD = 4096  # bytes that are looked at

JPEG, PNG, WEBP, MP4, WEBM = "JPEG", "PNG", "WEBP", "MP4", "WEBM"
PHOTOS = (JPEG, PNG, WEBP)
FILMS = (MP4, WEBM)

EMPTY = _("The file is empty.")
UNKNOWN = _("This is neither a photo (JPEG, PNG or WebP) nor a film (MP4 or WebM).")
DRAWING = _("This is a drawing with code in it (SVG). Save it as PNG, or pose the figure instead.")
PAGE = _("This is a web page, not a photo or film.")
ARCHIVE = _("This is an archive. Unpack it, and upload its photos and films one by one.")
LIST = _("This is a list of addresses that a player would follow, not a film. Upload the film itself.")
DOCUMENT = _("This is a document. Save the picture in it as JPEG or PNG.")
PROGRAM = _("This is a program, not a photo or film.")
HEIC = _(
    "This photo is packed as HEIC or AVIF. Save it as JPEG (on an iPhone: Camera, Formats, Most Compatible)."
)
GIF = _("A GIF is not taken. Save a photo as JPEG or PNG, and anything that moves as MP4.")
OTHER_PHOTO = _("This kind of photo is not taken. Save it as JPEG or PNG.")
QUICKTIME = _("This film is packed as QuickTime (.mov). Save it as MP4.")
OTHER_FILM = _("This kind of film is not taken, as browsers do not play it. Save it as MP4.")

_BEGINNINGS: Sequence[tuple[bytes, Promise]] = (
    (b"PK\x03\x04", ARCHIVE),
    (b"PK\x05\x06", ARCHIVE),
    (b"Rar!", ARCHIVE),
    (b"7z\xbc\xaf", ARCHIVE),
    (b"\x1f\x8b", ARCHIVE),
    (b"BZh", ARCHIVE),
    (b"\xfd7zXZ", ARCHIVE),
    (b"%PDF", DOCUMENT),
    (b"{\\rtf", DOCUMENT),
    (b"\xd0\xcf\x11\xe0", DOCUMENT),
    (b"MZ", PROGRAM),
    (b"\x7fELF", PROGRAM),
    (b"\xca\xfe\xba\xbe", PROGRAM),
    (b"#!", PROGRAM),
    (b"GIF8", GIF),
    (b"BM", OTHER_PHOTO),
    (b"II*\x00", OTHER_PHOTO),
    (b"MM\x00*", OTHER_PHOTO),
    (b"\x00\x00\x00\x0cjP  ", OTHER_PHOTO),
    (b"\xff\x0a", OTHER_PHOTO),
    (b"FLV", OTHER_FILM),
    (b"OggS", OTHER_FILM),
    (b"\x00\x00\x01\xba", OTHER_FILM),
    (b"0&\xb2u", OTHER_FILM),
)
_HEIC_BRANDS = (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis")


def kind_of(head: bytes) -> str | None:
    """Which of the kinds that are taken begins like this; None for anything else."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp" and head[8:12] != b"qt  " and head[8:12] not in _HEIC_BRANDS:
        return MP4
    # The name of the format stands in the first element; Matroska has the same beginning.
    if head.startswith(b"\x1a\x45\xdf\xa3") and b"\x42\x82\x84webm" in head[:64]:
        return WEBM
    return None


def is_plain_webp(head: bytes, size: int) -> bool:
    """Whether a WebP (RFC 9649) of this size is one picture and nothing beside: no metadata, nothing behind its end."""
    packed = int.from_bytes(head[16:20], "little")
    return (
        head[:4] == b"RIFF"
        and head[8:12] == b"WEBP"
        and head[12:16] in (b"VP8 ", b"VP8L")
        and int.from_bytes(head[4:8], "little") + 8 == size == 20 + packed + packed % 2
    )


def why_not(head: bytes) -> str:
    """Why a file that `kind_of` does not know is refused, and what to do."""
    if not head:
        return str(EMPTY)
    for beginning, words in _BEGINNINGS:
        if head.startswith(beginning):
            return str(words)
    if head[4:8] == b"ftyp":
        return str(HEIC if head[8:12] in _HEIC_BRANDS else QUICKTIME)
    if head[:4] == b"RIFF" or head.startswith(b"\x1a\x45\xdf\xa3"):
        return str(OTHER_FILM)
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"#extm3u", b"ffconcat", b"[playlist]")) or b"<mpd" in text:
        return str(LIST)
    if b"<svg" in text:
        return str(DRAWING)
    if text.startswith((b"<!doctype", b"<html", b"<script", b"<?php", b"<?xml", b"<")):
        return str(PAGE)
    return str(UNKNOWN)
