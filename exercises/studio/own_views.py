"""A clinic's own library beside the shared one: copy from it, hear what became of an original, offer one's own.

`of` is what an address is about: these pages serve exercises and routines alike.
"""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clinic import access
from clinic.access import Right, requires
from clinic.errors import Conflict
from clinic.models import Clinic
from clinic.ui.forms import UNPROCESSABLE
from exercises import copying, offering, publishing
from exercises.models import Exercise, Routine
from exercises.studio import reviewing

Kind = type[Exercise] | type[Routine]


@require_http_methods(["GET", "POST"])
@requires(Right.WRITE_LIBRARY)
def copy(request: HttpRequest, pk: UUID, of: Kind = Exercise) -> HttpResponse:
    """Into which clinic's library; then the draft, to go on with."""
    shared = reviewing.things(of).filter(clinic=None, published__isnull=False)
    thing = access.get(request, shared, Right.VIEW_LIBRARY, pk=pk)
    clinics = access.clinics(request.user, Right.WRITE_LIBRARY)
    if not clinics:
        raise PermissionDenied
    problem = ""
    if request.method == "POST":
        try:
            clinic = _chosen(request, clinics)
            own = copying.copy(access.person(request), thing, clinic)
        except ValidationError as refused:
            problem = " ".join(refused.messages)
        else:
            messages.success(
                request, _("Copied into the library of %(clinic)s, as a draft.") % {"clinic": clinic.name}
            )
            return redirect(reviewing.home(own.revisions.get()))
    copies = copying.copies(thing, clinics)
    context = {
        "thing": thing,
        "clinics": clinics,
        "copies": [(one, reviewing.address(one)) for one in copies],
        "back_url": reviewing.address(thing),
        "problem": problem,
    }
    return render(request, "library/own/copy.html", context, status=UNPROCESSABLE if problem else 200)


def _chosen(request: HttpRequest, clinics: list[Clinic]) -> Clinic:
    if len(clinics) == 1:
        return clinics[0]
    chosen = next((clinic for clinic in clinics if str(clinic.pk) == request.POST.get("clinic")), None)
    if chosen is None:
        raise ValidationError(_("Choose the clinic."))
    return chosen


@require_http_methods(["GET", "POST"])
@requires(Right.WRITE_LIBRARY)
def original(request: HttpRequest, pk: UUID, of: Kind = Exercise) -> HttpResponse:
    """What the original of a copy says otherwise by now: take over what is wanted, or leave one's own as it is."""
    thing = access.get(request, reviewing.things(of), pk=pk)
    back = reviewing.address(thing)
    news = copying.news(thing)
    if news is None or not news.changed:
        messages.info(request, _("The original has not changed."))
        return redirect(back)
    changes = copying.changes(thing, news)
    if request.method == "POST":
        return _decide(request, thing, changes, back)
    newest = thing.latest
    context = {
        "thing": thing,
        "news": news,
        "changes": changes,
        "conflicts": [change for change in changes if change.conflict],
        "before": news.seen,
        "revision": news.newest,
        "own": newest,
        "mark": publishing.mark(newest),
        "back_url": back,
        "original_url": reviewing.address(news.original),
    }
    return render(request, "library/own/original.html", context)


def _decide(request: HttpRequest, thing: Any, changes: list[copying.Change], back: str) -> HttpResponse:
    person, chosen = access.person(request), request.POST.getlist("part")
    read = request.POST.get("of", "")
    try:
        if request.POST.get("do") == "leave":
            copying.leave(person, thing, read=read)
            messages.success(
                request, _("Yours stays as it is. You are told when the original changes again.")
            )
            return redirect(back)
        fields = [name for change in changes if change.value in chosen for name in change.fields]
        copying.take_over(person, thing, fields, expected=request.POST.get("read"), read=read)
    except Conflict as conflict:
        messages.error(request, _("%(what)s Read what stands there now.") % {"what": conflict})
    except ValidationError as refused:
        for said in refused.messages:
            messages.error(request, said)
    else:
        messages.success(request, _("Taken over into a draft of yours. It counts once it is published."))
        return redirect(reviewing.home(thing.latest))
    return redirect(request.path)


@require_http_methods(["GET", "POST"])
@requires(Right.PUBLISH_LIBRARY)
def offer(request: HttpRequest, pk: UUID, of: Kind = Exercise) -> HttpResponse:
    """Offer what the clinic has published to the shared library, or take the offer back."""
    thing = access.get(request, reviewing.things(of).filter(clinic__isnull=False), pk=pk)
    if thing.published is None:
        raise Http404
    problem = ""
    if request.method == "POST":
        try:
            if request.POST.get("do") == "withdraw":
                offering.withdraw(access.person(request), thing)
                done = _("The offer is taken back.")
            else:
                offering.offer(access.person(request), thing)
                done = _("Offered. Its page says what becomes of it.")
        except ValidationError as refused:
            problem = " ".join(refused.messages)
        else:
            messages.success(request, done)
            return redirect(reviewing.address(thing))
    context = {
        "thing": thing,
        "standing": offering.standing(thing),
        "back_url": reviewing.address(thing),
        "problem": problem,
    }
    return render(request, "library/own/offer.html", context, status=UNPROCESSABLE if problem else 200)
