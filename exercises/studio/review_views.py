"""A revision on its way through the review: its page, and what is done there.

`of` is the kind of revision that an address is about: these pages serve exercises and routines alike.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from clinic import access
from clinic.access import Right, requires
from clinic.errors import Conflict
from exercises import publishing
from exercises.models import Revision, RevisionState, Routine
from exercises.studio import reviewing
from exercises.studio.reviewing import Kind


@require_GET
@requires(Right.WRITE_LIBRARY)
def revision(request: HttpRequest, pk: UUID) -> HttpResponse:
    """One revision of an exercise, as curators see it: what is missing, what changed, what was said."""
    shown = find(request, Revision, pk)
    context = reviewing.page(request, shown, about=request.GET.get("about", ""))
    return render(request, "library/revision.html", context | {"exercise": shown.thing})


@require_POST
@requires(Right.WRITE_LIBRARY)
def submit(request: HttpRequest, pk: UUID, of: Kind = Revision) -> HttpResponse:
    shown = find(request, of, pk)
    return _act(
        request,
        shown,
        lambda: publishing.submit(access.person(request), shown),
        _("Handed in. Somebody else now reads it and publishes it."),
    )


@require_POST
@requires(Right.WRITE_LIBRARY)
def take_back(request: HttpRequest, pk: UUID, of: Kind = Revision) -> HttpResponse:
    """Give back with a comment, or withdraw what one handed in oneself."""
    shown = find(request, of, pk)
    person = access.person(request)
    if shown.edited_by_id == person.pk:
        done = _("It is a draft again.")
    else:
        done = _("Given back. Whoever edited it last is told that a comment waits.")
    return _act(
        request, shown, lambda: publishing.take_back(person, shown, request.POST.get("text", "")), done
    )


@require_POST
@requires(Right.PUBLISH_LIBRARY)
def publish(request: HttpRequest, pk: UUID, of: Kind = Revision) -> HttpResponse:
    """Publish what was read: the form carries its mark."""
    shown = find(request, of, pk)
    read = request.POST.get("read") or publishing.mark(shown)
    answer = _act(
        request,
        shown,
        lambda: publishing.publish(access.person(request), shown, expected=read),
        _("Published. Prescriptions made from now on can use it."),
    )
    shown.refresh_from_db(fields=["state"])
    published = shown.state == RevisionState.PUBLISHED
    return redirect(reviewing.addresses(shown)["detail"] or answer["Location"]) if published else answer


@require_POST
@requires(Right.WRITE_LIBRARY)
def comment(request: HttpRequest, pk: UUID, of: Kind = Revision) -> HttpResponse:
    shown = find(request, of, pk)
    text, about = request.POST.get("text", ""), request.POST.get("about", "")
    return _act(
        request,
        shown,
        lambda: publishing.comment(access.person(request), shown, text, about=about),
        _("The comment is kept beside this revision."),
        place="#comments",
    )


@require_POST
@requires(Right.WRITE_LIBRARY)
def settle(request: HttpRequest, pk: UUID, comment: UUID, of: Kind = Revision) -> HttpResponse:
    shown = find(request, of, pk)
    said = shown.comments.filter(pk=comment).first()
    if said is None:
        raise Http404
    return _act(
        request,
        shown,
        lambda: publishing.settle(access.person(request), said),
        _("The comment is settled."),
        place="#comments",
    )


@require_http_methods(["GET", "POST"])
@requires(Right.WRITE_LIBRARY)
def discard(request: HttpRequest, pk: UUID, of: Kind = Revision) -> HttpResponse:
    """Throw a draft away, once it is said what goes with it."""
    shown = find(request, of, pk)
    thing = shown.thing
    is_routine = isinstance(thing, Routine)
    if shown.state == RevisionState.PUBLISHED:
        messages.error(request, _("A published revision never changes; edit a draft instead."))
        return redirect(reviewing.home(shown))
    if request.method == "POST":
        try:
            is_gone = publishing.discard(access.person(request), shown)
        except ValidationError as problem:
            messages.error(request, " ".join(problem.messages))
            return redirect(reviewing.home(shown))
        messages.success(request, _("The draft of “%(name)s” is gone.") % {"name": shown.name})
        shelf = "exercises:routines" if is_routine else "exercises:list"
        return redirect(shelf if is_gone else reviewing.address(thing))
    context = {
        "revision": shown,
        "thing": thing,
        "comments": shown.comments.count(),
        "is_alone": not thing.revisions.exclude(pk=shown.pk).exists(),
    }
    return render(request, f"library/{'routines' if is_routine else 'editor'}/discard.html", context)


def find(request: HttpRequest, of: Kind, pk: UUID) -> Any:
    """A revision with what its page names, for the declared right."""
    return access.get(request, reviewing.rows(of), pk=pk)


def _act(
    request: HttpRequest, shown: Any, act: Callable[[], object], done: str, *, place: str = ""
) -> HttpResponse:
    """Do it, say what came of it, and lead back to the revision."""
    try:
        act()
    except Conflict as conflict:
        messages.error(request, _("%(what)s Read what stands there now.") % {"what": conflict})
    except ValidationError as problem:
        for text in problem.messages:
            messages.error(request, text)
    else:
        messages.success(request, done)
    return redirect(reviewing.home(shown) + place)
