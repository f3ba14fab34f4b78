"""The two engines of an installation as a fault test needs them: asked, stopped and emptied from outside."""

import contextlib
import os
import secrets
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import psycopg
import redis
from django.conf import settings

from tests import services

PATIENCE = 60.0  # seconds
TO_THE_NEXT_STATEMENT = 0.2  # seconds, from taking a message


def soon(true: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """The first answer that is true, asked for many times a second; fails when none comes."""
    until = time.monotonic() + seconds
    while not (answer := true()):
        assert time.monotonic() < until, f"not within {seconds} s: {what}"
        time.sleep(0.003)
    return answer


@dataclass(frozen=True)
class Stop:
    """A statement to stop somebody at.

    SQLite cannot say who waits for what: there, `nearly` is a query that is true from just before it on. Without one,
    it is the first statement that writes.
    """

    verb: str
    table: str
    nearly: str = ""


class Engine(Protocol):
    """A database and a broker of one installation."""

    # What its processes have in their environment.
    environment: dict[str, str]
    # For whoever puts wake-ups into the queue.
    broker_url: str
    broker_options: dict[str, Any]
    queue: str

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the database behind its back."""

    def stopped(self, before: Stop, begin: Callable[[], None]) -> AbstractContextManager[int | None]:
        """Begin some work, and let nobody get beyond a statement of it: whoever does it stands there meanwhile.

        Gives the port by which that process talks to the database; None where no database tells.
        """

    def waiting(self) -> int:
        """Messages that nobody has taken yet."""

    def flush_broker(self) -> int:
        """Empty the broker of all that is ours; answers how much that was."""

    def close(self) -> None: ...


class Services:
    """PostgreSQL and Redis, as `make test-full` has them."""

    def __init__(self, folder: Path) -> None:
        self.url = services.create_database(
            os.environ["DATABASE_URL"], f"holdwell_test_{secrets.token_hex(4)}"
        )
        self.queue = f"holdwell-test-{secrets.token_hex(4)}"
        self.redis: Any = redis.Redis.from_url(settings.CELERY_BROKER_URL)
        self.environment = {
            "DATABASE_URL": self.url,
            "CELERY_BROKER_URL": settings.CELERY_BROKER_URL,
            "HOLDWELL_QUEUE": self.queue,
        }
        self.broker_url, self.broker_options = settings.CELERY_BROKER_URL, {}

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as link:
            cursor = link.execute(sql)  # type: ignore[call-overload]
            return list(cursor) if cursor.description else []

    @contextlib.contextmanager
    def stopped(self, before: Stop, begin: Callable[[], None]) -> Iterator[int | None]:
        waiting = (
            "SELECT client_port FROM pg_stat_activity WHERE wait_event_type = 'Lock'"  # noqa: S608
            f" AND datname = current_database() AND query LIKE '{before.verb}%{before.table}%'"
        )
        with psycopg.connect(self.url) as link:
            link.execute(f'LOCK TABLE "{before.table}" IN EXCLUSIVE MODE')  # type: ignore[call-overload]
            begin()
            yield int(soon(lambda: self.query(waiting), f"somebody stands before {before}")[0][0])
            link.rollback()

    def waiting(self) -> int:
        return int(self.redis.llen(self.queue))

    def flush_broker(self) -> int:
        """Other runs may use the same Redis, so what is not ours stays."""
        ours = list(self.redis.scan_iter(f"*{self.queue}*"))
        taken = self.redis.hgetall("unacked")
        tags = [tag for tag, message in taken.items() if self.queue.encode() in message]  # type: ignore[union-attr]
        found = sum(int(self.redis.llen(key)) for key in ours if self.redis.type(key) == b"list")  # type: ignore[arg-type]
        if ours:
            self.redis.delete(*ours)
        if tags:
            self.redis.hdel("unacked", *tags)
            self.redis.zrem("unacked_index", *tags)
        return found + len(tags)

    def close(self) -> None:
        self.flush_broker()
        self.redis.close()
        services.drop_database(self.url)


class Embedded:
    """SQLite and the file-system broker in a data folder, as Holdwell starts without any settings."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "holdwell.sqlite3"
        self.messages = folder / "broker" / "queue"
        self.control = folder / "broker" / "control"
        tmp = folder / "tmp"
        for needed in (self.messages, self.control, tmp):
            needed.mkdir(parents=True)
        # As the supervisor has it: a message is taken by renaming it into here.
        self.environment = {"TMPDIR": str(tmp)}
        self.broker_url, self.queue = "filesystem://", "holdwell"
        self.broker_options = {
            "data_folder_in": str(self.messages),
            "data_folder_out": str(self.messages),
            "control_folder": str(self.control),
        }

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(self._link()) as link:
            return list(link.execute(sql))

    def _link(self) -> sqlite3.Connection:
        return sqlite3.connect(self.file, timeout=20, isolation_level=None)

    @contextlib.contextmanager
    def stopped(self, before: Stop, begin: Callable[[], None]) -> Iterator[int | None]:
        """One writes at a time, so whoever holds the right to write stops them all, between two transactions."""
        with contextlib.closing(self._link()) as link:
            if before.nearly:
                begin()
                soon(lambda: link.execute(before.nearly).fetchone()[0], before.nearly)
                link.execute("BEGIN IMMEDIATE")
            else:
                soon(lambda: not self.waiting(), "the queue is empty")
                link.execute("BEGIN IMMEDIATE")
                begin()
                # Should beat ask for much at this very moment, the workers stand still with that.
                with contextlib.suppress(AssertionError):
                    soon(lambda: not self.waiting(), "the message is taken", 3)
                time.sleep(TO_THE_NEXT_STATEMENT)
            yield None
            link.execute("ROLLBACK")

    def waiting(self) -> int:
        return len(list(self.messages.iterdir()))

    def flush_broker(self) -> int:
        files = [*self.messages.iterdir(), *self.control.iterdir()]
        for file in files:
            file.unlink(missing_ok=True)
        return len(files)

    def close(self) -> None:
        """The folder goes with the test."""


def engine(kind: str, folder: Path) -> Engine:
    return Services(folder) if kind == "services" else Embedded(folder)
