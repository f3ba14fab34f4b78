"""A clinic's data as one file in open formats: asked for by an owner, made by a worker, private, gone after a week
(docs/rules.md 8).

A ZIP with a CSV file for each table (`clinic.tables`), a data package that describes every column
(datapackage.json, https://specs.frictionlessdata.io), and a README. Tables are read in portions by their key and
written as they are read: neither memory nor a transaction grows with the clinic.
"""

import datetime as dt
import io
import json
import logging
import tempfile
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from celery import current_app
from django.conf import settings
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db import IntegrityError, models, transaction
from django.db.models import Q, QuerySet
from django.http import FileResponse, Http404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from clinic import audit, mail, making, tables
from clinic.models import Clinic, User, WorkState
from patients.archive_tables import LEFT_OUT, TABLES, Table
from patients.models import Archive

logger = logging.getLogger(__name__)

KEPT_FOR = dt.timedelta(days=7)
RETRIED_FOR = dt.timedelta(days=1)
PORTION = 2000  # rows read at once
STEP = 5000  # rows between two looks at whether the work is still ours


class LostError(Exception):
    """Another worker has the archive by now."""


def storage() -> Storage:
    """Where archives lie: a private folder, or what the operator has set as the storage "private"."""
    return storages["private"]


# --- Asked for, taken, deleted


@transaction.atomic
def request(actor: User, clinic: Clinic) -> Archive:
    """Have an archive made. While one is being made, or will be tried again, that is the one."""
    unmade = clinic.archives.filter(state__in=[WorkState.WAITING, WorkState.RUNNING, WorkState.FAILED])
    before = unmade.exclude(due_at=None).first()
    if before:
        making.ask_again(before)
        archive = before
    else:
        try:
            with transaction.atomic():
                archive = Archive.objects.create(clinic=clinic, requested_by=actor)
        except IntegrityError:  # a colleague asked at the same moment
            archive = unmade.exclude(due_at=None)[0]
    audit.record(actor, "archive.requested", archive, clinic=clinic)
    transaction.on_commit(_wake, robust=True)
    return archive


def download(actor: User, archive: Archive) -> FileResponse:
    """The answer that saves the file; that it was taken is in the audit trail. Raises Http404 where there is none."""
    if not archive.there:
        raise Http404
    try:
        file = storage().open(archive.file)
    except FileNotFoundError as gone:
        raise Http404 from gone
    audit.record(actor, "archive.downloaded", archive, clinic=archive.clinic)
    name = f"holdwell-{archive.created_at:%Y-%m-%d}.zip"
    response = FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
    response["Cache-Control"] = "private, no-store"
    return response


@transaction.atomic
def delete(actor: User | None, archive: Archive) -> None:
    """Delete the file; the row stays. Once is enough: again changes nothing."""
    gone = Archive.objects.filter(pk=archive.pk, state=WorkState.DONE, deleted_at=None)
    if gone.update(deleted_at=timezone.now()):
        audit.record(actor, "archive.deleted", archive, clinic=archive.clinic)
        transaction.on_commit(lambda: _wipe(archive), robust=True)


def forget(clinic: Clinic) -> None:
    """Somebody's record is erased: whoever has an archive of before that takes it from here no more.

    One that is being made begins anew. Runs in the transaction of the erasure.
    """
    making.begin_anew(clinic.archives.all())
    for archive in clinic.archives.filter(state=WorkState.DONE, deleted_at=None):
        delete(None, archive)


def _wipe(archive: Archive) -> None:
    """Take the file away, and only then its name: what a crash leaves behind is found by the next tick."""
    storage().delete(archive.file)
    Archive.objects.filter(pk=archive.pk, file=archive.file).update(file="")


def _wake() -> None:
    """Make it sooner. With the broker down the row waits for the next tick."""
    current_app.send_task("patients.tasks.make_archives", expires=120, retry=False)


# --- Made by a tick


def make_due(now: dt.datetime, limit: int | None = None) -> Counter[str]:
    """Make what is due, `limit` archives at most, and delete what has expired.

    Answers how many were `made`, `failed` and `expired`.
    """
    counts: Counter[str] = Counter(made=0, failed=0, expired=0)
    _wipe_left()
    for old in Archive.objects.filter(state=WorkState.DONE, deleted_at=None, expires_at__lte=now):
        delete(None, old)
        counts["expired"] += 1
    rows = Archive.objects.select_related("clinic", "requested_by")
    for archive in making.claim_due(rows, now, limit):
        counts["made" if _make(archive, now) else "failed"] += 1
    return counts


def _wipe_left() -> None:
    """The files of attempts that broke off, and of archives that were deleted while their file could not be."""
    wanted = Q(state=WorkState.RUNNING) | Q(state=WorkState.DONE, deleted_at=None)
    for archive in Archive.objects.exclude(file="").exclude(wanted):
        try:
            _wipe(archive)
        except Exception:
            logger.exception("The file of archive %s was not deleted.", archive.pk)


def _make(archive: Archive, now: dt.datetime) -> bool:
    """Make it, or say why not."""
    try:
        if archive.file:  # of a worker that was killed
            _wipe(archive)
        with tempfile.TemporaryFile(dir=_folder()) as file:
            write(archive, file)
            size = file.tell()
            file.seek(0)
            name = f"archives/{archive.pk}-{archive.attempts}.zip"
            # Its name first: a file that no row knows of would lie there for ever.
            if not making.still_ours(archive, file=name):
                raise LostError
            storage().save(name, File(file))
    except LostError:
        return False
    except Exception as error:
        logger.exception("Archive %s was not made.", archive.pk)
        why = f"{type(error).__name__}: {error}"
        if archive.created_at < now - RETRIED_FOR:
            return making.give_up(archive, why)
        return making.put_off(archive, why, now)
    with transaction.atomic():
        expires_at = timezone.now() + KEPT_FOR
        if not making.finish(archive, timezone.now(), size=size, expires_at=expires_at):
            storage().delete(name)
            return False
        _tell(archive, expires_at)
    return True


def _folder() -> Path:
    """Where files are written before they are whole: beside the data, which has the room, and not in a shared /tmp."""
    folder = Path(settings.DATA_DIR) / "private"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _tell(archive: Archive, expires_at: dt.datetime) -> None:
    person, clinic = archive.requested_by, archive.clinic
    if person.email is None:
        return
    mail.enqueue(
        "archive_ready",
        to=person.email,
        kind="archive_ready",
        clinic=clinic,
        key=f"archive:{archive.pk}:{archive.attempts}",
        language=person.language,
        context={
            "clinic": clinic,
            "until": expires_at,
            "archives_url": settings.SITE_URL + reverse("desk:archives", args=[clinic.pk]),
        },
    )


# --- Written


def write(archive: Archive, file: IO[bytes]) -> None:
    """Write the whole archive into an open file. Raises LostError."""
    clinic = archive.clinic
    total = sum(table.rows(clinic).count() for table in TABLES)
    if not making.still_ours(archive, total=total, done=0):
        raise LostError
    done = 0
    written: dict[str, int] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archived:
        for table in TABLES:
            with archived.open(f"{table.name}.csv", "w", force_zip64=True) as raw:
                text = io.TextIOWrapper(raw, encoding="utf-8", newline="")
                number = 0
                for number in tables.write(text, table.columns, _rows(table, clinic)):
                    if (done + number) % STEP == 0:
                        _still_ours(archive, done + number)
                text.flush()
                text.detach()
            written[table.name] = number
            done += number
            _still_ours(archive, done)
        package = json.dumps(_package(archive, written), indent=2, ensure_ascii=False)
        archived.writestr("datapackage.json", package)
        archived.writestr("README.txt", _readme(archive, written))


def _still_ours(archive: Archive, done: int) -> None:
    """Tell how far it is, and keep the lease; raises LostError."""
    lease = timezone.now() + making.LEASE
    if not making.still_ours(archive, done=done, claimed_until=lease):
        raise LostError


def _rows(table: Table, clinic: Clinic) -> Iterator[Sequence[Any]]:
    """All rows of a table by their key, in portions: nothing is left open for long, nobody is met twice."""
    rows: QuerySet[Any] = table.rows(clinic).order_by("pk")
    portion = list(rows.values_list("pk", *table.sources)[:PORTION])
    while portion:
        for _pk, *values in portion:
            yield values
        portion = list(rows.filter(pk__gt=portion[-1][0]).values_list("pk", *table.sources)[:PORTION])


KINDS: Mapping[type[models.Field], str] = {
    models.BooleanField: "boolean",
    models.DateTimeField: "datetime",
    models.DateField: "date",
    models.TimeField: "time",
    models.IntegerField: "integer",
    models.JSONField: "any",
}


def _package(archive: Archive, written: Mapping[str, int]) -> dict[str, Any]:
    """The description of every column that programs read."""
    return {
        "profile": "tabular-data-package",
        "name": f"holdwell-{timezone.now():%Y-%m-%d}",
        "title": f"{archive.clinic.name}",
        "created": tables.cell(timezone.now()),
        "resources": [
            {
                "name": table.name,
                "path": f"{table.name}.csv",
                "profile": "tabular-data-resource",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "rows": written[table.name],
                "description": table.about,
                "schema": {"fields": [_described(table, place) for place in range(len(table.columns))]},
            }
            for table in TABLES
        ],
    }


def _described(table: Table, place: int) -> dict[str, Any]:
    field = table.fields[place]
    kind = next((said for known, said in KINDS.items() if isinstance(field, known)), "string")
    said: dict[str, Any] = {"name": table.columns[place], "type": kind, "title": str(field.verbose_name)}
    if field.choices:
        said["constraints"] = {"enum": [str(value) for value, _label in field.flatchoices if value]}
    return said


def _readme(archive: Archive, written: Mapping[str, int]) -> str:
    with translation.override(archive.requested_by.language):
        return (
            render_to_string(
                "desk/archive_readme.txt",
                {
                    "archive": archive,
                    "made": tables.cell(timezone.now()),
                    "files": [(f"{table.name}.csv", written[table.name], table.about) for table in TABLES],
                    "left_out": [(model.split(".")[1], why) for model, why in LEFT_OUT.items()],
                },
            ).strip()
            + "\n"
        )
