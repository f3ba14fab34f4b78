"""What Celery does for the library. Tasks are thin: they call verbs, and may run late, twice or side by side."""

from celery import shared_task
from django.utils import timezone

from clinic import making
from clinic.tasks import in_turns
from exercises.exchange import jobs
from exercises.media import keeping


@shared_task(time_limit=60 * 60)
def make_imports() -> None:
    """A large archive with its films takes longer than other tasks may; the next one has a task of its own."""
    in_turns(make_imports, lambda: making.more_may_be_due(jobs.make_due(timezone.now(), limit=1)))


@shared_task
def tidy_media() -> None:
    keeping.tidy(timezone.now())
