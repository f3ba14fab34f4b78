"""What all outgoing rows share: taken by one worker at a time, ended once, tried again after growing waits.

Rows are claimed just before they are sent (`clinic.claims`), so any number of workers sends each once. Nobody can say
whether what a worker had in hand when it died went out: it is sent once more, and marked for operators (`unknown_at`).
When that worker dies too it is given up: left as failed, for an operator to decide, or for what takes its place.
"""

import datetime as dt
import logging
import random
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import Any

from celery import current_app
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.models import BooleanField, Case, F, Func, Min, Q, When
from django.db.models.functions import Least
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit
from clinic.claims import UNREACHABLE_WAIT, Hand, Row, finish, put_back
from clinic.models import MailState, Outgoing, User

logger = logging.getLogger(__name__)

TOO_LATE = "It was too late to be of use."  # and what it waited for
GIVEN_UP = "Two workers died over it; it may have gone out."
ROUND = 5.0  # seconds for which rows are handed out at a time, before the next is due for other work
FRESH = 2.0  # seconds for which a look at many rows counts for each of them
GLANCE = 0.25  # seconds after which it is asked whether anything has changed since, or is urgent
# So long before a look began, something may have been written down in a transaction that was not over by then.
UNDER_WAY = dt.timedelta(seconds=5)
FEW = 10  # rows that are always looked at together
# Each worker takes one of so many batches of the oldest rows, so that they seldom reach for the same ones.
BATCHES_AHEAD = 4


@dataclass(frozen=True, slots=True)
class Look:
    """How a room is asked about many rows of a kind together, in a constant number of queries that change nothing.

    `wanted`: which of them are. `changed`: to which something has happened since an instant that may make a difference.
    """

    wanted: Callable[[Sequence[Any]], set[Any]]
    changed: Callable[[Sequence[Any], dt.datetime], set[Any]] | None = None


def stands_at(*states: str) -> Func:
    """Whether a row has one of these states, as partial indexes say it.

    SQLite takes such an index only where the very same words stand in the query, not values apart.
    """
    words = ", ".join(f"'{state}'" for state in states)
    return Func(F("state"), template=f"%(expressions)s IN ({words})", output_field=BooleanField())


IS_OPEN = stands_at(MailState.QUEUED, MailState.SENDING)


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


def write_new(rows: Sequence[Row]) -> None:
    """Keep many rows of a kind at once, in the running transaction; their keys are new, or there are none."""
    if rows:
        model: Any = type(rows[0])
        model._default_manager.bulk_create(rows)
        announce(model)


def announce(model: type[Outgoing]) -> None:
    """Make the delivery happen sooner. With the broker down the row waits for the next tick."""
    if audit.via.get() != "task":
        # A task may write thousands, and the next tick of the outbox is seconds away.
        transaction.on_commit(partial(_wake, model.TASK), robust=True)


def _wake(task: str) -> None:
    current_app.send_task(task, expires=20, retry=False)


def due(now: dt.datetime) -> Q:
    """Waiting and due, or claimed by a worker that never came back."""
    waiting = Q(state=MailState.QUEUED, due_at__lte=now)
    return Q(IS_OPEN) & (waiting | Q(state=MailState.SENDING, claimed_until__lt=now))


def due_rows(
    hand: Hand[Row],
    limit: int,
    still_wanted: Callable[[Row], bool],
    counts: dict[str, int],
    looks: Mapping[str, Look],
    replace: Callable[[Row], object] | None = None,
) -> Iterator[Row]:
    """Up to `limit` due rows, each claimed into the hand, wanted and in time; the others are ended and counted.

    Urgent ones are first, and next when they come meanwhile. `looks`, by kind, say of many rows together which are
    wanted; any other row is asked about alone (`still_wanted`), when it is next. `replace` finds another way for one
    that is given up, in the same transaction.
    """
    model = hand.model
    waiting = deque(_waiting(model, limit))
    sight = _Sight(looks, limit)
    until = time.monotonic() + ROUND
    while time.monotonic() < until:
        if sight.is_time_to_glance() and not (waiting and waiting[0].urgent):
            waiting.extendleft(reversed(_urgent(model, limit)))
        hand.let_go_of_old()
        while not hand.rows and waiting and limit:
            tried = hand.claim_first(waiting, limit)
            limit -= len(tried)
            lost = [row for row in tried if row.state == MailState.SENDING and row not in hand.rows]
            counts["failed"] += sum(_give_up(model, row.pk, replace) for row in lost)
        if not hand.rows:
            return
        sight.keep_fresh(chain(hand.rows, waiting))
        row = hand.rows.popleft()
        late = row.expires_at is not None and row.expires_at <= timezone.now()
        try:
            # Of one that is too late it is asked alone: what it tells along may still be wanted, by another message.
            is_wanted = (row.pk in sight.wanted and not late) or still_wanted(row)
        except Exception as error:
            # One row's trouble must not keep the others waiting.
            logger.exception("Whether %s %s is still wanted could not be told.", model.__name__, row.pk)
            counts["delayed"] += put_back(row, error, UNREACHABLE_WAIT)
            continue
        if not is_wanted:
            counts["cancelled"] += finish(row, MailState.CANCELLED, "It is not wanted any more.")
        elif late:
            counts["cancelled"] += finish(row, MailState.CANCELLED, f"{TOO_LATE} {row.error}".strip()[:500])
        else:
            yield row


def more_may_be_due(counts: Mapping[str, int], limit: int) -> bool:
    """After a round of up to `limit`: not when nothing was due, nor when no server answered."""
    return sum(counts.values()) >= limit or any(counts[end] for end in ("sent", "failed", "cancelled"))


def _urgent(model: type[Row], limit: int) -> list[Row]:
    """What goes before all others now, the oldest first."""
    rows: Any = model._default_manager
    urgent = rows.filter(due(timezone.now()), urgent=True).order_by("due_at")
    return list(urgent.select_related(*model.TOGETHER)[:limit])


def _waiting(model: type[Row], limit: int) -> list[Row]:
    """What is urgent, and a batch of the oldest due rows; when there are several, any of the first few."""
    rows: Any = model._default_manager
    due_now = (
        rows.filter(due(timezone.now()), urgent=False).order_by("due_at").select_related(*model.TOGETHER)
    )
    start = limit * random.randrange(BATCHES_AHEAD)  # noqa: S311 - not for secrets
    with _in_order_of_index():
        batch = list(due_now[start : start + limit])
        if start and not batch:
            batch = list(due_now[:limit])
    return _urgent(model, limit) + batch


@contextmanager
def _in_order_of_index() -> Iterator[None]:
    """Have PostgreSQL read what is due from its index, the oldest first, and stop where a batch ends.

    Its statistics are older than a backlog that has just come: it would expect a few rows, read all, and sort them,
    for each batch anew.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_sort = off")
        yield


class _Sight:
    """What is known of the rows that wait: a look says which are wanted, glances what has changed since."""

    def __init__(self, looks: Mapping[str, Look], reach: int) -> None:
        self.looks, self.reach, self.used = looks, reach, 0
        self.wanted: set[Any] = set()
        self.seen: dict[Look, list[Any]] = {}
        self.looked_at: float | None = None
        self.glanced_at = time.monotonic()

    def is_time_to_glance(self) -> bool:
        return time.monotonic() - self.glanced_at > GLANCE

    def keep_fresh(self, waiting: Iterable[Outgoing]) -> None:
        """Before each row: look again where the last look was for others or is too long ago, else glance."""
        now = time.monotonic()
        if self.looked_at is None or self.used == self.reach or now - self.looked_at > FRESH:
            if self.looked_at is not None:
                # Twice as far as the last one was good for: a slow server does not have many looked at again and again.
                self.reach = max(2 * self.used, FEW)
            self.used, self.looked_at = 0, now
            self.since = timezone.now() - UNDER_WAY
            self._look(islice(waiting, self.reach))
        elif self.is_time_to_glance():
            self.glanced_at = now
            self._glance()
        self.used += 1

    def _look(self, rows: Iterable[Outgoing]) -> None:
        self.wanted, self.seen = set(), defaultdict(list)
        for row in rows:
            if row.kind in self.looks:
                self.seen[self.looks[row.kind]].append(row)
        for look, asked in self.seen.items():
            try:
                self.wanted |= look.wanted(asked)
            except Exception:
                logger.exception(
                    "%d rows could not be looked at together; each is asked about alone.", len(asked)
                )

    def _glance(self) -> None:
        for look, asked in self.seen.items():
            try:
                self.wanted -= look.changed(asked, self.since) if look.changed else set()
            except Exception:
                logger.exception("%d rows may have changed; each is asked about alone.", len(asked))
                self.wanted -= {row.pk for row in asked}


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


def waits_since(model: type[Outgoing], now: dt.datetime) -> dt.datetime | None:
    """When the oldest row that waits was first due, however often it was tried in vain since; None when none waits."""
    rows: Any = model._default_manager
    tried = ~Q(error="")
    first_due = Case(When(tried, then=Least("created_at", "due_at")), default=F("due_at"))
    waiting = rows.filter(Q(IS_OPEN) & (due(now) | tried))
    oldest: dt.datetime | None = waiting.order_by().aggregate(oldest=Min(first_due))["oldest"]
    return oldest


def oldest_due_age(model: type[Outgoing]) -> float:
    """Seconds that the oldest row has waited since it was first due; 0 when none waits."""
    now = timezone.now()
    oldest = waits_since(model, now)
    return round((now - oldest).total_seconds(), 1) if oldest else 0.0
