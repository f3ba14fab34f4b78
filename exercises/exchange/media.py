"""Photos and films in an archive (docs/rules.md 9): named by their content, packed as they lie here, and looked at
again before they are kept elsewhere.

A picture is kept as it comes, once it has been found to be a plain WebP that can be read: packed anew it would be
another file, and a library that came back would not be the one that left. A film is kept as it comes when its copy,
which has nothing but its frames, is as long.
"""

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db.models import F, Q
from django.utils.translation import gettext as _

from clinic import audit
from clinic.models import Clinic, User
from clinic.ui.lists import listed
from exercises.exchange import facts
from exercises.media import checking, decoder, keeping, sniffing
from exercises.models import Medium, MediumKind, Revision

# The files of a medium by their parts, each to be opened when it is needed.
Files = Mapping[str, Callable[[], AbstractContextManager[IO[bytes]]]]

FILM = "film"
PICTURES = [str(width) for width in decoder.WIDTHS]
DAYS, INSTANTS = ("consent_on",), ("uploaded_at", "withdrawn_at")
AS_IT_IS: tuple[str, ...] = ("kind", "name", "sha256", "bytes", "width", "height", "duration")
AS_IT_IS += ("licence", "credit", "shows_person", "consent_kept", "consent_note", "silent", "captions")
PART = ("type", "bytes", "sha256", "width", "height")
# What people say of a medium: two libraries may say it otherwise of the same file.
SAID = (*keeping.SAID, "captions")


@dataclass(frozen=True, slots=True)
class Packed:
    """A medium on its way: its id here, its name anywhere (a SHA-256 in hex), and all that is kept of it, as JSON.

    `files` gives the SHA-256 of each of its parts: a film and its still, a photo in several sizes. Of what was
    withdrawn there are none.
    """

    medium: str
    key: str
    facts: Mapping[str, Any]
    files: Mapping[str, str]


def key(medium: Medium) -> str:
    """What a medium is called in archives: made from the file that was uploaded, however it is packed since, and the
    instant of that, so that the same photo that was uploaded twice stays two, of which different things may be said."""
    return hashlib.sha256(f"{facts.instant(medium.uploaded_at)}\n{medium.sha256}".encode()).hexdigest()


def keys(revisions: Iterable[Revision]) -> dict[str, str]:
    """Id → key of all media that the revisions show and that there are."""
    shown = {medium["medium"] for revision in revisions for medium in revision.media}
    rows = Medium.objects.filter(pk__in=shown) if shown else []
    return {str(medium.pk): key(medium) for medium in rows}


def pack(media: Iterable[str]) -> Iterator[Packed]:
    """What there is of these ids, each content once; of one that was withdrawn its words alone."""
    packed: set[str] = set()
    for medium in _withdrawn_first(Medium.objects.filter(pk__in=set(media))):
        name = key(medium)
        if name in packed:
            continue
        packed.add(name)
        files = {} if medium.withdrawn_at else {part: told["sha256"] for part, told in medium.files.items()}
        yield Packed(str(medium.pk), name, _told(medium), files)


def open_part(medium: str, part: str) -> AbstractContextManager[IO[bytes]]:
    """One file of a medium. Raises FileNotFoundError when it is gone: withdrawn in this moment."""
    opened: AbstractContextManager[IO[bytes]] = keeping.storage().open(
        Medium.objects.get(pk=medium).files[part]["file"]
    )
    return opened


def here(clinic: Clinic | None) -> dict[str, Medium]:
    """By key the media that a library may show already; what was withdrawn here is not brought back."""
    found: dict[str, Medium] = {}
    for medium in _withdrawn_first(Medium.objects.filter(Q(clinic=None) | Q(clinic=clinic))):
        found.setdefault(key(medium), medium)
    return found


def remark(medium: Medium, told: Mapping[str, Any]) -> str:
    """What people should know when an archive tells otherwise of one that is here; empty when it does not."""
    said = _told(medium)
    fields: Any = {name: Medium._meta.get_field(name) for name in SAID}
    other = [str(fields[name].verbose_name) for name in SAID if said[name] != told[name]]
    other += [_("withdrawn")] if bool(said["withdrawn_at"]) != bool(told["withdrawn_at"]) else []
    if not other:
        return ""
    return _("Other things are said of photo or film “%(name)s” here, and they stay: %(fields)s.") % {
        "name": medium.name,
        "fields": listed(other),
    }


def _withdrawn_first(rows: Any) -> Any:
    own_first = F("clinic").asc(nulls_last=True)
    return rows.order_by(F("withdrawn_at").asc(nulls_last=True), own_first, "uploaded_at", "pk")


def _told(medium: Medium) -> dict[str, Any]:
    told = {name: getattr(medium, name) for name in AS_IT_IS}
    told |= {name: facts.instant(getattr(medium, name)) for name in INSTANTS}
    told["consent_on"] = medium.consent_on and medium.consent_on.isoformat()
    told["parts"] = {
        part: {name: file[name] for name in PART if name in file} for part, file in medium.files.items()
    }
    return told


# --- Coming in


def problems(told: Mapping[str, Any], files: Files) -> list[str]:
    """Why a medium that fits the schema cannot be taken in, in sentences. Nothing is written."""
    try:
        medium = _row(told["facts"])
        keeping.check_said(medium)
        _check_captions(medium)
        _check_parts(told, medium)
        if not medium.withdrawn_at:
            _check_files(medium, files)
    except ValidationError as error:
        return error.messages
    except ValueError:
        return [_("A date is none.")]
    return []


def coming(actor: User | None, clinic: Clinic | None, told: Mapping[str, Any]) -> Medium:
    """One that has no problems, as it will be here. Neither it nor its files are written."""
    medium = _row(told["facts"])
    medium.clinic, medium.uploaded_by = clinic, actor
    names: dict[str, str] = {}
    for part, file in medium.files.items():
        ending = file["type"].partition("/")[2]
        file["file"] = names.setdefault(file["sha256"], f"{keeping.FOLDER}/{medium.pk}/{part}.{ending}")
    return medium


def keep(medium: Medium, files: Files) -> None:
    """Write its files, which are looked at for long, so before the transaction that writes its row."""
    kept: set[str] = set()
    for part, file in medium.files.items():
        if file["file"] not in kept and not medium.withdrawn_at:
            kept.add(file["file"])
            _keep(part, file, files[part])


def add(actor: User | None, medium: Medium) -> None:
    """Write the row of one whose files are kept."""
    medium.save()
    audit.record(actor, "medium.added", medium, clinic=medium.clinic, kind=medium.kind)


def _keep(part: str, file: dict[str, Any], opened: Callable[[], AbstractContextManager[IO[bytes]]]) -> None:
    with _unpacked(opened) as (came, made):
        if part == FILM:
            checking.checked(came, made)
            copy = made / FILM
            if copy.stat().st_size != came.stat().st_size:
                came = copy
                with copy.open("rb") as stream:
                    file["sha256"] = hashlib.file_digest(stream, "sha256").hexdigest()
                file["bytes"] = copy.stat().st_size
        with came.open("rb") as stream:
            keeping.storage().save(file["file"], File(stream))


def _row(told: Mapping[str, Any]) -> Medium:
    """A medium as an archive tells of it, not written. Raises ValueError for a date that is none."""
    medium = Medium(
        **{name: told[name] for name in AS_IT_IS},
        **{name: facts.day(told[name]) for name in DAYS},
        **{name: facts.at(told[name]) for name in INSTANTS},
        files={part: dict(file) for part, file in told["parts"].items()},
    )
    medium.name = keeping.cleaned_name(medium.name)
    return medium


def _check_captions(medium: Medium) -> None:
    """They are kept as they come, so they have to be what an upload would have been made into."""
    for language, text in medium.captions.items():
        if keeping.read_captions(medium, language, text.encode()) != text:
            raise ValidationError(_("Its captions are not as they are kept here."))


def _check_parts(told: Mapping[str, Any], medium: Medium) -> None:
    wanted = {*PICTURES, *([FILM] if medium.kind == MediumKind.FILM else [])}
    files = {} if medium.withdrawn_at else {part: file["sha256"] for part, file in medium.files.items()}
    if set(medium.files) != wanted or told["files"] != files or told["key"] != key(medium):
        raise ValidationError(_not_as_told())


def _check_files(medium: Medium, files: Files) -> None:
    """Each file is looked at as an upload is, by the same program. Raises ValidationError."""
    looked: set[str] = set()
    for part, file in medium.files.items():
        if file["sha256"] in looked:
            continue
        looked.add(file["sha256"])
        with _unpacked(files[part]) as (came, made):
            found = checking.checked(came, made)
            fits = found.kind == (FILM if part == FILM else "photo") and came.stat().st_size == file["bytes"]
            fits &= _film_fits(medium, found) if part == FILM else _picture_fits(part, file, found, came)
            if not fits:
                raise ValidationError(_not_as_told())
    widest = medium.files[PICTURES[-1]]
    if medium.kind == MediumKind.PHOTO and (medium.width, medium.height) != (
        widest["width"],
        widest["height"],
    ):
        raise ValidationError(_not_as_told())


def _film_fits(medium: Medium, found: checking.Checked) -> bool:
    same = (medium.width, medium.height) == (found.width, found.height)
    of_type = medium.film["type"] == found.files[FILM]["type"]
    return same and of_type and abs((medium.duration or 0) - (found.duration or 0)) <= 1


def _picture_fits(part: str, file: Mapping[str, Any], found: checking.Checked, came: Path) -> bool:
    as_told = (file.get("width"), file.get("height")) == (found.width, found.height)
    with came.open("rb") as stream:
        plain = sniffing.is_plain_webp(stream.read(sniffing.HEAD), came.stat().st_size)
    return plain and as_told and found.width <= int(part)


def _not_as_told() -> str:
    return _("its files are not what it says of them.")


@contextmanager
def _unpacked(opened: Callable[[], AbstractContextManager[IO[bytes]]]) -> Iterator[tuple[Path, Path]]:
    """A file of an archive as one of ours, and an empty folder for what the check makes of it."""
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="check-") as folder:
        came, made = Path(folder) / "came", Path(folder) / "made"
        made.mkdir()
        with opened() as source, came.open("wb") as target:
            shutil.copyfileobj(source, target)
        yield came, made
