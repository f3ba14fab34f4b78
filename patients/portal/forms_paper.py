"""The forms of the way in on paper."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from patients.portal.forms import zone_field


class CodeForm(forms.Form):
    code = forms.CharField(
        label=gettext_lazy("The code on your paper"),
        max_length=60,
        help_text=gettext_lazy("16 letters and figures; spaces and capitals make no difference."),
        widget=forms.TextInput(
            {"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )


class PaperForm(forms.Form):
    """A password, and for a new account the time zone; `known=True` for an account whose password was lost."""

    password = forms.CharField(
        label=gettext_lazy("Choose a password"),
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=gettext_lazy(
            "At least 10 characters. Three or four words in a row are easy to keep in mind."
        ),
    )
    time_zone = zone_field(help_text=gettext_lazy("So that today is your today."))

    def __init__(self, *args: Any, known: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        if known:
            del self.fields["time_zone"]
        elif not self.is_bound:
            # The browser may know better than the clinic (static/js/zone.js).
            self.fields["time_zone"].widget.attrs["data-device-zone"] = True
