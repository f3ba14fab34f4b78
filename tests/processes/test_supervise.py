"""What Holdwell's supervisor does otherwise than supervisord, tried on programs that only sleep."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.processes.running import processes, wait_until

CONF = """
[supervisord]
nodaemon = true
loglevel = warn
logfile = /dev/null
logfile_maxbytes = 0
pidfile = {folder}/pid
[program:sleeper]
command = {python} -c "print('slept', flush=True); import time; time.sleep(1000)"
redirect_stderr = true
stdout_logfile = /dev/fd/1
stdout_logfile_maxbytes = 0
"""


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    conf = tmp_path / "supervisord.conf"
    conf.write_text(CONF.format(folder=tmp_path, python=sys.executable))
    script = settings.BASE_DIR / "clinic" / "supervise.py"
    return [sys.executable, "-P", str(script), "-c", str(conf)]


@pytest.fixture
def supervisor(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as process:
        yield process
        process.kill()


def sleeper(supervisor: subprocess.Popen[bytes]) -> int:
    assert supervisor.stdout is not None
    assert b"slept\n" in iter(supervisor.stdout.readline, b"")
    return next(pid for pid, (parent, _) in processes().items() if parent == supervisor.pid)


@pytest.mark.parametrize("how", [signal.SIGHUP, signal.SIGTERM, signal.SIGINT])
def test_a_closed_terminal_stops_it_like_any_other_wish_to_stop(
    supervisor: subprocess.Popen[bytes], how: signal.Signals
) -> None:
    child = sleeper(supervisor)
    supervisor.send_signal(how)
    assert supervisor.wait(60) == 0
    assert child not in processes()


def test_a_killed_supervisor_leaves_nobody_behind(supervisor: subprocess.Popen[bytes]) -> None:
    child = sleeper(supervisor)
    supervisor.kill()
    wait_until(lambda: child not in processes(), 60, "the child has ended")


def test_what_dies_is_started_again(supervisor: subprocess.Popen[bytes]) -> None:
    child = sleeper(supervisor)
    os.kill(child, signal.SIGKILL)
    assert sleeper(supervisor) != child


def test_it_writes_into_a_journal_too(command: list[str]) -> None:
    """A service manager gives a socket as the output, which cannot be opened a second time by its name."""
    ours, theirs = socket.socketpair()
    with ours, theirs, subprocess.Popen(command, stdout=theirs, start_new_session=True) as process:
        ours.settimeout(60)
        assert b"slept" in ours.recv(1000)
        process.terminate()
