"""What Celery does for the library. Tasks are thin: they call verbs, and may run late, twice or side by side."""

from celery import shared_task
from django.utils import timezone

from exercises.exchange import jobs


@shared_task(time_limit=60 * 60)
def make_imports() -> None:
    """A large archive with its films takes longer than other tasks may."""
    jobs.make_due(timezone.now())
