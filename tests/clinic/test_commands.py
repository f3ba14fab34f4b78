import io

import pytest
from django.core.management import CommandError, call_command

from clinic import access, health, tokens
from clinic.access import Right
from clinic.models import Clinic, User
from tests.world import World


@pytest.fixture(autouse=True)
def prepared(monkeypatch: pytest.MonkeyPatch) -> None:
    """As after `migrate`: the embedded suite makes its tables from the models."""
    monkeypatch.setattr(health, "applied_migrations", health.shipped_migrations)


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue().strip()


def test_a_key_is_printed_once_and_works(world: World) -> None:
    secret = run("create_token", world.clinician.email.upper(), "--label", "lab")
    token = tokens.authenticate(secret)
    assert token is not None
    assert (token.user, token.label) == (world.clinician, "lab")


def test_a_key_for_nobody_is_not_made(world: World) -> None:
    with pytest.raises(CommandError, match="no active account"):
        run("create_token", "nobody@example.org", "--label", "lab")


@pytest.mark.django_db
def test_a_new_installation_gets_its_first_owner() -> None:
    said = run(
        "create_owner", "Ann@example.org", "--name", "Ann", "--clinic", "Knees", "--time-zone", "Asia/Tokyo"
    )
    assert said == "ann@example.org owns Knees."
    ann = User.objects.get(email="ann@example.org")
    assert access.has(ann, Right.MANAGE_CLINIC, Clinic.objects.get().pk)
    assert not access.has(ann, Right.OPERATE)


def test_an_account_that_is_there_is_kept_and_can_be_made_an_operator(world: World) -> None:
    run("create_owner", world.stranger.email, "--clinic", "Knees", "--operator")
    person = User.objects.get(pk=world.stranger.pk)
    assert access.has(person, Right.OPERATE)
    assert person.check_password("correct horse battery")


@pytest.mark.django_db
def test_before_the_database_is_prepared_it_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "applied_migrations", set)
    with pytest.raises(CommandError, match=r"Run this first: manage\.py migrate"):
        run("create_owner", "ann@example.org", "--name", "Ann", "--clinic", "Knees")
    assert not User.objects.exists()


@pytest.mark.django_db
def test_nothing_is_made_when_something_is_wrong() -> None:
    with pytest.raises(CommandError, match="time_zone Enter a time zone"):
        run(
            "create_owner",
            "ann@example.org",
            "--name",
            "Ann",
            "--clinic",
            "Knees",
            "--time-zone",
            "Moon/Base",
        )
    assert not User.objects.exists()


@pytest.mark.django_db
def test_a_password_is_asked_for_and_not_given_on_the_command_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "clinic.management.commands.create_owner.getpass", lambda prompt: "a long enough phrase"
    )
    run("create_owner", "ann@example.org", "--name", "Ann", "--clinic", "Knees", "--password")
    assert User.objects.get().check_password("a long enough phrase")
