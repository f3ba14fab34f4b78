"""A colleague's own views of the roster: saved under a name, renamed, deleted."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from clinic import access
from clinic.access import Right, requires
from clinic.models import Clinic
from clinic.ui.forms import answer, show_errors
from patients import roster_views
from patients.desk.asked import Query
from patients.models import RosterView


class ViewForm(forms.ModelForm):
    class Meta:
        model = RosterView
        fields = ["name"]


@requires(Right.VIEW_PATIENTS)
def new_view(request: HttpRequest, clinic: UUID) -> HttpResponse:
    """The question stands in the address, as on the roster."""
    practice = access.clinic(request, clinic)
    query = Query.of(request.GET).address
    form = ViewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            view = roster_views.save(access.person(request), practice, **form.cleaned_data, query=query)
        except ValidationError as problem:
            show_errors(form, problem)
        else:
            messages.success(request, _("The view “%(name)s” is saved.") % {"name": view.name})
            return redirect(_roster(practice, query))
    context = {"clinic": practice, "form": form, "roster_url": _roster(practice, query)}
    return answer(request, "desk/view.html", context, refused=bool(form.errors))


@requires(Right.VIEW_PATIENTS)
def view(request: HttpRequest, pk: UUID) -> HttpResponse:
    own = _own(request, pk)
    name = own.name
    form = ViewForm(request.POST or None, instance=own)
    if request.method == "POST" and form.is_valid():
        try:
            roster_views.rename(access.person(request), own, **form.cleaned_data)
        except ValidationError as problem:
            show_errors(form, problem)
        else:
            messages.success(request, _("The view is called “%(name)s” now.") % {"name": own.name})
            return redirect(_roster(own.clinic, own.query))
    context = {
        "clinic": own.clinic,
        "form": form,
        "view": {"pk": own.pk, "name": name},
        "roster_url": _roster(own.clinic, own.query),
    }
    return answer(request, "desk/view.html", context, refused=bool(form.errors))


@require_POST
@requires(Right.VIEW_PATIENTS)
def delete_view(request: HttpRequest, pk: UUID) -> HttpResponse:
    own = _own(request, pk)
    roster_views.delete(access.person(request), own)
    messages.success(request, _("The view “%(name)s” is deleted.") % {"name": own.name})
    return redirect(_roster(own.clinic, ""))


def _own(request: HttpRequest, pk: UUID) -> RosterView:
    """A view of the asking person; those of others do not exist for them."""
    own = RosterView.objects.filter(user=access.person(request)).select_related("clinic")
    return access.get(request, own, pk=pk)


def _roster(clinic: Clinic, query: str) -> str:
    return reverse("desk:roster", args=[clinic.pk]) + (f"?{query}" if query else "")
