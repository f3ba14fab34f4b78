"""A draft on its way through review: what each person sees and does, and who was first."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from clinic.models import User
from exercises import languages, publishing
from exercises.models import Comment, Exercise, Revision, RevisionState
from tests.exercises.making import WHOLE
from tests.world import World, make_exercise


@pytest.fixture
def draft(world: World) -> Revision:
    exercise = publishing.create_exercise(world.curator, clinic=None, slug="sphinx", content=WHOLE)
    return exercise.revisions.get()


@pytest.fixture
def second(world: World, draft: Revision) -> Revision:
    """A change of what is published, in review."""
    publishing.publish(None, draft)
    changed = publishing.save_draft(
        world.curator, draft.exercise, {"safety": "It must never hurt.", "hold": 20}
    )
    return publishing.submit(world.curator, changed)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def shown(user: User, revision: Revision) -> str:
    answer = signed_in(user).get(reverse("exercises:revision", args=[revision.pk]))
    assert answer.status_code == 200
    return answer.content.decode()


def sent(user: User, act: str, *args: Any, **data: str) -> str:
    """What the page says after a form was sent."""
    answer = signed_in(user).post(reverse(f"exercises:{act}", args=args), data, follow=True)
    assert answer.status_code == 200
    return answer.content.decode()


class TestTheComparison:
    def test_marks_what_came_and_what_went(self, world: World, second: Revision) -> None:
        text = shown(world.reviewer, second)
        assert "It <del>should</del> <ins>must</ins> never hurt." in text
        assert "<del>30</del>" in text
        assert "<ins>20</ins>" in text

    def test_shows_both_poses_where_the_figure_changed(self, world: World, second: Revision) -> None:
        figure = second.figure | {"held": second.figure["start"]}
        Revision.objects.filter(pk=second.pk).update(figure=figure)
        text = shown(world.reviewer, second)
        poses = text[text.index('class="library-poses"') :]
        assert (
            poses[: poses.index("</section>")].count('<svg xmlns="http://www.w3.org/2000/svg" class="fig"')
            == 2
        )

    def test_of_any_two_revisions_is_read_by_whoever_reads_them(self, world: World, second: Revision) -> None:
        address = reverse("exercises:compare", args=[second.exercise.pk])
        for user, status in ((world.reviewer, 200), (world.viewer, 404)):
            assert signed_in(user).get(address, {"from": "1", "to": "2"}).status_code == status
        publishing.publish(world.reviewer, second)
        assert (
            "<ins>must</ins>"
            in signed_in(world.viewer).get(address, {"from": "1", "to": "2"}).content.decode()
        )

    @pytest.mark.parametrize(
        "query", [{}, {"from": "x", "to": "²"}, {"from": "9", "to": "1"}, {"from": "9" * 99}]
    )
    def test_of_what_is_not_there_is_not_found(
        self, world: World, second: Revision, query: dict[str, str]
    ) -> None:
        address = reverse("exercises:compare", args=[second.exercise.pk])
        assert signed_in(world.reviewer).get(address, query).status_code == 404


class TestComments:
    def test_are_kept_on_a_field_and_settled(self, world: World, second: Revision) -> None:
        assert "kept beside" in sent(
            world.reviewer, "comment", second.pk, text="Which <knee>?", about="steps"
        )
        text = shown(world.curator, second)
        assert "Which &lt;knee&gt;?" in text
        assert "1 comment is not settled." in text
        (said,) = Comment.objects.all()
        assert "Settled by Curator" in sent(world.curator, "settle", second.pk, said.pk)

    def test_say_what_is_wrong_with_them(self, world: World, second: Revision) -> None:
        sent(world.reviewer, "comment", second.pk, text=" ")
        sent(world.reviewer, "comment", second.pk, text="Why?", about="colour")
        assert not Comment.objects.exists()

    def test_belong_to_their_revision(self, world: World, second: Revision, draft: Revision) -> None:
        said = publishing.comment(world.reviewer, second, "Why?")
        address = reverse("exercises:settle", args=[draft.pk, said.pk])
        assert signed_in(world.curator).post(address).status_code == 404

    def test_are_never_shown_to_readers(self, world: World, second: Revision) -> None:
        publishing.comment(world.reviewer, second, "Mind the knee.")
        publishing.publish(world.reviewer, second)
        page = signed_in(world.viewer).get(reverse("exercises:detail", args=[second.exercise.pk]))
        assert "Mind the knee." not in page.content.decode()


class TestGivingBack:
    def test_makes_a_draft_with_what_is_wanted_beside_it(self, world: World, second: Revision) -> None:
        assert "What should be different" in shown(world.reviewer, second)
        sent(world.reviewer, "take_back", second.pk, text="Say which knee.")
        text = shown(world.curator, second)
        assert "Given back by Reviewer." in text
        assert "Say which knee." in text
        assert "Hand in for review" in text

    def test_is_withdrawing_for_whoever_wrote_it(self, world: World, second: Revision) -> None:
        assert "Withdraw it from review" in shown(world.curator, second)
        assert "It is a draft again." in sent(world.curator, "take_back", second.pk)
        assert "Given back by" not in shown(world.curator, second)

    def test_is_for_what_is_in_review(self, world: World, draft: Revision) -> None:
        assert "Only what is in review" in sent(world.reviewer, "take_back", draft.pk)


class TestPublishing:
    def test_says_what_will_be_for_whom(self, world: World, second: Revision) -> None:
        text = shown(world.reviewer, second)
        assert "Readers see it in place of revision 1." in text
        assert "fewer than 5 active prescriptions" in text

    def test_publishes_what_was_read(self, world: World, second: Revision) -> None:
        read = publishing.mark(second)
        publishing.save_draft(world.curator, second.exercise, {"hold": 25})
        publishing.submit(world.curator, second)
        text = sent(world.reviewer, "publish", second.pk, read=read)
        assert "Somebody changed this in the meantime. Read what stands there now." in text
        second.refresh_from_db()
        assert second.state == RevisionState.IN_REVIEW
        assert "Published." in sent(world.reviewer, "publish", second.pk, read=publishing.mark(second))

    def test_by_the_second_of_two_reviewers_at_once_is_told(self, world: World, second: Revision) -> None:
        read = publishing.mark(second)
        sent(world.reviewer, "publish", second.pk, read=read)
        answer = signed_in(world.reviewer).post(
            reverse("exercises:publish", args=[second.pk]), {"read": read}
        )
        page = signed_in(world.reviewer).get(answer["Location"]).content.decode()
        assert answer.status_code == 302
        assert "Revision 2" in page
        assert Exercise.objects.get(pk=second.exercise_id).published_id == second.pk


class TestAClinicsOwn:
    def test_is_written_commented_and_published_by_its_prescribers(self, world: World) -> None:
        own = publishing.create_exercise(world.owner, clinic=world.clinic, slug="own", content=WHOLE)
        revision = publishing.submit(world.owner, own.revisions.get())
        assert "Everybody in Holdwell Practice can prescribe it." in shown(world.clinician, revision)
        sent(world.clinician, "comment", revision.pk, text="Good.")
        assert "Published." in sent(world.clinician, "publish", revision.pk, read=publishing.mark(revision))

    def test_is_hidden_from_curators_and_strangers(self, world: World) -> None:
        own = make_exercise("Ours", clinic=world.clinic)
        for user, status in ((world.viewer, 403), (world.reviewer, 404), (world.stranger_clinician, 404)):
            address = reverse("exercises:comment", args=[own.published_id])
            assert signed_in(user).post(address, {"text": "Hello"}).status_code == status


class TestTheHistory:
    def test_leads_writers_to_every_revision_and_readers_to_the_published_ones(
        self, world: World, second: Revision, draft: Revision
    ) -> None:
        address = reverse("exercises:detail", args=[second.exercise.pk])
        text = signed_in(world.curator).get(address).content.decode()
        assert reverse("exercises:revision", args=[second.pk]) in text
        text = signed_in(world.viewer).get(address).content.decode()
        assert str(second.pk) not in text
        publishing.publish(world.reviewer, second)
        former = signed_in(world.viewer).get(address, {"revision": "1"}).content.decode()
        assert "It should never hurt." in former
        assert "Revision 2 is the one that is published now." in former
        assert signed_in(world.viewer).get(address, {"revision": "3"}).status_code == 404


def test_a_reader_chooses_among_the_languages_that_are_complete(world: World, draft: Revision) -> None:
    whole = {text.field: text.original for text in languages.standing(draft, "ar")} | {"name": "أبو الهول"}
    again = publishing.save_draft(
        world.curator, draft.exercise, {"translations": {"ar": languages.made(draft, whole)}}
    )
    publishing.publish(None, again)
    address = reverse("exercises:detail", args=[draft.exercise.pk])
    text = signed_in(world.viewer).get(address, {"language": "ar"}).content.decode()
    assert "أبو الهول</span></h1>" in text
    assert 'lang="ar" dir="rtl"' in text
    assert "Sphinx" in signed_in(world.viewer).get(address, {"language": "xx"}).content.decode()
