"""What went wrong: the form in which a patient tells it, or the staff as they were told."""

import datetime as dt
from typing import Any
from uuid import uuid4

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy

from patients import alerts, events
from patients.desk.forms import DayField
from patients.models import Item, Patient, PrescriptionRevision


class StretchField(forms.ModelChoiceField):
    """One of the stretches that somebody has been asked to do."""

    def label_from_instance(self, item: Any) -> str:
        return str(item.exercise_revision.said.name)


class EventForm(forms.Form):
    """What went wrong; the page brings the id, so that a second press of the button tells it once."""

    id = forms.UUIDField(widget=forms.HiddenInput({"autocomplete": "off"}))
    text = forms.CharField(
        label=gettext_lazy("What happened?"),
        max_length=events.LENGTH,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": gettext_lazy("Say in a few words what happened.")},
    )
    happened_on = DayField(label=gettext_lazy("On which day?"))
    during = StretchField(
        label=gettext_lazy("During which stretch?"),
        queryset=Item.objects.none(),
        required=False,
        empty_label=gettext_lazy("none of them, or I do not know"),
    )

    def __init__(self, data: Any, *, patient: Patient, day: dt.date) -> None:
        super().__init__(data, initial={"id": uuid4(), "happened_on": day})
        field = self.fields["during"]
        assert isinstance(field, StretchField)
        field.queryset = stretches(patient)


def stretches(patient: Patient) -> QuerySet[Item]:
    """What the patient is asked to do: the stretches of each prescription's newest revision."""
    revisions = PrescriptionRevision.objects.filter(prescription__in=alerts.not_over(patient)).order_by(
        "number"
    )
    newest = dict(revisions.values_list("prescription", "pk"))
    rows = Item.objects.filter(revision__in=newest.values()).select_related("exercise_revision")
    return rows.order_by("revision", "position")
