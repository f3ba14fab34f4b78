"""What is asked before a library leaves or a file comes in."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

ALL = "all"
# The categories of free-exercise-db, as its files name them.
CATEGORIES = [
    ("stretching", _("Stretching")),
    (ALL, _("All")),
    ("cardio", _("Cardio")),
    ("olympic weightlifting", _("Olympic weightlifting")),
    ("plyometrics", _("Plyometrics")),
    ("powerlifting", _("Powerlifting")),
    ("strength", _("Strength")),
    ("strongman", _("Strongman")),
]


class LibraryForm(forms.Form):
    """Of which library, where a person writes more than one."""

    library = forms.ChoiceField(label=_("Library"), required=False)

    def __init__(self, *args: Any, libraries: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["library"]
        assert isinstance(choice, forms.ChoiceField)
        choice.choices = list(libraries)
        self.offered = [value for value, _name in libraries]
        choice.initial = libraries[0][0]
        if len(libraries) == 1:
            choice.widget = forms.HiddenInput()

    def clean_library(self) -> str:
        """What was chosen; who writes a single one need not choose."""
        chosen: str = self.cleaned_data["library"]
        return chosen if chosen in self.offered else self.offered[0]


class ExportForm(LibraryForm):
    drafts = forms.BooleanField(
        label=_("With drafts"),
        required=False,
        help_text=_("What is in work or in review as well; without them only what is published."),
    )


class ImportForm(LibraryForm):
    file = forms.FileField(
        label=_("File"),
        help_text=_("An archive of a library (ZIP), or the JSON file of free-exercise-db; up to 200 MB."),
        widget=forms.FileInput({"accept": ".zip,.json,application/zip,application/json"}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )
    category = forms.ChoiceField(
        label=_("Category"),
        choices=CATEGORIES,
        help_text=_("For free-exercise-db: which of its entries. An archive is looked at whole."),
    )
    field_order = ["file", "category", "library"]

    def clean_category(self) -> str:
        """Empty: all of them."""
        chosen: str = self.cleaned_data["category"]
        return "" if chosen == ALL else chosen
