"""The fields in which a revision is translated, one beside each text (or entry of a list) that says something."""

from dataclasses import dataclass
from typing import Any, cast

from django import forms
from django.core.exceptions import FieldDoesNotExist
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from exercises import languages
from exercises.languages import Standing, Text
from exercises.models import CuratedRevision

SYNONYMS = "synonyms"
LONG = 50  # characters of an original, from which on its translation gets several lines
LABELS = {
    "item_notes": gettext_lazy("notes of its exercises"),
    "media": gettext_lazy("photos and films in words"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A text beside its translation: the originals (one, or an entry each), their fields, and how it stands."""

    label: str
    standing: Standing
    pairs: list[tuple[str, forms.BoundField]]
    confirm: forms.BoundField | None
    before: str  # the original that the translation was made from, where it is known and differs


class TranslationForm(forms.Form):
    """A revision's texts in one language. `based_on` is the mark of the revision as it was shown."""

    based_on = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, revision: CuratedRevision, language: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.revision = revision
        self.language = language
        self.standing = languages.standing(revision, language)
        for text in self.standing:
            kept = text.translation
            for name, original, said in _parts(text, kept):
                self.fields[name] = self._field(name, text.field, original, said)
            if kept is not None and not text.holds:
                self.fields[_confirms(text)] = forms.BooleanField(
                    required=False, label=_("The translation still says the same")
                )

    def _field(self, place: str, name: str, original: str, said: str) -> forms.CharField:
        several = len(original) > LONG or name == SYNONYMS
        lines = max(2, len(original) // 45 + original.count("\n") + 1)
        # `dir` by content: what is typed in Arabic runs from the right on any page.
        attributes = {"lang": self.language, "dir": "auto", "aria-describedby": f"id_{place}-original"}
        if several:
            attributes["rows"] = str(lines)
        return forms.CharField(
            required=False,
            initial=said,
            label=_label(self.revision, name),
            max_length=languages.LONGEST.get(name, 10_000 if name == SYNONYMS else languages.ENTRY_MAX),
            widget=forms.Textarea(attributes) if several else forms.TextInput(attributes),
            help_text=_("One a line, as people call it in this language.") if name == SYNONYMS else "",
        )

    def rows(self) -> list[Row]:
        return [
            Row(
                label=_label(self.revision, text.field),
                standing=text,
                pairs=[(original, self[name]) for name, original, _said in _parts(text, None)],
                confirm=self[_confirms(text)] if _confirms(text) in self.fields else None,
                before=_before(self.revision, self.language, text),
            )
            for text in self.standing
        ]

    def translation(self) -> dict[str, Any]:
        """What was typed, as it is kept: made from the originals of now, but for what nobody changed or confirmed."""
        told = {text.field: self._typed(text) for text in self.standing}
        made = languages.made(self.revision, told)
        former = self.revision.translations.get(self.language, {"texts": {}, "of": {}})
        for text in self.standing:
            same = text.field in made["texts"] and made["texts"][text.field] == text.translation
            if same and not text.holds and not self.cleaned_data.get(_confirms(text)):
                made["of"][text.field] = former["of"][text.field]
        return made

    def _typed(self, text: Standing) -> Text:
        if text.field == SYNONYMS:
            lines = self.cleaned_data[SYNONYMS].splitlines()
            return [line.strip() for line in lines if line.strip()]
        if isinstance(text.original, str):
            return cast("str", self.cleaned_data[text.field])
        names = range(len(text.original))
        return [self.cleaned_data.get(f"{text.field}-{place}", "") for place in names]


def _parts(text: Standing, kept: Text | None) -> list[tuple[str, str, str]]:
    """Each field of a text: its name, the original beside it, and what is kept of it."""
    original = text.original
    if isinstance(original, str):
        return [(text.field, original, kept if isinstance(kept, str) else "")]
    entries = kept if isinstance(kept, list) else []
    if text.field == SYNONYMS:
        return [(SYNONYMS, "\n".join(original), "\n".join(entries))]
    return [
        (f"{text.field}-{place}", own, entries[place] if place < len(entries) else "")
        for place, own in enumerate(original)
        if own.strip()
    ]


def _confirms(text: Standing) -> str:
    return f"{text.field}-holds"


def _label(revision: CuratedRevision, name: str) -> str:
    if name in LABELS:
        return str(LABELS[name])
    try:
        return str(revision._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    except FieldDoesNotExist:
        return name


def _before(revision: CuratedRevision, language: str, text: Standing) -> str:
    """The original that an outdated translation was made from, looked for in the former revisions."""
    if text.translation is None or text.holds:
        return ""
    wanted = revision.translations[language]["of"][text.field]
    for former in revision.thing.revisions.filter(number__lt=revision.number).order_by("-number"):
        own = languages.original(former, text.field)
        if languages.digest(own) == wanted:
            return own if isinstance(own, str) else "\n".join(own)
    return ""
