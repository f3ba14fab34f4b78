"""Dates and numbers as each language writes them."""

import datetime as dt
from fractions import Fraction

import pytest
from django.template import engines
from django.utils import translation

from clinic.ui.charts import Mark, Sample, Series, line, strip
from clinic.ui.dates import date_format, short_weekday
from clinic.ui.templatetags.ui import amount

DAY = dt.date(2026, 11, 26)


@pytest.mark.parametrize(
    ("language", "form", "written"),
    [
        ("en", "l, j F Y", "Thursday, 26 November 2026"),
        ("de", "l, j F Y", "Donnerstag, 26. November 2026"),
        ("es", "l, j F Y", "jueves, 26 de noviembre de 2026"),
        ("ar", "l, j F Y", "الخميس، 26 نوفمبر 2026"),
        ("de", "D j M", "Do 26. Nov."),
        ("es", "D j M", "jue 26 nov"),
        ("es", "j M Y", "26 nov 2026"),
    ],
)
def test_a_date_is_written_in_the_order_of_its_language(language: str, form: str, written: str) -> None:
    with translation.override(language):
        assert date_format(DAY, form) == written
        shown = engines["django"].from_string("{{ day|date:form }}").render({"day": DAY, "form": form})
        assert shown == date_format(DAY, form)


def test_seven_names_of_days_fit_side_by_side_in_every_language() -> None:
    for language in ("en", "de", "es", "ar"):
        with translation.override(language):
            names = [short_weekday(DAY + dt.timedelta(days=place)) for place in range(7)]
        assert max(map(len, names)) <= 4
        assert len(set(names)) == 7


@pytest.mark.parametrize(("language", "written"), [("en", "4.5"), ("de", "4,5"), ("es", "4,5")])
def test_decimals_have_the_sign_of_the_language(language: str, written: str) -> None:
    with translation.override(language):
        assert amount(Fraction(9, 2)) == written


def test_a_chart_runs_as_its_reader_reads_and_its_words_stay_readable() -> None:
    samples = [Sample(DAY, 3), Sample(DAY + dt.timedelta(days=7), 5)]
    english = line([Series("pain", samples)], title="Pain").svg
    with translation.override("ar"):
        arabic = line([Series("pain", samples)], title="Pain").svg
        marks = strip([Mark("a day", "done")], title="Days").svg
    assert "matrix(-1 0 0 1 640 0)" in arabic
    assert "matrix(-1" in marks
    assert "matrix" not in english
    assert arabic.count("<text") == arabic.count('transform="scale(-1 1)"') == english.count("<text")
    assert 'direction="ltr"' in arabic
