"""Holdwell as an app on the phone, and without a network: manifest, service worker, and the copies that are kept."""

import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from clinic import access
from clinic.access import Right, requires
from clinic.ui import app_icons
from patients.models import Prescription
from patients.portal import keeping
from patients.portal.player import player_page, sending_data
from patients.portal.reading import own_patients

PORTAL = ("today", "progress", "messages", "settings", "urgent")


@requires(Right.PUBLIC)
def manifest(request: HttpRequest) -> HttpResponse:
    """What the home screen says: no clinic, no person."""
    about = {
        "id": reverse("home"),
        "name": "Holdwell",
        "short_name": "Holdwell",
        "description": _("Your stretches, with a timer that leads you."),
        "lang": get_language(),
        "dir": "rtl" if get_language_bidi() else "ltr",
        "start_url": reverse("portal:today"),
        "scope": reverse("home"),
        "display": "standalone",
        "background_color": app_icons.GROUND,
        "theme_color": app_icons.GROUND,
        "icons": [
            {
                "src": static(icon.path),
                "sizes": f"{icon.size}x{icon.size}",
                "type": "image/png",
                "purpose": icon.purpose,
            }
            for icon in app_icons.ICONS
            if icon.purpose
        ],
    }
    return HttpResponse(json.dumps(about), content_type="application/manifest+json")


@requires(Right.PUBLIC)
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker: where it stands in, and its script. From the root it reaches the portal's pages."""
    sessions = reverse("portal:session", args=[UUID(int=0)]).removesuffix(f"{UUID(int=0)}/")
    places = {
        "home": reverse("home"),
        "today": reverse("portal:today"),
        "portal": [*(reverse(f"portal:{name}") for name in PORTAL), sessions],
        "account": reverse("account_login").removesuffix("login/"),
        "files": settings.STATIC_URL,
    }
    script = (
        f"self.places = {json.dumps(places)};\nimportScripts({json.dumps(static('js/portal/worker.js'))});\n"
    )
    return HttpResponse(script, content_type="text/javascript")


@requires(Right.OWN_CARE)
def offline(request: HttpRequest) -> HttpResponse:
    """What this person's device is to keep now; whatever else it has goes."""
    large_text = access.person(request).large_text
    found = keeping.copies(own_patients(request), timezone.now(), large_text=large_text)
    return JsonResponse(
        {
            "user": str(request.user.pk),
            "release": keeping.release(),
            "files": keeping.files(),
            "pages": [{"key": copy.key(), "source": copy.source} for copy in found],
        }
    )


@requires(Right.OWN_CARE)
def offline_today(request: HttpRequest, ahead: int) -> HttpResponse:
    """Today's page as it is tomorrow (`ahead` 1) or today (0) without a network; beyond that it only says so."""
    patients = own_patients(request)
    now = timezone.now()
    if ahead > keeping.DAYS:
        raise Http404
    plans = [plan for patient in patients for plan in [*keeping.plans(patient, now), []][ahead]]
    context = {
        "plans": plans,
        "later": ahead == keeping.DAYS,
        "waiting_data": sending_data(request, kept=True),
    }
    return _copy(request, keeping.TODAY, context)


@requires(Right.OWN_CARE)
def offline_session(request: HttpRequest, prescription: UUID, revision: int) -> HttpResponse:
    """The player of one revision that counts today or tomorrow."""
    rows = Prescription.objects.select_related("patient__clinic")
    found = access.get(request, rows, pk=prescription)
    of_days = keeping.plans(found.patient, timezone.now())
    fitting = (plan for of_day in of_days for plan in of_day if plan.today.prescription.pk == found.pk)
    plan = next((plan for plan in fitting if plan.today.revision.number == revision), None)
    if plan is None:
        raise Http404
    context = player_page(request, plan.today, questions_due=plan.questions_due, kept=True) | {
        "patient": {"clinic": keeping.unnamed(found.patient.clinic)},
        "as_list": False,
    }
    return _copy(request, keeping.SESSION, context)


@requires(Right.OWN_CARE)
def offline_urgent(request: HttpRequest) -> HttpResponse:
    """What to do when it is urgent, with the telephone number of each clinic."""
    clinic, *others = [keeping.unnamed(patient.clinic) for patient in own_patients(request)]
    others = [
        other for other in others if other.phone
    ]  # without name and number there is nothing to tell apart
    return _copy(request, keeping.URGENT, {"clinic": clinic, "others": others, "waits": False})


def _copy(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """Drawn without the request: it cannot know who asks, and takes no message that waits for the person.

    It knows how large they read, and nothing else of them.
    """
    reader = {"large_text": access.person(request).large_text}
    return HttpResponse(render_to_string(template, context | {"user": reader}))
