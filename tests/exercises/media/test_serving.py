"""A file over HTTP: whole, in part, unchanged; never a page of ours, and only for those who may see it."""

from typing import Any

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.urls import reverse

from clinic.models import User
from exercises import publishing
from exercises.media import keeping
from exercises.models import Medium, MediumUse
from tests.exercises.media import corpus
from tests.exercises.media.making import film, photo, published, stretch
from tests.world import World, make_prescription

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("decoded_once")]


@pytest.fixture
def shown(world: World) -> Medium:
    medium = film(world.curator)
    published(world.curator, world.reviewer, medium)
    return medium


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def ask(
    user: User, medium: Medium, part: str = "film", method: str = "get", **headers: str
) -> HttpResponseBase:
    address = reverse("exercises:medium", args=[medium.pk, part])
    answer: HttpResponseBase = getattr(signed_in(user), method)(address, headers=headers)
    return answer


def body(answer: Any) -> bytes:
    return answer.getvalue() if answer.streaming else answer.content


def test_a_film_comes_whole_and_may_be_kept_for_good_by_its_reader_alone(world: World, shown: Medium) -> None:
    answer = ask(world.clinician, shown, **{"Accept-Encoding": "gzip"})
    data = body(answer)
    assert (answer.status_code, len(data)) == (200, shown.film["bytes"])
    assert answer.headers["Content-Type"] == "video/mp4"
    assert answer.headers["Content-Length"] == str(len(data))
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert "Cookie" in answer.headers["Vary"]
    assert answer.headers["Content-Disposition"] == f'inline; filename="{shown.pk}.mp4"'
    assert "Content-Encoding" not in answer.headers


def test_whatever_is_in_it_it_is_no_page_of_ours(world: World, shown: Medium) -> None:
    for part in ("film", "480"):
        answer = ask(world.clinician, shown, part)
        body(answer)
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-99", 0, 99),
        ("bytes=100-", 100, None),
        ("bytes=-50", -50, None),
        ("bytes=0-999999999", 0, None),
    ],
)
def test_a_part_is_answered_in_its_own_bytes(
    world: World, shown: Medium, asked: str, first: int, last: int | None
) -> None:
    whole = body(ask(world.clinician, shown))
    wanted = whole[first : None if last is None else last + 1]
    answer = ask(world.clinician, shown, Range=asked)
    assert (answer.status_code, body(answer)) == (206, wanted)
    begin = first if first >= 0 else len(whole) + first
    assert answer.headers["Content-Range"] == f"bytes {begin}-{begin + len(wanted) - 1}/{len(whole)}"
    assert answer.headers["Content-Length"] == str(len(wanted))


@pytest.mark.parametrize("asked", ["bytes=99999999-", "bytes=-0"])
def test_a_part_that_is_not_there_is_refused_with_the_size(world: World, shown: Medium, asked: str) -> None:
    answer = ask(world.clinician, shown, Range=asked)
    assert answer.status_code == 416
    assert answer.headers["Content-Range"] == f"bytes */{shown.film['bytes']}"


@pytest.mark.parametrize(
    "asked",
    ["bytes=0-1,5-6", "bytes=5-2", "bytes=-", "bytes", "lines=0-1", "bytes=a-b", "bytes=" + "9" * 40 + "-"],
)
def test_a_range_that_says_nothing_gets_the_whole(world: World, shown: Medium, asked: str) -> None:
    answer = ask(world.clinician, shown, Range=asked)
    assert (answer.status_code, len(body(answer))) == (200, shown.film["bytes"])


def test_a_part_is_of_use_only_with_the_rest_of_the_same_file(world: World, shown: Medium) -> None:
    etag = f'"{shown.film["sha256"]}"'
    changed = ask(world.clinician, shown, method="head").headers["Last-Modified"]
    for known, status in (
        (etag, 206),
        (changed, 206),
        ('"another"', 200),
        (f"W/{etag}", 200),
        ("yesterday", 200),
    ):
        answer = ask(world.clinician, shown, Range="bytes=0-9", **{"If-Range": known})
        body(answer)
        assert answer.status_code == status, known


def test_who_has_it_is_told_that_it_is_unchanged(world: World, shown: Medium) -> None:
    etag = f'"{shown.film["sha256"]}"'
    unchanged = ask(world.clinician, shown, Range="bytes=0-9", **{"If-None-Match": etag})
    assert (unchanged.status_code, body(unchanged)) == (304, b"")
    assert ask(world.clinician, shown, **{"If-Match": '"another"'}).status_code == 412


def test_head_tells_all_but_the_bytes_and_knows_no_parts(world: World, shown: Medium) -> None:
    answer = ask(world.clinician, shown, method="head", Range="bytes=0-9")
    assert (answer.status_code, body(answer)) == (200, b"")
    assert answer.headers["Content-Length"] == str(shown.film["bytes"])


def test_captions_are_asked_for_anew_each_time(world: World, shown: Medium) -> None:
    keeping.describe(world.curator, shown, {}, captions_of={"en": corpus.VTT})
    answer = ask(world.clinician, shown, "captions-en")
    assert body(answer).startswith(b"WEBVTT")
    assert answer.headers["Content-Type"] == "text/vtt; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert ask(world.clinician, shown, "captions-de").status_code == 404


# --- Who may see it


def seen_by(world: World, medium: Medium) -> set[str]:
    found = set()
    for name, user in world.people().items():
        answer = ask(user, medium, "480")
        body(answer)
        assert answer.status_code in (200, 404), name
        if answer.status_code == 200:
            found.add(name)
    return found


COLLEAGUES = {"owner", "clinician", "assistant", "viewer", "curator", "reviewer", "stranger_clinician"}


def test_a_draft_s_photo_is_seen_by_those_who_write_there(world: World) -> None:
    medium = photo(world.curator)
    keeping.attach(world.curator, stretch(world.curator), medium)
    assert seen_by(world, medium) == {"curator", "reviewer"}


def test_a_patient_sees_what_is_prescribed_to_them_and_nothing_else(world: World, shown: Medium) -> None:
    assert seen_by(world, shown) == COLLEAGUES
    use = MediumUse.objects.get(medium=shown)
    make_prescription(
        world.stranger_patient,
        world.stranger_clinician,
        [use.revision.exercise],
        starts_on=world.prescription.starts_on,
    )
    assert seen_by(world, shown) == COLLEAGUES | {"stranger"}


def test_a_clinic_s_own_photo_stays_in_the_clinic(world: World) -> None:
    medium = photo(world.clinician, world.clinic)
    exercise = stretch(world.clinician, world.clinic)
    revision = keeping.attach(world.clinician, exercise, medium, alt="A knee.")
    assert seen_by(world, medium) == {"owner", "clinician"}
    publishing.publish(world.owner, publishing.submit(world.clinician, revision))
    assert seen_by(world, medium) == {"owner", "clinician", "assistant", "viewer"}


def test_what_is_withdrawn_or_lost_is_not_there(world: World, shown: Medium) -> None:
    assert ask(world.curator, shown, "2000").status_code == 404
    keeping.wipe(shown)
    assert ask(world.curator, shown).status_code == 404
    keeping.withdraw(world.curator, shown)
    assert seen_by(world, shown) == set()
