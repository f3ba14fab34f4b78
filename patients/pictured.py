"""Which photos and films are a patient's to see: those of what was prescribed to them (docs/rules.md 9)."""

from django.http import HttpRequest

from clinic import access
from clinic.access import Right
from exercises.models import Medium
from patients.models import Prescription


def is_prescribed(request: HttpRequest, medium: Medium) -> bool:
    """Whether a prescription of the asking patient has, or had, a stretch that shows it."""
    own = access.visible(request, Prescription, Right.OWN_CARE)
    return own.filter(revisions__items__exercise_revision__media_uses__medium=medium).exists()
