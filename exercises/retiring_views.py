"""What happens to a published exercise or routine: retired, brought back, planned to be read again."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from clinic import access
from clinic.access import Right, requires
from exercises import library, publishing, usage
from exercises.models import Exercise, Revision

OFFERED = 12  # replacements; whoever looks for another one types more of its name


class ReviewDateForm(forms.Form):
    """A day from today on; none: no day is planned."""

    day = forms.DateField(
        label=gettext_lazy("Read it again by"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean_day(self) -> object:
        day = self.cleaned_data["day"]
        if day and day < timezone.localdate():
            raise ValidationError(_("Choose today or a later day."))
        return day


@require_http_methods(["GET", "POST"])
@requires(Right.PUBLISH_LIBRARY)
def retire(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What it means, and what to use instead; then it is done."""
    exercise = access.get(request, library.readable(request), pk=pk)
    asked = request.POST if request.method == "POST" else request.GET
    text, chosen = asked.get("text", "").strip(), asked.get("instead", "")
    offered = _others(request, exercise, text)
    if request.method == "POST":
        try:
            instead = (
                access.get(request, library.shelf(request), Right.VIEW_LIBRARY, pk=chosen) if chosen else None
            )
            publishing.retire(access.person(request), exercise, replaced_by=instead)
        except ValidationError as problem:
            for said in problem.messages:
                messages.error(request, said)
        else:
            messages.success(request, _("Retired. It can be brought back from its page."))
        return redirect("exercises:detail", exercise.pk)
    context = {
        "exercise": exercise,
        "text": text,
        "offered": offered[:OFFERED],
        "more": len(offered) > OFFERED,
        "usage": usage.of(request, exercise),
        "routines": usage.routines(request, exercise),
    }
    return render(request, "library/retire.html", context)


def _others(request: HttpRequest, exercise: Exercise, text: str) -> list[Revision]:
    """What may take its place, by words; one more than is offered."""
    shelf = (
        library.shelf(request).filter(Q(clinic=None) | Q(clinic=exercise.clinic_id)).exclude(pk=exercise.pk)
    )
    found = library.matching(library.published(shelf), text=text)
    return list(found[: OFFERED + 1])


@require_POST
@requires(Right.PUBLISH_LIBRARY)
def bring_back(request: HttpRequest, pk: UUID) -> HttpResponse:
    exercise = access.get(request, library.readable(request), pk=pk)
    try:
        publishing.bring_back(access.person(request), exercise)
        messages.success(request, _("It is in the library again."))
    except ValidationError as problem:
        for said in problem.messages:
            messages.error(request, said)
    return redirect("exercises:detail", exercise.pk)


@require_POST
@requires(Right.WRITE_LIBRARY)
def schedule_review(request: HttpRequest, pk: UUID) -> HttpResponse:
    exercise = access.get(request, library.readable(request), pk=pk)
    form = ReviewDateForm(request.POST)
    if form.is_valid():
        publishing.schedule_review(access.person(request), exercise, form.cleaned_data["day"])
        messages.success(request, _("The day of the next review is kept."))
    else:
        messages.error(request, " ".join(str(said) for said in form.errors["day"]))
    return redirect("exercises:detail", exercise.pk)
