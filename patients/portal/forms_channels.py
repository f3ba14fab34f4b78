"""Forms of the ways in which messages reach a patient."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from clinic.ui.forms import ManyRows
from patients.checklist import sentence_case
from patients.models import Patient
from patients.models.people import Channel


class ChannelsForm(forms.Form):
    """By which ways each message comes; only those that are there, or are chosen already."""

    channels = forms.MultipleChoiceField(
        label=gettext_lazy("Send messages by"),
        widget=ManyRows,
        required=False,
        help_text=gettext_lazy("Each message comes by all that you choose."),
    )

    def __init__(self, *args: Any, patient: Patient, has_device: bool, has_number: bool, **more: Any) -> None:
        chosen = patient.reminder_preference.channels
        super().__init__(*args, **more)
        self.initial["channels"] = chosen
        there = {Channel.EMAIL: True, Channel.PUSH: has_device, Channel.SMS: has_number}
        field = self.fields["channels"]
        field.choices = [  # type: ignore[attr-defined]
            (value, label)
            for value, label in sentence_case(Channel)
            if there[Channel(value)] or value in chosen
        ]


class NumberForm(forms.Form):
    """A number for text messages."""

    number = forms.CharField(
        label=gettext_lazy("Mobile number"),
        help_text=gettext_lazy("With the code of its country, such as +49 1512 3456789."),
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel"}),
        max_length=40,
        error_messages=dict.fromkeys(
            ("required", "max_length"),
            gettext_lazy("Enter the number with the code of its country, such as +49 1512 3456789."),
        ),
    )


class CodeForm(forms.Form):
    """The code that was sent to the number."""

    code = forms.CharField(
        label=gettext_lazy("Code from the text message"),
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "one-time-code"}),
        max_length=12,
    )


class DeviceForm(forms.Form):
    """What static/js/portal/push.js tells of this browser's push subscription."""

    endpoint = forms.CharField(max_length=500)
    p256dh = forms.CharField(max_length=100)
    auth = forms.CharField(max_length=40)
    label = forms.CharField(max_length=60, required=False)


class RenewedForm(forms.Form):
    """What static/js/portal/push-worker.js tells when the browser has renewed its subscription."""

    old_endpoint = forms.CharField(max_length=500)
    old_auth = forms.CharField(max_length=40)
    endpoint = forms.CharField(max_length=500)
    p256dh = forms.CharField(max_length=100)
    auth = forms.CharField(max_length=40)
