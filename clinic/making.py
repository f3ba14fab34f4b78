"""How work that is a row gets made: by one worker at a time, again after a failure, never by a lost message alone.

A row is claimed by an update that names what it found; whoever has it is known by the number of the attempt, which
only ever grows. A worker that dies leaves a lease that runs out.

Of long work (`Work.LONG`) one is in hand at a time, of whatever kind: it holds one worker process, however much of it
waits, and the others go on sending codes and reminders.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar
from uuid import UUID

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Exists, F, Q, QuerySet
from django.utils import timezone

from clinic.models import Work, WorkState

LEASE = dt.timedelta(minutes=10)
LONGEST_WAIT = dt.timedelta(hours=6)
# The number of the lock under which long work is claimed.
LONG_WORK = 0x6C6F6E67

W = TypeVar("W", bound=Work)


def due(rows: QuerySet[W], now: dt.datetime) -> QuerySet[W]:
    """Waiting, or not made at the last attempt, or left behind by a worker that never came back; oldest first.

    Long work is not due while any is in hand.
    """
    open_ = Q(state__in=[WorkState.WAITING, WorkState.FAILED], due_at__lte=now)
    left = Q(state=WorkState.RUNNING, claimed_until__lte=now)
    found = rows.filter(open_ | left).order_by("due_at")
    if rows.model.LONG:
        in_hand = Q(state=WorkState.RUNNING, claimed_until__gt=now)
        long = [kind for kind in apps.get_models() if issubclass(kind, Work) and kind.LONG]
        found = found.filter(*(~Exists(kind._default_manager.filter(in_hand)) for kind in long))
    return found


def claim_due(rows: QuerySet[W], now: dt.datetime, limit: int | None = None) -> Iterator[W]:
    """What is due, `limit` rows at most, each claimed when the one before is over."""
    waiting = list(due(rows, now).values_list("pk", flat=True))
    claimed = (claim(rows, pk, now) for pk in waiting)
    return islice((row for row in claimed if row is not None), limit)


def claim(rows: QuerySet[W], pk: UUID, now: dt.datetime) -> W | None:
    """The row, if it is still due and this attempt is ours."""
    with _one_after_another(rows.model):
        ours = (
            due(rows, now)
            .filter(pk=pk)
            .update(state=WorkState.RUNNING, claimed_until=now + LEASE, attempts=F("attempts") + 1)
        )
    return rows.get(pk=pk) if ours else None


@contextmanager
def _one_after_another(kind: type[Work]) -> Iterator[None]:
    """Who claims long work sees what has been claimed before: two might each take another row at one instant.

    SQLite has one writer at a time anyway.
    """
    if not kind.LONG or connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LONG_WORK])
        yield


def more_may_be_due(counts: Mapping[str, int]) -> bool:
    """Whether a `make_due` found something; if not, nothing is due, or somebody else has it."""
    return counts["made"] + counts["failed"] > 0


def still_ours(work: Work, **changes: Any) -> bool:
    """Write changes into a claimed row; False, and nothing written, when another worker has it by now."""
    return bool(_in_hand(work).update(**changes))


def finish(work: Work, now: dt.datetime, **changes: Any) -> bool:
    """The end of it; False when the lease ran out and another worker has it."""
    return still_ours(work, state=WorkState.DONE, made_at=now, error="", claimed_until=None, **changes)


def put_off(work: Work, why: str, now: dt.datetime) -> bool:
    """Say why, and try again: after 2, 4, 8 minutes, and so on up to `LONGEST_WAIT`. Always False: it is not made."""
    wait = min(dt.timedelta(minutes=2 ** min(work.attempts, 10)), LONGEST_WAIT)
    still_ours(work, state=WorkState.FAILED, error=why[:500], due_at=now + wait, claimed_until=None)
    return False


def give_up(work: Work, why: str) -> bool:
    """Say why. Time alone mends nothing, so it waits until somebody asks for it. Always False: it is not made."""
    still_ours(work, state=WorkState.FAILED, error=why[:500], due_at=None, claimed_until=None)
    return False


def ask_again(work: Work) -> None:
    """Have it made anew. One that is being made at this moment is made with the facts of this moment."""
    ended = type(work)._default_manager.filter(pk=work.pk, state__in=[WorkState.DONE, WorkState.FAILED])
    ended.update(state=WorkState.WAITING, due_at=timezone.now(), error="")
    work.refresh_from_db()


def begin_anew(rows: QuerySet[W]) -> None:
    """Facts have gone that must not come back: whoever is making one of these loses it, and it is made again.

    Runs in the transaction that takes the facts away; the rows are locked, so none is claimed before that is done.
    """
    list(rows.select_for_update().exclude(state=WorkState.DONE).values_list("pk", flat=True))
    rows.filter(state=WorkState.RUNNING).update(
        state=WorkState.WAITING, due_at=timezone.now(), claimed_until=None, attempts=F("attempts") + 1
    )


def _in_hand(work: W) -> QuerySet[W]:
    return type(work)._default_manager.filter(pk=work.pk, state=WorkState.RUNNING, attempts=work.attempts)
