"""Deny by default; say through which door a request came; keep secrets out of the log."""

import logging
import sys

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path, reverse

from clinic import audit, logs
from clinic.access import Right, requires
from tests.world import World


def undeclared(request: HttpRequest) -> HttpResponse:
    return HttpResponse("never")


@requires(Right.SIGNED_IN)
def door(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{audit.via.get()} {request.reference} {logs.reference.get()}")  # type: ignore[attr-defined]


urlpatterns = [
    path("undeclared/", undeclared),
    path("door/", door),
    path("api/door/", door),
    path("", include("clinic.urls")),
]
here = pytest.mark.urls(__name__)


@here
def test_a_page_without_a_declared_right_does_not_answer(world: World, client: Client) -> None:
    assert client.get("/undeclared/").status_code == 403
    client.force_login(world.operator)
    assert client.get("/undeclared/").status_code == 403


@here
def test_a_page_that_needs_a_person_asks_for_the_sign_in_and_comes_back(db: None, client: Client) -> None:
    answer = client.get("/door/?a=1")
    assert answer.status_code == 302
    assert answer.headers["Location"] == reverse("account_login") + "?next=/door/%3Fa%3D1"


@here
@pytest.mark.parametrize(("address", "via"), [("/door/", "page"), ("/api/door/", "api")])
def test_the_door_is_known_and_forgotten_afterwards(
    world: World, client: Client, address: str, via: str
) -> None:
    client.force_login(world.clinician)
    said, reference, logged = client.get(address).content.decode().split()
    assert said == via
    assert reference == logged
    assert len(reference) == 8
    assert (audit.via.get(), logs.reference.get()) == ("command", "-")


def test_pages_are_not_kept_by_anybody(world: World, client: Client) -> None:
    client.force_login(world.clinician)
    for address in (reverse("desk:roster", args=[world.clinic.pk]), reverse("api:patient-list")):
        assert client.get(address).headers["Cache-Control"] == "private, no-store"


def test_every_page_has_the_headers_that_protect_it(world: World, client: Client) -> None:
    client.force_login(world.clinician)
    answer = client.get(reverse("desk:roster", args=[world.clinic.pk]))
    policy = dict(
        part.strip().partition(" ")[::2] for part in answer.headers["Content-Security-Policy"].split(";")
    )
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == "'self'"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert answer.headers["X-Frame-Options"] == "DENY"


SECRET = "Zk3vX9_q-T7mB2nR8sLwPd5JcYhAeGfU0iOo4Kt6Vx1"
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


@pytest.mark.parametrize(
    ("line", "logged"),
    [
        (f"Not Found: /join/{SECRET}/", "Not Found: /join/…/"),
        (f"/unsubscribe/{SECRET}/nudge/", "/unsubscribe/…/nudge/"),
        (f"/account/password/reset/key/{SECRET}/?a=1", "/account/password/reset/key/…/?a=1"),
        (f"/desk/patients/{UUID}/", f"/desk/patients/{UUID}/"),
        (f"/x?token={SECRET}", "/x?token=…"),
        ("Internal Server Error: /invitation/K7QF3M9X0AB2T4VW/", "Internal Server Error: /invitation/…/"),
        (f"/join/{UUID}{SECRET}/", "/join/…/"),
    ],
)
def test_a_secret_in_an_address_is_not_logged(line: str, logged: str) -> None:
    record = logging.LogRecord("django", logging.WARNING, "", 0, "%s", (line,), None)
    assert logs.Discreet().filter(record)
    assert record.getMessage() == logged


def test_what_an_error_quotes_is_not_logged() -> None:
    text = (
        'duplicate key value violates unique constraint "user_email"\n'
        "DETAIL:  Key (email)=(pat@example.org) already exists.\n"
        f"{{'pat.two@example.org': (550, b'no such mailbox')}} /join/{SECRET}/"
    )
    try:
        raise ValueError(text)
    except ValueError:
        record = logging.LogRecord("django", logging.ERROR, "", 0, "Not done", (), sys.exc_info())
    line = logs.Line("%(message)s").format(record)
    assert "ValueError: duplicate key value" in line
    assert "example.org" not in line
    assert SECRET not in line


def test_a_nul_in_an_address_is_a_bad_request(world: World, client: Client) -> None:
    client.force_login(world.clinician)
    assert client.get(f"/desk/{world.clinic.pk}/?q=%00").status_code == 400
