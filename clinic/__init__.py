"""The practice, and the ground that all stand on."""

from clinic.celery import app as celery_app

__all__ = ["celery_app"]
