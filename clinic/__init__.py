"""The practice, and the ground that all stand on."""

# Whoever imports Holdwell sends its tasks to Holdwell's own queue, not to Celery's default one.
from clinic.celery import app as celery_app

__all__ = ["celery_app"]
