"""Something new: in which library, what it is called, and in which language."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from clinic import access
from clinic.access import Right
from clinic.models import Clinic
from clinic.ui.forms import ChoiceRows
from exercises.studio.editing_forms import WORDS, languages

SHARED = "shared"


def libraries(request: HttpRequest) -> list[Clinic | None]:
    """Where the person may write; None is the shared library. Raises PermissionDenied where that is nowhere."""
    own: list[Clinic | None] = list(access.clinics(request.user, Right.WRITE_LIBRARY))
    found = [None, *own] if access.has(request.user, Right.WRITE_LIBRARY) else own
    if not found:
        raise PermissionDenied
    return found


class BeginForm(forms.Form):
    """Whose it is, what it is called, and in which language; None is the library that all clinics share."""

    library = forms.ChoiceField(label=gettext_lazy("Library"), widget=ChoiceRows)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=120, widget=forms.TextInput(attrs=WORDS))
    # Most write as they read.
    language = forms.ChoiceField(
        label=gettext_lazy("Language of its texts"), choices=lambda: languages(""), initial=get_language
    )

    def __init__(self, *args: Any, libraries: list[Clinic | None], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.libraries = {str(clinic.pk) if clinic else SHARED: clinic for clinic in libraries}
        places: Any = self.fields["library"]
        places.choices = [
            (key, clinic.name if clinic else _("The library that all clinics share"))
            for key, clinic in self.libraries.items()
        ]
        if len(self.libraries) == 1:
            places.required, places.widget = False, forms.HiddenInput()

    def clean_library(self) -> Clinic | None:
        return self.libraries[self.cleaned_data["library"] or next(iter(self.libraries))]
