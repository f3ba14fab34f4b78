"""Whoever signs in is taken to their own first page."""

import pytest
from django.test import Client
from django.urls import reverse

from tests.world import World


@pytest.mark.parametrize("name", ["owner", "clinician", "assistant", "viewer"])
def test_staff_come_to_the_roster(world: World, client: Client, name: str) -> None:
    client.force_login(getattr(world, name))
    assert client.get("/").headers["Location"] == reverse("desk:roster", args=[world.clinic.pk])


def test_everybody_else_comes_to_their_own_room(world: World, client: Client) -> None:
    for user, address in {
        world.patient: reverse("portal:today"),
        world.curator: reverse("exercises:list"),
        world.reviewer: reverse("exercises:list"),
        world.operator: reverse("operations"),
    }.items():
        client.force_login(user)
        assert client.get("/").headers["Location"] == address


def test_a_stranger_to_the_house_is_asked_to_sign_in(db: None, client: Client) -> None:
    assert client.get("/").headers["Location"] == reverse("account_login")


def test_somebody_without_a_place_is_told_so(world: World, client: Client) -> None:
    world.viewer.memberships.all().delete()
    client.force_login(world.viewer)
    assert "belongs to no clinic" in client.get("/").content.decode()
