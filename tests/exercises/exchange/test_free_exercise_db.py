"""Exercises brought in from elsewhere: drafts, once each, and nothing at all from a file that is not right."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command

from clinic.models import AuditEvent
from exercises import publishing
from exercises.exchange import free_exercise_db, taking
from exercises.exchange.entries import Report
from exercises.models import Exercise, Revision, RevisionState
from tests.exercises.making import entry, file_of
from tests.world import World

pytestmark = pytest.mark.django_db

KNEE = entry(id="One_Knee", name="One Knee To Chest", category="stretching")
PRESS = entry(id="Bench_Press", name="Bench Press", category="strength")


def taken(file: Path, category: str = "") -> Report:
    with file.open("rb") as opened, taking.looked_at(opened, None, category=category) as looked:
        looked.write(None)
    return looked.report


def counts(report: Report) -> tuple[int, int]:
    return report.counts["new"], report.counts["same"]


def problems(folder: Path, entries: Any, category: str = "") -> list[str]:
    with pytest.raises(ValidationError) as error:
        taken(file_of(folder, entries), category)
    assert not Exercise.objects.exists()
    assert not AuditEvent.objects.exists()
    return error.value.messages


def test_an_entry_becomes_a_draft_with_what_can_be_told(tmp_path: Path) -> None:
    imported = taken(file_of(tmp_path, [entry()]))

    assert counts(imported) == (1, 0)
    draft = Revision.objects.select_related("exercise").get()
    assert (draft.exercise.origin, draft.exercise.slug) == ("free-exercise-db:Cat_Stretch", "cat-stretch")
    assert (draft.state, draft.licence, draft.exercise.published) == (RevisionState.DRAFT, "Unlicense", None)
    assert (draft.hold, draft.hold_min, draft.hold_max, draft.sides) == (15, 15, 15, "none")
    assert (draft.position, draft.regions) == ("kneeling", ["back"])
    assert draft.muscles == ["lower back", "middle back", "traps"]
    assert [step["kind"] for step in draft.steps] == ["get_ready", "move", "hold"]
    assert draft.review_notes[0] == free_exercise_db.ALWAYS
    assert imported.lines[0].notes == len(draft.review_notes)


def test_pictures_are_never_taken(tmp_path: Path) -> None:
    taken(file_of(tmp_path, [entry()]))
    assert ".jpg" not in str(Revision.objects.values().get())


def test_run_twice_nothing_doubles_and_edits_stay(tmp_path: Path, world: World) -> None:
    file = file_of(tmp_path, [entry(), KNEE])
    taken(file)
    exercise = Exercise.objects.get(origin="free-exercise-db:Cat_Stretch")
    publishing.save_draft(world.curator, exercise, {"name": "Cat"})

    imported = taken(file)

    assert counts(imported) == (0, 2)
    assert exercise.revisions.get().name == "Cat"


def test_only_the_category_asked_for(tmp_path: Path) -> None:
    imported = taken(file_of(tmp_path, [PRESS, KNEE]), "stretching")
    assert counts(imported) == (1, 0)
    assert Exercise.objects.get().slug == "one-knee-to-chest"
    assert taken(file_of(tmp_path, [PRESS, KNEE])).counts["new"] == 1


def test_a_taken_short_name_gets_a_number(tmp_path: Path, world: World) -> None:
    taken(file_of(tmp_path, [entry(id="K", name="Knee to chest"), entry(id="L", name="…")]))
    slugs = Exercise.objects.filter(origin__startswith="free").values_list("slug", flat=True)
    assert set(slugs) == {"knee-to-chest-2", "exercise"}


class TestABrokenFile:
    def test_is_named_entry_by_entry_and_nothing_is_brought_in(self, tmp_path: Path) -> None:
        entries = [
            entry(),
            entry(id="A", name=7),
            "text",
            entry(id="B", instructions="Go."),
            entry(id="C", primaryMuscles=[1], equipment=[]),
            entry(id=""),
            entry(id="A"),
        ]
        assert problems(tmp_path, entries) == [
            "entry 2 (A): name: a text is expected.",
            "entry 3: an object is expected.",
            "entry 4 (B): instructions: a list of texts is expected.",
            "entry 5 (C): primaryMuscles: a list of texts is expected.",
            "entry 5 (C): equipment: a text or nothing is expected.",
            "entry 6: id: a text is expected.",
            "entry 7 (A): id: entry 2 has the same.",
        ]

    def test_is_found_out_in_categories_that_were_not_asked_for_too(self, tmp_path: Path) -> None:
        assert problems(tmp_path, [KNEE, PRESS | {"name": None}], "stretching")

    def test_brings_in_nothing_when_only_the_content_cannot_be_kept(self, tmp_path: Path) -> None:
        found = problems(tmp_path, [entry(), entry(id="Long", equipment="x" * 601)])
        assert len(found) == 1
        assert found[0].startswith("Long: equipment: ")

    def test_says_in_short_what_is_far_too_long(self, tmp_path: Path) -> None:
        found = problems(tmp_path, [entry(id="x" * 10_000), entry(id="Long", name="x" * 10_000)])
        assert found == [
            f"entry 1 ({'x' * 80}): id: at most 160 characters are expected.",
            "entry 2 (Long): name: at most 120 characters are expected.",
        ]

    def test_with_more_entries_than_any_collection_is_refused_whole(self) -> None:
        with pytest.raises(ValidationError, match="too large"):
            free_exercise_db.asked([entry()] * (free_exercise_db.ENTRIES_MAX + 1))

    @pytest.mark.parametrize(
        "text",
        ["", "{", "[" * 100_000, "[1, 2", '{"id": 1}', "null", '"text"', "\x00", "[{}]", "[[]]", "[NaN]"],
    )
    def test_of_any_kind_is_answered_in_words(self, tmp_path: Path, text: str) -> None:
        assert all(problems(tmp_path, text))

    def test_that_is_not_text(self, tmp_path: Path) -> None:
        file = tmp_path / "exercises.json"
        file.write_bytes(b"\xff\xfe\x00")
        with pytest.raises(ValidationError, match="not JSON"):
            taken(file)

    def test_that_is_not_there(self, tmp_path: Path) -> None:
        for file in (tmp_path / "exercises.json", tmp_path):
            with pytest.raises(CommandError, match="cannot be read"):
                call_command("import_exercises", str(file), format="free-exercise-db")

    def test_a_category_that_nothing_has(self, tmp_path: Path) -> None:
        assert problems(tmp_path, [KNEE], "yoga") == ["The file has no entry of the category “yoga”."]


class TestHostileText:
    def test_stays_text(self, tmp_path: Path) -> None:
        name = "<script>alert(1)</script>"
        taken(file_of(tmp_path, [entry(name=name, instructions=["<b>Hold</b> for 10 seconds."])]))
        draft = Revision.objects.get()
        assert (draft.name, draft.steps[0]["text"]) == (name, "<b>Hold</b> for 10 seconds.")

    def test_absurd_holds_are_not_believed(self, tmp_path: Path) -> None:
        taken(file_of(tmp_path, [entry(instructions=["Hold for 99999 seconds."])]))
        draft = Revision.objects.get()
        assert draft.hold == 20
        assert any("names no hold" in note for note in draft.review_notes)

    def test_a_sentence_without_end_is_refused_with_its_entry(self, tmp_path: Path) -> None:
        [found] = problems(tmp_path, [entry(instructions=["go " * 50_000])])
        assert found.startswith("Cat_Stretch: steps: ")


class TestTheCommand:
    def test_says_what_it_did(self, tmp_path: Path) -> None:
        out = StringIO()
        file = str(file_of(tmp_path, [KNEE]))
        call_command("import_exercises", file, format="free-exercise-db", category="stretching", stdout=out)
        assert out.getvalue().endswith("points to check, 0 already here\n")
        assert AuditEvent.objects.filter(actor=None, verb="exercise.created", via="command").count() == 1

    def test_ends_with_every_problem(self, tmp_path: Path) -> None:
        file = str(file_of(tmp_path, [KNEE, entry(id="A", name=7), entry(id="B", name=8)]))
        with pytest.raises(CommandError) as error:
            call_command("import_exercises", file, format="free-exercise-db")
        assert str(error.value).splitlines() == [
            "Nothing was brought in.",
            "entry 2 (A): name: a text is expected.",
            "entry 3 (B): name: a text is expected.",
        ]
