"""The pose editor: a page that saves a figure into a draft, and what it asks while somebody poses."""

from dataclasses import asdict
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clinic import access
from clinic.access import Right, requires
from clinic.errors import Conflict
from exercises import figures, library, publishing
from exercises.figures import posing, words
from exercises.figures.basics import BASICS, basic
from exercises.figures.body import SIDES
from exercises.figures.film import film
from exercises.figures.motion import checked
from exercises.figures.pose import REACH, Problem, read
from exercises.models import Exercise, Revision, RevisionState
from exercises.studio import posing_controls
from exercises.studio.posing_forms import FIGURE_MAX, PosingForm, as_text, read_json

BODY_MAX = 2 * FIGURE_MAX  # bytes
FARTHEST = REACH * 10  # pixels; nothing is dragged farther than the room is wide


@require_http_methods(["GET", "POST"])
@requires(Right.WRITE_LIBRARY)
def figure(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The editor on the newest revision of a stretch; saving writes the draft, or begins one."""
    rows = Revision.objects.select_related("exercise")
    shown = access.get(request, rows, pk=pk)
    newest = library.newest(shown.exercise)
    if request.method == "POST":
        return _save(request, newest)
    if newest.pk != shown.pk:
        messages.info(request, _("Revision %(number)d is the newest one.") % {"number": newest.number})
        return redirect("exercises:figure", newest.pk)
    begun = request.GET.get("from", "")
    given = _beginning(request, begun) if begun else newest.figure
    form = PosingForm(
        instance=newest, initial={"figure": as_text(given), "based_on": publishing.mark(newest)}
    )
    return _show(request, newest, form)


def _save(request: HttpRequest, newest: Revision) -> HttpResponse:
    form = PosingForm(request.POST)
    if not form.is_valid():
        return _show(request, newest, form, status=422)
    # Pressed on purpose, after having been told: what was saved meanwhile is written over.
    expected = request.POST.get("over") or form.cleaned_data["based_on"]
    try:
        saved = publishing.save_draft(
            access.person(request), newest.exercise, form.content(), expected=expected
        )
    except Conflict as conflict:
        return _show(request, library.newest(newest.exercise), form, meanwhile=str(conflict), status=409)
    except ValidationError as refused:
        for text in refused.messages:
            form.add_error(None, text)
        return _show(request, newest, form, status=422)
    messages.success(request, _("The figure is saved in revision %(number)d.") % {"number": saved.number})
    return redirect("exercises:revision", saved.pk)


def _show(
    request: HttpRequest,
    newest: Revision,
    form: PosingForm,
    *,
    meanwhile: str = "",
    status: int = 200,
) -> HttpResponse:
    context = posing_controls.page() | {
        "revision": newest,
        "form": form,
        "meanwhile": meanwhile,
        "over": publishing.mark(newest),
        "begins_draft": newest.state == RevisionState.PUBLISHED,
        "takes_back": newest.state == RevisionState.IN_REVIEW,
        "published": library.drawn(request),
    }
    return render(request, "library/figure.html", context, status=status)


def _beginning(request: HttpRequest, name: str) -> dict[str, Any]:
    """The figure to begin from: a basic position, or that of a published stretch. Http404 for anything else."""
    if name in BASICS:
        return basic(name)
    exercise: Exercise = access.get(request, library.readable(request), Right.VIEW_LIBRARY, pk=name)
    found: dict[str, Any] = exercise.published.figure if exercise.published else {}
    if not found:
        raise Http404
    return found


# --- While somebody poses


@require_POST
@requires(Right.WRITE_LIBRARY)
def preview(request: HttpRequest) -> JsonResponse:
    """A figure as it looks, after at most one act.

    Takes JSON {"figure", "pose", and one of "drag": {"handle", "to": [x, y]}, "mirror": true, "let_go": side,
    "begin": {"from", "alone": bool}}; answers {"figure", "svg", "handles", "palms", "problems"}, with "film": true also
    {"film"} (`exercises.figures.film`), and a request that cannot be understood with 400 and {"problem"}. A figure
    that cannot be drawn has an empty "svg" and a "film" of null.
    """
    if not access.has(request.user, Right.WRITE_LIBRARY):
        raise PermissionDenied
    try:
        asked = _asked(request)
        shown = _acted(request, asked)
    except ValidationError as error:
        return JsonResponse({"problem": " ".join(error.messages)}, status=400)
    except Http404:
        return JsonResponse({"problem": _("This stretch has no figure to begin from.")}, status=400)
    answer = _seen(shown, asked["pose"])
    if asked.get("film"):
        answer["film"] = film(read(shown)) if answer["svg"] else None
    return JsonResponse(answer)


def _asked(request: HttpRequest) -> dict[str, Any]:
    """The request's body as far as every request has it. Raises ValidationError."""
    if len(request.body) > BODY_MAX:
        raise ValidationError(_("That is more than a figure needs."))
    asked = read_json(request.body)
    if not isinstance(asked, dict) or not isinstance(asked.get("figure"), dict):
        raise ValidationError(_("A figure is expected."))
    if asked.get("pose") not in figures.POSES:
        raise ValidationError(_("The pose is “start” or “held”."))
    return asked


def _acted(request: HttpRequest, asked: dict[str, Any]) -> dict[str, Any]:
    """The figure after what was asked for; unchanged when it cannot be read. Raises ValidationError, Http404."""
    shown: dict[str, Any] = asked["figure"]
    pose: str = asked["pose"]
    if "begin" in asked:
        return _begun(request, shown, pose, asked["begin"])
    try:
        if "drag" in asked:
            return posing.dragged(shown, pose, *_drag(asked["drag"]))
        if asked.get("mirror"):
            read(shown)
            return shown | {pose: posing.mirrored(shown[pose])}
        if "let_go" in asked:
            if asked["let_go"] not in SIDES:
                raise ValidationError(_("A hand is left or right."))
            return posing.let_go(shown, pose, asked["let_go"])
    except figures.PoseError:
        pass  # what is wrong with it is told with the answer
    return shown


def _begun(request: HttpRequest, shown: dict[str, Any], pose: str, begin: Any) -> dict[str, Any]:
    if not isinstance(begin, dict) or not isinstance(begin.get("from"), str):
        raise ValidationError(_("A position to begin from is expected."))
    begun = _beginning(request, begin["from"])
    return shown | {pose: begun[pose]} if begin.get("alone") and shown else begun


def _drag(drag: Any) -> tuple[str, posing.Spot]:
    """Which handle, and where to. Raises ValidationError."""
    match drag:
        case {"handle": str(handle), "to": [x, y]} if handle in posing.HANDLES and _pixels(x) and _pixels(y):
            return handle, (x, y)
    raise ValidationError(_("A drag has a handle and a place of two numbers."))


def _pixels(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and abs(value) <= FARTHEST


def _seen(shown: dict[str, Any], pose: str) -> dict[str, Any]:
    """The picture of a pose with its handles, and all that is wrong with the figure."""
    answer: dict[str, Any] = {"figure": shown, "svg": "", "handles": [], "palms": {}, "problems": []}
    try:
        known = read(shown)
    except figures.PoseError as error:
        return answer | {"problems": [_told(problem) for problem in error.problems]}
    try:
        checked(known)
    except figures.PoseError as error:
        answer["problems"] = [_told(problem) for problem in error.problems]
    title = _("%(pose)s pose") % {"pose": words.POSE_WORDS[pose]}
    answer["svg"] = figures.sketch(known, pose=pose, title=title)
    answer["handles"] = [asdict(handle) for handle in posing.handles(known, pose)]
    answer["palms"] = posing.palms(known, pose)
    return answer


def _told(problem: Problem) -> dict[str, str]:
    """For the editor: in which pose, the path of the control it is about, and the words."""
    pose, path = problem.where[:1], problem.where[1:]
    if pose and pose[0] not in figures.POSES:
        pose, path = (), problem.where
    return {"pose": "".join(pose), "part": ".".join(path), "text": problem.words}
