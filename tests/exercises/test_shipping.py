"""The library that Holdwell ships: loaded once, upgraded where nobody edited, never doubled."""

import json
import shutil
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.utils import translation

from clinic.models import AuditEvent
from exercises import content as contents
from exercises import languages, publishing, shipping
from exercises.models import Exercise, Revision, RevisionState, Routine, RoutineItem, Shipped

pytestmark = pytest.mark.django_db

HOLDS = [
    ("chair-supported-forward-bend", 60, "none"),
    ("hip-flexor-lunge", 30, "both"),
    ("supine-twist", 20, "both"),
    ("knee-to-chest", 30, "both"),
    ("side-lying-quadriceps-stretch", 30, "both"),
    ("supine-hamstring-stretch", 30, "both"),
]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the data files that a test may change, as an upgrade would."""
    shutil.copytree(shipping.DATA, tmp_path / "data")
    return tmp_path / "data"


def change(folder: Path, slug: str, **fields: object) -> None:
    file = folder / f"{slug}.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | fields))


def exercise(slug: str) -> Exercise:
    return Exercise.objects.select_related("published").get(slug=slug)


def said(slug: str) -> Revision:
    published = exercise(slug).published
    assert published is not None
    return published


def test_ten_stretches_and_the_routine_of_six_in_the_articles_order_with_its_holds() -> None:
    summary = shipping.load()

    assert summary.loaded == 11
    assert Exercise.objects.filter(published__isnull=False, clinic=None).count() == 10
    items = RoutineItem.objects.filter(
        revision__routine__slug="six-stretches-for-the-lower-back"
    ).select_related("exercise")
    assert [(i.exercise.slug, i.hold, i.sides) for i in items] == HOLDS
    assert sum(item.dosage.hold_time for item in items) == 340
    assert Routine.objects.get().published.schedule == {
        "mode": "fixed",
        "weekdays": [0, 1, 2, 3, 4, 5, 6],
        "times_per_day": 1,
    }


def test_loading_again_changes_nothing() -> None:
    shipping.load()
    before = list(Revision.objects.order_by("pk").values())
    events = AuditEvent.objects.count()

    summary = shipping.load()

    assert (summary.loaded, summary.upgraded, summary.unchanged, summary.kept) == (0, 0, 11, [])
    assert list(Revision.objects.order_by("pk").values()) == before
    assert AuditEvent.objects.count() == events


def test_what_nobody_touched_follows_the_upgrade_with_a_new_revision(folder: Path) -> None:
    shipping.load(folder)
    first = said("supine-twist")
    change(folder / "exercises", "supine-twist", summary="Said better.")

    summary = shipping.load(folder)

    assert (summary.upgraded, summary.kept) == (1, [])
    second = said("supine-twist")
    assert (second.number, second.summary, second.state) == (2, "Said better.", RevisionState.PUBLISHED)
    first.refresh_from_db()
    assert first.summary != "Said better."


def test_what_was_edited_here_is_left_alone_and_reported(folder: Path) -> None:
    shipping.load(folder)
    publishing.save_draft(None, exercise("supine-twist"), {"summary": "Our own words."})
    change(folder / "exercises", "supine-twist", summary="Said better.")

    summary = shipping.load(folder)

    assert summary.kept == ["supine-twist: edited here"]
    assert exercise("supine-twist").revisions.get(number=2).summary == "Our own words."
    assert said("supine-twist").number == 1


def test_what_was_retired_here_stays_retired(folder: Path) -> None:
    shipping.load(folder)
    publishing.retire(None, exercise("supine-twist"))
    change(folder / "exercises", "supine-twist", summary="Said better.")

    summary = shipping.load(folder)

    assert summary.kept == ["supine-twist: retired here"]
    assert said("supine-twist").number == 1


def test_an_exercise_of_ones_own_with_the_same_short_name_is_not_overwritten(folder: Path) -> None:
    publishing.create_exercise(None, clinic=None, slug="supine-twist", content={"name": "Ours"})

    summary = shipping.load(folder)

    assert "supine-twist: another exercise of this short name is there" in summary.kept
    assert "six-stretches-for-the-lower-back: needs supine-twist" in summary.kept
    assert Exercise.objects.get(slug="supine-twist").revisions.get().name == "Ours"


def test_a_routine_follows_unless_it_was_edited_here(folder: Path) -> None:
    shipping.load(folder)
    slug = "six-stretches-for-the-lower-back"
    change(folder / "routines", slug, notes="New notes.")
    assert shipping.load(folder).upgraded == 1
    assert Routine.objects.get().published.notes == "New notes."

    RoutineItem.objects.filter(position=1).update(hold=45)
    change(folder / "routines", slug, notes="Newer notes.")
    assert shipping.load(folder).kept == [f"{slug}: edited here"]
    assert Routine.objects.get().published.notes == "New notes."


def test_a_field_that_a_later_version_adds_does_not_look_like_an_edit() -> None:
    shipping.load()
    after = contents.of(said("supine-twist"))
    before = {name: value for name, value in after.items() if name != "review_notes"}
    assert (
        shipping.digest_of(after)
        == shipping.digest_of(before)
        == Shipped.objects.get(origin="holdwell:supine-twist").digest
    )


def test_a_broken_file_loads_nothing(folder: Path) -> None:
    change(folder / "exercises", "supine-twist", steps=[{"kind": "jump", "text": "Jump."}])
    with pytest.raises(ValidationError):
        shipping.load(folder)
    assert not Exercise.objects.exists()


def test_the_command_says_in_a_line_what_it_did() -> None:
    out = StringIO()
    call_command("load_library", stdout=out)
    assert out.getvalue() == "Library: 11 new, 0 upgraded, 0 unchanged, 0 left alone\n"


def test_everything_shipped_can_be_read_in_four_languages() -> None:
    shipping.load()
    for model in (Exercise, Routine):
        for thing in model.objects.select_related("published"):
            assert set(languages.read_in(thing.published)) == {"en", "de", "es", "ar"}, thing
    knee = Exercise.objects.get(slug="knee-to-chest").published
    with translation.override("de"):
        assert knee.said.name == "Knie zur Brust"
        assert "Kniescheibe" in knee.said.steps[1]["text"]
