"""The operators' first page, and what they can do there; the records themselves are in the admin beside it."""

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from clinic import access, health, operating, outbox
from clinic.access import Right, requires


@require_GET
@requires(Right.OPERATE)
def operations(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    standings, ticks, room = operating.standings(now), operating.ticking(now), operating.disk()
    waiting = health.migrations_waiting()
    context = {
        "now": now,
        "days": operating.LOOKED_BACK.days,
        "troubles": operating.troubles(standings, ticks, waiting, room),
        "standings": [(one, operating.today(one.box, now), operating.held_up(one.box)) for one in standings],
        "ticks": ticks,
        "failed": sum(one.failed for one in standings),
        "failures": operating.failures(now),
        "unknown": sum(one.unknown for one in standings),
        "unknowns": operating.unknowns(now),
        "refused": operating.refused_addresses(),
        "migrations_waiting": waiting,
        "versions": operating.versions(),
        "disk": room,
    }
    return render(request, "clinic/operations.html", context)


@require_POST
@requires(Right.OPERATE)
def send_again(request: HttpRequest, name: str, pk: UUID) -> HttpResponse:
    row = operating.message(name, pk)
    if row is None:
        raise Http404
    try:
        outbox.send_again(access.person(request), row)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("It is on its way again."))
    return redirect("operations")
