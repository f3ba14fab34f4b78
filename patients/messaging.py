"""Messages between a patient and their clinic: written once, withdrawn until they are read (docs/rules.md 10).

Nothing here looks into a text: the thread is not monitored for emergencies, and says so where one writes.
"""

import datetime as dt
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import gettext as _

from clinic import audit, mail
from clinic import people as colleagues
from clinic.access import Right
from clinic.errors import Conflict
from clinic.models import OutgoingMail, User
from patients.models import Message, Patient
from patients.models.people import PatientState
from patients.people import lock

LENGTH = 2000  # characters
AT_MOST = 30  # messages of one author
WITHIN = dt.timedelta(hours=1)
# The mail that tells the staff; the patient is told by a reminder of kind "message".
TOLD_STAFF = "message_waits"


@transaction.atomic
def write(actor: User, patient: Patient, *, id: UUID, text: str) -> tuple[Message, bool]:  # noqa: A002
    """Put a message into the patient's thread, and tell the other side that one waits; whether it is new.

    Whoever is not the patient writes for the clinic. The client makes the `id`: the same message again gives the
    same row. Raises Conflict when the id is known with other content, ValidationError (`text`, `patient`).
    """
    lock(patient)
    text = tidy(text)
    if sent := Message.objects.filter(pk=id).first():
        if (sent.patient_id, sent.author_id) != (patient.pk, actor.pk) or sent.text not in (text, ""):
            raise Conflict(
                _("Something else was sent from here already. Look at it, then send this once more.")
            )
        return sent, False
    now = timezone.now()
    _check_open(patient)
    if not text:
        raise ValidationError({"text": _("Write a few words.")})
    if len(text) > LENGTH:
        raise ValidationError({"text": _("At most %(most)d characters.") % {"most": LENGTH}})
    _check_pace(actor, patient, now)
    by_staff = patient.user_id != actor.pk
    message = Message.objects.create(
        pk=id,
        patient=patient,
        author=actor,
        by_staff=by_staff,
        text=text,
        sent_at=now,
        announced=not waiting(patient, by_staff=by_staff).filter(read_at=None).exists(),
    )
    if message.announced and not by_staff:
        _tell_staff(message)
    audit.record(actor, "message.written", message, clinic=patient.clinic, subject=patient, by_staff=by_staff)
    return message, True


@transaction.atomic
def withdraw(actor: User, message: Message) -> None:
    """Take back one's own message that nobody has read: its place stays, its text is gone. Twice changes nothing.

    Raises ValidationError (`message`).
    """
    if message.author_id != actor.pk:
        raise ValidationError({"message": [_("Only whoever wrote a message can withdraw it.")]})
    now = timezone.now()
    # Against a reader at the same moment: one of the two finds the row as it expects it.
    withdrawn = Message.objects.filter(pk=message.pk, read_at=None, withdrawn_at=None).update(
        withdrawn_at=now, text="", unread=False
    )
    message.refresh_from_db()
    if withdrawn:
        patient = message.patient
        audit.record(actor, "message.withdrawn", message, clinic=patient.clinic, subject=patient)
    elif message.withdrawn_at is None:
        raise ValidationError({"message": [_("This message was read already, so it stays.")]})


@transaction.atomic
def read(patient: Patient, *, by_staff: bool, up_to: dt.datetime) -> int:
    """The clinic (`by_staff`) or the patient has opened the thread: what the other side had sent up to then was read.

    Answers how many waited. The thread itself keeps who read what when, so the audit trail has no entry.
    """
    now = timezone.now()
    opened = patient.messages.filter(by_staff=not by_staff, sent_at__lte=up_to)
    opened.filter(read_at=None, withdrawn_at=None).update(read_at=now)
    return opened.filter(unread=True).update(unread=False)


@transaction.atomic
def mark_unread(actor: User, patient: Patient) -> None:
    """Let the patient's last message wait for the clinic again; that it was read stays known.

    Raises ValidationError (`patient`) when there is none.
    """
    last = patient.messages.filter(by_staff=False, withdrawn_at=None).last()
    if last is None:
        raise ValidationError({"patient": [_("This patient has not written anything.")]})
    if Message.objects.filter(pk=last.pk, unread=False).update(unread=True):
        audit.record(actor, "message.marked_unread", last, clinic=patient.clinic, subject=patient)


def tidy(text: str) -> str:
    """A text as it is kept: plain, with line breaks, and without blanks around it."""
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def waiting(patient: Patient, *, by_staff: bool) -> QuerySet[Message]:
    """What the clinic (`by_staff`) or the patient has written and the other side has not read."""
    return patient.messages.filter(by_staff=by_staff, unread=True)


def is_open(patient: Patient) -> bool:
    """Whether the thread takes messages; whoever is not active can only read it."""
    return patient.state == PatientState.ACTIVE


def _check_open(patient: Patient) -> None:
    if not is_open(patient):
        raise ValidationError({"patient": [_("This thread is closed: nothing can be added any more.")]})


def _check_pace(actor: User, patient: Patient, now: dt.datetime) -> None:
    """Nobody writes so much by hand; the words name the time in the patient's or the clinic's own zone."""
    lately = Message.objects.filter(author=actor, sent_at__gt=now - WITHIN).order_by("-sent_at")
    oldest = lately[AT_MOST - 1 : AT_MOST].first()
    if oldest:
        zone = patient.zone if patient.user_id == actor.pk else patient.clinic.time_zone
        again = time_format((oldest.sent_at + WITHIN).astimezone(zone), "H:i")
        words = _("You have sent %(most)d messages within an hour. You can send more from %(time)s on.")
        raise ValidationError(
            {"text": ValidationError(words % {"most": AT_MOST, "time": again}, code="too_many")}
        )


# --- Telling the staff


def _tell_staff(message: Message) -> None:
    clinic = message.patient.clinic
    for person in recipients(message.patient):
        assert person.email is not None  # a colleague is invited by mail
        mail.enqueue(
            TOLD_STAFF,
            to=person.email,
            kind=TOLD_STAFF,
            clinic=clinic,
            key=f"{TOLD_STAFF}:{message.pk}:{person.pk}",
            language=person.language,
            context={
                "person": person,
                "clinic": clinic,
                "url": settings.SITE_URL + reverse("desk:messages", args=[clinic.pk]),
            },
        )


def recipients(patient: Patient) -> list[User]:
    """Who is told that a patient has written: the clinician in whose care they are, else the owners."""
    clinicians = colleagues.with_right(patient.clinic, Right.PRESCRIBE)
    in_charge = [person for person in clinicians if person.pk == patient.clinician_id]
    return in_charge or list(colleagues.with_right(patient.clinic, Right.MANAGE_CLINIC))


def still_wanted(outgoing: OutgoingMail) -> bool:
    """Asked by the outbox: does a message of that patient still wait, and is this person still to be told of it?"""
    _kind, pk, person = (outgoing.key or "").split(":")
    message = Message.objects.select_related("patient__clinic").filter(pk=pk).first()
    return (
        message is not None
        and waiting(message.patient, by_staff=False).exists()
        and any(str(one.pk) == person for one in recipients(message.patient))
    )
