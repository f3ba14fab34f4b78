"""Weekly reports by mail: the figures in it, a picture, and a link (docs/rules.md 8).

Subject and preview line say nothing about anybody's health. PDF and CSV travel along only where the clinic has
chosen so: a mail is read by more machines than the one it is for.
"""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation

from clinic import mail
from clinic.mail import Enclosure
from clinic.models import OutgoingMail
from clinic.ui import pictures as pixels
from patients.models import Report
from patients.models.reports import ReportKind
from patients.reporting import prints, tables
from patients.reporting.kinds import Facts, facts_of, may_receive
from patients.reporting.shown import MAIL, Shown, shown

# The kind of a report → the name of its mail's templates, which is also the kind of the mail.
TEMPLATES = {ReportKind.DIGEST: "digest", ReportKind.CLINIC: "clinic_report"}
SHARP = 2  # pixels of a picture for one of the screen


def enqueue(report: Report, facts: Facts) -> OutgoingMail:
    """Write the mail of a report that was just made into the outbox."""
    return mail.enqueue(**_letter(report, facts), key=f"report:{report.pk}:{report.attempts}")


def preview(report: Report, facts: Facts) -> tuple[OutgoingMail, dict[str, bytes]]:
    """The mail as it would be sent, and its pictures; not kept."""
    return mail.compose(**_letter(report, facts)), _pictures(report, facts)


def _letter(report: Report, facts: Facts) -> dict[str, Any]:
    address = report.recipient.email
    assert address is not None  # a colleague is invited by mail
    language = report.recipient.language
    with translation.override(language):
        drawn = shown(facts, width=MAIL)
    template = TEMPLATES[ReportKind(report.kind)]
    # A preview has no page of its own.
    path = (
        reverse("desk:reports", args=[report.clinic_id])
        if report._state.adding
        else reverse("desk:report", args=[report.pk])
    )
    return {
        "template": template,
        "to": address,
        "kind": template,
        "clinic": report.clinic,
        "language": language,
        "context": {
            "clinic": report.clinic,
            "recipient": report.recipient,
            "report": report,
            "shown": drawn,
            "facts": facts,
            "report_url": settings.SITE_URL + path,
        },
    }


# --- Asked by the outbox, as a mail is sent


def still_wanted(letter: OutgoingMail) -> bool:
    """Whether the recipient still reads reports of the clinic; a mail may have waited for hours."""
    report = _report_of(letter)
    return report is not None and may_receive(report.clinic, report.kind, report.recipient)


def pictures(letter: OutgoingMail) -> dict[str, bytes]:
    report = _report_of(letter)
    return {} if report is None else _pictures(report, facts_of(report))


def enclosures(letter: OutgoingMail) -> Sequence[Enclosure]:
    """PDF and CSV, where the clinic has chosen to have them in the mail."""
    report = _report_of(letter)
    if report is None or not report.clinic.attaches_reports:
        return []
    with translation.override(report.recipient.language):
        return [
            Enclosure(f"{report.file_name}.pdf", prints.pdf_of(report), "application/pdf"),
            Enclosure(f"{report.file_name}.csv", tables.csv_of(report), "text/csv"),
        ]


def _report_of(letter: OutgoingMail) -> Report | None:
    pk = str(letter.key).split(":")[1]
    return Report.objects.select_related("clinic", "recipient").filter(pk=pk).first()


def _pictures(report: Report, facts: Facts) -> dict[str, bytes]:
    """The chart by day and by night; mail programs show the one that fits."""
    with translation.override(report.recipient.language):
        drawn: Shown = shown(facts, width=MAIL)
    if not drawn.together.patients:
        return {}
    svg = drawn.weeks_chart.svg
    return {
        "weeks": pixels.png(svg, width=SHARP * MAIL),
        "night": pixels.png(svg, width=SHARP * MAIL, night=True),
    }
