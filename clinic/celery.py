"""The Celery application. Tasks are thin: they take ids, and call verbs."""

import gc
import os
import threading
import time
import warnings
from typing import Any

from celery import Celery
from celery.exceptions import SecurityWarning
from celery.signals import beat_init, worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clinic.settings")

# Celery warns root of messages that can run code; ours are JSON and cannot.
warnings.filterwarnings("ignore", category=SecurityWarning)

app = Celery("holdwell")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@beat_init.connect
def tick_at_once(**_: Any) -> None:
    """What fell due while nothing ran should not wait for the first turn of the clock."""
    for tick in app.conf.beat_schedule.values():
        app.send_task(tick["task"], **tick["options"])


@worker_process_init.connect
def leave_with_the_parent(**_: Any) -> None:
    """A pool process whose worker was killed would wait for ever, beside the new worker's pool."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@worker_process_init.connect
def spare_what_stays(**_: Any) -> None:
    """Modules and models stay for good: the collector need not walk over them while thousands of rows come and go."""
    gc.freeze()
