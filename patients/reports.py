"""Reports are rows: made once for a period, made again on demand, retried when something went wrong
(docs/rules.md 8).

`make_due` is all that a tick needs to call: it writes the rows that this week asks for and makes what waits. A row is
claimed by an update that names the attempt it found; its figures, its state and its mail are written in one
transaction, so a worker that dies leaves a lease that runs out, and never half a report.
"""

import datetime as dt
import logging
from collections import Counter
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from celery import current_app
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Min, Q, QuerySet
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from clinic import audit, mail
from clinic.access import ROLE_RIGHTS, Right
from clinic.models import Clinic, Membership, User
from patients import digest, wording
from patients.adherence import Band
from patients.models import Patient, Report
from patients.models.alerts import Level, Rule
from patients.models.people import PatientState
from patients.models.reports import ReportKind, ReportState
from patients.schedule import DateRange, instant_of, week_of

logger = logging.getLogger(__name__)

DAY = dt.timedelta(days=1)
# The clinic's local Monday morning.
READY_AT = dt.time(6)
LEASE = dt.timedelta(minutes=10)
LONGEST_WAIT = dt.timedelta(hours=6)
# After this a report that could not be made waits for somebody to ask again.
RETRIED_FOR = dt.timedelta(days=14)
REPORTING_ROLES = [role for role, rights in ROLE_RIGHTS.items() if Right.REPORT in rights]


# --- Asked for by somebody


@transaction.atomic
def request_digest(actor: User | None, clinic: Clinic, recipient: User, last_day: dt.date) -> Report:
    """Have the digest of the seven days up to `last_day` made, or made again, and mailed to the recipient.

    Raises ValidationError: `recipient` who may not read reports of this clinic, `last_day` that is still to come.
    """
    errors = {}
    if not may_receive(clinic, recipient):
        errors["recipient"] = [_("This person does not read reports of this clinic.")]
    if last_day > timezone.now().astimezone(_zone(clinic)).date():
        errors["last_day"] = [_("A report can be made up to today.")]
    if errors:
        raise ValidationError(errors)
    report, created = Report.objects.get_or_create(
        clinic=clinic,
        kind=ReportKind.DIGEST,
        recipient=recipient,
        last_day=last_day,
        defaults={"first_day": last_day - 6 * DAY},
    )
    if not created:
        # One that is being made at this moment is made with the facts of this moment.
        finished = Q(state__in=[ReportState.DONE, ReportState.FAILED])
        Report.objects.filter(finished, pk=report.pk).update(
            state=ReportState.WAITING, due_at=timezone.now(), error=""
        )
        report.refresh_from_db()
    audit.record(actor, "report.requested", report, clinic=clinic, last_day=str(last_day))
    transaction.on_commit(_wake, robust=True)
    return report


def may_receive(clinic: Clinic, person: User) -> bool:
    """A report goes to colleagues with the right to it, for as long as they have it."""
    return (
        person.is_active
        and clinic.memberships.filter(user=person, is_active=True, role__in=REPORTING_ROLES).exists()
    )


def _zone(clinic: Clinic) -> ZoneInfo:
    return ZoneInfo(str(clinic.time_zone))


def _wake() -> None:
    """Make it sooner. With the broker down the row waits for the next tick."""
    current_app.send_task("patients.tasks.sweep_reports", expires=120, retry=False)


# --- Made by a tick


def make_due(now: dt.datetime) -> Counter[str]:
    """Write the rows that the week asks for, and make every report that is due.

    Answers how many were `planned`, `made` and `failed`.
    """
    counts: Counter[str] = Counter(planned=_plan(now), made=0, failed=0)
    for pk in list(_due(now).values_list("pk", flat=True)):
        report = _claim(pk, now)
        if report is not None:
            counts["made" if _make(report, now) else "failed"] += 1
    return counts


def _plan(now: dt.datetime) -> int:
    """A row for each colleague who had patients in their care by the end of the week that is over."""
    weeks = {clinic.pk: (last_week(now, _zone(clinic)), _zone(clinic)) for clinic in Clinic.objects.all()}
    receiving = set(
        Membership.objects.filter(is_active=True, user__is_active=True, role__in=REPORTING_ROLES).values_list(
            "clinic", "user"
        )
    )
    known = set(
        Report.objects.filter(
            kind=ReportKind.DIGEST, last_day__in={week.last for week, _ in weeks.values()}
        ).values_list("clinic", "recipient", "last_day")
    )
    in_care = (
        Patient.objects.filter(state=PatientState.ACTIVE, clinician__isnull=False)
        .values_list("clinic", "clinician")
        .annotate(since=Min("created_at"))
        .order_by()
    )
    rows = []
    for clinic, clinician, since in in_care:
        week, zone = weeks[clinic]
        in_time = since < instant_of(week.last + DAY, dt.time(), zone)
        if in_time and (clinic, clinician) in receiving and (clinic, clinician, week.last) not in known:
            rows.append(
                Report(
                    clinic_id=clinic,
                    kind=ReportKind.DIGEST,
                    recipient_id=clinician,
                    first_day=week.first,
                    last_day=week.last,
                    due_at=now,
                )
            )
    Report.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def last_week(now: dt.datetime, zone: ZoneInfo) -> DateRange:
    """The last week, Monday to Sunday, that is over and whose Monday morning has come in this zone."""
    local = now.astimezone(zone)
    monday = week_of(local.date()).first
    if now < instant_of(monday, READY_AT, zone):
        monday -= 7 * DAY
    return week_of(monday - DAY)


def _due(now: dt.datetime) -> QuerySet[Report]:
    """Waiting, or not made at the last attempt, or left behind by a worker that never came back."""
    retried = Q(state=ReportState.FAILED, last_day__gte=now.date() - RETRIED_FOR)
    return Report.objects.filter(
        (Q(state=ReportState.WAITING) | retried) & Q(due_at__lte=now)
        | Q(state=ReportState.RUNNING, claimed_until__lte=now)
    ).order_by("due_at")


def _claim(pk: UUID, now: dt.datetime) -> Report | None:
    """The report, if it is still due and this attempt is ours. Attempts only ever grow: the number is the proof."""
    ours = (
        _due(now)
        .filter(pk=pk)
        .update(state=ReportState.RUNNING, claimed_until=now + LEASE, attempts=F("attempts") + 1)
    )
    return Report.objects.select_related("clinic", "recipient").get(pk=pk) if ours else None


def _make(report: Report, now: dt.datetime) -> bool:
    """Make it, or say why not; whatever happens, the other reports are made."""
    try:
        if not may_receive(report.clinic, report.recipient):
            return _give_up(report, _("The recipient does not read reports of this clinic any more."), now)
        week = DateRange(report.first_day, report.last_day)
        facts = digest.facts(report.clinic, report.recipient, week, now)
        with transaction.atomic():
            return _finish(report, facts, now)
    except ValidationError as refused:
        return _put_off(report, " ".join(refused.messages), now)
    except Exception as error:
        logger.exception("Report %s was not made.", report.pk)
        return _put_off(report, f"{type(error).__name__}: {error}", now)


def _put_off(report: Report, why: str, now: dt.datetime) -> bool:
    """Say why, and try again: after 2, 4, 8 minutes, and so on up to `LONGEST_WAIT`."""
    wait = min(dt.timedelta(minutes=2 ** min(report.attempts, 10)), LONGEST_WAIT)
    _in_hand(report).update(state=ReportState.FAILED, error=why[:500], due_at=now + wait, claimed_until=None)
    return False


def _give_up(report: Report, why: str, now: dt.datetime) -> bool:
    """Say why. It is not due again, for time alone mends nothing; it can still be asked for."""
    never = now + RETRIED_FOR + 2 * DAY
    _in_hand(report).update(state=ReportState.FAILED, error=why, due_at=never, claimed_until=None)
    return False


def _finish(report: Report, facts: dict[str, Any], now: dt.datetime) -> bool:
    """Figures, state and mail together; False when the lease ran out and another worker has the report."""
    report.facts = facts
    if not _in_hand(report).update(
        state=ReportState.DONE, facts=facts, made_at=now, error="", claimed_until=None
    ):
        return False
    language, address = report.recipient.language, report.recipient.email
    assert address is not None  # a colleague is invited by mail
    with translation.override(language):
        shown = drawn(facts)
    outgoing = mail.enqueue(
        "digest",
        to=address,
        kind="digest",
        clinic=report.clinic,
        key=f"report:{report.pk}:{report.attempts}",
        language=language,
        context={
            "clinic": report.clinic,
            "recipient": report.recipient,
            "report": report,
            "digest": shown,
            "report_url": settings.SITE_URL + reverse("desk:report", args=[report.pk]),
        },
    )
    Report.objects.filter(pk=report.pk).update(mail=outgoing)
    return True


def _in_hand(report: Report) -> QuerySet[Report]:
    return Report.objects.filter(pk=report.pk, state=ReportState.RUNNING, attempts=report.attempts)


# --- Shown


def drawn(facts: dict[str, Any]) -> dict[str, Any]:
    """A digest's facts with words and dates in them, for mail and page, in the language in use."""
    return {
        **facts,
        "bands": [(wording.band(one), facts["bands"][one.value]) for one in digest.NEEDS_A_LOOK],
        "rows": [
            {**row, "band_word": wording.band(Band(row["band"])), "last_session": _date(row["last_session"])}
            for row in facts["rows"]
        ],
        "alerts": [
            {
                **alert,
                "level_word": Level(alert["level"]).label,
                "rule_word": Rule(alert["rule"]).label,
                "since": _date(alert["since"]),
            }
            for alert in facts["alerts"]
        ],
        "new": [{**one, "day": _date(one["day"])} for one in facts["new"]],
        "ending": [{**one, "day": _date(one["day"])} for one in facts["ending"]],
    }


def _date(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
