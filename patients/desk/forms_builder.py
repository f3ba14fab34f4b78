"""The builder's forms: one for the prescription, one a row for its exercises (docs/rules.md 3)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from clinic.ui.forms import whole
from exercises.dosage import HOLD_MAX, REPETITIONS_MAX, REST_MAX, SETS_MAX
from exercises.dosing_forms import DosageForm, WhenForm
from exercises.models import Revision, ScheduleMode, Sides
from patients.desk.forms import DayField
from patients.lines import ITEMS_MAX, Line
from patients.schedule import Fixed, Flexible, Schedule


class ScheduleForm(WhenForm):
    @property
    def schedule(self) -> Schedule:
        """What was chosen, once the form is valid."""
        cleaned = self.cleaned_data
        if cleaned["mode"] == ScheduleMode.FIXED:
            return Fixed(frozenset(cleaned["weekdays"]), cleaned["times_per_day"])
        return Flexible(cleaned["per_week"])


class PrescribeForm(ScheduleForm):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=120,
        help_text=gettext_lazy("The patient sees it."),
        error_messages={"required": gettext_lazy("Give it a name that the patient will recognise.")},
    )
    starts_on = DayField(
        label=gettext_lazy("First day"), error_messages={"required": gettext_lazy("Choose the first day.")}
    )
    ends_on = DayField(
        label=gettext_lazy("Last day"), required=False, help_text=gettext_lazy("Empty: the end is open.")
    )
    note = forms.CharField(
        label=gettext_lazy("Note to the patient"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    # The routine it is made from; empty when it is built from nothing or from a former prescription.
    routine = forms.UUIDField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first, last = cleaned.get("starts_on"), cleaned.get("ends_on")
        if first and last and last < first:
            self.add_error("ends_on", _("The last day is before the first day."))
        return cleaned


class AmendForm(ScheduleForm):
    reason = forms.CharField(
        label=gettext_lazy("Why it changes"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("For the record; the patient does not see it."),
    )
    note = forms.CharField(
        label=gettext_lazy("Note to the patient"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    # The number of the revision that the page was opened with.
    expected = forms.IntegerField(widget=forms.HiddenInput)


class ItemForm(DosageForm):
    """One exercise of the prescription with its dosage."""

    exercise = forms.UUIDField(widget=forms.HiddenInput)
    # Ticked to be changed together with others; nothing of the prescription.
    picked = forms.BooleanField(label=gettext_lazy("Change together"), required=False)
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)
    override_reason = forms.CharField(
        label=gettext_lazy("Why you prescribe it all the same"), max_length=300, required=False
    )

    def __init__(self, *args: Any, known: Mapping[UUID, Revision], usable: set[UUID], **kwargs: Any) -> None:
        """`known`: exercise revisions that may be named here; `usable`: those that may be prescribed."""
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            kind = {"sides": "form-select", "picked": "form-check-input"}.get(name, "form-control")
            field.widget.attrs["class"] = kind
        try:
            self.revision = known.get(UUID(str(self["exercise"].value())))
        except ValueError:
            self.revision = None
        self.usable = self.revision is not None and self.revision.pk in usable

    def clean_exercise(self) -> UUID:
        pk: UUID = self.cleaned_data["exercise"]
        if self.revision is None:
            raise ValidationError(_("Choose an exercise from the library."))
        if not self.usable:
            raise ValidationError(
                _("This stretch is not in the library any more. Remove it, or choose another.")
            )
        return pk

    @property
    def line(self) -> Line:
        """What the verb takes, once the form is valid."""
        assert self.revision is not None
        assert self.dosage is not None
        return Line(
            self.revision, self.dosage, self.cleaned_data["note"], self.cleaned_data["override_reason"]
        )


class BulkForm(forms.Form):
    """What is changed in several rows at once; what is left empty stays as it is."""

    sets = whole(gettext_lazy("Sets"), 1, SETS_MAX, required=False)
    repetitions = whole(gettext_lazy("Repetitions"), 1, REPETITIONS_MAX, required=False)
    hold = whole(gettext_lazy("Hold (s)"), 1, HOLD_MAX, required=False)
    rest = whole(gettext_lazy("Rest (s)"), 0, REST_MAX, required=False)
    sides = forms.ChoiceField(
        label=gettext_lazy("Sides"),
        choices=[("", gettext_lazy("as they are")), *[c for c in Sides.choices if c[0] != Sides.NONE]],
        required=False,
    )

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, prefix="bulk")
        for name, field in self.fields.items():
            field.widget.attrs["class"] = "form-select" if name == "sides" else "form-control"

    @property
    def changes(self) -> dict[str, Any]:
        """What was typed, once the form is valid."""
        return {name: value for name, value in self.cleaned_data.items() if value not in (None, "")}


class RoutineForm(forms.Form):
    """The name under which the exercises are kept for the next patient."""

    name = forms.CharField(label=gettext_lazy("The clinic calls it"), max_length=120, required=False)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, prefix="routine")


class BaseItemFormSet(forms.BaseFormSet):
    default_error_messages = {
        **forms.BaseFormSet.default_error_messages,
        "too_many_forms": ngettext_lazy(
            "At most %(num)d exercise.", "At most %(num)d exercises; few are done, and done well.", "num"
        ),
    }

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        # A row that somebody emptied is a mistake to be named, not a row to be passed over.
        return {**super().get_form_kwargs(index), "empty_permitted": False}

    def clean(self) -> None:
        if not self.forms:
            raise ValidationError(_("Add at least one exercise."))


ItemFormSet = forms.formset_factory(
    ItemForm,
    formset=BaseItemFormSet,
    extra=0,
    max_num=ITEMS_MAX,
    validate_max=True,
    absolute_max=2 * ITEMS_MAX,
)
