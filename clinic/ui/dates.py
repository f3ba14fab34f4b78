"""Dates as a language writes them. The sources say what of a date is shown, in Django's letters ("j F Y")."""

import datetime as dt
import re
from functools import lru_cache

from django.utils import formats
from django.utils.translation import get_language

# By language, what stands between a day, its month and its year. Django's own formats are few and fixed; these hold
# for every form that the pages ask for.
_BETWEEN: dict[str, tuple[tuple[re.Pattern[str], str], ...]] = {
    # "12. März", "26. Nov.": N has the abbreviations that German writes, M cuts each after three letters.
    "de": ((re.compile(r"j (?=[FM])"), "j. "), (re.compile(r"M"), "N")),
    # "27 nov": M writes a capital in every language, b what the language writes.
    "es": (
        (re.compile(r"j F"), r"j \\d\\e F"),
        (re.compile(r"F Y"), r"F \\d\\e Y"),
        (re.compile(r"M"), "b"),
    ),
    "ar": ((re.compile(r", "), "، "),),
}
# A name that is longer than this does not fit where seven of them stand side by side; Arabic then has a letter each.
_LONGEST_WEEKDAY = 4
_LETTERS = {"ar": "نثرخجسح"}


def date_format(value: dt.date | dt.datetime, form: str) -> str:
    """A date in the active language, as Django's function of this name, with that language's order of things."""
    return formats.date_format(value, written(form, get_language()))


@lru_cache(maxsize=512)
def written(form: str, language: str | None) -> str:
    """The letters of a form with what the language puts between them."""
    for pattern, between in _BETWEEN.get(language or "", ()):
        form = pattern.sub(between, form)
    return form


def short_weekday(day: dt.date) -> str:
    """The name of a weekday for the head of a column: Mon, Mo, lun, and a letter where names are long."""
    name = formats.date_format(day, "D")
    letters = _LETTERS.get(get_language() or "")
    return letters[day.weekday()] if letters and len(name) > _LONGEST_WEEKDAY else name
