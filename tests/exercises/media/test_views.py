"""The pages: a curator uploads, describes and orders; readers and patients see it; without scripts too."""

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from exercises import publishing
from exercises.media import checking, keeping, views
from exercises.models import Medium, Revision
from tests.exercises.media import corpus
from tests.exercises.media.conftest import kept
from tests.exercises.media.making import film, photo, published, stretch, upload
from tests.world import World, make_prescription

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("decoded_once")]


@pytest.fixture
def draft(world: World) -> Revision:
    return stretch(world.curator).revisions.get()


def curator(world: World, **more: Any) -> Client:
    client = Client(**more)
    client.force_login(world.curator)
    return client


def sent(client: Client, draft: Revision, *files: SimpleUploadedFile, json_wanted: bool = True) -> Any:
    headers = {"Accept": "application/json"} if json_wanted else {}
    data = {"files": list(files), "based_on": publishing.mark(draft)}
    return client.post(reverse("exercises:media_upload", args=[draft.pk]), data, headers=headers)


def newest(draft: Revision) -> Revision:
    return draft.exercise.revisions.order_by("-number")[0]


# --- Upload


def test_an_upload_answers_with_the_part_of_the_page_that_is_about_it(world: World, draft: Revision) -> None:
    answer = sent(curator(world), draft, upload())
    assert answer.status_code == 201
    told = answer.json()
    medium = Medium.objects.get()
    assert f'name="{medium.pk}-alt"' in told["html"]
    assert told["mark"] == publishing.mark(newest(draft))
    assert newest(draft).media == [{"medium": str(medium.pk), "alt": ""}]


def test_without_scripts_several_files_are_sent_and_each_refusal_is_told_by_its_name(
    world: World, draft: Revision
) -> None:
    files = [upload(), upload(corpus.HTML, "page.png"), upload(corpus.png(), "two.png")]
    answer = sent(curator(world), draft, *files, json_wanted=False)
    assert answer.status_code == 302
    page = curator(world).get(answer.headers["Location"])
    assert len(newest(draft).media) == 2
    messages = [str(message) for message in answer.wsgi_request._messages]
    assert messages == ["page.png: This is a web page, not a photo or film."]
    assert page.status_code == 200


def test_twenty_uploads_one_after_the_other_all_find_their_place_and_one_more_is_too_many(
    world: World, draft: Revision
) -> None:
    client = curator(world)
    for _ in range(20):
        assert sent(client, draft, upload()).status_code == 201
    assert len({row["medium"] for row in newest(draft).media}) == 20
    refused = sent(client, draft, upload())
    assert refused.status_code == 422
    assert "at most 20" in refused.json()["problem"]
    assert Medium.objects.count() == 20


@pytest.mark.django_db(transaction=True)
def test_uploads_at_the_same_moment_all_find_their_place(world: World, draft: Revision) -> None:
    def one(_number: int) -> None:
        try:
            keeping.add_to(world.curator, draft.exercise, upload())
        finally:
            connection.close()

    keeping.add(None, upload(), clinic=None)  # decoded once, and then at hand for all
    with ThreadPoolExecutor(10) as people:
        list(people.map(one, range(20)))
    assert len({row["medium"] for row in newest(draft).media}) == 20


def test_a_body_that_is_too_large_is_refused_before_it_is_read(world: World, draft: Revision) -> None:
    class Unread:
        def read(self, *_size: Any) -> bytes:
            raise AssertionError("It was read.")

        readline = read

    for wanted in ({"Accept": "application/json"}, {}):
        answer = curator(world).generic(
            "POST",
            reverse("exercises:media_upload", args=[draft.pk]),
            content_type="multipart/form-data; boundary=x",
            headers=wanted,
            CONTENT_LENGTH=str(views.BODY_MAX + 1),
            **{"wsgi.input": Unread()},
        )
        assert answer.status_code == 413
        assert "200 MB" in answer.content.decode()
    assert kept() == []


def test_a_photo_of_more_than_20_mb_is_refused_at_its_file(
    world: World, draft: Revision, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "PHOTO_MAX", 1000)
    refused = sent(curator(world), draft, upload())
    assert (refused.status_code, "20 MB" in refused.json()["problem"]) == (422, True)
    assert kept() == []


def test_an_upload_that_breaks_off_leaves_nothing(world: World, draft: Revision) -> None:
    """The client is gone in the middle of a large file, which is on its way to the disk by then."""

    class BrokenOff:
        def __init__(self) -> None:
            self.left = 3_000_000
            head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
            self.data = head + corpus.png()

        def read(self, size: int = -1) -> bytes:
            if self.left <= 0:
                raise OSError("Connection reset by peer")
            self.left -= 65_536
            data, self.data = self.data, bytes(65_536)
            return data[:size] if size >= 0 else data

        readline = read

    client = curator(world, raise_request_exception=False)
    answer = client.generic(
        "POST",
        reverse("exercises:media_upload", args=[draft.pk]),
        content_type="multipart/form-data; boundary=x",
        CONTENT_LENGTH="5000000",
        **{"wsgi.input": BrokenOff()},
    )
    assert answer.status_code in (302, 400)  # nobody is there to read it
    assert kept() == []
    assert list(Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir()) == []
    assert newest(draft).media == []


def test_an_upload_without_its_token_is_refused(world: World, draft: Revision) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.curator)
    assert sent(client, draft, upload()).status_code == 403
    assert not Medium.objects.exists()


def test_an_upload_without_a_file_asks_for_one(world: World, draft: Revision) -> None:
    assert "Choose a photo or film" in sent(curator(world), draft).json()["problem"]


# --- Described


def test_everything_that_the_page_says_is_saved_at_once(world: World, draft: Revision) -> None:
    first = keeping.add(world.curator, upload(), clinic=None)
    second = keeping.add(world.curator, upload(corpus.film(sound="aac"), "knee.mp4"), clinic=None)
    for medium in (first, second):
        draft = keeping.attach(world.curator, draft.exercise, medium)
    data = {
        "based_on": publishing.mark(draft),
        f"{first.pk}-alt": "A knee is drawn in.",
        f"{first.pk}-licence": "CC BY 4.0",
        f"{first.pk}-shows_person": "yes",
        f"{first.pk}-consent_kept": "reception",
        f"{first.pk}-consent_on": "2026-03-01",
        f"{second.pk}-alt": "The knee moves to the chest.",
        f"{second.pk}-licence": "ours",
        f"{second.pk}-shows_person": "no",
        f"{second.pk}-captions": SimpleUploadedFile("knee.vtt", corpus.VTT),
        f"{second.pk}-captions_in": "en",
        "act": f"up:{second.pk}",
    }
    client = curator(world)
    answer = client.post(reverse("exercises:media", args=[draft.pk]), data)
    assert answer.headers["Location"].endswith(f"#medium-{second.pk}")
    draft.refresh_from_db()
    assert [row["medium"] for row in draft.media] == [str(second.pk), str(first.pk)]
    assert draft.media[0]["alt"] == "The knee moves to the chest."
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.licence, first.shows_person, second.shows_person) == ("CC BY 4.0", True, False)
    assert second.captions["en"].startswith("WEBVTT")
    page = client.get(reverse("exercises:revision", args=[draft.pk])).content.decode()
    assert "A knee is drawn in." in page
    assert "<video" in page


def test_what_is_refused_is_told_at_its_field_and_nothing_is_saved(world: World, draft: Revision) -> None:
    medium = film(world.curator)
    draft = keeping.attach(world.curator, draft.exercise, medium)
    data = {
        "based_on": publishing.mark(draft),
        f"{medium.pk}-alt": "New words.",
        f"{medium.pk}-licence": "New licence",
        f"{medium.pk}-consent_on": "yesterday",
    }
    address = reverse("exercises:media", args=[draft.pk])
    answer = curator(world).post(address, data)
    assert answer.status_code == 422
    data[f"{medium.pk}-consent_on"] = ""
    data |= {f"{medium.pk}-captions": SimpleUploadedFile("x.vtt", b"no"), f"{medium.pk}-captions_in": "en"}  # type: ignore[dict-item]
    answer = curator(world).post(address, data)
    assert answer.status_code == 422
    assert "begins with “WEBVTT”" in answer.content.decode()
    draft.refresh_from_db()
    medium.refresh_from_db()
    assert (draft.media[0]["alt"], medium.licence) == ("", "CC BY 4.0")


def test_who_saves_over_a_change_is_told(world: World, draft: Revision) -> None:
    medium = photo(world.curator)
    draft = keeping.attach(world.curator, draft.exercise, medium)
    before = publishing.mark(draft)
    publishing.save_draft(world.reviewer, draft.exercise, {"summary": "Another."})
    data = {"based_on": before, f"{medium.pk}-alt": "New words."}
    answer = curator(world).post(reverse("exercises:media", args=[draft.pk]), data)
    assert answer.status_code == 409
    assert "New words." in answer.content.decode()


def test_what_is_shared_is_described_by_its_own_curators(world: World) -> None:
    """A clinic's stretch may show a shared photo; its words there are the clinic's, its licence is not."""
    medium = photo(world.curator)
    draft = stretch(world.clinician, world.clinic).revisions.get()
    draft = keeping.attach(world.clinician, draft.exercise, medium)
    client = Client()
    client.force_login(world.clinician)
    data = {"based_on": publishing.mark(draft), f"{medium.pk}-alt": "Ours.", f"{medium.pk}-licence": "stolen"}
    answer = client.post(reverse("exercises:media", args=[draft.pk]), data)
    assert answer.status_code == 302
    medium.refresh_from_db()
    draft.refresh_from_db()
    assert (medium.licence, draft.media[0]["alt"]) == ("CC BY 4.0", "Ours.")


def test_taking_consent_back_is_asked_once_more(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    medium = photo(world.curator)
    published(world.curator, world.reviewer, medium)
    address = reverse("exercises:medium_withdraw", args=[medium.pk])
    private = stretch(world.clinician, world.clinic, name="A clinic's secret")
    keeping.attach(world.clinician, private, medium)
    page = curator(world).get(address).content.decode()
    assert "Sphinx" in page
    assert "secret" not in page
    assert kept() != []
    with django_capture_on_commit_callbacks(execute=True):
        assert curator(world).post(address).status_code == 302
    assert kept() == []


# --- Shown


def patient_with(world: World, *media: Medium) -> Client:
    exercise = published(world.curator, world.reviewer, *media)
    make_prescription(world.quinn, world.clinician, [exercise], starts_on=world.prescription.starts_on)
    client = Client()
    assert world.quinn.user is not None
    client.force_login(world.quinn.user)
    return client


def test_a_patient_is_shown_the_film_and_a_photo_where_there_is_no_figure(world: World) -> None:
    still, moving = photo(world.curator), film(world.curator)
    client = patient_with(world, still, moving)
    prescription = world.quinn.prescriptions.get()
    plan = client.get(reverse("portal:plan")).content.decode()
    assert plan.count("<video") == 1
    assert 'preload="none"' in plan
    assert "playsinline" in plan
    assert "muted" in plan
    assert "autoplay" not in plan
    session = client.get(reverse("portal:session", args=[prescription.pk])).content.decode()
    assert reverse("exercises:medium", args=[moving.pk, "film"]) in session
    assert reverse("exercises:medium", args=[still.pk, "480"]) in session


def test_a_copy_on_the_device_has_no_photos(world: World) -> None:
    client = patient_with(world, photo(world.curator))
    prescription = world.quinn.prescriptions.get()
    kept_copy = client.get(reverse("portal:offline_session", args=[prescription.pk, 1])).content.decode()
    assert "/library/media/" not in kept_copy


def test_media_are_read_in_one_query_for_a_whole_plan(
    world: World, django_assert_max_num_queries: Any
) -> None:
    from exercises.media import showing

    exercises = [published(world.curator, world.reviewer, photo(world.curator))]
    revisions = [exercise.published for exercise in exercises] * 3
    with django_assert_max_num_queries(1):
        assert len(showing.shown([revision for revision in revisions if revision])) == 1
    with django_assert_max_num_queries(0):
        assert showing.shown([world.hamstring.published] if world.hamstring.published else []) == {}


def test_the_handout_prints_a_photo_where_there_is_no_figure(world: World) -> None:
    from patients import handout

    patient_with(world, photo(world.curator))
    prescription = world.quinn.prescriptions.get()
    facts = handout.facts(prescription, world.quinn.local_date(prescription.created_at))
    assert facts["stretches"][0]["photo"]
    assert "A knee is drawn" in facts["stretches"][0]["alt"]
    assert len(json.dumps(facts)) < 1_000_000
    assert handout.printed(world.clinician, prescription).startswith(b"%PDF")
