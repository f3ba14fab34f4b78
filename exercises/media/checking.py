"""Runs the decoder on an upload, and says what it found, or why the file is refused."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exercises.media import decoder, sniffing

PHOTO_MAX = 20_000_000  # bytes of an upload
FILM_MAX = 200_000_000
SECONDS = 90  # by the wall clock; the decoder's own bound is on the time that it computes

WORDS = {
    "pixels": gettext_lazy(
        "The photo has more than 25 million pixels. Make it smaller, and upload it again."
    ),
    "animated": gettext_lazy("This picture moves. Save one picture of it, or upload it as a film (MP4)."),
    "broken": gettext_lazy("The file cannot be read to its end: it is damaged, or not what its name says."),
    "cut": gettext_lazy("The film ends early: a part of the file is missing. Upload it again."),
    "memory": gettext_lazy("Reading this file takes more memory than it may. Save it anew, and smaller."),
    "streams": gettext_lazy("A film has one picture track and at most one sound track. Save it anew as MP4."),
    "hevc": gettext_lazy(
        "This film is packed as HEVC (H.265), which many browsers do not play. Save it as H.264"
        " (on an iPhone: Camera, Formats, Most Compatible)."
    ),
    "codec": gettext_lazy(
        "The picture track is packed in a way that browsers do not play. Save it as H.264."
    ),
    "audio": gettext_lazy("The sound track is packed in a way that browsers do not play. Save it as AAC."),
    "resolution": gettext_lazy("The film is larger than 4K. Save it as 1080p, which is enough."),
    "depth": gettext_lazy("The film has more than 8 bits a colour (HDR). Save it without HDR."),
    "long": gettext_lazy("The film is longer than 10 minutes. Cut it down to the stretch."),
    "address": gettext_lazy("The film points to other files or addresses. Upload the film itself."),
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What is in an upload. `files`: by the name of the part, where it lies and its type, size and width."""

    kind: str  # "photo" or "film"
    width: int
    height: int
    duration: float | None  # seconds
    has_sound: bool
    files: dict[str, dict[str, Any]]


def checked(upload: Path, folder: Path) -> Checked:
    """Checks a file by its content; what may be kept of it is in the folder then. Raises ValidationError."""
    with upload.open("rb") as file:
        head = file.read(sniffing.HEAD)
    kind = sniffing.kind_of(head)
    if kind is None:
        raise ValidationError(sniffing.why_not(head))
    if kind in sniffing.PHOTOS and upload.stat().st_size > PHOTO_MAX:
        raise ValidationError(_("A photo has at most 20 MB. Make it smaller, and upload it again."))
    if upload.stat().st_size > FILM_MAX:
        raise ValidationError(too_large())
    found = _decoded(kind, upload, folder)
    if "problem" in found:
        raise ValidationError(str(WORDS[found["problem"]]))
    files: dict[str, dict[str, Any]] = {
        width: {"file": f"{width}.webp", "type": "image/webp", **size}
        for width, size in found["sizes"].items()
    }
    is_film = kind in sniffing.FILMS
    if is_film:
        files["film"] = {"file": "film", "type": "video/mp4" if kind == sniffing.MP4 else "video/webm"}
    return Checked(
        kind="film" if is_film else "photo",
        width=found["width"],
        height=found["height"],
        duration=found.get("duration"),
        has_sound=found.get("has_sound", False),
        files=files,
    )


def too_large() -> str:
    return _("The file has more than 200 MB. Make the film shorter or smaller, and upload it again.")


def _decoded(kind: str, upload: Path, folder: Path) -> dict[str, Any]:
    """The decoder's answer. Whatever ends it otherwise (a crash, a bound that it met) is a file that cannot be read."""
    command = [sys.executable, "-I", decoder.__file__, kind, str(folder)]
    with upload.open("rb") as file:
        try:
            done = subprocess.run(  # noqa: S603 - our own program; the kind is one of five, the folder is ours
                command,
                stdin=file,
                capture_output=True,
                timeout=SECONDS,
                check=False,
                env={"LC_ALL": "C.UTF-8"},
                cwd=folder,
            )
        except subprocess.TimeoutExpired:
            return {"problem": "broken"}
    if done.returncode != 0:
        return {"problem": "broken"}
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
