"""How work that is a row gets made: by one worker at a time, again after a failure, never by a lost message alone.

A row is claimed by an update that names what it found; whoever has it is known by the number of the attempt, which
only ever grows. A worker that dies leaves a lease that runs out.
"""

import datetime as dt
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from clinic.models import Work, WorkState

LEASE = dt.timedelta(minutes=10)
LONGEST_WAIT = dt.timedelta(hours=6)

W = TypeVar("W", bound=Work)


def due(rows: QuerySet[W], now: dt.datetime) -> QuerySet[W]:
    """Waiting, or not made at the last attempt, or left behind by a worker that never came back; oldest first."""
    open_ = Q(state__in=[WorkState.WAITING, WorkState.FAILED], due_at__lte=now)
    left = Q(state=WorkState.RUNNING, claimed_until__lte=now)
    return rows.filter(open_ | left).order_by("due_at")


def claim(rows: QuerySet[W], pk: UUID, now: dt.datetime) -> W | None:
    """The row, if it is still due and this attempt is ours."""
    ours = (
        due(rows, now)
        .filter(pk=pk)
        .update(state=WorkState.RUNNING, claimed_until=now + LEASE, attempts=F("attempts") + 1)
    )
    return rows.get(pk=pk) if ours else None


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
