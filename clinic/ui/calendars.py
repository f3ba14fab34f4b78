"""Charts of days: a calendar in weeks, and a bar of what held from when to when. Both with their tables."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.translation import gettext as _

from clinic.ui.charts import (
    LINE,
    PRESS,
    QUIET,
    STATE_DRAWINGS,
    STATE_WORDS,
    SUNK,
    Chart,
    Mark,
    State,
    svg,
    table,
    words,
)
from clinic.ui.dates import date_format, short_weekday
from clinic.ui.lists import listed

DAY = dt.timedelta(days=1)
CELL = 15
ROW = 24
LEFT, TOP = 34, 18


def calendar(marks: Mapping[dt.date, Mark], *, title: str) -> Chart:
    """A column an ISO week, Monday first; the months above, three weekdays at the side."""
    weeks: dict[dt.date, dict[int, Mark]] = defaultdict(dict)
    for date, mark in sorted(marks.items()):
        weeks[date - date.weekday() * DAY][date.weekday()] = mark
    drawing = [words(0, TOP + ROW * day + 16, _weekday(day)) for day in (0, 2, 4)]
    written = 0
    for place, (monday, days) in enumerate(weeks.items()):
        x = LEFT + CELL * place
        first = next((m for m in (monday + d * DAY for d in days) if m.day <= 7), None)
        # A month's name takes the room of two weeks.
        if first and first.day - 1 <= first.weekday() and x >= written:
            drawing.append(words(x, 12, date_format(first, "M Y" if first.month == 1 else "M")))
            written = x + 3 * CELL
        for day, mark in days.items():
            tip = f"<title>{escape(mark.label)}: {escape(mark.words)}</title>"
            y = TOP + ROW * day
            drawing.append(f'<g transform="translate({x} {y})">{tip}{STATE_DRAWINGS[State(mark.state)]}</g>')
    tally = {state: sum(State(mark.state) is state for mark in marks.values()) for state in State}
    desc = listed(f"{STATE_WORDS[state]}: {number}" for state, number in tally.items() if number)
    width = LEFT + CELL * max(len(weeks), 1)
    return Chart(
        svg("calendar", title, desc, width, TOP + ROW * 7, "".join(drawing)),
        table(
            title,
            [_("Week of"), *(_weekday(day) for day in range(7))],
            (
                [date_format(monday, "j M Y"), *(days[day].words if day in days else "–" for day in range(7))]
                for monday, days in weeks.items()
            ),
        ),
        words=f"{title}. {desc}.",
        width=width,
    )


@dataclass(frozen=True, slots=True)
class Stretch:
    """Something that held from one day to another, both included; `quiet` for what was not."""

    label: str
    first: dt.date
    last: dt.date
    words: str
    quiet: bool = False


def time_line(
    stretches: Sequence[Stretch],
    *,
    title: str,
    first: dt.date,
    last: dt.date,
    today: dt.date,
    width: int = 640,
) -> Chart:
    """Bars one after the other on a line of days, pauses below them as thin ones, and a mark at today."""
    span = max((last - first).days + 1, 1)

    def x(day: dt.date) -> float:
        return (width - 2) * (day - first).days / span + 1

    drawing = []
    for one in stretches:
        begin, end = x(one.first), x(min(one.last, last) + DAY)
        tip = f"<title>{escape(one.label)}: {escape(one.words)}</title>"
        if one.quiet:
            drawing.append(
                f'<g>{tip}<rect class="hw-c-quiet" x="{begin:.1f}" y="33" width="{max(end - begin, 2):.1f}"'
                f' height="4" fill="{QUIET}"/></g>'
            )
            continue
        room = end - begin
        name = words(begin + 6, 23, one.label) if room > 7 * len(one.label) + 12 else ""
        drawing.append(
            f'<g>{tip}<rect class="hw-c-sunk hw-c-line" x="{begin:.1f}" y="8" width="{max(room - 1, 1):.1f}"'
            f' height="22" fill="{SUNK}" stroke="{LINE}"/>{name}</g>'
        )
    if first <= today <= last:
        at = x(today)
        drawing.append(
            f'<path class="hw-c-press-line" d="M{at:.1f} 2V40" stroke="{PRESS}" stroke-width="2"/>'
            + words(min(max(at, 20), width - 20), 54, _("today"), anchor="middle")
        )
    drawing.append(words(1, 54, date_format(first, "j M Y")) if x(today) > 110 or today < first else "")
    drawing.append(
        words(width - 1, 54, date_format(last, "j M Y"), anchor="end") if x(today) < width - 110 else ""
    )
    desc = "; ".join(f"{one.label}: {one.words}" for one in stretches)
    return Chart(
        svg("time-line", title, desc, width, 60, "".join(drawing)),
        table(
            title,
            [_("What"), _("From"), _("Until"), _("In words")],
            (
                [one.label, date_format(one.first, "j M Y"), date_format(one.last, "j M Y"), one.words]
                for one in stretches
            ),
        ),
    )


def _weekday(day: int) -> str:
    # 1 January 2024 was a Monday.
    return short_weekday(dt.date(2024, 1, 1 + day))
