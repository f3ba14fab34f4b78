"""One worker of the bench: a process that plans, hands over, delivers, or only sends, as it is told line by line.

A line on the standard input is JSON: what to do, and how many at most. The answer is what it took.
"""

import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import django
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import connection
from django.utils import timezone


def plan(_order: dict[str, Any]) -> int:
    from patients import reminders

    return reminders.plan(timezone.now())["planned"]


def dispatch(_order: dict[str, Any]) -> int:
    """As a sweep does it, until nothing is due."""
    from patients import reminders

    count = 0
    while reminders.due(timezone.now()).exists():
        count += reminders.dispatch(timezone.now())["sent"]
    return count


def deliver(order: dict[str, Any]) -> int:
    """As the task does it, for some seconds or until nothing is due."""
    from clinic import mail, outbox
    from clinic.tasks import BATCH

    count, until = 0, time.monotonic() + order["seconds"]
    while time.monotonic() < until:
        done = mail.deliver_due(BATCH)
        count += done["sent"]
        if not outbox.more_may_be_due(done, BATCH):
            break
    return count


def bare(order: dict[str, Any]) -> int:
    """What Django itself sends over one kept connection: the same letters, from memory."""
    count, until = 0, time.monotonic() + order["seconds"]
    with get_connection() as kept:
        while time.monotonic() < until:
            count += 1
            letter = EmailMultiAlternatives(
                order["subject"],
                order["text"],
                to=[f"bare-{count}@example.org"],
                headers={"Message-ID": f"<{count}@bare.invalid>", **order["headers"]},
                connection=kept,
            )
            letter.attach_alternative(order["html"], "text/html")
            letter.send()
    return count


DEEDS: dict[str, Callable[[dict[str, Any]], int]] = {
    "plan": plan,
    "dispatch": dispatch,
    "deliver": deliver,
    "bare": bare,
}


def most_memory() -> float:
    """MB that this process ever had, as the system tells it."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main() -> None:
    django.setup()
    import_module("clinic.celery").spare_what_stays()
    queries = 0

    def count(execute: Any, *asked: Any) -> Any:
        nonlocal queries
        queries += 1
        return execute(*asked)

    with connection.execute_wrapper(count):
        for line in sys.stdin:
            order = json.loads(line)
            queries, started, used = 0, time.monotonic(), time.process_time()
            took = {
                "count": DEEDS[order["do"]](order),
                "seconds": time.monotonic() - started,
                "queries": queries,
                "processor": time.process_time() - used,
                "MB": most_memory(),
            }
            sys.stdout.write(json.dumps(took) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
