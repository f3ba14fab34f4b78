"""Thursday morning in Kathmandu, and somebody signed in."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client

from clinic.models import User
from patients import alerts
from tests.browser import OpenPage
from tests.patients.portal.phone import NO_TO_ALL, Phone
from tests.world import World

NOW = dt.datetime(2026, 11, 19, 3, 30, tzinfo=dt.UTC)  # 09:15 in Kathmandu
TODAY = dt.date(2026, 11, 19)


@pytest.fixture(autouse=True)
def clock(request: pytest.FixtureRequest) -> Iterator[time_machine.Traveller | None]:
    """The clock stands still, except where a browser lives by its own."""
    if request.node.get_closest_marker("browser"):
        yield None
        return
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def signed_in(client: Client) -> Callable[[User], Client]:
    def sign_in(user: User) -> Client:
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def screened(world: World) -> World:
    """Pat has answered the safety questions lately, and the stretches have their pictures."""
    alerts.answer_safety(world.patient, world.pat, NO_TO_ALL)
    return world


@pytest.fixture
def phone(screened: World, browser_page: OpenPage) -> Phone:
    return Phone(browser_page(screened.patient, phone=True), screened)


@pytest.fixture
def unlucky(screened: World, browser_page: OpenPage) -> Phone:
    """A phone whose requests fail; the browser tells of each on its console."""
    return Phone(browser_page(screened.patient, phone=True, allowed=("Failed to load resource",)), screened)
