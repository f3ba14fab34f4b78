"""The pose editor's addresses: what they answer, refuse in words, and never write over."""

import json
from typing import Any
from uuid import uuid4

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from clinic.models import User
from exercises import publishing
from exercises.figures.basics import basic
from exercises.models import Exercise, Revision, RevisionState
from exercises.studio.posing_views import BODY_MAX
from tests.exercises.making import FIGURE, WHOLE
from tests.world import World, make_exercise

PREVIEW = reverse("exercises:preview")


@pytest.fixture
def draft(world: World) -> Revision:
    content = WHOLE | {"figure": {}}
    return publishing.create_exercise(
        world.curator, clinic=None, slug="sphinx", content=content
    ).revisions.get()


def signed_in(user: User, **more: Any) -> Client:
    client = Client(**more)
    client.force_login(user)
    return client


def editor(revision: Revision) -> str:
    return reverse("exercises:figure", args=[revision.pk])


def typed(revision: Revision, figure: Any = None, **more: str) -> dict[str, str]:
    """What the form sends, opened on a revision."""
    text = figure if isinstance(figure, str) else json.dumps(figure or basic("kneeling"))
    words = {"alt_start": "On all fours.", "alt_held": "Sitting back."}
    return words | {"figure": text, "based_on": publishing.mark(revision)} | more


def ask(client: Client, body: Any, **more: Any) -> Any:
    content = body if isinstance(body, str | bytes) else json.dumps(body)
    return client.post(PREVIEW, content, content_type="application/json", **more)


def answered(world: World, figure: Any, pose: str = "held", **what: Any) -> dict[str, Any]:
    answer = ask(signed_in(world.curator), {"figure": figure, "pose": pose, **what})
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


class TestTheEditor:
    def test_saves_the_figure_and_its_words_into_the_draft(self, world: World, draft: Revision) -> None:
        answer = signed_in(world.curator).post(editor(draft), typed(draft))
        assert answer["Location"] == reverse("exercises:revision", args=[draft.pk])
        draft.refresh_from_db()
        assert draft.figure == basic("kneeling")
        assert (draft.alt_start, draft.alt_held) == ("On all fours.", "Sitting back.")
        assert draft.safety == WHOLE["safety"]

    def test_begins_a_draft_where_the_newest_revision_is_published(self, world: World) -> None:
        first = publishing.publish(
            None, publishing.create_exercise(None, clinic=None, slug="s", content=WHOLE).revisions.get()
        )
        client = signed_in(world.curator)
        assert "begins a new draft" in client.get(editor(first)).content.decode()
        client.post(editor(first), typed(first))
        second = first.exercise.revisions.get(number=2)
        assert (second.state, second.figure) == (RevisionState.DRAFT, basic("kneeling"))
        first.refresh_from_db()
        assert first.figure == FIGURE

    def test_leads_from_an_older_revision_to_the_newest(self, world: World) -> None:
        first = publishing.publish(
            None, publishing.create_exercise(None, clinic=None, slug="s", content=WHOLE).revisions.get()
        )
        second = publishing.save_draft(world.curator, first.exercise, {"summary": "Second."})
        answer = signed_in(world.curator).get(editor(first), follow=True)
        assert answer.redirect_chain[0][0] == editor(second)
        assert "Revision 2 is the newest one." in answer.content.decode()

    def test_says_that_saving_takes_back_what_is_in_review(self, world: World, draft: Revision) -> None:
        publishing.save_draft(world.curator, draft.exercise, {"figure": FIGURE})
        publishing.submit(world.curator, draft)
        assert "takes it back as a draft" in signed_in(world.curator).get(editor(draft)).content.decode()

    def test_begins_from_a_basic_position_without_a_script_too(self, world: World, draft: Revision) -> None:
        client = signed_in(world.curator)
        page = client.get(editor(draft), {"from": "kneeling"})
        assert json.loads(page.context["form"]["figure"].value()) == basic("kneeling")
        for unknown in ("floating", str(uuid4()), str(world.knee_to_chest.pk)):
            assert client.get(editor(draft), {"from": unknown}).status_code == 404

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("{", "The text cannot be read from line 1, character 2 on."),
            ("[" * 5000, "The text cannot be read."),
            ("[1]", "an object is expected here."),
            ('{"start": {}}', "Held: this pose is missing."),
            ('{"start": {}, "held": {"at": [NaN, 0]}}', "Held, place: not a number."),
            (
                '{"start": {}, "held": {"joints": {"left_knee": {"flexion": 170}}}}',
                "Held, left knee flexion: 170 is outside 0 to 155.",
            ),
            (
                '{"start": {}, "held": {"hands": {"left": {"to": "left_hip", "grip": "\\u0000"}}}}',
                "Held, left hand grip: true or false is expected here.",
            ),
            ('"' + "x" * 20_001 + '"', "at most 20000 characters"),
        ],
    )
    def test_refuses_what_no_body_can_do_and_keeps_what_was_typed(
        self, world: World, draft: Revision, text: str, said: str
    ) -> None:
        answer = signed_in(world.curator).post(editor(draft), typed(draft, text, alt_start="My words."))
        assert answer.status_code == 422
        page = answer.content.decode()
        assert said in page
        assert "My words." in page
        assert answer.context["form"]["figure"].value() == text
        draft.refresh_from_db()
        assert draft.figure == {}

    def test_of_another_clinic_does_not_exist(self, world: World) -> None:
        theirs = make_exercise("Theirs", clinic=world.far_clinic).published
        assert theirs
        for method in ("get", "post"):
            assert getattr(signed_in(world.curator), method)(editor(theirs)).status_code == 404

    def test_is_offered_where_it_is_needed(self, world: World, draft: Revision) -> None:
        page = signed_in(world.curator).get(reverse("exercises:revision", args=[draft.pk]))
        assert editor(draft) in page.content.decode()
        shown = reverse("exercises:detail", args=[world.knee_to_chest.pk])
        assert "Pose" in signed_in(world.curator).get(shown).content.decode()
        assert "Pose" not in signed_in(world.clinician).get(shown).content.decode()


class TestTwoPeopleAtOnce:
    @pytest.fixture
    def refused(self, world: World, draft: Revision) -> HttpResponse:
        """The curator opened the draft; the reviewer saved another figure; the curator saves."""
        mine = typed(draft)
        publishing.save_draft(
            world.reviewer, draft.exercise, {"figure": basic("supine"), "safety": "Theirs."}
        )
        return signed_in(world.curator).post(editor(draft), mine)

    def test_the_second_is_told_and_nothing_is_written_over(
        self, world: World, draft: Revision, refused: HttpResponse
    ) -> None:
        assert refused.status_code == 409
        page = refused.content.decode()
        assert "Somebody changed this in the meantime." in page
        assert "last edited by Reviewer" in page
        assert json.loads(refused.context["form"]["figure"].value()) == basic("kneeling")
        draft.refresh_from_db()
        assert draft.figure == basic("supine")

    def test_and_may_write_over_it_on_purpose(
        self, world: World, draft: Revision, refused: HttpResponse
    ) -> None:
        again = typed(draft) | {"over": refused.context["over"]}
        assert signed_in(world.curator).post(editor(draft), again).status_code == 302
        draft.refresh_from_db()
        assert (draft.figure, draft.safety) == (basic("kneeling"), "Theirs.")

    def test_but_not_over_what_came_later_still(
        self, world: World, draft: Revision, refused: HttpResponse
    ) -> None:
        publishing.save_draft(world.reviewer, draft.exercise, {"figure": basic("seated")})
        again = typed(draft) | {"over": refused.context["over"]}
        assert signed_in(world.curator).post(editor(draft), again).status_code == 409

    def test_a_publication_in_between_counts_too(self, world: World, draft: Revision) -> None:
        publishing.save_draft(world.curator, draft.exercise, {"figure": FIGURE})
        publishing.submit(world.curator, draft)
        draft.refresh_from_db()
        mine = typed(draft)
        publishing.publish(world.reviewer, draft)
        assert signed_in(world.curator).post(editor(draft), mine).status_code == 409


class TestThePreview:
    def test_draws_the_pose_with_its_handles(self, world: World) -> None:
        answer = answered(world, basic("kneeling"))
        assert answer["svg"].startswith("<svg")
        assert {"left_knee", "head", "pelvis"} <= {handle["name"] for handle in answer["handles"]}
        assert answer["problems"] == []
        assert len(answer["palms"]["left"]) == 3

    def test_names_the_joint_and_the_range_of_an_impossible_pose(self, world: World) -> None:
        figure = {"start": {}, "held": {"joints": {"left_knee": {"flexion": -20}}}}
        answer = answered(world, figure)
        assert answer["svg"] == ""
        assert answer["problems"] == [
            {
                "pose": "held",
                "part": "joints.left_knee.flexion",
                "text": "Held, left knee flexion: -20 is outside 0 to 155.",
            }
        ]

    def test_still_draws_a_body_that_hovers(self, world: World) -> None:
        answer = answered(world, {"start": {}, "held": {"bears": ["head"]}})
        assert answer["svg"]
        assert answer["problems"][0]["part"] == "bears.head"

    def test_sends_the_film_where_it_is_asked_for(self, world: World) -> None:
        assert answered(world, basic("standing"), film=True)["film"]["shown"]
        assert "film" not in answered(world, basic("standing"))
        broken = {"start": {}, "held": {"joints": {"left_knee": {"flexion": -20}}}}
        assert answered(world, broken, film=True)["film"] is None

    def test_drags_a_joint(self, world: World) -> None:
        figure = basic("supine")
        knee = next(h for h in answered(world, figure)["handles"] if h["name"] == "left_knee")
        to = [knee["x"], knee["y"] - 100]
        after = answered(world, figure, drag={"handle": "left_knee", "to": to})
        assert after["figure"]["held"] != figure["held"]
        assert after["figure"]["start"] == figure["start"]

    def test_mirrors_and_lets_go(self, world: World) -> None:
        figure = basic("half_kneeling")
        mirrored = answered(world, figure, mirror=True)["figure"]["held"]
        assert mirrored["joints"]["right_knee"] == figure["held"]["joints"]["left_knee"]
        free = answered(world, figure, let_go="left")["figure"]["held"]
        assert set(free["hands"]) == {"right"}

    def test_begins_from_a_position_for_both_poses_or_one(self, world: World) -> None:
        begun = answered(world, {}, begin={"from": "kneeling"})["figure"]
        assert begun == basic("kneeling")
        alone = answered(world, begun, begin={"from": "all_fours", "alone": True})["figure"]
        assert (alone["start"], alone["held"]) == (basic("kneeling")["start"], basic("all_fours")["held"])

    def test_begins_from_a_published_stretch(self, world: World) -> None:
        publishing.publish(
            None, publishing.create_exercise(None, clinic=None, slug="s", content=WHOLE).revisions.get()
        )
        slug = Exercise.objects.get(slug="s")
        assert answered(world, {}, begin={"from": str(slug.pk)})["figure"] == FIGURE

    @pytest.mark.parametrize(
        "body",
        [
            "",
            "{",
            "[]",
            b"\xff\xfe",
            "[" * 20_000,
            {"figure": [], "pose": "held"},
            {"figure": {}, "pose": "middle"},
            {"figure": {}, "pose": ["held"]},
            {"figure": FIGURE, "pose": "held", "drag": 7},
            {"figure": FIGURE, "pose": "held", "drag": {"handle": "tail", "to": [0, 0]}},
            {"figure": FIGURE, "pose": "held", "drag": {"handle": ["head"], "to": [0, 0]}},
            {"figure": FIGURE, "pose": "held", "drag": {"handle": "head", "to": [0, float("nan")]}},
            {"figure": FIGURE, "pose": "held", "drag": {"handle": "head", "to": [0, True]}},
            {"figure": FIGURE, "pose": "held", "let_go": "middle"},
            {"figure": FIGURE, "pose": "held", "let_go": ["left"]},
            {"figure": FIGURE, "pose": "held", "begin": "kneeling"},
            {"figure": FIGURE, "pose": "held", "begin": {"from": "floating"}},
            {"figure": FIGURE, "pose": "held", "begin": {"from": "x\x00"}},
        ],
    )
    def test_answers_what_it_cannot_understand_in_words(self, world: World, body: Any) -> None:
        answer = ask(signed_in(world.curator), body)
        assert answer.status_code == 400
        assert answer.json()["problem"]

    @pytest.mark.parametrize(
        "figure",
        [
            {"start": 3},
            {"start": {}, "held": []},
            {"start": {}, "held": {"joints": {"left_knee": {"flexion": 999}}}},
        ],
    )
    @pytest.mark.parametrize(
        "what", [{}, {"drag": {"handle": "head", "to": [0, 0]}}, {"mirror": True}, {"let_go": "left"}]
    )
    def test_says_what_is_wrong_whatever_is_asked_of_a_broken_figure(
        self, world: World, figure: Any, what: dict[str, Any]
    ) -> None:
        answer = answered(world, figure, **what)
        assert answer["problems"]
        assert answer["figure"] == figure

    def test_takes_no_more_than_a_figure_needs(self, world: World) -> None:
        answer = ask(signed_in(world.curator), "x" * (BODY_MAX + 1))
        assert (answer.status_code, answer.json()["problem"]) == (400, "That is more than a figure needs.")

    def test_keeps_out_whoever_was_lured_there(self, world: World) -> None:
        client = signed_in(world.curator, enforce_csrf_checks=True)
        assert ask(client, {"figure": {}, "pose": "held"}).status_code == 403

    def test_is_not_for_the_staff_of_a_clinic(self, world: World) -> None:
        assert ask(signed_in(world.owner), {"figure": {}, "pose": "held"}).status_code == 403
