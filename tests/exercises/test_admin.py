"""Operators read the library; they do not write it."""

import pytest
from django.test import Client
from django.urls import reverse

from exercises.models import Exercise, Revision, Routine, Shipped
from tests.world import World


@pytest.mark.parametrize("model", [Exercise, Revision, Routine, Shipped])
def test_every_list_and_object_opens_and_offers_no_change(world: World, model: type) -> None:
    client = Client()
    client.force_login(world.operator)
    Shipped.objects.create(origin="holdwell:x", digest="0")
    name = model._meta.model_name  # type: ignore[attr-defined]
    assert client.get(reverse(f"admin:exercises_{name}_changelist"), {"q": "knee"}).status_code == 200
    one = model.objects.first()  # type: ignore[attr-defined]
    answer = client.get(reverse(f"admin:exercises_{name}_change", args=[one.pk]))
    assert answer.status_code == 200
    assert 'name="_save"' not in answer.content.decode()
    assert client.get(reverse(f"admin:exercises_{name}_add")).status_code == 403
    assert (
        client.post(reverse(f"admin:exercises_{name}_delete", args=[one.pk]), {"post": "yes"}).status_code
        == 403
    )
