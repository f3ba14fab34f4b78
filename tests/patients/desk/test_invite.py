"""docs/rules.md 2: taking a patient into care."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import OutgoingMail, User
from patients.models import Patient
from patients.models.people import PatientState
from tests.world import World

SignIn = Callable[[User], Client]


@pytest.fixture
def invite(world: World, signed_in: SignIn) -> Callable[..., Any]:
    client = signed_in(world.assistant)

    def post(**typed: Any) -> Any:
        form = {
            "name": "Lena Ott",
            "email": "lena@example.org",
            "birth_date": "1971-02-03",
            "reference": "B-7",
            "clinician": str(world.clinician.pk),
            "conditions": ["knee"],
            "language": "es",
        } | typed
        return client.post(reverse("desk:invite", args=[world.clinic.pk]), form)

    return post


def test_an_invited_patient_is_in_care_and_has_a_letter(world: World, invite: Callable[..., Any]) -> None:
    response = invite()
    lena = Patient.objects.get(email="lena@example.org")
    assert response.url == reverse("desk:patient", args=[lena.pk])
    assert (lena.clinician, lena.conditions, lena.state) == (world.clinician, ["knee"], PatientState.INVITED)
    assert OutgoingMail.objects.get(to="lena@example.org")


def test_the_patients_page_says_that_the_invitation_was_sent(
    world: World, invite: Callable[..., Any], signed_in: SignIn
) -> None:
    page = signed_in(world.assistant).get(invite().url).content.decode()
    assert "Invitation sent to lena@example.org" in page
    assert "Invite again" in page


def test_whoever_prescribes_can_be_chosen_as_clinician(world: World, signed_in: SignIn) -> None:
    page = signed_in(world.assistant).get(reverse("desk:invite", args=[world.clinic.pk]))
    choices = {str(user) for user in page.context["form"].fields["clinician"].queryset}
    assert choices == {"Owner", "Clinician"}


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("email", "not an address"),
        ("email", "pat@example.org"),
        ("birth_date", "3 February"),
        ("birth_date", "2027-01-01"),
        ("birth_date", "0071-02-03"),
        ("reference", "PAT-1"),
        ("conditions", ["gout"]),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_the_rest_is_kept(
    invite: Callable[..., Any], field: str, typed: Any
) -> None:
    response = invite(**{field: typed})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {field}
    if field != "name":
        assert "Lena Ott" in response.content.decode()
    assert not Patient.objects.filter(name="Lena Ott").exists()


def test_another_clinics_clinician_cannot_be_chosen(world: World, invite: Callable[..., Any]) -> None:
    response = invite(clinician=str(world.stranger_clinician.pk))
    assert set(response.context["form"].errors) == {"clinician"}


def test_inviting_again_sends_a_second_letter_to_the_corrected_address(
    world: World, invite: Callable[..., Any], signed_in: SignIn
) -> None:
    invite()
    lena = Patient.objects.get(email="lena@example.org")
    address = reverse("desk:reinvite", args=[lena.pk])
    client = signed_in(world.assistant)
    assert 'value="lena@example.org"' in client.get(address).content.decode()
    page = client.post(address, {"email": "lena.ott@example.org"}, follow=True).content.decode()
    assert "sent to lena.ott@example.org" in page
    assert OutgoingMail.objects.get(to="lena.ott@example.org")


def test_whoever_has_accepted_is_not_invited_again(world: World, signed_in: SignIn) -> None:
    address = reverse("desk:reinvite", args=[world.pat.pk])
    response = signed_in(world.assistant).post(address, {"email": "pat@example.org"})
    assert response.status_code == 422
    assert "has accepted already" in response.content.decode()
    assert not OutgoingMail.objects.exists()


def test_a_viewer_may_not_invite_and_a_stranger_finds_nothing(world: World, signed_in: SignIn) -> None:
    address = reverse("desk:invite", args=[world.clinic.pk])
    assert signed_in(world.viewer).get(address).status_code == 403
    assert signed_in(world.stranger_clinician).get(address).status_code == 404
