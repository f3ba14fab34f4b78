"""Forms for when something is done and how much of it, for routines and prescriptions alike (docs/rules.md 1)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from clinic.ui.forms import OneToggle, Toggles, whole
from exercises.dosage import (
    HOLD_MAX,
    PER_WEEK_MAX,
    REPETITIONS_MAX,
    REST_MAX,
    SETS_MAX,
    TIMES_PER_DAY_MAX,
    Dosage,
)
from exercises.models import ScheduleMode, Sides

WEEKDAYS = [
    (0, gettext_lazy("Mon")),
    (1, gettext_lazy("Tue")),
    (2, gettext_lazy("Wed")),
    (3, gettext_lazy("Thu")),
    (4, gettext_lazy("Fri")),
    (5, gettext_lazy("Sat")),
    (6, gettext_lazy("Sun")),
]


class WhenForm(forms.Form):
    """When it is due. Both kinds of fields are on the page; those of the kind not chosen are left alone."""

    mode = forms.ChoiceField(label=gettext_lazy("Schedule"), choices=ScheduleMode.choices, widget=OneToggle)
    weekdays = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Days"),
        choices=WEEKDAYS,
        coerce=int,
        widget=Toggles,
        error_messages={"required": gettext_lazy("Choose at least one day of the week.")},
    )
    times_per_day = whole(gettext_lazy("Times per day"), 1, TIMES_PER_DAY_MAX)
    per_week = whole(gettext_lazy("Sessions per week"), 1, PER_WEEK_MAX)

    OF_MODE = {ScheduleMode.FIXED: ("weekdays", "times_per_day"), ScheduleMode.FLEXIBLE: ("per_week",)}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for mode, names in self.OF_MODE.items():
            if mode != cleaned.get("mode"):
                for name in names:
                    self.errors.pop(name, None)
        return cleaned

    @property
    def when(self) -> dict[str, Any]:
        """What was chosen, in the shape that a routine keeps, once the form is valid."""
        cleaned = self.cleaned_data
        if cleaned["mode"] == ScheduleMode.FIXED:
            return {
                "mode": "fixed",
                "weekdays": sorted(cleaned["weekdays"]),
                "times_per_day": cleaned["times_per_day"],
            }
        return {"mode": "flexible", "per_week": cleaned["per_week"]}


class DosageForm(forms.Form):
    """One exercise's dosage."""

    sets = whole(gettext_lazy("Sets"), 1, SETS_MAX)
    repetitions = whole(gettext_lazy("Repetitions"), 1, REPETITIONS_MAX)
    hold = whole(gettext_lazy("Hold (s)"), 1, HOLD_MAX)
    rest = whole(gettext_lazy("Rest (s)"), 0, REST_MAX)
    sides = forms.ChoiceField(label=gettext_lazy("Sides"), choices=Sides.choices)

    @property
    def dosage(self) -> Dosage | None:
        """The dosage as typed, or None while it is not one. Makes the form check itself."""
        if not self.is_bound or not {"sets", "repetitions", "hold", "rest", "sides"}.isdisjoint(self.errors):
            return None
        c = self.cleaned_data
        return Dosage(c["sets"], c["repetitions"], c["hold"], c["rest"], c["sides"])
