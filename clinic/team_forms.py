"""The forms of a clinic's team. They check shape; what may not be is said by the verbs."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from clinic.models import Clinic, Role
from clinic.ui.forms import ChoiceRows

# Beside each role what it may do, in the words of docs/rules.md 2.
ROLES = [
    (Role.CLINICIAN, _("Clinician: everything about the patients of the clinic")),
    (Role.ASSISTANT, _("Assistant: the same, except prescribing and amending")),
    (Role.VIEWER, _("Viewer: may read, changes nothing")),
    (Role.OWNER, _("Owner: a clinician who also manages the clinic and its team")),
]


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=ROLES, widget=ChoiceRows)


class InviteForm(RoleForm):
    name = forms.CharField(label=_("Name"), max_length=120)
    email = forms.EmailField(label=_("E-mail"), help_text=_("The invitation goes to this address."))
    field_order = ("name", "email", "role")


class JoinForm(forms.Form):
    """For somebody who has no account yet."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        help_text=_("Patients and colleagues see it."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = forms.CharField(
        label=_("Password"),
        required=False,
        strip=False,
        help_text=_("At least 10 characters. Leave it empty to sign in with a code by mail each time."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class ClinicForm(forms.Form):
    """What holds for the whole clinic."""

    answers_within = forms.IntegerField(
        label=_("Messages are usually answered within (working days)"),
        help_text=_("Patients read it above the field in which they write. From 1 to 20."),
        min_value=1,
        max_value=20,
        error_messages={
            "invalid": _("Enter a whole number of days."),
            "min_value": _("From 1 to 20 working days."),
            "max_value": _("From 1 to 20 working days."),
        },
    )
    attaches_reports = forms.BooleanField(
        label=_("Send PDF and CSV with the weekly reports"),
        required=False,
        help_text=_(
            "Otherwise the mail has the figures and a link. Files stay in mailboxes, with the names of patients."
        ),
    )


class TrailForm(forms.Form):
    """Which entries of the audit trail to show."""

    who = forms.ChoiceField(label=_("Who"), required=False)
    day = forms.DateField(
        label=_("Up to"),
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Write the date as year-month-day, like 2026-11-19.")},
    )

    def __init__(self, data: Any, *, clinic: Clinic) -> None:
        super().__init__(data)
        people = clinic.memberships.select_related("user").order_by("user__name")
        choices = [("", _("Everybody"))] + [(str(p.user_id), p.user.name) for p in people]
        self.fields["who"] = forms.ChoiceField(label=_("Who"), required=False, choices=choices)
