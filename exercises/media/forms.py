"""What a curator says of each photo and film of a draft: one form each, all of them sent together."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from clinic import access
from clinic.access import Right
from clinic.ui.forms import OneToggle
from exercises.media import listed
from exercises.media.keeping import SAID
from exercises.media.showing import Shown
from exercises.models import Medium, Revision

FILM_ALONE = ("silent", "captions", "captions_in")
ACCEPTED = "image/jpeg,image/png,image/webp,video/mp4,video/webm"


def languages_offered() -> list[tuple[str, Any]]:
    return list(settings.LANGUAGES)


class MediumForm(forms.ModelForm):
    """Fields alone: `keeping.arrange` writes the words, `keeping.describe` the rest.

    Of a medium of another library (a clinic's stretch may show what is shared) the words alone can be written.
    """

    alt = forms.CharField(
        label=_("What it shows, in words"),
        help_text=_("For whoever does not see it: position, direction, what moves."),
        required=False,
        max_length=listed.ALT_MAX,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    shows_person = forms.TypedChoiceField(
        label=_("Does it show a person?"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
        widget=OneToggle,
    )
    silent = forms.BooleanField(
        label=_("Nothing is spoken in it"), help_text=_("It needs no captions then."), required=False
    )
    captions = forms.FileField(
        label=_("Captions"),
        help_text=_("A WebVTT file (.vtt): what is said, with its times."),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".vtt,text/vtt"}),
    )
    captions_in = forms.ChoiceField(
        label=_("Language of the captions"), choices=languages_offered, required=False
    )

    class Meta:
        model = Medium
        fields = ["licence", "credit", "consent_kept", "consent_on", "consent_note"]
        widgets = {"consent_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}
        help_texts = {
            "licence": _("As in “CC BY 4.0”, or “made for this clinic”."),
            "consent_kept": _(
                "By whom, and where: “reception, folder Consents”. The person's name is not needed."
            ),
        }

    field_order = [
        "alt",
        "licence",
        "credit",
        "shows_person",
        "consent_kept",
        "consent_on",
        "consent_note",
        *FILM_ALONE,
    ]

    def __init__(self, *args: Any, may_describe: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        medium: Medium = self.instance
        said = {True: "yes", False: "no", None: ""}[medium.shows_person]
        self.initial.update(shows_person=said, silent=medium.silent)
        self.may_describe = may_describe
        left_out: Iterable[str] = () if medium.is_film else FILM_ALONE
        if not may_describe:
            left_out = [name for name in self.fields if name != "alt"]
        for name in left_out:
            del self.fields[name]

    @property
    def shown(self) -> Shown:
        return Shown(self.instance, self.initial.get("alt", ""))

    def _post_clean(self) -> None:
        """The verb checks; the row that is shown stays as it is."""

    def said(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in SAID if name in self.cleaned_data}

    def captions_of(self) -> dict[str, bytes]:
        """The caption file that came with the form, by its language."""
        file = self.cleaned_data.get("captions")
        return {self.cleaned_data["captions_in"]: file.read()} if file else {}


def forms_of(request: HttpRequest, revision: Revision, *, sent: bool) -> list[MediumForm]:
    """A form for each entry of the list; `sent`: filled with what the request brought."""
    data = (request.POST, request.FILES) if sent else (None, None)
    return [
        MediumForm(
            *data,
            instance=medium,
            prefix=row["medium"],
            initial={"alt": row["alt"], "captions_in": revision.language},
            may_describe=access.has(request.user, Right.WRITE_LIBRARY, medium.clinic_id),
        )
        for row, medium in zip(revision.media, listed.of(revision), strict=True)
        if medium is not None
    ]
