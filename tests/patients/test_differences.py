"""What a colleague is told when somebody else was quicker."""

from exercises.dosage import Dosage
from patients import differences, prescribing
from patients.lines import Line, lines_of
from patients.schedule import Fixed, Flexible, Schedule
from tests.world import World

DAILY = Fixed(frozenset(range(7)), 1)


def amended(world: World, lines: list[Line], schedule: Schedule = DAILY, note: str = "") -> list[str]:
    before = world.prescription.revisions.get(number=1)
    after = prescribing.amend(
        world.owner, world.prescription, lines=lines, schedule=schedule, expected=1, note=note
    )
    return differences.between(before, after)


def test_nothing_changed_is_nothing_said(world: World) -> None:
    assert amended(world, lines_of(world.prescription.revisions.get())) == []


def test_each_change_is_a_sentence(world: World) -> None:
    knee, hamstring = lines_of(world.prescription.revisions.get())
    longer = Line(knee.exercise_revision, Dosage(2, 1, 45, 20, "both"), "Slowly")
    assert amended(world, [hamstring, longer, hamstring], Flexible(3), "New note") == [
        "Lying hamstring stretch was added.",
        "Knee to chest: rest 10 s → 20 s.",
        "Knee to chest: 30 s, each side → 2 × 45 s, each side.",
        "Knee to chest: the note was changed.",
        "The order was changed.",
        "Schedule: every day, once a day → 3 times a week, on any days.",
        "The note to the patient was changed.",
    ]


def test_what_was_removed_is_named(world: World) -> None:
    knee, _hamstring = lines_of(world.prescription.revisions.get())
    assert amended(world, [knee]) == ["Lying hamstring stretch was removed."]
