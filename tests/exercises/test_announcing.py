"""Reviewers learn by mail what waits for them; its pictures travel in the mail."""

import io
import re
from email.message import Message

import pytest
from django.core import mail as sent_mail
from django.core.exceptions import ValidationError
from django.urls import reverse
from PIL import Image

from clinic.mail import deliver_due
from clinic.models import LibraryRole, OutgoingMail, User
from exercises import announcing, publishing
from exercises.models import Revision
from tests.exercises.making import WHOLE
from tests.world import World


@pytest.fixture
def draft(world: World) -> Revision:
    exercise = publishing.create_exercise(
        world.curator, clinic=None, slug="sphinx", content=WHOLE | {"sides": "both", "name": "Sphinx & co"}
    )
    return exercise.revisions.get()


def parts(kind: str) -> list[Message]:
    return [part for part in sent_mail.outbox[0].message().walk() if part.get_content_type() == kind]


def test_every_reviewer_but_the_last_editor_is_told_once(world: World, draft: Revision) -> None:
    publishing.submit(world.curator, draft)
    assert [m.to for m in OutgoingMail.objects.all()] == [world.reviewer.email]
    publishing.save_draft(world.reviewer, draft.exercise, {"summary": "Mine."})
    publishing.submit(world.reviewer, draft)
    assert OutgoingMail.objects.count() == 1


def test_what_was_changed_and_handed_in_again_is_told_again(world: World, draft: Revision) -> None:
    for summary in ("One.", "Two."):
        publishing.save_draft(world.curator, draft.exercise, {"summary": summary})
        publishing.submit(world.curator, draft)
    assert OutgoingMail.objects.count() == 2


def test_a_clinics_own_exercise_is_its_own_business(world: World) -> None:
    own = publishing.create_exercise(world.curator, clinic=world.clinic, slug="own", content=WHOLE)
    publishing.submit(world.curator, own.revisions.get())
    assert not OutgoingMail.objects.exists()


def test_the_mail_shows_both_sides_without_asking_a_server(world: World, draft: Revision) -> None:
    publishing.submit(world.curator, draft)
    assert deliver_due()["sent"] == 1
    letter = sent_mail.outbox[0]
    assert letter.subject == "Something in the library waits for your review"
    assert f"/library/revisions/{draft.pk}/" in letter.body
    (html,) = (part.get_payload(decode=True).decode() for part in parts("text/html"))  # type: ignore[union-attr]
    pictures = parts("image/png")
    named = [str(part["Content-ID"]).strip("<>") for part in pictures]
    assert [name.partition(".")[0] for name in named] == ["left", "right"]
    assert re.findall(r'src="([^"]*)"', html) == [f"cid:{name}" for name in named]
    assert "Sphinx &amp; co, left side: start, then held" in html
    for part in pictures:
        assert part.get_content_disposition() == "inline"
        picture = Image.open(io.BytesIO(part.get_payload(decode=True)))  # type: ignore[arg-type]
        assert picture.width == 1040


def test_what_was_published_or_taken_back_meanwhile_is_not_announced(world: World, draft: Revision) -> None:
    publishing.submit(world.curator, draft)
    publishing.save_draft(world.curator, draft.exercise, {"summary": "Once more."})
    assert deliver_due() == {"sent": 0, "delayed": 0, "failed": 0, "cancelled": 1}


class TestGivenBack:
    def test_the_last_editor_is_told_without_a_word_of_what_was_said(
        self, world: World, draft: Revision
    ) -> None:
        publishing.take_back(world.reviewer, publishing.submit(world.curator, draft), "Say which knee.")
        OutgoingMail.objects.exclude(kind="given_back").delete()
        assert deliver_due()["sent"] == 1
        letter = sent_mail.outbox[0]
        assert letter.to == [world.curator.email]
        assert letter.subject == "Something in the library was returned to you"
        assert f"/library/revisions/{draft.pk}/" in letter.body
        assert "which knee" not in letter.body

    def test_whoever_withdraws_their_own_is_told_nothing(self, world: World, draft: Revision) -> None:
        publishing.take_back(world.curator, publishing.submit(world.curator, draft))
        assert not OutgoingMail.objects.filter(kind="given_back").exists()

    def test_what_was_edited_meanwhile_is_not_told_any_more(self, world: World, draft: Revision) -> None:
        publishing.take_back(world.reviewer, publishing.submit(world.curator, draft), "Why?")
        publishing.save_draft(world.curator, draft.exercise, {"summary": "So."})
        assert deliver_due() == {"sent": 0, "delayed": 0, "failed": 0, "cancelled": 2}

    def test_whoever_writes_there_no_longer_is_told_nothing(self, world: World, draft: Revision) -> None:
        publishing.submit(world.curator, draft)
        User.objects.filter(pk=world.curator.pk).update(library_role=LibraryRole.NONE)
        publishing.take_back(world.reviewer, draft, "Why?")
        assert not OutgoingMail.objects.filter(kind="given_back").exists()


def test_a_figure_that_can_no_longer_be_drawn_is_not_handed_in(world: World, draft: Revision) -> None:
    broken = {"start": {}, "held": {"joints": {"left_knee": {"flexion": -20}}}}
    Revision.objects.filter(pk=draft.pk).update(figure=broken)
    with pytest.raises(ValidationError) as refused:
        publishing.submit(world.curator, draft)
    assert refused.value.message_dict["figure"] == ["held left_knee flexion: -20 is outside 0 to 155."]


def test_a_routine_that_waits_or_was_given_back_is_told_of_as_well(world: World) -> None:
    draft = publishing.save_draft(world.curator, world.routine, {"notes": "In the evening."})
    publishing.submit(world.curator, draft)
    wanted = OutgoingMail.objects.get(to=world.reviewer.email)
    assert reverse("exercises:routine_revision", args=[draft.pk]) in wanted.text
    assert announcing.still_wanted(wanted)
    assert announcing.pictures(wanted) == {}
    publishing.take_back(world.reviewer, draft, "Longer.")
    assert not announcing.still_wanted(wanted)
    back = OutgoingMail.objects.get(to=world.curator.email)
    assert announcing.still_given_back(back)
    publishing.save_draft(world.curator, world.routine, {"notes": "Longer, in the evening."})
    assert not announcing.still_given_back(back)
