"""The pages of exchange: bring a file, read what it would do, take it in; take a library out."""

import io
import json
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from clinic.models import AuditEvent
from exercises.exchange import jobs
from exercises.models import Exercise, LibraryImport
from tests.exercises.exchange.making import changed, shipped
from tests.exercises.making import entry
from tests.world import World

pytestmark = pytest.mark.django_db

KNEE = "exercises/knee-to-chest.json"


def bring(client: Client, raw: bytes, name: str = "library.zip", **more: str) -> LibraryImport:
    form = {"file": SimpleUploadedFile(name, raw), "category": "stretching"} | more
    answer = client.post(reverse("exercises:import"), form)
    assert answer.status_code == 302, answer.content.decode()
    return LibraryImport.objects.latest("created_at")


def page(client: Client, job: LibraryImport, **headers: str) -> Any:
    return client.get(reverse("exercises:import_shown", args=[job.pk]), headers=headers)


def tick() -> None:
    jobs.make_due(timezone.now())


class TestAnImport:
    def test_is_followed_read_and_taken_in(self, client: Client, world: World) -> None:
        client.force_login(world.curator)
        raw = json.dumps([entry(), entry(id="Press", name="Press", category="strength")]).encode()

        job = bring(client, raw, "exercises.json")
        assert "waits for its turn" in page(client, job).content.decode()
        assert b"hx-get" in page(client, job, **{"HX-Request": "true"}).content

        tick()
        assert page(client, job, **{"HX-Request": "true"})["HX-Refresh"] == "true"
        shown = page(client, job).content.decode()
        assert "1 draft to take in" in shown
        assert "Cat Stretch" in shown
        assert "1 point to check" in shown

        job.refresh_from_db()
        read = {"read": jobs.mark(job)}
        assert f'value="{read["read"]}"' in shown
        client.post(reverse("exercises:import_confirm", args=[job.pk]), read)
        tick()
        assert "1 draft is in the library" in page(client, job).content.decode()
        draft = Exercise.objects.get(origin="free-exercise-db:Cat_Stretch").revisions.get()
        assert (draft.state, draft.edited_by) == ("draft", world.curator)

    def test_is_taken_in_by_the_report_that_was_read(self, client: Client, world: World) -> None:
        client.force_login(world.curator)
        job = bring(client, shipped())
        tick()
        address = reverse("exercises:import_confirm", args=[job.pk])
        answer = client.post(address, {"read": "2026-01-01T00:00:00+00:00"}, follow=True)
        assert "By now the file would do something else. Read the report again." in answer.content.decode()
        job.refresh_from_db()
        assert job.waits_for_word

    def test_says_which_entry_is_refused_and_why(self, client: Client, world: World) -> None:
        client.force_login(world.curator)
        job = bring(client, changed(shipped(), KNEE, content__name="", content__hold=0))
        tick()
        shown = page(client, job).content.decode()
        assert "1 entry cannot be taken in" in shown
        assert "hold: 0 is out of range." in shown
        assert "Take in" not in shown

    def test_shows_hostile_words_as_words(self, client: Client, world: World) -> None:
        client.force_login(world.curator)
        name = "<script>alert(1)</script>"
        job = bring(client, changed(shipped(), KNEE, content__name=name), "<img src=x>.zip")
        tick()
        shown = page(client, job).content.decode()
        assert "&lt;script&gt;alert(1)" in shown
        assert "<script>alert(1)" not in shown
        assert "<img src=x>" not in shown

    @pytest.mark.parametrize(
        ("done", "total", "said"), [(3, 7, "3 of 7 photos and films"), (7, 7, "11 drafts, in one go")]
    )
    def test_that_is_being_taken_in_says_what_is_written(
        self, client: Client, world: World, done: int, total: int, said: str
    ) -> None:
        client.force_login(world.curator)
        job = LibraryImport.objects.create(
            requested_by=world.curator,
            state="running",
            writing=True,
            done=done,
            total=total,
            counts={"new": 11},
        )
        assert said in page(client, job).content.decode()

    def test_that_could_not_be_taken_in_is_tried_again_on_demand(self, client: Client, world: World) -> None:
        client.force_login(world.curator)
        job = bring(client, shipped())
        LibraryImport.objects.filter(pk=job.pk).update(state="failed", due_at=None, error="The disk is full.")
        shown = page(client, job).content.decode()
        assert "The disk is full." in shown
        assert "Try again" in shown
        client.post(reverse("exercises:import_again", args=[job.pk]))
        tick()
        job.refresh_from_db()
        assert job.waits_for_word

    @pytest.mark.parametrize("raw", [b"PK\x03\x04", b'[{"name": ]'])
    def test_that_can_never_be_read_is_not_offered_again_and_called_so_everywhere(
        self, client: Client, world: World, raw: bytes
    ) -> None:
        client.force_login(world.curator)
        job = bring(client, raw)
        tick()
        shown = page(client, job).content.decode()
        assert "This file cannot be taken in" in shown
        assert "Try again" not in shown
        assert "(char " not in shown
        assert "cannot be taken in</span>" in client.get(reverse("exercises:import")).content.decode()
        again = client.post(reverse("exercises:import_again", args=[job.pk]), follow=True)
        assert "There is nothing to try again here" in again.content.decode()

    def test_can_be_given_up(self, client: Client, world: World) -> None:
        client.force_login(world.curator)
        job = bring(client, shipped())
        answer = client.post(reverse("exercises:import_drop", args=[job.pk]), follow=True)
        assert "Given up. Nothing of the file is in the library." in answer.content.decode()
        tick()
        assert "Given up" in page(client, job).content.decode()

    def test_of_no_file_is_asked_for_one(self, client: Client, world: World) -> None:
        client.force_login(world.curator)
        answer = client.post(reverse("exercises:import"), {})
        assert answer.status_code == 422
        assert "Choose a file." in answer.content.decode()

    def test_goes_into_their_own_library_for_prescribers(self, client: Client, world: World) -> None:
        client.force_login(world.clinician)
        job = bring(client, shipped())
        assert job.clinic == world.clinic
        client.force_login(world.stranger_clinician)
        assert page(client, job).status_code == 404
        client.force_login(world.viewer)
        assert page(client, job).status_code == 403
        client.force_login(world.curator)
        assert page(client, job).status_code == 404

    def test_into_the_library_of_another_clinic_is_not_offered(self, client: Client, world: World) -> None:
        client.force_login(world.clinician)
        form = {"file": SimpleUploadedFile("a.zip", shipped()), "library": str(world.far_clinic.pk)}
        assert client.post(reverse("exercises:import"), form).status_code == 422
        assert not LibraryImport.objects.exists()

    def test_list_asks_little(self, client: Client, world: World, django_assert_max_num_queries: Any) -> None:
        client.force_login(world.curator)
        for _ in range(5):
            LibraryImport.objects.create(requested_by=world.curator, state="done", counts={"new": 2})
        with django_assert_max_num_queries(8):
            client.get(reverse("exercises:import"))


class TestAnExport:
    def test_is_one_file_and_is_recorded(self, client: Client, world: World) -> None:
        client.force_login(world.curator)
        answer: Any = client.post(reverse("exercises:export"), {})
        names = zipfile.ZipFile(io.BytesIO(answer.getvalue())).namelist()
        assert KNEE in names
        event = AuditEvent.objects.get(verb="library.exported")
        assert event.details == {"exercises": 2, "routines": 1, "media": 0, "drafts": False}

    def test_of_a_clinic_holds_its_own_alone(self, client: Client, world: World) -> None:
        client.force_login(world.owner)
        answer: Any = client.post(reverse("exercises:export"), {"drafts": "on"})
        assert KNEE not in zipfile.ZipFile(io.BytesIO(answer.getvalue())).namelist()
        assert AuditEvent.objects.get(verb="library.exported").clinic == world.clinic

    def test_of_the_shared_library_is_not_for_prescribers(self, client: Client, world: World) -> None:
        client.force_login(world.owner)
        answer = client.post(reverse("exercises:export"), {"library": str(world.far_clinic.pk)})
        assert answer.status_code == 422


def test_the_schema_is_public(client: Client) -> None:
    answer = client.get(reverse("exercises:schema"))
    assert answer["Content-Type"] == "application/schema+json"
    assert answer.json()["$id"] == "urn:holdwell:library:1"
