"""A session as staff write it down for a patient, and as they correct it (docs/rules.md 5)."""

from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy

from patients.checklist import NOTE_LENGTH, NPRS, ChecklistForm, Words, sentence_case
from patients.models.sessions import Difficulty

NOT_TOLD = ("", gettext_lazy("not told"))


def told_pain(label: Any) -> forms.TypedChoiceField:
    """A pain from 0 to 10 (NPRS), where the patient told one."""
    return forms.TypedChoiceField(
        label=label, choices=[NOT_TOLD, *NPRS], coerce=int, empty_value=None, required=False
    )


class ToldForm(ChecklistForm):
    """What a patient told the clinic. What was not told stays open."""

    # Made with the page: the same form sent twice is one session.
    id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    # The number of the revision whose exercises the page shows.
    revision = forms.IntegerField(widget=forms.HiddenInput)
    started_at = forms.DateTimeField(
        label=gettext_lazy("When did it begin?"),
        help_text=gettext_lazy("The patient's own time, up to 14 days ago."),
        widget=forms.DateTimeInput({"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": gettext_lazy("Enter a date and a time.")},
    )
    pain_before = told_pain(gettext_lazy("Pain before"))
    pain_after = told_pain(gettext_lazy("Pain after"))
    difficulty = forms.ChoiceField(
        label=gettext_lazy("Difficulty"), choices=[NOT_TOLD, *sentence_case(Difficulty)], required=False
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=NOTE_LENGTH,
        widget=forms.Textarea({"rows": 3}),
    )

    told_before = ()
    asks_felt = False
    words = Words(
        how_missing=gettext_lazy("Say what was done of this stretch."),
        sets_missing=gettext_lazy("Say how many sets were done, or choose Not done."),
        nothing_done=gettext_lazy("Nothing was done. If it was all left out, say why."),
        eased=gettext_lazy("The easier way"),
    )


class CorrectForm(ToldForm):
    """A session as it should read. Its start stays: one of another day is taken out and written down anew."""

    id = None  # type: ignore[assignment]
    revision = None  # type: ignore[assignment]
    reason = forms.CharField(
        label=gettext_lazy("Why it is corrected"),
        max_length=300,
        error_messages={"required": gettext_lazy("Say in a few words why it is corrected.")},
    )
