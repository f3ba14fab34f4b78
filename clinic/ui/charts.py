"""Charts, drawn on the server as SVG, each with a table of the same facts beside it.

They know labels and states, not patients. Colours stand in plain attributes, so that mail and print can use the
same drawing; on pages the classes of static/css/charts.css give them the page's colours, light or dark. No state
is told by colour alone.

A drawing runs as its reader reads: in Arabic from the right, days as well, like the tables and weeks beside it. It is
drawn once and mirrored as a whole; only words are turned back.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

from django.utils.formats import get_format
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, get_language_bidi, gettext_lazy
from django.utils.translation import gettext as _

from clinic.ui.dates import date_format
from clinic.ui.lists import listed

PRESS = "#0c5a5d"
INK = "#1a2322"
QUIET = "#525d5a"
LINE = "#d8d2c4"
SUNK = "#ebe6da"
SURFACE = "#fdfcf9"


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing and its table. Shown together by `parts/chart.html`.

    `words` say in a sentence what is drawn, for a print or a mail; `width` is that of the drawing, in its units.
    """

    svg: SafeString
    table: SafeString
    words: str = ""
    width: int = 0

    def __html__(self) -> str:
        return self.svg


class State(StrEnum):
    """What one mark of a strip can say."""

    DONE = "done"
    PARTLY = "partly"
    MISSED = "missed"
    PAUSED = "paused"
    NOT_DUE = "not_due"
    OPEN = "open"


STATE_WORDS = {
    State.DONE: gettext_lazy("done"),
    State.PARTLY: gettext_lazy("partly done"),
    State.MISSED: gettext_lazy("not done"),
    State.PAUSED: gettext_lazy("paused"),
    State.NOT_DUE: gettext_lazy("nothing due"),
    State.OPEN: gettext_lazy("open"),
}

# One mark on a field of 12 × 22 units: full, half full, hollow, two bars, a dot, dashed.
_BOX = 'x="1.75" y="3.75" width="8.5" height="14.5" rx="1.25"'
STATE_DRAWINGS = {
    State.DONE: f'<rect class="hw-c-press" x="1" y="3" width="10" height="16" rx="1.75" fill="{PRESS}"/>',
    State.PARTLY: (
        f'<rect class="hw-c-press-line" {_BOX} fill="none" stroke="{PRESS}" stroke-width="1.5"/>'
        f'<rect class="hw-c-press" x="1.75" y="11" width="8.5" height="7.25" fill="{PRESS}"/>'
    ),
    State.MISSED: f'<rect class="hw-c-ink-line" {_BOX} fill="none" stroke="{INK}" stroke-width="1.5"/>',
    State.PAUSED: (
        f'<path class="hw-c-quiet-line" d="M4 6.5v9M8 6.5v9" fill="none" stroke="{QUIET}" stroke-width="1.75"/>'
    ),
    State.NOT_DUE: f'<circle class="hw-c-quiet" cx="6" cy="11" r="1.25" fill="{QUIET}"/>',
    State.OPEN: (
        f'<rect class="hw-c-quiet-line" {_BOX} fill="none" stroke="{QUIET}" stroke-width="1.25"'
        ' stroke-dasharray="2.5 2"/>'
    ),
}


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark of a strip. `detail` adds to the state's word: "1 of 2", "extra"."""

    label: str
    state: State | str
    detail: str = ""

    @property
    def words(self) -> str:
        word = str(STATE_WORDS[State(self.state)])
        return f"{word}, {self.detail}" if self.detail else word


def sign(state: State) -> SafeString:
    """One mark by itself, for the list that says what the marks mean."""
    return mark_safe(  # noqa: S308  (our own constant)
        f'<svg class="hw-strip" viewBox="0 0 12 22" aria-hidden="true">{STATE_DRAWINGS[state]}</svg>'
    )


def table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> SafeString:
    """The table beside a drawing; the first cell of a row is its head."""
    return format_html(
        '<table class="hw-table"><caption>{}</caption><thead><tr>{}</tr></thead><tbody>{}</tbody></table>',
        caption,
        format_html_join("", '<th scope="col">{}</th>', ((head,) for head in heads)),
        format_html_join(
            "",
            '<tr><th scope="row">{}</th>{}</tr>',
            (
                (first, format_html_join("", "<td>{}</td>", ((cell,) for cell in rest)))
                for first, *rest in rows
            ),
        ),
    )


def svg(name: str, title: str, desc: str, width: int, height: int, drawing: str) -> SafeString:
    """`drawing` is markup of this module's own making, every word in it escaped and written by `words`."""
    if get_language_bidi():
        drawing = f'<g transform="matrix(-1 0 0 1 {width} 0)">{drawing}</g>'
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" class="hw-chart hw-{}" viewBox="0 0 {} {}" width="{}" height="{}"'
        ' role="img" direction="ltr"><title>{}</title><desc>{}</desc>{}</svg>',
        name, width, height, width, height, title, desc, mark_safe(drawing),  # noqa: S308
    )  # fmt: skip


# Seen in a mirror, what began at a place ends there.
_MIRRORED = {"start": "end", "middle": "middle", "end": "start"}


def words(
    x: float, y: float, said: str, *, anchor: str = "start", name: str = "hw-c-text", colour: str = QUIET
) -> str:
    """Words at a place of a drawing; `anchor` tells where they lie from it, as the drawing runs."""
    turned = ""
    if get_language_bidi():
        # By embedding (U+202B), which whoever draws mails and prints knows as well, unlike SVG's own direction.
        said, x, anchor = f"\u202b{said}\u202c", -x, _MIRRORED[anchor]
        turned = ' transform="scale(-1 1)"'
    return (
        f'<text class="{name}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{turned} font-size="12" fill="{colour}">'
        f"{escape(said)}</text>"
    )


def strip(marks: Sequence[Mark], *, title: str) -> Chart:
    """A row of small marks, a day each; a little more air after every seventh."""
    return Chart(
        strip_alone(marks, title=title),
        table(title, [_("Day"), _("State")], ([mark.label, mark.words] for mark in marks)),
    )


def strip_alone(marks: Sequence[Mark], *, title: str) -> SafeString:
    """The same without its table, where many stand below each other; every mark tells its day and state."""
    language = get_language()
    parts = [_drawn(mark, place, language) for place, mark in enumerate(marks)]
    width = len(marks) * 13 + max(len(marks) - 1, 0) // 7 * 5
    tally = Counter(mark.state for mark in marks)
    desc = listed(f"{STATE_WORDS[state]}: {tally[state]}" for state in State if tally[state])
    return svg("strip", title, desc, max(width, 1), 22, "".join(parts))


@lru_cache(maxsize=4096)
def _drawn(mark: Mark, place: int, language: str | None) -> str:
    """One mark at its place. A page of patients shows the same few over and over."""
    x = place * 13 + place // 7 * 5
    tip = f"<title>{escape(mark.label)}: {escape(mark.words)}</title>"
    return f'<g transform="translate({x} 0)">{tip}{STATE_DRAWINGS[State(mark.state)]}</g>'


@dataclass(frozen=True, slots=True)
class Sample:
    """A value on a date; None leaves a gap in the line. `words` say it where the number alone does not.

    `low` and `high`, where both are given, are the range that the value stands for: drawn as a bar through the point.
    """

    day: dt.date
    value: float | None
    words: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Series:
    name: str
    samples: Sequence[Sample]


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where dates and values lie on the drawing, in its units."""

    first: dt.date
    last: dt.date
    low: int
    high: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.width - 16

    def x(self, day: dt.date) -> float:
        span = (self.last - self.first).days or 1
        return 40 + (self.right - 48) * (day - self.first).days / span

    def y(self, value: float) -> float:
        bottom = self.height - 28
        return bottom - (bottom - 12) * (value - self.low) / (self.high - self.low)


def line(
    series: Sequence[Series],
    *,
    title: str,
    low: int = 0,
    high: int = 10,
    width: int = 640,
    height: int = 200,
) -> Chart:
    """Values over dates: the first series with full points, the others dashed with hollow ones.

    `width` and `height` are the pixels of the page that it is drawn for; its text is 12 pixels high there.
    """
    days = sorted({sample.day for one in series for sample in one.samples})
    if not days:
        return Chart(SafeString(""), format_html('<p class="hw-quiet">{}</p>', _("No values yet.")))
    frame = _Frame(days[0], days[-1], low, high, width, height)
    drawing = [*_grid(frame), *_dates(frame)]
    for place, one in enumerate(series):
        drawing += _curve(one, frame, hollow=place > 0)
    if len(series) > 1:
        drawing += _names(series, frame)
    return Chart(
        svg("line", title, _summary(series), width, height, "".join(drawing)),
        table(title, [_("Date"), *(one.name for one in series)], _rows(days, series)),
        words=f"{title}. {_summary(series)}",
        width=width,
    )


def _grid(frame: _Frame) -> Iterable[str]:
    for value in (frame.low, (frame.low + frame.high) // 2, frame.high):
        y = frame.y(value)
        yield (
            f'<path class="hw-c-line" d="M32 {y:.1f}H{frame.right}" stroke="{LINE}" stroke-width="1"/>'
            + words(24, y + 4, str(value), anchor="end")
        )


def _dates(frame: _Frame) -> Iterable[str]:
    """The first and the last date; one only, where they are the same."""
    ends = [(frame.first, frame.x(frame.first), "start")]
    if frame.last != frame.first:
        ends.append((frame.last, frame.x(frame.last), "end"))
    for day, x, anchor in ends:
        yield words(x, frame.height - 6, date_format(day, "j M"), anchor=anchor)


def _names(series: Sequence[Series], frame: _Frame) -> Iterable[str]:
    """Which line is which, between the two dates."""
    step = (frame.right - 150) // len(series)
    for place, one in enumerate(series):
        x, y = 104 + step * place, frame.height - 6
        yield (
            f'<circle cx="{x}" cy="{y - 4}" r="3.5" {_point(hollow=place > 0)}/>' + words(x + 9, y, one.name)
        )


def _point(*, hollow: bool) -> str:
    if hollow:
        return f'class="hw-c-surface hw-c-quiet-line" fill="{SURFACE}" stroke="{QUIET}" stroke-width="1.5"'
    return f'class="hw-c-press" fill="{PRESS}"'


def _curve(one: Series, frame: _Frame, *, hollow: bool) -> Iterable[str]:
    """A line through neighbouring values, broken where one is missing, and a point for each."""
    path, pen = [], "M"
    points = []
    for sample in sorted(one.samples, key=lambda sample: sample.day):
        if sample.value is None:
            pen = "M"
            continue
        x, y = frame.x(sample.day), frame.y(sample.value)
        path.append(f"{pen}{x:.1f} {y:.1f}")
        pen = "L"
        tip = escape(f"{one.name}, {date_format(sample.day, 'j M')}: {_said(sample)}")
        points.append(_range(sample, frame))
        points.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" {_point(hollow=hollow)}><title>{tip}</title></circle>'
        )
    if path:
        name, colour, dash = ("quiet", QUIET, ' stroke-dasharray="4 3"') if hollow else ("press", PRESS, "")
        yield (
            f'<path class="hw-c-{name}-line" d="{"".join(path)}" fill="none" stroke="{colour}" stroke-width="1.75"'
            f' stroke-linejoin="round"{dash}/>'
        )
    yield from points


def _range(sample: Sample, frame: _Frame) -> str:
    """From the lowest to the highest, with a foot and a head, so that a range of nothing is seen as well."""
    if sample.low is None or sample.high is None:
        return ""
    x, low, high = frame.x(sample.day), frame.y(sample.low), frame.y(sample.high)
    return (
        f'<path class="hw-c-quiet-line" d="M{x - 4:.1f} {low:.1f}h8m-4 0V{high:.1f}m-4 0h8" fill="none"'
        f' stroke="{QUIET}" stroke-width="1.25"/>'
    )


def _summary(series: Sequence[Series]) -> str:
    """In a sentence each: from where to where the values went."""
    said = []
    for one in series:
        values = [sample.value for sample in one.samples if sample.value is not None]
        if values:
            words = {
                "name": one.name,
                "first": number(values[0]),
                "last": number(values[-1]),
                "n": len(values),
            }
            said.append(_("%(name)s: %(n)d values, first %(first)s, last %(last)s.") % words)
    return " ".join(said)


def number(value: float | None) -> str:
    """As the language writes it, with as many decimals as it has."""
    return "" if value is None else f"{value:g}".replace(".", get_format("DECIMAL_SEPARATOR"))


def _said(sample: Sample) -> str:
    return sample.words or number(sample.value)


def _rows(days: Sequence[dt.date], series: Sequence[Series]) -> Iterable[list[str]]:
    """A row a date; several values of one date stand in one cell, in their order."""
    for day in days:
        cells = []
        for one in series:
            values = [_said(s) for s in one.samples if s.day == day and (s.value is not None or s.words)]
            cells.append(listed(values) or "–")
        yield [date_format(day, "j M Y"), *cells]


def meter(credit: Fraction | float, due: int, *, title: str, width: int = 160) -> Chart:
    """How much of what was due was done; an empty track where nothing was."""
    filled = width * min(float(credit) / due, 1) if due else 0
    done = number(round(float(credit), 1))
    desc = _("%(done)s of %(due)d") % {"done": done, "due": due} if due else _("nothing due")
    drawing = f'<rect class="hw-c-sunk" width="{width}" height="8" rx="4" fill="{SUNK}"/>'
    if filled:
        bar = max(filled, 8)
        drawing += f'<rect class="hw-c-press" width="{bar:.1f}" height="8" rx="4" fill="{PRESS}"/>'
    return Chart(
        svg("meter", title, desc, width, 8, drawing),
        table(title, [_("Done"), _("Due")], [[done, str(due)]]),
    )
