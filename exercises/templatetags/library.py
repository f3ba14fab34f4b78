"""The library's words: each filter turns a kept value into what people read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django import template
from django.conf import settings
from django.db.models import TextChoices
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from clinic.ui.lists import listed
from exercises import library, picturing, schedules
from exercises.exchange.entries import Verdict
from exercises.models import (
    CautionLevel,
    Condition,
    DosageFields,
    Region,
    Revision,
    RevisionState,
    RoutineRevision,
    Sides,
    StepKind,
)
from exercises.studio import reviewing
from exercises.wordwise import Piece

register = template.Library()

# The space before a text, the text, the space behind it.
MARKED = {"same": "{}{}{}", "added": "{}<ins>{}</ins>{}", "removed": "{}<del>{}</del>{}"}


def _word(choices: type[TextChoices], value: str) -> str:
    return str(choices(value).label) if value in choices.values else value


@register.filter
def region_words(values: list[str]) -> str:
    """ "back, hamstrings" """
    return listed(_word(Region, value) for value in values)


@register.simple_tag
def told_pieces(pieces: Sequence[Piece]) -> SafeString:
    """Both texts as one, in a row, with what came and what went marked."""
    return format_html_join("", "{}", ((said,) for said in _told(pieces)))


def _told(pieces: Sequence[Piece]) -> Iterator[str]:
    """Words are marked, not the spaces around them; a space tells a value from the one that it took the place of."""
    former = ""
    for piece in pieces:
        if (former, piece.op) == ("added", "removed"):
            yield " "
        words = piece.text.strip()
        before, _words, behind = piece.text.partition(words) if words else (piece.text, "", "")
        yield format_html(MARKED[piece.op] if words else "{}{}{}", before, words, behind)
        former = piece.op


@register.filter
def step_word(value: str) -> str:
    return _word(StepKind, value)


@register.filter
def condition_word(value: str) -> str:
    return _word(Condition, value)


@register.filter
def caution_word(value: str) -> str:
    return _word(CautionLevel, value)


@register.filter
def state_word(value: str) -> str:
    return _("retired") if value == library.RETIRED else _word(RevisionState, value)


@register.filter
def hold_words(revision: DosageFields) -> str:
    """The usual dosage in one phrase: "2 × 30 s, each side"."""
    amount = _("%(seconds)d s") % {"seconds": revision.hold}
    times = revision.sets * revision.repetitions
    if times > 1:
        amount = f"{times} × {amount}"
    if revision.sides == Sides.NONE:
        return amount
    if revision.sides == Sides.BOTH:
        return _("%(amount)s, each side") % {"amount": amount}
    return listed([amount, _word(Sides, revision.sides)])


@register.filter
def schedule_in_words(schedule: Mapping[str, Any]) -> str:
    return schedules.in_words(schedule)


@register.filter
def other_language(revision: Revision | RoutineRevision) -> str:
    """The first language of the screens that a revision may be translated into."""
    return next(code for code, _name in settings.LANGUAGES if code != revision.language)


@register.filter
def drawn_sides(revision: Revision) -> list[str]:
    return picturing.sides(revision)


@register.simple_tag
def revision_address(revision: Revision | RoutineRevision, writes: bool = False) -> str:
    """Where a revision is read: on its review page by those who write, else among what was published."""
    if writes:
        return reviewing.home(revision)
    return f"{reviewing.addresses(revision)['detail']}?revision={revision.number}"


@register.filter
def verdict_word(value: str) -> str:
    """What an import would make of some of its entries, as a heading."""
    return {
        Verdict.REFUSED: _("Cannot be taken in"),
        Verdict.CONFLICTING: _("Left out"),
        Verdict.CHANGED: _("Changed"),
        Verdict.SAME: _("The same"),
        Verdict.NEW: _("New"),
    }[Verdict(value)]


@register.filter
def verdict_about(value: str) -> str:
    return {
        Verdict.REFUSED: _("As long as one of these is in the file, nothing of it is taken in."),
        Verdict.CONFLICTING: _("They would get in the way of something here, which stays as it is."),
        Verdict.CHANGED: _("They read otherwise than here. Each becomes a draft beside what is published."),
        Verdict.SAME: _("They are here already and stay as they are."),
        Verdict.NEW: _("Each becomes a draft."),
    }[Verdict(value)]


@register.filter
def count_of(counts: dict[str, int], verdict: str) -> int:
    return counts.get(verdict, 0)
