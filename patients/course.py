"""A patient's progress over any days, on paper (docs/rules.md 8): figures, charts, their table, what was prescribed.

Facts first; `prints/course.typ` lays them out. Figures are those of `patients.adherence`, as on the patient's page.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.utils import timezone, translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from clinic import audit, pdf
from clinic.models import User
from clinic.ui.charts import STATE_DRAWINGS, STATE_WORDS, Chart, Sample, Series, line
from clinic.ui.dates import date_format
from clinic.ui.pictures import for_print
from clinic.ui.templatetags.ui import amount, counts, percent
from patients import drawing, handout, progress, wording
from patients.adherence import Adherence, Counts, Day
from patients.models import Patient, Prescription, Session, SessionItem
from patients.models.sessions import SkipReason
from patients.progress import schedule_of
from patients.reporting.prints import picture
from patients.schedule import DateRange, week_of

LONGEST = dt.timedelta(days=731)
WIDE = 320  # units of a chart on paper: half the width of a page
# So many weeks of a calendar stand side by side.
CALENDAR_WEEKS = 26
WEEKS_AT_FIRST = 12
DAY = dt.timedelta(days=1)


def answer(
    actor: User, patient: Patient, *, first: dt.date | None = None, last: dt.date | None = None
) -> HttpResponse:
    """`printed`, opened in the browser; twelve weeks where nothing is asked. Its name says nothing of anybody."""
    today = patient.local_date(timezone.now())
    until = min(last or today, today)
    document = printed(actor, patient, first or until - dt.timedelta(weeks=WEEKS_AT_FIRST), until)
    return pdf.shown(document, f"progress-{until:%Y-%m-%d}.pdf")


def printed(actor: User, patient: Patient, first: dt.date, last: dt.date) -> bytes:
    """The PDF of both days and those between; what staff print is in the audit trail, a patient's own is theirs.

    Raises ValidationError (`from`, `to`, or about the whole: signs that no font has).
    """
    today = patient.local_date(timezone.now())
    if last < first:
        raise ValidationError({"to": _("The last day is before the first one.")})
    if last - first > LONGEST:
        raise ValidationError({"from": _("Choose two years at most.")})
    if first > today:
        raise ValidationError({"from": _("This day is still to come.")})
    document = pdf.typeset(
        "patients/prints/course.typ", facts(patient, DateRange(first, last), today), day=today
    )
    if actor.pk != patient.user_id:
        audit.record(
            actor,
            "progress.printed",
            patient,
            clinic=patient.clinic,
            subject=patient,
            first=str(first),
            last=str(last),
        )
    return document


@dataclass(frozen=True, slots=True)
class Week:
    """The days of an ISO week that lie in the window, and the pain after their sessions, oldest first."""

    first: dt.date
    last: dt.date
    days: tuple[Day, ...]
    pains: Sequence[int]

    @property
    def counts(self) -> Counts:
        return Counts.of(self.days)

    @property
    def pain(self) -> float | None:
        return sum(self.pains) / len(self.pains) if self.pains else None


def facts(patient: Patient, window: DateRange, today: dt.date) -> dict[str, Any]:
    """All that stands on the paper: text in the active language, charts as SVG; a constant number of queries."""
    prescriptions = list(patient.prescriptions.order_by("starts_on").prefetch_related("revisions", "pauses"))
    figures = progress.of_prescriptions(prescriptions, window.first, window.last, today)
    sessions = list(
        patient.sessions.filter(voided_at=None, local_date__range=(window.first, window.last))
        .order_by("started_at")
        .only("patient", "local_date", "pain_before", "pain_after")
    )
    weeks = _weeks(figures.days, sessions)
    person = handout.person_words(patient)
    clinic = patient.clinic
    period = _("%(first)s to %(last)s") % {
        "first": date_format(window.first, "j F Y"),
        "last": date_format(window.last, "j F Y"),
    }
    return {
        "lang": translation.get_language() or settings.LANGUAGE_CODE,
        "paper": handout.usual_paper(patient).value,
        "large": False,
        "title": _("Progress report from %(clinic)s") % {"clinic": clinic.name},
        "clinic": clinic.name,
        "phone": clinic.phone,
        "foot": f"{person} · {date_format(today, 'j F Y')}",
        "page": _("Page {page} of {pages}"),
        "heading": _("Progress"),
        "person": person,
        "period": period,
        "keys": _keys(figures, sessions),
        "calendars": _calendars(figures.days),
        "lines": _lines(figures.days, weeks, sessions),
        "legend": [
            {"svg": for_print(_mark(drawn)), "words": str(STATE_WORDS[state])}
            for state, drawn in STATE_DRAWINGS.items()
        ],
        "weeks": _table(weeks),
        "prescribed": {
            "heading": _("What was prescribed"),
            "lines": [words for p in prescriptions for words in _prescribed(p, window)],
            "none": _("Nothing was prescribed."),
        },
        "skips": _skips(patient, window),
        "about": _(
            "Figures are as reported by the patient. Adherence is sessions done of sessions due, where one done in"
            " part counts in part; a day without anything due, a pause and today count for nothing. Pain is the"
            " number that the patient chose from 0 (none) to 10 (the worst imaginable). Holdwell does not diagnose."
        ),
    }


def _mark(drawn: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 12 22" width="12" height="22">{drawn}</svg>'


def _weeks(days: Sequence[Day], sessions: Sequence[Session]) -> list[Week]:
    by_week: dict[dt.date, list[Day]] = defaultdict(list)
    for day in days:
        by_week[week_of(day.date).first].append(day)
    pains: dict[dt.date, list[int]] = defaultdict(list)
    for session in sessions:
        if session.pain_after is not None:
            pains[week_of(session.local_date).first].append(session.pain_after)
    return [
        Week(own[0].date, own[-1].date, tuple(own), pains[monday]) for monday, own in sorted(by_week.items())
    ]


def _keys(figures: Adherence, sessions: Sequence[Session]) -> list[dict[str, str]]:
    pains = [s.pain_after for s in sessions if s.pain_after is not None]
    due = figures.due
    keys = [
        {
            "label": _("Adherence"),
            "value": percent(figures.adherence),
            "note": counts(figures.credit, due) if due else _("nothing was due"),
        },
        {
            "label": _("Begun"),
            "value": percent(figures.frequency),
            "note": counts(figures.kept, due) if due else _("nothing was due"),
        },
        {"label": _("Beyond what was due"), "value": str(figures.extra), "note": _("sessions")},
    ]
    if pains:
        note = _("from %(low)d to %(high)d") % {"low": min(pains), "high": max(pains)}
        keys.append({"label": _("Pain after sessions"), "value": _mean(pains), "note": note})
    return keys


def _mean(pains: Sequence[int]) -> str:
    return amount(Fraction(sum(pains), len(pains)))


def _calendars(days: Sequence[Day]) -> list[dict[str, Any]]:
    first = week_of(days[0].date).first
    step = dt.timedelta(weeks=CALENDAR_WEEKS)
    parts = []
    while first <= days[-1].date:
        parts.append(drawing.calendar([day for day in days if first <= day.date < first + step]))
        first += step
    return [picture(part, _("Day by day") if part is parts[0] else "") for part in parts]


def _lines(days: Sequence[Day], weeks: Sequence[Week], sessions: Sequence[Session]) -> list[dict[str, Any]]:
    charts = []
    if by_week := drawing.by_week(days, width=WIDE):
        charts.append(picture(by_week, _("Adherence by week, per cent")))
    before = [(s.local_date, s.pain_before) for s in sessions if s.pain_before is not None]
    after = [(s.local_date, s.pain_after) for s in sessions if s.pain_after is not None]
    if after:
        charts.append(picture(pain_by_week(weeks), _("Pain by week: mean, lowest, highest")))
    if before or after:
        charts.append(
            picture(drawing.pain(before, after, width=WIDE), _("Pain before and after each session"))
        )
    return charts


def pain_by_week(weeks: Sequence[Week]) -> Chart:
    """The mean NPRS after the sessions of each week, with the lowest and the highest."""
    samples = [
        Sample(week.first, week.pain, _pain_words(week), low=min(week.pains), high=max(week.pains))
        if week.pain is not None
        else Sample(week.first, None, _("no rating"))
        for week in weeks
    ]
    return line([Series(_("mean"), samples)], title=_("Pain after sessions by week"), width=WIDE)


def _pain_words(week: Week) -> str:
    """ "3.5 (2–5)", or "–"."""
    if not week.pains:
        return "–"
    return f"{_mean(week.pains)} ({min(week.pains)}–{max(week.pains)})"


def _table(weeks: Sequence[Week]) -> dict[str, Any]:
    return {
        "heading": _("Week by week"),
        "heads": [_("Days"), _("Adherence"), _("Done of due"), _("Begun"), _("Extra"), _("Pain after")],
        "rows": [
            [
                f"{date_format(week.first, 'j M')} – {date_format(week.last, 'j M Y')}",
                percent(own.adherence),
                counts(own.credit, own.due) if own.due else _("nothing due"),
                str(own.kept) if own.due else "–",
                str(own.extra),
                _pain_words(week),
            ]
            for week in weeks
            for own in [week.counts]
        ],
    }


def _prescribed(prescription: Prescription, window: DateRange) -> list[str]:
    """A line for each revision that counted in the window, and for each pause in it."""
    last_day = prescription.last_day
    revisions = sorted(prescription.revisions.all(), key=lambda r: r.number)
    lines = []
    for place, revision in enumerate(revisions):
        begins = max(prescription.starts_on, revision.counts_from)
        follows = min((r.counts_from - DAY for r in revisions[place + 1 :]), default=None)
        ends = min((day for day in (follows, last_day) if day), default=None)
        if begins > window.last or (ends is not None and (ends < window.first or ends < begins)):
            continue
        lines.append(f"{prescription.name}: {wording.schedule(schedule_of(revision))}, {_span(begins, ends)}")
    return lines + [
        f"{capfirst(_('paused'))}: {_span(pause.first_day, pause.last_day)}"
        for pause in prescription.pauses.all()
        if pause.first_day <= window.last and pause.last_day >= window.first
    ]


def _span(first: dt.date, last: dt.date | None) -> str:
    begins = date_format(first, "j M Y")
    if last is None:
        return _("from %(first)s") % {"first": begins}
    return f"{begins} – {date_format(last, 'j M Y')}"


def _skips(patient: Patient, window: DateRange) -> dict[str, Any]:
    """Why stretches were left out: each reason with how often, the most frequent first."""
    reasons = Counter(
        SessionItem.objects.filter(
            session__patient=patient,
            session__voided_at=None,
            session__local_date__range=(window.first, window.last),
        )
        .exclude(skip_reason="")
        .values_list("skip_reason", flat=True)
    )
    return {
        "heading": _("Why stretches were left out"),
        "lines": [f"{SkipReason(reason).label}: {number}" for reason, number in reasons.most_common()],
    }
