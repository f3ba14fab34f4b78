"""Holdwell as it really runs: `manage.py up` on a port and a data folder of its own."""

import contextlib
import json
import os
import secrets
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings

from tests import services
from tests.settings import FULL


def wait_until(true: Callable[[], Any], seconds: float, what: str) -> float:
    """Seconds until it became true; fails when that takes longer than allowed."""
    begun = time.monotonic()
    while not true():
        assert time.monotonic() - begun < seconds, f"not within {seconds} s: {what}"
        time.sleep(0.1)
    return time.monotonic() - begun


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def clean_environment(data: Path, **more: str) -> dict[str, str]:
    """Ours, without what the suite set for itself."""
    ours = ("HOLDWELL_", "DJANGO_", "PYTEST_")
    named = ("DATABASE_URL", "CELERY_BROKER_URL", "EMAIL_URL", "CACHE_URL", "PORT")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(ours) and k not in named}
    return kept | {"HOLDWELL_DATA": str(data)} | more


def manage(*arguments: str, environment: dict[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, str(settings.BASE_DIR / "manage.py"), *arguments],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def processes() -> dict[int, tuple[int, str]]:
    """All that run: pid → (parent, command line)."""
    found = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            stat = (folder / "stat").read_text().rpartition(") ")[2].split()
            if stat[0] != "Z":
                found[int(folder.name)] = (int(stat[1]), command)
    return found


class Running:
    """One Holdwell and what can be done to it from outside."""

    def __init__(self, data: Path, **environment: str) -> None:
        self.data = data
        self.log = data / "up.log"
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.database_url = ""
        self.broker_url = ""
        self.queue = f"holdwell-test-{secrets.token_hex(4)}"
        if FULL:
            url = os.environ["DATABASE_URL"]
            self.database_url = services.create_database(url, f"holdwell_test_{secrets.token_hex(4)}")
            self.broker_url = settings.CELERY_BROKER_URL
            environment |= {
                "DATABASE_URL": self.database_url,
                "CELERY_BROKER_URL": self.broker_url,
                "HOLDWELL_QUEUE": self.queue,
            }
        self.environment = clean_environment(data, PORT=str(self.port), **environment)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, seconds: float = 150) -> float:
        """Seconds from the command to a working installation."""
        self.data.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, str(settings.BASE_DIR / "manage.py"), "up"],
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return wait_until(self._ready_or_dead, seconds, f"ready; the log says\n{self.log.read_text()}")

    def _ready_or_dead(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log.read_text()
        return self.get("/readyz")[0] == 200

    def stop(self, how: signal.Signals = signal.SIGINT, seconds: float = 90) -> float:
        """Seconds until the command has ended."""
        assert self.process is not None
        begun = time.monotonic()
        self.process.send_signal(how)
        self.process.wait(seconds)
        return time.monotonic() - begun

    def close(self) -> None:
        """Leave nothing behind, whatever happened."""
        if self.process is not None:
            for pid in [*self.children(), self.process.pid]:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.process.wait(60)
        if FULL:
            services.drop_database(self.database_url)
            services.sweep_broker(self.broker_url, self.queue)

    def get(self, path: str) -> tuple[int, str]:
        """Status and body; status 0 when nobody answers."""
        try:
            with urllib.request.urlopen(self.url + path, timeout=10) as answer:  # noqa: S310
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""

    def readyz(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.get("/readyz")[1] or "{}")
        return answer

    def children(self) -> dict[int, str]:
        """Everything that the command has started, however deep: pid → command line."""
        assert self.process is not None
        everything, found = processes(), {}
        family = {self.process.pid}
        while True:
            more = {p for p, (parent, _) in everything.items() if parent in family} - family
            if not more:
                return found
            family |= more
            found |= {pid: everything[pid][1] for pid in more}

    def pids(self, *words: str) -> set[int]:
        """The processes of the family whose command line has all the words."""
        return {pid for pid, command in self.children().items() if all(word in command for word in words)}

    def main_pid(self, *words: str) -> int | None:
        """The process of this kind that the supervisor itself has started."""
        assert self.process is not None
        everything, mine = processes(), self.process.pid
        return next((pid for pid in self.pids(*words) if everything.get(pid, (0, ""))[0] == mine), None)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the database behind its back."""
        if FULL:
            with psycopg.connect(self.database_url, autocommit=True) as link:
                cursor = link.execute(sql)  # type: ignore[call-overload]
                return list(cursor) if cursor.description else []
        with contextlib.closing(sqlite3.connect(self.data / "holdwell.sqlite3", timeout=20)) as link, link:
            return list(link.execute(sql))


@pytest.fixture(scope="module")
def supervisor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """`manage.py up` with the demo, started once for all tests of a module."""
    running = Running(tmp_path_factory.mktemp("up") / "data", HOLDWELL_DEMO="1")
    try:
        running.start()
        yield running
    finally:
        running.close()
