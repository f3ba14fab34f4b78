"""The server, what is asked of it, and what an answer costs."""

import http.client
import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

ROUNDS = 5
RUN_SECONDS = 0.7
IDLE_SECONDS = 0.2
CLIENTS = 4
PORT = 8990


@dataclass(frozen=True)
class Target:
    """One kind of request: who asks for what. `body` makes the JSON of a POST; `at_least`: the share to reach."""

    name: str
    path: str
    headers: dict[str, str]
    body: Callable[[], bytes] | None = None
    at_least: float | None = None


BARE = Target("bare view", "/livez", {})


@dataclass(frozen=True)
class Result:
    name: str
    share_of_bare: float  # of its requests per second
    lowest: float
    highest: float
    share_of_processor: float | None  # the bare view's processor time, as a share of this request's
    requests_per_second: float
    queries: int
    at_least: float | None


class Server:
    """The web process as the supervisor starts it: gunicorn, two workers."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "gunicorn", "clinic.wsgi", "--bind", f"127.0.0.1:{PORT}"]
        command += ["--workers", "2", "--threads", "4", "--worker-class", "gthread", "--log-level", "error"]
        self.process = subprocess.Popen(command)
        for _attempt in range(100):
            try:
                ask(http.client.HTTPConnection("127.0.0.1", PORT, timeout=5), BARE)
            except OSError:
                time.sleep(0.1)
            else:
                return
        self.stop()
        raise SystemExit("The server did not answer.")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()

    def processor_seconds(self) -> float | None:
        """What the workers have used so far; None where the system does not tell (it is Linux that does)."""
        with suppress(OSError):
            children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            return sum(map(_processor_seconds, children))
        return None

    def measure(self, target: Target) -> Result:
        """Pairs of runs, the bare view's first; the medians of their ratios."""
        rates, shares, of_processor = [], [], []
        run(target, 0.3)
        for _round in range(ROUNDS):
            bare_rate, bare_cost = self._run(BARE)
            rate, cost = self._run(target)
            rates.append(rate)
            shares.append(rate / bare_rate)
            if bare_cost and cost:
                of_processor.append(bare_cost / cost)
        return Result(
            target.name,
            round(statistics.median(shares), 5),
            round(min(shares), 5),
            round(max(shares), 5),
            round(statistics.median(of_processor), 5) if of_processor else None,
            round(statistics.median(rates), 1),
            queries(target),
            target.at_least,
        )

    def _run(self, target: Target) -> tuple[float, float | None]:
        """Requests per second, and the workers' processor time a request."""
        before = self.processor_seconds()
        count, took = run(target, RUN_SECONDS)
        after = self.processor_seconds()
        time.sleep(IDLE_SECONDS)
        return count / took, None if before is None or after is None else (after - before) / count


def _processor_seconds(pid: str) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def run(target: Target, seconds: float) -> tuple[int, float]:
    """How many requests a few clients with kept connections get answered, and how long it took."""
    counts = [0] * CLIENTS
    end = time.monotonic() + seconds

    def client(index: int) -> None:
        link = http.client.HTTPConnection("127.0.0.1", PORT, timeout=30)
        while time.monotonic() < end:
            ask(link, target)
            counts[index] += 1
        link.close()

    threads = [threading.Thread(target=client, args=[index]) for index in range(CLIENTS)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts), time.monotonic() - started


def ask(link: http.client.HTTPConnection, target: Target) -> None:
    if target.body:
        headers = target.headers | {"Content-Type": "application/json"}
        link.request("POST", target.path, target.body(), headers)
    else:
        link.request("GET", target.path, headers=target.headers)
    answer = link.getresponse()
    text = answer.read()
    if answer.status >= 300:
        raise SystemExit(f"{target.name}: {answer.status} {text[:300]!r}")


def queries(target: Target) -> int:
    """The statements of one request, sign-in included, once everything is warm."""
    headers = {name: value for name, value in target.headers.items() if name != "Cookie"}
    with override_settings(ALLOWED_HOSTS=["testserver"]):
        client = Client(headers=headers)
        if "Cookie" in target.headers:
            client.cookies["holdwell"] = target.headers["Cookie"].partition("=")[2]
        for _turn in range(2):
            with CaptureQueriesContext(connection) as captured:
                if target.body:
                    client.post(target.path, target.body(), content_type="application/json")
                else:
                    client.get(target.path)
    return len(captured)
