import datetime as dt

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.utils import timezone

from clinic import tokens
from clinic.models import AuditEvent
from tests.world import World


def test_a_key_opens_for_its_user_and_only_its_digest_is_kept(world: World) -> None:
    token, secret = tokens.create(None, world.clinician, "lab")
    assert secret.startswith("hw_")
    assert secret not in token.digest
    found = tokens.authenticate(secret)
    assert found is not None
    assert found.user == world.clinician
    assert tokens.authenticate(secret + "x") is None
    assert AuditEvent.objects.filter(verb="token.created").exists()


def test_a_revoked_key_opens_nothing(world: World) -> None:
    token, secret = tokens.create(None, world.clinician, "lab")
    tokens.revoke(world.clinician, token)
    tokens.revoke(world.clinician, token)
    assert tokens.authenticate(secret) is None
    assert AuditEvent.objects.filter(verb="token.revoked").count() == 1


def test_the_key_of_somebody_who_is_not_active_opens_nothing(world: World) -> None:
    _, secret = tokens.create(None, world.clinician, "lab")
    world.clinician.is_active = False
    world.clinician.save()
    assert tokens.authenticate(secret) is None


def test_the_time_of_last_use_is_told_to_the_minute(world: World) -> None:
    token, secret = tokens.create(None, world.clinician, "lab")
    with time_machine.travel(timezone.now(), tick=False) as clock:
        tokens.authenticate(secret)
        token.refresh_from_db()
        first = token.last_used_at
        clock.shift(dt.timedelta(seconds=30))
        tokens.authenticate(secret)
        token.refresh_from_db()
        assert token.last_used_at == first
        clock.shift(dt.timedelta(seconds=31))
        tokens.authenticate(secret)
        token.refresh_from_db()
        assert token.last_used_at == timezone.now()


@pytest.mark.parametrize("label", ["", "   ", "x" * 81])
def test_a_key_has_a_label(world: World, label: str) -> None:
    with pytest.raises(ValidationError):
        tokens.create(None, world.clinician, label)
