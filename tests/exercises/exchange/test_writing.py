"""Somebody else writes in the very moment: one of the two is told so, and nothing is half there."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from time import sleep

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from clinic.errors import Conflict
from exercises import publishing
from exercises.models import Exercise, Revision
from tests.exercises.exchange.making import changed, looked_at, packed
from tests.exercises.making import WHOLE
from tests.world import make_exercise

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]

Ready = Callable[[], object]


@contextmanager
def written(ready: Ready) -> Iterator[None]:
    """In a transaction that begins when the other one's does, and is open while that one looks."""
    ready()
    with transaction.atomic():
        yield
        sleep(0.5)


def bring(raw: bytes, ready: Ready) -> None:
    with looked_at(raw) as looked, written(ready):
        looked.write(None)


def link(slug: str, easier: str, ready: Ready) -> None:
    exercise, other = Exercise.objects.get(slug=slug), Exercise.objects.get(slug=easier)
    with written(ready):
        publishing.save_draft(None, exercise, {"easier": other})


def create(slug: str, easier: str, ready: Ready) -> None:
    content = WHOLE | {"easier": Exercise.objects.filter(slug=easier).first()}
    with written(ready):
        publishing.create_exercise(None, clinic=None, slug=slug, content=content)


def at_once(*acts: Callable[[Ready], None]) -> list[type[Exception] | None]:
    """What each of them was told; None where it was written."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[Ready], None]) -> type[Exception] | None:
        try:
            act(barrier.wait)
        except (Conflict, ValidationError) as refused:
            return type(refused)
        finally:
            connection.close()
        return None

    with ThreadPoolExecutor() as writers:
        return list(writers.map(run, acts))


def linked() -> int:
    return Revision.objects.exclude(easier=None).count()


@pytest.fixture
def one_and_other() -> tuple[bytes, bytes]:
    """Two archives that each hold one half of a ring."""
    for name in ("One", "Other"):
        make_exercise(name)
    raw = packed()
    return (
        changed(raw, "exercises/one.json", content__easier="other"),
        changed(raw, "exercises/other.json", content__easier="one"),
    )


def test_of_two_imports_that_close_a_ring_one_is_taken_in(one_and_other: tuple[bytes, bytes]) -> None:
    first, second = one_and_other
    told = at_once(lambda ready: bring(first, ready), lambda ready: bring(second, ready))
    assert set(told) == {None, Conflict}
    assert linked() == 1


def test_an_import_and_an_edit_do_not_close_a_ring(one_and_other: tuple[bytes, bytes]) -> None:
    told = at_once(lambda ready: bring(one_and_other[0], ready), lambda ready: link("other", "one", ready))
    assert told.count(None) == 1
    assert linked() == 1


def test_of_two_who_take_a_short_name_at_once_one_is_told() -> None:
    told = at_once(lambda ready: create("new", "", ready), lambda ready: create("new", "", ready))
    assert sorted(map(str, told)) == sorted(map(str, [None, ValidationError]))


@pytest.mark.parametrize("easier", ["", "one"])
def test_of_a_creation_and_an_import_of_one_short_name_one_is_told(
    one_and_other: tuple[bytes, bytes], easier: str
) -> None:
    Exercise.objects.filter(slug="other").update(slug="new")
    raw = packed()
    Exercise.objects.filter(slug="new").update(slug="elsewhere", origin="elsewhere:1")
    told = at_once(lambda ready: bring(raw, ready), lambda ready: create("new", easier, ready))
    assert told.count(None) == 1
    assert Exercise.objects.filter(slug="new").count() == 1
