"""The writing desk's forms: one for the stretch, one a row for its steps and cautions (docs/rules.md 9)."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.ui.forms import Several, Toggles, whole
from exercises import languages as spoken
from exercises.content import ENTRIES_MAX, TEXT_MAX
from exercises.dosage import HOLD_MAX, REPETITIONS_MAX, REST_MAX, SETS_MAX
from exercises.models import CautionLevel, Condition, Exercise, Region, Revision, StepKind
from exercises.studio import editing
from exercises.variants import DIRECTIONS

# What a browser is told of a field for words: which way they run is seen from the words themselves.
WORDS = {"dir": "auto", "spellcheck": "true"}


class EntriesInput(Several):
    """A list of texts, each in a field of its own, and an empty one for the next. `known` are offered while typing."""

    template_name = "widgets/entries.html"

    def __init__(self, *, wide: bool = False) -> None:
        super().__init__()
        self.wide = wide
        self.label: str | Promise = ""
        self.known: Sequence[str] = ()

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        entries = [text for text in value or [] if text.strip()]
        more = {"entries": [*entries, ""], "label": self.label, "known": self.known, "wide": self.wide}
        return super().get_context(name, value, attrs) | more

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return list(data.getlist(name))


class Entries(forms.Field):
    """A list of texts; what is left empty is none."""

    def __init__(self, *, label: Any, wide: bool = False) -> None:
        super().__init__(label=label, required=False, widget=EntriesInput(wide=wide))

    def clean(self, value: Any) -> list[str]:
        texts = [text.strip() for text in value if text.strip()]
        for text in texts:
            ProhibitNullCharactersValidator()(text)
        if len(texts) > ENTRIES_MAX:
            raise ValidationError(_("At most %(most)d entries.") % {"most": ENTRIES_MAX})
        if any(len(text) > TEXT_MAX for text in texts):
            raise ValidationError(_("Each entry is a text of 1 to %(most)d characters.") % {"most": TEXT_MAX})
        return list(dict.fromkeys(texts))


class Linked(forms.UUIDField):
    """Another exercise, chosen by a button; the form knows those that may be meant."""

    widget = forms.HiddenInput


class EditForm(forms.ModelForm):
    """Fields alone: `publishing.save_draft` writes them."""

    language = forms.ChoiceField(label=gettext_lazy("Language of these texts"))
    synonyms = Entries(label=gettext_lazy("Also called"))
    regions = forms.MultipleChoiceField(
        label=gettext_lazy("Regions"), choices=Region.choices, required=False, widget=Toggles
    )
    muscles = Entries(label=gettext_lazy("Target muscles"))
    equipment = Entries(label=gettext_lazy("Equipment"))
    sources = Entries(label=gettext_lazy("Sources"), wide=True)
    sets = whole(gettext_lazy("Sets"), 1, SETS_MAX)
    repetitions = whole(gettext_lazy("Repetitions"), 1, REPETITIONS_MAX)
    hold = whole(gettext_lazy("Hold (s)"), 1, HOLD_MAX)
    hold_min = whole(gettext_lazy("Shortest hold (s)"), 1, HOLD_MAX)
    hold_max = whole(gettext_lazy("Longest hold (s)"), 1, HOLD_MAX)
    rest = whole(gettext_lazy("Rest (s)"), 0, REST_MAX)
    easier = Linked(required=False)
    harder = Linked(required=False)

    class Meta:
        model = Revision
        fields = list(editing.TEXTS)
        labels = {
            "easier_text": gettext_lazy("Easier, in words"),
            "harder_text": gettext_lazy("Harder, in words"),
            "safety": gettext_lazy("What to watch for"),
            "licence": gettext_lazy("Licence"),
            "credit": gettext_lazy("Author named"),
        }
        widgets = {
            "name": forms.TextInput(attrs=WORDS),
            "summary": forms.Textarea(attrs={"rows": 2, **WORDS}),
            "safety": forms.Textarea(attrs={"rows": 5, **WORDS}),
            "easier_text": forms.Textarea(attrs={"rows": 2, **WORDS}),
            "harder_text": forms.Textarea(attrs={"rows": 2, **WORDS}),
            "alt_start": forms.Textarea(attrs={"rows": 2, **WORDS}),
            "alt_held": forms.Textarea(attrs={"rows": 2, **WORDS}),
            "evidence": forms.Textarea(attrs={"rows": 4, **WORDS}),
            "licence": forms.TextInput(attrs={"list": "known-licence"}),
            "credit": forms.TextInput(attrs={"list": "known-credit"}),
        }

    def __init__(
        self,
        data: QueryDict,
        *,
        linkable: Mapping[UUID, Exercise],
        checked: bool,
    ) -> None:
        """`checked`: show what is wrong; otherwise it stands as typed, without a word."""
        if checked:
            super().__init__(data)
        else:
            super().__init__(initial=as_typed(type(self), data))
        self.linkable = linkable
        language = data.get("language", "")
        self.fields["language"].choices = languages(language)  # type: ignore[attr-defined]
        _in_words(self, language)

    def offer(self, known: Mapping[str, Sequence[str]]) -> None:
        """What is offered while somebody types, by field."""
        for name, field in self.fields.items():
            if isinstance(field.widget, EntriesInput):
                field.widget.label, field.widget.known = field.label or "", known.get(name, ())

    def _linked(self, name: str) -> Exercise | None:
        pk: UUID | None = self.cleaned_data[name]
        if pk is None:
            return None
        if pk not in self.linkable:
            raise ValidationError(_("Choose another exercise of the same library."))
        return self.linkable[pk]

    def clean_easier(self) -> Exercise | None:
        return self._linked("easier")

    def clean_harder(self) -> Exercise | None:
        return self._linked("harder")

    @property
    def right(self) -> dict[str, Any]:
        """What of the form makes sense as it stands, by field."""
        self.errors  # noqa: B018 - has the form checked
        wanted = {*editing.TEXTS, *editing.LISTS, *DIRECTIONS}
        return {name: value for name, value in self.cleaned_data.items() if name in wanted}


def languages(shown: str) -> list[tuple[str, Any]]:
    """The languages that screens are in, and the one that a text has already."""
    known: list[tuple[str, Any]] = list(settings.LANGUAGES)
    return known if shown in dict(known) or spoken.own_problems(shown) else [*known, (shown, shown)]


def as_typed(form: type[forms.Form] | type[forms.ModelForm], data: QueryDict) -> dict[str, Any]:
    """The form's values exactly as they were typed, right or wrong."""
    return {
        name: field.widget.value_from_datadict(data, {}, name) for name, field in form.base_fields.items()
    }


def _in_words(form: forms.BaseForm, language: str) -> None:
    """Tell the browser's spelling, and a voice that reads them, in which language the words are."""
    for field in form.fields.values():
        if language and "spellcheck" in field.widget.attrs:
            field.widget.attrs["lang"] = language


class RowForm(forms.Form):
    """One row; the rows of a kind have the same names, one after the other."""

    kind_of_row: str

    def __init__(self, row: editing.Row, index: int, *, checked: bool, language: str = "") -> None:
        kind = self.kind_of_row
        options: dict[str, Any] = {"prefix": kind, "auto_id": f"id_%s_{index}"}
        if checked:
            super().__init__({f"{kind}-{name}": text for name, text in row.items()}, **options)
        else:
            super().__init__(initial=row, **options)
        for field in self.fields.values():
            is_select = isinstance(field.widget, forms.Select)
            field.widget.attrs["class"] = "form-select" if is_select else "form-control"
        _in_words(self, language)


class StepForm(RowForm):
    kind_of_row = "step"

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=StepKind.choices)
    text = forms.CharField(
        label=gettext_lazy("Step"),
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 2, **WORDS}),
    )


class CautionForm(RowForm):
    kind_of_row = "caution"

    tag = forms.ChoiceField(
        label=gettext_lazy("With"),
        choices=[("", gettext_lazy("Choose …")), *Condition.choices],
        error_messages={"required": gettext_lazy("Choose the condition.")},
    )
    level = forms.ChoiceField(label=gettext_lazy("Advice"), choices=CautionLevel.choices)
    note = forms.CharField(
        label=gettext_lazy("Note"),
        max_length=TEXT_MAX,
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 1, "placeholder": gettext_lazy("Why, and what to do instead"), **WORDS}
        ),
    )


ROW_FORMS: dict[str, type[RowForm]] = {"step": StepForm, "caution": CautionForm}
