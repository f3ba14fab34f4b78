"""What operators see of the library: its imports and their tick (`clinic.operating`)."""

import datetime as dt

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from clinic import making, operating
from clinic.models import WorkState
from clinic.operating import Outbox
from exercises.models import LibraryImport


def connect() -> None:
    operating.outboxes["imports"] = Outbox(
        name="imports",
        label=_("Imports of the library"),
        model=LibraryImport,
        states=WorkState,
        open=(WorkState.WAITING, WorkState.RUNNING),
        due=lambda now: making.due(LibraryImport.objects.all(), now),
        failed=_not_made,
    )
    operating.ticks |= {
        "imports": _("Looks at files for the library, takes them in"),
        "media": _("Deletes photos and films that nothing shows"),
    }


def _not_made(since: dt.datetime) -> Q:
    """What curators dropped needs nobody, and what is not a file of ours is theirs to mend."""
    return Q(state=WorkState.FAILED, dropped_at=None, due_at__isnull=False, created_at__gte=since)
