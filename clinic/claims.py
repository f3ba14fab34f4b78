"""Rows in the hands of a worker: claimed with a lease, and brought to their end (`clinic.outbox` says which).

A claim is a conditional update that names the state it found, so one worker has a row at a time. The lease runs out
when that worker dies; until then `claimed_until` is the proof that the row is still ours.

Road not taken: `select_for_update(skip_locked=True)`, which SQLite ignores without a word.
"""

import datetime as dt
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Generic, Self, TypeVar

from django.db import InterfaceError, OperationalError, connection
from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Concat
from django.db.models.lookups import Exact
from django.db.models.sql import UpdateQuery
from django.utils import timezone

from clinic.models import MailState, Outgoing

logger = logging.getLogger(__name__)

Row = TypeVar("Row", bound=Outgoing)

# Longer than the slowest answer of a server (`EMAIL_TIMEOUT` for each step of the talk).
LEASE = dt.timedelta(minutes=5)
LONGEST_WAIT = dt.timedelta(hours=1)
UNREACHABLE_WAIT = dt.timedelta(minutes=1)
# So many are claimed together, and ended together, as go out within so many seconds: one, where a server is slow; a
# few, where it is so quick that claims and ends would cost more than the sending.
MOST, TOGETHER_WITHIN = 20, 0.1
# Seconds after which an end is marked once more, where the database did not take it. All in all less than a lease.
PAUSES = (1.0, 5.0)

# The state in words that no partial index has. Statistics are older than a backlog that has just come: PostgreSQL would
# expect few open rows and read them all, to find some that it is told the keys of.
STATE = Concat(F("state"), Value(""), output_field=CharField())

# By kind: of these not even the row stays once it has ended, since its address is already too much to keep.
forgotten: set[str] = set()


class Hand(Generic[Row]):
    """What one worker has claimed: `rows` that wait for their turn, and those that are sent and not yet marked.

    As a context: at its end what is sent is marked, and what was not handed out is given back.
    """

    def __init__(self, model: type[Row]) -> None:
        self.model = model
        self.rows: deque[Row] = deque()
        self._sent: list[Row] = []
        self._claimed, self._claimed_at = 0, time.monotonic()
        self._room = 1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        try:
            self._mark()
        finally:
            self._give_back()

    def claim_first(self, waiting: deque[Row], limit: int) -> list[Row]:
        """Claim the first of those that wait, as many as there is room for; answers which it tried to."""
        self._mark()
        if self._claimed:
            each = max(self._spent() / self._claimed, 0.001)
            self._room = max(1, min(MOST, 2 * self._room, int(TOGETHER_WITHIN / each)))
        tried = [waiting.popleft()]
        # Over a row that is not queued a worker has died: whoever takes it up has nothing else in hand.
        while waiting and len(tried) < min(self._room, limit) and _queued(tried[-1]) and _queued(waiting[0]):
            tried.append(waiting.popleft())
        self.rows.extend(_claim(tried))
        self._claimed, self._claimed_at = len(self.rows), time.monotonic()
        return tried

    def let_go_of_old(self) -> None:
        """Give back what has waited for so long, behind one that a server dwelt on, that its lease may run out."""
        if self.rows and self._spent() > LEASE.total_seconds() / 2:
            self._give_back()

    def sent(self, row: Row) -> None:
        """It went out. It is marked with the others, before anything else is claimed."""
        self._sent.append(row)
        if self._spent() > TOGETHER_WITHIN:
            self._mark()

    def _spent(self) -> float:
        """Seconds since these were claimed."""
        return time.monotonic() - self._claimed_at

    def _mark(self) -> None:
        """Those that could not be marked stay in hand, and are marked with the next or at the end."""
        if self._sent:
            _finish(self._sent, MailState.SENT)
            self._sent = []

    def _give_back(self) -> None:
        """As if they had never been claimed."""
        if self.rows:
            _release(self.rows, state=MailState.QUEUED, attempts=F("attempts") - 1)
            self.rows.clear()


def _queued(row: Outgoing) -> bool:
    return row.state == MailState.QUEUED


def _claim(rows: Sequence[Row]) -> list[Row]:
    """Those of these rows, all queued or all lost, that still are so and due: from now on ours alone."""
    now = timezone.now()
    manager: Any = type(rows[0])._default_manager
    found = manager.filter(Exact(STATE, rows[0].state), pk__in=[row.pk for row in rows])
    ours: dict[str, Any] = {"state": MailState.SENDING, "claimed_until": now + LEASE}
    if _queued(rows[0]):
        found = found.filter(due_at__lte=now)
    else:
        found = found.filter(claimed_until__lt=now, unknown_at=None)
        ours["unknown_at"] = now
    attempts = _update_and_tell(found, "attempts", attempts=F("attempts") + 1, **ours)
    claimed = [row for row in rows if row.pk in attempts]
    for row in claimed:
        for name, value in {**ours, "attempts": attempts[row.pk]}.items():
            setattr(row, name, value)
    return claimed


def _update_and_tell(rows: QuerySet[Row], told: str, **changes: Any) -> dict[Any, Any]:
    """Update, and answer one field of those rows that were updated, by primary key; in one statement."""
    query: Any = rows.query.chain(UpdateQuery)
    query.add_update_values(changes)
    sql, values = query.get_compiler(connection=connection).as_sql()
    pk: Any = rows.model._meta.pk
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} RETURNING {pk.column}, {told}", values)
        return {pk.to_python(key): value for key, value in cursor.fetchall()}


def wait_after(attempts: int) -> dt.timedelta:
    """1, 2, 4 … minutes, at most an hour."""
    return min(dt.timedelta(minutes=2 ** min(attempts - 1, 10)), LONGEST_WAIT)


def reason(error: Exception, to: str) -> str:
    """What is kept of an error, for operators: without the address, which servers like to repeat."""
    said = f"{type(error).__name__}: {error}"
    return (said.replace(to, "…") if to else said)[:500]


def put_back(row: Outgoing, error: Exception, wait: dt.timedelta, attempts: int | None = None) -> int:
    return _release(
        [row],
        state=MailState.QUEUED,
        due_at=timezone.now() + wait,
        attempts=row.attempts if attempts is None else attempts,
        error=reason(error, row.to),
    )


def finish(row: Outgoing, state: MailState, error: str = "", *, keep_words: bool = False) -> int:
    """The end of a row. Codes, links and names have no business in an outbox, so its words are emptied, unless they
    are kept for an operator, as long as they may send it again (`clinic.operating.forget_words`). What is to be
    `forgotten` is gone altogether.
    """
    return _finish([row], state, error, keep_words=keep_words)


def _finish(rows: Sequence[Outgoing], state: MailState, error: str = "", *, keep_words: bool = False) -> int:
    gone = [row for row in rows if row.kind in forgotten]
    kept = [row for row in rows if row.kind not in forgotten]
    ended = _insist(lambda: _held(gone).delete()[0]) if gone else 0
    if kept:
        sent_at = timezone.now() if state is MailState.SENT else None
        emptied = {} if keep_words else dict.fromkeys(kept[0].WORDS, "")
        ended += _release(kept, state=state, sent_at=sent_at, error=error, **emptied)
    return ended


def _release(rows: Sequence[Outgoing], **changes: Any) -> int:
    """End the claim of rows of one hand, unless the lease has run out and somebody else has them by now."""
    ours = _insist(lambda: _held(rows).update(claimed_until=None, **changes))
    if ours < len(rows):
        logger.warning(
            "The lease of %d of %d %s ran out before they were done.",
            len(rows) - ours,
            len(rows),
            rows[0]._meta.verbose_name_plural,
        )
    return ours


def _insist(end: Callable[[], int]) -> int:
    """What has gone out and is not marked goes out again, so a passing trouble of the database is sat out.

    Done twice, where its answer was lost, it changes nothing more.
    """
    for pause in PAUSES:
        try:
            return end()
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block:
                raise  # the transaction is lost, and whoever began it has to begin anew
            logger.warning("The end of a message could not be marked; it is tried again.", exc_info=True)
            time.sleep(pause)
            connection.close_if_unusable_or_obsolete()
    return end()


def _held(rows: Sequence[Outgoing]) -> Any:
    """Those of one hand that are still ours."""
    manager: Any = type(rows[0])._default_manager
    return manager.filter(pk__in=[row.pk for row in rows], claimed_until=rows[0].claimed_until)
