"""The patient's forms: taking their place, before and after a session, the checklist, reminders."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import TextChoices
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.ui.forms import ChoiceRows, ManyRows, OneToggle, Scale
from exercises.dosage import Dosage
from patients.models import Item
from patients.models.alerts import SafetyQuestion
from patients.models.reminders import Kind
from patients.models.sessions import Difficulty, SkipReason
from patients.portal.zones import zone_choices
from patients.schedule import TIMES_PER_DAY_MAX
from patients.sessions import SetDone, counted_sets

NOTE_LENGTH = 2000
NPRS = [(n, str(n)) for n in range(11)]
YES_NO = [("no", gettext_lazy("No")), ("yes", gettext_lazy("Yes"))]
SLOTS = (
    gettext_lazy("First time"),
    gettext_lazy("Second time"),
    gettext_lazy("Third time"),
    gettext_lazy("Fourth time"),
    gettext_lazy("Fifth time"),
    gettext_lazy("Sixth time"),
)


def sentence_case(choices: type[TextChoices]) -> list[tuple[str, str]]:
    """Choices that stand alone, not inside a sentence."""
    return [(value, capfirst(label)) for value, label in choices.choices]


def pain_field(label: Any) -> forms.TypedChoiceField:
    """A pain from 0 to 10 (NPRS), never preset."""
    return forms.TypedChoiceField(
        label=label,
        choices=NPRS,
        coerce=int,
        widget=Scale(gettext_lazy("no pain"), gettext_lazy("worst pain I can think of")),
        error_messages={"required": gettext_lazy("Choose a number from 0 to 10.")},
    )


def difficulty_field() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=gettext_lazy("How hard was it?"),
        help_text=gettext_lazy("You may leave this out."),
        choices=sentence_case(Difficulty),
        widget=ChoiceRows,
        required=False,
    )


def note_field() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("A note for your clinic"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea({"rows": 3}),
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


# --- The checklist: what was done of each exercise


@dataclass(frozen=True, slots=True)
class Row:
    """One exercise's part of the checklist, for the template."""

    item: Item
    how: forms.BoundField
    sides: Sequence[forms.BoundField]
    skip: forms.BoundField
    eased: forms.BoundField | None


SIDE_LABELS = {
    "none": gettext_lazy("Sets done"),
    "left": gettext_lazy("Sets done on the left"),
    "right": gettext_lazy("Sets done on the right"),
}


class ChecklistForm(forms.Form):
    """What was done, exercise by exercise, and how it felt. Sets are told in whole ones.

    `former` holds the sets that a session to be corrected has so far, by item id: sets of a side whose number is
    left alone keep the seconds that were measured.
    """

    started_at = forms.DateTimeField(
        label=gettext_lazy("When did you begin?"),
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": gettext_lazy("Enter a date and a time.")},
    )
    pain_before = pain_field(gettext_lazy("Your pain before"))
    pain_after = pain_field(gettext_lazy("How is your pain now?"))
    difficulty = difficulty_field()
    note = note_field()

    def __init__(
        self,
        *args: Any,
        items: Sequence[Item],
        former: Mapping[Any, Sequence[SetDone]] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(*args, **more)
        self.items = items
        self.former = former or {}
        del self.fields["started_at" if former is not None else "pain_before"]
        for index, item in enumerate(items):
            self.fields |= _item_fields(index, item)

    @property
    def rows(self) -> list[Row]:
        return [
            Row(
                item=item,
                how=self[f"how_{index}"],
                sides=[self[f"sets_{index}_{side}"] for side in _told_sides(item.dosage)],
                skip=self[f"skip_{index}"],
                eased=self[f"eased_{index}"] if f"eased_{index}" in self.fields else None,
            )
            for index, item in enumerate(self.items)
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for index, item in enumerate(self.items):
            sides = _told_sides(item.dosage)
            told = sum(data.get(f"sets_{index}_{side}") or 0 for side in sides)
            if data.get(f"how_{index}") == "some" and not told:
                self.add_error(f"how_{index}", _("Say how many sets you did, or choose Not done."))
        ways = [data.get(f"how_{index}") for index in range(len(self.items))]
        reasons = [data.get(f"skip_{index}") for index in range(len(self.items))]
        if not self.errors and all(way == "none" for way in ways) and not any(reasons):
            raise forms.ValidationError(_("Nothing is done yet. If you left it all out, say why."))
        return data

    def sets(self, index: int) -> list[SetDone]:
        """The sets of one exercise as told; seconds that were measured stay where nothing changed."""
        item = self.items[index]
        former = self.former.get(item.pk, ())
        way = self.cleaned_data[f"how_{index}"]
        found: list[SetDone] = []
        for side in item.dosage.side_names:
            number = {"all": item.sets, "none": 0}.get(
                way, self.cleaned_data.get(f"sets_{index}_{side}") or 0
            )
            kept = [done for done in former if done.side == side]
            if kept and counted_sets(item.dosage, kept) == number:
                found += kept
            else:
                found += [SetDone(side, float(item.dosage.set_hold))] * number
        return found


def _told_sides(dosage: Dosage) -> tuple[str, ...]:
    """The sides to ask about; none where a single set is either done or not."""
    return dosage.side_names if dosage.total_sets > 1 else ()


def _item_fields(index: int, item: Item) -> dict[str, forms.Field]:
    dosage = item.dosage
    ways = [("all", _("All of it")), ("some", _("Some of it")), ("none", _("Not done"))]
    fields: dict[str, forms.Field] = {
        f"how_{index}": forms.ChoiceField(
            label=item.exercise_revision.name,
            choices=[way for way in ways if way[0] != "some" or dosage.total_sets > 1],
            widget=OneToggle,
            error_messages={"required": gettext_lazy("Say what you did of this stretch.")},
        ),
        f"skip_{index}": forms.ChoiceField(
            label=gettext_lazy("Why not all of it?"),
            choices=[("", _("No particular reason")), *sentence_case(SkipReason)],
            required=False,
        ),
    }
    for side in _told_sides(dosage):
        fields[f"sets_{index}_{side}"] = forms.TypedChoiceField(
            label=SIDE_LABELS[side],
            choices=[(n, str(n)) for n in range(dosage.sets + 1)],
            coerce=int,
            widget=OneToggle,
            required=False,
        )
    if item.exercise_revision.easier_text:
        fields[f"eased_{index}"] = forms.BooleanField(
            label=gettext_lazy("I took the easier way"), required=False
        )
    return fields


# --- Reminders and zone


def zone_field(**more: Any) -> forms.ChoiceField:
    return forms.TypedChoiceField(
        label=gettext_lazy("Your time zone"), choices=zone_choices, coerce=ZoneInfo, **more
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
                error_messages={"invalid": gettext_lazy("Enter a time such as 18:30.")},
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
    nudge_after = forms.IntegerField(
        label=gettext_lazy("Ask after how many hours, when nothing is logged yet"),
        min_value=1,
        max_value=12,
    )
    quiet_from = forms.TimeField(
        label=gettext_lazy("Quiet from"), widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    quiet_until = forms.TimeField(
        label=gettext_lazy("Quiet until"), widget=forms.TimeInput({"type": "time"}, format="%H:%M")
    )
    time_zone = zone_field()

    def off(self) -> list[str]:
        return [kind for kind in Kind.values if kind not in self.cleaned_data["kinds"]]


def minute(instant: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """An instant as a form shows it: local, to the minute."""
    return instant.astimezone(zone).replace(second=0, microsecond=0)
