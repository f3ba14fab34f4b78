"""An installation of workers and beats under a clock of its own, which a test may move, starve and kill."""

import contextlib
import datetime as dt
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from celery import Celery
from django.conf import settings
from kombu import Connection

from tests.processes.engines import Engine, soon
from tests.processes.running import clean_environment, free_port, processes
from tests.processes.sink import Sink, listening

# Seconds; the longest is for a machine that has much else to do.
ASK_AGAIN, LONGEST = 1, 120
# Some Wednesday, in UTC.
BEGIN = dt.datetime(2026, 11, 18, 0, tzinfo=dt.UTC)
SWEEP, DELIVER = "patients.tasks.sweep_reminders", "clinic.tasks.deliver_mail"
# What Prometheus would read.
TOKEN = "shown-to-this-test-alone"
METRICS = f"""
import json
from django.test import Client
answer = Client(SERVER_NAME="localhost").get("/metrics", headers={{"authorization": "Bearer {TOKEN}"}})
print(json.dumps(answer.content.decode()))
"""
MAILS = """
from clinic.models import OutgoingMail
OutgoingMail.objects.bulk_create(OutgoingMail(to=to, kind="backlog", subject="x", text="x") for to in {addresses})
"""


class Fleet:
    """Workers and beats on one engine; a mail server that counts; a clock that is moved by hand."""

    def __init__(self, folder: Path, engine: Engine) -> None:
        self.folder, self.engine = folder, engine
        self.port = free_port()
        self.sink = Sink()
        self.mail_server = contextlib.ExitStack()
        self.clock = folder / "clock"
        self.ahead = 0.0
        self.move_to(BEGIN)
        self.environment = clean_environment(
            folder,
            **engine.environment,
            EMAIL_URL=f"smtp://127.0.0.1:{self.port}",
            HOLDWELL_METRICS_TOKEN="shown-to-this-test-alone",
            DJANGO_SETTINGS_MODULE="clinic.settings",
            HOLDWELL_URL="http://localhost",
        )
        self.log = (folder / "fleet.log").open("ab")
        self.workers: list[subprocess.Popen[bytes]] = []
        self.beats: list[subprocess.Popen[bytes]] = []
        self.patients = 0
        self.queue = Celery(set_as_current=False, changes={"task_default_queue": engine.queue})

    def prepare(self) -> None:
        self.run("django", "migrate", "--verbosity", "0")
        self.run("django", "createcachetable", "--verbosity", "0")

    # --- The clock

    def now(self) -> dt.datetime:
        return dt.datetime.fromtimestamp(time.time() + self.ahead, dt.UTC)

    def now_in_sql(self) -> str:
        return f"'{self.now():%Y-%m-%d %H:%M:%S+00:00}'"

    def move_to(self, instant: dt.datetime) -> None:
        """For every process, whether it runs or will start."""
        self.ahead = instant.timestamp() - time.time()
        draft = self.clock.with_suffix(".new")
        draft.write_text(str(self.ahead))
        draft.replace(self.clock)

    def go_on(self, **more: float) -> None:
        """Let time go by: `minutes=1`."""
        self.move_to(self.now() + dt.timedelta(**more))

    # --- Processes

    def run(self, module: str, *arguments: str) -> str:
        """A command that ends; what it said."""
        done = subprocess.run(
            self._command(module, *arguments),
            env=self.environment,
            cwd=settings.BASE_DIR,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def _command(self, module: str, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "tests.processes.moved", str(self.clock), module, *arguments]

    def man(self, *, workers: int, beats: int) -> None:
        """Have so many of each running, each worker with a pool of two."""
        apart = ("--without-gossip", "--without-mingle", "--without-heartbeat")
        for wanted, running, command in (
            (workers, self.workers, ("worker", "--concurrency", "2", *apart)),
            (beats, self.beats, ("beat", "--pidfile", "")),
        ):
            while len(running) < wanted:
                running.append(self._celery(*command))
            while len(running) > wanted:
                self.kill(running[-1])

    def _celery(self, *arguments: str) -> subprocess.Popen[bytes]:
        """In a group of its own, so that all of it can be killed at one blow."""
        command = self._command("celery", "--quiet", "--app", "clinic", *arguments, "--loglevel", "WARNING")
        return subprocess.Popen(
            command,
            env=self.environment,
            cwd=settings.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=self.log,
            stderr=self.log,
            start_new_session=True,
        )

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """The worker with all the processes of its pool."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(60)
        (self.workers if process in self.workers else self.beats).remove(process)

    def pid_at(self, port: int) -> int:
        """Which of our processes talks from this port."""
        inode = _socket(port)[1]
        family = {process.pid for process in self.workers}
        everything = processes()
        ours = {pid for pid, (parent, _) in everything.items() if pid in family or parent in family}
        return next(pid for pid in ours if f"socket:[{inode}]" in _files(pid))

    # --- Work

    def new_addresses(self, count: int) -> list[str]:
        """Of patients who are still to come."""
        first, self.patients = self.patients, self.patients + count
        return [address(number) for number in range(first, self.patients)]

    def make_patients(self, *groups: tuple[list[str], dt.datetime]) -> None:
        """Each group by its addresses, and reminded at its time of every day."""
        asked = [word for addresses, at in groups for word in (f"{at:%H:%M}", *addresses)]
        self.run("tests.processes.many", *asked)

    def write_mails(self, count: int) -> list[str]:
        """Mails that are due, in one act that wakes nobody; answers to whom."""
        addresses = self.new_addresses(count)
        self.run("django", "shell", "--no-imports", "-c", MAILS.format(addresses=addresses))
        return addresses

    def talking(self) -> int:
        """How many processes are connected to the mail server."""
        lines = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
        return sum(int(f[1].rpartition(":")[2], 16) == self.port and f[3] == "01" for f in lines)

    def wake(self, *tasks: str) -> None:
        """As beat does, only sooner."""
        # Said for each connection: the environment names the suite's own broker.
        with Connection(self.engine.broker_url, transport_options=self.engine.broker_options) as link:
            for task in tasks or (SWEEP, DELIVER):
                self.queue.send_task(task, connection=link)

    def wake_until(self, sql: str, what: str, *tasks: str, turns: bool = False) -> None:
        """Ask for the work until a query says true; a lost or early wake-up is followed by another.

        `turns`: let the time of a tick go by in between, as each patient is planned in their turn.
        """
        asked = 0.0

        def done() -> bool:
            nonlocal asked
            if time.monotonic() > asked + ASK_AGAIN and not self.engine.waiting():
                if turns and asked:
                    self.go_on(seconds=30)
                self.wake(*tasks)
                asked = time.monotonic()
            return bool(self.engine.query(sql)[0][0])

        soon(done, f"{what}\n{self.said()}", LONGEST)

    def said(self) -> str:
        return (self.folder / "fleet.log").read_text()[-4000:]

    @contextlib.contextmanager
    def mail_server_is_down(self) -> Iterator[None]:
        """Nobody listens at its port."""
        self.mail_server.close()
        yield
        self.mail_server.enter_context(listening(self.port, self.sink))

    # --- For operators

    def reminders_json(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.run("django", "reminders", "--dry-run"))
        return told

    def metrics(self) -> dict[str, float]:
        text = json.loads(self.run("django", "shell", "--no-imports", "-c", METRICS))
        lines = (line.rpartition(" ") for line in text.splitlines() if not line.startswith("#"))
        return {name: float(value) for name, _, value in lines}

    def close(self) -> None:
        self.man(workers=0, beats=0)
        self.mail_server.close()
        self.log.close()
        self.queue.close()
        self.engine.close()


@contextlib.contextmanager
def open_fleet(folder: Path, engine: Engine) -> Iterator[Fleet]:
    fleet = Fleet(folder, engine)
    try:
        fleet.prepare()
        fleet.mail_server.enter_context(listening(fleet.port, fleet.sink))
        yield fleet
    finally:
        fleet.close()


def unread(port: int) -> int:
    """Bytes that have arrived at a port of this machine, and that its process has not read yet."""
    return _socket(port)[0]


def _socket(port: int) -> tuple[int, str]:
    """Of the connected socket at a local port: the unread bytes and the inode (proc(5), /proc/net/tcp)."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        fields = line.split()
        if int(fields[1].rpartition(":")[2], 16) == port and fields[3] == "01":
            return int(fields[4].rpartition(":")[2], 16), fields[9]
    raise LookupError(f"Nobody is connected from port {port}.")


def _files(pid: int) -> set[str]:
    found = set()
    with contextlib.suppress(OSError):
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                found.add(str(link.readlink()))
    return found


def address(number: int) -> str:
    return f"pat{number:05}@example.org"
