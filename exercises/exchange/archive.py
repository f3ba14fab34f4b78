"""A library as one ZIP: the same library always makes the same bytes (docs/rules.md 9).

A file an exercise, a routine and a medium, so that neither side ever holds the whole library in memory.
"""

import json
import shutil
import tempfile
import zipfile
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any, TypeVar
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.http import FileResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit
from clinic.models import Clinic, User
from exercises.exchange import facts, media, schema
from exercises.models import (
    Exercise,
    Revision,
    RevisionState,
    Routine,
    RoutineItem,
    RoutineRevision,
    Shipped,
)

FORMAT = "holdwell-library"
VERSION = 1
MANIFEST, README, SCHEMA = "manifest.json", "README.txt", "library.schema.json"
EXERCISES, ROUTINES, MEDIA = "exercises/", "routines/", "media/"
PORTION = 200  # rows read at once
# No archive tells when or on what it was made.
DAY = (1980, 1, 1, 0, 0, 0)
UNIX = 3
READABLE = 0o100644 << 16

ABOUT = """\
A stretch library of Holdwell, to be taken in by another installation or read by any program.

manifest.json         format, version, what is in here, and under which licences
library.schema.json   a JSON Schema (2020-12) of every JSON file here
exercises/<slug>.json what an exercise says: as published, and its draft where drafts were asked for
routines/<slug>.json  the same of a routine, with its exercises in their order
media/<key>.json      what is known of a photo or film, and which files are its
media/<sha256>        one of those files

Every exercise and every medium names its own licence and author ("licence", "credit"). They hold wherever the
archive goes; where one names none, ask whoever gave you the archive before you pass it on.

An exercise is named by its short name; "shared:" stands before those of the library that all clinics share.
Former published revisions, comments and the names of curators are not in here.
"""

T = TypeVar("T", Exercise, Routine)


def taken_out(actor: User, clinic: Clinic | None, *, drafts: bool) -> FileResponse:
    """The answer that saves a library; that it was taken is in the audit trail. Raises ValidationError as `write`."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed by the answer
    try:
        manifest = write(file, clinic, drafts=drafts)
        counts = {name: manifest[name] for name in ("exercises", "routines", "media", "drafts")}
        audit.record(actor, "library.exported", clinic or actor, clinic=clinic, **counts)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    name = f"holdwell-library-{timezone.now():%Y-%m-%d}.zip"
    response = FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
    response["Cache-Control"] = "private, no-store"
    return response


def write(file: IO[bytes], clinic: Clinic | None, *, drafts: bool = False) -> dict[str, Any]:
    """Write a library into an open file (`clinic=None`: the shared one); answers its manifest.

    Without drafts it holds what is published, and the drafts of what that refers to. Raises ValidationError when it
    shows media that nothing here can pack.
    """
    licences: Counter[tuple[str, str]] = Counter()
    count: Counter[str] = Counter(exercises=0, routines=0, media=0)
    shown: set[str] = set()
    with zipfile.ZipFile(file, "w", allowZip64=False) as archive:
        _add(archive, README, ABOUT)
        _add(archive, SCHEMA, schema.text())
        for told, used in _exercises(clinic, drafts):
            _add(archive, f"{EXERCISES}{told['slug']}.json", dumped(told))
            said = (told["published"] or told["draft"])["content"]
            licences[said["licence"], said["credit"]] += 1
            shown |= used
            count["exercises"] += 1
        for told in _routines(clinic, drafts):
            _add(archive, f"{ROUTINES}{told['slug']}.json", dumped(told))
            count["routines"] += 1
        count["media"] = _pack(archive, shown)
        manifest = {
            "format": FORMAT,
            "version": VERSION,
            "drafts": drafts,
            **count,
            "licences": [
                {"licence": licence, "credit": credit, "exercises": number}
                for (licence, credit), number in sorted(licences.items())
            ],
        }
        _add(archive, MANIFEST, dumped(manifest))
    return manifest


def dumped(told: Mapping[str, Any]) -> str:
    """JSON as archives hold it: keys in their order, a line for each, and nothing that JSON does not know."""
    return json.dumps(told, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _add(archive: zipfile.ZipFile, name: str, text: str) -> None:
    archive.writestr(_member(name), text.encode(), compresslevel=6)


def _member(name: str, compress: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, DAY)
    member.compress_type = compress
    member.create_system = UNIX
    member.external_attr = READABLE
    return member


# --- Exercises


def _exercises(clinic: Clinic | None, drafts: bool) -> Iterator[tuple[dict[str, Any], set[str]]]:
    """The exercises in the order of their names, each with the media that it shows."""
    rows = Exercise.objects.filter(clinic=clinic).select_related(
        "published__easier", "published__harder", "replaced_by", "based_on__exercise"
    )
    needed = set() if drafts else _needed(clinic)
    if not drafts:
        rows = rows.filter(Q(published__isnull=False) | Q(pk__in=needed))
    for portion in _portions(rows):
        wanted = [row.pk for row in portion if drafts or row.pk in needed]
        in_work = _in_work(Revision, "exercise", wanted)
        shipped = _shipped(portion)
        revisions = [row.published for row in portion if row.published] + list(in_work.values())
        keys = _keys(revisions)
        for row in portion:
            own = {"published": row.published, "draft": in_work.get(row.pk)}
            for revision in filter(None, own.values()):
                revision.exercise = row
            told = {name: revision and facts.revision(revision, keys) for name, revision in own.items()}
            used = {shown["medium"] for revision in filter(None, own.values()) for shown in revision.media}
            yield facts.thing(row, shipped=shipped.get(row.origin)) | told, used


def _needed(clinic: Clinic | None) -> set[UUID]:
    """What has only a draft, and something that is published refers to it."""
    exercises = Exercise.objects.filter(clinic=clinic)
    unpublished = set(exercises.filter(published=None).values_list("pk", flat=True))
    named: set[UUID | None] = set(exercises.values_list("replaced_by", flat=True))
    for pair in exercises.values_list("published__easier", "published__harder"):
        named |= set(pair)
    named |= set(Routine.objects.filter(clinic=clinic).values_list("published__items__exercise", flat=True))
    links = Revision.objects.filter(exercise__in=unpublished).values_list("exercise", "easier", "harder")
    onward = {exercise: {easier, harder} for exercise, easier, harder in links} if unpublished else {}
    found: set[UUID] = set()
    while new := {pk for pk in named if pk in unpublished} - found:
        found |= new
        named = {pk for known in new for pk in onward.get(known, ())}
    return found


def _shipped(rows: Collection[Exercise] | Collection[Routine]) -> dict[str, str]:
    """What an upgrade brought last, so that it is known for shipped where the library goes."""
    origins = [row.origin for row in rows if row.clinic_id is None and row.origin]
    return dict(Shipped.objects.filter(origin__in=origins).values_list("origin", "digest"))


# --- Routines


def _routines(clinic: Clinic | None, drafts: bool) -> Iterator[dict[str, Any]]:
    rows = Routine.objects.filter(clinic=clinic).select_related(
        "published", "replaced_by", "based_on__routine"
    )
    if not drafts:
        rows = rows.filter(published__isnull=False)
    for portion in _portions(rows):
        in_work = _in_work(RoutineRevision, "routine", [row.pk for row in portion] if drafts else [])
        shipped = _shipped(portion)
        revisions = [row.published for row in portion if row.published] + list(in_work.values())
        items: dict[UUID, list[RoutineItem]] = {}
        for item in RoutineItem.objects.filter(revision__in=revisions).select_related("exercise"):
            items.setdefault(item.revision_id, []).append(item)
        for row in portion:
            own = {"published": row.published, "draft": in_work.get(row.pk)}
            for revision in filter(None, own.values()):
                revision.routine = row
                revision._prefetched_objects_cache = {"items": items.get(revision.pk, [])}
            yield facts.thing(row, shipped=shipped.get(row.origin)) | {
                name: revision and facts.revision(revision, {}) for name, revision in own.items()
            }


# --- Both


def _portions(rows: QuerySet[T]) -> Iterator[list[T]]:
    rows = rows.order_by("slug")
    portion = list(rows[:PORTION])
    while portion:
        yield portion
        portion = list(rows.filter(slug__gt=portion[-1].slug)[:PORTION])


def _in_work(model: Any, owner: str, wanted: list[UUID]) -> dict[UUID, Any]:
    rows = model.objects.filter(**{f"{owner}__in": wanted}).exclude(state=RevisionState.PUBLISHED)
    if model is Revision:
        rows = rows.select_related("easier", "harder")
    return {getattr(row, f"{owner}_id"): row for row in rows}


# --- Media


def _keys(revisions: Collection[Revision]) -> dict[str, str]:
    """Id → key of what they show. Raises ValidationError for what nothing here can pack."""
    found = media.keys(revisions)
    for revision in revisions:
        if _shows(revision) - found.keys():
            raise ValidationError(
                _("“%(name)s” shows a photo or film that cannot be put into an archive.")
                % {"name": revision.name}
            )
    return found


def _shows(revision: Revision) -> set[str]:
    return {medium["medium"] for medium in revision.media}


def _pack(archive: zipfile.ZipFile, shown: set[str]) -> int:
    """Every file once, whatever shows it; photos and films are packed already, so they are stored as they are."""
    packed = {p.key: p for p in media.pack(shown)} if shown else {}
    written: set[str] = set()
    for key, medium in sorted(packed.items()):
        told = {"key": key, "facts": medium.facts, "files": medium.files}
        _add(archive, f"{MEDIA}{key}.json", dumped(told))
        for part, sha256 in sorted(medium.files.items()):
            if sha256 not in written:
                written.add(sha256)
                member = _member(f"{MEDIA}{sha256}", zipfile.ZIP_STORED)
                try:
                    with media.open_part(medium.medium, part) as file, archive.open(member, "w") as target:
                        shutil.copyfileobj(file, target)
                except FileNotFoundError as error:
                    raise ValidationError(
                        _("The file of “%(name)s” is gone; try again.") % {"name": medium.facts["name"]}
                    ) from error
    return len(packed)
