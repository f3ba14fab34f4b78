"""A patient's days and pain as charts: the facts of `patients.progress` for `clinic.ui.charts`."""

import datetime as dt
from collections.abc import Sequence

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from clinic.ui.charts import Chart, Mark, Sample, Series, State, line, sign
from clinic.ui.charts import strip as marks
from patients import wording
from patients.adherence import Day, DayState
from patients.previewing import Ahead, Preview


def strip(days: Sequence[Day]) -> Chart:
    """A mark a day, with its counts where a day asks for more than one session."""
    return marks([_mark(day) for day in days], title=_("The last %(days)d days") % {"days": len(days)})


def _mark(day: Day) -> Mark:
    detail = []
    if day.due > 1 and day.state is not DayState.OPEN:
        detail.append(_("%(kept)d of %(due)d") % {"kept": day.kept, "due": day.due})
    if day.extra:
        detail.append(_("%(count)d extra") % {"count": day.extra})
    return Mark(date_format(day.date, "D j M"), day.state.value, ", ".join(detail))


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
