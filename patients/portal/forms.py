"""The patient's forms: taking their place, before and after a session, the checklist, reminders."""

from collections.abc import Collection, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.ui.forms import ChoiceRows, ManyRows, OneToggle
from exercises.dosage import TIMES_PER_DAY_MAX
from patients.checklist import difficulty_field, note_field, pain_field, sentence_case
from patients.models.alerts import SafetyQuestion
from patients.models.reminders import Kind
from patients.portal.zones import zone_choices

YES_NO = [("no", gettext_lazy("No")), ("yes", gettext_lazy("Yes"))]
SLOTS = (
    gettext_lazy("First time"),
    gettext_lazy("Second time"),
    gettext_lazy("Third time"),
    gettext_lazy("Fourth time"),
    gettext_lazy("Fifth time"),
    gettext_lazy("Sixth time"),
)


class BeforeForm(forms.Form):
    """How is your pain now? And, when they are due, the safety questions (docs/rules.md 5 and 6)."""

    pain_before = pain_field(gettext_lazy("How is your pain now?"))

    def __init__(self, *args: Any, ask_safety: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        self.ask_safety = ask_safety
        if ask_safety:
            for name, question in SafetyQuestion.choices:
                self.fields[name] = forms.ChoiceField(
                    label=question,
                    choices=YES_NO,
                    widget=OneToggle,
                    error_messages={"required": gettext_lazy("Please answer yes or no.")},
                )

    @property
    def questions(self) -> list[forms.BoundField]:
        return [self[name] for name in SafetyQuestion.values]

    def answers(self) -> dict[str, bool]:
        return {name: self.cleaned_data[name] == "yes" for name in SafetyQuestion.values}


class PlayerForm(BeforeForm):
    """What the player asks, stage by stage; sent by the player itself, never as a form."""

    pain_now = pain_field(gettext_lazy("How much does it hurt?"))
    pain_after = pain_field(gettext_lazy("How is your pain now?"))
    difficulty = difficulty_field()
    note = note_field()

    def __init__(self) -> None:
        super().__init__(ask_safety=True, auto_id="player_%s")


# --- Reminders and zone


NO_TIME = dict.fromkeys(("invalid", "required"), gettext_lazy("Enter a time such as 18:30."))


def zone_field(**more: Any) -> forms.ChoiceField:
    return forms.TypedChoiceField(
        label=gettext_lazy("Your time zone"),
        choices=zone_choices,
        coerce=ZoneInfo,
        error_messages={
            "invalid_choice": gettext_lazy(
                "Holdwell does not know this time zone. Choose one from the list."
            ),
            "required": gettext_lazy("Choose your time zone."),
        },
        **more,
    )


class TimesForm(forms.Form):
    """A reminder time for each slot of the day; an empty one is none."""

    def __init__(self, *args: Any, slots: int, **more: Any) -> None:
        super().__init__(*args, **more)
        self.slots = min(max(slots, 1), TIMES_PER_DAY_MAX)
        for index in range(self.slots):
            self.fields[f"time_{index}"] = forms.TimeField(
                label=SLOTS[index] if self.slots > 1 else gettext_lazy("Reminder time"),
                required=False,
                widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
                error_messages=NO_TIME,
            )

    @property
    def time_fields(self) -> list[forms.BoundField]:
        return [self[f"time_{index}"] for index in range(self.slots)]

    def times(self) -> list[str]:
        """The chosen times, "HH:MM", each once, in order."""
        chosen = [self.cleaned_data[f"time_{index}"] for index in range(self.slots)]
        return sorted({f"{time:%H:%M}" for time in chosen if time})

    @staticmethod
    def initial_times(times: Sequence[str]) -> dict[str, str]:
        return {f"time_{index}": time for index, time in enumerate(times)}


class JoinForm(TimesForm):
    """What somebody chooses who takes their place; `account=True` for those who have one already."""

    sign_in = forms.ChoiceField(
        label=gettext_lazy("How do you want to sign in?"),
        choices=[
            ("code", gettext_lazy("Send me a code by e-mail each time")),
            ("password", gettext_lazy("With a password")),
        ],
        widget=ChoiceRows,
        initial="code",
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        required=False,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=gettext_lazy("Only if you chose a password: at least 10 characters."),
    )
    time_zone = zone_field(
        help_text=gettext_lazy("So that today is your today, and reminders come at your time.")
    )

    def __init__(self, *args: Any, account: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        if account:
            del self.fields["sign_in"], self.fields["password"]
        if not self.is_bound:
            # The browser may know better than the clinic (static/js/zone.js).
            self.fields["time_zone"].widget.attrs["data-device-zone"] = True

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("sign_in") == "password" and not data.get("password"):
            self.add_error("password", _("Choose a password, or have codes sent to you."))
        return data

    def chosen_password(self) -> str | None:
        """None: codes by e-mail."""
        if self.cleaned_data.get("sign_in") != "password":
            return None
        return str(self.cleaned_data["password"])


class SettingsForm(TimesForm):
    """Reminders: when, which, and when not."""

    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("What do you want to be told?"),
        choices=sentence_case(Kind),
        widget=ManyRows,
        required=False,
    )
    # The kinds that were on when the page was opened.
    shown = forms.MultipleChoiceField(choices=Kind.choices, widget=forms.MultipleHiddenInput, required=False)
    nudge_after = forms.IntegerField(
        label=gettext_lazy("Ask after how many hours, when nothing is logged yet"),
        min_value=1,
        max_value=12,
        error_messages=dict.fromkeys(
            ("invalid", "required", "min_value", "max_value"), gettext_lazy("Choose 1 to 12 hours.")
        ),
    )
    quiet_from = forms.TimeField(
        label=gettext_lazy("Quiet from"),
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        error_messages=NO_TIME,
    )
    quiet_until = forms.TimeField(
        label=gettext_lazy("Quiet until"),
        widget=forms.TimeInput({"type": "time"}, format="%H:%M"),
        error_messages=NO_TIME,
    )
    quiet_all_day = forms.BooleanField(
        label=gettext_lazy("All day"),
        help_text=gettext_lazy("Then nothing is sent: no reminder, and no word of a message that waits."),
        required=False,
    )
    time_zone = zone_field()
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=settings.LANGUAGES, required=False)
    large_text = forms.BooleanField(label=gettext_lazy("Large text"), required=False)

    def off(self, by_now: Collection[str]) -> list[str]:
        """The kinds that are switched off.

        `by_now`: those that are off at this moment. What a link in a mail, or another tab, has switched off since the
        page was opened stays off: nobody has asked for it here.
        """
        since = set(by_now) & set(self.cleaned_data["shown"])
        return [kind for kind in Kind.values if kind not in self.cleaned_data["kinds"] or kind in since]
