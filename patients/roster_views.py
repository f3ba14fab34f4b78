"""Verbs on a colleague's own views of the roster. Nobody else sees them, and they hold no patient."""

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
    return _written(RosterView(user=user, clinic=clinic, name=name, query=query), user, "roster_view.saved")


def rename(user: User, view: RosterView, *, name: str) -> RosterView:
    """Raises ValidationError for a name that is taken."""
    view.name = name
    return _written(view, user, "roster_view.renamed")


@transaction.atomic
def delete(user: User, view: RosterView) -> None:
    audit.record(user, "roster_view.deleted", view, clinic=view.clinic)
    view.delete()


def _written(view: RosterView, user: User, verb: str) -> RosterView:
    try:
        with transaction.atomic():
            view.save()
            audit.record(user, verb, view, clinic=view.clinic)
    except IntegrityError as taken:
        raise ValidationError(
            {"name": ValidationError(_("You have a view of this name."), "taken")}
        ) from taken
    return view
