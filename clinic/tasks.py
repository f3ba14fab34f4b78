"""What Celery does for the ground. Tasks are thin: they call verbs, and may run late, twice or side by side."""

from typing import Any

from celery import Task, shared_task
from celery.signals import task_postrun, task_prerun, task_success
from django.conf import settings
from django.utils import timezone

from clinic import audit, mail
from clinic.models import Tick

# A full batch means that more is waiting; so many batches fit well within the time limit of a task.
BATCH = 50
BATCHES = 10

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
    for _ in range(BATCHES):
        if sum(mail.deliver_due(limit=BATCH).values()) < BATCH:
            break
