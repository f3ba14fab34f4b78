"""From when on a clinic wants an alert: its own thresholds, or the defaults (docs/rules.md 6)."""

from collections.abc import Mapping
from dataclasses import asdict, fields

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from clinic import audit
from clinic.models import Clinic, User
from patients.models import ClinicThresholds
from patients.safety import RANGES, Thresholds

NAMES = tuple(field.name for field in fields(Thresholds))


def of(clinic: Clinic) -> Thresholds:
    """What holds in a clinic; one query, unless the clinic was read with its `thresholds`."""
    try:
        row = clinic.thresholds
    except ClinicThresholds.DoesNotExist:
        return Thresholds()
    return Thresholds(**{name: getattr(row, name) for name in NAMES})


@transaction.atomic
def change(actor: User, clinic: Clinic, asked: Mapping[str, int]) -> Thresholds:
    """Let other thresholds hold from now on; what was found before stays. What is not named stays as it is.

    The same again changes nothing. Raises ValidationError by name.
    """
    errors = {name: [_out_of_range(name)] for name, value in asked.items() if not _fits(name, value)}
    if errors:
        raise ValidationError(errors)
    before = asdict(of(Clinic.objects.select_for_update().get(pk=clinic.pk)))
    changed = {name: value for name, value in asked.items() if before[name] != value}
    after = Thresholds(**before | changed)
    if changed:
        ClinicThresholds.objects.update_or_create(clinic=clinic, defaults=asdict(after))
        former = {name: before[name] for name in changed}
        audit.record(actor, "thresholds.changed", clinic, clinic=clinic, former=former, now=changed)
    return after


def _fits(name: str, value: int) -> bool:
    least, most = RANGES[name]
    return least <= value <= most


def _out_of_range(name: str) -> str:
    least, most = RANGES[name]
    return _("A whole number from %(least)d to %(most)d.") % {"least": least, "most": most}
