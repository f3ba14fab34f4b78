"""A patient's calendar address: made, made anew, switched off, and found again by whoever has it.

The secret in it is the row's random id, signed with the installation's key. So the page can show the address as
often as it is needed (for the second phone, too), while neither the database nor a copy of it opens any feed. Not
taken: a digest alone, which could be shown once only; a readable secret in a column.
"""

import datetime as dt
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic import audit
from clinic.models import User
from patients import people
from patients.models import CalendarFeed, Patient
from patients.models.people import PatientState

READ_STEP = dt.timedelta(hours=1)

_signer = Signer(salt="patients.feeds", sep=".")


@transaction.atomic
def make(actor: User, patient: Patient) -> CalendarFeed:
    """The patient's feed, made now if there is none. Raises ValidationError (`patient`) for who is not in care."""
    people.lock(patient)
    _check(patient)
    feed, made = CalendarFeed.objects.get_or_create(patient=patient)
    if made:
        audit.record(actor, "calendar.made", feed, clinic=patient.clinic, subject=patient)
    return feed


@transaction.atomic
def renew(actor: User, patient: Patient) -> CalendarFeed:
    """Another address; the former one opens nothing from now on. Raises ValidationError (`patient`)."""
    people.lock(patient)
    _check(patient)
    CalendarFeed.objects.filter(patient=patient).delete()
    feed = CalendarFeed.objects.create(patient=patient)
    audit.record(actor, "calendar.renewed", feed, clinic=patient.clinic, subject=patient)
    return feed


@transaction.atomic
def revoke(actor: User, patient: Patient) -> None:
    """No address opens the calendar any more; without one nothing happens."""
    people.lock(patient)
    feed = CalendarFeed.objects.filter(patient=patient).first()
    if feed:
        audit.record(actor, "calendar.revoked", feed, clinic=patient.clinic, subject=patient)
        feed.delete()


def address(feed: CalendarFeed) -> str:
    """The whole secret address, as a calendar needs it."""
    return settings.SITE_URL + reverse("portal:feed", args=[_signer.sign(feed.pk.hex)])


def opened(secret: str) -> CalendarFeed | None:
    """The feed that a secret opens; a secret that was never made here costs no query."""
    try:
        pk = UUID(hex=_signer.unsign(secret))
    except (BadSignature, ValueError):
        return None
    return CalendarFeed.objects.select_related("patient__user").filter(pk=pk).first()


def note_reading(feed: CalendarFeed, now: dt.datetime) -> None:
    """A calendar has read it."""
    not_lately = Q(last_read_at=None) | Q(last_read_at__lte=now - READ_STEP)
    CalendarFeed.objects.filter(not_lately, pk=feed.pk).update(last_read_at=now)


def _check(patient: Patient) -> None:
    if patient.state != PatientState.ACTIVE:
        raise ValidationError({"patient": [_("Your care here has ended, so there is nothing to put in it.")]})
