"""What operators see of the care: its outboxes and its ticks (`clinic.operating`)."""

import datetime as dt

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic import making, operating
from clinic.models import WorkState
from clinic.operating import PATIENCE, Outbox
from patients import reminders
from patients.models import Archive, OutgoingNote, Reminder, Report
from patients.models.reminders import ReminderState


def connect() -> None:
    boxes = (
        operating.messages("notes", _("Pushes and text messages"), OutgoingNote),
        Outbox(
            name="reminders",
            label=_("Reminders"),
            model=Reminder,
            states=ReminderState,
            open=(ReminderState.PLANNED, ReminderState.CLAIMED),
            due=reminders.due,
            # One may wait for its channel to have been silent long enough.
            patience=reminders.APART + PATIENCE,
        ),
        Outbox(
            name="reports",
            label=_("Reports"),
            model=Report,
            states=WorkState,
            open=(WorkState.WAITING, WorkState.RUNNING),
            due=lambda now: making.due(Report.objects.all(), now),
            failed=_not_made,
        ),
        Outbox(
            name="archives",
            label=_("Archives"),
            model=Archive,
            states=WorkState,
            open=(WorkState.WAITING, WorkState.RUNNING),
            due=lambda now: making.due(Archive.objects.all(), now),
            failed=_not_made,
        ),
    )
    operating.outboxes.update({box.name: box for box in boxes})
    operating.ticks.update(
        {
            "notes": _("Sends pushes and text messages"),
            "reminders": _("Plans and hands out reminders"),
            "patients": _("Ends care that is over, forgets old imports"),
            "reports": _("Makes reports"),
            "critical": _("Tells clinicians of critical alerts"),
            "look": _("Looks for silence and missed sessions"),
            "archives": _("Makes archives, deletes old ones"),
        }
    )


def _not_made(since: dt.datetime) -> Q:
    """One that was given up is due no more, so what counts is when it was asked for."""
    return Q(state=WorkState.FAILED, created_at__gte=since)
