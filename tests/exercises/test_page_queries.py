"""The pages of a stretch and of a routine ask the database as little, however much there is to tell."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from clinic.models import User
from exercises import copying, publishing, routine_content
from exercises.dosage import Dosage
from exercises.routine_content import RoutineLine
from exercises.routines import save_routine
from tests.exercises.making import WHOLE
from tests.world import World, make_exercise

DOSAGE = Dosage(1, 2, 30, 10, "both")
WEEKLY = {"mode": "flexible", "per_week": 3}


def asked(user: User, name: str, *args: Any, **query: str) -> int:
    """How many statements a page takes, for somebody who has been here before."""
    client, address = Client(), reverse(f"exercises:{name}", args=args)
    client.force_login(user)
    assert client.get(address, query).status_code == 200
    with CaptureQueriesContext(connection) as queries:
        client.get(address, query)
    return len(queries)


class Library:
    """A shared stretch and a clinic's own routine, of which there is more and more to tell."""

    def __init__(self, world: World) -> None:
        self.world, self.grown = world, 0
        self.exercise = publishing.create_exercise(world.curator, clinic=None, slug="sphinx", content=WHOLE)
        publishing.publish(None, self.exercise.revisions.get())
        lines = [RoutineLine(world.hamstring, DOSAGE)]
        self.routine = save_routine(world.owner, world.clinic, name="Mornings", lines=lines, schedule=WEEKLY)
        for thing in (self.exercise, self.routine):
            thing.refresh_from_db()

    def grow(self) -> None:
        """Another revision of each, remarks, a copy, a routine that holds the stretch, another one that names it."""
        self.grown += 1
        world, exercise, called = self.world, self.exercise, f"Number {self.grown}"
        lines = [RoutineLine(exercise, DOSAGE), RoutineLine(make_exercise(f"Aside {called}"), DOSAGE)]
        save_routine(world.owner, world.clinic, name=called, lines=lines, schedule=WEEKLY)
        naming = make_exercise(f"Harder {called}")
        publishing.publish(
            None, publishing.save_draft(None, naming, WHOLE | {"name": called, "easier": exercise})
        )
        copying.copy(world.owner, exercise, world.clinic)
        longer = [*routine_content.of(self.routine.published)["items"], RoutineLine(naming, DOSAGE)]  # type: ignore[arg-type]
        for thing, said in ((exercise, {"summary": called}), (self.routine, {"items": longer})):
            publishing.publish(None, publishing.save_draft(world.curator, thing, said))
            draft = publishing.save_draft(world.curator, thing, {"name": f"Renamed {called}"})
            for text in ("Which knee?", "How long?"):
                publishing.comment(world.reviewer, draft, text)
            thing.refresh_from_db()


@pytest.fixture
def growing(world: World) -> Library:
    return Library(world)


PAGES: dict[str, Callable[[Library], tuple[User, str, Any, dict[str, str]]]] = {
    "a stretch, to a clinician": lambda x: (x.world.clinician, "detail", x.exercise.pk, {}),
    "a stretch, to a curator": lambda x: (x.world.curator, "detail", x.exercise.pk, {}),
    "a stretch in work": lambda x: (x.world.curator, "revision", x.exercise.latest.pk, {}),
    "a stretch, compared": lambda x: (x.world.curator, "compare", x.exercise.pk, {"from": "1", "to": "2"}),
    "a routine": lambda x: (x.world.owner, "routine", x.routine.pk, {}),
    "a routine in work": lambda x: (x.world.owner, "routine_revision", x.routine.latest.pk, {}),
    "a routine, compared": lambda x: (
        x.world.owner,
        "routine_compare",
        x.routine.pk,
        {"from": "1", "to": "2"},
    ),
    "retiring": lambda x: (x.world.reviewer, "retire", x.exercise.pk, {}),
    "the routines": lambda x: (x.world.owner, "routines", None, {}),
    "the library": lambda x: (x.world.owner, "list", None, {}),
}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_as_little_of_a_large_library(growing: Library, page: str) -> None:
    def counted() -> int:
        user, name, pk, query = PAGES[page](growing)
        return asked(user, name, *([pk] if pk else []), **query)

    growing.grow()
    little = counted()
    for _time in range(2):
        growing.grow()
    assert counted() == little
