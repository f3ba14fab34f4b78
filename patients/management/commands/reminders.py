"""One sweep of the reminders, now or as if it were another instant; prints JSON."""

import datetime as dt
import json
from argparse import ArgumentParser
from collections import defaultdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.db.models import Count, Model, Q
from django.utils import timezone

from clinic.models import MailState, OutgoingMail
from patients import reminders
from patients.models import OutgoingNote, Reminder
from patients.models.reminders import Kind, ReminderState
from patients.reminding.wishes import DAY

# Further away, dates run out (`datetime`) and nothing was ever planned.
EARLIEST, LATEST = dt.datetime(2000, 1, 1), dt.datetime(2100, 1, 1)  # noqa: DTZ001


class Command(BaseCommand):
    help = "Plan and dispatch the reminders once, and print what came of it as JSON."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--at",
            metavar="INSTANT",
            help="as if it were this instant: 2026-11-19T09:00+01:00 (default: now)",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="change nothing, only say what would happen"
        )

    def handle(self, *, at: str | None, dry_run: bool, **_: Any) -> None:
        now = timezone.now() if at is None else _instant(at)
        if dry_run:
            with transaction.atomic():
                answer = _sweep(now)
                transaction.set_rollback(True)
        else:
            answer = _sweep(now)
        self.stdout.write(json.dumps({"at": now.isoformat(), "dry_run": dry_run, **answer}, indent=2))


def _sweep(now: dt.datetime) -> dict[str, Any]:
    left_behind = Reminder.objects.filter(state=ReminderState.CLAIMED, claimed_until__lte=now).count()
    planned = reminders.plan(now)
    dispatched = reminders.dispatch(now)
    counts = dispatched.copy()
    while counts["claimed"]:
        counts = reminders.dispatch(now)
        dispatched.update(counts)
    return {
        "claims_expired": left_behind,
        "plan": planned,
        "dispatch": dispatched,
        "rows": _rows(now),
        "mails": _messages(OutgoingMail, "mail", now),
        "notes": _messages(OutgoingNote, "note", now),
    }


def _instant(text: str) -> dt.datetime:
    try:
        instant = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError("--at wants an instant such as 2026-11-19T09:00+01:00.") from error
    if instant.tzinfo is None:
        raise CommandError("--at wants an instant with its offset, such as 2026-11-19T09:00+01:00.")
    if not EARLIEST <= instant.replace(tzinfo=None) < LATEST:
        raise CommandError("--at wants an instant of the years 2000 to 2099.")
    return instant.astimezone(dt.UTC)


def _rows(now: dt.datetime) -> dict[str, Any]:
    """How the rows of the days around the instant stand: a number for each state, or for each reason in it."""
    stand: dict[str, Any] = defaultdict(dict)
    found = Reminder.objects.filter(local_date__range=_days(now)).values("state", "reason")
    for row in found.annotate(count=Count("pk")).order_by("state", "reason"):
        if row["reason"]:
            stand[row["state"]][row["reason"]] = row["count"]
        else:
            stand[row["state"]] = row["count"]
    return stand


def _messages(model: type[Model], by: str, now: dt.datetime) -> dict[str, Any]:
    """The messages that tell of those rows: a number for each state; of the failed ones for each reason.

    `unknown` may have gone out once more than they should. They are counted in their state as well, but for one that
    was not wanted when its turn came again: its row is told by another message, or by none.
    """
    told = Reminder.objects.filter(local_date__range=_days(now)).values(by)
    rows: Any = model._default_manager.filter(pk__in=told)
    stand: dict[str, Any] = defaultdict(dict)
    for row in rows.values("state", "error").annotate(count=Count("pk")).order_by("state", "error"):
        if row["state"] == MailState.FAILED:
            # What follows the first colon may name an address.
            reason = row["error"].partition(":")[0]
            stand["failed"][reason] = stand["failed"].get(reason, 0) + row["count"]
        else:
            stand[row["state"]] = stand.get(row["state"], 0) + row["count"]
    of_those_days = Q(pk__in=told) | Q(kind__in=Kind, unknown_at__date__range=_days(now))
    unknown = model._default_manager.filter(of_those_days, unknown_at__isnull=False)
    return {**stand, "unknown": unknown.count()}


def _days(now: dt.datetime) -> tuple[dt.date, dt.date]:
    return now.date() - DAY, now.date() + 2 * DAY
