"""Weekly reports as tagged PDFs, from the facts that page and mail show."""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from clinic import pdf
from clinic.ui.charts import Chart, number
from clinic.ui.dates import date_format
from clinic.ui.lists import listed
from clinic.ui.pictures import for_print
from clinic.ui.templatetags.ui import counts
from patients import drawing, wording
from patients.models import Report
from patients.reporting.facts import NEEDS_A_LOOK, Care, ClinicReport, Digest, Figures, Pain, Row
from patients.reporting.kinds import Facts, facts_of
from patients.reporting.shown import change_words, open_since, shown, week_in_figures

WIDE = 300  # units of a chart on paper: half the width of a page, in points


def pdf_of(report: Report) -> bytes:
    """The report on the clinic's usual paper, in the language in use.

    Raises ValidationError when no font has a sign of a name.
    """
    assert report.made_at is not None
    facts = facts_of(report)
    day = report.made_at.astimezone(report.clinic.time_zone).date()
    words = _digest_words(report, facts) if isinstance(facts, Digest) else _clinic_words(facts)
    period = _("%(first)s to %(last)s") % {
        "first": date_format(report.first_day, "j F"),
        "last": date_format(report.last_day, "j F Y"),
    }
    made = _("made %(day)s") % {"day": date_format(day, "j F Y")}
    sheet = {
        "lang": translation.get_language() or settings.LANGUAGE_CODE,
        "paper": pdf.usual_paper(str(report.clinic.time_zone)).value,
        "large": False,
        "title": f"{report.get_kind_display()}, {period}",
        "clinic": report.clinic.name,
        "phone": "",
        "foot": f"{report.clinic.name} · {period} · {made}",
        "page": _("Page {page} of {pages}"),
        "period": period,
        "about": render_to_string("emails/parts/about_figures.txt").strip(),
    }
    return pdf.typeset("patients/prints/report.typ", sheet | _together(facts) | words, day=day)


def picture(chart: Chart, heading: str) -> dict[str, Any]:
    """A chart for a print, with what it shows in words."""
    return {"svg": for_print(chart.svg), "heading": heading, "alt": chart.words, "width": chart.width}


def _together(facts: Facts) -> dict[str, Any]:
    drawn = shown(facts, width=WIDE)
    together = facts.together
    return {
        "keys": [
            {"label": word, "value": str(number), "note": _was(number, before)}
            for word, number, before in drawn.bands
        ],
        "total": {
            "label": _("Together"),
            "value": _percent(together.week),
            "note": _share_note(together.week),
        },
        "charts": [
            picture(drawn.bands_chart, _("Patients by band")),
            picture(drawn.weeks_chart, _("Adherence over four weeks")),
        ],
    }


def _was(now: int, before: int) -> str:
    return "" if now == before else _("before %(number)d") % {"number": before}


def _percent(week: Figures) -> str:
    return "–" if week.percent is None else _("%(number)d %%") % {"number": week.percent}


def _share_note(week: Figures) -> str:
    if not week.due:
        return _("nothing was due")
    return listed(filter(None, [counts(week.credit, week.due), change_words(week.change)]))


def _pain(pain: Pain) -> str:
    if pain.now is None:
        return "–"
    return number(pain.now) if pain.before is None else f"{number(pain.now)} ({number(pain.before)})"


def _digest_words(report: Report, facts: Digest) -> dict[str, Any]:
    own = _("The patients in the care of %(name)s") % {"name": report.recipient.name}
    return {
        "heading": own if facts.own else _("The patients of the clinic"),
        "table": {
            "heads": [
                *(_("Patient"), _("Band"), _("Seven days"), _("Adherence"), _("Change")),
                *(_("Pain (before)"), _("Last session"), _("Alerts")),
            ],
            "rows": [_digest_line(report, row) for row in facts.rows],
            "empty": _("Nobody was in care."),
        },
        "lists": [
            {
                "heading": _("Open alerts"),
                "lines": [
                    f"{one.name}: {one.rule.label} ({one.level.label}, {open_since(one.since)})"
                    for one in facts.alerts
                ],
            },
            {
                "heading": _("New this week"),
                "lines": [f"{one.name}, {date_format(one.day, 'j F')}" for one in facts.new],
            },
            {
                "heading": _("Ending in the next two weeks"),
                "lines": [f"{one.name}, {date_format(one.day, 'j F')}" for one in facts.ending],
            },
        ],
        "none": _("none"),
    }


def _digest_line(report: Report, row: Row) -> list[dict[str, str]]:
    was = "" if row.band == row.band_before else _("was %(band)s") % {"band": wording.band(row.band_before)}
    return [
        {"text": row.name},
        {"text": wording.band(row.band), "note": was},
        {
            "svg": str(drawing.strip_of_states(report.first_day, row.days)),
            "alt": drawing.states_in_words(row.days),
        },
        {"text": _percent(row.week), "note": counts(row.week.credit, row.week.due) if row.week.due else ""},
        {"text": change_words(row.week.change) or "–"},
        {"text": _pain(row.pain)},
        {"text": date_format(row.last_session, "j M") if row.last_session else _("none yet")},
        {"text": str(row.alerts)},
    ]


def _clinic_words(facts: ClinicReport) -> dict[str, Any]:
    return {
        "heading": _("The clinic"),
        "table": {
            "heads": [
                *(_("In the care of"), _("Patients"), *(wording.band(one) for one in NEEDS_A_LOOK)),
                *(_("Adherence"), _("Change"), _("Pain (before)"), _("Alerts")),
            ],
            "rows": [_care_line(one) for one in facts.care],
            "empty": _("Nobody was in care."),
        },
        "lists": [
            {"heading": _("The week in figures"), "lines": [f"{w}: {n}" for w, n in week_in_figures(facts)]}
        ],
        "none": _("none"),
    }


def _care_line(care: Care) -> list[dict[str, str]]:
    together = care.together
    return [
        {"text": care.name or _("nobody")},
        {"text": str(together.patients)},
        *({"text": str(together.bands[one])} for one in NEEDS_A_LOOK),
        {
            "text": _percent(together.week),
            "note": counts(together.week.credit, together.week.due) if together.week.due else "",
        },
        {"text": change_words(together.week.change) or "–"},
        {"text": _pain(together.pain)},
        {"text": str(care.alerts)},
    ]
