"""A weekly report as it is shown: the words and charts that page, mail and PDF share, in the language in use."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from clinic.ui.bars import Bar, bars, before_words
from clinic.ui.charts import Chart
from clinic.ui.dates import date_format
from clinic.ui.lists import listed
from clinic.ui.templatetags.ui import counts
from patients import wording
from patients.adherence import Band
from patients.reporting.facts import NEEDS_A_LOOK, ClinicReport, Digest, SevenDays, Standing

MAIL = 340  # pixels: what a phone's mail program shows without making the words smaller


@dataclass(frozen=True, slots=True)
class Shown:
    """Facts with their charts. `bands`: (word, number, number before), who needs a look first."""

    facts: Digest | ClinicReport
    bands: Sequence[tuple[str, int, int]]
    bands_chart: Chart
    weeks_chart: Chart

    @property
    def together(self) -> Standing:
        return self.facts.together

    @property
    def week_in_figures(self) -> Sequence[tuple[str, str]]:
        """The clinic's week beside its bands; nothing for a digest."""
        return week_in_figures(self.facts) if isinstance(self.facts, ClinicReport) else ()


def shown(facts: Digest | ClinicReport, *, width: int = 420) -> Shown:
    """`width`: pixels of a chart."""
    together = facts.together
    return Shown(
        facts,
        [(wording.band(one), together.bands[one], together.bands_before[one]) for one in NEEDS_A_LOOK],
        bands_chart(together.bands, together.bands_before, width=width),
        weeks_chart(together.weeks, width=width),
    )


def bands_chart(now: Mapping[Band, int], before: Mapping[Band, int], *, width: int) -> Chart:
    """How many patients are in each band, with a tick where it was a week before."""
    return bars(
        [
            Bar(wording.band(one), now[one], before_words(now[one], before[one]), before=before[one])
            for one in NEEDS_A_LOOK
        ],
        title=_("Patients by band"),
        heads=(_("Band"), _("Patients")),
        width=width,
    )


def weeks_chart(weeks: Sequence[SevenDays], *, width: int) -> Chart:
    """Adherence of four times seven days, per cent, the last one that of the report."""
    return bars(
        [Bar(span(week.first, week.last), week.percent, share_words(week)) for week in weeks],
        title=_("Adherence over four weeks"),
        heads=(_("Seven days"), _("Adherence")),
        high=100,
        width=width,
    )


def share_words(week: SevenDays) -> str:
    """ "64 %, 4.5 of 7", or "nothing due"."""
    if not week.due:
        return _("nothing due")
    return f"{_('%(number)d %%') % {'number': week.percent}}, {counts(week.credit, week.due)}"


def span(first: dt.date, last: dt.date) -> str:
    """ "16 – 22 Nov", or "30 Nov – 6 Dec"."""
    begins = date_format(first, "j" if first.month == last.month else "j M")
    return f"{begins} – {date_format(last, 'j M')}"


def change_words(change: int | None) -> str:
    """ "up 7", "down 7", "as before"; nothing where there is nothing to compare."""
    if change is None:
        return ""
    if change == 0:
        return _("as before")
    return (_("up %(number)d") if change > 0 else _("down %(number)d")) % {"number": abs(change)}


def open_since(day: dt.date) -> str:
    """Of an alert; "since" alone would read as the day from which somebody was silent."""
    return _("open since %(day)s") % {"day": date_format(day, "j F")}


def week_in_figures(facts: ClinicReport) -> Sequence[tuple[str, str]]:
    """What else the clinic's week was, each in a few words with its number."""
    levels = listed(f"{number} {level.label}" for level, number in facts.alerts_open.items() if number)
    opened = sum(facts.alerts_opened.values())
    oldest = [(_("The oldest of them"), open_since(facts.oldest_alert))] if facts.oldest_alert else []
    return [
        (_("Sessions logged"), str(facts.sessions)),
        (_("Alerts not resolved"), levels or "0"),
        *oldest,
        (
            _("Alerts in the seven days"),
            _("%(opened)d opened, %(resolved)d resolved")
            % {"opened": opened, "resolved": facts.alerts_resolved},
        ),
        (_("New patients"), str(facts.new)),
        (_("Prescriptions ending in the next two weeks"), str(facts.ending)),
        (_("Discharged"), str(facts.discharged)),
        (_("Invited, not accepted yet"), str(facts.invited)),
        (_("Patients whose message waits"), str(facts.threads_waiting)),
    ]
