"""Easier and harder: one statement told from both ends, and never in a circle."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import sleep
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from exercises import publishing, variants
from exercises.models import Exercise
from tests.exercises.making import WHOLE
from tests.exercises.test_publishing import refused
from tests.world import World, make_exercise


@pytest.fixture
def three(world: World) -> tuple[Exercise, Exercise, Exercise]:
    """Low is easier than Mid, Mid easier than High: said once by each of the two, from either end."""
    low, mid, high = (make_exercise(name) for name in ("Low", "Mid", "High"))
    publishing.publish(None, publishing.save_draft(None, mid, WHOLE | {"name": "Mid", "easier": low}))
    publishing.save_draft(world.curator, mid, {"harder": high})
    return low, mid, high


def link(world: World, exercise: Exercise, **named: Exercise | None) -> Any:
    return publishing.save_draft(world.curator, exercise, named)


def no(world: World, exercise: Exercise, **named: Exercise | None) -> dict[str, list[str]]:
    return refused(publishing.save_draft, world.curator, exercise, named)


def test_both_ends_may_say_the_same(world: World, three: Any) -> None:
    low, mid, high = three
    link(world, low, harder=mid)
    link(world, high, easier=mid)
    link(world, mid, easier=low, harder=high)


def test_a_stretch_is_no_variant_of_itself(world: World, three: Any) -> None:
    assert no(world, three[0], easier=three[0]) == {"easier": ["A stretch is no variant of itself."]}


def test_one_stretch_is_not_both(world: World, three: Any) -> None:
    other = make_exercise("Other")
    assert list(no(world, three[1], easier=other, harder=other)) == ["harder"]


@pytest.mark.parametrize(
    ("who", "direction", "whom", "chain"),
    [
        (0, "easier", 1, "Mid → this one"),
        (0, "easier", 2, "High → Mid → this one"),
        (2, "harder", 0, "Low → Mid → this one"),
    ],
)
def test_a_circle_is_refused_and_shown(
    world: World, three: Any, who: int, direction: str, whom: int, chain: str
) -> None:
    wrong = no(world, three[who], **{direction: three[whom]})
    assert list(wrong) == [direction]
    assert chain in wrong[direction][0]


def test_a_circle_through_both_sides_of_one_stretch_is_refused(world: World, three: Any) -> None:
    low, _mid, high = three
    wrong = no(world, make_exercise("New"), easier=high, harder=low)
    assert "High → Mid → Low → this one" in wrong["easier"][0]


def test_drafts_count_and_what_is_retired_does_not(world: World) -> None:
    one, other = make_exercise("One"), make_exercise("Other")
    link(world, one, easier=other)
    assert list(no(world, other, easier=one)) == ["easier"]
    one.published.easier = other
    type(one.published).objects.filter(pk=one.published_id).update(easier=other)
    publishing.retire(world.curator, one)
    link(world, other, easier=one)
    # It comes back only once the circle is open.
    assert list(refused(publishing.bring_back, world.curator, one)) == ["easier"]
    link(world, other, easier=None)
    publishing.bring_back(world.curator, one)


def test_the_shared_library_is_not_bound_by_what_a_clinic_says(world: World, three: Any) -> None:
    own = make_exercise("Own", clinic=world.clinic)
    aside = make_exercise("Aside")
    link(world, own, easier=three[2], harder=aside)
    link(world, aside, harder=three[2])
    # The clinic itself is.
    more = make_exercise("More", clinic=world.clinic)
    assert "Aside → Own → this one" in no(world, more, easier=aside, harder=own)["easier"][0]


def test_a_clinic_learns_nothing_of_what_is_in_work_for_all(world: World, three: Any) -> None:
    low, _mid, high = three
    secret = make_exercise("Secret")
    link(world, secret, easier=low, harder=high)
    publishing.save_draft(world.curator, secret, {"name": "Not out yet"})
    own = make_exercise("Own", clinic=world.clinic)
    link(world, own, easier=secret)
    # In public nobody has said that Secret is easier than High.
    link(world, own, easier=high, harder=secret)
    assert "Not out yet" in no(world, make_exercise("New"), easier=high, harder=secret)["easier"][0]


def test_who_changes_a_text_need_not_mend_what_was_linked(world: World, three: Any) -> None:
    low, mid, _high = three
    # As an older version let it be.
    low.published.easier = mid
    type(low.published).objects.filter(pk=low.published_id).update(easier=mid)
    assert publishing.save_draft(world.curator, low, {"summary": "Lower."}).easier == mid


def test_what_is_linked_is_told_from_the_other_end(world: World, three: Any) -> None:
    low, _mid, high = three
    (named,) = variants.naming(low, variants.current())
    assert (named.direction, named.back, named.revision.number) == ("easier", "harder", 3)
    (named,) = variants.naming(high, variants.current())
    assert (named.direction, named.back, named.revision.name) == ("harder", "easier", "Mid")


def test_of_no_link_nothing_is_asked(world: World, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        variants.check(world.hamstring, {"easier": None, "harder": None})
    with pytest.raises(ValidationError):
        variants.check(world.hamstring, {"easier": world.hamstring, "harder": None})


@pytest.mark.django_db(transaction=True)
@pytest.mark.services
def test_of_two_who_close_a_circle_at_once_one_is_refused() -> None:
    one, other = make_exercise("One"), make_exercise("Other")
    ready = Barrier(2)

    def write(exercise: Exercise, easier: Exercise) -> bool:
        try:
            with transaction.atomic():
                publishing.save_draft(None, exercise, {"summary": "Begun."})
                ready.wait()
                publishing.save_draft(None, exercise, {"easier": easier})
                sleep(0.3)  # not committed yet while the other one looks
        except ValidationError:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor() as writers:
        done = list(writers.map(write, [one, other], [other, one]))
    assert sorted(done) == [False, True]
