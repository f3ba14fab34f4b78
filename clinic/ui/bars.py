"""Bars: an amount for each of a few things, one below the other, with a tick where each was before."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import escape
from django.utils.translation import gettext as _

from clinic.ui.charts import INK, LINE, PRESS, Chart, svg, table, words

ROW = 28
THICK = 14
LETTER = 6.6  # how wide a letter of 12 pixels is, about


@dataclass(frozen=True, slots=True)
class Bar:
    """`words` stand beside the bar and say all of it; without a value there is no bar. `before`: a tick."""

    label: str
    value: float | None
    words: str
    before: float | None = None


def bars(
    rows: Sequence[Bar],
    *,
    title: str,
    heads: tuple[str, str],
    high: float | None = None,
    width: int = 640,
) -> Chart:
    """`heads` name labels and words in the table; `high` is a full bar, the largest value where it is not given.

    `width` in pixels of the page that it is drawn for; its text is 12 pixels high there.
    """
    values = [value for row in rows for value in (row.value, row.before) if value is not None]
    full = high or max(values, default=0) or 1
    left = 8 + LETTER * max((len(row.label) for row in rows), default=0)
    room = width - left - 10 - LETTER * max((len(row.words) for row in rows), default=0)
    drawing = "".join(
        _drawn(row, ROW * place, left, max(room, 24) / full, full) for place, row in enumerate(rows)
    )
    desc = "; ".join(f"{row.label}: {row.words}" for row in rows)
    return Chart(
        svg("bars", title, desc, width, ROW * max(len(rows), 1), drawing),
        table(title, heads, ([row.label, row.words] for row in rows)),
        words=f"{title}. {desc}.",
        width=width,
    )


def _drawn(row: Bar, top: int, left: float, scale: float, full: float) -> str:
    middle = top + ROW / 2
    parts = [
        f"<title>{escape(row.label)}: {escape(row.words)}</title>",
        words(0, middle + 4, row.label, name="hw-c-ink hw-c-words", colour=INK),
        f'<path class="hw-c-strong-line" d="M{left:.1f} {top + 3}v{ROW - 6}" stroke="{LINE}" stroke-width="1"/>',
    ]
    end = left
    if row.value:
        long = min(row.value, full) * scale
        parts.append(
            f'<rect class="hw-c-press" x="{left:.1f}" y="{middle - THICK / 2}" width="{max(long, 2):.1f}"'
            f' height="{THICK}" fill="{PRESS}"/>'
        )
        end = left + max(long, 2)
    if row.before is not None:
        x = left + min(row.before, full) * scale
        parts.append(
            f'<path class="hw-c-ink-line" d="M{x:.1f} {top + 4}v{ROW - 8}" stroke="{INK}" stroke-width="2"/>'
        )
        end = max(end, x)
    parts.append(words(end + 8, middle + 4, row.words, name="hw-c-text hw-c-words"))
    return f"<g>{''.join(parts)}</g>"


def before_words(now: int, before: int) -> str:
    """ "4", or "4, before 6" where it was another number."""
    return str(now) if now == before else _("%(now)d, before %(before)d") % {"now": now, "before": before}
