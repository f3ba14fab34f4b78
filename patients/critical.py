"""The mail about critical alerts: at once, and at most one a clinician in 15 minutes (docs/rules.md 6).

Nothing is queued for it. A tick asks the database which findings of open critical alerts their clinicians were not
written about; what came in while a clinician had to wait is in their next mail. A clinician's turn is taken by a
conditional update, and the mail and the notice of what it tells are written in its transaction.
"""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence

from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from clinic import mail
from clinic import people as colleagues
from clinic.access import Right
from clinic.models import Clinic, MailState, OutgoingMail, User
from patients.models import CriticalNotice, CriticalTurn, Finding, Patient
from patients.models.alerts import AlertState, Level

logger = logging.getLogger(__name__)

KIND = "critical_alert"
APART = dt.timedelta(minutes=15)
# A mail that lies longer than this has not reached anybody at once.
AT_ONCE = dt.timedelta(minutes=15)


def tell_due(now: dt.datetime) -> int:
    """Write to every clinician who has not been told and whose turn it is; answer how many mails.

    One clinician's trouble does not keep the others waiting; they are written to by a later tick.
    """
    written = 0
    for person, findings in _untold().items():
        try:
            written += _tell(person, findings, now)
        except Exception:
            logger.exception("Clinician %s was not written to about critical alerts.", person.pk)
    return written


def recipients(patient: Patient, clinicians: Sequence[User]) -> list[User]:
    """Of a clinic's clinicians those who are told of a patient: the one in whose care they are, else all."""
    in_charge = [person for person in clinicians if person.pk == patient.clinician_id]
    return in_charge or list(clinicians)


def _untold() -> Mapping[User, Sequence[Finding]]:
    """By clinician the findings of open critical alerts that they were not written about, the oldest first."""
    open_ones = Finding.objects.filter(
        alert__level=Level.CRITICAL, alert__state=AlertState.OPEN, withdrawn_at=None
    ).select_related("patient__clinic")
    findings = list(open_ones.order_by("at", "pk"))
    told = set(CriticalNotice.objects.filter(finding__in=findings).values_list("finding", "recipient"))
    staff: dict[Clinic, list[User]] = {}
    untold: dict[User, list[Finding]] = defaultdict(list)
    for finding in findings:
        clinic = finding.patient.clinic
        if clinic not in staff:
            staff[clinic] = list(colleagues.with_right(clinic, Right.PRESCRIBE).exclude(email=None))
        for person in recipients(finding.patient, staff[clinic]):
            if (finding.pk, person.pk) not in told:
                untold[person].append(finding)
    return untold


@transaction.atomic
def _tell(person: User, findings: Sequence[Finding], now: dt.datetime) -> int:
    """One mail about all of them, if it is this clinician's time and the turn is ours."""
    turn, _created = CriticalTurn.objects.select_related("mail").get_or_create(recipient=person)
    if not _may_go(turn.mail, now):
        return 0
    ours = CriticalTurn.objects.filter(pk=turn.pk, number=turn.number).update(number=F("number") + 1)
    if not ours:
        return 0
    outgoing = _write(person, findings, turn.number + 1)
    CriticalTurn.objects.filter(pk=turn.pk).update(mail=outgoing)
    CriticalNotice.objects.bulk_create(
        CriticalNotice(finding=finding, recipient=person, mail=outgoing) for finding in findings
    )
    return 1


def _may_go(last: OutgoingMail | None, now: dt.datetime) -> bool:
    """15 minutes after the last one went out; one that still waits is waited for, one that was not sent is not."""
    if last is None or last.state == MailState.CANCELLED:
        return True
    if last.state == MailState.FAILED:
        return now - last.created_at >= APART
    # In the future only by a clock that was wrong; nobody waits for that.
    return last.sent_at is not None and not dt.timedelta() <= now - last.sent_at < APART


def _write(person: User, findings: Sequence[Finding], number: int) -> OutgoingMail:
    """Who and since when; what it is about stands behind the sign-in."""
    assert person.email is not None
    places: dict[Clinic, dict[Patient, Finding]] = defaultdict(dict)
    for finding in findings:
        places[finding.patient.clinic].setdefault(finding.patient, finding)
    clinics = [
        {
            "clinic": clinic,
            "url": settings.SITE_URL + reverse("desk:alerts", args=[clinic.pk]) + "?level=critical",
            "people": [
                {
                    "name": patient.name,
                    "since": finding.at,
                    "url": settings.SITE_URL + reverse("desk:alert", args=[finding.alert_id]),
                }
                for patient, finding in people.items()
            ],
        }
        for clinic, people in places.items()
    ]
    return mail.enqueue(
        KIND,
        to=person.email,
        kind=KIND,
        urgent=True,
        clinic=next(iter(places)) if len(places) == 1 else None,
        key=f"{KIND}:{person.pk}:{number}",
        language=person.language,
        context={
            "person": person,
            "clinics": clinics,
            "number": sum(len(people) for people in places.values()),
            "url": clinics[0]["url"],
        },
    )


def still_wanted(outgoing: OutgoingMail) -> bool:
    """Asked by the outbox: is any of the alerts still open, and this person still one of the clinicians?"""
    notices = CriticalNotice.objects.filter(mail=outgoing, finding__alert__state=AlertState.OPEN)
    rows = notices.select_related("recipient", "finding__patient__clinic")
    return any(
        notice.recipient in colleagues.with_right(notice.finding.patient.clinic, Right.PRESCRIBE)
        for notice in rows
    )


def undelivered(clinic: Clinic) -> QuerySet[CriticalNotice]:
    """Of open critical alerts: whom a mail did not reach, or not at once."""
    late = Q(
        mail__state__in=[MailState.QUEUED, MailState.SENDING], mail__created_at__lte=timezone.now() - AT_ONCE
    )
    return (
        CriticalNotice.objects.filter(
            Q(mail__state=MailState.FAILED) | late,
            finding__patient__clinic=clinic,
            finding__alert__state=AlertState.OPEN,
        )
        .select_related("recipient", "mail", "finding__patient")
        .order_by("finding__at")
    )
