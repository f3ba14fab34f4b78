"""The desk's small forms: who is invited, and the dated acts on a prescription, an alert or a session.

They check shape (a date, a choice, a length); what the act itself may not do is said by its verb, and shown at
the same fields (`show_errors`).
"""

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.models import User
from exercises.models import Condition

OLDEST = dt.date(1900, 1, 1)


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


class InviteForm(forms.Form):
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
    clinician = forms.ModelChoiceField(
        label=gettext_lazy("Clinician"), queryset=User.objects.none(), empty_label=None
    )
    conditions = forms.MultipleChoiceField(
        label=gettext_lazy("Conditions"),
        choices=Condition.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("The builder checks each exercise against these."),
    )

    def __init__(self, *args: Any, clinicians: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["clinician"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = clinicians

    def clean_birth_date(self) -> dt.date | None:
        day: dt.date | None = self.cleaned_data["birth_date"]
        if day and day < OLDEST:
            raise ValidationError(_("Check the year."))
        return day


class PauseForm(forms.Form):
    first_day = DayField(label=gettext_lazy("First day"))
    last_day = DayField(
        label=gettext_lazy("Last day"), help_text=gettext_lazy("The day after, sessions are due again.")
    )
    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, required=False)


class EndPauseForm(forms.Form):
    last_day = DayField(label=gettext_lazy("Last day of the pause"))


class ExtendForm(forms.Form):
    ends_on = DayField(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Leave it empty for an open end."),
    )


class ReasonForm(forms.Form):
    """Why it is stopped, or taken out."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300)


class NoteForm(forms.Form):
    """What was found or done: closes an alert, releases a held prescription."""

    note = forms.CharField(
        label=gettext_lazy("What you found or did"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
