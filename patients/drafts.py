"""What somebody has half built in the builder: kept on the server, for this person alone, until it is prescribed.

Kept there and not in the browser: it survives another device and needs no script, and nothing about a patient
stays on a shared computer.
"""

import datetime as dt
from uuid import UUID

from django.http import QueryDict
from django.utils import timezone

from clinic.models import User
from patients.models import Draft, Patient

KEPT_FOR = dt.timedelta(days=14)
NOT_TYPED = {"csrfmiddlewaretoken", "do", "find", "find_region"}


def keep(user: User, patient: Patient, about: UUID, data: QueryDict) -> None:
    """Remember the form as it stands. `about`: the prescription that is amended, or the patient."""
    # PostgreSQL keeps no NUL in JSON; no browser types one.
    typed = {
        name: [value.replace("\0", "") for value in values]
        for name, values in data.lists()
        if name not in NOT_TYPED and "\0" not in name
    }
    draft = Draft(user=user, patient=patient, about=about, typed=typed, left_at=timezone.now())
    Draft.objects.bulk_create(
        [draft],
        update_conflicts=True,
        unique_fields=["user", "about"],
        update_fields=["typed", "left_at"],
    )


def find(user: User, about: UUID) -> Draft | None:
    return Draft.objects.filter(user=user, about=about, left_at__gt=timezone.now() - KEPT_FOR).first()


def typed(draft: Draft) -> QueryDict:
    """The form as its browser would send it."""
    data = QueryDict(mutable=True)
    for name, values in draft.typed.items():
        data.setlist(name, values)
    return data


def drop(user: User, about: UUID) -> None:
    """It is prescribed now. What is too old to be offered goes as well, whoever left it."""
    Draft.objects.filter(user=user, about=about).delete()
    Draft.objects.filter(left_at__lte=timezone.now() - KEPT_FOR).delete()
