"""The verbs of photos and films (docs/rules.md 9): each checks, writes, and records in the audit trail.

Files come first and the row last: what is killed on the way leaves files without a row, which `tidy` takes away.
"""

import datetime as dt
import json
import re
import shutil
import tempfile
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from hashlib import file_digest, sha256
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.db.models import ProtectedError
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit
from clinic.errors import Conflict
from clinic.models import Clinic, User
from exercises import languages, publishing
from exercises.media import captions, checking, listed
from exercises.models import Exercise, Medium, Revision, RevisionState

FOLDER = "media"
NAME_MAX = 120  # characters of a file's name as it is shown
UNUSED_FOR = dt.timedelta(days=30)
SEEN_AGAIN_AFTER = dt.timedelta(days=1)
LEFT_OVER_FOR = dt.timedelta(days=1)

# What may be said of a medium.
SAID = ("licence", "credit", "shows_person", "consent_kept", "consent_on", "consent_note", "silent")


def storage() -> Storage:
    """Where the files lie: a private folder, or what the operator has set as the storage "private"."""
    return storages["private"]


# --- Brought in


def add(actor: User | None, upload: File, *, clinic: Clinic | None, name: str = "") -> Medium:
    """Take a photo or film into a library (`clinic=None`: the shared one), after its content was checked.

    What is kept is made anew: pictures at fixed sizes, a film's frames in a new container; nothing that the upload
    says besides (place, camera, author). Raises ValidationError (`file`); then nothing is left of it.
    """
    with tempfile.TemporaryDirectory(dir=settings.FILE_UPLOAD_TEMP_DIR, prefix="check-") as folder:
        here, made = Path(folder) / "upload", Path(folder) / "made"
        made.mkdir()
        try:
            digest, size = _copy(upload, here)
            found = checking.checked(here, made)
        except ValidationError as refused:
            raise ValidationError({"file": refused.messages}) from refused
        medium = Medium(
            clinic=clinic,
            kind=found.kind,
            name=cleaned_name(name or upload.name or ""),
            sha256=digest,
            bytes=size,
            width=found.width,
            height=found.height,
            duration=found.duration,
            silent=found.kind == "film" and not found.has_sound,
            uploaded_by=actor,
        )
        medium.files = _files(medium, found.files, made)
        try:
            for name_kept, file in {part["file"]: part["made"] for part in medium.files.values()}.items():
                with file.open("rb") as stream:
                    storage().save(name_kept, File(stream))
            for part in medium.files.values():
                del part["made"]
            with transaction.atomic():
                medium.save()
                audit.record(actor, "medium.added", medium, clinic=clinic, kind=medium.kind)
        except BaseException:
            wipe(medium)
            raise
    return medium


def add_to(
    actor: User | None, exercise: Exercise, upload: File, *, alt: str = "", expected: str | None = None
) -> Medium:
    """Take a photo or film into a stretch's draft and its library. Raises ValidationError, and Conflict when the draft
    stands otherwise than `expected` by now; then nothing is left."""
    medium = add(actor, upload, clinic=exercise.clinic)
    try:
        attach(actor, exercise, medium, alt=alt, expected=expected)
    except (ValidationError, Conflict):
        remove(actor, medium)
        raise
    return medium


def _copy(upload: File, here: Path) -> tuple[str, int]:
    """The upload as a file of ours; its digest, and its size in bytes."""
    digest, size = sha256(), 0
    with here.open("wb") as file:
        for chunk in upload.chunks():
            digest.update(chunk)
            size += len(chunk)
            if size > checking.FILM_MAX:
                raise ValidationError(checking.too_large())
            file.write(chunk)
    return digest.hexdigest(), size


def _files(medium: Medium, parts: Mapping[str, dict[str, Any]], made: Path) -> dict[str, dict[str, Any]]:
    """Each part with its place in the storage. A size that is wider than the picture is the next smaller one."""
    files: dict[str, dict[str, Any]] = {}
    for part, facts in parts.items():
        file = made / facts["file"]
        with file.open("rb") as stream:
            digest = file_digest(stream, "sha256").hexdigest()
        twin = next((kept for kept in files.values() if kept["sha256"] == digest), None)
        ending = facts["type"].partition("/")[2]
        if twin is not None:
            files[part] = dict(twin)
            continue
        files[part] = {
            **facts,
            "file": f"{FOLDER}/{medium.pk}/{part}.{ending}",
            "bytes": file.stat().st_size,
            "sha256": digest,
            "made": file,
        }
    return files


def cleaned_name(name: str) -> str:
    """A file's name for people to read: no path, no signs that are not seen or that turn the text around."""
    last = PurePosixPath(name.replace("\\", "/")).name
    spaced = re.sub(r"\s+", " ", unicodedata.normalize("NFC", last)).strip(" .")
    short = "".join(sign for sign in spaced if unicodedata.category(sign)[0] != "C")
    if len(short) > NAME_MAX:
        stem, dot, ending = short.rpartition(".")
        ending = dot + ending if stem and len(ending) <= 5 else ""
        short = short[: NAME_MAX - 1 - len(ending)] + "…" + ending
    return short or _("without a name")


# --- Said of it


def mark(medium: Medium) -> str:
    """How a medium stands: another mark whenever something else is said of it, and once it is withdrawn."""
    said = {name: getattr(medium, name) for name in (*SAID, "captions", "withdrawn_at")}
    return json.dumps(said, default=str, sort_keys=True)


def _locked(medium: Medium, expected: str | None) -> Medium:
    """The medium as it stands in the database, held against a second writer. Raises Conflict."""
    fresh = Medium.objects.select_for_update(no_key=True).filter(pk=medium.pk).first()
    if fresh is None or (expected is not None and expected != mark(fresh)):
        raise Conflict(_("Somebody changed this in the meantime."))
    return fresh


@transaction.atomic
def describe(
    actor: User | None,
    medium: Medium,
    said: Mapping[str, Any],
    *,
    captions_of: Mapping[str, bytes] | None = None,
    expected: str | None = None,
) -> Medium:
    """Say who may use it, who is shown, and what is heard. What is not given stays as it is.

    `captions_of`: WebVTT files by language; an empty one takes that language away. What a published revision shows
    stays fit for it: its captions no longer change, and what publishing needs is not taken away again.
    Raises ValidationError by field, and Conflict when it stands otherwise than `expected` (its mark) by now.
    """
    medium = _locked(medium, expected)
    if unknown := set(said) - set(SAID):
        raise ValidationError(dict.fromkeys(sorted(unknown), _("This field is not known.")))
    before = {name: getattr(medium, name) for name in (*SAID, "captions")}
    for name, value in said.items():
        setattr(medium, name, value.strip() if isinstance(value, str) else value)
    for language, file in (captions_of or {}).items():
        medium.captions = (
            medium.captions | {language: read_captions(medium, language, file)}
            if file
            else {code: text for code, text in medium.captions.items() if code != language}
        )
    check_said(medium)
    _check_published(medium, before)
    changed = sorted(name for name, value in before.items() if getattr(medium, name) != value)
    if changed:
        medium.save(update_fields=changed)
        audit.record(actor, "medium.described", medium, clinic=medium.clinic, fields=changed)
    return medium


def read_captions(medium: Medium, language: str, file: bytes) -> str:
    """A caption file as it is kept. Raises ValidationError (`captions`)."""
    try:
        if languages.closest(language, dict(settings.LANGUAGES)) is None:
            raise ValidationError(_("“%(code)s” is not a language that is known here.") % {"code": language})
        return captions.read(file, duration=medium.duration)
    except ValidationError as error:
        raise ValidationError({"captions": error.messages}) from error


def check_said(medium: Medium) -> None:
    """Whether this can be said of a medium, whoever says it. Raises ValidationError by field."""
    try:
        medium.full_clean(exclude=["clinic", "uploaded_by", "files"])
    except ValidationError as error:
        raise ValidationError(error.message_dict) from error
    today = timezone.now().date() + dt.timedelta(days=1)  # it may be tomorrow already where the curator is
    if medium.consent_on and medium.consent_on > today:
        raise ValidationError({"consent_on": _("This day is still to come.")})
    if medium.silent and not medium.is_film:
        raise ValidationError({"silent": _("Only a film is silent or not.")})
    if medium.captions and not medium.is_film:
        raise ValidationError({"captions": _("Only a film has captions.")})


def _check_published(medium: Medium, before: Mapping[str, Any]) -> None:
    if not medium.uses.filter(revision__state=RevisionState.PUBLISHED).exists():
        return
    if any(medium.captions.get(code) != text for code, text in before["captions"].items()):
        raise ValidationError({"captions": _("What is published keeps its captions; upload the film anew.")})
    if missing := list(listed.unsaid(medium)):
        raise ValidationError(_("It is shown in what is published: %(text)s") % {"text": missing[0]})


# --- In a draft


def attach(
    actor: User | None, exercise: Exercise, medium: Medium, *, alt: str = "", expected: str | None = None
) -> Revision:
    """Add it at the end of a stretch's pictures, in its draft."""
    if medium.withdrawn_at:
        raise ValidationError({"media": _("This has been withdrawn.")})
    row = {"medium": str(medium.pk), "alt": alt.strip()}
    return _rewrite(actor, exercise, lambda rows: [*rows, row], expected)


def detach(
    actor: User | None, exercise: Exercise, medium: Medium, *, expected: str | None = None
) -> Revision:
    """Take it out of a stretch's draft. Published revisions keep it."""
    return _rewrite(
        actor, exercise, lambda rows: [row for row in rows if row["medium"] != str(medium.pk)], expected
    )


def arrange(
    actor: User | None, exercise: Exercise, rows: Sequence[Mapping[str, str]], *, expected: str | None = None
) -> Revision:
    """Write the list anew: its order, and the words of each. Conflict when the draft stands otherwise by now."""
    content = {"media": [{"medium": row["medium"], "alt": row["alt"].strip()} for row in rows]}
    saved: Revision = publishing.save_draft(actor, exercise, content, expected=expected)
    return saved


Rows = list[dict[str, str]]


@transaction.atomic
def _rewrite(
    actor: User | None, exercise: Exercise, change: Callable[[Rows], Rows], expected: str | None
) -> Revision:
    """Two uploads at once both find their place: the list is read when nobody else can write it."""
    exercise = Exercise.objects.select_for_update(no_key=True).get(pk=exercise.pk)
    newest = exercise.revisions.order_by("-number").first()
    rows = list(newest.media) if newest else []
    saved: Revision = publishing.save_draft(actor, exercise, {"media": change(rows)}, expected=expected)
    return saved


# --- Gone


@transaction.atomic
def withdraw(actor: User, medium: Medium) -> None:
    """Somebody took their consent back: the files go at once, also from what is published; its words stay in their
    place. What nobody has used yet is better removed."""
    medium = _locked(medium, None)
    if medium.withdrawn_at is None:
        medium.withdrawn_at = timezone.now()
        medium.save(update_fields=["withdrawn_at"])
        audit.record(actor, "medium.withdrawn", medium, clinic=medium.clinic)
        transaction.on_commit(lambda: wipe(medium), robust=True)


@transaction.atomic
def remove(actor: User | None, medium: Medium, *, expected: str | None = None) -> None:
    """Remove it with its files. Raises ValidationError while any revision names it, and Conflict when it stands
    otherwise than `expected` (its mark) by now."""
    if expected is not None:
        medium = _locked(medium, expected)
    audit.record(actor, "medium.removed", medium, clinic=medium.clinic)
    files = Medium(files=medium.files)
    try:
        medium.delete()
    except ProtectedError as error:
        raise ValidationError(_("A revision shows this; take it out there first, or withdraw it.")) from error
    transaction.on_commit(lambda: wipe(files), robust=True)


def wipe(medium: Medium) -> None:
    """Delete the files; again does no harm."""
    for name in {part["file"] for part in medium.files.values()}:
        storage().delete(name)


def tidy(now: dt.datetime) -> int:
    """Take away what nobody uses: media that no revision has named for 30 days, files that belong to no medium, and
    uploads that were cut off. Answers how much it was."""
    Medium.objects.filter(uses__isnull=False, used_at__lt=now - SEEN_AGAIN_AFTER).update(used_at=now)
    gone = 0
    for medium in Medium.objects.filter(uses__isnull=True, used_at__lt=now - UNUSED_FOR):
        remove(None, medium)
        gone += 1
    return gone + _without_a_row(now) + _cut_off()


def _without_a_row(now: dt.datetime) -> int:
    """Files of an upload that was killed between its files and its row."""
    if not storage().exists(FOLDER):
        return 0
    folders, _files_there = storage().listdir(FOLDER)
    known = {str(pk) for pk in Medium.objects.filter(withdrawn_at=None).values_list("pk", flat=True)}
    gone = 0
    for folder in set(folders) - known:
        for name in storage().listdir(f"{FOLDER}/{folder}")[1]:
            file = f"{FOLDER}/{folder}/{name}"
            if storage().get_modified_time(file) < now - LEFT_OVER_FOR:
                storage().delete(file)
                gone += 1
    return gone


def _cut_off() -> int:
    """What a process that was killed left in the folder of uploads."""
    until = time.time() - LEFT_OVER_FOR.total_seconds()
    left = [path for path in Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir() if path.lstat().st_mtime < until]
    for path in left:
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
    return len(left)
