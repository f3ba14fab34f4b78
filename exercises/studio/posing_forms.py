"""What the pose editor saves: the figure as text, and its two pictures in words."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exercises import figures
from exercises.models import Revision

FIGURE_MAX = 20_000  # characters; the largest shipped figure has 2000
DEEPEST = 8  # lists and objects in each other; a figure has six


def read_json(text: str | bytes) -> Any:
    """The value that a text describes. Raises ValidationError, in words, when it describes none."""
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        raise ValidationError(
            _("The text cannot be read from line %(line)d, character %(column)d on.")
            % {"line": error.lineno, "column": error.colno}
        ) from error
    except (ValueError, RecursionError) as error:
        raise ValidationError(_("The text cannot be read.")) from error
    if _deeper(value, DEEPEST):
        raise ValidationError(_("The text is nested more deeply than a figure is."))
    return value


def _deeper(value: Any, than: int) -> bool:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return than < 0 or any(_deeper(one, than - 1) for one in inside)


def as_text(figure: dict[str, Any]) -> str:
    return json.dumps(figure, indent=2) if figure else ""


class PosingForm(forms.ModelForm):
    """Fields alone: `publishing.save_draft` writes them."""

    figure = forms.CharField(
        label=gettext_lazy("The figure as text"),
        required=False,
        max_length=FIGURE_MAX,
        widget=forms.Textarea(attrs={"rows": 16, "spellcheck": "false", "autocapitalize": "off"}),
    )
    # The mark of the revision that is being changed, as it stood when the page was opened.
    based_on = forms.CharField(widget=forms.HiddenInput)

    class Meta:
        model = Revision
        fields = ["alt_start", "alt_held"]
        widgets = {name: forms.Textarea(attrs={"rows": 2}) for name in fields}

    def clean_figure(self) -> dict[str, Any]:
        text = self.cleaned_data["figure"]
        figure = read_json(text) if text.strip() else {}
        if figure != {}:
            try:
                figures.validate(figure)
            except figures.PoseError as error:
                raise ValidationError([problem.words for problem in error.problems]) from error
        return dict(figure)

    def content(self) -> dict[str, Any]:
        """What is saved of a form that is valid."""
        return {name: self.cleaned_data[name] for name in ("figure", "alt_start", "alt_held")}
