"""Verbs on a colleague's own views of the roster. Nobody else sees them, and they hold no patient."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from clinic import audit
from clinic.models import Clinic, User
from patients.models import RosterView

AT_MOST = 20


def save(user: User, clinic: Clinic, *, name: str, query: str) -> RosterView:
    """Keep a view under a name. Raises ValidationError for a name that is taken, and when there are too many."""
    if user.roster_views.filter(clinic=clinic).count() >= AT_MOST:
        raise ValidationError(
            _("You have %(number)d views already. Delete one first.") % {"number": AT_MOST}, "too_many"
        )
    view = RosterView(user=user, clinic=clinic, name=name, query=query)
    with _free_name(), transaction.atomic():
        view.save()
        audit.record(user, "view.saved", view, clinic=clinic)
    return view


def rename(user: User, view: RosterView, *, name: str) -> None:
    """Raises ValidationError for a name that is taken."""
    view.name = name
    with _free_name(), transaction.atomic():
        view.save()
        audit.record(user, "view.renamed", view, clinic=view.clinic)


@transaction.atomic
def delete(user: User, view: RosterView) -> None:
    audit.record(user, "view.deleted", view, clinic=view.clinic)
    view.delete()


@contextmanager
def _free_name() -> Iterator[None]:
    try:
        yield
    except IntegrityError as taken:
        raise ValidationError(
            {"name": ValidationError(_("You have a view of this name."), "taken")}
        ) from taken
