"""What the tests of exchange are made from: archives in memory, honest and not."""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any

from django.db import transaction

from clinic.models import Clinic, User
from exercises import shipping
from exercises.exchange import archive, taking
from exercises.exchange.entries import Report
from exercises.exchange.taking import Looked
from exercises.models import Comment, Exercise, Revision, Routine, RoutineRevision, Shipped


def packed(clinic: Clinic | None = None, *, drafts: bool = False) -> bytes:
    """A library as an archive."""
    file = io.BytesIO()
    archive.write(file, clinic, drafts=drafts)
    return file.getvalue()


@cache
def shipped() -> bytes:
    """What Holdwell ships, as an archive; nothing of it stays in the database."""
    with transaction.atomic():
        shipping.load()
        raw = packed()
        transaction.set_rollback(True)
    return raw


def members(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def zipped(files: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            target.writestr(name, content)
    return file.getvalue()


def changed(raw: bytes, name: str, **fields: Any) -> bytes:
    """The archive with other values in one of its JSON files; a field of the published content as `content__name`."""
    files = members(raw)
    told = json.loads(files[name])
    for path, value in fields.items():
        *way, last = path.split("__")
        place = told["published"] if way == ["content"] else told
        for step in way:
            place = place[step]
        place[last] = value
    return zipped(files | {name: json.dumps(told).encode()})


def without(raw: bytes, name: str) -> bytes:
    return zipped({kept: content for kept, content in members(raw).items() if kept != name})


@contextmanager
def looked_at(raw: bytes, clinic: Clinic | None = None, **wishes: Any) -> Iterator[Looked]:
    with taking.looked_at(io.BytesIO(raw), clinic, **wishes) as looked:
        yield looked


def dry(raw: bytes, clinic: Clinic | None = None, **wishes: Any) -> Report:
    """What an archive would do."""
    with looked_at(raw, clinic, **wishes) as looked:
        return looked.report


def taken(raw: bytes, actor: User | None = None, clinic: Clinic | None = None, **wishes: Any) -> Report:
    with looked_at(raw, clinic, **wishes) as looked:
        looked.write(actor)
    return looked.report


def empty_the_library() -> None:
    """As it is before anything was loaded; for tests without prescriptions."""
    for things in (Routine, Exercise):
        things.objects.update(published=None, based_on=None, replaced_by=None)
    Revision.objects.update(easier=None, harder=None)
    Comment.objects.all().delete()
    for rows in (RoutineRevision, Routine, Revision, Exercise, Shipped):
        rows.objects.all().delete()
