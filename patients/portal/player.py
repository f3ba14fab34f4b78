"""What the page hands to the player (static/js/player): the plan, the rules' numbers, the words. No names."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils.translation import get_language, get_language_info, ngettext, pgettext
from django.utils.translation import gettext as _

from exercises import dosage
from patients import safety, sessions
from patients.checklist import sentence_case
from patients.models import Item
from patients.models.alerts import SafetyQuestion
from patients.models.sessions import SkipReason
from patients.portal.forms import PlayerForm
from patients.portal.tips import TIPS
from patients.progress import Today

# Seconds that a patient may take to get ready for a hold.
READY = (dosage.GET_READY, 10, 20, 30)
# What `session.js` imports, at any remove.
MODULES = (
    *(f"js/player/{name}.js" for name in ("machine", "send", "sound", "store", "view")),
    *(f"js/figures/{name}.js" for name in ("film", "movement", "outline")),
)
# Stands in addresses where the player puts the id that it has made.
NO_ID = UUID(int=0)


def player_page(
    request: HttpRequest, plan: Today, *, questions_due: bool, kept: bool = False
) -> dict[str, Any]:
    """What the player's templates need, the page's as well as that of the copy which is `kept` on the device."""
    language = get_language() or settings.LANGUAGE_CODE
    return {
        "plan": plan,
        "kept": kept,
        "asked": PlayerForm(),
        "reasons": sentence_case(SkipReason),
        "modules": MODULES,
        "paces": paces(),
        "spoken": get_language_info(language)["name_translated"],
        "player_data": player_data(request, plan, questions_due=questions_due, kept=kept),
        "waiting_data": sending_data(request, playing=plan.prescription.pk, kept=kept),
    }


def player_data(
    request: HttpRequest, plan: Today, *, questions_due: bool, kept: bool = False
) -> dict[str, Any]:
    """Everything a guided session needs, so that it goes on without a network."""
    sending = sending_data(request, kept=kept)
    return {
        **sending,
        "prescription": str(plan.prescription.pk),
        "revision": plan.revision.number,
        "language": get_language(),
        "questions": SafetyQuestion.values,
        "questions_due": questions_due,
        "items": items_data(plan.items),
        **rules(),
        "tips": {reason.value: str(tip) for reason, tip in TIPS.items()},
        "texts": sending["texts"] | texts(),
    }


def sending_data(
    request: HttpRequest,
    *,
    stranded: UUID | None = None,
    playing: UUID | None = None,
    kept: bool = False,
) -> dict[str, Any]:
    """What a page needs to send sessions that wait on the device.

    `stranded` is a prescription that takes no session now: what was begun of it is sent as it is. `playing` is the
    one whose player is on the page. A page that is `kept` on the device holds no token: the cookie has a fresher one.
    """
    return {
        "stranded": str(stranded) if stranded else "",
        "playing": str(playing) if playing else "",
        "user": str(request.user.pk),
        "urls": {
            "session": reverse("api:session-list"),
            "screen": reverse("api:safety-screen-list"),
            "today": reverse("portal:today"),
            "done": reverse("portal:done", args=[NO_ID]),
            "prescription": reverse("portal:session", args=[NO_ID]),
            "sign_out": reverse("account_logout"),
            "offline": reverse("portal:offline"),
            "worker": reverse("portal:worker"),
        },
        "no_id": str(NO_ID),
        "csrf": {"cookie": settings.CSRF_COOKIE_NAME, "token": "" if kept else get_token(request)},
        "texts": {
            "unsent": _("Sessions not sent yet: {n}"),
            "unsent_answers": _("Your answers are not sent yet"),
            "kept": _("What you did is kept on this device and is sent as soon as there is a network."),
            "unkept": _(
                "This browser keeps nothing, because it is private or full. Leave this page open until it is sent."
            ),
            "network": _("There is no network at the moment."),
            "server": _("The server has trouble at the moment."),
            "refused": _("The server did not take it."),
            "sets": _("sets done: {n}"),
            "answers": _("safety questions"),
        },
    }


def items_data(items: Sequence[Item]) -> list[dict[str, Any]]:
    return [
        {
            "id": str(item.pk),
            "name": item.exercise_revision.said.name,
            "sets": item.sets,
            "repetitions": item.repetitions,
            "hold": item.hold,
            "rest": item.rest,
            "sides": list(item.dosage.side_names),
            "steps": item.exercise_revision.said.steps,
            "easier": item.exercise_revision.said.easier_text,
        }
        for item in items
    ]


def rules() -> dict[str, Any]:
    """Numbers that Python owns: seconds around the holds, the share of a full set, the pain rules."""
    return {
        "timing": {
            "get_ready": dosage.GET_READY,
            "release": dosage.RELEASE,
            "change_sides": dosage.CHANGE_SIDES,
        },
        "full_share": sessions.FULL_SET,
        "stop": {"severe": safety.SEVERE, "above": safety.STOP_ABOVE, "rise": safety.STOP_RISE},
    }


def paces() -> dict[str, list[tuple[int, str]]]:
    """What the time around the holds may be: seconds to get ready, and times the rest that is prescribed."""
    seconds = [(n, ngettext("{n} second", "{n} seconds", n).format(n=n)) for n in READY]
    return {
        "ready": [(0, _("Off")), *seconds],
        "rest": [(0, _("Off")), (1, _("As prescribed")), (2, _("Twice as long"))],
    }


def texts() -> dict[str, str]:
    """Every word that the player says by itself; {braces} are filled in there."""
    return {
        # The step that runs, large above the seconds
        "get_ready": _("Get ready"),
        "hold": pgettext("the player", "Hold"),
        "release": pgettext("the player", "Release slowly"),
        "change": _("Change sides"),
        "rest": pgettext("the player", "Rest"),
        "paused_asked": _("Paused"),
        "paused_wait": _("Ready when you are"),
        "paused_reload": _("Paused. Go on when you are ready"),
        "paused_asleep": _("Paused: the device slept, or its clock was changed"),
        # Where we are
        "side_none": "",
        "side_left": _("left side"),
        "side_right": _("right side"),
        "set_of": _("set {n} of {of}"),
        "repetition_of": _("hold {n} of {of}"),
        "stretch_of": _("{n} of {of}"),
        "of": _("{done} of {of} sets"),
        "sets_done": _("{done} of {of} sets done"),
        "minutes_left": _("about {minutes} min left"),
        "last_minute": _("less than a minute left"),
        # The main button
        "start": pgettext("the button", "Start"),
        "start_stretch": _("Start this stretch"),
        "pause": pgettext("the player", "Pause"),
        "go_on": _("Go on"),
        # Spoken, and told to screen readers
        "of_side": _("{name}, {side}"),
        "say_get_ready": _("Get ready. {stretch}."),
        "say_hold": _("Hold for {seconds} seconds."),
        "say_named": _("{stretch}: hold for {seconds} seconds."),
        "say_ten_left": _("10 seconds left."),
        "say_release": _("Release slowly."),
        "say_change": _("Change to the {side}."),
        "say_rest": _("Rest. Next: {stretch}."),
        "say_finished": _("That was the last stretch."),
        "say_paused": _("Paused."),
        "say_asleep": _("Paused."),
        "say_waiting": _("Next: {stretch}. Start when you are ready."),
        "say_resumed": _("Going on."),
        "gently": _("Go on gently, and make the stretch a little smaller."),
    }
