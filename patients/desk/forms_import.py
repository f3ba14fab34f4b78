"""The file that patients are taken in from, and what is chosen for all of its rows."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clinic.models import User
from patients.desk.forms import choose_among
from patients.importing import BYTES_MAX


class ImportForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        help_text=gettext_lazy("UTF-8, with commas, semicolons or tabs; up to 2,000 rows and 1 MB."),
        widget=forms.FileInput({"accept": ".csv,.txt,text/csv,text/plain"}),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("The file is empty."),
        },
    )
    clinician = forms.ModelChoiceField(
        label=gettext_lazy("Clinician"),
        queryset=User.objects.none(),
        empty_label=None,
        help_text=gettext_lazy("For the rows that name nobody."),
    )
    invite = forms.BooleanField(
        label=gettext_lazy("Send invitations"),
        required=False,
        help_text=gettext_lazy("As soon as you confirm. Otherwise you can invite each patient later."),
    )

    def __init__(self, *args: Any, clinicians: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_among(self, clinicians)

    def clean_file(self) -> UploadedFile:
        """Told before anything of it is read."""
        file: UploadedFile = self.cleaned_data["file"]
        if file.size and file.size > BYTES_MAX:
            raise ValidationError(_("The file is larger than 1 MB. Take the patients in in several files."))
        return file
