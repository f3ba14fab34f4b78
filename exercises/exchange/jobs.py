"""An import as work that is a row: brought by a curator, looked at by a worker, taken in when somebody says so
(docs/rules.md 9).

How far it is, is written by itself, never inside the transaction that takes the entries in; that one is short, since
everything has been checked and made ready before.
"""

import datetime as dt
import logging
from collections import Counter
from typing import IO

from celery import current_app
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db import transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from clinic import audit, making
from clinic.errors import Conflict
from clinic.models import Clinic, User, WorkState
from exercises.exchange import taking
from exercises.exchange.taking import Looked
from exercises.models import LibraryImport

logger = logging.getLogger(__name__)

# What nobody has said a word about is forgotten after this.
KEPT_FOR = dt.timedelta(days=7)
ATTEMPTS_MAX = 6
FILE_MAX = 200_000_000  # bytes of a file that page and API take; commands take any
TASK = "exercises.tasks.make_imports"


class LostError(Exception):
    """Another worker has it by now, or somebody has dropped it."""


def storage() -> Storage:
    return storages["private"]


def too_large() -> str:
    return _("The file is larger than 200 MB; an operator can import it.")


# --- Brought, confirmed, dropped


def request(
    actor: User, clinic: Clinic | None, file: IO[bytes], *, name: str, size: int, category: str = ""
) -> LibraryImport:
    """Keep a file and have it looked at; nothing of it is in the library yet."""
    if size > FILE_MAX:
        raise ValidationError({"file": [too_large()]})
    job = LibraryImport(clinic=clinic, requested_by=actor, file_name=name[:120], size=size, category=category)
    job.file = f"imports/{job.pk}"
    # Kept before its row: a row without its file would promise what nobody can do.
    storage().save(job.file, File(file))
    try:
        with transaction.atomic():
            job.save()
            audit.record(actor, "library.import_begun", job, clinic=clinic)
    except BaseException:
        storage().delete(job.file)
        raise
    transaction.on_commit(_wake, robust=True)
    return job


def mark(job: LibraryImport) -> str:
    """Which report it has: another mark whenever it has another one; empty before the first."""
    return job.made_at.isoformat() if job.made_at else ""


@transaction.atomic
def confirm(actor: User, job: LibraryImport, *, expected: str | None = None) -> LibraryImport:
    """Take it in as the report says. Raises ValidationError where the report leaves nothing to take in.

    `expected` is the mark of the report that was read: Conflict when there is another one by now.
    """
    job = LibraryImport.objects.select_for_update().get(pk=job.pk)
    if expected is not None and expected != mark(job):
        raise Conflict(_("By now the file would do something else. Read the report again."))
    if not job.may_be_taken_in:
        raise ValidationError(_("There is nothing to take in here, or it was taken in already."))
    job.confirmed_by, job.confirmed_at = actor, timezone.now()
    job.state, job.due_at, job.done = WorkState.WAITING, timezone.now(), 0
    job.save()
    transaction.on_commit(_wake, robust=True)
    return job


@transaction.atomic
def drop(actor: User | None, job: LibraryImport) -> bool:
    """Give it up, also while a worker has it: that one then writes nothing. False when it is over already."""
    rows = LibraryImport.objects.filter(pk=job.pk, dropped_at=None).exclude(
        state=WorkState.DONE, confirmed_at__isnull=False
    )
    if not rows.update(
        state=WorkState.FAILED,
        dropped_at=timezone.now(),
        due_at=None,
        claimed_until=None,
        error="",
        writing=False,
    ):
        return False
    audit.record(actor, "library.import_dropped", job, clinic=job.clinic)
    transaction.on_commit(lambda: _wipe(job), robust=True)
    return True


def may_be_dropped(job: LibraryImport) -> bool:
    return job.dropped_at is None and not job.taken_in


def may_be_tried_again(job: LibraryImport) -> bool:
    """Not made at the last attempt, and nobody will try by themselves; of what cannot be read no file is kept."""
    failed = job.state == WorkState.FAILED and job.due_at is None
    return failed and job.dropped_at is None and bool(job.file)


def try_again(job: LibraryImport) -> bool:
    """Have it looked at anew, and taken in where that was wanted; False when it is over, or somebody has it."""
    rows = LibraryImport.objects.filter(pk=job.pk, state=WorkState.FAILED, due_at=None, dropped_at=None)
    changes = {"state": WorkState.WAITING, "due_at": timezone.now(), "error": "", "done": 0, "writing": False}
    if not rows.exclude(file="").update(**changes):
        return False
    transaction.on_commit(_wake, robust=True)
    return True


def _wake() -> None:
    """Look at it sooner. With the broker down the row waits for the next tick."""
    current_app.send_task(TASK, expires=120, retry=False)


def _wipe(job: LibraryImport) -> None:
    """Take the file away, and only then its name: what a crash leaves behind is found by the next tick."""
    if job.file:
        storage().delete(job.file)
    LibraryImport.objects.filter(pk=job.pk).update(file="")


# --- Made by a tick


def make_due(now: dt.datetime, limit: int | None = None) -> Counter[str]:
    """Look at what is due, take in what was confirmed, `limit` imports at most; forget what nobody wants.

    Answers how many of each.
    """
    counts: Counter[str] = Counter(made=0, failed=0, forgotten=0)
    nobodys = Q(confirmed_at=None) | Q(state=WorkState.FAILED, due_at=None)
    for job in LibraryImport.objects.filter(
        nobodys, dropped_at=None, created_at__lte=now - KEPT_FOR
    ).select_related("clinic"):
        counts["forgotten"] += drop(None, job)
    over = Q(dropped_at__isnull=False) | Q(state=WorkState.DONE, confirmed_at__isnull=False)
    for job in LibraryImport.objects.filter(over).exclude(file=""):
        _wipe(job)
    rows = LibraryImport.objects.select_related("clinic", "requested_by", "confirmed_by")
    for job in rows.filter(state=WorkState.RUNNING, claimed_until__lte=now, attempts__gte=ATTEMPTS_MAX):
        with translation.override(job.requested_by.language):
            making.give_up(job, _("It was begun several times, and each time it stopped before its end."))
            counts["failed"] += 1
    for job in making.claim_due(rows, now, limit):
        with translation.override(job.requested_by.language):
            counts["made" if _make(job, now) else "failed"] += 1
    return counts


def _make(job: LibraryImport, now: dt.datetime) -> bool:
    """Look at it, and take it in where somebody has said so; or say why not. What can never be read is not kept."""
    readable = False
    try:
        with (
            storage().open(job.file) as file,
            taking.looked_at(
                file,
                job.clinic,
                category=job.category,
                # Where a worker was killed while it wrote, all is looked at anew.
                tick=lambda done, total: _tell(job, done=done, total=total, writing=False),
            ) as looked,
        ):
            readable = True
            return _take_in(job, looked) if _still_wanted(job, looked) else _report(job, looked)
    except LostError:
        return False
    except ValidationError as error:
        making.give_up(job, " ".join(error.messages))
        if not readable:
            _wipe(job)
        return False
    except Conflict as error:
        return making.put_off(job, str(error), now)
    except Exception as error:
        logger.exception("Import %s was not made.", job.pk)
        why = f"{type(error).__name__}: {error}"
        return making.give_up(job, why) if job.attempts >= ATTEMPTS_MAX else making.put_off(job, why, now)


def _still_wanted(job: LibraryImport, looked: Looked) -> bool:
    """Whether it was confirmed, and would do what the confirmed report said."""
    return job.confirmed_at is not None and looked.report.as_json() == job.report


def _report(job: LibraryImport, looked: Looked) -> bool:
    """The report is there to be read. One that reads otherwise than what was confirmed waits for a word again."""
    return making.finish(
        job,
        timezone.now(),
        format=looked.format,
        report=looked.report.as_json(),
        counts=dict(looked.report.counts),
        confirmed_by=None,
        confirmed_at=None,
        writing=False,
    )


def _take_in(job: LibraryImport, looked: Looked) -> bool:
    def over(count: int) -> None:
        if not making.finish(job, timezone.now(), writing=False):
            raise LostError
        audit.record(job.confirmed_by, "library.imported", job, clinic=job.clinic, drafts=count)
        transaction.on_commit(lambda: _wipe(job), robust=True)

    looked.write(
        job.confirmed_by,
        tick=lambda done, total: _tell(job, done=done, total=total, writing=True),
        over=over,
    )
    return True


def _tell(job: LibraryImport, **changes: int) -> None:
    """How far it is; the lease is kept with it. Raises LostError."""
    if not making.still_ours(job, claimed_until=timezone.now() + making.LEASE, **changes):
        raise LostError
