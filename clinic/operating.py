"""What operators look at: whether ticks are done, whether what is due gets taken, and what ended badly.

The outboxes are registered by the rooms that have them. What a page or a scrape asks is a fixed number of queries,
over the few rows that are open or ended badly (partial indexes), and gives neither names nor addresses.
"""

import datetime as dt
import platform
import shutil
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import BooleanField, Count, F, Func, Model, Q, QuerySet, TextChoices, Value
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic import outbox
from clinic.models import MailState, Outgoing, OutgoingMail, RefusedAddress, Tick

# What ended badly longer ago is history, to be found in the records.
LOOKED_BACK = dt.timedelta(days=14)
LISTED = 50
PATIENCE = dt.timedelta(minutes=15)
# So many turns may be missed before a tick is late; a restart or a long batch is no alarm.
TURNS_MISSED = 3
# In the words of the partial indexes (see `outbox.IS_OPEN`).
IS_FAILED = Func(F("state"), template="%(expressions)s = 'failed'", output_field=BooleanField())
LEAST_FREE = 0.05


@dataclass(frozen=True, slots=True)
class Outbox:
    """Rows with a state and a time, which some tick brings to an end.

    `due` gives those that are to be taken now, the oldest first. `failed` tells, from a time on, those that need
    somebody. `patience` is how long the oldest may have been due before something is wrong.
    """

    name: str
    label: str | Promise
    model: type[Model]
    states: type[TextChoices]
    open: tuple[str, ...]
    due: Callable[[dt.datetime], QuerySet[Any]]
    failed: Callable[[dt.datetime], Q] | None = None
    patience: dt.timedelta = PATIENCE

    @property
    def sends(self) -> bool:
        """Whether its rows are messages, of which one may go out twice, and may be sent again."""
        return issubclass(self.model, Outgoing)

    @property
    def fails(self) -> bool:
        return self.failed is not None

    def waits_since(self, now: dt.datetime) -> dt.datetime | None:
        """When the oldest was due for the first time; None when nothing waits."""
        if issubclass(self.model, Outgoing):
            return outbox.waits_since(self.model, now)
        oldest: dt.datetime | None = self.due(now).values_list("due_at", flat=True).first()
        return oldest


def messages(name: str, label: str | Promise, model: type[Outgoing]) -> Outbox:
    """An outbox of messages (`clinic.outbox`)."""
    rows: Any = model._default_manager
    return Outbox(
        name=name,
        label=label,
        model=model,
        states=MailState,
        open=(MailState.QUEUED, MailState.SENDING),
        due=lambda now: rows.filter(outbox.due(now)).order_by("due_at"),
        failed=lambda since: Q(state=MailState.FAILED, due_at__gte=since),
    )


outboxes: dict[str, Outbox] = {"mails": messages("mails", gettext_lazy("Mails"), OutgoingMail)}

# By name in CELERY_BEAT_SCHEDULE: what a tick does. The rooms above add their own at their start.
ticks: dict[str, str | Promise] = {
    "heartbeat": gettext_lazy("Heartbeat"),
    "mail": gettext_lazy("Sends mails"),
}


@dataclass(frozen=True, slots=True)
class Standing:
    """How one outbox stands: seconds that the oldest row is due, open rows by state, what ended badly lately."""

    box: Outbox
    oldest_due_age: float
    open: dict[str, int]
    failed: int
    unknown: int

    @property
    def late(self) -> bool:
        return self.oldest_due_age > self.box.patience.total_seconds()


def standing(box: Outbox, now: dt.datetime) -> Standing:
    """Two queries."""
    parts = [_counted(box, Q(outbox.stands_at(*box.open)), by="state")]
    if box.failed:
        parts.append(_counted(box, box.failed(now - LOOKED_BACK), by=Value("failed")))
    if box.sends:
        parts.append(_counted(box, _unknown(now), by=Value("unknown")))
    # Each by its own index: SQLite reads the whole table for one condition that joins them by OR.
    found = defaultdict(int, parts[0].union(*parts[1:], all=True))
    oldest = box.waits_since(now)
    return Standing(
        box=box,
        oldest_due_age=round(max(0.0, (now - oldest).total_seconds()), 1) if oldest else 0.0,
        open={state: found[state] for state in box.open},
        failed=found["failed"],
        unknown=found["unknown"],
    )


def _counted(box: Outbox, which: Q, by: str | Value) -> QuerySet[Any, Any]:
    """(what, how many), in a query to be joined with others."""
    rows: Any = box.model._default_manager
    return rows.filter(which).order_by().values_list(by).annotate(count=Count("pk"))  # type: ignore[no-any-return]


def standings(now: dt.datetime) -> list[Standing]:
    return [standing(box, now) for box in outboxes.values()]


def _unknown(now: dt.datetime) -> Q:
    return Q(unknown_at__gte=now - LOOKED_BACK)


def today(box: Outbox, now: dt.datetime) -> list[tuple[str, int]]:
    """How many rows of the UTC day stand in which state, in words; one query over the day."""
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    rows: Any = box.model._default_manager
    day = rows.filter(due_at__gte=midnight, due_at__lt=midnight + dt.timedelta(days=1)).order_by()
    found = dict(day.values_list("state").annotate(count=Count("pk")))
    return [(str(state.label), found[state.value]) for state in box.states if state.value in found]


def held_up(box: Outbox) -> str:
    """Why the message that was tried last still waits; empty where none does. One query."""
    if not box.sends:
        return ""
    rows: Any = box.model._default_manager
    tried = rows.filter(outbox.IS_OPEN, state=MailState.QUEUED).exclude(error="").order_by("-due_at")
    return tried.values_list("error", flat=True).first() or ""


@dataclass(frozen=True, slots=True)
class Ticking:
    """One kind of tick: seconds between two, and since it was last done (None: not yet)."""

    name: str
    label: str | Promise
    every: int
    age: float | None

    @property
    def late(self) -> bool:
        if self.name == "heartbeat":
            return self.age is None or self.age > settings.TICK_MAX_AGE
        return self.age is not None and self.age > max(TURNS_MISSED * self.every, settings.TICK_MAX_AGE)


def ticking(now: dt.datetime) -> list[Ticking]:
    """One query."""
    beat: dict[str, Any] = settings.CELERY_BEAT_SCHEDULE
    done = dict(Tick.objects.values_list("name", "handled_at"))
    return [
        Ticking(
            name=name,
            label=ticks.get(name, name),
            every=int(entry["schedule"].run_every.total_seconds()),
            age=round((now - done[name]).total_seconds(), 1) if name in done else None,
        )
        for name, entry in beat.items()
    ]


@dataclass(frozen=True, slots=True)
class Failure:
    """What was not delivered (last tried `at`) or not made (asked for `at`).

    `kept_back` says why a message cannot be sent again, and is empty where it can.
    """

    box: Outbox
    row: Any
    at: dt.datetime
    kept_back: str = ""
    tried_again_at: dt.datetime | None = None


def failures(now: dt.datetime) -> list[Failure]:
    """The latest of each outbox; one query for each that knows failure."""
    return list(_failures(now))


def _failures(now: dt.datetime) -> Iterator[Failure]:
    for box in outboxes.values():
        if box.failed is None:
            continue
        rows: Any = box.model._default_manager
        for row in rows.filter(box.failed(now - LOOKED_BACK)).order_by("-due_at")[:LISTED]:
            if box.sends:
                yield Failure(box, row, row.due_at, kept_back=outbox.kept_back(row, now) or "")
            else:
                yield Failure(box, row, row.created_at, tried_again_at=row.due_at)


def unknowns(now: dt.datetime) -> list[tuple[Outbox, Any]]:
    """What may have gone out twice, the latest of each outbox of messages."""
    found: list[tuple[Outbox, Any]] = []
    for box in outboxes.values():
        if box.sends:
            rows: Any = box.model._default_manager
            found += [(box, row) for row in rows.filter(_unknown(now)).order_by("-unknown_at")[:LISTED]]
    return found


def message(name: str, pk: UUID) -> Outgoing | None:
    """A message by its outbox's name, for an operator; None where there is none."""
    box = outboxes.get(name)
    if box is None or not box.sends:
        return None
    rows: Any = box.model._default_manager
    return rows.filter(pk=pk).first()  # type: ignore[no-any-return]


def forget_words(now: dt.datetime) -> int:
    """What was not delivered and cannot be sent again any more, since it is too late or history, says nothing any more.

    Answers how many messages that were.
    """
    models: list[Any] = [box.model for box in outboxes.values() if box.sends]
    return sum(_past_words(model, now).update(**dict.fromkeys(model.WORDS, "")) for model in models)


def _past_words(model: Any, now: dt.datetime) -> QuerySet[Any]:
    ended = model._default_manager.filter(IS_FAILED).exclude(**dict.fromkeys(model.WORDS, ""))
    rows: QuerySet[Any] = ended.filter(Q(expires_at__lte=now) | Q(due_at__lt=now - LOOKED_BACK))
    return rows


def refused_addresses() -> int:
    return RefusedAddress.objects.count()


@dataclass(frozen=True, slots=True)
class Disk:
    """The disk of the data folder, in bytes."""

    total: int
    free: int

    @property
    def short(self) -> bool:
        return self.free < LEAST_FREE * self.total


def disk() -> Disk:
    found = shutil.disk_usage(settings.DATA_DIR)
    return Disk(found.total, found.free)


@cache
def holdwell_version() -> str:
    project = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())
    return str(project["project"]["version"])


def versions() -> list[tuple[str, str]]:
    """Of Holdwell and of what it stands on."""
    return [
        ("Holdwell", holdwell_version()),
        ("Python", platform.python_version()),
        ("Django", version("django")),
        ("Celery", version("celery")),
        (connection.display_name, ".".join(map(str, connection.get_database_version()))),
    ]


def troubles(
    found: list[Standing], ticks_done: list[Ticking], migrations_waiting: int, room: Disk
) -> list[str]:
    """What is wrong now, in sentences; nothing where all is well."""
    said = []
    silent = next((tick for tick in ticks_done if tick.name == "heartbeat" and tick.late), None)
    if silent:
        # The other ticks are late with it.
        said.append(_("No worker answers to beat: nothing is sent or made. Start worker and beat again."))
    else:
        said += [_("A tick is late: %(tick)s.") % {"tick": tick.label} for tick in ticks_done if tick.late]
    said += [
        _("Something has been due for too long: %(outbox)s.") % {"outbox": one.box.label}
        for one in found
        if one.late
    ]
    if migrations_waiting:
        said.append(_("The database waits for a migration: run manage.py migrate."))
    if room.short:
        said.append(_("The disk of the data folder is nearly full."))
    return said
