"""What Celery does for the ground. Tasks are thin: they call verbs, and may run late, twice or side by side."""

from typing import Any

from celery import Task, shared_task
from celery.signals import task_postrun, task_prerun
from django.utils import timezone

from clinic import audit, mail
from clinic.models import Tick

# A full batch means that more is waiting; so many batches fit well within the time limit of a task.
BATCH = 50
BATCHES = 10


@task_prerun.connect
def enter_by_task(task: Task, **_: Any) -> None:
    """Whatever the work records in the audit trail came in by this door."""
    task.request.entered = audit.via.set("task")  # type: ignore[attr-defined]


@task_postrun.connect
def leave_task(task: Task, **_: Any) -> None:
    audit.via.reset(task.request.entered)  # type: ignore[attr-defined]


@shared_task
def heartbeat() -> None:
    """The proof of life that /readyz reads: beat has asked, and a worker has answered."""
    Tick.objects.update_or_create(name="heartbeat", defaults={"handled_at": timezone.now()})


@shared_task
def deliver_mail() -> None:
    for _ in range(BATCHES):
        if sum(mail.deliver_due(limit=BATCH).values()) < BATCH:
            break
