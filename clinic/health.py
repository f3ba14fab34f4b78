"""Whether the installation is well, told by what was handled lately and not by which processes exist."""

from functools import cache
from typing import Any

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from clinic import mail
from clinic.access import Right, requires
from clinic.models import Tick


@requires(Right.PUBLIC)
def livez(request: HttpRequest) -> HttpResponse:
    """The process answers; nothing else is asked."""
    return HttpResponse("alive\n", content_type="text/plain")


@requires(Right.PUBLIC)
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when the whole installation works, 503 with the reason when it does not."""
    found = health()
    return JsonResponse(found, status=200 if found["ready"] else 503)


def health() -> dict[str, Any]:
    """What /readyz tells: `ready`, and why. Ages are in seconds; no names, no contents, no secrets.

    Mail that waits does not make the installation unready: a mail server that is down is not ours.
    """
    found: dict[str, Any] = {"ready": False, "database": False}
    try:
        found["migrations_waiting"] = migrations_waiting()
        if found["migrations_waiting"] == 0:
            found["heartbeat_age"] = heartbeat_age()
            found["oldest_due_mail_age"] = mail.oldest_due_age()
    except DatabaseError:
        return found
    beating = found.get("heartbeat_age") is not None and found["heartbeat_age"] <= settings.TICK_MAX_AGE
    return found | {"database": True, "ready": beating}


def migrations_waiting() -> int:
    return len(shipped_migrations() - applied_migrations())


def heartbeat_age() -> float | None:
    """Seconds since beat last asked and a worker answered; None before the first time."""
    tick = Tick.objects.filter(name="heartbeat").first()
    return round((timezone.now() - tick.handled_at).total_seconds(), 1) if tick else None


@cache
def shipped_migrations() -> frozenset[tuple[str, str]]:
    """What the code brings along; it does not change while a process runs."""
    return frozenset(MigrationLoader(None).disk_migrations)


def applied_migrations() -> set[tuple[str, str]]:
    return set(MigrationRecorder(connection).applied_migrations())
