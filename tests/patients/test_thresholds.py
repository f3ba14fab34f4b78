"""docs/rules.md 6: from when on a clinic wants an alert."""

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from patients import thresholds
from patients.models import ClinicThresholds
from patients.safety import RANGES, Thresholds
from tests.world import World


def test_without_a_row_the_defaults_hold_and_what_is_not_named_stays(world: World) -> None:
    assert thresholds.of(world.clinic) == Thresholds()
    thresholds.change(world.owner, world.clinic, {"missed": 4})
    thresholds.change(world.owner, world.clinic, {"skips": 3})
    world.clinic.refresh_from_db()
    assert thresholds.of(world.clinic) == Thresholds(missed=4, skips=3)


@pytest.mark.parametrize(("name", "limits"), RANGES.items())
def test_what_is_out_of_range_is_refused_by_the_verb_and_by_the_database(
    world: World, name: str, limits: tuple[int, int]
) -> None:
    least, most = limits
    for value in (least - 1, most + 1):
        with pytest.raises(ValidationError) as refused:
            thresholds.change(world.owner, world.clinic, {name: value})
        assert set(refused.value.message_dict) == {name}
        with pytest.raises(IntegrityError), transaction.atomic():
            ClinicThresholds.objects.create(clinic=world.clinic, **{name: value})
    for value in limits:
        assert getattr(thresholds.change(world.owner, world.clinic, {name: value}), name) == value
