"""The operators' commands: a library out, a library in."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from exercises import shipping
from exercises.models import Exercise
from tests.exercises.exchange.making import changed, empty_the_library, shipped

pytestmark = pytest.mark.django_db


def said(name: str, *options: str) -> str:
    out = StringIO()
    call_command(name, *options, stdout=out)
    return out.getvalue()


def test_a_library_is_moved_by_two_commands(tmp_path: Path) -> None:
    shipping.load()
    first, second = tmp_path / "first.zip", tmp_path / "second.zip"
    assert said("export_library", str(first)).startswith("10 exercises, 1 routines and 0 photos and films")
    empty_the_library()

    assert said("import_library", str(first), "--publish", "--dry-run") == (
        "11 new, 0 same, 0 changed, 0 conflicting, 0 refused\n"
    )
    assert not Exercise.objects.exists()
    said("import_library", str(first), "--publish")

    said("export_library", str(second))
    assert second.read_bytes() == first.read_bytes()
    assert sorted(tmp_path.iterdir()) == [first, second]


def test_without_publish_all_are_drafts(tmp_path: Path) -> None:
    file = tmp_path / "library.zip"
    file.write_bytes(shipped())
    said("import_library", str(file))
    assert Exercise.objects.filter(published=None).count() == 10


def test_what_is_refused_is_said_and_nothing_is_taken_in(tmp_path: Path) -> None:
    file = tmp_path / "library.zip"
    file.write_bytes(changed(shipped(), "exercises/knee-to-chest.json", content__hold=0))
    with pytest.raises(CommandError, match=r"Nothing was taken in\.\nknee-to-chest: "):
        said("import_library", str(file))
    assert not Exercise.objects.exists()


def test_a_file_or_a_clinic_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read"):
        said("import_library", str(tmp_path / "none.zip"))
    with pytest.raises(CommandError, match="no clinic “Nowhere”"):
        said("export_library", str(tmp_path / "x.zip"), "--clinic", "Nowhere")
    with pytest.raises(CommandError, match="cannot be written"):
        said("export_library", str(tmp_path / "no" / "x.zip"))
