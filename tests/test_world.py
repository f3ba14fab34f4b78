from tests.world import World


def test_the_cast_stands_on_both_sides_of_the_wall(world: World) -> None:
    assert world.pat.clinic != world.stranger_patient.clinic
    assert len(world.people()) == 10
