"""The writing desk: what it saves, keeps as typed, refuses in words at its place, and never writes over."""

import json
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from clinic.models import User
from exercises import library, publishing
from exercises.exchange import taking
from exercises.models import Exercise, Revision, RevisionState
from exercises.studio import editing
from exercises.studio.editing import Press
from tests.exercises.making import FIGURE, WHOLE, entry, file_of
from tests.world import World, make_exercise


@pytest.fixture
def draft(world: World) -> Revision:
    return publishing.create_exercise(
        world.curator, clinic=None, slug="sphinx", content=WHOLE
    ).revisions.get()


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def desk(revision: Revision) -> str:
    return reverse("exercises:edit", args=[revision.pk])


def typed(revision: Revision, do: str = "save", **more: Any) -> QueryDict:
    """The form of a revision as somebody sends it, with some fields typed anew."""
    data = editing.opened(revision, publishing.mark(revision))
    for name, value in (more | {"do": do}).items():
        data.setlist(name.replace("__", "-"), value if isinstance(value, list) else [value])
    return data


def sent(user: User, revision: Revision, data: QueryDict) -> Any:
    return signed_in(user).post(desk(revision), data.urlencode(), "application/x-www-form-urlencoded")


class TestSaving:
    def test_writes_every_word_into_the_draft_and_leaves_the_rest(
        self, world: World, draft: Revision
    ) -> None:
        answer = sent(
            world.curator,
            draft,
            typed(
                draft,
                name="Sphinx pose",
                summary="Propped up.",
                synonyms=["Cobra, low", "", " "],
                regions=["back", "chest"],
                muscles=["erector spinae", "erector spinae"],
                sources=["A book."],
                hold="40",
                step__kind=["get_ready", "move", "hold"],
                step__text=["Lie down.", "", "Stay there."],
                caution__tag=["pregnancy", ""],
                caution__level=["avoid", "ask"],
                caution__note=["Not on the front.", ""],
            ),
        )
        assert answer["Location"] == desk(draft)
        draft.refresh_from_db()
        assert (draft.name, draft.summary, draft.hold) == ("Sphinx pose", "Propped up.", 40)
        assert (draft.synonyms, draft.muscles) == (["Cobra, low"], ["erector spinae"])
        assert draft.regions == ["back", "chest"]
        assert [step["text"] for step in draft.steps] == ["Lie down.", "Stay there."]
        assert draft.cautions == [{"tag": "pregnancy", "level": "avoid", "note": "Not on the front."}]
        assert draft.figure == FIGURE

    def test_of_what_nobody_changed_changes_nothing(self, world: World, draft: Revision) -> None:
        before = publishing.exercise_content.of(draft)
        sent(world.curator, draft, typed(draft))
        assert publishing.exercise_content.of(library.newest(draft.exercise)) == before

    def test_begins_a_draft_where_the_newest_revision_is_published(
        self, world: World, draft: Revision
    ) -> None:
        publishing.publish(None, draft)
        draft.refresh_from_db()
        assert "begins a new draft" in signed_in(world.curator).get(desk(draft)).content.decode()
        sent(world.curator, draft, typed(draft, do="close", name="Second"))
        second = library.newest(draft.exercise)
        assert (second.number, second.name, second.state) == (2, "Second", RevisionState.DRAFT)
        draft.refresh_from_db()
        assert draft.name == "Sphinx"
        answer = signed_in(world.curator).get(desk(draft))
        assert answer["Location"] == desk(second)

    def test_takes_back_what_is_in_review_and_says_so_before(self, world: World, draft: Revision) -> None:
        publishing.submit(world.curator, draft)
        draft.refresh_from_db()
        assert "takes it back as a draft" in signed_in(world.curator).get(desk(draft)).content.decode()
        sent(world.curator, draft, typed(draft, summary="Changed."))
        draft.refresh_from_db()
        assert draft.state == RevisionState.DRAFT

    def test_notes_are_ticked_off_one_by_one(self, world: World, draft: Revision) -> None:
        draft = publishing.save_draft(world.curator, draft.exercise, {"review_notes": ["Who?", "How long?"]})
        sent(world.curator, draft, typed(draft, note__done="Who?"))
        assert library.newest(draft.exercise).review_notes == ["How long?"]


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("more", "said"),
        [
            ({"name": ""}, "This field is required."),
            ({"hold": "ten"}, "A whole number from 1 to 600."),
            ({"hold": "90"}, "The hold lies outside its range of 5 to 60 seconds."),
            ({"sets": "0"}, "A whole number from 1 to 10."),
            ({"step__kind": ["hop"], "step__text": ["Hop."]}, "hop is not one of the available choices"),
            ({"step__kind": ["hold"], "step__text": ["x" * 601]}, "at most 600 characters"),
            ({"step__kind": ["hold"] * 61, "step__text": ["Stay."] * 61}, "at most 60 entries"),
            (
                {"caution__tag": ["knee"] * 2, "caution__level": ["ask"] * 2, "caution__note": [""] * 2},
                "This condition is named above already.",
            ),
            (
                {"caution__tag": [""], "caution__level": ["ask"], "caution__note": ["Mind it."]},
                "Choose the condition.",
            ),
            ({"muscles": ["a\0b"]}, "Null characters are not allowed."),
            ({"muscles": ["x" * 601]}, "Each entry is a text of 1 to 600 characters."),
            ({"regions": ["tail"]}, "tail is not one of the available choices"),
            ({"language": "tlh"}, "tlh is not one of the available choices"),
            ({"easier": "not-an-id"}, "Enter a valid UUID."),
            ({"easier": "0e4b59f4-5a37-4d79-8c5b-6f6d2f0b6a11"}, "Choose another exercise"),
        ],
    )
    def test_is_said_and_everything_is_kept_as_typed(
        self, world: World, draft: Revision, more: dict[str, Any], said: str
    ) -> None:
        answer = sent(world.curator, draft, typed(draft, safety="My own words.", **more))
        assert answer.status_code == 422
        page = answer.content.decode()
        assert said in page.replace("&#x27;", "'")
        assert "My own words." in page
        draft.refresh_from_db()
        assert draft.safety == WHOLE["safety"]

    def test_stands_beside_its_row(self, world: World, draft: Revision) -> None:
        data = typed(draft, step__kind=["move", "hop"], step__text=["Up.", "Hop."])
        sheet = sent(world.curator, draft, data).context["sheet"]
        assert [list(row.form.errors) for row in sheet.rows["step"]] == [[], ["kind"]]

    def test_a_circle_of_variants_is_said_at_the_links(self, world: World, draft: Revision) -> None:
        publishing.save_draft(world.curator, world.hamstring, {"easier": draft.exercise})
        answer = sent(world.curator, draft, typed(draft, easier=str(world.hamstring.pk)))
        assert answer.status_code == 422
        assert "Lying hamstring stretch → this one" in answer.content.decode()


class TestAPress:
    def press(self, data: QueryDict, do: str) -> editing.Pressed:
        data = data.copy()
        data["do"] = do
        return editing.pressed(data, Press.of(data))

    def steps(self, pressed: editing.Pressed) -> list[str]:
        return [row["text"] for row in editing.rows(pressed.data, "step")]

    @pytest.mark.parametrize(
        ("do", "texts", "focus"),
        [
            ("add:step", ["a", "b", "c", ""], 3),
            ("insert:step:0", ["a", "", "b", "c"], 1),
            ("remove:step:1", ["a", "c"], 1),
            ("up:step:2", ["a", "c", "b"], 1),
            ("down:step:0", ["b", "a", "c"], 1),
            ("move:step:0:2", ["b", "c", "a"], 2),
            ("up:step:0", ["a", "b", "c"], 0),
            ("move:step:0:9", ["a", "b", "c"], 0),
            ("remove:step:9", ["a", "b", "c"], None),
            ("remove:step:-1", ["a", "b", "c"], None),
            (f"up:step:{'9' * 5000}", ["a", "b", "c"], None),
            ("explode:step:1", ["a", "b", "c"], 1),
        ],
    )
    def test_changes_the_rows(self, draft: Revision, do: str, texts: list[str], focus: int | None) -> None:
        data = typed(draft, step__kind=["move", "hold", "release"], step__text=["a", "b", "c"])
        pressed = self.press(data, do)
        assert self.steps(pressed) == texts
        assert pressed.focus == (None if focus is None else ("step", focus))

    def test_a_new_step_goes_on_as_the_one_before(self, draft: Revision) -> None:
        pressed = self.press(typed(draft, step__kind=["move"], step__text=["a"]), "add:step")
        assert [row["kind"] for row in editing.rows(pressed.data, "step")] == ["move", "move"]

    def test_what_was_removed_is_put_back_last_first(self, draft: Revision) -> None:
        data = typed(draft, step__kind=["move", "hold"], step__text=["a", "b"])
        once = self.press(data, "remove:step:0")
        twice = self.press(once.data, "remove:step:0")
        assert self.steps(twice) == []
        back = self.press(twice.data, "undo")
        assert (self.steps(back), back.focus) == (["b"], ("step", 0))
        assert self.steps(self.press(back.data, "undo")) == ["a", "b"]

    @pytest.mark.parametrize("gone", ["", "{", "[1]", '[{"kind": "step", "at": -1, "row": {}}]', "[" * 9999])
    def test_nonsense_is_not_put_back(self, draft: Revision, gone: str) -> None:
        data = typed(draft, gone=gone)
        assert self.steps(self.press(data, "undo")) == [step["text"] for step in draft.steps]

    def test_a_sentence_is_added_and_a_link_made_and_taken_away(self, world: World, draft: Revision) -> None:
        assert self.press(typed(draft), "say:Go slowly.").data["safety"].endswith(" Go slowly.")
        linked = self.press(typed(draft), f"link:easier:{world.hamstring.pk}").data
        assert linked["easier"] == str(world.hamstring.pk)
        assert self.press(linked, "unlink:easier").data["easier"] == ""
        assert self.press(typed(draft), "link:easier:nonsense").data["easier"] == ""

    def test_saves_nothing_and_works_without_a_script(self, world: World, draft: Revision) -> None:
        answer = sent(world.curator, draft, typed(draft, do="remove:step:0", summary="Half typed"))
        assert answer.status_code == 200
        page = answer.content.decode()
        assert "Half typed" in page
        assert "Put the removed row back" in page
        draft.refresh_from_db()
        assert (draft.summary, len(draft.steps)) == ("", 2)


class TestThePage:
    def test_shows_what_becomes_of_it_and_what_is_missing(self, world: World, draft: Revision) -> None:
        data = typed(draft, do="look", sets="2", sides="both", safety="", name="Half a name")
        answer = signed_in(world.curator).post(
            reverse("exercises:look", args=[draft.pk]), data.urlencode(), "application/x-www-form-urlencoded"
        )
        page = answer.content.decode()
        assert "2 × 30 s, each side</strong>, about 2 min 52 s." in page
        assert "Half a name" in page
        assert [one.part for one in answer.context["sheet"].missing] == ["id_safety"]

    def test_shows_amounts_only_once_they_make_sense(self, world: World, draft: Revision) -> None:
        page = sent(world.curator, draft, typed(draft, do="look", hold="many")).content.decode()
        assert "The amounts do not make sense yet." in page

    def test_offers_what_the_library_uses_already(self, world: World, draft: Revision) -> None:
        for number in (1, 2):
            own = make_exercise(f"One {number}").published
            assert own
            Revision.objects.filter(pk=own.pk).update(
                muscles=["psoas"], safety="Go slowly. Breathe on." if number == 1 else "Go slowly."
            )
        sheet = signed_in(world.curator).get(desk(draft)).context["sheet"]
        assert sheet.suggestions.known["muscles"] == ["psoas"]
        assert "Go slowly." in sheet.sentences
        assert "Breathe on." not in sheet.sentences

    def test_finds_other_stretches_of_the_same_library(self, world: World, draft: Revision) -> None:
        make_exercise("Sphinx of theirs", clinic=world.far_clinic)
        make_exercise("Sphinx of ours", clinic=world.clinic)
        publishing.create_exercise(
            world.curator, clinic=None, slug="s2", content=WHOLE | {"name": "Sphinx 2"}
        )
        publishing.retire(world.curator, make_exercise("Sphinx of old"))
        sheet = sent(world.curator, draft, typed(draft, do="look", find="sphinx")).context["sheet"]
        assert [revision.name for revision in sheet.found] == ["Sphinx 2"]

    def test_tells_of_links_at_both_ends(self, world: World, draft: Revision) -> None:
        publishing.save_draft(world.curator, world.hamstring, {"easier": draft.exercise})
        page = signed_in(world.curator).get(desk(draft)).content.decode()
        assert "“Lying hamstring stretch” names this stretch as its easier one." in page
        press = f"link:harder:{world.hamstring.pk}"
        assert press in page
        page = sent(world.curator, draft, typed(draft, do=press)).content.decode()
        assert "Harder stretch:" in page
        assert "names this stretch" not in page
        whole = {name: WHOLE[name] for name in ("figure", "alt_start", "alt_held")}
        publishing.publish(None, publishing.save_draft(None, world.hamstring, whole))
        publishing.publish(None, draft)
        shown = signed_in(world.viewer).get(reverse("exercises:detail", args=[draft.exercise_id]))
        assert "This is the easier variant of" in shown.content.decode()

    def test_asks_the_database_little(
        self, world: World, draft: Revision, django_assert_max_num_queries: Any
    ) -> None:
        client = signed_in(world.curator)
        data = typed(draft, do="look", find="stretch", easier=str(world.hamstring.pk)).urlencode()
        with django_assert_max_num_queries(14):
            client.post(desk(draft), data, "application/x-www-form-urlencoded")


class TestTwoPeopleAtOnce:
    @pytest.fixture
    def refused(self, world: World, draft: Revision) -> Any:
        """The curator opened the draft and typed; the reviewer posed and saved; the curator saves."""
        mine = typed(draft, summary="Mine.", safety="Mine too.")
        publishing.save_draft(
            world.reviewer, draft.exercise, {"alt_held": "Theirs.", "safety": "Theirs too."}
        )
        return sent(world.curator, draft, mine)

    def test_the_second_is_told_what_differs_and_nothing_is_written_over(
        self, draft: Revision, refused: Any
    ) -> None:
        assert refused.status_code == 409
        page = refused.content.decode()
        assert "Somebody changed this in the meantime." in page
        assert "last edited by Reviewer" in page
        meanwhile = refused.context["meanwhile"]
        assert [part.label for part in meanwhile.parts] == ["in one sentence", "safety"]
        assert meanwhile.stays == ["the held position in words"]
        assert "Mine too.</textarea>" in page
        draft.refresh_from_db()
        assert (draft.summary, draft.safety) == ("", "Theirs too.")

    def test_and_may_write_over_it_on_purpose_what_was_typed_and_no_more(
        self, world: World, draft: Revision, refused: Any
    ) -> None:
        again = typed(draft, do="", over=refused.context["sheet"].mark, summary="Mine.", safety="Mine too.")
        assert sent(world.curator, draft, again).status_code == 302
        draft.refresh_from_db()
        assert (draft.summary, draft.safety, draft.alt_held) == ("Mine.", "Mine too.", "Theirs.")

    def test_but_not_over_what_came_later_still(self, world: World, draft: Revision, refused: Any) -> None:
        publishing.save_draft(world.reviewer, draft.exercise, {"safety": "Later."})
        again = typed(draft, do="", over=refused.context["sheet"].mark)
        assert sent(world.curator, draft, again).status_code == 409

    def test_the_pose_editor_counts_as_somebody(self, world: World, draft: Revision) -> None:
        mine = typed(draft, summary="Mine.")
        form = {"figure": json.dumps(FIGURE), "alt_start": "Start.", "alt_held": "Held."}
        posed = form | {"based_on": publishing.mark(draft)}
        client = signed_in(world.curator)
        assert client.post(reverse("exercises:figure", args=[draft.pk]), posed).status_code == 302
        assert sent(world.curator, draft, mine).status_code == 409
        draft.refresh_from_db()
        sent(world.curator, draft, typed(draft, summary="Mine."))
        assert client.post(reverse("exercises:figure", args=[draft.pk]), posed).status_code == 409


def test_an_imported_text_is_brought_to_publication_by_two_people(world: World, tmp_path: Any) -> None:
    with file_of(tmp_path, [entry()]).open("rb") as file, taking.looked_at(file, None) as found:
        found.write(None)
    draft = library.newest(Exercise.objects.get(origin="free-exercise-db:Cat_Stretch"))
    assert draft.review_notes
    publishing.save_draft(
        world.curator, draft.exercise, {"figure": FIGURE, "alt_start": "On all fours.", "alt_held": "Round."}
    )
    draft.refresh_from_db()
    done = typed(
        draft,
        do="close",
        safety="It should never hurt.",
        position="kneeling",
        hold="15",
        note__done=draft.review_notes,
    )
    answer = sent(world.curator, draft, done)
    draft.refresh_from_db()
    assert answer["Location"] == reverse("exercises:revision", args=[draft.pk])
    assert draft.review_notes == []
    signed_in(world.curator).post(reverse("exercises:submit", args=[draft.pk]))
    signed_in(world.reviewer).post(reverse("exercises:publish", args=[draft.pk]))
    draft.refresh_from_db()
    assert draft.state == RevisionState.PUBLISHED
