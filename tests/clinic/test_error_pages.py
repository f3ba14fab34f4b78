"""When something goes wrong: plain words, what to do now, a reference; never a trace, and nothing typed is lost."""

import logging
import re
from typing import Any

import pytest
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from clinic import views
from clinic.access import Right, requires
from clinic.openapi import Problem
from clinic.urls import handler400, handler403, handler404, handler500, urlpatterns  # noqa: F401

pytestmark = pytest.mark.urls(__name__)


@requires(Right.PUBLIC)
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a secret of the inside")


@requires(Right.PUBLIC)
def refusing(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("a secret of the inside")


@requires(Right.PUBLIC)
def puzzled(request: HttpRequest) -> HttpResponse:
    raise BadRequest("a secret of the inside")


urlpatterns = [
    path("broken/", broken),
    path("api/v1/broken/", broken),
    path("refusing/", refusing),
    path("puzzled/", puzzled),
    *urlpatterns,
]


@pytest.fixture
def visitor() -> Client:
    """Sees what a browser would: the page, not the exception."""
    return Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/puzzled/", 400, "This could not be read"),
        ("/refusing/", 403, "This is not yours to open"),
        ("/nowhere/", 404, "Nothing is here"),
        ("/broken/", 500, "Something went wrong"),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_each_failure_has_a_plain_page_that_needs_no_database(
    visitor: Client, address: str, status: int, words: str
) -> None:
    # No `db` fixture: a query would fail the test.
    answer = visitor.get(address)
    page = answer.content.decode()
    assert answer.status_code == status
    assert f"<h1>{words}</h1>" in page
    assert "To the first page" in page
    assert "secret of the inside" not in page
    assert "Traceback" not in page


def test_the_page_of_an_unexpected_failure_has_the_reference_of_its_log_lines(
    visitor: Client, caplog: pytest.LogCaptureFixture
) -> None:
    answer = visitor.get("/broken/")
    reference = answer.wsgi_request.reference  # type: ignore[attr-defined]
    assert f'<p class="hw-reference">{reference}</p>' in answer.content.decode()
    traced = [record for record in caplog.records if record.exc_info]
    assert traced, "the trace belongs into the log"


def test_a_failure_before_a_request_has_its_reference_is_logged_with_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    request = RequestFactory().get("/early/")
    with caplog.at_level(logging.ERROR):
        try:
            raise RuntimeError("early")
        except RuntimeError:
            answer = views.server_error(request)
    (record,) = caplog.records
    (reference,) = re.findall(r"Reference (\w{8})", record.getMessage())
    assert reference in answer.content.decode()
    assert record.exc_info is not None


def test_what_was_typed_is_shown_again_except_secrets(visitor: Client) -> None:
    page = visitor.post(
        "/broken/",
        {
            "note": "Worse in the <morning>",
            "skip_reason": "",
            "password": "hunter2",
            "csrfmiddlewaretoken": "abc",
        },
    ).content.decode()
    assert "Worse in the &lt;morning&gt;" in page
    assert "hunter2" not in page
    assert "abc" not in page
    assert "skip reason" not in page


def test_an_unreadable_form_does_not_break_the_page(visitor: Client) -> None:
    answer = visitor.generic("POST", "/broken/", b"x" * 20, content_type="multipart/form-data; boundary=")
    assert answer.status_code in (400, 500)
    assert "<h1>" in answer.content.decode()


def test_a_form_from_an_old_page_is_refused_with_its_text_kept() -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post("/broken/", {"note": "Two lines\nof thought"})
    page = answer.content.decode()
    assert answer.status_code == 403
    assert "The page was open for too long" in page
    assert "Two lines\nof thought" in page


@pytest.mark.parametrize(("address", "status"), [("/api/v1/nowhere/", 404), ("/api/v1/broken/", 500)])
def test_the_api_is_answered_in_its_own_format(visitor: Client, address: str, status: int) -> None:
    answer = visitor.get(address)
    assert answer["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    required = {name for name, field in Problem().fields.items() if field.required or name == "type"}
    assert problem.keys() - {"reference"} == required
    assert problem["status"] == status
    assert problem["instance"] == address
    assert problem["detail"]
    assert problem["errors"] == []
    if status == 500:
        assert problem["reference"] == answer.wsgi_request.reference  # type: ignore[attr-defined]
