"""Fields that Holdwell's forms share: a scale, choices as rows, toggles; and the row of buttons at the end."""

from typing import Any

from crispy_forms.layout import HTML, Div
from django.core.exceptions import ValidationError
from django.forms import BaseForm, IntegerField
from django.forms.renderers import BaseRenderer, TemplatesSetting
from django.forms.widgets import ChoiceWidget, Widget
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy


def number_of(text: str) -> int:
    """A whole number as an address or a button names it, of six digits at most; -1 for what is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 else -1


class Several(Widget):
    """Several inputs as one field. Its template is one of the project's own, whatever renders the form."""

    use_fieldset = True

    def render(
        self,
        name: str,
        value: Any,
        attrs: dict[str, Any] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        return super().render(name, value, attrs, TemplatesSetting())

    def id_for_label(self, id_: str, index: str = "0") -> str:
        """The first input's id: what a link in the list of errors leads to."""
        return f"{id_}_{index}" if id_ else ""


class Options(Several, ChoiceWidget):
    """Options that are all in view."""

    allow_multiple_selected = False


class Scale(Options):
    """Whole numbers in a row, each pressed as one, with words at both ends: pain from 0 to 10."""

    input_type = "radio"
    template_name = "widgets/scale.html"

    def __init__(
        self,
        low_label: str | Promise = "",
        high_label: str | Promise = "",
        low: int = 0,
        high: int = 10,
        **more: Any,
    ) -> None:
        super().__init__(choices=[(n, str(n)) for n in range(low, high + 1)], **more)
        self.low, self.low_label = low, low_label
        self.high, self.high_label = high, high_label

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        # On a phone the numbers stand in two rows, so the words at both ends name theirs.
        ends = {
            "low": self.low,
            "low_label": self.low_label,
            "high": self.high,
            "high_label": self.high_label,
        }
        return super().get_context(name, value, attrs) | ends


class ChoiceRows(Options):
    """One of a few, each on a row of its own: difficulty, a reason."""

    input_type = "radio"
    template_name = "widgets/choices.html"


class ManyRows(ChoiceRows):
    """Any of a few, each on a row of its own."""

    input_type = "checkbox"
    allow_multiple_selected = True

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return False  # nothing ticked is an answer


class Toggles(ManyRows):
    """Any of a few short ones, side by side: weekdays."""

    template_name = "widgets/toggles.html"


class OneToggle(Options):
    """One of a few short ones, side by side: fixed or flexible."""

    input_type = "radio"
    template_name = "widgets/toggles.html"


def whole(label: Any, low: int, high: int, *, required: bool = True) -> IntegerField:
    """A whole number within limits, with one message for everything that it is not."""
    message = gettext_lazy("A whole number from %(low)d to %(high)d.")

    class Whole(IntegerField):
        def clean(self, value: Any) -> Any:
            try:
                return super().clean(value)
            except ValidationError:
                raise ValidationError(message, code="range", params={"low": low, "high": high}) from None

    return Whole(label=label, min_value=low, max_value=high, required=required)


class Buttons(Div):
    """The end of a form, for crispy layouts: the act, and a way out."""

    def __init__(self, submit: str, cancel_url: str = "", *, danger: bool = False) -> None:
        row = {"submit": submit, "cancel_url": cancel_url, "danger": danger}
        super().__init__(HTML(render_to_string("parts/form_buttons.html", row)), css_class="hw-row")


UNPROCESSABLE = 422  # what was sent is understood, and refused at its fields


def answer(request: HttpRequest, template: str, context: dict[str, Any], *, refused: bool) -> HttpResponse:
    """The page of a form: as it is asked for, or again with what was refused."""
    return render(request, template, context, status=UNPROCESSABLE if refused else 200)


def show_errors(form: BaseForm, problem: ValidationError) -> None:
    """Put what a verb found wrong at the form's fields of the same name; the rest stands above the form."""
    by_field = problem.message_dict if hasattr(problem, "error_dict") else {"": problem.messages}
    for field, messages in by_field.items():
        for message in messages:
            form.add_error(field if field in form.fields else None, message)
