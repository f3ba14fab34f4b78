"""What Celery does for the library. Tasks are thin: they call verbs, and may run late, twice or side by side."""

from celery import shared_task
from django.utils import timezone

from exercises.media import keeping


@shared_task
def tidy_media() -> None:
    keeping.tidy(timezone.now())
