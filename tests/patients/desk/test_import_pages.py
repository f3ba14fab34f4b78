"""docs/rules.md 2: importing patients through the desk's pages."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from clinic.models import OutgoingMail, User
from patients import imports
from patients.models import PatientImport
from tests.world import World

SignIn = Callable[[User], Client]
GOOD = b"name;email;reference\nAda Far;ada@example.org;A-1\nBo Near;bo@example.org;B-2\n"


@pytest.fixture
def upload(world: World, signed_in: SignIn) -> Callable[..., Any]:
    address = reverse("desk:import_start", args=[world.clinic.pk])

    def post(content: bytes, user: User | None = None, **typed: object) -> Any:
        form = {"file": SimpleUploadedFile("patients.csv", content), "clinician": world.clinician.pk}
        return signed_in(user or world.assistant).post(address, form | typed)

    return post


def page(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


def test_a_file_is_looked_at_and_then_taken_in(
    world: World, upload: Callable[..., Any], signed_in: SignIn
) -> None:
    address = upload(GOOD).url
    client = signed_in(world.assistant)
    shown = page(client, address)
    assert "2 patients to take in" in shown
    assert "Ada Far" in shown
    assert world.clinic.patients.count() == 2
    response = client.post(address, follow=True)
    assert "2 patients were taken in." in response.content.decode()
    assert world.clinic.patients.count() == 4
    assert "not invited yet" in response.content.decode()
    assert not OutgoingMail.objects.exists()


def test_invitations_go_out_where_they_were_asked_for(
    world: World, upload: Callable[..., Any], signed_in: SignIn
) -> None:
    address = upload(GOOD, invite="on").url
    assert "Each gets an invitation" in page(signed_in(world.assistant), address)
    signed_in(world.assistant).post(address)
    assert OutgoingMail.objects.filter(kind="invitation").count() == 2


def test_wrong_rows_are_told_in_words_and_nothing_can_be_confirmed(
    world: World, upload: Callable[..., Any], signed_in: SignIn
) -> None:
    address = upload(b"name,email,reference\nAda,ada at home,A-1\nBo,,PAT-1\nCy,,C-3\n").url
    shown = page(signed_in(world.assistant), address)
    assert "2 rows have to be corrected" in shown
    assert "<code>email</code> Enter an e-mail address such as name@example.org." in shown
    assert "<code>reference</code> Pat of this clinic has it." in shown
    assert 'method="post" data-guard' not in shown
    response = signed_in(world.assistant).post(address, follow=True)
    assert "Nobody was taken in" in response.content.decode()
    assert world.clinic.patients.count() == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"\x89PNG\0\0", "not a CSV file"),
        (b"name\n\xff\xfe\n", "not written in UTF-8"),
        (b"a" * 3_000_000, "larger than 1 MB"),
        (b"colour\nblue\n", "no column"),
    ],
)
def test_a_file_that_is_none_is_answered_in_words(
    upload: Callable[..., Any], content: bytes, words: str
) -> None:
    response = upload(content)
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"file"}
    assert words in response.content.decode()
    assert not PatientImport.objects.exists()


def test_without_a_file_one_is_asked_for(upload: Callable[..., Any]) -> None:
    response = upload(b"", file="")
    assert "Choose a file." in response.content.decode()


def test_what_stands_in_a_cell_is_text_on_the_page(
    world: World, upload: Callable[..., Any], signed_in: SignIn
) -> None:
    address = upload(b"name,reference\n<script>alert(1)</script>,A-1\n").url
    shown = page(signed_in(world.assistant), address)
    assert "<script>alert(1)" not in shown
    assert "&lt;script&gt;alert(1)" in shown


def test_sent_twice_it_says_what_was_done(
    world: World, upload: Callable[..., Any], signed_in: SignIn
) -> None:
    client = signed_in(world.assistant)
    address = upload(GOOD).url
    client.post(address)
    assert "taken in already" in client.post(address, follow=True).content.decode()
    assert "2 patients were taken in." in client.get(address, follow=True).content.decode()
    assert world.clinic.patients.count() == 4
    assert "Everybody is here already" in page(client, upload(GOOD).url)


def test_a_draft_is_its_colleagues_own_and_the_clinics(
    world: World, upload: Callable[..., Any], signed_in: SignIn
) -> None:
    address = upload(GOOD).url
    for user, status in ((world.owner, 403), (world.viewer, 403), (world.stranger_clinician, 404)):
        client = signed_in(user)
        assert client.get(address).status_code == status
        assert client.post(address).status_code == status
    assert world.clinic.patients.count() == 2


def test_the_empty_file_and_the_columns_are_at_hand(world: World, signed_in: SignIn) -> None:
    client = signed_in(world.assistant)
    shown = page(client, reverse("desk:import_start", args=[world.clinic.pk]))
    for word in ("birth_date", "time_zone", "osteoporosis"):
        assert word in shown
    file = client.get(reverse("desk:import_template", args=[world.clinic.pk]))
    assert file["Content-Type"].startswith("text/csv")
    assert "attachment" in file["Content-Disposition"]


def test_only_whoever_may_import_is_offered_it(world: World, signed_in: SignIn) -> None:
    roster = reverse("desk:roster", args=[world.clinic.pk])
    start = reverse("desk:import_start", args=[world.clinic.pk])
    assert start in page(signed_in(world.assistant), roster)
    assert start not in page(signed_in(world.viewer), roster)


def test_a_long_file_takes_no_more_queries(
    world: World, signed_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    rows = "".join(f"Ada {n},A-{n}\n" for n in range(150))
    found = imports.draft(
        world.assistant, world.clinic, content=f"name,reference\n{rows}".encode(), clinician=world.clinician
    )
    client = signed_in(world.assistant)
    with django_assert_max_num_queries(8):
        shown = page(client, reverse("desk:import", args=[found.pk]))
    assert "and 50 more rows" in shown
