"""Figures, durations, icons and fields, as every page shows them."""

import re
from fractions import Fraction

import pytest
from django import forms
from django.template import engines

from clinic.ui.icons import ICONS, SHAPES
from clinic.ui.templatetags import ui


def render(source: str, **context: object) -> str:
    text = engines["django"].from_string(source).render(context)
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (None, "–"),
        (Fraction(0), "0 %"),
        (Fraction(9, 12), "75 %"),
        (Fraction(5, 8), "63 %"),
        (Fraction(1, 200), "1 %"),
        (1.0, "100 %"),
    ],
)
def test_a_share_is_shown_in_whole_per_cent_rounded_half_up(share: Fraction | None, words: str) -> None:
    assert ui.percent(share) == words


@pytest.mark.parametrize(
    ("number", "words"),
    [(9, "9"), (Fraction(9, 2), "4.5"), (Fraction(2, 3), "0.7"), (Fraction(99, 100), "1")],
)
def test_a_credit_has_at_most_one_decimal(number: Fraction, words: str) -> None:
    assert ui.amount(number) == words


def test_a_share_never_stands_without_its_counts() -> None:
    assert re.sub(r"<[^>]+>", "", render("{% share 9 12 %}")) == "75 % 9 of 12"
    assert re.sub(r"<[^>]+>", "", render("{% share 0 0 %}")) == "nothing due"


@pytest.mark.parametrize(
    ("seconds", "words"), [(0, "0 s"), (45, "45 s"), (60, "1 min"), (90, "1 min 30 s"), (720, "12 min")]
)
def test_durations_are_said_as_people_say_them(seconds: int, words: str) -> None:
    assert ui.duration(seconds) == words


def test_an_estimate_is_rounded_up_to_whole_minutes() -> None:
    assert ui.about_minutes(361) == "about 7 min"


def test_icons_are_silent_unless_they_have_a_label() -> None:
    assert 'aria-hidden="true"' in ui.icon("check")
    assert 'role="img" aria-label="More &lt;"' in ui.icon("more", "More <")


def test_every_icon_and_shape_can_be_drawn() -> None:
    assert all(ui.icon(name) for name in ICONS)
    assert all(ui.shape(name) for name in SHAPES)


@pytest.mark.parametrize(
    ("band", "words"),
    [
        ("new", "new"),
        ("quiet", "quiet"),
        ("on_track", "on track"),
        ("slipping", "slipping"),
        ("off_track", "off track"),
    ],
)
def test_a_band_is_a_shape_and_its_words(band: str, words: str) -> None:
    html = render('{% include "parts/band.html" %}', band=band)
    assert "<svg" in html
    assert html.endswith(f"{words} </span>")


class Letter(forms.Form):
    name = forms.CharField(label="Name", help_text="As on the letters.")
    note = forms.CharField(label="Note", required=False)


def test_a_field_says_what_it_is_for_before_it_is_filled_and_what_may_stay_empty() -> None:
    html = render("{% fields form %}", form=Letter())
    assert html.index("As on the letters.") < html.index("<input")
    assert html.count("(optional)") == 1
    assert html.index('for="id_note"') < html.index("(optional)")


def test_an_error_stands_at_its_field_is_tied_to_it_and_keeps_what_was_typed() -> None:
    html = render(
        '{% include "parts/form.html" with submit="Save" %}', form=Letter({"note": "By the window"})
    )
    assert 'aria-describedby="id_name_helptext id_name_error"' in html
    assert 'id="id_name_error"' in html
    assert '<a href="#id_name">Name</a>: This field is required.' in html
    assert 'value="By the window"' in html


def test_the_words_of_a_field_can_be_replaced_and_its_control_told_more() -> None:
    html = render('{% field form.name label="Code" help="Six figures" inputmode="numeric" %}', form=Letter())
    assert ">Code</label>" in html
    assert "Six figures" in html
    assert 'inputmode="numeric"' in html
