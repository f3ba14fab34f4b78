"""The page of an act about a patient: what will change, a small form, and the verb behind it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import date_format

from clinic import access
from clinic.models import User
from clinic.ui.forms import answer, show_errors
from patients.models import Patient

# Does it, and says what was done.
Act = Callable[[User, dict[str, Any]], str]


def day(date: dt.date) -> str:
    """A local date in a sentence: Mon 23 Nov 2026."""
    return date_format(date, "D j M Y")


def act_page(
    request: HttpRequest, name: str, patient: Patient, form: forms.Form, act: Act, more: dict[str, Any]
) -> HttpResponse:
    """Show the page of an act, or do it. What the verb refuses is said at the fields, with what was typed kept."""
    if request.method == "POST" and form.is_valid():
        try:
            done = act(access.person(request), form.cleaned_data)
        except ValidationError as problem:
            show_errors(form, problem)
        else:
            messages.success(request, done)
            return redirect("desk:patient", patient.pk)
    context = {"clinic": patient.clinic, "patient": patient, "form": form, **more}
    return answer(request, f"desk/acts/{name}.html", context, refused=bool(form.errors))
