"""The forms of alerts: words, a colleague, and a clinic's thresholds."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext, gettext_lazy

from clinic.models import User
from patients import alerts, safety


class WordsForm(forms.Form):
    """A note: what was found or done, why it is open again, or just a word beside it."""

    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=alerts.NOTE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Write a few words.")},
    )

    def __init__(self, *args: Any, label: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].label = label


class AssignForm(forms.Form):
    to = forms.ModelChoiceField(
        label=gettext_lazy("Looked after by"),
        queryset=User.objects.none(),
        required=False,
        empty_label=gettext_lazy("nobody in particular"),
    )

    def __init__(self, *args: Any, colleagues: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = colleagues


# Of each threshold what it is called, and what it means.
THRESHOLDS = {
    "pain_high": (
        gettext_lazy("Severe pain, from (0 to 10)"),
        gettext_lazy(
            "Critical. The player ends a session at 7 and says that you are told, so this can be earlier, not later."
        ),
    ),
    "pain_rise": (
        gettext_lazy("More pain, by at least"),
        gettext_lazy("High. Points above the median of the 3 sessions before."),
    ),
    "silent_days": (
        gettext_lazy("Days without a session"),
        gettext_lazy(
            "High. Days on which a prescription held and was not paused, while some session was due."
        ),
    ),
    "missed": (gettext_lazy("Sessions missed in a row"), gettext_lazy("Low. Of those that were due.")),
    "low_percent": (
        gettext_lazy("Adherence below (%)"),
        gettext_lazy("Low. Over the 14 days before today."),
    ),
    "low_due": (
        gettext_lazy("… of at least so many due"),
        gettext_lazy("With fewer sessions due in these 14 days, adherence says little."),
    ),
    "skips": (
        gettext_lazy("Stretches skipped in 7 days"),
        gettext_lazy("Low. For the reasons pain and not sure how, together."),
    ),
}


class ThresholdsForm(forms.Form):
    """From when on the clinic wants an alert. The verb says what is out of range."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        defaults = safety.Thresholds()
        for name, (label, meaning) in THRESHOLDS.items():
            least, most = safety.RANGES[name]
            self.fields[name] = forms.IntegerField(
                label=label,
                help_text=_meaning(meaning, least, most, getattr(defaults, name)),
                widget=forms.NumberInput({"min": least, "max": most}),
                error_messages={"invalid": gettext_lazy("Enter a whole number.")},
            )


def _meaning(meaning: Any, least: int, most: int, default: int) -> str:
    facts = {"least": least, "most": most, "default": default}
    return f"{meaning} {gettext('From %(least)d to %(most)d; usually %(default)d.') % facts}"
