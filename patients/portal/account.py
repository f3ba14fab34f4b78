"""What a patient finds on the page of their account, beside the ways to sign in."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from clinic import access
from clinic.access import Right
from clinic.ui.nav import Entry
from patients.models import Patient


def pages(request: HttpRequest) -> list[Entry]:
    if not access.visible(request, Patient, Right.OWN_CARE).exists():
        return []
    return [Entry(_("My data"), reverse("portal:my_data"), current=False, icon="download")]
