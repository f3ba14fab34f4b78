"""`manage.py up`: prepare what is missing, then become the supervisor of web, worker and beat."""

import fcntl
import http.client
import os
import signal
import socket
import sys
import time
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

SECONDS_TO_FIRST_ANSWER = 60
# What packages bring along and no page of ours asks for; hashing and compressing it would take most of a start.
NOT_USED = [
    "rest_framework",
    "bootstrap/css/bootstrap-*",
    "bootstrap/css/bootstrap.css*",
    "bootstrap/css/bootstrap.rtl.css*",
    "bootstrap/js/*",
    "django_htmx/ext",
]


class Command(BaseCommand):
    help = "Prepares the database and the files, and runs web, worker and beat until it is stopped (Ctrl-C)."

    def handle(self, *args: Any, **options: Any) -> None:
        append_output()
        lock = only_once()
        refuse_a_port_in_use()
        self.prepare()
        connections.close_all()
        if os.fork() == 0:
            os.close(lock)
            signal.signal(signal.SIGINT, signal.SIG_DFL)
            self.announce()
            os._exit(0)
        os.set_inheritable(lock, True)
        become_supervisor()

    def prepare(self) -> None:
        """Everything that a start needs. On data that is up to date, nothing changes."""
        (settings.DATA_DIR / "tmp").mkdir(mode=0o700, exist_ok=True)
        self.say("Preparing the database")
        call_command("migrate", verbosity=0, interactive=False)
        call_command("createcachetable", verbosity=0)
        self.say("Collecting the files of the pages")
        call_command("collectstatic", verbosity=0, interactive=False, ignore_patterns=NOT_USED)
        self.say("Loading the stretch library")
        call_command("load_library", verbosity=0)
        if settings.DEMO:
            self.say("Making the demo")
            call_command("load_demo", verbosity=0)

    def announce(self) -> None:
        """Say where Holdwell is, once it answers there."""
        supervisor = os.getppid()
        deadline = time.monotonic() + SECONDS_TO_FIRST_ANSWER
        while not answers():
            if os.getppid() != supervisor or time.monotonic() > deadline:
                return
            time.sleep(0.2)
        lines = ["", f"Holdwell is at {settings.SITE_URL}/", f"Its data is in {settings.DATA_DIR}"]
        if settings.DEMO:
            lines += ["", *demo_lines()]
        lines += ["", "Ctrl-C stops it.", ""]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()

    def say(self, step: str) -> None:
        self.stdout.write(f"{step} …")
        self.stdout.flush()


def append_output() -> None:
    """Several processes write to the output; into a file (`make run > log`) each must write at its end."""
    fcntl.fcntl(1, fcntl.F_SETFL, fcntl.fcntl(1, fcntl.F_GETFL) | os.O_APPEND)


def only_once() -> int:
    """The lock of the data folder, for as long as this process or what it becomes lives."""
    lock = os.open(settings.DATA_DIR / "up.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise CommandError(
            f"Holdwell runs already on the data in {settings.DATA_DIR}. "
            "Stop it first, or name another folder: make run HOLDWELL_DATA=…"
        ) from error
    return lock


def refuse_a_port_in_use() -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.BIND, settings.PORT))
        except OSError as error:
            raise CommandError(
                f"Cannot listen at {settings.BIND}:{settings.PORT}: {error.strerror}. "
                f"Choose another port: make run PORT={settings.PORT + 1}"
            ) from error


def answers() -> bool:
    host = "127.0.0.1" if settings.BIND == "0.0.0.0" else settings.BIND  # noqa: S104
    connection = http.client.HTTPConnection(host, settings.PORT, timeout=2)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def demo_lines() -> list[str]:
    from clinic.demo import DEMO_ACCOUNTS, DEMO_PASSWORD

    width = max(len(account.email) for account in DEMO_ACCOUNTS)
    rows = [f"  {account.email:<{width}}  {account.first}" for account in DEMO_ACCOUNTS]
    return [f"The sign-in page has a button for each of these; the password is {DEMO_PASSWORD}", *rows]


def become_supervisor() -> None:
    here = settings.BASE_DIR / "clinic"
    environment = os.environ | {
        "HOLDWELL_DATA": str(settings.DATA_DIR),
        "HOLDWELL_PYTHON": sys.executable,
        "HOLDWELL_BIND": settings.BIND,
        "PORT": str(settings.PORT),
    }
    # -P: the folder of the script holds a module `celery`, which must not be found in place of Celery.
    command = [sys.executable, "-P", str(here / "supervise.py"), "-c", str(here / "supervisord.conf")]
    os.execve(sys.executable, command, environment)  # noqa: S606
