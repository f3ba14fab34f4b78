"""The desk's small forms: who a patient is, and the acts on a patient, a prescription, an alert or a session.

They check shape (a date, a choice, a length); what the act itself may not do is said by its verb, and shown at
the same fields (`show_errors`).
"""

from typing import Any, cast

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from clinic.models import User
from exercises.models import Condition
from patients.models import Patient
from patients.people import Details


class DayInput(forms.DateInput):
    """A date as the browser's own date field sends and shows it, whatever the page's language."""

    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class DayField(forms.DateField):
    """A local date, written as YYYY-MM-DD."""

    widget = DayInput
    default_error_messages = {"invalid": gettext_lazy("Write the date as year-month-day, like 2026-11-19.")}

    def __init__(self, **more: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d"], **more)


class PersonForm(forms.Form):
    """Who somebody is, and what the builder has to know of them."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=120)
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), help_text=gettext_lazy("The invitation goes to this address.")
    )
    birth_date = DayField(label=gettext_lazy("Date of birth"), required=False)
    reference = forms.CharField(
        label=gettext_lazy("Reference"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Your own number, if you use one."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=settings.LANGUAGES,
        required=False,
        help_text=gettext_lazy("In which the patient reads, until they choose themselves."),
    )
    conditions = forms.MultipleChoiceField(
        label=gettext_lazy("Conditions"),
        choices=Condition.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("The builder checks each exercise against these."),
    )


class InviteForm(PersonForm):
    """Without an address the way in is printed, on the page that follows."""

    clinician = forms.ModelChoiceField(
        label=gettext_lazy("Clinician"), queryset=User.objects.none(), empty_label=None
    )

    def __init__(self, *args: Any, clinicians: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_among(self, clinicians)
        self.fields["email"].required = False
        self.fields["email"].help_text = gettext_lazy(
            "The invitation goes to this address. Leave it empty for somebody without e-mail: you can print a code."
        )


class DetailsForm(PersonForm):
    """The details as they stand. Only what is changed on the page is written: it carries what it showed along."""

    def __init__(self, data: Any, *, patient: Patient) -> None:
        super().__init__(data, initial={name: getattr(patient, name) for name in self.base_fields})
        if patient.user_id is not None:
            del self.fields["email"], self.fields["language"]
        elif not patient.email:
            self.fields["email"].required = False
        for field in self.fields.values():
            field.show_hidden_initial = True

    @property
    def shown_conditions(self) -> SafeString:
        """What the page showed at first, as hidden fields; a field that is no list of options brings its own."""
        return self["conditions"].as_hidden(only_initial=True)

    def changes(self) -> Details:
        return cast("Details", {name: self.cleaned_data[name] for name in self.changed_data})


class MoveForm(forms.Form):
    clinician = forms.ModelChoiceField(
        label=gettext_lazy("Clinician"),
        queryset=User.objects.none(),
        empty_label=gettext_lazy("Choose a colleague"),
        error_messages={"required": gettext_lazy("Choose a colleague.")},
    )

    def __init__(self, *args: Any, clinicians: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_among(self, clinicians)


def choose_among(form: forms.Form, clinicians: QuerySet[User]) -> None:
    field = form.fields["clinician"]
    assert isinstance(field, forms.ModelChoiceField)
    field.queryset = clinicians


class AddressForm(forms.Form):
    email = forms.EmailField(
        label=gettext_lazy("E-mail"), help_text=gettext_lazy("Correct it here if the letter did not arrive.")
    )


class DischargeForm(forms.Form):
    on = DayField(
        label=gettext_lazy("Out of care from"), help_text=gettext_lazy("Today, or a day within a year.")
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=300,
        help_text=gettext_lazy("For the record; the patient does not see it."),
    )


class ConfirmForm(forms.Form):
    """Nothing to fill in: the page says what will change, and the button does it."""


class PauseForm(forms.Form):
    first_day = DayField(label=gettext_lazy("First day"))
    last_day = DayField(
        label=gettext_lazy("Last day"), help_text=gettext_lazy("The day after, sessions are due again.")
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, required=False)


class EndPauseForm(forms.Form):
    last_day = DayField(label=gettext_lazy("Last day of the pause"))
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, required=False)


class ExtendForm(forms.Form):
    ends_on = DayField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Leave it empty for an open end."),
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, required=False)


class ReasonForm(forms.Form):
    """Why it is stopped, goes on, or is taken out."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)


class NoteForm(forms.Form):
    """What was found or done: closes an alert, releases a held prescription."""

    note = forms.CharField(
        label=gettext_lazy("What you found or did"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
