"""The forms of a routine's desk: one for the routine, one a row for its exercises (docs/rules.md 9)."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from exercises.dosing_forms import DosageForm, WhenForm
from exercises.models import Exercise
from exercises.routine_content import ITEMS_MAX, RoutineLine
from exercises.studio.editing_forms import WORDS


class RoutineForm(WhenForm):
    """What a routine says of itself, and its default schedule."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, widget=forms.TextInput(attrs=WORDS))
    summary = forms.CharField(
        label=gettext_lazy("In one sentence"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, **WORDS}),
    )
    notes = forms.CharField(
        label=gettext_lazy("Notes"),
        max_length=10_000,
        required=False,
        help_text=gettext_lazy("For those who prescribe it; patients do not see them."),
        widget=forms.Textarea(attrs={"rows": 4, **WORDS}),
    )
    # The mark of the newest revision as it was when the page was opened.
    based_on = forms.CharField(widget=forms.HiddenInput)

    @property
    def content(self) -> dict[str, Any]:
        """What the verb takes, beside the items, once the form is valid."""
        said = {name: self.cleaned_data[name] for name in ("name", "summary", "notes")}
        return said | {"schedule": self.when}


class ItemForm(DosageForm):
    """One exercise of the routine with its default dosage."""

    exercise = forms.UUIDField(widget=forms.HiddenInput)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)

    def __init__(self, *args: Any, known: Mapping[str, Exercise], **kwargs: Any) -> None:
        """`known`: the exercises that may stand here, by their id."""
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-select" if name == "sides" else "form-control"
        self.chosen = known.get(str(self["exercise"].value()))

    def clean_exercise(self) -> Exercise:
        if self.chosen is None:
            raise ValidationError(_("Choose an exercise from the library."))
        return self.chosen

    @property
    def line(self) -> RoutineLine:
        """What the verb takes, once the form is valid."""
        assert self.chosen is not None
        assert self.dosage is not None
        return RoutineLine(self.chosen, self.dosage, self.cleaned_data["note"])


class BaseItemFormSet(forms.BaseFormSet):
    default_error_messages = {
        **forms.BaseFormSet.default_error_messages,
        "too_many_forms": ngettext_lazy("At most %(num)d exercise.", "At most %(num)d exercises.", "num"),
    }

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        # A row that somebody emptied is a mistake to be named, not a row to be passed over.
        return {**super().get_form_kwargs(index), "empty_permitted": False}


ItemFormSet = forms.formset_factory(
    ItemForm,
    formset=BaseItemFormSet,
    extra=0,
    max_num=ITEMS_MAX,
    validate_max=True,
    absolute_max=2 * ITEMS_MAX,
)
