"""A patient's days and pain as charts: the facts of `patients.progress` for `clinic.ui.charts`."""

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from clinic.ui import charts
from clinic.ui.charts import Chart, Mark, Sample, Series, line
from patients.adherence import Day, DayState


def strip(days: Sequence[Day]) -> Chart:
    """A mark a day, with its counts where a day asks for more than one session."""
    return charts.strip(_marks(days), title=_title(days))


def strip_alone(days: Sequence[Day]) -> SafeString:
    """The drawing without its table."""
    return charts.strip_alone(_marks(days), title=_title(days))


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
    return Mark(date_format(date, "D j M"), state.value, ", ".join(detail))


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
