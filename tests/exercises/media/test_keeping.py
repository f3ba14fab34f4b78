"""The verbs: what is added lies in the storage, what is shown cannot be removed, and nothing is left of what failed."""

import datetime as dt
import os
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from clinic.models import AuditEvent
from exercises import content, publishing
from exercises.media import keeping
from exercises.models import Medium, RevisionState
from tests.exercises.making import FIGURE
from tests.exercises.media import corpus
from tests.exercises.media.conftest import kept
from tests.exercises.media.making import SAID, film, photo, published, stretch, upload
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("decoded_once")]


def lacking(world: World, *media: Medium, alt: str = "A knee.", **said: Any) -> str:
    """What publishing a stretch with these still needs, in one text."""
    exercise = stretch(world.curator)
    for medium in media:
        revision = keeping.attach(world.curator, exercise, medium, alt=alt)
    return " ".join(text for texts in content.lacking(revision).values() for text in texts)


# --- Added


def test_a_photo_lies_in_the_private_storage_under_names_of_our_own(world: World) -> None:
    medium = keeping.add(world.curator, upload(name="../../../etc/évil.php.jpg"), clinic=None)
    assert medium.name == "évil.php.jpg"
    assert sorted(kept()) == sorted(f"media/{medium.pk}/{part}.webp" for part in ("480", "960"))
    for part in medium.files.values():
        assert keeping.storage().size(part["file"]) == part["bytes"]
    assert medium.files["1600"]["file"] == medium.files["960"]["file"]  # the photo is 640 pixels wide
    path = Path(keeping.storage().path(medium.files["480"]["file"]))
    assert oct(path.stat().st_mode & 0o777) == "0o600"
    assert not path.is_relative_to(settings.MEDIA_ROOT)
    assert AuditEvent.objects.filter(verb="medium.added").count() == 1


def test_nothing_is_left_of_what_is_refused(world: World) -> None:
    for data in (corpus.HTML, corpus.pixel_bomb(), corpus.GARBAGE_MP4):
        with pytest.raises(ValidationError) as refused:
            keeping.add(world.curator, upload(data), clinic=None)
        assert set(refused.value.message_dict) == {"file"}
    assert kept() == []
    assert not Medium.objects.exists()


def test_nothing_is_left_when_the_row_cannot_be_written(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_anything: Any, **_more: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Medium, "save", killed)
    with pytest.raises(KeyboardInterrupt):
        keeping.add(world.curator, upload(), clinic=None)
    assert kept() == []


def test_a_film_without_sound_needs_no_captions(world: World) -> None:
    assert keeping.add(world.curator, upload(corpus.film()), clinic=None).silent
    loud = keeping.add(world.curator, upload(corpus.film(sound="aac")), clinic=None)
    assert not loud.silent


# --- Said


def test_publishing_asks_for_words_licence_consent_and_captions(world: World) -> None:
    bare = keeping.add(world.curator, upload(), clinic=None)
    said = lacking(world, bare, alt="")
    for word in ("in words", "licence", "shows a person"):
        assert word in said
    publishing.discard(world.curator, world_draft())
    assert "consent" in lacking(world, keeping.describe(world.curator, bare, SAID | {"consent_kept": ""}))
    publishing.discard(world.curator, world_draft())
    assert lacking(world, keeping.describe(world.curator, bare, {"consent_kept": "folder Consents"})) == ""
    publishing.discard(world.curator, world_draft())
    loud = keeping.add(world.curator, upload(corpus.film(sound="aac")), clinic=None)
    loud = keeping.describe(world.curator, loud, {"licence": "ours", "shows_person": False})
    assert "captions" in lacking(world, loud)
    keeping.describe(world.curator, loud, {}, captions_of={"en": corpus.VTT})
    publishing.discard(world.curator, world_draft())
    assert lacking(world, loud) == ""


def world_draft() -> Any:
    from exercises.models import Revision

    return Revision.objects.filter(state=RevisionState.DRAFT).get()


def test_a_photo_alone_is_picture_enough_and_a_figure_needs_its_own_words(world: World) -> None:
    exercise = published(world.curator, world.reviewer, photo(world.curator))
    assert exercise.published is not None
    draft = publishing.save_draft(world.curator, exercise, {"figure": FIGURE})
    assert {"alt_start", "alt_held"} <= content.lacking(draft).keys()


def test_what_is_published_stays_fit_for_it(world: World) -> None:
    shown = film(world.curator)
    published(world.curator, world.reviewer, shown)
    keeping.describe(world.curator, shown, {"credit": "A photographer", "licence": "CC BY-SA 4.0"})
    for change in ({"licence": ""}, {"shows_person": None}, {"consent_kept": ""}, {"silent": False}):
        with pytest.raises(ValidationError, match="published"), transaction.atomic():
            keeping.describe(world.curator, shown, change)
    keeping.describe(world.curator, shown, {}, captions_of={"en": corpus.VTT})
    with pytest.raises(ValidationError, match="keeps its captions"), transaction.atomic():
        keeping.describe(
            world.curator, shown, {}, captions_of={"en": corpus.VTT + b"\n00:01.600 --> 00:02.000\nX\n"}
        )


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"silent": True}, "silent"),
        ({"consent_on": dt.date(2999, 1, 1)}, "consent_on"),
        ({"licence": "x" * 81}, "licence"),
        ({"kind": "film"}, "kind"),
    ],
)
def test_what_cannot_be_said_of_a_photo_is_refused_at_its_field(world: World, said: Any, field: str) -> None:
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        keeping.describe(world.curator, photo(world.curator), said)
    assert set(refused.value.message_dict) == {field}


# --- In a draft


def test_media_keep_the_order_they_are_given_and_their_words(world: World) -> None:
    exercise = stretch(world.curator)
    first, second = photo(world.curator), photo(world.curator)
    keeping.attach(world.curator, exercise, first, alt=" One ")
    revision = keeping.attach(world.curator, exercise, second)
    assert [row["alt"] for row in revision.media] == ["One", ""]
    turned = keeping.arrange(
        world.curator, exercise, revision.media[::-1], expected=publishing.mark(revision)
    )
    assert [row["medium"] for row in turned.media] == [str(second.pk), str(first.pk)]
    assert [row["alt"] for row in keeping.detach(world.curator, exercise, second).media] == ["One"]


def test_a_medium_of_another_library_is_refused_by_every_writer(world: World) -> None:
    """A clinic's own photo is for its own stretches; what is shared may be shown by all."""
    own, shared = photo(world.clinician, world.clinic), photo(world.curator)
    row = [{"medium": str(own.pk), "alt": "A knee."}]
    for clinic, by in ((None, world.curator), (world.far_clinic, world.stranger_clinician)):
        with pytest.raises(ValidationError, match="same library"), transaction.atomic():
            stretch(by, clinic, media=row)
    ours = stretch(world.clinician, world.clinic, media=row)
    assert keeping.attach(world.clinician, ours, shared).media[1]["medium"] == str(shared.pk)


@pytest.mark.parametrize(
    "media",
    [
        [{"medium": "00000000-0000-4000-8000-000000000000", "alt": ""}],
        [{"medium": "not an id", "alt": ""}],
        [{"medium": "00000000000040008000000000000000", "alt": ""}],
        [{"medium": "00000000-0000-4000-8000-000000000000", "alt": "", "src": "http://elsewhere"}],
        [{"alt": "A knee."}],
        [{"medium": "00000000-0000-4000-8000-000000000000", "alt": "x" * 601}],
        "a knee",
    ],
)
def test_a_list_of_media_that_says_anything_else_is_refused(world: World, media: Any) -> None:
    with pytest.raises(ValidationError) as refused:
        stretch(world.curator, media=media)
    assert set(refused.value.message_dict) == {"media"}


# --- Gone


def test_what_a_revision_shows_cannot_be_removed(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    medium = photo(world.curator)
    exercise = stretch(world.curator)
    keeping.attach(world.curator, exercise, medium)
    with pytest.raises(ValidationError, match="take it out"), transaction.atomic():
        keeping.remove(world.curator, medium)
    keeping.detach(world.curator, exercise, medium)
    with django_capture_on_commit_callbacks(execute=True):
        keeping.remove(world.curator, medium)
    assert kept() == []


def test_consent_taken_back_deletes_the_files_and_leaves_what_is_published_as_it_is(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    medium = photo(world.curator)
    exercise = published(world.curator, world.reviewer, medium)
    assert exercise.published is not None
    before = content.of(exercise.published)
    with django_capture_on_commit_callbacks(execute=True):
        keeping.withdraw(world.reviewer, medium)
    assert kept() == []
    exercise.published.refresh_from_db()
    assert content.of(exercise.published) == before
    draft = publishing.save_draft(world.curator, exercise, {"summary": "New."})
    assert "withdrawn" in " ".join(content.lacking(draft)["media"])
    medium.refresh_from_db()
    with pytest.raises(ValidationError, match="withdrawn"):
        keeping.attach(world.curator, exercise, medium)


def test_what_nobody_has_used_for_thirty_days_is_forgotten(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    unused, used = photo(world.curator), photo(world.curator)
    exercise = stretch(world.curator)
    keeping.attach(world.curator, exercise, used)
    now = timezone.now()
    with django_capture_on_commit_callbacks(execute=True):
        keeping.tidy(now + dt.timedelta(days=29))
        assert Medium.objects.count() == 2
        keeping.tidy(now + dt.timedelta(days=31))
    assert not Medium.objects.filter(pk=unused.pk).exists()
    keeping.detach(world.curator, exercise, used)
    with django_capture_on_commit_callbacks(execute=True):
        keeping.tidy(now + dt.timedelta(days=60))  # it was seen in use 29 days before
        assert Medium.objects.exists()
        keeping.tidy(now + dt.timedelta(days=62))
    assert not Medium.objects.exists()
    assert kept() == []


def test_what_a_killed_process_left_is_taken_away_after_a_day(world: World) -> None:
    medium = photo(world.curator)
    left = Path(settings.FILE_UPLOAD_TEMP_DIR) / "check-killed"
    left.mkdir()
    (left / "upload").write_bytes(b"half")
    orphan = Path(keeping.storage().path("media/00000000-0000-4000-8000-000000000000/480.webp"))
    orphan.parent.mkdir(parents=True, exist_ok=True)
    orphan.write_bytes(b"photo")
    assert keeping.tidy(timezone.now()) == 0
    yesterday = timezone.now().timestamp() - 90_000
    for path in (left, orphan):
        os.utime(path, (yesterday, yesterday))
    assert keeping.tidy(timezone.now()) == 2
    assert not left.exists()
    assert not orphan.exists()
    assert len(kept()) == len({part["file"] for part in medium.files.values()})


def test_the_tick_tidies(world: World) -> None:
    from exercises.tasks import tidy_media

    photo(world.curator)
    with time_machine.travel(timezone.now() + dt.timedelta(days=40), tick=False):
        tidy_media()
    assert not Medium.objects.exists()
