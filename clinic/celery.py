"""The Celery application. Tasks are thin: they take ids, and call verbs."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

app = Celery("holdwell")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
