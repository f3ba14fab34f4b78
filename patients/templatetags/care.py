"""Plans and days in words and marks: {% load care %}."""

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from clinic import audit
from clinic.ui.charts import STATE_WORDS, State, sign
from clinic.ui.dates import date_format
from exercises.dosage import session_seconds
from patients import drawing, wording
from patients.adherence import Band, Day
from patients.lines import Line
from patients.models import PrescriptionRevision, SessionVersion
from patients.models.alerts import SafetyQuestion
from patients.progress import schedule_of
from patients.reporting.facts import NEEDS_A_LOOK, Standing
from patients.reporting.shown import change_words

register = template.Library()

register.filter("dosage_words", wording.dosage)
register.filter("act_words", audit.words)
register.filter("kept_act_words", wording.act)
register.filter("finding_words", wording.finding)
register.filter("preview_words", wording.preview)
register.filter("ahead_words", wording.ahead)
register.filter("goal_words", wording.goal)
register.filter("week_words", wording.week)
register.filter("lowered_words", wording.lowered)
register.filter("ahead_mark", drawing.ahead)
register.filter("ahead_legend", drawing.ahead_legend)
register.filter("change_words", change_words)
register.simple_tag(drawing.strip_of_states, name="state_strip")


@register.filter
def band_word(band: Band) -> str:
    return wording.band(band)


@register.filter
def mark(value: str, kind: str) -> SafeString:
    """A band or an alert's level as its small mark with a word. There are a few of them and hundreds on a page."""
    return _mark(value, kind, get_language())


@lru_cache(maxsize=64)
def _mark(value: str, kind: str, language: str | None) -> SafeString:
    return render_to_string(f"parts/{kind}.html", {kind: value})


@register.simple_tag
def safety_questions() -> Sequence[str]:
    """As they are asked: whatever else names what must not wait says it in the same words."""
    return [str(label) for label in SafetyQuestion.labels]


@register.simple_tag
def pain_mark(last: int | None, trend: int | None) -> SafeString:
    """NPRS after the last session, and by how much the later half of the window differs from the earlier."""
    return _pain_mark(last, trend, get_language())


@lru_cache(maxsize=512)
def _pain_mark(last: int | None, trend: int | None, language: str | None) -> SafeString:
    moved = {"rise": max(trend or 0, 0), "fall": max(-(trend or 0), 0)}
    return render_to_string("desk/parts/pain_trend.html", {"last": last, "trend": trend} | moved)


@register.filter
def short_day(day: dt.date) -> str:
    """A local date without its year: Thu 19 Nov."""
    return _short_day(day, get_language())


@lru_cache(maxsize=1024)
def _short_day(day: dt.date, language: str | None) -> str:
    return date_format(day, "D j M")


@register.filter
def schedule_words(revision: PrescriptionRevision) -> str:
    return wording.schedule(schedule_of(revision))


@register.filter
def said_before(version: SessionVersion) -> str:
    """What a session said before it was corrected."""
    return wording.session_content(version.content)


@register.filter
def day_mark(day: Day) -> SafeString:
    return sign(State(day.state.value))


@register.filter
def day_words(day: Day) -> str:
    """The state of a day: "done", "partly done", "paused"."""
    return str(STATE_WORDS[State(day.state.value)])


@register.filter
def day_strip(days: Sequence[Day]) -> SafeString:
    return drawing.strip_alone(days)


@register.filter
def lines_seconds(lines: Sequence[Line]) -> int:
    """Estimated length of a session of these lines."""
    return session_seconds([line.dosage for line in lines])


@register.filter
def by_band(together: Standing) -> Sequence[int]:
    """How many patients are in each band, in the order in which bands are shown."""
    return [together.bands[one] for one in NEEDS_A_LOOK]
