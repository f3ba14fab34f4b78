"""A patient's days and pain as charts: the facts of `patients.progress` for `clinic.ui.charts`."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from functools import lru_cache

from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinic.ui import calendars, charts
from clinic.ui.calendars import Stretch, time_line
from clinic.ui.charts import Chart, Mark, Sample, Series, State, line, sign
from clinic.ui.dates import date_format
from clinic.ui.lists import listed
from clinic.ui.templatetags.ui import counts, percent
from patients import wording
from patients.adherence import Counts, Day, DayState
from patients.previewing import Ahead, Preview
from patients.schedule import DateRange, Plan, week_of


def strip(days: Sequence[Day]) -> Chart:
    """A mark a day, with its counts where a day asks for more than one session."""
    return charts.strip(_marks(days), title=_title(days))


def strip_alone(days: Sequence[Day]) -> SafeString:
    """The drawing without its table."""
    return charts.strip_alone(_marks(days), title=_title(days))


def strip_of_states(first: dt.date, states: Sequence[DayState]) -> SafeString:
    """The drawing of states day by day from `first`, where nothing more is known of the days."""
    language = get_language()
    days = (first + dt.timedelta(days=place) for place in range(len(states)))
    marks = [_mark(day, state, 0, 0, 0, language) for day, state in zip(days, states, strict=True)]
    return charts.strip_alone(marks, title=_("%(days)d days") % {"days": len(marks)})


def states_in_words(states: Sequence[DayState]) -> str:
    """ "done: 3, not done: 1", for whoever does not see the marks."""
    tally = Counter(charts.State(state.value) for state in states)
    return listed(f"{charts.STATE_WORDS[one]}: {tally[one]}" for one in State if tally[one])


def _title(days: Sequence[Day]) -> str:
    return _("The last %(days)d days") % {"days": len(days)}


def _marks(days: Sequence[Day]) -> list[Mark]:
    language = get_language()
    return [_mark(day.date, day.state, day.kept, day.due, day.extra, language) for day in days]


@lru_cache(maxsize=4096)
def _mark(date: dt.date, state: DayState, kept: int, due: int, extra: int, language: str | None) -> Mark:
    detail = []
    if due > 1 and state is not DayState.OPEN:
        detail.append(_("%(kept)d of %(due)d") % {"kept": kept, "due": due})
    if extra:
        detail.append(_("%(count)d extra") % {"count": extra})
    return Mark(date_format(date, "D j M"), state.value, listed(detail))


def calendar(days: Sequence[Day]) -> Chart:
    """What was due and what was done on each day of a window."""
    marks = dict(zip((day.date for day in days), _marks(days), strict=True))
    return calendars.calendar(marks, title=_("Calendar"))


def by_week(days: Sequence[Day], *, width: int = 640) -> Chart | None:
    """Adherence of each ISO week of a window in per cent; a gap where nothing was due, None where never."""
    weeks: dict[dt.date, list[Day]] = defaultdict(list)
    for day in days:
        weeks[week_of(day.date).first].append(day)
    samples = []
    for monday, own in weeks.items():
        week = Counts.of(own)
        share = week.adherence
        words = f"{percent(share)}, {counts(week.credit, week.due)}" if week.due else _("nothing due")
        samples.append(Sample(monday, None if share is None else float(share * 100), words))
    if all(sample.value is None for sample in samples):
        return None
    return line(
        [Series(_("adherence"), samples)], title=_("Adherence by week, per cent"), high=100, width=width
    )


def revisions(plan: Plan, said: Mapping[int, str], pauses: Sequence[DateRange], today: dt.date) -> Chart:
    """The revisions of a prescription on a line of days, with its pauses; `said` tells each revision in words.

    An open end is drawn to four weeks from today.
    """
    last = plan.last_day or max(today, plan.starts_on) + dt.timedelta(weeks=4)
    dated = sorted(plan.revisions, key=lambda revision: revision.number)
    stretches = []
    for place, revision in enumerate(dated):
        # An amendment of the same day takes the whole place of the one before.
        ends = min((r.counts_from for r in dated[place + 1 :]), default=last + dt.timedelta(days=1))
        until = min(ends - dt.timedelta(days=1), last)
        if revision.counts_from <= until:
            name = _("Revision %(number)d") % {"number": revision.number}
            stretches.append(Stretch(name, revision.counts_from, until, said[revision.number]))
    stretches += [Stretch(_("Pause"), p.first, p.last, _("nothing due"), quiet=True) for p in pauses]
    return time_line(stretches, title=_("Revisions"), first=plan.starts_on, last=last, today=today)


def ahead(day: Ahead) -> SafeString:
    """One mark for a day to come."""
    if day.paused:
        return sign(State.PAUSED)
    return sign(State.NOT_DUE if day.due == 0 else State.OPEN)


def ahead_legend(preview: Preview) -> list[tuple[SafeString, str]]:
    """What the marks say of the days that are shown: each mark with its words, once."""
    days = sorted(
        (*preview.before, *preview.after), key=lambda day: (day.paused, day.due is not None, day.due)
    )
    return list({wording.ahead(day): (ahead(day), wording.ahead(day)) for day in days}.values())


def pain(
    before: Sequence[tuple[dt.date, int]], after: Sequence[tuple[dt.date, int]], *, width: int = 640
) -> Chart:
    """NPRS 0-10 over local dates: after the session drawn through, before it dashed; `width` in pixels."""
    return line(
        [
            Series(_("after"), [Sample(day, value) for day, value in after]),
            Series(_("before"), [Sample(day, value) for day, value in before]),
        ],
        title=_("Pain, 0 to 10"),
        width=width,
    )
