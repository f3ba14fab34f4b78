"""Holdwell's own fields: all of it in view, pressed with a thumb, and working without a script."""

import re

import pytest
from crispy_forms.helper import FormHelper
from crispy_forms.layout import Layout
from crispy_forms.utils import render_crispy_form
from django import forms
from django.http import QueryDict
from django.template import engines

from clinic.ui.forms import Buttons, ChoiceRows, ManyRows, OneToggle, Scale, Toggles, number_of

DAYS = [("0", "Mon"), ("1", "Tue")]


class Ratings(forms.Form):
    pain = forms.IntegerField(min_value=0, max_value=10, widget=Scale("no pain", "worst pain"))
    difficulty = forms.ChoiceField(choices=[("about_right", "about right")], widget=ChoiceRows)
    days = forms.MultipleChoiceField(choices=DAYS, widget=Toggles)
    kinds = forms.MultipleChoiceField(choices=DAYS, required=False, widget=ManyRows)
    mode = forms.ChoiceField(choices=[("fixed", "fixed")], widget=OneToggle)


def html_of(form: forms.Form) -> str:
    return engines["django"].from_string("{% fields form %}").render({"form": form})


def test_a_scale_offers_every_number_as_a_radio_button() -> None:
    html = html_of(Ratings(initial={"pain": 4}))
    values = re.findall(r'type="radio" name="pain" value="(\d+)"', html)
    assert values == [str(n) for n in range(11)]
    assert re.findall(r'name="pain" value="(\d+)"[^>]* checked', html) == ["4"]


def test_the_ends_of_a_scale_are_said_to_those_who_do_not_see_them() -> None:
    html = html_of(Ratings())
    assert 'aria-label="0, no pain"' in html
    assert 'aria-label="10, worst pain"' in html


def test_each_group_of_options_has_its_question_as_a_legend() -> None:
    html = html_of(Ratings())
    assert html.count("<fieldset") == html.count("<legend") == 5


@pytest.mark.parametrize("value", ["0", "10"])
def test_a_scale_gives_a_whole_number_and_nought_is_an_answer(value: str) -> None:
    form = Ratings(QueryDict(f"pain={value}&difficulty=about_right&days=0&days=1&mode=fixed"))
    assert form.is_valid(), form.errors
    assert form.cleaned_data == {
        "pain": int(value),
        "difficulty": "about_right",
        "days": ["0", "1"],
        "kinds": [],
        "mode": "fixed",
    }


def test_an_error_leads_to_the_first_option() -> None:
    form = Ratings({})
    html = engines["django"].from_string('{% include "parts/form_errors.html" %}').render({"form": form})
    assert '<a href="#id_pain_0">' in html
    assert 'id="id_pain_0"' in html_of(form)


def test_buttons_end_a_crispy_layout_with_the_act_and_a_way_out() -> None:
    form = Ratings()
    form.helper = FormHelper()  # type: ignore[attr-defined]
    form.helper.layout = Layout("mode", Buttons("Save", "/back/"))  # type: ignore[attr-defined]
    html = render_crispy_form(form)
    assert '<button type="submit" class="btn btn-primary">Save</button>' in html
    assert '<a class="btn btn-plain" href="/back/">Cancel</a>' in html


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7),
        ("007", 7),
        ("", -1),
        ("-1", -1),
        ("1.5", -1),
        ("²", -1),
        ("٣", -1),
        ("9" * 7, -1),
        ("9" * 5000, -1),
    ],
)
def test_a_number_in_an_address_is_a_small_one_or_none(text: str, number: int) -> None:
    assert number_of(text) == number
