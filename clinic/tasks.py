"""What Celery does for the ground. Tasks are thin: they call verbs, and may run late, twice or side by side."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from celery import Task, current_app, shared_task
from celery.signals import task_postrun, task_prerun, task_success
from django.conf import settings
from django.utils import timezone
from kombu.exceptions import OperationalError

from clinic import audit, mail, outbox
from clinic.models import Tick

BATCH = 400
# Seconds for which one kind of work may hold a worker before the others have their turn.
TURN = 5

HEARTBEAT = "heartbeat"
# By task: the name of the tick that asks for it.
TICKS = {str(entry["task"]): name for name, entry in settings.CELERY_BEAT_SCHEDULE.items()}


@task_prerun.connect
def enter_by_task(task: Task, **_: Any) -> None:
    """Whatever the work records in the audit trail came in by this door."""
    task.request.entered = audit.via.set("task")  # type: ignore[attr-defined]


@task_postrun.connect
def leave_task(task: Task, **_: Any) -> None:
    audit.via.reset(task.request.entered)  # type: ignore[attr-defined]


@task_success.connect
def note_tick(sender: Task, **_: Any) -> None:
    """Operators see when each kind of work was last done without an error."""
    name = TICKS.get(sender.name)
    if name and name != HEARTBEAT:
        handled(name)


def handled(tick: str) -> None:
    """One statement, whether the row is there or not."""
    now = Tick(name=tick, handled_at=timezone.now())
    Tick.objects.bulk_create(
        [now], update_conflicts=True, unique_fields=["name"], update_fields=["handled_at"]
    )


@shared_task
def heartbeat() -> None:
    """The proof of life that /readyz reads: beat has asked, and a worker has answered."""
    handled(HEARTBEAT)


@shared_task
def deliver_mail() -> None:
    in_turns(deliver_mail, lambda: outbox.more_may_be_due(mail.deliver_due(limit=BATCH), BATCH))


def in_turns(task: Task, work: Callable[[], bool]) -> None:
    """Do a batch of work as long as it says that there is more; after `TURN` the task goes to the end of the queue.

    Ticks come meanwhile, so all workers take part in a backlog after a few of them. What no worker reads within a turn
    is forgotten: they all have enough to do, and the queue stays short.
    """
    until = time.monotonic() + TURN
    while work():
        if time.monotonic() > until:
            with suppress(OperationalError):  # with the broker down the next tick goes on
                current_app.send_task(task.name, expires=TURN, retry=False)
            break
