"""A colleague's own views of the roster: saved, opened, renamed, deleted, and seen by nobody else."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import AuditEvent, Membership, User
from patients import roster_views
from patients.models import RosterView
from tests.world import World

SignIn = Callable[[User], Client]


@pytest.fixture
def quiet_ones(world: World) -> RosterView:
    return roster_views.save(world.clinician, world.clinic, name="Quiet ones", query="band=quiet&sort=name")


def test_the_filter_in_the_address_is_saved_under_a_name(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.viewer)
    address = reverse("desk:new_view", args=[world.clinic.pk]) + "?sort=name&band=quiet&page=3&junk=1"
    saved = client.post(address, {"name": "Quiet ones"}, follow=True)
    view = RosterView.objects.get()
    assert (view.user, view.clinic, view.query) == (world.viewer, world.clinic, "band=quiet&sort=name")
    assert saved.redirect_chain[-1][0].endswith("?band=quiet&sort=name")
    page = saved.content.decode()
    assert '?band=quiet&amp;sort=name" aria-current="page">Quiet ones' in page
    assert reverse("desk:view", args=[view.pk]) in page
    assert AuditEvent.objects.filter(verb="view.saved", actor=world.viewer).exists()


def test_a_view_is_renamed_and_deleted(world: World, signed_in: SignIn, quiet_ones: RosterView) -> None:
    client = signed_in(world.clinician)
    client.post(reverse("desk:view", args=[quiet_ones.pk]), {"name": "Call on Monday"})
    quiet_ones.refresh_from_db()
    assert quiet_ones.name == "Call on Monday"
    client.post(reverse("desk:delete_view", args=[quiet_ones.pk]))
    assert not RosterView.objects.exists()


def test_a_name_that_is_taken_is_said_at_the_field_and_kept(
    world: World, signed_in: SignIn, quiet_ones: RosterView
) -> None:
    client = signed_in(world.clinician)
    refused = client.post(reverse("desk:new_view", args=[world.clinic.pk]), {"name": "Quiet ones"})
    assert refused.status_code == 422
    assert "You have a view of this name." in refused.content.decode()
    assert 'value="Quiet ones"' in refused.content.decode()
    roster_views.save(
        world.owner, world.clinic, name="Quiet ones", query=""
    )  # somebody else's is another one


def test_nobody_else_sees_it(world: World, signed_in: SignIn, quiet_ones: RosterView) -> None:
    assert (
        "Quiet ones"
        not in signed_in(world.owner).get(reverse("desk:roster", args=[world.clinic.pk])).content.decode()
    )
    assert signed_in(world.owner).get(reverse("desk:view", args=[quiet_ones.pk])).status_code == 404
    assert signed_in(world.owner).post(reverse("desk:delete_view", args=[quiet_ones.pk])).status_code == 404
    Membership.objects.filter(user=world.clinician).delete()
    assert signed_in(world.clinician).get(reverse("desk:view", args=[quiet_ones.pk])).status_code == 404
