"""One command runs everything, restarts what dies, tells the truth about it, and leaves nothing behind."""

import os
import signal
import time
from collections.abc import Iterable

import pytest

from tests.processes.running import Running, free_port, manage, processes, wait_until

WEB, WORKER, BEAT = ("gunicorn",), ("celery", " worker "), ("celery", " beat ")
# What the running sweeps may change while nobody does anything.
ALIVE = ("clinic_tick", "holdwell_cache", "clinic_outgoingmail", "patients_reminder", "patients_report")


def test_it_answers_and_says_where_it_is(supervisor: Running) -> None:
    status, page = supervisor.get("/account/login/")
    assert status == 200
    assert "<!doctype html>" in page.lower()
    said = supervisor.log.read_text()
    wait_until(lambda: supervisor.url in supervisor.log.read_text(), 60, said)
    assert "clinician@demo.holdwell.invalid" in supervisor.log.read_text()


@pytest.mark.parametrize("kind", [WEB, WORKER, BEAT], ids=["web", "worker", "beat"])
def test_what_is_killed_is_back_and_works(supervisor: Running, kind: Iterable[str]) -> None:
    before = supervisor.main_pid(*kind)
    assert before
    pool = {pid for pid in supervisor.pids(*kind) if pid != before}
    os.kill(before, signal.SIGKILL)
    killed = time.monotonic()

    def back() -> bool:
        now = supervisor.main_pid(*kind)
        grown = len(supervisor.pids(*kind) - {now} - pool) >= len(pool)
        return now is not None and now != before and grown and supervisor.get("/livez")[0] == 200

    wait_until(back, 60, f"{kind} is back")
    wait_until(lambda: not pool & processes().keys(), 60, "nobody of the former pool is left")
    # ... and works: beat's next tick is handled by the worker, and told by the web process.
    wait_until(
        lambda: supervisor.readyz().get("heartbeat_age", 1000) < time.monotonic() - killed,
        60,
        "a tick was handled after the kill",
    )
    assert supervisor.get("/readyz")[0] == 200


def test_one_of_two_web_processes_is_enough(supervisor: Running) -> None:
    pool = supervisor.pids(*WEB) - {supervisor.main_pid(*WEB)}
    os.kill(min(pool), signal.SIGKILL)
    assert supervisor.get("/livez")[0] == 200
    wait_until(lambda: len(supervisor.pids(*WEB)) == 3, 60, "the second web process is back")


def test_a_worker_that_hangs_is_told_although_it_is_there(supervisor: Running) -> None:
    worker = supervisor.pids(*WORKER)
    for pid in worker:
        os.kill(pid, signal.SIGSTOP)
    try:
        # As if it had hung for an hour; waiting for that would prove no more.
        supervisor.query("UPDATE clinic_tick SET handled_at = '2020-01-01 00:00:00+00:00'")
        status, _ = supervisor.get("/readyz")
        assert status == 503
        assert supervisor.get("/livez")[0] == 200
    finally:
        for pid in worker:
            os.kill(pid, signal.SIGCONT)
    wait_until(lambda: supervisor.get("/readyz")[0] == 200, 60, "it is well again")


def test_it_does_not_run_twice_on_the_same_data(supervisor: Running) -> None:
    second = manage("up", environment=supervisor.environment | {"PORT": str(free_port())})
    said, _ = second.communicate(timeout=120)
    assert second.returncode == 1
    assert "runs already on the data in" in said


def test_it_says_so_when_the_port_is_taken(
    supervisor: Running, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = tmp_path_factory.mktemp("other")
    second = manage("up", environment=supervisor.environment | {"HOLDWELL_DATA": str(data)})
    said, _ = second.communicate(timeout=120)
    assert second.returncode == 1
    assert f"make run PORT={supervisor.port + 1}" in said


def test_ctrl_c_leaves_no_child_and_a_second_start_changes_nothing(supervisor: Running) -> None:
    family = set(supervisor.children())
    assert len(family) >= 7  # beat, the worker and its two, the web process and its two
    supervisor.stop(signal.SIGINT)
    assert not family & processes().keys()
    before = contents(supervisor)

    supervisor.start()
    after = contents(supervisor)
    assert after.keys() == before.keys()
    assert [table for table in before if before[table] != after[table]] == []


def contents(running: Running) -> dict[str, list[str]]:
    """Every row of every table, but for what the sweeps of a running installation write."""
    if running.database_url:
        names = running.query("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    else:
        names = running.query("SELECT name FROM sqlite_master WHERE type = 'table'")
    tables = sorted(name for (name,) in names if name not in ALIVE)
    return {table: sorted(map(str, running.query(f'SELECT * FROM "{table}"'))) for table in tables}  # noqa: S608
