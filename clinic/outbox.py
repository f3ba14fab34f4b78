"""What all outgoing rows share: taken by one worker at a time, ended once, tried again after growing waits.

A row is claimed by a conditional update with a lease just before it is sent, so any number of workers sends it once. A
worker that dies holds one row at most. Nobody can say whether that one went out: it is sent once more, and marked for
operators (`unknown_at`). When that worker dies too it is given up: left as failed, for an operator to decide, or for
what takes its place.

Road not taken: `select_for_update(skip_locked=True)`, which SQLite ignores without a word.
"""

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, TypeVar

from celery import current_app
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit
from clinic.models import MailState, Outgoing, User

logger = logging.getLogger(__name__)

Row = TypeVar("Row", bound=Outgoing)

# Longer than the slowest answer of a server (`EMAIL_TIMEOUT` for each step of the talk).
LEASE = dt.timedelta(minutes=5)
LONGEST_WAIT = dt.timedelta(hours=1)
UNREACHABLE_WAIT = dt.timedelta(minutes=1)
GIVEN_UP = "Two workers died over it; it may have gone out."


# By kind: of these not even the row stays once it has ended, since its address is already too much to keep.
forgotten: set[str] = set()


def write(row: Row) -> Row:
    """Keep a row, in the running transaction; with a `key` that is there already, the first row is the answer."""
    rows: Any = type(row)._default_manager
    if row.key and (before := rows.filter(key=row.key).first()):
        return before  # type: ignore[no-any-return]
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:  # somebody else asked at the same moment
        if row.key and (before := rows.filter(key=row.key).first()):
            return before  # type: ignore[no-any-return]
        raise
    announce(type(row))
    return row


def announce(model: type[Outgoing]) -> None:
    """Make the delivery happen sooner. With the broker down the row waits for the next tick."""
    if audit.via.get() != "task":
        # A task may write thousands, and the next tick of the outbox is seconds away.
        transaction.on_commit(partial(_wake, model.TASK), robust=True)


def _wake(task: str) -> None:
    current_app.send_task(task, expires=20, retry=False)


def due(now: dt.datetime) -> Q:
    """Waiting and due, or claimed by a worker that never came back."""
    return Q(state=MailState.QUEUED, due_at__lte=now) | Q(state=MailState.SENDING, claimed_until__lt=now)


def due_rows(
    model: type[Row],
    limit: int,
    still_wanted: Callable[[Row], bool],
    counts: dict[str, int],
    replace: Callable[[Row], object] | None = None,
) -> Iterator[Row]:
    """Up to `limit` due rows, oldest first, each claimed, wanted and in time; the others are ended and counted.

    `replace` finds another way for one that is given up, in the same transaction.
    """
    rows: Any = model._default_manager
    for pk in list(rows.filter(due(timezone.now())).order_by("due_at").values_list("pk", flat=True)[:limit]):
        row = _claim(model, pk)
        if row is None:
            counts["failed"] += _give_up(model, pk, replace)
            continue
        try:
            wanted = still_wanted(row)
        except Exception as error:
            # One row's trouble must not keep the others waiting.
            logger.exception("Whether %s %s is still wanted could not be told.", model.__name__, pk)
            counts["delayed"] += put_back(row, error, UNREACHABLE_WAIT)
            continue
        if not wanted:
            counts["cancelled"] += finish(row, MailState.CANCELLED, "It is not wanted any more.")
        elif row.expires_at and row.expires_at <= timezone.now():
            counts["cancelled"] += finish(row, MailState.CANCELLED, "It was too late to be of use.")
        else:
            yield row


def _claim(model: type[Row], pk: Any) -> Row | None:
    """The row, if it is still due and now ours alone."""
    now = timezone.now()
    rows: Any = model._default_manager
    ours = {"state": MailState.SENDING, "claimed_until": now + LEASE, "attempts": F("attempts") + 1}
    due_now = rows.filter(pk=pk, state=MailState.QUEUED, due_at__lte=now)
    died = rows.filter(pk=pk, state=MailState.SENDING, claimed_until__lt=now, unknown_at=None)
    if not due_now.update(**ours) and not died.update(unknown_at=now, **ours):
        return None
    return rows.select_related(*model.TOGETHER).get(pk=pk)  # type: ignore[no-any-return]


@transaction.atomic
def _give_up(model: type[Row], pk: Any, replace: Callable[[Row], object] | None) -> int:
    """Two workers died over it, so it may have gone out twice: whether it is sent again is for an operator to say.

    What is replaced is not sent again, and keeps no words.
    """
    rows: Any = model._default_manager
    died = {"state": MailState.SENDING, "claimed_until__lt": timezone.now(), "unknown_at__isnull": False}
    row = rows.filter(pk=pk, **died).first()
    if row is None or not finish(row, MailState.FAILED, GIVEN_UP, keep_words=replace is None):
        return 0
    if replace:
        replace(row)
    return 1


def wait_after(attempts: int) -> dt.timedelta:
    """1, 2, 4 … minutes, at most an hour."""
    return min(dt.timedelta(minutes=2 ** (attempts - 1)), LONGEST_WAIT)


def reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]


def put_back(row: Outgoing, error: Exception, wait: dt.timedelta, attempts: int | None = None) -> int:
    return _release(
        row,
        state=MailState.QUEUED,
        due_at=timezone.now() + wait,
        attempts=row.attempts if attempts is None else attempts,
        error=reason(error),
    )


def finish(row: Outgoing, state: MailState, error: str = "", *, keep_words: bool = False) -> int:
    """The end of a row. Codes, links and names have no business in an outbox, so its words are emptied, unless they
    are kept for an operator who may send it again. What is to be `forgotten` is gone altogether.
    """
    if row.kind in forgotten:
        rows: Any = type(row)._default_manager
        return int(rows.filter(pk=row.pk, claimed_until=row.claimed_until).delete()[0])
    sent_at = timezone.now() if state is MailState.SENT else None
    emptied = {} if keep_words else dict.fromkeys(row.WORDS, "")
    return _release(row, state=state, sent_at=sent_at, error=error, **emptied)


def _release(row: Outgoing, **changes: Any) -> int:
    """End the claim, unless the lease has run out and somebody else has the row by now."""
    rows: Any = type(row)._default_manager
    ours: int = rows.filter(pk=row.pk, state=MailState.SENDING, claimed_until=row.claimed_until).update(
        claimed_until=None, **changes
    )
    if not ours:
        logger.warning("The lease of %s %s ran out before it was done.", type(row).__name__, row.pk)
    return ours


def kept_back(row: Outgoing, now: dt.datetime) -> str | None:
    """Why a row cannot be sent again; None: it can."""
    if row.state != MailState.FAILED:
        return _("It is on its way again, or was sent.")
    if not any(getattr(row, words) for words in row.WORDS):
        return _("What it said was not kept.")
    if row.expires_at and row.expires_at <= now:
        return _("It would come too late to be of use.")
    return None


@transaction.atomic
def send_again(actor: User, row: Outgoing) -> None:
    """What was not delivered gets all its tries once more. Raises ValidationError where that cannot be.

    `unknown_at` stays: what may have gone out before may now have gone out twice.
    """
    now = timezone.now()
    if why := kept_back(row, now):
        raise ValidationError(why)
    rows: Any = type(row)._default_manager
    queued = {"state": MailState.QUEUED, "attempts": 0, "due_at": now, "error": ""}
    if not rows.filter(pk=row.pk, state=MailState.FAILED).update(**queued):
        raise ValidationError(_("It is on its way again, or was sent."))
    audit.record(actor, "outgoing.sent_again", row, clinic=row.of_clinic)
    announce(type(row))


def oldest_due_age(model: type[Outgoing]) -> float:
    """Seconds that the oldest row has been due; 0 when none waits."""
    now = timezone.now()
    rows: Any = model._default_manager
    oldest = rows.filter(due(now)).order_by("due_at").values_list("due_at", flat=True).first()
    return round((now - oldest).total_seconds(), 1) if oldest else 0.0
