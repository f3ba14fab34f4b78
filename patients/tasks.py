"""What Celery does for the care. Tasks are thin: they call verbs, and may run late, twice or side by side."""

from celery import shared_task
from django.utils import timezone

from clinic import making, operating, outbox
from clinic.tasks import in_turns
from patients import archives, critical, imports, lifecycle, reminders, reports, watching
from patients.reaching import notes

NOTES = 50


@shared_task
def sweep_reminders() -> None:
    now = timezone.now()
    reminders.plan(now, reminders.whose_turn(now))
    dispatch_reminders()


@shared_task
def dispatch_reminders() -> None:
    in_turns(dispatch_reminders, lambda: reminders.dispatch(timezone.now())["claimed"] > 0)


@shared_task
def deliver_notes() -> None:
    in_turns(deliver_notes, lambda: outbox.more_may_be_due(notes.deliver_due(limit=NOTES), NOTES))


@shared_task
def sweep_patients() -> None:
    now = timezone.now()
    lifecycle.leave_due(now)
    imports.forget(now)
    operating.forget_words(now)


@shared_task
def sweep_reports() -> None:
    in_turns(sweep_reports, lambda: making.more_may_be_due(reports.make_due(timezone.now(), limit=1)))


@shared_task
def tell_clinicians() -> None:
    critical.tell_due(timezone.now())


@shared_task
def look_at_clinics() -> None:
    watching.look_due(timezone.now())


@shared_task(time_limit=6 * 60 * 60)
def make_archives() -> None:
    """A large clinic's archive takes longer than other tasks may; the next one has a task of its own."""
    in_turns(make_archives, lambda: making.more_may_be_due(archives.make_due(timezone.now(), limit=1)))
