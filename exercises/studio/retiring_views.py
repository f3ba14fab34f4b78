"""What happens to a published exercise or routine: retired, brought back, planned to be read again."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from clinic import access
from clinic.access import Right, requires
from exercises import library, publishing, routine_library, usage
from exercises.models import Exercise, Routine
from exercises.studio import reviewing

Kind = type[Exercise] | type[Routine]

OFFERED = 12  # replacements; whoever looks for another one types more of its name


class ReviewDateForm(forms.Form):
    """A day from today on; none: no day is planned."""

    day = forms.DateField(
        label=gettext_lazy("Read it again by"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean(self) -> dict[str, Any]:
        publishing.day_to_review(self.cleaned_data.get("day"))
        return self.cleaned_data


@require_http_methods(["GET", "POST"])
@requires(Right.PUBLISH_LIBRARY)
def retire(request: HttpRequest, pk: UUID, of: Kind = Exercise) -> HttpResponse:
    """What it means, and what to use instead; then it is done."""
    thing = access.get(request, _readable(request, of), pk=pk)
    asked = request.POST if request.method == "POST" else request.GET
    text, chosen = asked.get("text", "").strip(), asked.get("instead", "")
    offered = _others(request, thing, text)
    if request.method == "POST":
        try:
            instead = (
                access.get(request, _shelf(request, of), Right.VIEW_LIBRARY, pk=chosen) if chosen else None
            )
            publishing.retire(access.person(request), thing, replaced_by=instead)
        except ValidationError as problem:
            for said in problem.messages:
                messages.error(request, said)
        else:
            messages.success(request, _("Retired. It can be brought back from its page."))
        return redirect(reviewing.address(thing))
    used = isinstance(thing, Exercise)
    context = {
        "thing": thing,
        "text": text,
        "offered": offered[:OFFERED],
        "more": len(offered) > OFFERED,
        "usage": usage.of(request, thing) if used else None,
        "routines": usage.routines(request, thing) if used else (),
        "to": reviewing.addresses(thing.published),
    }
    return render(request, "library/retire.html", context)


def _readable(request: HttpRequest, of: Kind) -> Any:
    return routine_library.readable(request) if of is Routine else library.readable(request)


def _shelf(request: HttpRequest, of: Kind) -> Any:
    return _readable(request, of).filter(retired_at=None)


def _others(request: HttpRequest, thing: Exercise | Routine, text: str) -> list[Any]:
    """What may take its place, by words; one more than is offered."""
    of = type(thing)
    rows = _shelf(request, of).filter(Q(clinic=None) | Q(clinic=thing.clinic_id)).exclude(pk=thing.pk)
    found: Any = routine_library.published(rows) if of is Routine else library.published(rows)
    return list(library.matching(found, text=text)[: OFFERED + 1])


@require_POST
@requires(Right.PUBLISH_LIBRARY)
def bring_back(request: HttpRequest, pk: UUID, of: Kind = Exercise) -> HttpResponse:
    thing = access.get(request, _readable(request, of), pk=pk)
    try:
        publishing.bring_back(access.person(request), thing)
        messages.success(request, _("It is in the library again."))
    except ValidationError as problem:
        for said in problem.messages:
            messages.error(request, said)
    return redirect(reviewing.address(thing))


@require_POST
@requires(Right.WRITE_LIBRARY)
def schedule_review(request: HttpRequest, pk: UUID, of: Kind = Exercise) -> HttpResponse:
    thing = access.get(request, _readable(request, of), pk=pk)
    form = ReviewDateForm(request.POST)
    if form.is_valid():
        publishing.schedule_review(access.person(request), thing, form.cleaned_data["day"])
        messages.success(request, _("The day of the next review is kept."))
    else:
        messages.error(request, " ".join(str(said) for said in form.errors["day"]))
    return redirect(reviewing.address(thing))
