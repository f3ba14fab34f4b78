"""Weekly reports are rows: made once for a period, made again on demand, retried when something went wrong
(docs/rules.md 8).

`make_due` is all that a tick needs to call: it writes the rows that this week asks for and makes what waits
(`clinic.making`). A report's figures, its state and its mail are written in one transaction, so a worker that dies
leaves a lease that runs out, and never half a report.
"""

import datetime as dt
import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from uuid import UUID
from zoneinfo import ZoneInfo

from celery import current_app
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Min
from django.utils import timezone
from django.utils.translation import gettext as _

from clinic import audit, making
from clinic import facts as kept_facts
from clinic.models import Clinic, Membership, User
from patients.models import Patient, Report
from patients.models.people import PatientState
from patients.models.reports import ReportKind
from patients.reporting import mails
from patients.reporting.kinds import SORTS, Facts, may_receive
from patients.schedule import DateRange, instant_of, week_of

logger = logging.getLogger(__name__)

DAY = dt.timedelta(days=1)
# The clinic's local Monday morning.
READY_AT = dt.time(6)
# After this a report that could not be made waits for somebody to ask again.
RETRIED_FOR = dt.timedelta(days=14)


# --- Asked for by somebody


def preview(clinic: Clinic, kind: str, recipient: User, last_day: dt.date) -> tuple[Report, Facts]:
    """A report as it would be if it was made now, and its facts; nothing is kept and nobody is told.

    Raises ValidationError as `request` does.
    """
    _check(clinic, kind, recipient, last_day)
    week = DateRange(last_day - 6 * DAY, last_day)
    report = Report(clinic=clinic, kind=kind, recipient=recipient, first_day=week.first, last_day=week.last)
    return report, SORTS[kind].load(report, week, timezone.now())


@transaction.atomic
def request(actor: User | None, clinic: Clinic, kind: str, recipient: User, last_day: dt.date) -> Report:
    """Have the report of the seven days up to `last_day` made, or made again, and mailed to the recipient.

    Raises ValidationError: `recipient` who may not read such reports of this clinic, `last_day` that is still to come.
    """
    _check(clinic, kind, recipient, last_day)
    report, created = Report.objects.get_or_create(
        clinic=clinic,
        kind=kind,
        recipient=recipient,
        last_day=last_day,
        defaults={"first_day": last_day - 6 * DAY},
    )
    if not created:
        making.ask_again(report)
    audit.record(actor, "report.requested", report, clinic=clinic, kind=kind, last_day=str(last_day))
    transaction.on_commit(_wake, robust=True)
    return report


def _check(clinic: Clinic, kind: str, recipient: User, last_day: dt.date) -> None:
    errors = {}
    if not may_receive(clinic, kind, recipient):
        errors["recipient"] = [_("This person does not read such reports of this clinic.")]
    if last_day > timezone.now().astimezone(_zone(clinic)).date():
        errors["last_day"] = [_("A report can be made up to today.")]
    if errors:
        raise ValidationError(errors)


def _zone(clinic: Clinic) -> ZoneInfo:
    return ZoneInfo(str(clinic.time_zone))


def _wake() -> None:
    """Make it sooner. With the broker down the row waits for the next tick."""
    current_app.send_task("patients.tasks.sweep_reports", expires=120, retry=False)


# --- Made by a tick


def make_due(now: dt.datetime, limit: int | None = None) -> Counter[str]:
    """Write the rows that the week asks for, and make what is due, `limit` reports at most.

    Answers how many were `planned`, `made` and `failed`.
    """
    counts: Counter[str] = Counter(planned=_plan(now), made=0, failed=0)
    rows = Report.objects.select_related("clinic", "recipient")
    for report in making.claim_due(rows, now, limit):
        counts["made" if _make(report, now) else "failed"] += 1
    return counts


def _plan(now: dt.datetime) -> int:
    """A row for each report that the week which is over asks for, in every clinic whose Monday morning has come."""
    zones = {clinic.pk: _zone(clinic) for clinic in Clinic.objects.all()}
    weeks = {clinic: last_week(now, zone) for clinic, zone in zones.items()}
    known = set(
        Report.objects.filter(last_day__in={week.last for week in weeks.values()}).values_list(
            "clinic", "kind", "recipient", "last_day"
        )
    )
    rows = [
        Report(
            clinic_id=clinic,
            kind=kind,
            recipient_id=recipient,
            first_day=weeks[clinic].first,
            last_day=weeks[clinic].last,
            due_at=now,
        )
        for clinic, kind, recipient in _wanted(weeks, zones)
        if (clinic, kind, recipient, weeks[clinic].last) not in known
    ]
    Report.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def _wanted(
    weeks: Mapping[UUID, DateRange], zones: Mapping[UUID, ZoneInfo]
) -> Iterator[tuple[UUID, str, UUID]]:
    """(clinic, kind, recipient): a digest for each colleague who had patients in their care by the end of the week,
    and the clinic's report for each owner of a clinic that had any.
    """
    places = list(
        Membership.objects.filter(is_active=True, user__is_active=True).values_list("clinic", "user", "role")
    )
    since = (
        Patient.objects.filter(state=PatientState.ACTIVE)
        .values_list("clinic", "clinician")
        .annotate(since=Min("created_at"))
        .order_by()
    )
    in_time = {
        (clinic, clinician)
        for clinic, clinician, begun in since
        if clinic in weeks and begun < instant_of(weeks[clinic].last + DAY, dt.time(), zones[clinic])
    }
    practising = {clinic for clinic, _clinician in in_time}
    for clinic, user, role in places:
        if (clinic, user) in in_time and role in SORTS[ReportKind.DIGEST].roles:
            yield clinic, ReportKind.DIGEST, user
        if clinic in practising and role in SORTS[ReportKind.CLINIC].roles:
            yield clinic, ReportKind.CLINIC, user


def last_week(now: dt.datetime, zone: ZoneInfo) -> DateRange:
    """The last week, Monday to Sunday, that is over and whose Monday morning has come in this zone."""
    local = now.astimezone(zone)
    monday = week_of(local.date()).first
    if now < instant_of(monday, READY_AT, zone):
        monday -= 7 * DAY
    return week_of(monday - DAY)


def _make(report: Report, now: dt.datetime) -> bool:
    """Make it, or say why not; whatever happens, the other reports are made."""
    try:
        if not may_receive(report.clinic, report.kind, report.recipient):
            return making.give_up(
                report, _("The recipient does not read such reports of this clinic any more.")
            )
        week = DateRange(report.first_day, report.last_day)
        facts = SORTS[report.kind].load(report, week, now)
        with transaction.atomic():
            return _finish(report, facts, now)
    except ValidationError as refused:
        return _later(report, " ".join(refused.messages), now)
    except Exception as error:
        logger.exception("Report %s was not made.", report.pk)
        return _later(report, f"{type(error).__name__}: {error}", now)


def _later(report: Report, why: str, now: dt.datetime) -> bool:
    if report.last_day < now.date() - RETRIED_FOR:
        return making.give_up(report, why)
    return making.put_off(report, why, now)


def _finish(report: Report, facts: Facts, now: dt.datetime) -> bool:
    """Figures, state and mail together; False when the lease ran out and another worker has the report."""
    report.facts = kept_facts.as_json(facts)
    if not making.finish(report, now, facts=report.facts):
        return False
    Report.objects.filter(pk=report.pk).update(mail=mails.enqueue(report, facts))
    return True
