"""The ground of the API: keys, declared rights, pages of lists, and one form of error (RFC 9457)."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.test import Client
from django.urls import include, path, reverse
from rest_framework import serializers, viewsets
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from clinic import access, schema, tokens
from clinic.access import Right
from clinic.api import UserThrottle
from clinic.errors import Conflict
from clinic.models import AuditEvent
from tests.world import World

Data = dict[str, Any]

PROBLEMS: dict[str, Exception] = {
    "field": ValidationError({"starts_on": [ValidationError("Not in the past.", code="past")]}),
    "whole": ValidationError("Not now."),
    "deep": serializers.ValidationError(
        {"items": [{}, {"hold": ["Too long."]}], "non_field_errors": ["No."]}
    ),
    "conflict": Conflict("Somebody changed it. Look again."),
    "missing": Http404("SELECT secret"),
    "denied": PermissionDenied(),
    "broken": RuntimeError("the insides"),
}


class Sleeping(viewsets.ViewSet):
    """`list` is for anybody signed in; `retrieve` raises what it is asked for; nothing else is declared."""

    rights = {"list": Right.SIGNED_IN, "retrieve": Right.PUBLIC}

    def list(self, request: Request) -> Response:
        return Response({"right": access.declared(request._request), "who": str(request.user)})

    def retrieve(self, request: Request, pk: str) -> Response:
        raise PROBLEMS[pk]

    def create(self, request: Request) -> Response:
        return Response("never")


class Numbers(APIView):
    rights = {"get": Right.PUBLIC}

    def get(self, request: Request) -> Response:
        pages: BasePagination = self.settings.DEFAULT_PAGINATION_CLASS()
        return pages.get_paginated_response(pages.paginate_queryset(range(450), request, self))  # type: ignore[arg-type,type-var]


class Undeclared(APIView):
    rights: dict[str, Right] = {}

    def get(self, request: Request) -> Response:
        return Response("never")


urlpatterns = [
    path("api/sleeping/", Sleeping.as_view({"get": "list", "post": "create"})),
    path("api/sleeping/<pk>/", Sleeping.as_view({"get": "retrieve"})),
    path("api/numbers/", Numbers.as_view()),
    path("api/undeclared/", Undeclared.as_view()),
    path("", include("clinic.urls")),
]
here = pytest.mark.urls(__name__)


def bearer(secret: str) -> dict[str, str]:
    return {"authorization": f"Bearer {secret}"}


@here
def test_a_key_lets_its_user_in(world: World, client: Client) -> None:
    _, secret = tokens.create(None, world.clinician, "lab")
    answer = client.get("/api/sleeping/", headers=bearer(secret))
    assert answer.json() == {"right": "signed_in", "who": "Clinician"}


@here
def test_what_a_key_does_is_written_down_as_done_by_the_api(world: World, client: Client) -> None:
    _, secret = tokens.create(None, world.clinician, "lab")
    assert AuditEvent.objects.get(verb="token.created").via == "command"
    body = {"clinic": str(world.clinic.pk), "name": "New Patient", "email": "new@example.org"}
    answer = client.post(
        reverse("api:patient-list"), body, content_type="application/json", headers=bearer(secret)
    )
    assert answer.status_code == 201
    assert AuditEvent.objects.get(verb="patient.invited").via == "api"


@here
@pytest.mark.parametrize("secret", ["hw_unknown", "", "ü"])
def test_an_unknown_key_is_refused(db: None, client: Client, secret: str) -> None:
    answer = client.get("/api/sleeping/", headers=bearer(secret))
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert answer.headers["Content-Type"] == "application/problem+json"


@here
def test_without_a_key_or_a_session_nothing_but_the_public_is_answered(db: None, client: Client) -> None:
    assert client.get("/api/sleeping/").status_code == 401
    assert client.get("/api/numbers/").status_code == 200


@here
def test_an_action_without_a_right_is_not_done(world: World) -> None:
    client = Client()
    client.force_login(world.owner)
    assert client.post("/api/sleeping/").status_code == 403
    assert client.get("/api/undeclared/").status_code == 403
    assert client.options("/api/sleeping/").status_code == 403
    assert client.delete("/api/sleeping/").status_code == 405


@here
def test_a_session_needs_the_token_of_its_form(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.clinician)
    answer = client.post(reverse("api:patient-list"), {}, content_type="application/json")
    assert answer.status_code == 403


@here
@pytest.mark.parametrize(
    ("name", "status", "errors"),
    [
        ("field", 400, [{"field": "starts_on", "code": "past", "message": "Not in the past."}]),
        ("whole", 400, [{"field": None, "code": "invalid", "message": "Not now."}]),
        (
            "deep",
            400,
            [
                {"field": "items.1.hold", "code": "invalid", "message": "Too long."},
                {"field": None, "code": "invalid", "message": "No."},
            ],
        ),
        ("conflict", 409, []),
        ("missing", 404, []),
        ("denied", 403, []),
    ],
)
def test_every_error_is_a_problem(
    world: World, client: Client, name: str, status: int, errors: list[Data]
) -> None:
    client.force_login(world.clinician)
    answer = client.get(f"/api/sleeping/{name}/")
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem.keys() == {"type", "title", "status", "detail", "instance", "errors"}
    assert (problem["status"], problem["instance"]) == (status, f"/api/sleeping/{name}/")
    assert problem["errors"] == errors
    assert "SELECT" not in problem["detail"]


@here
def test_an_unexpected_failure_gives_a_reference_and_no_insides(
    db: None, caplog: pytest.LogCaptureFixture
) -> None:
    answer = Client(raise_request_exception=False).get("/api/sleeping/broken/")
    assert answer.status_code == 500
    problem = answer.json()
    assert len(problem["reference"]) == 8
    assert "insides" not in answer.content.decode()
    assert "the insides" in caplog.text


@here
def test_lists_come_in_pages(db: None, client: Client) -> None:
    first = client.get("/api/numbers/").json()
    assert first.keys() == {"count", "next", "previous", "results"}
    assert (first["count"], len(first["results"])) == (450, 50)
    assert len(client.get("/api/numbers/?page_size=1000").json()["results"]) == 200


@here
def test_a_runaway_client_is_told_when_to_come_back(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UserThrottle, "THROTTLE_RATES", {"user": "2/min"})
    client.force_login(world.clinician)
    answers = [client.get("/api/sleeping/") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[2].headers["Retry-After"]) <= 61


def test_the_description_says_how_errors_look_and_how_to_sign_in(db: None, client: Client) -> None:
    answer = client.get(reverse("api-schema"), {"format": "json"})
    told = answer.json()
    assert told["openapi"].startswith("3.")
    operations = [op for entry in told["paths"].values() for op in entry.values()]
    assert operations
    for operation in operations:
        content = operation["responses"]["default"]["content"]
        assert content["application/problem+json"]["schema"]["$ref"].endswith("/Problem")
    assert told["components"]["securitySchemes"]["token"] == {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "hw_…",
    }


def test_the_description_is_worked_out_once_however_often_it_is_asked_for(
    db: None, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    worked: list[bool] = []
    real = schema.SchemaGenerator.parse

    def parse(self: Any, *asked: Any) -> Any:
        worked.append(True)
        return real(self, *asked)

    schema.description.cache_clear()
    monkeypatch.setattr(schema.SchemaGenerator, "parse", parse)
    answers = [client.get(reverse("api-schema")).content for _ in range(3)]
    assert answers[0] == answers[1] == answers[2]
    assert worked == [True]


def test_the_description_has_no_warning(db: None) -> None:
    from django.core.management import call_command

    call_command("spectacular", validate=True, fail_on_warn=True, file="/dev/null")
