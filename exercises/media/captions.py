"""WebVTT: what is said in a film, as text with its times (https://www.w3.org/TR/webvtt1/). Pure.

What browsers would skip in silence is refused with its line, so that captions that are there can also be read.
"""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

BYTES_MAX = 200_000
_TIME = r"(?:(\d{2,}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_CUE = re.compile(rf"{_TIME}[ \t]+-->[ \t]+{_TIME}(?:[ \t].*)?")
_NOT_SHOWN = ("NOTE", "STYLE", "REGION")


def read(data: bytes, *, duration: float | None = None) -> str:
    """The captions as they are kept: UTF-8, lines ended by LF, without styles. Raises ValidationError."""
    if len(data) > BYTES_MAX:
        raise ValidationError(_("Captions have at most 200 KB."))
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise ValidationError(_("Save the captions as UTF-8 text.")) from error
    if "\x00" in text or not re.match(r"WEBVTT(?:[ \t\n]|$)", text):
        raise ValidationError(_("This is no caption file: a WebVTT file (.vtt) begins with “WEBVTT”."))
    _header, *blocks = re.split(r"\n{2,}", text.strip("\n"))
    kept, before = [], 0.0
    for number, block in enumerate(_shown(blocks), start=1):
        before = _checked(block, number, before)
        kept.append(block)
    if not kept:
        raise ValidationError(_("There are no captions in this file."))
    if duration is not None and before > duration + 1:
        raise ValidationError(_("The last caption begins after the film has ended; is it of another film?"))
    return "WEBVTT\n\n" + "\n\n".join(kept) + "\n"


def _shown(blocks: list[str]) -> list[str]:
    return [block for block in blocks if block.strip() and not block.startswith(_NOT_SHOWN)]


def _checked(block: str, number: int, before: float) -> float:
    """When a caption begins, in seconds. Raises ValidationError."""
    lines = block.split("\n")
    timing = next((index for index, line in enumerate(lines[:2]) if "-->" in line), None)
    found = None if timing is None else _CUE.fullmatch(lines[timing].strip())
    if timing is None or found is None:
        raise ValidationError(
            _("Caption %(number)d has no times, written like this: 00:01.000 --> 00:04.000")
            % {"number": number}
        )
    start, end = _seconds(found.groups()[:4]), _seconds(found.groups()[4:])
    if end <= start or start < before:
        raise ValidationError(
            _("Caption %(number)d ends before it begins, or begins before the one above it.")
            % {"number": number}
        )
    if not "".join(lines[timing + 1 :]).strip():
        raise ValidationError(_("Caption %(number)d says nothing.") % {"number": number})
    return start


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = (int(part or 0) for part in parts)
    return hours * 3600 + minutes * 60 + seconds + thousandths / 1000
