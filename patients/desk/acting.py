"""The page of an act about a patient: what will change, a small form, and the verb behind it."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from clinic import access
from clinic.errors import Conflict
from clinic.models import User
from clinic.ui.dates import date_format
from clinic.ui.forms import answer, show_errors
from patients import previewing
from patients.models import Patient, Prescription
from patients.previewing import Preview

# Does it, and says what was done.
Act = Callable[[User, dict[str, Any]], str]


@dataclass(frozen=True, slots=True)
class Look:
    """What an act would change, or why it cannot be done; neither while something is missing."""

    preview: Preview | None
    problems: list[str]


def day(date: dt.date) -> str:
    """A local date in a sentence: Mon 23 Nov 2026."""
    return date_format(date, "D j M Y")


def act_page(
    request: HttpRequest,
    name: str,
    patient: Patient,
    form: forms.Form,
    act: Act,
    more: dict[str, Any],
    *,
    previewed: Prescription | None = None,
) -> HttpResponse:
    """Show the page of an act, or do it. What the verb refuses is said at the fields, with what was typed kept.

    `previewed`: the prescription of which the page shows what the act would change. It is looked at again by the
    button "look", and by a script whenever something else was chosen; nothing is done then.
    """
    person = access.person(request)
    context = {"clinic": patient.clinic, "patient": patient, "form": form, **more}
    looking = request.method == "GET" or request.POST.get("do") == "look"
    if previewed and looking:
        context["look"] = _look(request, form, previewed, lambda asked: act(person, asked))
        if request.htmx:  # type: ignore[attr-defined]
            return render(request, "desk/acts/preview.html", context)
        if request.method == "POST":
            context["form"] = type(form)(initial=request.POST.dict())
            return render(request, f"desk/acts/{name}.html", context)
    elif request.method == "POST" and form.is_valid():
        try:
            done = act(person, form.cleaned_data)
        except ValidationError as problem:
            show_errors(form, problem)
        except Conflict as conflict:
            form.add_error(None, str(conflict))
        else:
            messages.success(request, done)
            return redirect("desk:patient", patient.pk)
    return answer(request, f"desk/acts/{name}.html", context, refused=bool(form.errors))


def _look(
    request: HttpRequest,
    form: forms.Form,
    prescription: Prescription,
    act: Callable[[dict[str, Any]], object],
) -> Look:
    """What the act would change as the form stands. A reason that is not written yet is no hindrance."""
    typed: dict[str, Any] = request.POST.dict()
    if not form.is_bound:
        typed = {key: form.get_initial_for_field(field, key) for key, field in form.fields.items()}
    if "reason" in form.fields and not typed.get("reason"):
        typed["reason"] = "–"
    tried = type(form)(typed)
    if not tried.is_valid():
        return Look(None, [])
    try:
        return Look(previewing.preview(prescription, lambda: act(tried.cleaned_data)), [])
    except ValidationError as problem:
        return Look(None, problem.messages)
