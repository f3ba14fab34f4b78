"""The code on paper: long enough, kept as a digest, read however it is typed; and the account that it opens."""

import re

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from clinic import paper, people
from clinic.models import Invitation, User
from tests.world import World

PASSWORD = "three words in a row"


def invited(world: World, name: str = "Gerda Brandt") -> tuple[Invitation, str]:
    slip = paper.slip(name)
    return paper.invite(world.assistant, world.clinic, slip), slip.code


def test_a_code_is_eighty_bits_of_signs_that_are_not_mistaken_for_each_other(world: World) -> None:
    codes = {invited(world)[1] for _time in range(20)}
    assert len(codes) == 20
    assert all(re.fullmatch("[0-9A-HJKMNP-TV-Z]{16}", code) for code in codes)


def test_only_its_digest_is_kept(world: World) -> None:
    invitation, code = invited(world)
    kept = Invitation.objects.filter(pk=invitation.pk).values().get()
    assert code not in str(kept)
    assert people.invitation_of(code) == invitation


@pytest.mark.parametrize("typed", ["k7qf 3m9x 01b2 t4vw", "K7QF-3M9X-OIB2-T4VW", " k7qf3m9x0lb2t4vw\n"])
def test_it_is_read_however_it_is_typed(typed: str) -> None:
    assert paper.read(typed) == "K7QF3M9X01B2T4VW"
    assert paper.read(paper.groups("K7QF3M9X01B2T4VW")) == "K7QF3M9X01B2T4VW"


@pytest.mark.parametrize(
    ("name", "stem"), [("Gerda Brandt", "brandt"), ("Łukasz Öztürk", "ozturk"), ("山田", "patient")]
)
def test_the_sign_in_name_is_the_persons_last_name_and_figures(world: World, name: str, stem: str) -> None:
    assert re.fullmatch(rf"{stem}-[1-9]\d{{3}}", invited(world, name)[0].sign_in_name)


def opened(world: World) -> User:
    invitation, _code = invited(world)
    return paper.create_account(invitation, password=PASSWORD, language="en")


def test_the_account_signs_in_by_name_and_password_whatever_the_case(world: World, client: Client) -> None:
    user = opened(world)
    assert (user.email, str(user), user.signs_in_as) == (None, "Gerda Brandt", user.sign_in_name)
    typed = {"login": user.signs_in_as.upper(), "password": PASSWORD}
    assert client.post(reverse("account_login"), typed).status_code == 302
    assert client.session["_auth_user_id"] == str(user.pk)


def test_a_wrong_password_and_a_wrong_name_get_the_same_answer(world: World, client: Client) -> None:
    name = opened(world).signs_in_as
    pages = [
        client.post(reverse("account_login"), {"login": login, "password": "not that one"}).content.decode()
        for login in (name, "nobody-1234")
    ]
    assert all("This name and this password do not belong together." in page for page in pages)


def test_an_address_still_has_to_be_confirmed_before_it_signs_in(world: World, client: Client) -> None:
    User.objects.create_user("new@example.org", PASSWORD, name="New")
    client.post(reverse("account_login"), {"login": "new@example.org", "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_two_accounts_without_an_address_are_two(world: World) -> None:
    assert opened(world) != opened(world)
    assert User.objects.filter(email=None).count() == 2


def test_exported_data_finds_the_account_again(world: World) -> None:
    for user in (opened(world), world.clinician):
        assert User.objects.get_by_natural_key(*user.natural_key()) == user


def test_a_weak_password_is_refused_and_opens_no_account(world: World) -> None:
    invitation, _code = invited(world)
    with pytest.raises(ValidationError) as refused:
        paper.create_account(invitation, password="short", language="en")
    assert set(refused.value.message_dict) == {"password"}
    assert not User.objects.filter(email=None).exists()


def test_an_account_without_an_address_is_mailed_nothing(world: World, client: Client) -> None:
    user = opened(world)
    client.force_login(user)
    changed = client.post(
        reverse("account_change_password"),
        {"oldpassword": PASSWORD, "password1": "another three words", "password2": "another three words"},
    )
    assert changed.status_code == 302
    assert authenticate(None, username=user.sign_in_name, password="another three words") == user
    page = client.get(reverse("account_login"))
    assert page.status_code == 200
